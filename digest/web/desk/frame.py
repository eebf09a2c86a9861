"""Frame: what the routes of the desk are handed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from digest.app import App
from digest.domain.errors import DigestError
from digest.domain.model import Newsletter, Sitting, Staff, Whence
from digest.jobs.staffing import By
from digest.web.bounds import Fields
from digest.web.desk import rendering
from digest.web.desk.browsers import family
from digest.web.desk.cookies import Cookies, Said, form_token
from digest.web.desk.guard import Guard
from digest.web.desk.limiting import Limits
from digest.web.desk.posting import Posting
from digest.web.desk.roles import may
from digest.web.whence import remote_of

#: nothing from elsewhere, and no other site may show a page as a part of its own
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'none'; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
#: what every answer bears that does not say otherwise itself
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
}
#: of an email shown in a frame of a page: its own styles and pictures, no script, no form, nothing from elsewhere
FRAMED: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'; sandbox"
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place in the bar: its name, its path, and the letter that leads there after g."""

    name: str
    path: str
    key: str


#: the places in the bar, in their order; one more is one line more
PLACES = (
    Place(name="Home", path="/", key="h"),
    Place(name="Editions", path="/editions", key="e"),
    Place(name="Sources", path="/sources", key="s"),
    Place(name="Themes", path="/themes", key="t"),
    Place(name="People", path="/subscribers", key="p"),
    Place(name="Segments", path="/segments", key="g"),
    Place(name="Settings", path="/settings", key=","),
)


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The desk, as routes see it."""

    app: App
    cookies: Cookies
    guard: Guard
    limits: Limits = field(default_factory=Limits)
    posting: Posting = field(default_factory=Posting)

    def page(self, request: Request, template: str, status: int = 200, **values: object) -> HTMLResponse:
        """Return a page made of the template pages/TEMPLATE.html.j2, with what base.html.j2 needs besides `values`.

        Every page has `who` (Staff or None), `may` (what they may do, roles.py), `csrf` (for `parts.token(csrf)` in
        each form), `here` (its own path), `at` (its place in the bar) and `zone`. What was just done is shown on it,
        once.
        """
        known = self._known(request)
        said = self.cookies.said(request, known[0]) if known else None
        common: dict[str, object] = {
            "who": known[1] if known else None,
            "may": may(known[1].role if known else None),
            "csrf": form_token(known[0]) if known else "",
            "said": said,
            "places": PLACES if known else (),
            "at": _place_of(request.url.path),
            "here": request.url.path,
            "back": _asked(request) if request.method == "GET" else "/",
            "colours": self.cookies.colours(request),
            "keys": self.cookies.keys(request),
            "organisation": self.app.loaded.workspace.brand.organisation,
            "zone": self.zone,
        }
        made = HTMLResponse(rendering.page(template, **{**common, **values}), status)
        if said:
            self.cookies.unsay(made)
        return made

    def who(self, request: Request) -> Staff:
        """Return who asks. On a route that needs no sitting there may be nobody: that is LookupError."""
        return self.sitting(request)[1]

    def sitting(self, request: Request) -> tuple[Sitting, Staff]:
        """Return the sitting of who asks, and who it is; raises LookupError as `who`."""
        known = self.guard.known(request)
        if known is None:
            raise LookupError("nobody is logged in on this route")
        return known

    def whence(self, request: Request) -> Whence:
        """Return from where somebody asks."""
        return Whence(remote=remote_of(request), browser=family(request.headers.get("user-agent", "")))

    def by(self, request: Request) -> By:
        """Return who does something, and from where, for what notes that it was done."""
        return By(name=self.who(request).name, whence=self.whence(request))

    def fields(self, request: Request) -> Fields:
        """Return the form that was sent. The guard has seen that it is this sitting's own."""
        found: Fields = request.state.fields
        return found

    def redirect(self, request: Request, path: str, said: Said | None = None) -> Response:
        """Return the answer to a form that was done: the browser asks for that path, where `said` is shown."""
        made = RedirectResponse(quote(path, safe="/?&=#%:@!$'()*+,;~-._"), 303)
        if said:
            self.cookies.say(made, self.sitting(request)[0], said)
        return made

    def framed(self, html: str) -> HTMLResponse:
        """Return an email as it may be shown in a frame of a page: `<iframe sandbox src=…>`."""
        return HTMLResponse(html, headers=FRAMED)

    def newsletter(self, name: str) -> Newsletter:
        """Return the newsletter that a page is about: the first, where none is named."""
        return self.app.newsletter(name or self.app.loaded.workspace.newsletters[0].id)

    @property
    def zone(self) -> str:
        """The time zone in which times are written: the first newsletter's."""
        return self.app.loaded.workspace.newsletters[0].schedule.timezone

    def _known(self, request: Request) -> tuple[Sitting, Staff] | None:
        try:
            return self.guard.known(request)
        except DigestError:
            # the page may be the one that says so
            return None


def local(path: str) -> str:
    """Return a path of the desk as it was given; home where it may lead elsewhere."""
    # browsers read \\ as /, and // as the beginning of a host
    is_ours = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if is_ours else "/"


def _place_of(path: str) -> Place | None:
    """Return the place in the bar that a path belongs to."""
    here = [one for one in PLACES if path == one.path or path.startswith(f"{one.path.rstrip('/')}/")]
    return max(here, key=lambda one: len(one.path), default=None)


def _asked(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")
