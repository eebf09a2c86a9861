"""Deciding: whether an edition leaves. Each act is recorded in the name of who answers for the token, and done once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from digest.domain.errors import ApprovalTakenBack
from digest.domain.model import Edition, EditionState, Scope, Signed, Variant
from digest.jobs import approvals, steering
from digest.jobs import edition as editions
from digest.jobs.approvals import Seen
from digest.web.api.editions import EditionShown, shown
from digest.web.api.frame import Api, Id, offer
from digest.web.api.once import Key, once
from digest.web.api.problems import Trouble
from digest.web.api.values import Sent, Shown


class SeenVariant(Sent):
    """A variant as somebody saw it."""

    slug: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,100}$")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    people: Annotated[int, Field(ge=0, le=1_000_000_000)]


class Approve(Sent):
    """What somebody looked at and approves: all variants of GET /editions/{edition}, with their fingerprints."""

    step: Annotated[int, Field(ge=0, le=1_000_000_000)]
    variants: Annotated[list[SeenVariant], Field(min_length=1, max_length=100)]


class Approved(Shown):
    """What an approval came to."""

    edition: EditionShown
    approved_by: list[str] = Field(description="Whose approvals stand.")
    approvals_needed: int


class TakeBack(Sent):
    """Why an approval is taken back."""

    why: Annotated[str, Field(max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""


class Deciding:
    """The routes."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._app = api.app

    def approve_edition(self, request: Request, edition: Id, body: Approve, key: Key = None) -> Response:
        """Approve the exact emails that somebody looked at.

        The body names every variant, its fingerprint and its people. Where anything is another by now, nothing is
        approved, and the answer (409, code “changed”) says what.
        """
        signed = tuple(sorted(Signed(slug=one.slug, sha256=one.sha256, people=one.people) for one in body.variants))
        seen = Seen(step=body.step, variants=signed)
        return once(self._api, request, key, lambda: (200, self._approve(edition, self._api.who(request), seen)))

    def take_back_edition(self, request: Request, edition: Id, body: TakeBack, key: Key = None) -> Response:
        """Make an approved edition a draft again, also in the minutes before it leaves."""

        def do(who: str) -> Edition:
            found = editions.find(self._app.store, edition)
            if found.state == EditionState.DRAFT and approvals.standing(self._app.store, edition):
                editions.take_back(self._app.store, self._app.clock, found, who, body.why)
                return editions.find(self._app.store, edition)
            return steering.take_back(self._app.store, self._app.clock, edition, who, body.why)

        return self._act(request, key, do)

    def pause_edition(self, request: Request, edition: Id, key: Key = None) -> Response:
        """Stop an edition that is being sent before its next message."""
        return self._act(request, key, lambda who: steering.pause(self._app.store, self._app.clock, edition, who))

    def resume_edition(self, request: Request, edition: Id, key: Key = None) -> Response:
        """Let a paused edition go on; nobody is mailed twice."""
        return self._act(request, key, lambda who: steering.resume(self._app.store, self._app.clock, edition, who))

    def cancel_edition(self, request: Request, edition: Id, key: Key = None) -> Response:
        """Stop an edition for good: nobody else gets it."""
        return self._act(request, key, lambda who: steering.cancel(self._app.store, self._app.clock, edition, who))

    def _act(self, request: Request, key: str | None, do: Callable[[str], Edition]) -> Response:
        return once(self._api, request, key, lambda: (200, shown(do(self._api.who(request)))))

    def _approve(self, edition: str, who: str, seen: Seen) -> BaseModel:
        try:
            done = self._app.approve(edition, who, seen)
        except ApprovalTakenBack as fault:
            raise self._changed(edition, seen, fault) from fault
        return Approved(
            edition=shown(done.edition),
            approved_by=[one.who for one in approvals.standing(self._app.store, edition)],
            approvals_needed=self._app.newsletter_of(done.edition).approvals,
        )

    def _changed(self, edition: str, seen: Seen, fault: ApprovalTakenBack) -> Trouble:
        with self._app.store.reading() as session:
            variants = session.editions.variants(edition)
        return Trouble(
            409, "changed", "This is no longer what was approved", fault.what,
            "Get it again, look at it, then approve what it shows.", differences=_differences(seen, variants),
        )  # fmt: skip


def add(web: APIRouter, api: Api) -> None:
    """Add the routes."""
    routes = Deciding(api)
    acts: dict[str, tuple[Callable[..., Response], type]] = {
        "approve": (routes.approve_edition, Approved),
        "take-back": (routes.take_back_edition, EditionShown),
        "pause": (routes.pause_edition, EditionShown),
        "resume": (routes.resume_edition, EditionShown),
        "cancel": (routes.cancel_edition, EditionShown),
    }
    for name, (route, answer) in acts.items():
        at = f"/editions/{{edition}}/{name}"
        offer(web, "POST", at, Scope.EDITIONS_APPROVE, route, may=(404, 409), made=answer, status=200)


def _differences(seen: Seen, variants: list[Variant]) -> list[dict[str, object]]:
    """Return what is another now than what was seen, a line a variant."""
    was = {one.slug: one for one in seen.variants}
    now = {one.slug: one for one in variants}
    found: list[dict[str, object]] = [{"slug": slug, "became": "gone"} for slug in was if slug not in now]
    for slug, one in now.items():
        before = was.get(slug)
        if before is None or (before.sha256, before.people) != (one.sha256, one.people):
            became = "new" if before is None else "changed" if before.sha256 != one.sha256 else "other people"
            found.append({"slug": slug, "became": became, "sha256": one.sha256, "people": one.people})
    return found
