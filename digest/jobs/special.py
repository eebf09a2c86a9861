"""Special: an edition at a time that a person chooses beside the schedule, from what is new; also like an old one.

It is drafted, approved, held and sent as any other. Who gets every edition gets it, and their next one comes as usual;
who wants it less often finds its stories in their next one. What it holds is new again where it is thrown away.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from digest.domain.errors import Refused, Unfit
from digest.domain.model import NOTHING_WRITTEN, Edition, Newsletter, Written
from digest.domain.ports import Clock, Session, Store
from digest.jobs.edition import Drafted, GatherPictures, draft, find
from digest.jobs.press import Press
from digest.stages import slots

#: a year that is mistyped makes no edition that nobody remembers
MOST_AHEAD = timedelta(days=366)
#: what is said to who wrote no time
HOW = "Write the time as 2026-12-03 10:00."


@dataclass(frozen=True, slots=True, kw_only=True)
class Special:
    """An edition beside the schedule that was drafted."""

    edition: Edition
    drafted: Drafted
    #: what of an old edition stands in it, in words: “the introduction”, “2 blocks”
    copied: tuple[str, ...] = ()


def special(
    store: Store,
    clock: Clock,
    press: Press,
    at: str,
    gather_pictures: GatherPictures,
    like: str = "",
) -> Special:
    """Draft an edition for a time that a person gives, from what is new.

    at: the newsletter's local time, as 2026-12-03 10:00; like: id of an old edition whose introduction, preview text
    and blocks it begins with; its stories people had. Raises Unfit by the field “at”, NotFound, and Refused where there
    is no new story or the old one is another newsletter's.
    """
    newsletter = press.newsletter
    slot = moment(store, clock, newsletter, at)
    written = _written(store, newsletter, like) if like else NOTHING_WRITTEN
    made = draft(store, clock, press, slot, gather_pictures=gather_pictures, special=True, written=written)
    if made.edition is None:
        raise Refused("There is no new story for a special edition.", "`digest collect` asks the sources for more.")
    if not made.created:
        raise Unfit({"at": _taken(made.edition)})
    return Special(edition=made.edition, drafted=made, copied=tuple(_told(written)))


def moment(store: Store, clock: Clock, newsletter: Newsletter, at: str) -> datetime:
    """Return the slot of a special edition; raises Unfit by the field “at” where there can be none."""
    slot = slots.named(newsletter.schedule, at)
    if slot is None:
        raise Unfit({"at": HOW})
    now, minutes = clock(), max(newsletter.schedule.holding_minutes, 1)
    if slot < now + timedelta(minutes=minutes):
        word = "minute" if minutes == 1 else "minutes"
        raise Unfit({"at": f"Choose a time at least {minutes} {word} ahead, so that it can be looked at."})
    if slot > now + MOST_AHEAD:
        raise Unfit({"at": "Choose a time within a year."})
    if slots.after(newsletter.schedule, slot - timedelta(seconds=1)) == slot:
        raise Unfit({"at": "The usual edition is due then. Choose another time."})
    with store.reading() as session:
        there = _there(session, newsletter, slot)
    if there is not None:
        raise Unfit({"at": _taken(there)})
    return slot


def _there(session: Session, newsletter: Newsletter, slot: datetime) -> Edition | None:
    # an hour that comes twice has one name
    named = session.editions.get(slots.edition_id(newsletter, slot))
    return session.editions.at_slot(newsletter.id, slot) or named


def _taken(edition: Edition) -> str:
    return f"{edition.id} has that time ({edition.state}). Choose another one."


def _written(store: Store, newsletter: Newsletter, like: str) -> Written:
    old = find(store, like)
    if old.newsletter != newsletter.id:
        raise Refused(f"{like} is an edition of “{old.newsletter}”.", f"Name one of “{newsletter.id}”.")
    # its subject and its order are about stories that it told
    return replace(old.written, subject="", themes=())


def _told(written: Written) -> list[str]:
    blocks = len(written.blocks)
    told = [
        ("the introduction", written.introduction is not None),
        ("the preview text", bool(written.preheader)),
        ("1 block" if blocks == 1 else f"{blocks} blocks", blocks > 0),
    ]
    return [words for words, is_there in told if is_there]
