"""Guard: no route is served to who is not logged in unless it is named here, and none without the role that it needs.

No form is taken from elsewhere.

It stands before every route as the application's own dependency. What it finds wrong it raises; trouble.py answers.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import HTTPException, Request

from digest.app import App
from digest.app.access import address_of
from digest.domain.model import Role, Sitting, Staff
from digest.jobs import access
from digest.web import uploading
from digest.web.bounds import Fields, NotWhole, pieces_of
from digest.web.desk.cookies import Cookies, is_of
from digest.web.desk.roles import LEAST

#: the routes that need no sitting, as they were added
OPEN = frozenset(
    {
        "/log-in",
        "/log-in/code",
        "/forgotten",
        # who has such a link owns it: arriving.py asks whether it works
        "/first/{token}",
        "/invited/{token}",
        "/static/{mark}/{name}",
        "/healthz",
        # a frame that runs nothing sends no cookies, and a picture's name is a hash of it
        "/editions/{edition}/mail/pictures/{name}",
        "/read/{edition}/mail/pictures/{name}",
        # a link is all that these need: reading.py asks whether it works
        "/read/{token}",
        "/read/{token}/mail/{slug}.{ending}",
    }
)
#: what is the same for everybody: nothing is asked of the database for it
_SAME = frozenset({"/static/{mark}/{name}", "/healthz"})
#: what somebody may do who owes the second factor that is asked of everybody
_BEFORE_FACTOR = frozenset({"/settings/account/second-factor", "/log-out", "/colours", "/keys"})
#: names of this machine, by which it may always be asked
_THIS_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})


class NotLoggedIn(Exception):
    """Nobody is logged in, or not any more."""


class FromElsewhere(Exception):
    """A form was sent by a page that is not the desk's."""


class OldForm(Exception):
    """A form of the desk's own was made for another sitting, or too long ago."""


class NotAllowed(Exception):
    """Who is logged in may not do this. least: the role that is needed; None: it was given to nobody."""

    def __init__(self, least: Role | None) -> None:
        super().__init__(least)
        self.least = least


class FactorFirst(Exception):
    """A second factor is asked of everybody, and this person has none yet."""


class Guard:
    """Finds out who asks, and lets them through or not."""

    def __init__(self, app: App, cookies: Cookies) -> None:
        self._app = app
        self._cookies = cookies

    def __call__(self, request: Request) -> None:
        """Let a request through.

        Raises NotLoggedIn, FromElsewhere, OldForm, FactorFirst, NotAllowed, or HTTPException for what is no form.
        """
        path = request.scope["route"].path
        if path in _SAME:
            return
        changes = request.method != "GET"
        if changes:
            if not self.is_own(request):
                raise FromElsewhere
            if pieces_of(request) is not None:
                # of the file of who may send none not even the form before it is read
                self._allow_file(request, path)
            request.state.fields = _fields(request)
        known = self.known(request)
        if known is None and path not in OPEN:
            raise NotLoggedIn
        if changes and not self._is_ours(request, None if path in OPEN else known):
            raise OldForm
        if known is not None and path not in OPEN:
            self._allow(request.method, path, known[1])

    def known(self, request: Request) -> tuple[Sitting, Staff] | None:
        """Return the sitting of whoever asks, and who they are; looked up once a request."""
        if not hasattr(request.state, "known"):
            token = self._cookies.token(request)
            request.state.known = access.found(self._app.store, self._app.clock, token) if token else None
        found: tuple[Sitting, Staff] | None = request.state.known
        return found

    def is_own(self, request: Request) -> bool:
        """Tell whether a form comes from a page of the desk (Origin, or Referer where a browser sends none)."""
        said = request.headers.get("origin") or _origin(request.headers.get("referer", ""))
        desk = self._app.loaded.workspace.desk
        # the host was looked at before (bounds.py): it is one of `hosts`
        host = request.headers.get("host", "")
        own = {address_of(desk)}
        if not desk.address or urlsplit(f"//{host}").hostname != urlsplit(desk.address).hostname:
            # on this machine, past the web server that has the certificate
            own.add(f"http://{host}")
        return said in own

    def _allow_file(self, request: Request, path: str) -> None:
        known = self.known(request)
        if known is None:
            raise NotLoggedIn
        self._allow(request.method, path, known[1])

    def _allow(self, method: str, path: str, staff: Staff) -> None:
        needed = self._app.loaded.workspace.desk.second_factor == "everybody"
        if needed and not staff.has_second_factor and path not in _BEFORE_FACTOR:
            raise FactorFirst
        least = LEAST.get(f"{method} {path}")
        if least is None or not staff.role.may(least):
            raise NotAllowed(least)

    def _is_ours(self, request: Request, known: tuple[Sitting, Staff] | None) -> bool:
        token = request.state.fields.one("csrf")
        if known is None:
            return self._cookies.is_bound(request, token, self._app.clock())
        return is_of(known[0], token)


def hosts(app: App) -> frozenset[str]:
    """Return the names by which the desk may be asked: any other is a page elsewhere that leads browsers here."""
    desk = app.loaded.workspace.desk
    named = {urlsplit(address).hostname or "" for address in (address_of(desk), f"//{desk.listen}")}
    return _THIS_MACHINE | named


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _fields(request: Request) -> Fields:
    try:
        if pieces_of(request) is not None:
            # what stands before the file, and nothing of the file itself: the token is looked at first
            request.state.upload = uploading.begun(request)
            return Fields(request, request.state.upload.fields)
        return Fields(request)
    except uploading.Unreadable:
        # no token is in it: it is refused for that
        return Fields(request, [])
    except NotWhole as fault:
        raise HTTPException(fault.status) from fault
    except ValueError as fault:
        raise HTTPException(413) from fault
