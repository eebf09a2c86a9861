"""Sources: how each fares; one is added, asked now, or taken out, as the commands do it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from digest.app import sourcing
from digest.domain.errors import Refused
from digest.domain.model import Newsletter, Scope, Source
from digest.jobs.staffing import By
from digest.stages.health import Health
from digest.web.api.frame import Api, Id, offer
from digest.web.api.once import Key, once
from digest.web.api.values import Line, Remark, Sent, Shown, remark


class SourceShown(Shown):
    """A source, and how it fares."""

    id: str
    kind: str
    address: str
    name: str
    condition: str = Field(description="not asked yet, well, failed last time, dead, or gone")
    last_success: datetime | None
    last_new: datetime | None = Field(description="When it last gave something new.")
    a_week: float = Field(description="Insights a week, over the last eight.")
    failing_since: datetime | None
    fault: str
    next_due: datetime | None


class Sources(Shown):
    """A newsletter's sources."""

    sources: list[SourceShown]


class AddSource(Sent):
    """A source to add."""

    address: Annotated[
        str,
        Field(
            min_length=10, max_length=2_000, pattern=r"^https?://[^\x00-\x20\x7f]+$",
            description="Of a page with news, of a feed or of a sitemap; it is asked, on the public internet alone.",
        ),
    ]  # fmt: skip
    kind: Literal["feed", "page", "sitemap"] | None = Field(default=None, description="Where it can be several.")
    name: Line = Field(default="", description="What readers see as the origin; its own where it is empty.")
    under: Line = Field(default="", description="Only addresses that begin like this are taken, such as /news/.")
    articles: bool = Field(default=False, description="Look at each article’s own page for what the source leaves out.")


class Added(Shown):
    """A source that was added."""

    id: str
    kind: str
    address: str
    name: str
    why: str = Field(description="Why it is read in this way.")
    insights: int = Field(description="What it gives now.")
    findings: list[Remark]


class Asked(Shown):
    """What asking a source came to."""

    found: int = Field(description="Entries that it shows now.")
    new: int
    unchanged: bool
    skipped: bool = Field(description="It was not asked: it wanted patience, or is gone. A finding says so.")
    findings: list[Remark]


class Removed(Shown):
    """A source was taken out."""

    id: str


class SourceRoutes:
    """The routes."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._app = api.app

    def list_sources(self, newsletter: Id) -> Sources:
        """Return a newsletter's sources, and how each fares."""
        chosen = self._api.newsletter(newsletter)
        return Sources(sources=[_shown(one) for one in self._app.conditions(chosen)])

    def add_source(self, request: Request, newsletter: Id, body: AddSource, key: Key = None) -> Response:
        """Find out what an address is, and write it into digest.toml as a source."""
        self._api.take_time(request)
        chosen = self._api.newsletter(newsletter)
        return once(self._api, request, key, lambda: (201, self._add(request, chosen, body)))

    def ask_source(self, request: Request, newsletter: Id, source: Id) -> Asked:
        """Ask a source now, and keep what is new."""
        self._api.take_time(request)
        chosen = self._api.newsletter(newsletter)
        sourcing.found(chosen, source)
        (done,) = self._app.collect(chosen, only=[source])
        return Asked(
            found=done.found,
            new=done.new,
            unchanged=done.unchanged,
            skipped=done.skipped,
            findings=[remark(one) for one in done.findings],
        )

    def remove_source(self, request: Request, newsletter: Id, source: Id) -> Removed:
        """Take a source out of digest.toml, and rules that speak of it; what it gave before is kept."""
        chosen = self._api.newsletter(newsletter)
        sourcing.take_out(self._app, chosen, sourcing.found(chosen, source), By(name=self._api.who(request)))
        return Removed(id=source)

    def _add(self, request: Request, newsletter: Newsletter, body: AddSource) -> BaseModel:
        wanted = Source(
            id="new", kind="page", address=body.address, name=body.name, under=body.under, articles=body.articles
        )
        discovery = sourcing.discovered(self._app, wanted)
        way = sourcing.way(discovery, body.kind)
        if way is None:
            others = sorted({one.source.kind for one in discovery.ways})
            raise Refused(
                f"It gives nothing as a {body.kind}; it is a {others[0]}." if others else
                next((one.what for one in discovery.findings), "Nothing to collect was found there."),
                "Send the address of the page that lists the articles, or of its feed.",
            )  # fmt: skip
        made = sourcing.made(self._app, replace(way.source, id="", name=body.name), way)
        sourcing.add(self._app, newsletter, made, By(name=self._api.who(request)))
        return Added(
            id=made.id,
            kind=made.kind,
            address=made.address,
            name=made.name,
            why=way.why,
            insights=len(way.reading.items),
            findings=[remark(one) for one in (*way.reading.findings, *discovery.findings)],
        )


def add(web: APIRouter, api: Api) -> None:
    """Add the routes."""
    routes = SourceRoutes(api)
    at = "/newsletters/{newsletter}/sources"
    offer(web, "GET", at, Scope.SOURCES_READ, routes.list_sources, may=(404,))
    offer(web, "POST", at, Scope.SOURCES_WRITE, routes.add_source, may=(404, 409), made=Added)
    offer(web, "POST", f"{at}/{{source}}/ask", Scope.SOURCES_WRITE, routes.ask_source, may=(404, 409))
    offer(web, "DELETE", f"{at}/{{source}}", Scope.SOURCES_WRITE, routes.remove_source, may=(404, 409))


def _shown(one: Health) -> SourceShown:
    return SourceShown(
        id=one.source.id,
        kind=one.source.kind,
        address=one.source.address,
        name=one.source.name,
        condition=str(one.condition),
        last_success=one.last_success,
        last_new=one.last_new,
        a_week=one.a_week,
        failing_since=one.failing_since,
        fault=one.fault,
        next_due=one.next_due,
    )
