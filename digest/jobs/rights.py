"""Rights: everything that is held of one person, shown or erased (UK GDPR, articles 15 and 17)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from digest.domain.errors import NotFound
from digest.domain.model import SubscriptionState, SuppressionReason
from digest.domain.ports import Clock, Store
from digest.domain.ports.rights import Held
from digest.jobs.noting import Note, unnoted
from digest.jobs.people import compared, ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Everything that is held of one person."""

    address: str
    #: by table; empty where nothing is held
    rows: dict[str, Sequence[Held]]


def show(store: Store, address: str, suppression_key: Callable[[str], str]) -> Shown:
    """Return everything that is held of whoever has an address.

    Raises DigestError where it is no address.
    """
    comparable = compared(address)
    with store.reading() as session:
        subscriber = session.rights.subscriber(comparable)
        rows = session.rights.held(subscriber, comparable, suppression_key(comparable))
    return Shown(address=address, rows=rows)


def erase(
    store: Store, clock: Clock, address: str, suppression_key: Callable[[str], str], note: Note = unnoted
) -> None:
    """Erase whoever has an address: what remains is its keyed hash, so that no import brings them back.

    note: notes it in the same commit.
    Raises DigestError where it is no address, NotFound where nothing is held of it.
    StoreError says that traces may be left in the file.
    """
    take_away(store, clock, address, suppression_key, note)
    store.scrub()


def take_away(
    store: Store, clock: Clock, address: str, suppression_key: Callable[[str], str], note: Note = unnoted
) -> None:
    """Erase whoever has an address; what was overwritten may lie in the file until the store is scrubbed.

    Raises DigestError where it is no address, NotFound where nothing is held of it.
    """
    comparable = compared(address)
    key = suppression_key(comparable)
    now = clock()
    with store.writing() as session:
        subscriber = session.rights.subscriber(comparable)
        held = session.rights.held(subscriber, comparable, key)
        # what was erased before may be asked for again, so that traces go that were left
        if not held:
            raise NotFound(f"Nothing is held of {address}.", "Look at its spelling.")
        if subscriber:
            known = session.readers.known(subscriber)
            for one in known[1] if known else ():
                if one.state != SubscriptionState.ERASED:
                    ended(session, subscriber, one.newsletter, SubscriptionState.ERASED, "asked to be erased", now)
        session.rights.erase(subscriber, comparable)
        session.people.suppress(key, SuppressionReason.ERASED, now)
        note(session)
