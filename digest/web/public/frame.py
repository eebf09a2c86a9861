"""Frame: what all public pages have in common: how they are answered, and whom a request is from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from fastapi import Request
from fastapi.responses import HTMLResponse
from limits import RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from digest.app import App
from digest.domain.model import Asking, Newsletter
from digest.jobs.clicks import Click
from digest.jobs.readers import Leaving
from digest.jobs.together import Together
from digest.web.public.rendering import Rendered
from digest.web.whence import household, remote_of

#: nothing from elsewhere, no script, and no other site may show the page as a part of its own
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' https:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": _POLICY,
    # an address of these pages may be one person's key
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
#: of a page that is one person's own
PRIVATE: Mapping[str, str] = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}
#: forms that one network address may send; in an hour fewer than there are mails, so that nobody uses those up alone
_FORMS = (RateLimitItemPerMinute(20), RateLimitItemPerHour(120))


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What routes are handed."""

    app: App
    leave: Together[Leaving, bool]
    ask: Together[Asking, None]
    count: Together[Click, None]
    #: called when a mail was promised
    promised: Callable[[], None]
    limiter: MovingWindowRateLimiter = field(default_factory=lambda: MovingWindowRateLimiter(MemoryStorage()))

    @cached_property
    def _rendered(self) -> Rendered:
        return Rendered(lambda: self.app.loaded.workspace)

    @property
    def style(self) -> str:
        """The style sheet, in the brand's colours."""
        return self._rendered.style()

    def page(self, name: str, status: int = 200, *, private: bool = True, **values: object) -> HTMLResponse:
        """Return a page made of a template; private: one person's own, kept nowhere and shown by no search engine."""
        return _answer(self._rendered.page(name, **values), status, private=private)

    def same(self, name: str, newsletter: Newsletter | None = None, status: int = 200) -> HTMLResponse:
        """Return a page at a private address that says the same to everybody."""
        return _answer(self._rendered.same(name, newsletter), status, private=True)

    def nowhere(self) -> HTMLResponse:
        """Return the one answer to a link that leads nowhere, whatever is wrong with it."""
        return self.same("nowhere", status=404)

    def unreadable(self) -> HTMLResponse:
        """Return the answer to a form that is none."""
        return self.same("unreadable", status=400)

    def failed(self, status: int = 500) -> HTMLResponse:
        """Return the answer where the program has a fault."""
        return self.same("failed", status=status)

    def allowed(self, request: Request) -> bool:
        """Tell whether whoever sends a form may: one network address sends no flood of them."""
        asker = household(remote_of(request))
        return all(self.limiter.hit(one, asker) for one in _FORMS)


def _answer(page: str | bytes, status: int, *, private: bool) -> HTMLResponse:
    return HTMLResponse(page, status, headers={**HEADERS, **(PRIVATE if private else {})})
