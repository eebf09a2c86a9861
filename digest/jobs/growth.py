"""Growth: how a list stands, who came and left, which domains refuse, whose consent is old. Nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from digest.domain.model import Finding, Newsletter
from digest.domain.ports import Agreed, Clock, Headcount, Mailed, Refusals, Store
from digest.stages import growth
from digest.stages.growth import Week

#: people of a page
PAGE = 1_000
#: refusals are looked for in so many editions, and in fewer where these went to more than so many people: all of them
#: are read for it
EDITIONS, MESSAGES = 10, 1_000_000
#: domains that are shown
DOMAINS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """How a newsletter's list stands and how it came to that."""

    #: in words
    sentences: Sequence[str]
    findings: Sequence[Finding]
    headcount: Headcount
    #: the oldest first; this one is the last
    weeks: Sequence[Week]
    #: (way, people) of who joined and who left in these weeks, the usual ways first
    joined_by: Sequence[tuple[str, int]]
    ended_by: Sequence[tuple[str, int]]
    #: the editions that were looked at for refusals
    editions: Sequence[str]
    refusals: Sequence[Refusals]
    #: consent records older than this are old; None where none ever is
    old_before: datetime | None
    #: year of an old consent record -> people
    old_consent: Mapping[int, int] = field(default_factory=dict)


def look(store: Store, clock: Clock, newsletter: Newsletter, weeks: int) -> Growth:
    """Look at a newsletter's list, and at who came and left in the last weeks, this one among them."""
    now = clock()
    before = old_before(newsletter, now)
    with store.reading() as session:
        counted = session.growth.since(newsletter.id, growth.first_day(now, weeks))
        headcount = session.growth.headcount(newsletter.id, now)
        mailed = session.growth.mailed(newsletter.id, EDITIONS)
        editions = [one.edition for one in _few(mailed)]
        refusals = session.growth.refusals(editions, DOMAINS)
        old = session.growth.agreed_by_year(newsletter.id, before) if before else {}
    shown = growth.by_week(counted, now, weeks)
    return Growth(
        sentences=growth.sentences(newsletter.name, now, headcount, counted),
        findings=growth.findings(newsletter.name, mailed, counted),
        headcount=headcount,
        weeks=shown,
        joined_by=growth.joined_by(counted, shown[0].begins),
        ended_by=growth.ended_by(counted, shown[0].begins),
        editions=editions,
        # answers often say whom they are about; a report goes from hand to hand
        refusals=[replace(one, reply=growth.without_addresses(one.reply)) for one in refusals],
        old_before=before,
        old_consent=old,
    )


def old_before(newsletter: Newsletter, now: datetime) -> datetime | None:
    """Return the time before which a consent record is old; None where none ever is."""
    return growth.months_before(now, newsletter.consent_months) if newsletter.consent_months else None


def of_old_consent(store: Store, newsletter: Newsletter, before: datetime) -> Iterator[Agreed]:
    """Yield the people who get a newsletter and agreed to that before then, in the order of ids."""
    after = ""
    while True:
        with store.reading() as session:
            page = session.growth.agreed(newsletter.id, before, after, PAGE)
        if not page:
            return
        yield from page
        after = page[-1].subscriber


def _few(mailed: Sequence[Mailed]) -> list[Mailed]:
    """Return the latest of them, at least one, that went to a bounded number of people together."""
    some: list[Mailed] = []
    messages = 0
    for one in mailed:
        messages += one.people
        if some and messages > MESSAGES:
            break
        some.append(one)
    return some
