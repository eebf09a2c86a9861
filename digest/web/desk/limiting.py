"""Limiting: how often a pass phrase may be tried, without ever locking out whose it is."""

from __future__ import annotations

from dataclasses import dataclass, field

from fastapi import Request
from limits import RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from digest.web.whence import household, remote_of

#: from one network address, whatever account is tried
_TRIES = (RateLimitItemPerMinute(10), RateLimitItemPerHour(50))
#: from one network address for one account
_OF_ONE = (RateLimitItemPerMinute(5), RateLimitItemPerHour(20))


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Counts tries. Nothing is counted for an account alone: a stranger's tries must not shut its owner out."""

    limiter: MovingWindowRateLimiter = field(default_factory=lambda: MovingWindowRateLimiter(MemoryStorage()))

    def allowed(self, request: Request, account: str = "") -> bool:
        """Count a try, and tell whether it may be made. account: the address that was typed."""
        asker = household(remote_of(request))
        tried = [self.limiter.hit(one, asker) for one in _TRIES]
        if account:
            tried += [self.limiter.hit(one, asker, account.casefold()) for one in _OF_ONE]
        return all(tried)
