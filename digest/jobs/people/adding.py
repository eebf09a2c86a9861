"""Adding: staff put one person on a list, by the rules of an import (one.py), who agreed and whom nobody knows there.

Nobody is brought back who left, complained or was erased.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from digest.domain.errors import DigestError, Refused, Unfit
from digest.domain.model import Cadence, SubscriptionState
from digest.jobs.noting import Note, unnoted
from digest.jobs.people.importing import Importing
from digest.jobs.people.leaving import compared
from digest.jobs.people.one import Said, put
from digest.stages import roster

#: how somebody came whom staff added
BY_STAFF = "added by staff"
#: why somebody who is known cannot be added
_THERE = {
    SubscriptionState.ACTIVE: "This address is on the list already.",
    SubscriptionState.PENDING: "This address is on the list already, and waits for a consent record or to confirm.",
}
_BACK = "They come back only by signing up and confirming it themselves."


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """Somebody who is to come onto a list."""

    address: str
    first_name: str = ""
    last_name: str = ""
    themes: Sequence[str] = ()
    cadence: Cadence = Cadence.WEEKLY
    #: where, when and in which words they agreed
    consent: str = ""


def add(work: Importing, new_id: str, new: New, note: Note = unnoted) -> str:
    """Let somebody onto a newsletter's list; return their id. note: notes it in the same commit.

    new_id: their id where nobody knows them yet.

    Raises Unfit, by the names of what is wrong: address, consent.
    """
    comparable, record = _checked(work, new)
    with work.store.reading() as session:
        kept_off = session.people.kept_off(work.suppression_key(comparable))
        known = session.people.by_address([comparable]).get(comparable)
    place = next((one for one in known[1] if one.newsletter == work.newsletter.id), None) if known else None
    if place is not None and place.state in _THERE:
        raise Unfit({"address": _THERE[place.state]})
    if kept_off is not None or place is not None:
        raise Unfit({"address": f"This address is kept off. {_BACK}"})
    put_on = put(work, new_id, _said(new, record), BY_STAFF, added=note, changed=note)
    if put_on.off:
        raise Unfit({"address": f"This address is kept off. {_BACK}"})
    return put_on.subscriber


def _checked(work: Importing, new: New) -> tuple[str, roster.Consent]:
    faults: dict[str, str] = {}
    comparable, record = "", None
    try:
        comparable = compared(new.address)
    except DigestError as fault:
        faults["address"] = fault.what if new.address.strip() else "Needed: where they get their mail."
    try:
        record = roster.consent(new.consent, work.clock())
    except Refused as fault:
        faults["consent"] = f"{fault.what} {fault.mend}" if new.consent else "Needed: nobody is mailed without it."
    if faults or record is None:
        raise Unfit(faults)
    return comparable, record


def _said(new: New, record: roster.Consent) -> Said:
    """Return what is said of somebody: a name that nobody typed is not said, and so takes none away."""
    return Said(
        address=new.address,
        first_name=new.first_name or None,
        last_name=new.last_name or None,
        themes=new.themes,
        cadence=new.cadence,
        consent_source=record.source,
        consent_at=record.at,
    )
