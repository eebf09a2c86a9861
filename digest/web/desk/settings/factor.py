"""The second factor: setting it up with an app on a telephone, its recovery codes, and turning it off."""

from __future__ import annotations

from collections.abc import Mapping

import segno
from fastapi import FastAPI, Request, Response

from digest.app import account, factors
from digest.app.factors import Offer
from digest.domain.errors import Refused, Unfit
from digest.jobs import account as accounts
from digest.web.desk.cookies import Said
from digest.web.desk.frame import Desk
from digest.web.desk.settings.account import me

PATH = "/settings/account/second-factor"
_TOO_MANY = "Too many tries. Wait a minute."


class Factor:
    """The routes of one's own second factor."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._app = desk.app

    def show(self, request: Request) -> Response:
        """Show what to scan; to who has a second factor, what they may do about it."""
        return self._shown(request)

    def start(self, request: Request) -> Response:
        """Set it up, and show the recovery codes, once."""
        fields, asks = self._desk.fields(request), me(self._desk, request)
        offered = factors.offered(self._app, asks.staff, asks.sitting, fields.one("offer"))
        if offered is None:
            wrong = {"code": "This picture is too old. Scan the new one, then type its code."}
            return self._shown(request, 422, wrong)
        if not self._desk.limits.code_allowed(request, asks.staff.id, guessable=False):
            return self._shown(request, 429, {"code": _TOO_MANY}, offered)
        try:
            code, phrase = fields.one("code"), fields.one("phrase")
            started = account.start_factor(self._app, asks, offered.sealed, code, phrase)
        except Unfit as fault:
            return self._shown(request, 422, fault.faults, offered)
        return self._desk.page(request, "codes", codes=started.codes, begun=True)

    def renew_codes(self, request: Request) -> Response:
        """Make other recovery codes, and show them, once."""
        asks = me(self._desk, request)
        if not self._desk.limits.allowed(request, asks.staff.address):
            return self._shown(request, 429, {"phrase": _TOO_MANY})
        try:
            started = account.renew_codes(self._app, asks, self._desk.fields(request).one("phrase"))
        except Unfit as fault:
            return self._shown(request, 422, fault.faults)
        return self._desk.page(request, "codes", codes=started.codes, begun=False)

    def stop(self, request: Request) -> Response:
        """Turn it off."""
        fields, asks = self._desk.fields(request), me(self._desk, request)
        code = fields.one("code")
        if not self._desk.limits.code_allowed(request, asks.staff.id, guessable=not factors.is_recovery(code)):
            return self._shown(request, 429, {"code": _TOO_MANY})
        try:
            account.stop_factor(self._app, asks, fields.one("phrase"), code)
        except Unfit as fault:
            return self._shown(request, 422, fault.faults)
        except Refused as fault:
            return self._shown(request, 409, {"code": f"{fault.what} {fault.mend}"})
        said = Said(words="Your second factor is off. You log in with your pass phrase alone.")
        return self._desk.redirect(request, "/settings/account", said)

    def _shown(
        self, request: Request, status: int = 200, wrong: Mapping[str, str] | None = None, offer: Offer | None = None
    ) -> Response:
        asks = me(self._desk, request)
        if not asks.staff.has_second_factor:
            offer = offer or factors.offer(self._app, asks.staff, asks.sitting)
        return self._desk.page(
            request,
            "factor",
            status,
            wrong=wrong or {},
            # the fault stands in the form that was sent
            sent=request.url.path if request.method == "POST" else "",
            offer=offer,
            picture=_picture(offer.uri) if offer else "",
            codes=accounts.codes_left(self._app.store, asks.staff),
            everybody=self._app.loaded.workspace.desk.second_factor == "everybody",
        )


def _picture(uri: str) -> str:
    """Return a QR code as the address of a picture that is in the page itself."""
    return segno.make(uri, error="m", micro=False).svg_data_uri(scale=5, border=4, dark="#000", light="#fff")


def add(web: FastAPI, desk: Desk) -> None:
    """Add the routes."""
    routes = Factor(desk)
    web.get(PATH)(routes.show)
    web.post(PATH)(routes.start)
    web.post(f"{PATH}/codes")(routes.renew_codes)
    web.post(f"{PATH}/off")(routes.stop)
