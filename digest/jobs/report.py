"""Report: what a send came to, beside the editions before it. Nothing is changed; all of it is counts, save who is in
doubt, about whom a person decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from digest.domain.errors import Refused
from digest.domain.model import Approval, Edition, EditionState, Newsletter, Variant
from digest.domain.ports import Behind, CameTo, Clock, CountsAs, DayCount, Event, Session, Store
from digest.domain.states import MAILED
from digest.jobs import following, resending
from digest.jobs.edition import find
from digest.jobs.press import sealed
from digest.jobs.reviewing import theme_names
from digest.stages import growth
from digest.stages import report as wording

#: editions that are held beside each other, this one among them
EDITIONS = 9
#: people in doubt who are named in a report
MOST_IN_DOUBT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What an edition came to, in a row of several."""

    edition: str
    number: int
    slot: datetime
    sent: int
    #: people whose server refused it, at once or by a later message
    bounced: int
    #: people who left the list from the day on which it went until that of the next edition
    left: int
    clicks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """The bytes of a variant, as signed and as stored now."""

    slug: str
    signed: str
    #: the stored bytes, with the sender and the rules as drafted, still have this fingerprint
    matches: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a send came to."""

    edition: Edition
    #: the newsletter's name
    name: str
    at: datetime
    sentence: str
    following: following.Following
    began_at: datetime
    #: None where it is not through
    ended_at: datetime | None
    #: people who left the list since, and visits of its links
    left: int
    clicks: int
    #: the oldest first; this one is the last
    editions: tuple[Result, ...]
    #: (name of a theme, visits of links to its stories), the most visited first
    by_theme: tuple[tuple[str, int], ...]
    #: who is in doubt, and nobody decided about
    to_decide: tuple[Behind, ...]
    approvals: tuple[Approval, ...]
    fingerprints: tuple[Fingerprint, ...]

    @property
    def matches(self) -> bool:
        """Tell whether the bytes that were sent are those that were signed."""
        return bool(self.fingerprints) and all(one.matches for one in self.fingerprints)


def report(
    store: Store, clock: Clock, newsletter: Newsletter, edition: str, drafted: Newsletter, base_url: str
) -> Report:
    """Return what an edition came to.

    newsletter: as it is today; drafted, base_url: as the edition was drafted with. Raises NotFound, and Refused for an
    edition that nobody got.
    """
    found = find(store, edition)
    if found.state not in MAILED:
        raise Refused(f"{edition} is {found.state}: nobody got it.", "A report comes when it has begun to leave.")
    seen = following.follow(store, clock, newsletter, edition)
    with store.reading() as session:
        history = session.editions.history(edition)
        variants = session.editions.variants(edition)
        approvals = [one for one in session.editions.approvals(edition) if one.stands and one.complete]
        results = _results(session, newsletter, found)
        by_theme = _by_theme(session, newsletter, edition)
    if not any(event.what == "sending" for event in history):
        raise Refused(f"{edition} was cancelled before it left: nobody got it.", "There is nothing to report.")
    began = next(event.at for event in history if event.what == "sending")
    ended = _ended(history, began)
    took = None if ended is None else ended - began
    return Report(
        edition=found,
        name=newsletter.name,
        at=seen.at,
        sentence=wording.sentence(seen.counts, found.state, took, once=_once(history)),
        following=seen,
        began_at=began,
        ended_at=ended,
        left=results[-1].left,
        clicks=results[-1].clicks,
        editions=tuple(results),
        by_theme=by_theme,
        to_decide=_to_decide(store, edition) if found.state == EditionState.SENT else (),
        approvals=tuple(approvals),
        fingerprints=_fingerprints(approvals, variants, drafted, base_url),
    )


def came_to(store: Store, editions: Sequence[str]) -> Mapping[str, CameTo]:
    """Return what each of some editions came to that has begun to leave, by its id, as its report counts."""
    with store.reading() as session:
        return session.following.came_to(editions, list(growth.ENDINGS.values()))


def _ended(history: Sequence[Event], began: datetime) -> datetime | None:
    """Return when it was through first: what somebody sends again later makes no send longer."""
    return next((one.at for one in history if one.what in ("sent", "cancelled") and one.at >= began), None)


def _once(history: Sequence[Event]) -> bool:
    """Tell whether the ledger proves that nobody was mailed twice: it sends nothing twice, and no person did."""
    return not any(event.what == resending.AGAIN for event in history)


def _to_decide(store: Store, edition: str) -> tuple[Behind, ...]:
    page = following.entries(store, edition, CountsAs.UNKNOWN, limit=MOST_IN_DOUBT)
    return tuple(one for one in page if not one.left_by)


def _results(session: Session, newsletter: Newsletter, last: Edition) -> list[Result]:
    every = session.editions.every(newsletter.id)
    mailed = [one for one in every if one.state in MAILED and (not one.corrects or one.id == last.id)]
    at = [one.id for one in mailed].index(last.id)
    upto = mailed[at : at + EDITIONS][::-1]
    ids = [one.id for one in upto]
    counts = session.following.outcomes(ids)
    returned = session.following.returned(ids)
    begins = {one.id: _began(session, one) for one in mailed[max(0, at - 1) : at + EDITIONS]}
    since = min(begins.values()).astimezone(UTC).date()
    gone = [one for one in session.growth.since(newsletter.id, since) if one.what in growth.ENDINGS.values()]
    follows = {before.id: after.id for after, before in pairwise(mailed)}
    return [
        Result(
            edition=one.id,
            number=one.number,
            slot=one.slot,
            sent=counts[one.id].get(CountsAs.SENT, 0),
            bounced=counts[one.id].get(CountsAs.FAILED, 0) + returned.get(one.id, 0),
            left=_left(gone, begins[one.id], begins.get(follows.get(one.id, ""))),
            clicks=sum(link.clicks for link in session.clicks.of(one.id)),
        )
        for one in upto
    ]


def _began(session: Session, edition: Edition) -> datetime:
    """Return when an edition began to leave, which a person may have wanted before its slot."""
    return next((one.at for one in session.editions.history(edition.id) if one.what == "sending"), edition.slot)


def _left(gone: Sequence[DayCount], since: datetime, until: datetime | None) -> int:
    first = since.astimezone(UTC).date()
    end = None if until is None else until.astimezone(UTC).date()
    return sum(one.people for one in gone if first <= one.day and (end is None or one.day < end))


def _by_theme(session: Session, newsletter: Newsletter, edition: str) -> tuple[tuple[str, int], ...]:
    names = theme_names(newsletter)
    themes: dict[str, str] = {}
    visits: Counter[str] = Counter()
    for placement in session.editions.placements(edition):
        name = names.get(placement.theme, placement.theme)
        visits[name] += 0
        for insight in placement.story.insights:
            themes.setdefault(insight.link, name)
    for link in session.clicks.of(edition):
        visits[themes.get(link.link, "Other links")] += link.clicks
    return tuple(sorted(visits.items(), key=lambda pair: (-pair[1], pair[0])))


def _fingerprints(
    approvals: Sequence[Approval], variants: Sequence[Variant], newsletter: Newsletter, base_url: str
) -> tuple[Fingerprint, ...]:
    if not approvals:
        return ()
    now: Mapping[str, str] = {one.slug: sealed(newsletter, base_url, one) for one in variants}
    return tuple(
        Fingerprint(slug=one.slug, signed=one.sha256, matches=now.get(one.slug) == one.sha256)
        for one in approvals[-1].signed
    )
