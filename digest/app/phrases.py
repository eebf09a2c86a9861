"""Pass phrases: kept as Argon2id (RFC 9106), and compared in the same time whoever is meant."""

from __future__ import annotations

import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

#: characters of the shortest one (NIST SP 800-63B asks for 8, and for 15 where there is nothing besides)
SHORTEST = 12
#: and of the longest
LONGEST = 1_000
#: 64 MiB, three passes, four lanes: the second recommended choice of RFC 9106 4
_HASHER = PasswordHasher()
#: so many at the same time, since each takes 64 MiB
_AT_ONCE = threading.BoundedSemaphore(2)


def hashed(phrase: str) -> str:
    """Return what is kept of a pass phrase: a salt, the costs and a hash."""
    with _AT_ONCE:
        return _HASHER.hash(phrase)


def is_right(kept: str, phrase: str) -> bool:
    """Tell whether this is the pass phrase. kept: what `hashed` gave; empty: nobody's, and the work is the same."""
    with _AT_ONCE:
        try:
            return _HASHER.verify(kept or _nobodys(), phrase) and bool(kept)
        except (VerificationError, InvalidHashError):
            return False


def fault(phrase: str, *guessed: str) -> str:
    """Return what is wrong with a new pass phrase; empty where nothing is. guessed: names and addresses of theirs."""
    if len(phrase) < SHORTEST:
        return f"{len(phrase)} characters. {SHORTEST} are needed; four words do well."
    if len(phrase) > LONGEST:
        return f"This is too long. Write at most {LONGEST:,} characters."
    if phrase.casefold() in {one.casefold() for one in guessed}:
        return "This is easy to guess. Write something that is not your name or address."
    return ""


def is_cheap(kept: str) -> bool:
    """Tell whether it was made at lower costs than today's."""
    return _HASHER.check_needs_rehash(kept)


@cache
def _nobodys() -> str:
    # of a text that cannot be typed into the form
    return _HASHER.hash("\0")
