"""Queries about editions, their stories, variants, approvals and history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from digest.domain.model import (
    Approval,
    Content,
    Edition,
    EditionState,
    Insight,
    Placement,
    Signed,
    Step,
    Story,
    Turn,
    Variant,
)
from digest.domain.ports import Event
from digest.domain.states import move
from digest.store import contents
from digest.store import tables as t
from digest.store.batches import batches
from digest.store.dialects import insert
from digest.store.insights import SqlInsights, insight_of

#: an insight that a placement tells: its own edition's, or that of the edition in which the story stood first
TELLS = (t.edition_insight.c.story == t.placement.c.story) & (
    t.edition_insight.c.edition == sa.func.coalesce(t.placement.c.first_in, t.placement.c.edition)
)


class SqlEditions:
    """Editions with their stories, variants and history (domain/ports, Editions)."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(
        self,
        edition: Edition,
        placements: Sequence[Placement],
        variants: Sequence[Variant],
        told: Sequence[tuple[str, str]] = (),
    ) -> bool:
        """Insert an edition; False where its (newsletter, slot) is taken already.

        told: (insight, story) pairs of insights that only tell again what stood in an edition before.
        """
        statement = insert(t.edition).values(
            asdict(edition) | {"written": contents.of_written(edition.written), "corrects": edition.corrects or None}
        )
        done = self._connection.execute(statement.on_conflict_do_nothing(index_elements=["newsletter", "slot"]))
        if not done.rowcount:
            return False
        self._fill(edition.id, placements, variants, told)
        self.tell(edition.id, Event(at=edition.drafted_at, who="digest", what=str(edition.state), why=edition.note))
        return True

    def redraft(
        self,
        before: Edition,
        edition: Edition,
        placements: Sequence[Placement],
        variants: Sequence[Variant],
        event: Event,
        told: Sequence[tuple[str, str]] = (),
        left_out: Sequence[Placement] = (),
    ) -> bool:
        """Replace a draft's content, variants and revision; False where it no longer is the draft `before`.

        told: as in add; what was told so before stays.
        """
        values: dict[str, Any] = {
            "revision": edition.revision,
            "drafted_at": edition.drafted_at,
            "note": edition.note,
            "step": edition.step,
            "written": contents.of_written(edition.written),
            "left_out": [contents.of_placement(one) for one in left_out],
        }
        done = self._connection.execute(
            sa.update(t.edition)
            .where(
                t.edition.c.id == before.id,
                t.edition.c.state == EditionState.DRAFT,
                t.edition.c.revision == before.revision,
                t.edition.c.drafted_at == before.drafted_at,
                t.edition.c.step == before.step,
            )
            .values(values)
        )
        if not done.rowcount:
            return False
        stories = sa.select(t.placement.c.story).where(t.placement.c.edition == edition.id)
        # what only tells again what was told stays so
        theirs = (t.edition_insight.c.edition == edition.id, t.edition_insight.c.story.in_(stories))
        self._connection.execute(sa.delete(t.edition_insight).where(*theirs))
        for table in (t.placement, t.variant):
            self._connection.execute(sa.delete(table).where(table.c.edition == edition.id))
        self._fill(edition.id, placements, variants, told)
        self.tell(edition.id, event)
        return True

    def get(self, edition: str) -> Edition | None:
        """Return an edition by its id."""
        row = self._connection.execute(sa.select(t.edition).where(t.edition.c.id == edition)).one_or_none()
        return _edition_of(row) if row is not None else None

    def at_slot(self, newsletter: str, slot: datetime) -> Edition | None:
        """Return the edition of a slot."""
        row = self._connection.execute(
            sa.select(t.edition).where(t.edition.c.newsletter == newsletter, t.edition.c.slot == slot)
        ).one_or_none()
        return _edition_of(row) if row is not None else None

    def every(self, newsletter: str | None = None) -> list[Edition]:
        """Return all editions, the latest slot first."""
        statement = sa.select(t.edition).order_by(t.edition.c.slot.desc(), t.edition.c.id)
        if newsletter is not None:
            statement = statement.where(t.edition.c.newsletter == newsletter)
        return [_edition_of(row) for row in self._connection.execute(statement)]

    def next_number(self, newsletter: str) -> int:
        """Return the number the next edition bears: only editions that people may get are counted."""
        counted = (EditionState.SKIPPED, EditionState.MISSED, EditionState.DISCARDED)
        last = self._connection.execute(
            sa.select(sa.func.max(t.edition.c.number)).where(
                t.edition.c.newsletter == newsletter, t.edition.c.state.not_in(counted)
            )
        ).scalar()
        return (last or 0) + 1

    def placements(self, edition: str) -> list[Placement]:
        """Return an edition's stories in their order."""
        insights = self._insights(edition)
        rows = self._connection.execute(
            sa.select(t.placement).where(t.placement.c.edition == edition).order_by(t.placement.c.position)
        )
        return [
            Placement(
                story=_story_of(row.story, insights),
                theme=row.theme,
                reasons=tuple(row.reasons),
                score=row.score,
                check=row.check,
                runner_up=row.runner_up,
                pinned=row.pinned,
                place=row.place,
                wording=contents.wording(row.wording),
                first_in=row.first_in or "",
            )
            for row in rows
        ]

    def left_out(self, edition: str) -> list[Placement]:
        """Return the stories that somebody left out of an edition."""
        made = self._connection.execute(sa.select(t.edition.c.left_out).where(t.edition.c.id == edition)).scalar()
        insights = self._stored(contents.named(made or ()))
        return [contents.placement(one, insights) for one in made or ()]

    def content(self, edition: Edition) -> Content:
        """Return all of an edition that people decide about."""
        own = tuple(one for one in self.placements(edition.id) if not one.first_in)
        return Content(placements=own, left_out=tuple(self.left_out(edition.id)), written=edition.written)

    def keep_step(self, edition: str, step: Step, content: Content) -> None:
        """Record a change of an edition's content, with the content as it is then."""
        values = asdict(step) | {"edition": edition, "content": contents.of_content(content)}
        self._connection.execute(sa.insert(t.step).values(values))

    def steps(self, edition: str) -> list[Step]:
        """Return the changes of an edition's content, first to last; empty where there was none."""
        columns = [column for column in t.step.c if column.name not in ("edition", "content")]
        rows = self._connection.execute(
            sa.select(*columns).where(t.step.c.edition == edition).order_by(t.step.c.number)
        )
        return [Step(**dict(row._mapping) | {"turn": Turn(row.turn)}) for row in rows]

    def content_at(self, edition: str, step: int) -> Content | None:
        """Return the content after a step, by its number; None where it is not known."""
        made = self._connection.execute(
            sa.select(t.step.c.content).where(t.step.c.edition == edition, t.step.c.number == step)
        ).scalar()
        if made is None:
            return None
        return contents.content(made, self._stored(contents.named([*made["placements"], *made["left_out"]])))

    def variants(self, edition: str) -> list[Variant]:
        """Return an edition's variants, the one for most people first."""
        rows = self._connection.execute(
            sa.select(t.variant)
            .where(t.variant.c.edition == edition)
            .order_by(t.variant.c.people.desc(), t.variant.c.slug)
        )
        return [
            Variant(**{k: v for k, v in row._mapping.items() if k != "edition"} | {"stories": tuple(row.stories)})
            for row in rows
        ]

    def audience(self, edition: str) -> tuple[int, int]:
        """Return for how many people an edition's variants were made, and how many stories it has of its own."""
        people = sa.select(sa.func.coalesce(sa.func.sum(t.variant.c.people), 0)).where(t.variant.c.edition == edition)
        own = (t.placement.c.edition == edition, t.placement.c.first_in.is_(None))
        stories = sa.select(sa.func.count()).select_from(t.placement).where(*own)
        return int(self._connection.execute(people).scalar_one()), int(self._connection.execute(stories).scalar_one())

    def lists(self, edition: str) -> dict[str, tuple[str, ...]]:
        """Return the ids of the stories of each of an edition's variants, by its slug."""
        rows = self._connection.execute(
            sa.select(t.variant.c.slug, t.variant.c.stories).where(t.variant.c.edition == edition)
        )
        return {row.slug: tuple(row.stories) for row in rows}

    def telling(self, newsletter: str, insights: Sequence[str]) -> list[tuple[str, str, str]]:
        """Return (edition, story, insight) for each of these insights that an edition told as part of a story.

        Also where the story stood in another edition first.
        """
        return [
            (row.edition, row.story, row.insight)
            for some in batches(insights)
            for row in self._connection.execute(
                sa.select(t.placement.c.edition, t.placement.c.story, t.edition_insight.c.insight)
                .join(t.edition_insight, TELLS)
                .join(t.edition, t.edition.c.id == t.placement.c.edition)
                .where(t.edition.c.newsletter == newsletter, t.edition_insight.c.insight.in_(some))
            )
        ]

    def move(self, edition: Edition, state: EditionState, event: Event) -> bool:
        """Move an edition along an arrow; False where it no longer is in the state that `edition` bears.

        Raises Refused where there is no such arrow.
        """
        move(edition.state, state)
        values: dict[str, Any] = {"state": state, "note": event.why}
        if state == EditionState.APPROVED and edition.state == EditionState.DRAFT:
            values |= {"approved_by": event.who, "approved_at": event.at}
        if state == EditionState.DRAFT:
            values |= {"approved_by": "", "approved_at": None}
        done = self._connection.execute(
            sa.update(t.edition).where(t.edition.c.id == edition.id, t.edition.c.state == edition.state).values(values)
        )
        if done.rowcount:
            self.tell(edition.id, event)
        if done.rowcount and state == EditionState.DRAFT:
            self.end_approvals(edition.id, event)
        return bool(done.rowcount)

    def tell(self, edition: str, event: Event) -> None:
        """Add to an edition's history what moves it along no arrow."""
        self._connection.execute(sa.insert(t.event).values(asdict(event) | {"edition": edition}))

    def sign(
        self,
        edition: str,
        who: str,
        at: datetime,
        signed: Sequence[tuple[str, str, int]],
        *,
        complete: bool = True,
    ) -> None:
        """Record an approval: (slug, SHA-256, people) of every variant; complete: it is not the first of two."""
        step, revision = (
            sa.select(column).where(t.edition.c.id == edition).scalar_subquery()
            for column in (t.edition.c.step, t.edition.c.revision)
        )
        values = {"edition": edition, "who": who, "at": at, "signed": [list(one) for one in signed]}
        made = sa.insert(t.approval).values(values | {"step": step, "revision": revision, "complete": complete})
        self._connection.execute(made)

    def approvals(self, edition: str) -> list[Approval]:
        """Return all approvals of an edition, first to last, those that were taken back among them."""
        mine = sa.select(t.approval).where(t.approval.c.edition == edition).order_by(t.approval.c.id)
        return [_approval_of(row) for row in self._connection.execute(mine)]

    def end_approvals(self, edition: str, event: Event, of_other_than: Sequence[Variant] | None = None) -> int:
        """Take back the approvals that stand, as `event` says; return how many.

        of_other_than: only those that signed anything but exactly these variants.
        """
        mine = sa.select(t.approval.c.id, t.approval.c.signed).where(
            t.approval.c.edition == edition, t.approval.c.ended_at.is_(None)
        )
        kept = None if of_other_than is None else sorted([one.slug, one.sha256, one.people] for one in of_other_than)
        ended = [row.id for row in self._connection.execute(mine) if sorted(row.signed) != kept]
        values = {"ended_at": event.at, "ended_by": event.who, "ended_why": event.why or event.what}
        self._connection.execute(sa.update(t.approval).where(t.approval.c.id.in_(ended)).values(values))
        return len(ended)

    def signed(self, edition: str) -> list[tuple[str, str]]:
        """Return (slug, SHA-256) of every variant as signed last."""
        found = self._connection.execute(
            sa.select(t.approval.c.signed)
            .where(t.approval.c.edition == edition)
            .order_by(t.approval.c.id.desc())
            .limit(1)
        ).scalar()
        return sorted((slug, sha256) for slug, sha256, _ in found or ())

    def set_planned(self, edition: str, at: datetime) -> None:
        """Record that everybody is planned."""
        self._connection.execute(sa.update(t.edition).where(t.edition.c.id == edition).values(planned_at=at))

    def history(self, edition: str) -> list[Event]:
        """Return an edition's steps, first to last."""
        rows = self._connection.execute(sa.select(t.event).where(t.event.c.edition == edition).order_by(t.event.c.id))
        return [Event(at=row.at, who=row.who, what=row.what, why=row.why) for row in rows]

    def keep_revision(self, revision: str, at: datetime, files: Mapping[str, str]) -> None:
        """Store the text of digest.toml and of the templates under their hash, once."""
        statement = insert(t.revision).values({"id": revision, "at": at, "files": dict(files)})
        self._connection.execute(statement.on_conflict_do_nothing(index_elements=["id"]))

    def running_since(self, newsletter: str, now: datetime) -> datetime:
        """Return when the clock first looked at a newsletter; `now` where it never did."""
        statement = insert(t.clock).values(newsletter=newsletter, since=now)
        self._connection.execute(statement.on_conflict_do_nothing(index_elements=["newsletter"]))
        mine = sa.select(t.clock.c.since).where(t.clock.c.newsletter == newsletter)
        since: datetime = self._connection.execute(mine).scalar_one()
        return since

    def revision(self, revision: str) -> Mapping[str, str]:
        """Return the files of a revision; empty where it is not known."""
        found = self._connection.execute(sa.select(t.revision.c.files).where(t.revision.c.id == revision)).scalar()
        return dict(found or {})

    def _fill(
        self,
        edition: str,
        placements: Sequence[Placement],
        variants: Sequence[Variant],
        told: Sequence[tuple[str, str]],
    ) -> None:
        for position, placement in enumerate(placements):
            values = asdict(placement) | {"edition": edition, "position": position}
            del values["story"]
            values |= {"story": placement.story.id, "reasons": list(placement.reasons)}
            values["wording"] = contents.of_wording(placement.wording)
            values["first_in"] = placement.first_in or None
            self._connection.execute(sa.insert(t.placement).values(values))
            # the edition it stood in first has used its insights, whatever becomes of this one
            for insight in () if placement.first_in else placement.story.insights:
                row = {"edition": edition, "insight": insight.id, "story": placement.story.id}
                self._connection.execute(sa.insert(t.edition_insight).values(row))
        for variant in variants:
            values = asdict(variant) | {"edition": edition, "stories": list(variant.stories)}
            self._connection.execute(sa.insert(t.variant).values(values))
        for one, story in told:
            row = {"edition": edition, "insight": one, "story": story}
            self._connection.execute(insert(t.edition_insight).values(row).on_conflict_do_nothing())

    def _stored(self, insights: Sequence[str]) -> dict[str, Insight]:
        return SqlInsights(self._connection).stored(insights)

    def _insights(self, edition: str) -> dict[str, list[Insight]]:
        rows = self._connection.execute(
            sa.select(t.insight, t.placement.c.story.label("of_story"))
            .select_from(t.placement)
            .join(t.edition_insight, TELLS)
            .join(t.insight, t.insight.c.id == t.edition_insight.c.insight)
            .where(t.placement.c.edition == edition)
            .order_by(t.insight.c.published, t.insight.c.id)
        )
        found: dict[str, list[Insight]] = {}
        for row in rows:
            found.setdefault(row.of_story, []).append(insight_of(row._mapping))
        return found


def _story_of(story: str, insights: Mapping[str, Sequence[Insight]]) -> Story:
    members = insights[story]
    lead = next(insight for insight in members if insight.id == story)
    return Story(lead=lead, also=tuple(insight for insight in members if insight.id != story))


def _approval_of(row: sa.Row[Any]) -> Approval:
    signed = (Signed(slug=slug, sha256=sha256, people=people) for slug, sha256, people in row.signed)
    values = {name: value for name, value in row._mapping.items() if name not in ("id", "edition")}
    return Approval(**values | {"signed": tuple(sorted(signed)), "revision": row.revision or ""})


def _edition_of(row: sa.Row[Any]) -> Edition:
    values = {name: value for name, value in row._mapping.items() if name != "left_out"}
    made = {
        "state": EditionState(row.state),
        "written": contents.written(row.written),
        "corrects": row.corrects or "",
    }
    return Edition(**values | made)
