"""Limiting: how often a pass phrase or a code may be tried, without ever locking out whose it is."""

from __future__ import annotations

from dataclasses import dataclass, field

from fastapi import Request
from limits import RateLimitItemPerDay, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from digest.web.whence import household, remote_of

#: from one network address, whatever account is tried
_TRIES = (RateLimitItemPerMinute(10), RateLimitItemPerHour(50))
#: from one network address for one account
_OF_ONE = (RateLimitItemPerMinute(5), RateLimitItemPerHour(20))
#: six digits for one account, from everywhere together: whoever tries has the pass phrase, and many network addresses
_CODES = (RateLimitItemPerHour(20), RateLimitItemPerDay(60))


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Counts tries. No pass phrase is counted for an account alone: a stranger's tries must not shut its owner out."""

    limiter: MovingWindowRateLimiter = field(default_factory=lambda: MovingWindowRateLimiter(MemoryStorage()))

    def allowed(self, request: Request, account: str = "") -> bool:
        """Count a try, and tell whether it may be made. account: the address that was typed."""
        asker = household(remote_of(request))
        tried = [self.limiter.hit(one, asker) for one in _TRIES]
        if account:
            tried += [self.limiter.hit(one, asker, account.casefold()) for one in _OF_ONE]
        return all(tried)

    def code_allowed(self, request: Request, account: str, *, guessable: bool) -> bool:
        """Count a try of a code, and tell whether it may be made.

        account: id of whose it is; guessable: it is six digits. A code to recover with is counted by network address
        alone, so that its owner gets in by one whatever strangers try.
        """
        here = self.allowed(request, account)
        everywhere = [self.limiter.hit(one, "codes", account) for one in _CODES] if here and guessable else []
        return here and all(everywhere)
