"""Trying: what may take long is done beside the page, which waits a little and then says how it stands."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from digest.domain.errors import DigestError, Refused

#: seconds that a page waits for an answer, and after which nobody waits any longer
PATIENCE = 4.0
MOST_SECONDS = 60.0
#: at the same time, and altogether
_MOST_BUSY = 4
_MOST_KEPT = 20


class Trying(StrEnum):
    """What is tried: the key of one opens no page of another, which could not read what it came to."""

    ADDRESS = "what an address gives"
    SOURCES = "what sources give now"
    THEMES = "which themes there could be"
    DNS = "what the DNS says"
    SERVER = "whether a mail server works"
    DRAFT = "the first draft"


@dataclass(slots=True, kw_only=True)
class Try:
    """Something that was begun, and what it came to."""

    what: Trying
    #: what it is about: an address, or what sources are asked
    about: str
    begun: float
    result: object = None
    fault: DigestError | None = None
    over: threading.Event = field(default_factory=threading.Event)


class Tries:
    """What was begun on this desk. It is kept nowhere but here."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._tries: dict[str, Try] = {}
        self._lock = threading.Lock()

    def begin(self, what: Trying, about: str, work: Callable[[], object]) -> str:
        """Begin something; return the key by which it is found. Raises Refused where too much is under way."""
        made = Try(what=what, about=about, begun=self._monotonic())
        key = secrets.token_hex(8)
        with self._lock:
            busy = [one for one in self._tries.values() if not self.is_late(one) and not one.over.is_set()]
            if len(busy) >= _MOST_BUSY:
                raise Refused("Other addresses are being asked at this moment.", "Try again in a minute.")
            self._tries[key] = made
            for old in [name for name, one in self._tries.items() if one.over.is_set()][:-_MOST_KEPT]:
                del self._tries[old]
        threading.Thread(target=_done, args=(made, work), name="try", daemon=True).start()
        return key

    def known(self, what: Trying, key: str) -> Try | None:
        """Return what has that key, having waited a little for its end; None where it is not known any more."""
        found = self._tries.get(key)
        if found is None or found.what != what:
            return None
        found.over.wait(PATIENCE)
        return found

    def is_late(self, one: Try) -> bool:
        """Tell whether something has taken longer than anybody waits."""
        return self._monotonic() - one.begun > MOST_SECONDS


def _done(made: Try, work: Callable[[], object]) -> None:
    try:
        made.result = work()
    except DigestError as fault:
        made.fault = fault
    except Exception as fault:
        # a fault of this program: it must not leave the page waiting
        made.fault = DigestError(f"An unexpected fault: {type(fault).__name__}.", "Tell who looks after the program.")
    finally:
        made.over.set()
