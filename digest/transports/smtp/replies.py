"""Replies: what a server answers (RFC 5321 4.2, RFC 3463), read within bounds, and what that makes of a delivery."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: octets of a line of a reply; RFC 5321 4.5.3.1.5 says 512, servers say more
LONGEST_LINE = 8_192
#: lines of one reply
MOST_LINES = 100
#: characters of a reply that are kept
REPLY_CHARACTERS = 300

_LINE = re.compile(rb"([2-5][0-9]{2})([ -]?)(.*)", re.DOTALL)


class Nonsense(Exception):
    """What came is no reply."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: its code, and its lines as they came, without code and line end."""

    code: int
    octets: tuple[bytes, ...]

    @property
    def kind(self) -> int:
        """2: done, 3: go on, 4: not now, 5: no."""
        return self.code // 100

    @property
    def lines(self) -> tuple[str, ...]:
        """Return the words of its lines; most answers are never read, and it is dear."""
        return tuple(map(plain, self.octets))

    def __str__(self) -> str:
        """Return the reply on one line, in characters that command no terminal."""
        return f"{self.code} {' '.join(self.lines)}".strip()[:REPLY_CHARACTERS]


class Replies:
    """Cuts what arrives into replies."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._lines: list[bytes] = []
        self._code = 0

    def feed(self, octets: bytes) -> None:
        """Add what has arrived."""
        self._rest += octets

    def next(self) -> Reply | None:
        """Return the next reply, or None where more must arrive first.

        Raises Nonsense for what is none: no code, another code on the next line, a line or a reply without end.
        """
        while (end := self._rest.find(b"\n")) >= 0:
            if end > LONGEST_LINE:
                break
            line = bytes(self._rest[:end]).rstrip(b"\r")
            del self._rest[: end + 1]
            found = _LINE.fullmatch(line)
            if found is None or (self._lines and int(found[1]) != self._code):
                raise Nonsense(f"it answered “{plain(line)}”")
            self._code = int(found[1])
            self._lines.append(found[3])
            if len(self._lines) > MOST_LINES:
                raise Nonsense("its answer has no end")
            if found[2] != b"-":
                made = Reply(self._code, tuple(self._lines))
                self._lines = []
                return made
        if len(self._rest) > LONGEST_LINE:
            raise Nonsense("a line of its answer has no end")
        return None


def plain(octets: bytes) -> str:
    """Return what a server wrote as characters that command no terminal."""
    text = octets[:LONGEST_LINE].decode("utf-8", "replace")
    if text.isprintable():
        return text[:REPLY_CHARACTERS].strip()
    return "".join(character if character.isprintable() else " " for character in text)[:REPLY_CHARACTERS].strip()
