"""My account: one's own name and address, pass phrase, and the browsers in which one is logged in."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fastapi import FastAPI, Request, Response

from digest.app import account, phrases
from digest.domain.errors import Unfit
from digest.jobs import account as accounts
from digest.jobs.account import Me
from digest.web.desk.cookies import Said
from digest.web.desk.frame import Desk

PATH = "/settings/account"


class Account:
    """The routes of one's own account."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._app = desk.app

    def show(self, request: Request) -> Response:
        """Show it."""
        return self._shown(request)

    def rename(self, request: Request) -> Response:
        """Keep another name and address."""
        fields = self._desk.fields(request)
        name, address = fields.one("name"), fields.one("address")

        def do(me: Me) -> Said:
            account.rename(self._app, me, name, address, fields.one("phrase"))
            return Said(words="Saved.")

        return self._act(request, do, {"name": name, "address": address})

    def set_phrase(self, request: Request) -> Response:
        """Keep another pass phrase."""
        fields = self._desk.fields(request)

        def do(me: Me) -> Said:
            account.set_phrase(self._app, me, fields.one("old_phrase"), fields.one("new_phrase"))
            return Said(words="Your pass phrase is another now. You are logged out everywhere else.")

        return self._act(request, do)

    def end(self, request: Request) -> Response:
        """Log one other browser out."""
        which = self._desk.fields(request).one("which")

        def do(me: Me) -> Said:
            accounts.end(self._app.store, self._app.clock, me, which)
            return Said(words="Logged out there.")

        return self._act(request, do)

    def end_others(self, request: Request) -> Response:
        """Log all other browsers out."""

        def do(me: Me) -> Said:
            accounts.end_others(self._app.store, self._app.clock, me)
            return Said(words="Logged out everywhere else.")

        return self._act(request, do)

    def _act(self, request: Request, do: Callable[[Me], Said], typed: Mapping[str, str] | None = None) -> Response:
        # each try is a look at a pass phrase, and whoever has found a browser open must not try them all
        who = self._desk.who(request)
        if request.url.path in _ASKING and not self._desk.limits.allowed(request, who.address):
            wrong = {"phrase" if request.url.path == PATH else "old_phrase": "Too many tries. Wait a minute."}
            return self._shown(request, 429, typed, wrong)
        try:
            said = do(me(self._desk, request))
        except Unfit as fault:
            return self._shown(request, 422, typed, fault.faults)
        return self._desk.redirect(request, PATH, said)

    def _shown(
        self,
        request: Request,
        status: int = 200,
        typed: Mapping[str, str] | None = None,
        wrong: Mapping[str, str] | None = None,
    ) -> Response:
        asks = me(self._desk, request)
        return self._desk.page(
            request,
            "account",
            status,
            typed={"name": asks.staff.name, "address": asks.staff.address, **(typed or {})},
            wrong=wrong or {},
            # the fault stands in the form that was sent
            sent=request.url.path if request.method == "POST" else "",
            logged=accounts.logged(self._app.store, self._app.clock, asks),
            codes=accounts.codes_left(self._app.store, asks.staff),
            shortest=phrases.SHORTEST,
        )


#: forms that ask for the pass phrase
_ASKING = (PATH, f"{PATH}/phrase")


def me(desk: Desk, request: Request) -> Me:
    """Return who changes their own account, in which sitting, and from where."""
    sitting, staff = desk.sitting(request)
    return Me(staff=staff, sitting=sitting, whence=desk.whence(request))


def add(web: FastAPI, desk: Desk) -> None:
    """Add the routes."""
    routes = Account(desk)
    web.get(PATH)(routes.show)
    web.post(PATH)(routes.rename)
    web.post(f"{PATH}/phrase")(routes.set_phrase)
    web.post(f"{PATH}/end")(routes.end)
    web.post(f"{PATH}/end-others")(routes.end_others)
