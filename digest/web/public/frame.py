"""Frame: what all public pages have in common: templates, style, headers, and whom a request is from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import IPv6Address, ip_address, ip_network
from pathlib import Path

import jinja2
from fastapi import Request
from fastapi.responses import HTMLResponse
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from digest.app import App
from digest.domain import colour
from digest.domain.model import Asking
from digest.jobs.readers import Leaving
from digest.jobs.together import Together

_FILES = Path(__file__).parent / "pages"
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
#: forms that one network address may send in a minute
_FORMS = RateLimitItemPerMinute(20)
#: a household's IPv6 addresses share the first so many bits
_HOUSEHOLD_BITS = 64


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What routes are handed."""

    app: App
    leave: Together[Leaving, bool]
    ask: Together[Asking, None]
    #: called when a mail was promised
    promised: Callable[[], None]
    limiter: MovingWindowRateLimiter = field(default_factory=lambda: MovingWindowRateLimiter(MemoryStorage()))

    @cached_property
    def _pages(self) -> jinja2.Environment:
        made = jinja2.Environment(
            loader=jinja2.FileSystemLoader(_FILES), autoescape=True, undefined=jinja2.StrictUndefined,
            trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip
        made.globals["masked"] = masked
        return made

    @property
    def style(self) -> str:
        """The style sheet, in the brand's colours."""
        brand = self.app.loaded.workspace.brand
        return self._pages.get_template("public.css.j2").render(
            accent=brand.accent,
            accent_ink=colour.ink_on(brand.accent),
            accent_dark=brand.accent_dark,
            accent_dark_ink=colour.ink_on(brand.accent_dark),
        )

    def page(self, name: str, status: int = 200, *, private: bool = True, **values: object) -> HTMLResponse:
        """Return a page made of a template; private: one person's own, kept nowhere and shown by no search engine."""
        body = self._pages.get_template(f"{name}.html.j2").render(
            brand=self.app.loaded.workspace.brand,
            style=hashlib.sha256(self.style.encode()).hexdigest()[:12],
            newsletters=self.app.loaded.workspace.newsletters,
            **values,
        )
        return HTMLResponse(body, status, headers={**HEADERS, **(PRIVATE if private else {})})

    def nowhere(self) -> HTMLResponse:
        """Return the one answer to a link that leads nowhere, whatever is wrong with it."""
        return self.page("nowhere", 404)

    def failed(self) -> HTMLResponse:
        """Return the answer where the program has a fault."""
        return self.page("failed", 503)

    def allowed(self, request: Request) -> bool:
        """Tell whether whoever sends a form may: one network address sends no flood of them."""
        return self.limiter.hit(_FORMS, _household(remote_of(request)))


def remote_of(request: Request) -> str:
    """Return the network address that asks. Servers before this one were believed, or not, where it was read."""
    return request.client.host if request.client else ""


def masked(address: str) -> str:
    """Return an address so that its owner knows it and nobody else: a•••@example.org."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}"


def _household(remote: str) -> str:
    try:
        found = ip_address(remote)
    except ValueError:
        return remote
    if isinstance(found, IPv6Address):
        return str(ip_network((found, _HOUSEHOLD_BITS), strict=False))
    return remote
