"""One: a single person is put on a list, by staff (adding.py) or another program, by the very rules of an import.

What is not said of them stays as it is. Nobody comes back who left, bounced, complained or was erased, and without a
consent record nobody is mailed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from digest.domain.errors import Unfit
from digest.domain.model import Cadence, Subscriber, Subscription, SubscriptionState
from digest.domain.ports import Session
from digest.domain.ports.roster import Known, Staying
from digest.jobs.noting import Note, unnoted
from digest.jobs.people.importing import Importing
from digest.jobs.people.merging import Merged, merged
from digest.stages import roster
from digest.stages.growth import JOINED

#: clocks and time zones differ, as in a file
_AHEAD = timedelta(days=1)
#: states that nobody is brought out of
_OFF = (
    SubscriptionState.UNSUBSCRIBED,
    SubscriptionState.BOUNCED,
    SubscriptionState.COMPLAINED,
    SubscriptionState.ERASED,
)


class Became(StrEnum):
    """What came of it."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    #: they must not be mailed: nobody is added, and no state changes
    KEPT_OFF = "kept off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What is said of somebody. None: nothing, so that what is known stays."""

    address: str
    first_name: str | None = None
    last_name: str | None = None
    tags: Sequence[str] | None = None
    themes: Sequence[str] | None = None
    cadence: Cadence | None = None
    #: those that are named; an empty text takes one away
    fields: Mapping[str, str] | None = None
    consent_source: str = ""
    consent_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """What came of putting somebody on a list."""

    became: Became
    #: id; empty where they are kept off and unknown
    subscriber: str
    #: why they are kept off; empty where they are not
    off: str = ""


def put(work: Importing, new_id: str, said: Said, way: str, added: Note = unnoted, changed: Note = unnoted) -> Put:
    """Put somebody on a newsletter's list, or change what is known of them, in one commit.

    new_id: their id where they are new; way: in words, how they came; added, changed: note in the same commit which of
    the two it was. Raises Unfit by the names of Said.
    """
    spelled = _spelled(work, said)
    key = work.suppression_key(spelled.comparable)
    with work.store.writing() as session:
        reason = session.people.suppressed([key]).get(key, "")
        known = session.people.by_address([spelled.comparable]).get(spelled.comparable)
        old = _place(known[1] if known else (), work.newsletter.id)
        off = reason or (str(old.state) if old and old.state in _OFF else "")
        if off and (old is None or off == SubscriptionState.ERASED):
            return Put(became=Became.KEPT_OFF, subscriber=known[0].id if known else "", off=off)
        before = known[0] if known else Subscriber(id=new_id, address=spelled.address)
        row = Known(
            line=0,
            comparable=spelled.comparable,
            suppression_key=key,
            file_row="",
            read=_read(before, spelled.address, said),
            place=_wanted(work, said, way),
            cadence_unsaid=said.cadence is None,
            before=before,
            places=known[1] if known else (),
            off=off,
        )
        found = merged(row, _staying(said))
        if found.changed:
            _keep(work, session, row, found)
            (added if found.joins else changed)(session)
    if off:
        return Put(became=Became.KEPT_OFF, subscriber=before.id, off=off)
    became = Became.NEW if found.joins else Became.CHANGED if found.changed else Became.UNCHANGED
    return Put(became=became, subscriber=before.id)


def _keep(work: Importing, session: Session, row: Known, found: Merged) -> None:
    session.people.save(row.comparable, found.subscriber, row.suppression_key, [found.subscription])
    if found.begins:
        day, how = work.clock().astimezone(UTC).date(), found.subscription.consent_source
        session.growth.count(work.newsletter.id, day, JOINED, how)


def _spelled(work: Importing, said: Said) -> roster.Spelling:
    faults = {}
    spelled = roster.Spelling("", "")
    try:
        spelled = roster.spelling(said.address.strip())
    except roster.EmailNotValidError as fault:
        faults["address"] = f"This is no address: {fault}"
    if said.consent_at is not None and said.consent_at > work.clock() + _AHEAD:
        faults["consent.at"] = "The date of the consent lies in the future. Say when they agreed."
    strange = sorted(set(said.themes or ()) - {one.id for one in work.newsletter.themes})
    if strange:
        faults["themes"] = f"There is no theme “{strange[0]}”. GET /status names those that there are."
    if faults:
        raise Unfit(faults)
    return spelled


def _place(places: Sequence[Subscription], newsletter: str) -> Subscription | None:
    return next((one for one in places if one.newsletter == newsletter), None)


def _read(before: Subscriber, address: str, said: Said) -> Subscriber:
    """Return somebody as they are described, in the terms of a row: a field without a value is left out."""
    return Subscriber(
        id=before.id,
        address=address,
        first_name=said.first_name or "",
        last_name=said.last_name or "",
        tags=tuple(said.tags or ()),
        fields={name: value for name, value in (said.fields or {}).items() if value},
    )


def _staying(said: Said) -> Staying:
    return Staying(
        first_name=said.first_name is None,
        last_name=said.last_name is None,
        tags=said.tags is None,
        themes=said.themes is None,
        fields=frozenset(said.fields or {}),
    )


def _wanted(work: Importing, said: Said, way: str) -> Subscription:
    told = bool(said.consent_source) and said.consent_at is not None
    return Subscription(
        newsletter=work.newsletter.id,
        state=SubscriptionState.ACTIVE if told else SubscriptionState.PENDING,
        themes=tuple(said.themes or ()),
        cadence=said.cadence or Cadence.WEEKLY,
        consent_source=said.consent_source,
        consent_at=said.consent_at,
        joined_at=work.clock(),
        joined_by=way,
    )
