"""What a rehearsal of an edition came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The people of a segment who would get the same variant."""

    segment: str
    #: its slug
    variant: str
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleMessage:
    """A message that was kept, to be looked at."""

    number: int
    segment: str
    variant: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What the mail server of a rehearsal counted by itself."""

    messages: int = 0
    #: envelopes for somebody who had one already, and messages whose Message-ID another had
    twice: int = 0
    same_id: int = 0
    #: octets
    smallest: int = 0
    largest: int = 0
    #: header field, in lower case -> messages that have it
    fields: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """The whole send of an edition into a mail server of the program's own, from which nothing goes on."""

    edition: str
    #: when it began, who wanted it, and how many seconds the messages took
    at: datetime
    who: str
    seconds: float
    #: slug of each variant -> its fingerprint; of them the bytes were made
    variants: Mapping[str, str]
    #: people whose message was taken
    shares: tuple[Share, ...]
    #: reason -> people who would get nothing
    skipped: Mapping[str, int]
    #: people whose address cannot be written, and of the first of them why
    unwritable: int = 0
    unwritable_first: tuple[str, ...] = ()
    #: answer -> people whose message was not taken
    refused: Mapping[str, int] = field(default_factory=dict)
    received: Received
    #: a key of digest.toml signs its messages
    signed: bool = False
    #: the file of subscribers is another than the one that was taken in: a send takes it in first
    list_changed: bool = False
    samples: tuple[SampleMessage, ...] = ()

    @property
    def taken(self) -> int:
        """How many messages were taken."""
        return sum(one.people for one in self.shares)
