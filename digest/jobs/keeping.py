"""Keeping: an edition's moves and changes, each committed against the very edition that it was computed from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from digest.domain.errors import Refused
from digest.domain.model import Content, Edition, EditionState, Placement, Step, Turn, Variant
from digest.domain.ports import Event, Excluded, Session
from digest.domain.states import SIGNED
from digest.jobs.press import Press


@dataclass(frozen=True, slots=True, kw_only=True)
class Remade:
    """An edition's content and variants made anew, not stored yet."""

    #: the edition as it was when this was computed
    before: Edition
    content: Content
    #: its own stories, and the earlier ones that somebody gets
    placements: Sequence[Placement]
    variants: Sequence[Variant]
    #: how it came to be; None where the content is as it was, and only its bytes are others
    turn: Turn | None = Turn.EDIT
    #: the number of the step that was undone or done again
    of: int = 0


def advance(session: Session, edition: Edition, state: EditionState, event: Event) -> None:
    """Move an edition along an arrow.

    Raises Refused where there is no such arrow, and where somebody else moved it first.
    """
    if not session.editions.move(edition, state, event):
        raise overtaken(edition.id)


def withdraw(session: Session, edition: Edition, event: Event) -> None:
    """Make an edition that is approved, or about to leave, a draft again; event: what its history says of that.

    Raises Refused where it is neither, or somebody else moved it first.
    """
    if edition.state == EditionState.HOLDING:
        advance(session, edition, EditionState.APPROVED, replace(event, what="held back"))
        edition = replace(edition, state=EditionState.APPROVED)
    advance(session, edition, EditionState.DRAFT, event)


def keep(session: Session, press: Press, made: Remade, event: Event, taken_back: Event) -> None:
    """Store an edition as it was made anew; where it was approved it is a draft again.

    event: what its history says of that; taken_back: what it says besides where an approval is lost by it.
    Raises Refused where somebody else changed it first.
    """
    before = made.before
    session.editions.keep_revision(press.revision, event.at, press.files)
    if before.state in SIGNED:
        withdraw(session, before, taken_back)
        made = replace(made, before=replace(before, note=taken_back.why))
    # a first signature of two is under other bytes now
    session.editions.end_approvals(before.id, taken_back, made.variants)
    if not store_remade(session, press, made, event):
        raise overtaken(before.id)


def store_remade(
    session: Session, press: Press, made: Remade, event: Event, told: Sequence[tuple[str, str]] = ()
) -> bool:
    """Store an edition as it was made anew, with the step that led there; False where it no longer is that draft.

    told: as in Editions.redraft.
    """
    before, step = made.before, made.before.step + (made.turn is not None)
    renewed = replace(before, revision=press.revision, drafted_at=event.at, step=step, written=made.content.written)
    if made.turn is not None and not session.editions.steps(before.id):
        first = Step(number=0, turn=Turn.EDIT, at=before.drafted_at, who="digest", what="drafted")
        session.editions.keep_step(before.id, first, session.editions.content(before))
    was_out = session.editions.left_out(before.id)
    if not session.editions.redraft(
        before, renewed, made.placements, made.variants, event, told, made.content.left_out
    ):
        return False
    _exclude(session, before, was_out, made.content.left_out, event)
    if made.turn is not None:
        said = Step(number=step, turn=made.turn, at=event.at, who=event.who, what=event.what, of=made.of)
        session.editions.keep_step(before.id, said, made.content)
    return True


def _exclude(
    session: Session, edition: Edition, before: Sequence[Placement], now: Sequence[Placement], event: Event
) -> None:
    """Take out of all editions to come what is left out of this one, and let in again what no longer is."""
    was, out = ({one.story.id: one for one in those} for those in (before, now))
    for story in was.keys() - out.keys():
        session.exclusions.remove(edition.newsletter, story)
    for story in out.keys() - was.keys():
        title, insights = out[story].shown.title, [one.id for one in out[story].story.insights]
        excluded = Excluded(story=story, title=title, edition=edition.id, at=event.at, who=event.who)
        session.exclusions.add(edition.newsletter, insights, excluded)


def overtaken(edition: str) -> Refused:
    """Return what is said to whoever was second."""
    return Refused(f"Somebody else changed {edition} at the same moment.", "Look at it again, then decide.")
