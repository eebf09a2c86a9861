"""Following: how an edition that leaves, or left, stands. It reads the counts that triggers keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.domain.model import Edition, EditionState, Newsletter
from digest.domain.ports import Behind, Clock, Counting, CountsAs, Early, Event, Mornings, Session, Store
from digest.jobs import waiting
from digest.jobs.edition import find
from digest.stages import following, send, waves
from digest.stages.following import Row, Stage

#: the rate is that of so many seconds
RATE_SECONDS = 60
#: people of a page
PAGE = 50
#: who is due sooner waits for a server, and not for their morning
_SOON = timedelta(minutes=10)
#: what has a reason, in the order in which it is shown
_WITH_REASONS = (CountsAs.FAILED, CountsAs.PUT_OFF, CountsAs.UNKNOWN, CountsAs.SKIPPED)
#: from when on messages count to the rate
_GOES_ON = ("sending", "resumed", "sent again")


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """How a send stands at a moment."""

    edition: Edition
    at: datetime
    #: grows with whatever happens to it
    version: int
    stages: tuple[Stage, ...]
    #: how many it is for: the six counts add up to it
    people: int
    counts: Mapping[CountsAs, int]
    #: messages a second over the last minute, and how long the rest takes; None where that cannot be known
    rate: float | None
    seconds_left: float | None
    #: what is wrong in a sentence, or “no trouble”
    trouble: str
    #: for what it waits, or people do, where nothing is wrong: its hours for mail, their morning
    waits: tuple[str, ...]
    reasons: tuple[Row, ...]
    #: who is in doubt, and nobody decided about
    undecided: int

    @property
    def answered(self) -> int:
        """People who wait for their first answer no more."""
        return self.people - self.counts[CountsAs.WAITING]

    @property
    def refused_percent(self) -> float:
        """How many of those who were answered for good were refused: what the brake looks at."""
        refused = self.counts[CountsAs.FAILED]
        answered = self.counts[CountsAs.SENT] + refused
        return 100 * refused / answered if answered else 0.0


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read in one look."""

    edition: Edition
    history: Sequence[Event]
    countings: Sequence[Counting]
    version: int
    #: how many it was approved for
    approved_for: int
    #: messages of the last minute
    messages: int
    retry: tuple[datetime, int] | None
    undecided: int
    mornings: Mornings | None


def follow(store: Store, clock: Clock, newsletter: Newsletter, edition: str) -> Following:
    """Return how an edition stands, by its id; newsletter: its newsletter, for its waves and its time zone.

    Raises NotFound where there is no such edition.
    """
    found = find(store, edition)
    now = clock()
    with store.reading() as session:
        read = _read(session, newsletter, found, now)
    counts = following.counted(read.countings, _unplanned(read))
    opens, rate = _opens(read, newsletter), _rate(read, now)
    left = _seconds_left(read, counts, rate) if opens is None or opens <= now else None
    zone = newsletter.schedule.timezone
    seen = _seen(read, newsletter, now, opens, left)
    left_over = counts[CountsAs.WAITING] + counts[CountsAs.PUT_OFF]
    return Following(
        edition=read.edition,
        at=now,
        version=read.version,
        stages=following.stages(seen),
        people=sum(counts.values()),
        counts=counts,
        rate=rate,
        seconds_left=left,
        trouble=following.trouble(read.edition, read.history, left_over, zone),
        waits=tuple(waiting.sentences(newsletter, read.edition, now, read.mornings)),
        reasons=tuple(_row(read, counts, one, zone) for one in _WITH_REASONS if counts[one]),
        undecided=read.undecided,
    )


def version(store: Store, edition: str) -> int:
    """Return a number that grows with whatever happens to an edition or its deliveries; it costs a tenth of a
    millisecond, so a page that shows progress may ask every second.
    """
    with store.reading() as session:
        return session.following.version(edition)


def entries(store: Store, edition: str, counts_as: CountsAs, after: str = "", limit: int = PAGE) -> list[Behind]:
    """Return a page of the people behind a row; after: id of the last one of the page before."""
    with store.reading() as session:
        return session.following.behind(edition, counts_as, after, limit)


def _read(session: Session, newsletter: Newsletter, edition: Edition, now: datetime) -> _Read:
    id, is_by_zone = edition.id, bool(newsletter.schedule.local_time_field)
    found = session.editions.get(id)
    countings = session.following.countings(id)
    in_doubt = any(one.counts_as == CountsAs.UNKNOWN for one in countings)
    return _Read(
        found or edition,
        session.editions.history(id),
        countings,
        session.following.version(id),
        sum(one.people for approval in session.editions.approvals(id)[-1:] for one in approval.signed),
        session.following.pace(id, now - timedelta(seconds=RATE_SECONDS)),
        session.following.retries(id),
        session.following.undecided(id) if in_doubt else 0,
        session.following.mornings(id, max(edition.slot, now + _SOON)) if is_by_zone and found else None,
    )


def _seen(
    read: _Read, newsletter: Newsletter, now: datetime, opens: datetime | None, left: float | None
) -> following.Seen:
    return following.Seen(
        edition=read.edition,
        history=read.history,
        waves=newsletter.waves,
        holding=timedelta(minutes=newsletter.schedule.holding_minutes),
        zone=newsletter.schedule.timezone,
        countings=read.countings,
        unplanned=_unplanned(read),
        opens=opens if opens is not None and opens > now else None,
        ends=None if left is None else now + timedelta(seconds=left),
    )


def _unplanned(read: _Read) -> int:
    """Return how many people have no row yet; about so many, since people come and go after the approval."""
    if read.edition.planned_at is not None or read.edition.state == EditionState.CANCELLED:
        return 0
    planned = sum(one.people for one in read.countings if one.counts_as != CountsAs.SKIPPED)
    return max(0, read.approved_for - planned)


def _opens(read: _Read, newsletter: Newsletter) -> datetime | None:
    """Return when the rest may go, where somebody gets it first."""
    early = [one for one in read.countings if one.wave < waves.REST and one.counts_as != CountsAs.SKIPPED]
    rest = any(one.wave == waves.REST and one.counts_as == CountsAs.WAITING for one in read.countings)
    if read.edition.state != EditionState.SENDING or not early or not rest:
        return None
    untried = sum(one.people for one in early if one.counts_as == CountsAs.WAITING)
    last = max((one.last_at for one in early if one.last_at is not None), default=None)
    planned = read.edition.planned_at is not None
    return waves.opens(newsletter.waves, Early(untried=untried, last_at=last), planned=planned)


def _rate(read: _Read, now: datetime) -> float | None:
    begun = max((one.at for one in read.history if one.what in _GOES_ON), default=now)
    if read.edition.state != EditionState.SENDING:
        return None
    return following.rate(read.messages, min(RATE_SECONDS, (now - begun).total_seconds()))


def _seconds_left(read: _Read, counts: Mapping[CountsAs, int], rate: float | None) -> float | None:
    if rate is None or read.edition.state != EditionState.SENDING:
        return None
    return counts[CountsAs.WAITING] / rate


def _row(read: _Read, counts: Mapping[CountsAs, int], counts_as: CountsAs, zone: str) -> Row:
    return Row(
        counts_as=counts_as,
        people=counts[counts_as],
        reason=following.reasons(counts_as, read.countings),
        now=_what_now(read, counts_as, zone),
    )


def _what_now(read: _Read, counts_as: CountsAs, zone: str) -> str:
    if counts_as == CountsAs.SKIPPED:
        return "Nothing to do."
    if counts_as == CountsAs.UNKNOWN:
        return following.of_doubt(read.edition.state, read.undecided)
    if counts_as == CountsAs.FAILED:
        failed = [one for one in read.countings if one.counts_as == counts_as]
        return following.of_refusals(sum(one.people for one in failed if following.is_for_now(one.why)))
    if read.retry is None:
        return "Tried again soon."
    first, attempts = read.retry
    minutes = send.RETRY_MINUTES[min(attempts, len(send.RETRY_MINUTES) - 1)]
    return following.of_retries(first, first + timedelta(minutes=minutes), zone)
