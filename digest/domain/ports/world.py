"""What the jobs need of the world outside the database: time, sources, mail, other processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Protocol

from digest.domain.model import Article, Gathered, Outcome, Parcel, Shaped, Source, Validators, Withheld
from digest.domain.ports.records import Worker

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
#: told how far a job is: (done, of all)
Progress = Callable[[int, int], None]


class Transport(Protocol):
    """Takes mail out."""

    def deliver(self, parcels: Iterable[Parcel], begin: Begin) -> Iterator[tuple[Parcel, Outcome]]:
        """Send each parcel and yield what became of it, in order.

        `begin` is asked right before each body; what it withholds is yielded as that.
        Raises ServerTrouble where the server as a whole will not serve; parcels that were not
        yielded by then were certainly not taken.
        """
        ...


class Presence(Protocol):
    """Tells which sending processes of this machine are alive."""

    def me(self) -> Worker:
        """Return this process as a worker, alive from now until it ends."""
        ...

    def gone(self, worker: Worker) -> bool:
        """Tell whether a worker has certainly ended; False where that cannot be known from here."""
        ...
