"""Status: what there is, what comes next, and how it fares."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import version

from fastapi import APIRouter
from pydantic import Field

from digest.domain.model import Edition, EditionState, Newsletter, Scope
from digest.domain.ports import CountsAs
from digest.web.api.frame import Api, offer
from digest.web.api.values import Shown

#: editions that something is still to be done about
_UNDER_WAY = (
    EditionState.DRAFT,
    EditionState.APPROVED,
    EditionState.HOLDING,
    EditionState.SENDING,
    EditionState.PAUSED,
)


class Named(Shown):
    """Something with a name for people and an id for programs."""

    id: str
    name: str


class UnderWay(Shown):
    """An edition that is not over."""

    id: str
    slot: datetime
    state: EditionState
    people: dict[str, int] = Field(
        description="Of those it leaves to: sent, waiting, put_off, failed, unknown, skipped."
    )


class SourceHealth(Shown):
    """How a source fares."""

    id: str
    condition: str
    fault: str


class NewsletterStatus(Shown):
    """How a newsletter stands."""

    id: str
    name: str
    next_slot: datetime | None
    themes: list[Named]
    segments: list[Named]
    editions: list[UnderWay]
    sources: list[SourceHealth]


class Status(Shown):
    """How everything stands."""

    version: str
    now: datetime
    newsletters: list[NewsletterStatus]


class StatusRoutes:
    """The route."""

    def __init__(self, api: Api) -> None:
        self._app = api.app

    def get_status(self) -> Status:
        """Return what comes next, which editions are under way, and how sources fare."""
        newsletters = [self._of(one) for one in self._app.loaded.workspace.newsletters]
        return Status(version=version("digest"), now=self._app.clock(), newsletters=newsletters)

    def _of(self, newsletter: Newsletter) -> NewsletterStatus:
        with self._app.store.reading() as session:
            going = [one for one in session.editions.every(newsletter.id) if one.state in _UNDER_WAY]
            counts = session.following.outcomes([one.id for one in going])
        return NewsletterStatus(
            id=newsletter.id,
            name=newsletter.name,
            next_slot=self._app.upcoming(newsletter),
            themes=[Named(id=one.id, name=one.name) for one in newsletter.themes],
            segments=[Named(id=one.id, name=one.name) for one in newsletter.segments],
            editions=[_under_way(one, counts.get(one.id, {})) for one in going],
            sources=[
                SourceHealth(id=one.source.id, condition=str(one.condition), fault=one.fault)
                for one in self._app.conditions(newsletter)
            ],
        )


def add(web: APIRouter, api: Api) -> None:
    """Add the route."""
    offer(web, "GET", "/status", Scope.STATUS_READ, StatusRoutes(api).get_status)


def _under_way(edition: Edition, counts: Mapping[CountsAs, int]) -> UnderWay:
    people = {str(one): counts.get(one, 0) for one in CountsAs}
    return UnderWay(id=edition.id, slot=edition.slot, state=edition.state, people=people)
