"""Steering: what a person does about an edition that leaves, each decided anew in its commit.

Done twice, by a double click, two people or two processes, it is done once: who comes second finds it done and is told
so, never that something went wrong. The clock, in whatever process it is, is woken by the database.
"""

from __future__ import annotations

from collections.abc import Sequence

from digest.domain import spoken
from digest.domain.errors import NotFound, Refused
from digest.domain.model import DeliveryState, Edition, EditionState
from digest.domain.ports import Clock, Event, Page, Session, Store
from digest.jobs import planning, resending, wanting
from digest.jobs.edition import find
from digest.jobs.keeping import withdraw

#: people who are skipped in a commit, so that nobody waits long for the next
PAGE = 10_000
#: what the history of an edition says
PAUSED, RESUMED, CANCELLED = "paused", "resumed", "cancelled"
HASTENED, LEFT = "tried again now", "left as it is"

_E = EditionState


def pause(store: Store, clock: Clock, edition: str, who: str) -> Edition:
    """Stop an edition before its next message. Raises Refused where it is not being sent."""
    return _moved(store, clock, edition, _E.PAUSED, PAUSED, who, (_E.SENDING,))


def resume(store: Store, clock: Clock, edition: str, who: str) -> Edition:
    """Let a paused edition go on. Raises Refused where it is neither paused nor being sent."""
    return _moved(store, clock, edition, _E.SENDING, RESUMED, who, (_E.PAUSED,))


def cancel(store: Store, clock: Clock, edition: str, who: str) -> Edition:
    """Stop an edition for good: whom nobody has in hand is skipped, and what is on its way ends as it ends.

    Raises Refused where it is over, or was never approved.
    """
    found = _moved(store, clock, edition, _E.CANCELLED, CANCELLED, who, (_E.SENDING, _E.PAUSED, _E.APPROVED))
    close(store, clock, edition)
    return found


def close(store: Store, clock: Clock, edition: str) -> int:
    """Skip all whom nobody has in hand, of an edition that was cancelled; return how many.

    It is done again when those who had the others in hand have ended.
    """
    with store.reading() as session:
        found = planning.there(session.editions.get(edition))
        history = session.editions.history(edition)
    if found.state != _E.CANCELLED:
        return 0
    who = next(event.who for event in reversed(history) if event.what == CANCELLED)
    count = 0
    while True:
        with store.writing() as session:
            some = session.following.skip(edition, f"cancelled by {who}", clock(), PAGE)
        count += some
        if some < PAGE:
            return count


def take_back(store: Store, clock: Clock, edition: str, who: str, why: str = "") -> Edition:
    """Make an approved edition a draft again, also in the minutes before it leaves.

    Raises Refused where it has begun to leave, or is over.
    """
    name = _named(who)
    find(store, edition)
    with store.writing() as session:
        found = planning.there(session.editions.get(edition))
        if found.state != _E.DRAFT:
            withdraw(session, found, Event(at=clock(), who=name, what="approval taken back", why=why))
        return planning.there(session.editions.get(edition))


def send_now(store: Store, clock: Clock, edition: str, who: str) -> Edition:
    """Let an approved edition leave now, and not at its slot; it passes through holding in the same commit.

    Whoever calls looks first what the present configuration makes of it (`App.current`). Raises Refused where nobody
    approved it, it is paused, or what is stored is not what was signed.
    """
    name = _named(who)
    found = find(store, edition)
    if found.state in (_E.SENDING, _E.SENT):
        return found
    try:
        return planning.begin(store, clock, found, name)
    except Refused:
        # another one was quicker, and it may be through by now
        after = find(store, edition)
        if after.state in (_E.SENDING, _E.SENT):
            return after
        raise


def retry(store: Store, clock: Clock, edition: str, who: str) -> int:
    """Let those who were refused for now be tried now; return how many. Raises Refused where it was never sent."""
    name = _named(who)
    found = find(store, edition)
    if found.state == _E.SENT:
        choice = resending.choose(store, clock, edition, (DeliveryState.FAILED,))
        return resending.again(store, clock, choice, name) if choice.subscribers else 0
    now = clock()
    with store.writing() as session:
        found = planning.there(session.editions.get(edition))
        if found.state not in (_E.SENDING, _E.PAUSED):
            raise _not_now(found)
        count = session.following.hasten(edition, now)
        if count:
            session.editions.tell(edition, Event(at=now, who=name, what=HASTENED, why=spoken.people(count)))
            session.following.ring()
            wanting.to_be_sent(session, found)
    return count


def send_again(store: Store, clock: Clock, edition: str, subscribers: Sequence[str], who: str) -> int:
    """Mail people again who are in doubt, by their ids; return how many wait for it now.

    Those who wait or have it already, since somebody else decided the same, are left alone. Raises Refused where nobody
    may be mailed again, or the edition is still being sent.
    """
    name = _named(who)
    found = find(store, edition)
    if _are_under_way(store, clock, found, subscribers):
        return 0
    if found.state != _E.SENT:
        raise Refused(f"{edition} is {found.state}.", "When it is through, you can decide about who is in doubt.")
    return resending.again(store, clock, resending.Choice(edition=found, subscribers=subscribers), name)


def leave(store: Store, clock: Clock, edition: str, subscriber: str, who: str) -> None:
    """Decide that somebody who is in doubt is left as they are: they are asked about no more.

    Raises Refused where they are not in doubt any more.
    """
    name = _named(who)
    find(store, edition)
    with store.writing() as session:
        if not _is_in_doubt(session, clock, edition, subscriber):
            raise Refused(
                "This is no longer in doubt.", "Look at the report again: an answer came, or it was sent again."
            )
        if session.following.leave(edition, subscriber, name, clock()):
            session.editions.tell(edition, Event(at=clock(), who=name, what=LEFT, why="1 person who is in doubt"))


def _moved(
    store: Store, clock: Clock, edition: str, to: EditionState, what: str, who: str, sources: Sequence[EditionState]
) -> Edition:
    """Move an edition, unless it is there already."""
    name = _named(who)
    find(store, edition)
    with store.writing() as session:
        found = planning.there(session.editions.get(edition))
        if found.state == to:
            return found
        if found.state not in sources:
            raise _not_now(found)
        session.editions.move(found, to, Event(at=clock(), who=name, what=what))
        if to in (_E.SENDING, _E.CANCELLED):
            # of what is cancelled somebody settles what was in hand
            wanting.to_be_sent(session, found)
        return planning.there(session.editions.get(edition))


def _are_under_way(store: Store, clock: Clock, edition: Edition, subscribers: Sequence[str]) -> bool:
    page = Page(now=clock(), limit=len(subscribers), subscribers=subscribers)
    with store.reading() as session:
        entries = session.deliveries.entries(edition.id, page) if subscribers else []
    if len(entries) < len(set(subscribers)):
        raise NotFound("Somebody of these is nobody of this edition.", "Look at the report again.")
    done = (DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.SENT)
    return all(entry.state in done for entry in entries)


def _is_in_doubt(session: Session, clock: Clock, edition: str, subscriber: str) -> bool:
    page = Page(now=clock(), limit=1, subscribers=[subscriber], states=[DeliveryState.UNKNOWN])
    return bool(session.deliveries.entries(edition, page))


def _named(who: str) -> str:
    if not who.strip():
        raise Refused("A decision needs a name.", "Say who decides.")
    return who.strip()


def _not_now(edition: Edition) -> Refused:
    mend = {
        _E.DRAFT: "Approve it first.",
        _E.APPROVED: "It has not begun to leave: take the approval back to change it.",
        _E.HOLDING: "It is about to leave: take it back to stop it.",
        _E.PAUSED: "Resume it, or cancel the rest.",
        _E.SENT: "It is through: everybody has an answer.",
        _E.CANCELLED: "Nobody gets it any more.",
    }.get(edition.state, "It is over.")
    return Refused(f"{edition.id} is {edition.state}.", mend)
