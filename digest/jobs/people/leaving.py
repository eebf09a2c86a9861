"""Leaving: addresses are kept off, one that somebody names or a file of them; no import brings them back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from digest.domain.errors import DigestError, Refused
from digest.domain.model import GRAVITY, Finding, SubscriptionState, SuppressionReason
from digest.domain.ports import Clock, Session, Store
from digest.domain.states import may_move
from digest.jobs.noting import Note, unnoted
from digest.jobs.people.files import chunks, look_over
from digest.stages import growth, roster
from digest.stages.roster.leavers import Leaver, Leavers

#: the ways of leaving where somebody told the organisation, and where another program's list says so
BY_STAFF, BY_LIST = "staff", "another list"
#: addresses that are looked up at a time
_BATCH = 500
_STATES: Mapping[str, SubscriptionState] = {
    SuppressionReason.LEFT: SubscriptionState.UNSUBSCRIBED,
    SuppressionReason.HARD_BOUNCE: SubscriptionState.BOUNCED,
    # another program erased them; what is held here stays until it is erased here
    SuppressionReason.ERASED: SubscriptionState.UNSUBSCRIBED,
    SuppressionReason.COMPLAINT: SubscriptionState.COMPLAINED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptOff:
    """What a list of people who must not be mailed comes to, or came to."""

    #: reason -> addresses that are kept off from now on, or for a graver reason
    new: Mapping[str, int]
    #: addresses that are kept off already
    known: int
    #: places on newsletters that end by it
    ended: int
    #: rows that cannot be read
    refused: int
    #: rows of people who may be mailed
    staying: int
    findings: tuple[Finding, ...]


def leave(
    store: Store,
    clock: Clock,
    address: str,
    suppression_key: Callable[[str], str],
    *,
    reason: SuppressionReason = SuppressionReason.LEFT,
    how: str = BY_STAFF,
    note: Note = unnoted,
) -> bool:
    """Keep an address off for good: no import brings it back. Tell whether it was known.

    how: in words by which way; note: notes it in the same commit, where anything is another by it. Raises DigestError
    where it is no address.
    """
    comparable = compared(address)
    key, now = suppression_key(comparable), clock()
    with store.writing() as session:
        before = session.people.kept_off(key)
        session.people.suppress(key, reason, now)
        known = session.people.by_address([comparable])
        places = _end(session, {comparable: reason}, how, now)
        if places or session.people.kept_off(key) != before:
            note(session)
    return bool(known)


def ended(
    session: Session, subscriber: str, newsletter: str, state: SubscriptionState, how: str, now: datetime
) -> None:
    """Move a subscription along an arrow to one of the states of who gets no more, and count who got it until now.

    how: in words by which way. Raises NotFound where there is no such subscription, Refused where there is no arrow.
    """
    before = session.people.set_state(subscriber, newsletter, state, now)
    if before == SubscriptionState.ACTIVE:
        session.growth.count(newsletter, now.astimezone(UTC).date(), growth.ENDINGS[state], how)


def compared(address: str) -> str:
    """Return the spelling by which an address is compared; spaces around it are nobody's.

    Raises DigestError where it is no address.
    """
    try:
        return roster.spelling(address.strip()).comparable
    except ValueError as fault:
        raise DigestError(f"“{address}” is no address: {fault}", "Write it as it stands in the file.") from fault


def keep_off(
    store: Store,
    clock: Clock,
    file: Path,
    reason: str,
    suppression_key: Callable[[str], str],
    *,
    do: bool,
    note: Note = unnoted,
) -> KeptOff:
    """Keep the addresses of a file off, in one commit; or say what that would come to.

    reason: of those of whom the file says none; note: notes it in the same commit. Raises DigestError where it cannot
    be opened, Refused where neither says why.
    """
    encoding = look_over(file).encoding
    reading = Leavers(file.name, reason)
    rows = reading.read(chunks(file), encoding)
    with store.writing() if do else store.reading() as session:
        new, known, places = _kept_off(session, rows, clock, suppression_key, do)
        if do:
            note(session)
    return KeptOff(
        new=new,
        known=known,
        ended=places,
        refused=reading.refused,
        staying=reading.staying,
        findings=reading.findings,
    )


def _kept_off(
    session: Session, rows: Iterator[Leaver], clock: Clock, suppression_key: Callable[[str], str], do: bool
) -> tuple[Counter[str], int, int]:
    now = clock()
    new: Counter[str] = Counter()
    known = places = 0
    seen: dict[bytes, str] = {}
    while batch := list(islice(rows, _BATCH)):
        _all_say_why(batch)
        graver: dict[str, str] = {}
        keys = {one.comparable: suppression_key(one.comparable) for one in batch}
        before = session.people.suppressed(list(keys.values()))
        for one in batch:
            key = keys[one.comparable]
            mark = bytes.fromhex(key)[:12]
            old = seen.get(mark) or before.get(key, "")
            if old and GRAVITY.index(one.reason) <= GRAVITY.index(old):
                known += mark not in seen
            else:
                new[one.reason] += 1
                if mark in seen:
                    new[seen[mark]] -= 1
                graver[one.comparable] = one.reason
                if do:
                    session.people.suppress(key, one.reason, min(one.at or now, now))
            seen[mark] = old if old and one.comparable not in graver else graver.get(one.comparable, old)
        places += _end(session, graver, BY_LIST, now, do=do)
    return +new, known, places


def _all_say_why(batch: list[Leaver]) -> None:
    silent = next((one for one in batch if not one.reason), None)
    if silent is not None:
        raise Refused(
            f"The file does not say why these people must not be mailed (line {silent.line}).",
            "Say it: --reason left, --reason bounced or --reason complained.",
        )


def _end(session: Session, reasons: Mapping[str, str], how: str, now: datetime, *, do: bool = True) -> int:
    """End what these addresses are subscribed to, along the arrows; return how many places that is."""
    places = 0
    for comparable, (subscriber, theirs) in session.people.by_address(list(reasons)).items():
        for one in theirs:
            state = _STATES[reasons[comparable]]
            if may_move(one.state, state):
                places += 1
                if do:
                    ended(session, subscriber.id, one.newsletter, state, how, now)
    return places
