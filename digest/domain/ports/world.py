"""What the jobs need of the world outside the database: time, sources, mail, other processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Protocol

from digest.domain.model import Article, Gathered, Outcome, Parcel, Shaped, Source, Validators, Withheld
from digest.domain.ports.records import Told, Worker

#: gives the time, aware and in UTC
Clock = Callable[[], datetime]
#: asks a source; raises DigestError where it cannot be had
Gather = Callable[[Source, Validators], Gathered]
#: asks the page of one of a source's articles, by its address; raises DigestError where it cannot be had
AskArticle = Callable[[Source, str], Article]
#: asks for a picture by its address, the second being whether that may be a private one; raises DigestError
#: where it cannot be had
AskPicture = Callable[[str, bool], bytes]
#: makes all shapes of a picture; raises PictureError where it cannot be used
Resize = Callable[[bytes], Shaped]
#: asked before each body: None lets it go, else why it must not be begun
Begin = Callable[[Parcel], Withheld | None]
#: told what became of a message, the moment it is known
Known = Callable[[Parcel, Outcome], None]
#: told how far a job is: (done, of all)
Progress = Callable[[int, int], None]


def unheard(parcel: Parcel, outcome: Outcome) -> None:
    """Pay no heed to an outcome (Known)."""


class Transport(Protocol):
    """Takes mail out."""

    def deliver(
        self, parcels: Iterable[Parcel | None], begin: Begin, known: Known = unheard
    ) -> Iterator[tuple[Parcel, Outcome]]:
        """Send each parcel and yield what became of it, in any order; None among them says that none is ready yet.

        `begin` is asked right before each body; what it withholds is yielded as that. `known` is told of each outcome
        the moment it is known, before it is yielded. Both, and `parcels`, may be called from threads of the
        transport's own, `parcels` by one at a time. Raises ServerTrouble where the server as a whole will
        not serve, and what `begin` and `known` raise; parcels that were not yielded by then were certainly not taken.
        """
        ...


class Mailbox(Protocol):
    """Where what comes back lies: bounces, complaints, replies."""

    def messages(self) -> Iterator[tuple[str, bytes]]:
        """Yield what was not dealt with: a key, and the message's bytes, of which a huge one has its beginning.

        Raises ServerTrouble, OSError.
        """
        ...

    def done(self, key: str) -> None:
        """Put a message away after what it says was committed; one that is gone already is done.

        A crash before it yields the message again: whoever applies reports knows them by their hash. Raises as
        `messages`.
        """
        ...


class Journal(Protocol):
    """What a worker writes beside the database; it survives the worker, and not the machine."""

    @property
    def written(self) -> int:
        """How many records there are; never fewer than before."""
        ...

    def begun(self, claim: int, subscriber: str) -> None:
        """Write that a body is about to be begun. Raises StoreError where that is not written."""
        ...

    def ended(self, claim: int, subscriber: str, outcome: Outcome) -> None:
        """Write what became of a message. Raises StoreError where that is not written."""
        ...

    def settled(self, messages: Iterable[tuple[int, str]]) -> None:
        """Let go of what is in the database now: (claim, subscriber)."""
        ...


class Presence(Protocol):
    """Tells which sending processes of this machine are alive, and what those wrote that are not."""

    def me(self) -> Worker:
        """Return this process as a worker, alive from now until it ends."""
        ...

    def journal(self) -> Journal:
        """Return this worker's own journal."""
        ...

    def gone(self, worker: Worker) -> bool:
        """Tell whether a worker has certainly ended; False where that cannot be known from here."""
        ...

    def told(self, worker: Worker) -> Told:
        """Return what the journal of a worker says that is gone."""
        ...

    def strays(self) -> list[str]:
        """Return the ids of the workers that left something behind and have certainly ended."""
        ...

    def forget(self, worker: str) -> None:
        """Remove what is left of a worker, by its id, that is gone and whose claims are settled."""
        ...


class Watch(Protocol):
    """Tells whether anybody changed whom mail may go to: an edition's state, a subscription, who is kept off."""

    def changed(self) -> bool:
        """Tell whether such a change was committed since it was asked last; the first time it was."""
        ...

    def close(self) -> None:
        """Look no more."""
        ...
