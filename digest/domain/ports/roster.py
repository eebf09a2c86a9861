"""What passes between the reading of a file of people and the database that takes them in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from digest.domain.model import Subscriber, Subscription

if TYPE_CHECKING:
    from digest.domain.ports.store import Session


class StagedPlace(NamedTuple):
    """What a row makes of somebody's subscription; thousands of rows make the same of it.

    Times are in UTC, as 2026-11-24 08:00:00.000000.
    """

    state: str
    #: JSON
    themes: str
    #: empty where the row does not say
    cadence: str
    consent_source: str
    consent_at: str | None
    place_traits: str
    joined_at: str
    joined_by: str
    paused_until: str | None


class StagedRow(NamedTuple):
    """A person's row, as the database takes it in."""

    line: int
    #: the comparable spelling of the address: one spelling, one subscriber
    comparable: str
    suppression_key: str
    #: hash of what the row says
    file_row: str
    #: what the file says of somebody whom no import brings in: unsubscribed, bounced …; empty of all others
    gone: str
    address: str
    first_name: str
    last_name: str
    #: JSON
    tags: str
    #: JSON
    fields: str
    traits: str
    place: StagedPlace


class StagedBatch(NamedTuple):
    """Rows that are held together."""

    #: each a StagedRow whose last member is the number of its place instead: what thousands share is handed over once
    rows: list[tuple[Any, ...]]
    #: places by their numbers that no batch before this one had
    places: list[tuple[int, tuple[str | None, ...]]]

    @property
    def last(self) -> int:
        """The line of the last row."""
        return int(self.rows[-1][0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Staying:
    """What a file says nothing of, since it lacks the column: what is known stays."""

    first_name: bool = False
    last_name: bool = False
    tags: bool = False
    themes: bool = False
    #: the fields that it has columns for: what is known of all others stays
    fields: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A row that says something new of somebody who is known."""

    line: int
    comparable: str
    suppression_key: str
    file_row: str
    read: Subscriber
    place: Subscription
    #: the file itself says nothing of how often
    cadence_unsaid: bool
    before: Subscriber
    places: Sequence[Subscription]
    #: why they are kept off; empty where they are not
    off: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fates:
    """What the rows come to, beside those that say something new of somebody who is known."""

    new: int = 0
    unchanged: int = 0
    #: lines of rows whose address stood in the file before: the first ones, and how many there are
    twice: int = 0
    twice_lines: Sequence[int] = ()
    #: reason -> people who are kept off
    off: Mapping[str, int] = field(default_factory=dict)
    #: new ones without a consent record
    waiting: int = 0
    #: people whom an earlier file had: how many, and the first of their addresses
    vanished: int = 0
    vanished_first: Sequence[str] = ()


class Staging(Protocol):
    """A file's rows, held beside the database until somebody decides about them."""

    def add(self, batch: StagedBatch) -> None:
        """Hold more rows."""
        ...

    def judge(self, newsletter: str, joined_by: str, whole: bool) -> Fates:
        """Compare the rows with what is stored now; nothing is changed.

        joined_by: the name of the file; whole: it is the newsletter's own, which names everybody.
        """
        ...

    def last(self) -> int:
        """Return the line of the last row."""
        ...

    def known(self, after: int, limit: int) -> list[Known]:
        """Return rows, as judged last, that say something new of people who are known, after a line of the file."""
        ...

    def taking_in(self) -> AbstractContextManager[None]:
        """Take in new people in the block (insert_new); nobody is looked up by address before its end."""
        ...

    def insert_new(self, after: int, limit: int) -> int:
        """Take in new people whose rows come after a line, of `limit` lines; return how many there were."""
        ...

    def joined(self) -> list[tuple[str, str, int]]:
        """Return the days, ways and numbers of the new ones."""
        ...

    def reading(self) -> AbstractContextManager[Session]:
        """Open a consistent view that sees the rows."""
        ...

    def writing(self) -> AbstractContextManager[Session]:
        """Open a transaction that sees the rows."""
        ...
