"""The API: the tokens of programs that use it, and the webhooks that tell programs what happened."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

#: what stands behind somebody's name where a program did it with a token of theirs
BY_API = ", by API"


class Scope(StrEnum):
    """What a token may do. None of them holds another."""

    STATUS_READ = "status:read"
    SUBSCRIBERS_READ = "subscribers:read"
    SUBSCRIBERS_WRITE = "subscribers:write"
    #: for good, so that it is nothing that comes along with writing
    SUBSCRIBERS_ERASE = "subscribers:erase"
    SUPPRESSIONS_READ = "suppressions:read"
    SUPPRESSIONS_WRITE = "suppressions:write"
    SOURCES_READ = "sources:read"
    SOURCES_WRITE = "sources:write"
    EDITIONS_READ = "editions:read"
    EDITIONS_WRITE = "editions:write"
    #: to decide whether an edition leaves: approve, take back, pause, resume, cancel
    EDITIONS_APPROVE = "editions:approve"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """What lets a program use the API in somebody's name."""

    id: str
    #: SHA-256 (hex) of the token
    key: str
    #: what it is for, in the words of who made it
    name: str
    scopes: tuple[Scope, ...]
    #: id and name of who answers for it
    staff: str
    owner: str
    made_at: datetime
    #: None: it works until somebody withdraws it
    ends_at: datetime | None = None
    used_at: datetime | None = None
    withdrawn_at: datetime | None = None

    @property
    def who(self) -> str:
        """The name under which is recorded what is done with it."""
        return f"{self.owner}{BY_API}"

    def works(self, now: datetime) -> bool:
        """Tell whether it opens anything."""
        return self.withdrawn_at is None and (self.ends_at is None or now < self.ends_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """The answer to a request that was sent with an Idempotency-Key, for who sends it again."""

    #: SHA-256 (hex) of the request
    request: str
    status: int
    #: JSON
    body: str


class WebhookEvent(StrEnum):
    """What a webhook may be told of. Editions: what they become; subscribers: what their place on a newsletter does."""

    EDITION_DRAFTED = "edition.drafted"
    EDITION_SKIPPED = "edition.skipped"
    EDITION_MISSED = "edition.missed"
    EDITION_DISCARDED = "edition.discarded"
    EDITION_APPROVED = "edition.approved"
    EDITION_APPROVAL_TAKEN_BACK = "edition.approval_taken_back"
    EDITION_SENDING = "edition.sending"
    EDITION_PAUSED = "edition.paused"
    EDITION_RESUMED = "edition.resumed"
    EDITION_SENT = "edition.sent"
    EDITION_CANCELLED = "edition.cancelled"
    SUBSCRIBER_CONFIRMED = "subscriber.confirmed"
    SUBSCRIBER_UNSUBSCRIBED = "subscriber.unsubscribed"
    SUBSCRIBER_BOUNCED = "subscriber.bounced"
    SUBSCRIBER_COMPLAINED = "subscriber.complained"
    SUBSCRIBER_ERASED = "subscriber.erased"


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An address elsewhere that is told of events."""

    id: str
    address: str
    events: tuple[WebhookEvent, ...]
    #: events about people name their address
    with_addresses: bool
    #: name of who made it
    who: str
    made_at: datetime
    #: id of who answers for it, and with whose account it ends; empty where they have left, or never had one
    staff: str = ""
    #: counts its secrets: each is made from the workspace's secret, the id and this number
    generation: int = 1
    #: until then what is told is signed with the secret before this one, too
    both_until: datetime | None = None
    ended_at: datetime | None = None
    last_success: datetime | None = None
    #: since when it fails, and why it did last; None and empty while it takes what it is told
    failing_since: datetime | None = None
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookMessage:
    """One event to one webhook. Its id is the same at every try."""

    id: str
    webhook: str
    event: WebhookEvent
    at: datetime
    #: ids; of an event about an edition `subscriber` is empty, and the other way round
    edition: str = ""
    newsletter: str = ""
    subscriber: str = ""
    #: who did it, and why, as the edition's history has it
    who: str = ""
    why: str = ""
    tries: int = 0
    first_try: datetime | None = None
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookCount:
    """How what a webhook is to be told stands."""

    waiting: int = 0
    given_up: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What became of one try."""

    #: HTTP status; 0 where no answer came
    status: int
    #: in words, where it was not taken
    fault: str = field(default="")

    @property
    def is_taken(self) -> bool:
        """Tell whether the receiver has it."""
        return 200 <= self.status < 300
