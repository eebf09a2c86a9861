"""Access: how somebody gets in and out, and what they want of the pages themselves.

::

    address and pass phrase ─► no second factor: in
                            └► one: half way, for ten minutes and in this browser alone ─► a code ─► in
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.responses import Response

from digest.app import access as accounts
from digest.app import factors, phrases
from digest.app.account import WRONG_CODE
from digest.domain.model import Staff
from digest.jobs import access
from digest.web.bounds import Fields
from digest.web.desk import again
from digest.web.desk.frame import Desk, local

#: one answer, whichever of the two is wrong: who has an account is nobody's business
_WRONG = {"phrase": "Address and pass phrase do not belong together. Look at both, then try again."}
TOO_MANY = {"phrase": "Too many tries from here. Wait a minute, then log in. Nobody is locked out."}
_TOO_MANY_CODES = {"code": "Too many codes were tried. Wait, or use one of your recovery codes. Nobody is locked out."}
_OLD = {"phrase": "This form was open for too long, or your browser keeps no cookies. Log in again."}
#: what the bar is told on pages whose forms are no sitting's: it shows none of the forms that are
NOBODY: Mapping[str, object] = {"who": None, "places": ()}


class Access:
    """The routes of who is not logged in, and those that end it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._app = desk.app

    def form(self, request: Request) -> Response:
        """Show the form to log in with; who is logged in already is led on."""
        onward = local(request.query_params.get("next", "/"))
        if self._desk.guard.known(request):
            return self._desk.redirect(request, onward)
        return self.ask(request, onward=onward)

    def ask(
        self,
        request: Request,
        status: int = 200,
        *,
        onward: str = "/",
        typed: str = "",
        wrong: Mapping[str, str] | None = None,
        kept: again.Again | None = None,
    ) -> Response:
        """Return the page to log in on. kept: a form that was not taken, which comes back after the log-in."""
        values = {"onward": onward, "typed": typed, "wrong": wrong or {}, "kept": kept}
        return self.before(request, "log_in", status, **values)

    def before(self, request: Request, template: str, status: int = 200, **values: object) -> Response:
        """Return a page whose form is taken from who is not logged in, bound to their browser."""
        desk = self._desk
        token, cookie = desk.cookies.form(request, desk.app.clock())
        made = desk.page(request, template, status, csrf=token, **values, **NOBODY)
        desk.cookies.bind(made, cookie)
        return made

    def log_in(self, request: Request) -> Response:
        """Let in who knows an account's pass phrase. The work is the same for an address that nobody has."""
        fields = self._desk.fields(request)
        address, phrase = fields.one("address"), fields.one("phrase")
        if not self._desk.limits.allowed(request, address):
            return self._ask_anew(request, 429, TOO_MANY)
        if not address or not phrase or len(phrase) > phrases.LONGEST:
            return self._ask_anew(request, 422, _missing(fields) or _WRONG)
        staff = accounts.recognised(self._app, address, phrase, self._desk.whence(request))
        if staff is None:
            return self._ask_anew(request, 422, _WRONG)
        return self.through(request, staff, phrase)

    def through(self, request: Request, staff: Staff, phrase: str) -> Response:
        """Let somebody in who has typed their pass phrase, or ask for a code first where they have a second factor."""
        if not staff.has_second_factor:
            return self._let_in(request, accounts.begin(self._app, staff, phrase, self._desk.whence(request)))
        fields = self._desk.fields(request)
        onward, kept = local(fields.one("next", "/")), again.read(fields.one("again"))
        if kept is None:
            made = self._desk.redirect(request, f"/log-in/code?next={quote(onward)}")
        else:
            made = self._ask_code(request, onward=onward, kept=kept)
        browser = self._desk.cookies.browser(request, self._app.clock())
        self._desk.cookies.keep_half(made, accounts.half_way(self._app, staff, browser))
        return made

    def code_form(self, request: Request) -> Response:
        """Show the form for a code to who has just typed their pass phrase, and to nobody else."""
        onward = local(request.query_params.get("next", "/"))
        if self._half_way(request) is None:
            return self._desk.redirect(request, where(onward))
        return self._ask_code(request, onward=onward)

    def code(self, request: Request) -> Response:
        """Let in who has typed their pass phrase and knows a code that did not count yet."""
        fields = self._desk.fields(request)
        staff, code = self._half_way(request), fields.one("code")
        if staff is None:
            return self.old(request)
        guessable = not factors.is_recovery(code)
        if not self._desk.limits.code_allowed(request, staff.id, guessable=guessable):
            return self._ask_code_anew(request, 429, _TOO_MANY_CODES)
        token = accounts.begin_with(self._app, staff, code, self._desk.whence(request))
        if token is None:
            return self._ask_code_anew(request, 422, {"code": WRONG_CODE})
        return self._let_in(request, token)

    def old(self, request: Request) -> Response:
        """Answer a form that was made too long ago."""
        return self._ask_anew(request, 403, _OLD)

    def log_out(self, request: Request) -> Response:
        """End the sitting."""
        sitting, staff = self._desk.sitting(request)
        access.end(self._app.store, self._app.clock, sitting, staff, self._desk.whence(request))
        made = self._desk.redirect(request, "/log-in")
        self._desk.cookies.forget(made)
        return made

    def set_colours(self, request: Request) -> Response:
        """Keep which colours somebody wants."""
        fields = self._desk.fields(request)
        made = self._desk.redirect(request, local(fields.one("back", "/")))
        self._desk.cookies.set_colours(made, fields.one("colours"))
        return made

    def set_keys(self, request: Request) -> Response:
        """Keep whether single letters are shortcuts."""
        fields = self._desk.fields(request)
        made = self._desk.redirect(request, local(fields.one("back", "/")))
        self._desk.cookies.set_keys(made, on=fields.one("keys") == "on")
        return made

    def keep(self, request: Request, token: str, made: Response) -> Response:
        """Let the browser hold a sitting that has just begun."""
        self._desk.cookies.keep(made, token)
        return made

    def _half_way(self, request: Request) -> Staff | None:
        cookies = self._desk.cookies
        browser = cookies.browser(request, self._app.clock())
        return accounts.is_half_way(self._app, cookies.half(request), browser) if browser else None

    def _ask_anew(self, request: Request, status: int, wrong: Mapping[str, str]) -> Response:
        fields = self._desk.fields(request)
        return self.ask(
            request,
            status,
            onward=local(fields.one("next", "/")),
            typed=fields.one("address"),
            wrong=wrong,
            kept=again.read(fields.one("again")),
        )

    def _ask_code_anew(self, request: Request, status: int, wrong: Mapping[str, str]) -> Response:
        fields = self._desk.fields(request)
        onward, kept = local(fields.one("next", "/")), again.read(fields.one("again"))
        return self._ask_code(request, status, onward=onward, wrong=wrong, kept=kept)

    def _ask_code(
        self,
        request: Request,
        status: int = 200,
        *,
        onward: str,
        wrong: Mapping[str, str] | None = None,
        kept: again.Again | None = None,
    ) -> Response:
        return self.before(request, "code", status, onward=onward, wrong=wrong or {}, kept=kept)

    def _let_in(self, request: Request, token: str) -> Response:
        fields = self._desk.fields(request)
        kept = again.read(fields.one("again"))
        onward = self._desk.redirect(request, local(fields.one("next", "/"))) if kept is None else None
        return self.keep(request, token, onward or self._still_here(request, token, kept))

    def _still_here(self, request: Request, token: str, kept: again.Again | None) -> Response:
        # the page is the new sitting's, whose cookie comes with it
        request.state.known = access.found(self._app.store, self._app.clock, token)
        return self._desk.page(
            request,
            "again",
            kept=kept,
            title="Your text is still here",
            words="You were logged out meanwhile.",
            mend="",
        )


def add(web: FastAPI, desk: Desk) -> Access:
    """Add the routes; return them, for who sends somebody to log in."""
    routes = Access(desk)
    web.get("/log-in")(routes.form)
    web.post("/log-in")(routes.log_in)
    web.get("/log-in/code")(routes.code_form)
    web.post("/log-in/code")(routes.code)
    web.post("/log-out")(routes.log_out)
    web.post("/colours")(routes.set_colours)
    web.post("/keys")(routes.set_keys)
    return routes


def where(onward: str) -> str:
    """Return the path of the log-in page that leads on to a path."""
    return "/log-in" if onward == "/" else f"/log-in?next={quote(onward)}"


def _missing(fields: Fields) -> dict[str, str]:
    """Return what was left empty in the log-in form, by the name of the field."""
    words = {"address": "Type your email address.", "phrase": "Type your pass phrase."}
    return {name: said for name, said in words.items() if not fields.one(name)}
