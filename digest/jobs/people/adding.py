"""Adding: one person, by the rules of an import. Nobody is brought back who left, complained or was erased."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from digest.domain.errors import DigestError, Refused, Unfit
from digest.domain.model import Cadence, Subscriber, Subscription, SubscriptionState
from digest.jobs.noting import Note, unnoted
from digest.jobs.people.importing import Importing, held
from digest.jobs.people.leaving import compared
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


def add(work: Importing, new: New, note: Note = unnoted) -> str:
    """Let somebody onto a newsletter's list; return their id. note: notes it in the same commit.

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
    _import(work, new, record, note)
    with work.store.reading() as session:
        return session.rights.subscriber(comparable)


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


def _import(work: Importing, new: New, record: roster.Consent, note: Note) -> None:
    """Take in a file of one row: whatever an import does and refuses is done and refused here."""
    somebody = Subscriber(id="", address=new.address.strip(), first_name=new.first_name, last_name=new.last_name)
    place = Subscription(
        newsletter=work.newsletter.id,
        state=SubscriptionState.ACTIVE,
        themes=tuple(new.themes),
        cadence=new.cadence,
        consent_source=record.source,
        consent_at=record.at,
        joined_at=work.clock(),
        joined_by=BY_STAFF,
    )
    with TemporaryDirectory() as folder:
        file = Path(folder) / "one.csv"
        file.write_text("".join(roster.exported([(somebody, place)], ())), encoding="utf-8", newline="")
        with held(work, file) as one:
            done = one.take_in(note=note)
    if not (done.new or done.changed):
        raise Unfit({"address": next((each.what for each in done.findings), f"This address is kept off. {_BACK}")})
