"""Resending: a person decides that some people are mailed again; one commit. `digest send` mails them then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from digest.domain.errors import DigestError, NotFound, Refused
from digest.domain.model import DeliveryState, Edition, EditionState
from digest.domain.ports import Clock, Entry, Event, Page, Session, Store
from digest.jobs import offering, wanting
from digest.jobs.edition import find
from digest.jobs.keeping import advance
from digest.stages import resend, roster

#: people of a page
PAGE = 500
#: what the history of an edition says
AGAIN = "sent again"
#: what somebody may decide about, where nobody is named
OPEN = (DeliveryState.UNKNOWN, DeliveryState.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What sending again comes to."""

    edition: Edition
    #: ids of those who are mailed again
    subscribers: Sequence[str]
    #: state they are in -> how many of them
    counts: Mapping[DeliveryState, int] = field(default_factory=dict)
    #: why others are not -> how many
    refused: Mapping[str, int] = field(default_factory=dict)


def choose(
    store: Store, clock: Clock, edition_id: str, states: Sequence[DeliveryState] = (), addresses: Sequence[str] = ()
) -> Choice:
    """Work out who would be mailed again, and why others not; nothing is changed.

    states: of whom only; addresses: whom only. Raises NotFound for an edition or an address that is not there, Refused
    for an edition that is not sent.
    """
    edition = find(store, edition_id)
    if edition.state != EditionState.SENT:
        raise Refused(f"{edition.id} is {edition.state}.", _what_instead(edition))
    named = _named(store, addresses)
    wanted = tuple(states) if states or addresses else OPEN
    chosen: list[Entry] = []
    refused: Counter[str] = Counter()
    found: set[str] = set()
    entries = _of(store, clock, edition_id, list(named)) if named else every(store, clock, edition_id, wanted)
    for entry in entries:
        found.add(entry.subscriber)
        why = resend.refusal(entry)
        if not why and wanted and entry.state not in wanted:
            why = f"{entry.state}, and you asked for {' and '.join(wanted)}"
        if why:
            refused[why] += 1
        else:
            chosen.append(entry)
    strangers = [address for subscriber, address in named.items() if subscriber not in found]
    if strangers:
        raise _stranger(strangers[0])
    with store.reading() as session:
        twice = _told_since(session, edition, chosen)
    if twice:
        refused["they have had stories of it since, with another edition"] = len(twice)
    left = [one for one in chosen if one.subscriber not in twice]
    return Choice(
        edition=edition,
        subscribers=[one.subscriber for one in left],
        counts=Counter(one.state for one in left),
        refused=refused,
    )


def again(store: Store, clock: Clock, choice: Choice, who: str) -> int:
    """Let those who were chosen wait for another first try, with the message they had, and the edition go on.

    Who may no longer be mailed again by now is not. Returns how many wait. Raises Refused where nobody is left, nobody
    decides, or somebody else changed the edition first.
    """
    if not who.strip():
        raise Refused("A decision needs a name.", "Say who decides: --as NAME.")
    now = clock()
    count = 0
    with store.writing() as session:
        for start in range(0, len(choice.subscribers), PAGE):
            page = Page(now=now, limit=PAGE, subscribers=choice.subscribers[start : start + PAGE])
            entries = session.deliveries.entries(choice.edition.id, page)
            # an answer may have come meanwhile
            open = [one for one in entries if not resend.refusal(one)]
            twice = _told_since(session, choice.edition, open)
            free = [one.subscriber for one in open if one.subscriber not in twice]
            count += session.deliveries.free(choice.edition.id, free, now)
        if not count:
            raise Refused("Nobody is left who could be mailed again.", f"`digest deliveries {choice.edition.id}`.")
        why = "1 person is mailed again" if count == 1 else f"{count} people are mailed again"
        advance(session, choice.edition, EditionState.SENDING, Event(at=now, who=who.strip(), what=AGAIN, why=why))
        wanting.to_be_sent(session, choice.edition)
    return count


def every(store: Store, clock: Clock, edition_id: str, states: Sequence[DeliveryState] = ()) -> Iterator[Entry]:
    """Yield the deliveries of an edition, a page at a time; states: only those in one of them, all where none is."""
    after = ""
    while True:
        page = Page(now=clock(), limit=PAGE, after=after, states=states)
        with store.reading() as session:
            entries = session.deliveries.entries(edition_id, page)
        if not entries:
            return
        yield from entries
        after = entries[-1].subscriber


def _told_since(session: Session, edition: Edition, entries: Sequence[Entry]) -> set[str]:
    """Return those of these people who have had, with another edition, a story of what they would get again."""
    told = offering.told_elsewhere(session, edition) if entries else {}
    had = session.people.had([one.subscriber for one in entries], told)
    stories = session.editions.lists(edition.id)
    return {one.subscriber for one in entries if not had.get(one.subscriber, set()).isdisjoint(stories[one.variant])}


def _of(store: Store, clock: Clock, edition_id: str, subscribers: Sequence[str]) -> Iterator[Entry]:
    for start in range(0, len(subscribers), PAGE):
        page = Page(now=clock(), limit=PAGE, subscribers=subscribers[start : start + PAGE])
        with store.reading() as session:
            yield from session.deliveries.entries(edition_id, page)


def _named(store: Store, addresses: Sequence[str]) -> dict[str, str]:
    """Return the ids of people, each with the address as it was typed."""
    spelled: dict[str, str] = {}
    for address in addresses:
        try:
            spelled[roster.spelling(address).comparable] = address
        except ValueError as fault:
            raise DigestError(f"“{address}” is no address: {fault}", "Write it as it stands in the file.") from fault
    with store.reading() as session:
        known = session.people.by_address(list(spelled))
    missing = [address for comparable, address in spelled.items() if comparable not in known]
    if missing:
        raise _stranger(missing[0])
    return {subscriber.id: spelled[comparable] for comparable, (subscriber, _) in known.items()}


def _stranger(address: str) -> NotFound:
    return NotFound(f"Nobody of this edition has the address “{address}”.", "`digest deliveries` lists them all.")


def _what_instead(edition: Edition) -> str:
    if edition.state in (EditionState.SENDING, EditionState.PAUSED):
        return f"`digest send {edition.id}` first: when it is through, you can decide about who is in doubt."
    return "Only what was sent can be sent again."
