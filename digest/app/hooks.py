"""Hooks: what providers tell is believed where it is signed, and counts. Nothing of it is written to a log."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from digest import config
from digest.app.returning import work_of
from digest.config.hooks import HOOK_VARIABLE
from digest.domain.errors import ConfigurationError, FetchError
from digest.domain.model import Finding, Hook, HookProvider, Report, Severity
from digest.feedback.hooks import keys, mailgun, postmark, sendgrid, ses, standard
from digest.feedback.hooks.telling import MOST_AGE, Request
from digest.jobs import feedback

if TYPE_CHECKING:
    from digest.app import App

#: certificates that are asked for in an hour: anybody can name one that is not there
_MOST_ASKED, _WITHIN = 20, timedelta(hours=1)


class Verdict(StrEnum):
    """What became of a request."""

    TAKEN = "taken"
    #: it is no JSON
    UNREADABLE = "unreadable"
    #: it is not signed by the provider, or not just now
    UNSIGNED = "unsigned"
    #: there is no such hook
    UNKNOWN = "unknown"
    #: it cannot be told now: a secret or a certificate is missing
    CLOSED = "closed"


class _Provider(Protocol):
    def is_signed(self, request: Request, secret: str, now: datetime) -> bool: ...

    def reports(self, request: Request) -> list[Report]: ...


_PROVIDERS: Mapping[HookProvider, _Provider] = MappingProxyType(
    {"standard": standard, "mailgun": mailgun, "sendgrid": sendgrid, "postmark": postmark}
)


class Hooks:
    """Takes what providers tell. Any number of threads may."""

    def __init__(self, app: App, take: Callable[[Sequence[Report]], object]) -> None:
        """take: lets reports count, and returns when they are on the disk."""
        self._app = app
        self._take = take
        self._certificates = _Certificates(app)
        self._tokens = _Tokens()

    def find(self, name: str) -> Hook | None:
        """Return a hook by its id."""
        return next((one for one in self._app.loaded.workspace.hooks if one.id == name), None)

    def hear(self, name: str, request: Request) -> Verdict:
        """Take what a provider tells; when it is TAKEN, it is on the disk."""
        hook = self.find(name)
        if hook is None:
            return Verdict.UNKNOWN
        try:
            return self._hear_amazon(hook, request) if hook.provider == "ses" else self._hear(hook, request)
        except ValueError:
            return Verdict.UNREADABLE
        except (ConfigurationError, FetchError):
            return Verdict.CLOSED

    def _hear(self, hook: Hook, request: Request) -> Verdict:
        secret = config.hook_secret(hook.id)
        if not secret:
            return Verdict.CLOSED
        provider, now = _PROVIDERS[hook.provider], self._app.clock()
        if not provider.is_signed(request, secret, now):
            return Verdict.UNSIGNED
        if hook.provider == "mailgun" and not self._tokens.is_first(mailgun.once(request), request.body, now):
            return Verdict.UNSIGNED
        self._take(provider.reports(request))
        return Verdict.TAKEN

    def _hear_amazon(self, hook: Hook, request: Request) -> Verdict:
        told, now = ses.told(request, hook.topic), self._app.clock()
        if not told:
            return Verdict.UNSIGNED
        certificate = self._certificates.of(ses.address(told, "SigningCertURL", hook.topic), now)
        if not ses.is_signed(told, certificate, now):
            return Verdict.UNSIGNED
        confirm = ses.address(told, "SubscribeURL", hook.topic)
        if told["Type"] == ses.CONFIRMATION and confirm:
            _fetched(self._app, confirm)
        self._take(ses.reports(told))
        return Verdict.TAKEN


def apply(app: App, reports: Sequence[Report]) -> list[feedback.Applied]:
    """Let reports count that a provider signed, some hundred a commit."""
    return feedback.apply_proven(work_of(app), reports)


def findings(loaded: config.Loaded) -> Iterator[Finding]:
    """Yield which hooks take nothing, since what their requests are signed with is not there or is none."""
    for hook in loaded.workspace.hooks:
        if hook.provider == "ses":
            continue
        variable = f"{HOOK_VARIABLE}_{hook.id.upper().replace('-', '_')}"
        try:
            secret = config.hook_secret(hook.id)
        except ConfigurationError as fault:
            yield from fault.findings
            continue
        if not secret:
            what = f"The secret of the hook “{hook.id}” is not there."
            mend = (
                f"Put it into {variable}, where `digest serve` runs; docs/bounces.md says where your provider shows it."
            )
        elif not _is_secret(hook, secret):
            what = f"What {variable} holds is no secret of this kind (“{hook.provider}”)."
            mend = "Copy it again, whole; docs/bounces.md says where your provider shows it."
        else:
            continue
        yield Finding(
            code="check.hook",
            severity=Severity.MUST_MEND,
            where=f"{config.FILE}: [[hooks]] {hook.id}",
            what=what,
            why="Nothing shows whose word it is: what the provider tells is not taken.",
            mend=mend,
        )


def _is_secret(hook: Hook, secret: str) -> bool:
    if hook.provider == "standard":
        return standard.is_secret(secret)
    return keys.is_key(secret) if hook.provider == "sendgrid" else True


class _Certificates:
    """Amazon's certificates, each asked for once."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._known: dict[str, bytes] = {}
        self._asked: list[datetime] = []

    def of(self, address: str, now: datetime) -> bytes:
        """Return a certificate (PEM). Raises FetchError."""
        with self._lock:
            if address in self._known:
                return self._known[address]
            self._asked = [at for at in self._asked if now - at < _WITHIN]
            if len(self._asked) >= _MOST_ASKED:
                raise FetchError("Too many certificates were asked for.", "They are asked for again in an hour.")
            self._asked.append(now)
        found = _fetched(self._app, address)
        with self._lock:
            self._known[address] = found
        return found


class _Tokens:
    """Tokens that were signed, for as long as their signatures count. Only the provider can make one be kept."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[datetime, bytes]] = {}

    def is_first(self, token: str, body: bytes, now: datetime) -> bool:
        """Tell whether nothing else was told with a token; the same again may be."""
        digest = hashlib.sha256(body).digest()
        with self._lock:
            while self._kept and now - next(iter(self._kept.values()))[0] > 2 * MOST_AGE:
                del self._kept[next(iter(self._kept))]
            return self._kept.setdefault(token, (now, digest))[1] == digest


def _fetched(app: App, address: str) -> bytes:
    """Ask an address of Amazon's, which must answer itself. Raises FetchError."""
    with app.web() as web:
        found = web.fetch(address)
    if urlsplit(found.address).netloc != urlsplit(address).netloc or found.content is None:
        raise FetchError("Amazon's answer came from elsewhere.", "It is asked again when the next message comes.")
    return found.content
