"""Arriving: by a one-time link somebody makes an account, or a new pass phrase; and how they ask for such a link."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from fastapi import FastAPI, Request, Response

from digest.app import account, phrases, setting_up, staffing
from digest.domain.errors import Unfit
from digest.jobs import access
from digest.jobs import staffing as invitations
from digest.jobs.staffing import ARTICLE
from digest.web.bounds import Fields
from digest.web.desk.access import TOO_MANY, Access
from digest.web.desk.frame import Desk

_NO_ADDRESS = {"address": "Type your email address."}
_TOO_MANY_ASKED = {"address": "Too many tries from here. Wait a minute, then ask again."}


class Arriving:
    """The routes of who has a link, and of who asks for one."""

    def __init__(self, desk: Desk, entrance: Access) -> None:
        self._desk = desk
        self._app = desk.app
        self._entrance = entrance

    def link(self, request: Request, token: str) -> Response:
        """Show the form that a one-time link opens."""
        return self._opened(request, token)

    def use(self, request: Request, token: str) -> Response:
        """Make the first account, or give another pass phrase, and log in."""
        fields, whence = self._desk.fields(request), self._desk.whence(request)
        if not self._desk.limits.allowed(request):
            return self._opened(request, token, TOO_MANY, 429)
        found = access.opened(self._app.store, self._app.clock, token)
        if found is None:
            return self._over(request)
        phrase = fields.one("phrase")
        try:
            if found[1] is not None:
                staff = account.renew(self._app, token, phrase, whence)
                return self._over(request) if staff is None else self._entrance.through(request, staff, "")
            begun = account.first(self._app, token, fields.one("name"), fields.one("address"), phrase, whence)
        except Unfit as fault:
            return self._opened(request, token, fault.faults, 422)
        if begun is None:
            return self._over(request)
        # of a workspace as `digest init` made it nobody knows yet whose it is
        onward = "/settings/begin" if setting_up.is_new(self._app) else "/"
        return self._entrance.keep(request, begun, self._desk.redirect(request, onward))

    def invited(self, request: Request, token: str) -> Response:
        """Show the form that an invitation opens."""
        return self._invited(request, token)

    def join(self, request: Request, token: str) -> Response:
        """Make the account of somebody who is invited, and log them in."""
        fields = self._desk.fields(request)
        if not self._desk.limits.allowed(request):
            return self._invited(request, token, TOO_MANY, 429)
        try:
            staff = account.join(self._app, token, fields.one("phrase"), self._desk.whence(request))
        except Unfit as fault:
            return self._invited(request, token, fault.faults, 422)
        return self._over(request) if staff is None else self._entrance.through(request, staff, "")

    def forgotten(self, request: Request) -> Response:
        """Show the form by which somebody asks for a new pass phrase."""
        return self._entrance.before(request, "forgotten", typed="", wrong={}, asked=False)

    def ask(self, request: Request) -> Response:
        """Mail a link where the address has an account. Nobody learns which do: not by the words, nor by the time."""
        address = self._desk.fields(request).one("address")
        wrong = {} if address else _NO_ADDRESS
        status = 200 if address else 422
        if not self._desk.limits.allowed(request, address):
            wrong, status = _TOO_MANY_ASKED, 429
        if not wrong:
            self._desk.posting.later(partial(staffing.forgotten, self._app, address, self._desk.whence(request)))
        return self._entrance.before(request, "forgotten", status, typed=address, wrong=wrong, asked=not wrong)

    def _opened(
        self, request: Request, token: str, wrong: Mapping[str, str] | None = None, status: int = 200
    ) -> Response:
        found = access.opened(self._app.store, self._app.clock, token)
        if found is None:
            return self._over(request)
        typed = _typed(self._desk.fields(request)) if request.method == "POST" else {}
        return self._form(request, status, whose=found[1], invitation=None, role="", typed=typed, wrong=wrong or {})

    def _invited(
        self, request: Request, token: str, wrong: Mapping[str, str] | None = None, status: int = 200
    ) -> Response:
        found = invitations.invited(self._app.store, self._app.clock, token)
        if found is None:
            return self._over(request)
        role = ARTICLE[found.role]
        return self._form(request, status, whose=None, invitation=found, role=role, typed={}, wrong=wrong or {})

    def _form(self, request: Request, status: int, **values: object) -> Response:
        return self._entrance.before(request, "first", status, shortest=phrases.SHORTEST, **values)

    def _over(self, request: Request) -> Response:
        return self._desk.page(request, "link_is_over", 410)


def add(web: FastAPI, desk: Desk, entrance: Access) -> None:
    """Add the routes."""
    routes = Arriving(desk, entrance)
    web.get("/first/{token}")(routes.link)
    web.post("/first/{token}")(routes.use)
    web.get("/invited/{token}")(routes.invited)
    web.post("/invited/{token}")(routes.join)
    web.get("/forgotten")(routes.forgotten)
    web.post("/forgotten")(routes.ask)


def _typed(fields: Fields) -> dict[str, str]:
    return {name: fields.one(name) for name in ("name", "address")}
