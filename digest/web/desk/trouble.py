"""Trouble: the pages that say what did not work, and what to do. What somebody typed is on them, never a traceback."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from digest.domain.errors import DigestError, NotFound, StoreError
from digest.jobs import staffing
from digest.web.desk import again, rendering
from digest.web.desk.access import Access, where
from digest.web.desk.frame import Desk
from digest.web.desk.guard import FactorFirst, FromElsewhere, NotAllowed, NotLoggedIn, OldForm
from digest.web.desk.roles import may, only

#: status -> what happened, and what to do
WORDS: Mapping[int, tuple[str, str]] = {
    400: ("This could not be read", "Open the desk by its own address, as it stands in the mails that it sends."),
    403: (
        "This came from another page",
        "Forms are taken from the desk’s own pages only. Open the page and send it there.",
    ),
    404: (
        "There is no such page",
        "What it showed may be gone, or the address has a slip in it. Home shows what there is.",
    ),
    405: (
        "This page cannot be opened like that",
        "It answers a button. Open the page that has it, and press it there.",
    ),
    408: ("The form took too long to arrive", "Go back and send it again. Nothing was changed."),
    413: ("This is too much for one form", "Go back: your text is still there. Shorten it, then save it again."),
    422: ("This could not be read", "A part of the address is not what this page expects. Home shows what there is."),
    429: ("Too many tries", "Wait a minute, then try again. Nothing was changed."),
    500: ("This did not work", "It is the program’s fault. Try again; if it stays, tell who looks after the program."),
}


_GIVEN_TO_NOBODY = "Nobody was given this page. Tell who looks after the program."


class Trouble:
    """Answers what a route, or the guard before it, raised."""

    def __init__(self, desk: Desk, access: Access) -> None:
        self._desk = desk
        self._access = access

    def not_logged_in(self, request: Request, fault: Exception) -> Response:
        """Send somebody to log in; who sent a form keeps what they typed."""
        if request.method == "GET":
            query = f"?{request.url.query}" if request.url.query else ""
            return RedirectResponse(where(request.url.path + query), 303)
        made = self._access.ask(request, 401, kept=again.sent(request))
        # RFC 9110 15.5.2 wants to know how one logs in
        made.headers["WWW-Authenticate"] = 'Form realm="desk"'
        return made

    def from_elsewhere(self, request: Request, fault: Exception) -> Response:
        """Refuse the form of another page, and keep nothing of it."""
        return self._plain(request, 403)

    def old_form(self, request: Request, fault: Exception) -> Response:
        """Ask somebody to look at their own form once more, which was made for another sitting."""
        if request.url.path in ("/log-in", "/log-in/code"):
            return self._access.old(request)
        if self._desk.guard.known(request) is None:
            return self.say(request, 403, "This form was open for too long", "Open the page anew, then send it again.")
        title, words = "This form is from before you logged in", "Look at it once more, then send it."
        return self.say(request, 403, title, words)

    def not_allowed(self, request: Request, fault: Exception) -> Response:
        """Say who can do what this person may not."""
        assert isinstance(fault, NotAllowed)
        title, words = "This is not yours to do", _GIVEN_TO_NOBODY
        if fault.least is not None:
            words = only(fault.least, staffing.able(self._desk.app.store, fault.least))
        return self._desk.page(request, "trouble", 403, title=title, words=words, mend="")

    def factor_first(self, request: Request, fault: Exception) -> Response:
        """Lead somebody to set up what is asked of everybody; who sent a form keeps what they typed."""
        if request.method == "GET":
            return RedirectResponse("/settings/account/second-factor", 303)
        mend = "Open Settings and set it up. Then send this once more."
        return self.say(request, 403, "A second factor comes first", "Everybody here logs in with one.", mend)

    def http(self, request: Request, fault: Exception) -> Response:
        """Answer what is not there, or not like that."""
        assert isinstance(fault, HTTPException)
        return self._plain(request, fault.status_code)

    def unreadable(self, request: Request, fault: Exception) -> Response:
        """Answer an address whose parts are not what a page expects."""
        return self._plain(request, 422)

    def not_saved(self, request: Request, fault: Exception) -> Response:
        """Answer where the database cannot be written, or read."""
        assert isinstance(fault, StoreError)
        what = fault.what[:1].lower() + fault.what[1:]
        # the store speaks to who types commands
        mend = fault.mend.replace("run this again", "save again" if request.method == "POST" else "open this again")
        title = "The desk could not save this" if request.method == "POST" else "The desk could not look this up"
        return self.say(request, 503, title, f"{title}: {what}", mend)

    def refused(self, request: Request, fault: Exception) -> Response:
        """Answer what the present state does not allow, or what nothing bears the name of."""
        assert isinstance(fault, DigestError)
        missing = isinstance(fault, NotFound)
        return self.say(
            request, 404 if missing else 409, WORDS[404][0] if missing else "This was not done", fault.what, fault.mend
        )

    def broken(self, request: Request, fault: Exception) -> Response:
        """Answer a fault of the program; it is logged where it was caught (bounds.py)."""
        return self._plain(request, 500)

    def say(self, request: Request, status: int, title: str, words: str, mend: str = "") -> Response:
        """Return a page that says what did not work, with what somebody typed and a button that sends it again."""
        kept = again.sent(request)
        if kept is None or not self._desk.guard.known(request):
            return self._desk.page(request, "trouble", status, title=title, words=words, mend=mend)
        return self._desk.page(request, "again", status, kept=kept, title=title, words=words, mend=mend)

    def _plain(self, request: Request, status: int) -> Response:
        title, words = WORDS.get(status, WORDS[500])
        if status == 500:
            return self.say(request, status, title, words)
        return self._desk.page(request, "trouble", status, title=title, words=words, mend="")


def add(web: FastAPI, desk: Desk, access: Access) -> None:
    """Add the answers to all that may be raised."""
    answers = Trouble(desk, access)
    web.exception_handler(NotLoggedIn)(answers.not_logged_in)
    web.exception_handler(FromElsewhere)(answers.from_elsewhere)
    web.exception_handler(OldForm)(answers.old_form)
    web.exception_handler(NotAllowed)(answers.not_allowed)
    web.exception_handler(FactorFirst)(answers.factor_first)
    web.exception_handler(HTTPException)(answers.http)
    web.exception_handler(RequestValidationError)(answers.unreadable)
    web.exception_handler(StoreError)(answers.not_saved)
    web.exception_handler(DigestError)(answers.refused)
    web.exception_handler(Exception)(answers.broken)


def refusal(status: int, words: bytes) -> tuple[str, bytes]:
    """Dress what was refused before the application saw it (bounds.py)."""
    title, mend = WORDS.get(status, WORDS[500])
    nobody = {
        "who": None,
        "may": may(None),
        "csrf": "",
        "said": None,
        "places": (),
        "at": None,
        "colours": "",
        "keys": False,
    }
    page = rendering.page(
        "trouble", title=title, words=mend, mend="", here="/", back="/", organisation="", zone="UTC", **nobody
    )
    return "text/html; charset=utf-8", page.encode()
