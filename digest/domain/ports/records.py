"""What passes between the jobs and the adapters, beside the types of the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from digest.domain.model import NO_VALIDATORS, Delivery, DeliveryState, Outcome, Picture, Shape, Validators


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """What is remembered of a source between two harvests."""

    source: str
    #: hash of the settings it was asked with: with others it is asked as if for the first time
    asked_as: str = ""
    validators: Validators = NO_VALIDATORS
    last_asked: datetime | None = None
    last_success: datetime | None = None
    #: when it last gave an insight that was not known
    last_new: datetime | None = None
    failing_since: datetime | None = None
    #: how many times in a row it failed
    failures: int = 0
    #: what went wrong at the last try; empty where nothing did
    fault: str = ""
    #: it asked not to be asked before this (RFC 9110 10.2.3, Retry-After)
    wait_until: datetime | None = None
    #: it says that it will not come back (RFC 9110 15.5.11, 410 Gone)
    gone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One step in the history of an edition."""

    at: datetime
    who: str
    what: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """What of the ledger matters to who gets what of an edition."""

    #: (id, slot) of the last editions that people got, the latest first
    last: Sequence[tuple[str, datetime]] = ()
    #: edition -> those before it that had not begun to leave when it was drafted, and of which it tells nothing
    overlooked: Mapping[str, Sequence[str]] = field(default_factory=dict)
    #: edition -> its variants -> the stories in question that each held
    told: Mapping[str, Mapping[str, frozenset[str]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A process that sends."""

    id: str
    host: str
    boot: str
    pid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A worker that holds claims."""

    worker: Worker
    #: until when they are its own
    lease: datetime
    #: records that its journal has at least
    written: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Early:
    """How far the waves of an edition are that come before the rest."""

    #: people of them who were not tried yet, or are being tried
    untried: int = 0
    #: when the last of them had an answer; None where nobody is in them
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a worker's journal says."""

    #: (claim, subscriber) -> what became of the message; None where its body was begun and nothing else is known
    outcomes: Mapping[tuple[int, str], Outcome | None]
    #: records that can be read, from its first on
    written: int
    #: all that the worker wrote is there
    whole: bool


#: of a journal that cannot be read
UNTOLD = Told(outcomes={}, written=0, whole=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one claimed delivery, as the ledger is told it."""

    delivery: Delivery
    at: datetime
    #: the claim that it was of
    claim: int = 0
    #: the server's answer, or why there is none
    reply: str = ""
    #: earliest time of the next try, for what goes back to pending
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many deliveries of a segment stand in a state, and why."""

    segment: str
    state: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A delivery that somebody should look at, by the person's address."""

    address: str
    state: str
    reason: str
    reply: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """All that the ledger says of one person's delivery."""

    subscriber: str
    address: str
    name: str
    segment: str
    #: slug of the variant; empty for who is skipped
    variant: str
    state: DeliveryState
    reason: str
    #: the server's answer, or why there is none
    reply: str
    attempts: int
    #: when it is tried next, where it waits
    next_at: datetime | None
    #: when it came to what it is, where it waits no longer
    settled_at: datetime | None
    #: why they may not be mailed now: they left meanwhile, are kept off, or paused it
    withheld: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Which of an edition's deliveries are wanted."""

    #: as of when it is asked who may be mailed
    now: datetime
    limit: int
    #: those whose ids come after this one
    after: str = ""
    #: in one of these states; all where none is named
    states: Sequence[DeliveryState] = ()
    #: of these people only; of everybody where nobody is named
    subscribers: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptOff:
    """Why an address must not be mailed, and since when."""

    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Excluded:
    """A story that a person took out for good, in the draft where they did."""

    story: str
    title: str
    edition: str
    at: datetime
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureAsked:
    """What is remembered of asking for a picture."""

    address: str
    at: datetime
    #: how many times it was asked for in vain; 0 where it is held
    failures: int = 0
    #: why it is not held, or not in every shape, without a full stop; empty where nothing is missing
    fault: str = ""
    #: when it may be asked for again; None where it never is: it is held, or was asked for often enough
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureKept:
    """A picture that is kept: one shape of what an address gave."""

    address: str
    shape: Shape
    picture: Picture
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InSegment:
    """How many people are in a segment."""

    #: whatever their state is
    people: int
    #: of them, those who would get mail now
    now: int
    #: of those, the ones for whom this segment counts: no earlier one holds them
    counts_here: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """How many people would get mail now by a rule, and are held by others as well."""

    #: everybody who would get mail now
    of: int
    #: by the rule
    people: int
    #: of these, held by none of the others
    alone: int
    #: of these, held by each of the others, in their order
    both: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How many people a newsletter has, and where they are."""

    #: everybody who was ever on the list, whatever their state is
    people: int
    #: of them, those who would get mail now: who agreed, did not leave, is not paused and not kept off
    now: int
    #: of those, how many no segment holds, and how many more than one
    nowhere: int
    several: int
    #: in the order of the rules
    segments: tuple[InSegment, ...]
