"""Correcting: a person says what was wrong in an edition that people have. What comes of it is an edition of its own,
which is drafted, looked at, approved and sent as any other (jobs/corrected.py: what it holds, and who gets it).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from digest.domain.errors import Refused, Unfit
from digest.domain.model import Content, Edition, EditionState, Newsletter, Step, Turn, Written
from digest.domain.ports import Clock, Event, Session, Store
from digest.domain.states import UNDER_WAY
from digest.jobs import corrected, special
from digest.jobs.edition import find
from digest.jobs.keeping import overtaken
from digest.jobs.planning import audience
from digest.jobs.press import Press
from digest.stages import editing, slots, slotted

#: an edition in one of these is through, and people have it
_THROUGH = (EditionState.SENT, EditionState.CANCELLED)
_FIELD = "introduction"


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A correction of an edition, as its report and its history show it."""

    edition: Edition
    text: str


def correct(store: Store, clock: Clock, press: Press, edition: str, text: str, who: str, at: str = "") -> Edition:
    """Draft a correction of an edition, by its id, and return it.

    text: what was wrong and what is right, in staff's words, with placeholders as in an introduction; at: the
    newsletter's local time at which it goes, as 2026-12-03 10:00; empty: as soon as it is approved. Raises Unfit by the
    fields “introduction” and “at”, NotFound, and Refused where nobody has the edition or it is being corrected.
    """
    name = who.strip()
    if not name:
        raise Refused("A correction needs a name.", "Say who corrects.")
    _fit(text)
    other = _through(store, find(store, edition))
    slot = special.moment(store, clock, press.newsletter, at) if at else _now(store, clock, press.newsletter)
    draft = _draft(press, other, slot, text, clock())
    made = corrected.variants(store, press, draft)
    if not audience(made):
        raise Refused(f"Nobody got {edition}.", "There is nobody to tell, and no page to correct.")
    with store.writing() as session:
        session.editions.keep_revision(press.revision, draft.drafted_at, press.files)
        _none_under_way(session, other)
        if not session.editions.add(draft, (), made):
            raise overtaken(draft.id)
        _keep_steps(session, draft, name)
        session.editions.tell(edition, Event(at=draft.drafted_at, who=name, what="correction drafted", why=draft.id))
    return find(store, draft.id)


def of(store: Store, edition: str) -> list[Correction]:
    """Return the corrections of an edition that were not thrown away, the latest first."""
    found = find(store, edition)
    with store.reading() as session:
        every = session.editions.every(found.newsletter)
    over = (EditionState.DISCARDED, EditionState.MISSED, EditionState.SKIPPED)
    mine = [one for one in every if one.corrects == edition and one.state not in over]
    return [Correction(edition=one, text=one.written.introduction or "") for one in mine]


def _fit(text: str) -> None:
    if not text.strip():
        raise Unfit({_FIELD: "Write what was wrong, and what is right."})
    faults = editing.faults(Content(placements=()), {_FIELD: text})
    placeholders = next(slotted.faults(text), "")
    if placeholders:
        faults = {_FIELD: f"{placeholders[:1].upper()}{placeholders[1:]}."}
    if faults:
        raise Unfit(faults)


def _through(store: Store, edition: Edition) -> Edition:
    if edition.corrects:
        raise Refused(f"{edition.id} is a correction itself.", f"Correct {edition.corrects} again.")
    if edition.state not in _THROUGH:
        raise Refused(f"{edition.id} is {edition.state}.", "Only what people have can be corrected.")
    with store.reading() as session:
        _none_under_way(session, edition)
    return edition


def _none_under_way(session: Session, edition: Edition) -> None:
    for one in session.editions.every(edition.newsletter):
        if one.corrects == edition.id and one.state in UNDER_WAY:
            raise Refused(f"{one.id} corrects {edition.id} already, and is {one.state}.", "Go on with that one.")


def _now(store: Store, clock: Clock, newsletter: Newsletter) -> datetime:
    """Return this minute, or the first one after it that no edition has."""
    slot = clock().replace(second=0, microsecond=0)
    with store.reading() as session:
        while session.editions.at_slot(newsletter.id, slot) or session.editions.get(slots.edition_id(newsletter, slot)):
            slot += timedelta(minutes=1)
    return slot


def _draft(press: Press, other: Edition, slot: datetime, text: str, now: datetime) -> Edition:
    words = text.strip().replace("\r\n", "\n")
    return Edition(
        id=slots.edition_id(press.newsletter, slot),
        newsletter=other.newsletter,
        slot=slot,
        number=other.number,
        state=EditionState.DRAFT,
        revision=press.revision,
        drafted_at=now,
        step=1,
        written=Written(introduction=words),
        special=True,
        corrects=other.id,
    )


def _keep_steps(session: Session, draft: Edition, who: str) -> None:
    """Begin its history: whoever wrote it has changed it, and may not approve it where authors may not."""
    first = Step(number=0, turn=Turn.EDIT, at=draft.drafted_at, who="digest", what="drafted")
    session.editions.keep_step(draft.id, first, Content(placements=()))
    wrote = replace(first, number=1, who=who, what="wrote the correction")
    session.editions.keep_step(draft.id, wrote, Content(placements=(), written=draft.written))
