"""Rights: everything that is held of one person, shown or erased (UK GDPR, articles 15 and 17)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from digest.domain.errors import DigestError, NotFound
from digest.domain.model import SubscriptionState
from digest.domain.ports import Clock, Store
from digest.domain.ports.rights import Held
from digest.stages import roster

#: keeps an address off for good, and says why without saying whose
ERASED = "erased"
#: a reason that says more than that somebody was erased, and stays
_FOR_EVER = "complaint"


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
    comparable = comparable_of(address)
    with store.reading() as session:
        subscriber = session.rights.subscriber(comparable)
        rows = session.rights.held(subscriber, comparable, suppression_key(comparable))
    return Shown(address=address, rows=rows)


def erase(store: Store, clock: Clock, address: str, suppression_key: Callable[[str], str]) -> None:
    """Erase whoever has an address: what remains is its keyed hash, so that no import brings them back.

    Raises DigestError where it is no address, NotFound where nothing is held of it.
    StoreError says that traces may be left in the file.
    """
    comparable = comparable_of(address)
    key = suppression_key(comparable)
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
                    session.people.set_state(subscriber, one.newsletter, SubscriptionState.ERASED)
        session.rights.erase(subscriber, comparable)
        if session.readers.kept_off(key) != _FOR_EVER:
            session.readers.let_in(key)
            session.people.suppress(key, ERASED, clock())
    store.scrub()


def comparable_of(address: str) -> str:
    """Return the comparable spelling of an address.

    Raises DigestError where it is none.
    """
    try:
        return roster.spelling(address.strip()).comparable
    except ValueError as fault:
        raise DigestError(f"“{address}” is no address: {fault}", "Write it as it stands in the file.") from fault
