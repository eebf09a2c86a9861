"""Suppressions: whose address must not be mailed. Only hashes are kept, so that nobody can be listed."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field

from digest.app.noting import noted
from digest.domain.model import BY_API, Scope, SuppressionReason
from digest.jobs import people
from digest.jobs.staffing import By
from digest.web.api.frame import Api, offer
from digest.web.api.values import Address, AddressAlone, Sent, Shown, compared


class Reason(StrEnum):
    """Why somebody must not be mailed."""

    LEFT = "left"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


#: as it is stored
_REASONS = {
    Reason.LEFT: SuppressionReason.LEFT,
    Reason.BOUNCED: SuppressionReason.HARD_BOUNCE,
    Reason.COMPLAINED: SuppressionReason.COMPLAINT,
}


class Reasons(Shown):
    """How many addresses are kept off, and why."""

    reasons: dict[str, int] = Field(description="Reason -> addresses. Whose they are is not kept, only hashes are.")


class Suppress(Sent):
    """An address that must not be mailed any more."""

    address: Address
    reason: Annotated[Reason, Field(strict=False)] = Reason.LEFT


class KeptOff(Shown):
    """Whether an address is kept off."""

    kept_off: bool
    reason: str | None = Field(description="left, hard bounce, complaint or erased")
    at: datetime | None


class Suppressions:
    """The routes."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._app = api.app

    def list_suppressions(self) -> Reasons:
        """Return how many addresses are kept off, and why."""
        with self._app.store.reading() as session:
            return Reasons(reasons=session.people.reasons())

    def add_suppression(self, request: Request, body: Suppress) -> KeptOff:
        """Keep an address off for good, and end what it is subscribed to. Of two reasons the graver one stays.

        No import brings it back; no program can take it back. Its owner can, by signing up and confirming it, unless
        the reason is a complaint.
        """
        compared(body.address)
        by = By(name=self._api.who(request))
        people.leave(
            self._app.store,
            self._app.clock,
            body.address,
            self._app.suppression_key,
            reason=_REASONS[body.reason],
            how=BY_API.strip(", "),
            note=noted(self._app, by, "kept a person off all mail"),
        )
        return self._standing(body.address)

    def check_suppression(self, body: AddressAlone) -> KeptOff:
        """Tell whether an address is kept off."""
        return self._standing(body.address)

    def _standing(self, address: str) -> KeptOff:
        key = self._app.suppression_key(compared(address))
        with self._app.store.reading() as session:
            found = session.people.kept_off(key)
        if found is None:
            return KeptOff(kept_off=False, reason=None, at=None)
        return KeptOff(kept_off=True, reason=found.reason, at=found.at)


def add(web: APIRouter, api: Api) -> None:
    """Add the routes."""
    routes = Suppressions(api)
    offer(web, "GET", "/suppressions", Scope.SUPPRESSIONS_READ, routes.list_suppressions)
    offer(web, "POST", "/suppressions", Scope.SUPPRESSIONS_WRITE, routes.add_suppression)
    offer(web, "POST", "/suppressions/check", Scope.SUPPRESSIONS_READ, routes.check_suppression)
