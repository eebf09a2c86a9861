"""Editions: what there is, what stands in them, and the emails that people get; the next one is drafted."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from digest.app.preview import filled
from digest.domain.errors import NotFound, Refused
from digest.domain.model import Edition, EditionState, Newsletter, Placement, Scope, Variant
from digest.domain.ports import CountsAs
from digest.jobs import approvals
from digest.jobs import edition as editions
from digest.web.api.frame import Api, Id, offer
from digest.web.api.once import Key, once
from digest.web.api.values import Remark, Sent, Shown, remark

#: editions of a page, and where nobody says how many
MOST, USUAL = 200, 50


class EditionShown(Shown):
    """An edition."""

    id: str
    newsletter: str
    number: int
    slot: datetime = Field(description="When it is due.")
    state: EditionState
    note: str = Field(description="Why it is in its state, where that needs saying.")
    drafted_at: datetime
    approved_by: str
    approved_at: datetime | None
    special: bool = Field(description="It goes at a time beside the schedule.")
    corrects: str = Field(description="Id of the edition that it corrects; empty for one that tells stories.")
    step: int = Field(description="How often people changed its content; an approval names it.")


class Editions(Shown):
    """A page of editions, the latest slot first."""

    editions: list[EditionShown]
    next: str | None = Field(description="What to send as `after` for the next page; null: this was the last.")


class VariantShown(Shown):
    """What one group of people gets. An approval names `slug`, `sha256` and `people` of each."""

    slug: str
    segment: str = Field(description="Empty for the web version, which nobody is mailed.")
    subject: str
    preheader: str
    people: int
    sha256: str = Field(description="The fingerprint of subject, HTML and text.")
    kilobytes: int


class Story(Shown):
    """A story, and where it stands."""

    id: str
    theme: str = Field(description="A theme’s id, or OTHER.")
    title: str
    summary: str
    link: str
    source: str
    published: datetime
    reasons: list[str] = Field(description="Why it stands there, strongest first.")
    pinned: bool
    check: bool = Field(description="Another theme was close: somebody should look.")


class Happened(Shown):
    """A line of an edition’s history."""

    at: datetime
    who: str
    what: str
    why: str


class EditionWhole(Shown):
    """An edition with all that there is to look at before it is approved."""

    edition: EditionShown
    variants: list[VariantShown]
    stories: list[Story]
    findings: list[Remark]
    approvals_needed: int
    approved_by: list[str] = Field(description="Whose approvals stand.")
    people: dict[str, int] = Field(
        description="Of those it leaves to: sent, waiting, put_off, failed, unknown, skipped."
    )
    history: list[Happened]


class Email(Shown):
    """An email as a made-up reader gets it. It was written by many hands: show it in a sandbox alone."""

    slug: str
    subject: str
    preheader: str
    html: str
    text: str
    sha256: str
    people: int


class Draft(Sent):
    """How to draft."""

    again: bool = Field(default=False, description="Make a draft that is there anew, from what there is now.")


class Drafted(Shown):
    """The edition of the next slot."""

    edition: EditionShown
    created: bool = Field(description="False where it was there already.")


class EditionRoutes:
    """The routes."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._app = api.app

    def list_editions(
        self,
        newsletter: Annotated[str, Query(pattern=r"^[A-Za-z0-9_-]{0,100}$")] = "",
        state: EditionState | None = None,
        after: Annotated[str, Query(pattern=r"^[A-Za-z0-9_-]{0,100}$")] = "",
        limit: Annotated[int, Query(ge=1, le=MOST)] = USUAL,
    ) -> Editions:
        """Return a page of editions, the latest slot first."""
        chosen = self._api.newsletter(newsletter).id if newsletter else None
        with self._app.store.reading() as session:
            every = session.editions.every(chosen)
            last = session.editions.get(after) if after else None
        if after and last is None:
            raise NotFound(f"There is no edition “{after}”.", "Send `next` of the page before as `after`.")
        # one that came meanwhile moves nothing: the page begins below a slot
        below = [one for one in every if last is None or (one.slot, one.id) < (last.slot, last.id)]
        wanted = sorted((one for one in below if state in (None, one.state)), key=_order, reverse=True)
        page = wanted[:limit]
        return Editions(editions=[shown(one) for one in page], next=page[-1].id if len(wanted) > limit else None)

    def get_edition(self, edition: Id) -> EditionWhole:
        """Return an edition with its stories, findings, fingerprints and history, as it is stored."""
        preview = self._app.stored(edition)
        with self._app.store.reading() as session:
            history = session.editions.history(edition)
            counts = session.following.outcomes([edition]).get(edition, {})
        return EditionWhole(
            edition=shown(preview.edition),
            variants=[_variant(one) for one in preview.variants],
            stories=[_story(one) for one in (*preview.placements, *preview.earlier)],
            findings=[remark(one) for one in preview.findings],
            approvals_needed=self._app.newsletter_of(preview.edition).approvals,
            approved_by=[one.who for one in approvals.standing(self._app.store, edition)],
            people={str(one): counts.get(one, 0) for one in CountsAs},
            history=[Happened.model_validate(one) for one in history],
        )

    def get_email(self, edition: Id, variant: Id) -> Email:
        """Return the email of a variant as a made-up reader gets it, in HTML and as text."""
        editions.find(self._app.store, edition)
        with self._app.store.reading() as session:
            known = session.editions.variants(edition)
        found = next((one for one in known if one.slug == variant), None)
        if found is None:
            raise NotFound(f"{edition} has no variant “{variant}”.", f"It has: {', '.join(one.slug for one in known)}.")
        html, text = filled(self._app, edition, found)
        return Email(
            slug=found.slug,
            subject=found.subject,
            preheader=found.preheader,
            html=html,
            text=text,
            sha256=found.sha256,
            people=found.people,
        )

    def draft_edition(self, request: Request, newsletter: Id, body: Draft, key: Key = None) -> Response:
        """Draft the edition of the next slot from what is new. One that is there already is returned as it is."""
        self._api.take_time(request)
        chosen = self._api.newsletter(newsletter)
        return once(self._api, request, key, lambda: self._draft(chosen, body))

    def _draft(self, newsletter: Newsletter, body: Draft) -> tuple[int, BaseModel]:
        self._app.import_people(newsletter)
        done = self._app.draft(newsletter, again=body.again)
        if done.edition is None:
            raise Refused(done.note, "Ask the sources for more, or wait.")
        return 201 if done.created else 200, Drafted(edition=shown(done.edition), created=done.created)


def add(web: APIRouter, api: Api) -> None:
    """Add the routes."""
    routes = EditionRoutes(api)
    read = Scope.EDITIONS_READ
    offer(web, "GET", "/editions", read, routes.list_editions, may=(404,))
    offer(web, "GET", "/editions/{edition}", read, routes.get_edition, may=(404, 409))
    offer(web, "GET", "/editions/{edition}/emails/{variant}", read, routes.get_email, may=(404, 409))
    offer(
        web, "POST", "/newsletters/{newsletter}/editions", Scope.EDITIONS_WRITE, routes.draft_edition, may=(404, 409),
        made=Drafted, status=200, also={201: Drafted},
    )  # fmt: skip


def shown(one: Edition) -> EditionShown:
    """Return an edition as it goes out."""
    return EditionShown.model_validate(one)


def _order(one: Edition) -> tuple[datetime, str]:
    return one.slot, one.id


def _variant(one: Variant) -> VariantShown:
    return VariantShown(
        slug=one.slug,
        segment=one.segment,
        subject=one.subject,
        preheader=one.preheader,
        people=one.people,
        sha256=one.sha256,
        kilobytes=round(len(one.html.encode()) / 1_000),
    )


def _story(one: Placement) -> Story:
    told = one.shown
    return Story(
        id=one.story.id,
        theme=one.theme,
        title=told.title,
        summary=told.summary,
        link=told.link,
        source=told.source,
        published=told.published,
        reasons=list(one.reasons),
        pinned=one.pinned,
        check=one.check,
    )
