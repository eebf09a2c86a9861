"""Access: how somebody gets in, out, and in for the first time; and what they want of the pages themselves."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from email_validator import EmailNotValidError
from fastapi import FastAPI, Request
from fastapi.responses import Response

from digest.app import access as accounts
from digest.app import phrases
from digest.domain.model import Opens, Staff
from digest.jobs import access
from digest.stages import roster
from digest.web.bounds import Fields
from digest.web.desk import again
from digest.web.desk.frame import Desk, local

#: characters of a name that is none any more
_NAME_CHARACTERS = 100
#: one answer, whichever of the two is wrong: who has an account is nobody's business
_WRONG = {"phrase": "Address and pass phrase do not belong together. Look at both, then try again."}
_TOO_MANY = {"phrase": "Too many tries from here. Wait a minute, then log in. Nobody is locked out."}
_OLD = {"phrase": "This form was open for too long, or your browser keeps no cookies. Log in again."}
#: what the bar is told on pages whose forms are no sitting's: it shows none of the forms that are
_NOBODY: Mapping[str, object] = {"who": None, "places": ()}


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
        desk = self._desk
        token, cookie = desk.cookies.form(request, desk.app.clock())
        made = desk.page(
            request, "log_in", status, csrf=token, onward=onward, typed=typed, wrong=wrong or {}, kept=kept, **_NOBODY
        )
        desk.cookies.bind(made, cookie)
        return made

    def log_in(self, request: Request) -> Response:
        """Let in who knows an account's pass phrase. The work is the same for an address that nobody has."""
        fields = self._desk.fields(request)
        address, phrase = fields.one("address"), fields.one("phrase")
        if not self._desk.limits.allowed(request, address):
            return self._ask_anew(request, 429, _TOO_MANY)
        if not address or not phrase or len(phrase) > phrases.LONGEST:
            return self._ask_anew(request, 422, _missing(fields) or _WRONG)
        token = accounts.log_in(self._app, address, phrase)
        if token is None:
            return self._ask_anew(request, 422, _WRONG)
        kept = again.read(fields.one("again"))
        onward = self._desk.redirect(request, local(fields.one("next", "/"))) if kept is None else None
        return self._let_in(request, token, onward or self._still_here(request, token, kept))

    def old(self, request: Request) -> Response:
        """Answer a form that was made too long ago."""
        return self._ask_anew(request, 403, _OLD)

    def log_out(self, request: Request) -> Response:
        """End the sitting."""
        access.end(self._app.store, self._desk.sitting(request)[0])
        made = self._desk.redirect(request, "/log-in")
        self._desk.cookies.forget(made)
        return made

    def link(self, request: Request, token: str) -> Response:
        """Show the form that a one-time link opens."""
        return self._opened(request, token, {}, {})

    def use(self, request: Request, token: str) -> Response:
        """Make the first account, or give another pass phrase, and log in."""
        fields = self._desk.fields(request)
        if not self._desk.limits.allowed(request):
            return self._opened(request, token, _typed(fields), _TOO_MANY, 429)
        found = access.opened(self._app.store, self._app.clock, token)
        if found is None:
            return self._desk.page(request, "link_is_over", 410)
        wrong = _faults(fields, found[0].opens)
        if wrong:
            return self._opened(request, token, _typed(fields), wrong, 422)
        begun = self._use(fields, token, found[1])
        if begun is None:
            return self._desk.page(request, "link_is_over", 410)
        return self._let_in(request, begun, self._desk.redirect(request, "/"))

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

    def _let_in(self, request: Request, token: str, made: Response) -> Response:
        self._desk.cookies.keep(made, token)
        return made

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

    def _opened(
        self, request: Request, token: str, typed: Mapping[str, str], wrong: Mapping[str, str], status: int = 200
    ) -> Response:
        desk = self._desk
        found = access.opened(self._app.store, self._app.clock, token)
        if found is None:
            return desk.page(request, "link_is_over", 410)
        csrf, cookie = desk.cookies.form(request, desk.app.clock())
        made = desk.page(
            request, "first", status, csrf=csrf, whose=found[1], typed=typed, wrong=wrong,
            shortest=phrases.SHORTEST, **_NOBODY,
        )  # fmt: skip
        desk.cookies.bind(made, cookie)
        return made

    def _use(self, fields: Fields, token: str, whose: Staff | None) -> str | None:
        app, phrase = self._app, phrases.hashed(fields.one("phrase"))
        if whose is not None:
            return access.renew(app.store, app.clock, token, phrase)
        staff = Staff(
            id=app.new_id(),
            name=fields.one("name"),
            address=roster.spelling(fields.one("address")).address,
            phrase=phrase,
            created_at=app.clock(),
        )
        return access.first(app.store, app.clock, token, staff)


def add(web: FastAPI, desk: Desk) -> Access:
    """Add the routes; return them, for who sends somebody to log in."""
    routes = Access(desk)
    web.get("/log-in")(routes.form)
    web.post("/log-in")(routes.log_in)
    web.post("/log-out")(routes.log_out)
    web.get("/first/{token}")(routes.link)
    web.post("/first/{token}")(routes.use)
    web.post("/colours")(routes.set_colours)
    web.post("/keys")(routes.set_keys)
    return routes


def where(onward: str) -> str:
    """Return the path of the log-in page that leads on to a path."""
    return "/log-in" if onward == "/" else f"/log-in?next={quote(onward)}"


def _typed(fields: Fields) -> dict[str, str]:
    return {name: fields.one(name) for name in ("name", "address")}


def _missing(fields: Fields) -> dict[str, str]:
    """Return what was left empty in the log-in form, by the name of the field."""
    words = {"address": "Type your email address.", "phrase": "Type your pass phrase."}
    return {name: said for name, said in words.items() if not fields.one(name)}


def _faults(fields: Fields, opens: Opens) -> dict[str, str]:
    """Return what is wrong with what somebody typed who came by a one-time link, by the name of the field."""
    wrong = {}
    if opens == Opens.FIRST:
        name = fields.one("name")
        if not name or len(name) > _NAME_CHARACTERS or not name.isprintable():
            wrong["name"] = (
                f"Write your name, with at most {_NAME_CHARACTERS} characters. Others see it beside what you do."
            )
        try:
            roster.spelling(fields.one("address"))
        except EmailNotValidError:
            wrong["address"] = "This is no email address. Write it like name@example.org."
    phrase = fields.one("phrase")
    if len(phrase) < phrases.SHORTEST:
        wrong["phrase"] = f"{len(phrase)} characters. {phrases.SHORTEST} are needed; four words do well."
    elif len(phrase) > phrases.LONGEST:
        wrong["phrase"] = f"This is too long. Write at most {phrases.LONGEST:,} characters."
    elif phrase.casefold() in (fields.one("address").casefold(), fields.one("name").casefold()):
        wrong["phrase"] = "This is easy to guess. Write something that is not your name or address."
    return wrong
