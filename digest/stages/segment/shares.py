"""Shares: what each person is to get of an edition, and in a sentence why nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.domain.model import (
    Cadence,
    Newsletter,
    Placement,
    Recipient,
    Segment,
    SubscriptionState,
    Variant,
)
from digest.stages.segment.rules import Predicate, predicate

#: days between two editions for each cadence; one day less than the calendar's, so that a slot moved
#: by an hour for summer time is not missed
DAYS_BETWEEN = {Cadence.WEEKLY: 6, Cadence.FORTNIGHTLY: 13, Cadence.MONTHLY: 27}


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one person is to get of an edition, or the reason why they get nothing."""

    recipient: Recipient
    segment: str
    stories: tuple[str, ...] = ()
    #: in words a comms person understands; empty where they get it
    reason: str = ""


def shares(
    recipients: Iterable[Recipient],
    newsletter: Newsletter,
    placements: Sequence[Placement],
    slot: datetime,
    now: datetime,
) -> Iterator[Share]:
    """Tell for each recipient what they are to get of an edition.

    Of several segments that hold a person the first in digest.toml counts, so nobody is mailed twice.
    """
    compiled = _compiled(newsletter.segments)
    for recipient in recipients:
        segment = next((segment.id for segment, holds in compiled if holds(recipient)), "")
        reason = _not_now(recipient, slot, now)
        if not reason and not segment:
            reason = "no segment holds them"
        if reason:
            yield Share(recipient=recipient, segment=segment, reason=reason)
            continue
        mine = wanted(placements, recipient.subscription.themes)
        new = tuple(placement.story.id for placement in mine if placement.story.id not in recipient.had)
        if new:
            yield Share(recipient=recipient, segment=segment, stories=new)
        else:
            why = "had all its stories already" if mine else "no story under the themes they chose"
            yield Share(recipient=recipient, segment=segment, reason=why)


def lists(shared: Iterable[Share], maximum: int) -> dict[tuple[str, tuple[str, ...]], int]:
    """Count the distinct (segment, list of stories), at most `maximum` of them: those of most people.

    Every segment with somebody in it keeps at least its largest list.
    """
    counts: dict[tuple[str, tuple[str, ...]], int] = {}
    for share in shared:
        if not share.reason:
            key = share.segment, share.stories
            counts[key] = counts.get(key, 0) + 1
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return _largest_first(ordered, maximum)


def wanted(placements: Sequence[Placement], themes: Sequence[str]) -> tuple[Placement, ...]:
    """Return what somebody with these chosen themes gets, in the order of `placements`.

    None chosen means everything. Nobody chooses Other, so only they get what stands there.
    """
    if not themes:
        return tuple(placements)
    return tuple(placement for placement in placements if placement.theme in themes)


def fitting(share: Share, variants: Sequence[Variant], placements: Sequence[Placement]) -> Variant | None:
    """Return the approved variant for a person, or None where none fits.

    The one that holds exactly their stories; else the one made for most people of their segment that
    holds nothing they have had and nothing outside the themes they chose.
    """
    of_segment = [variant for variant in variants if variant.segment == share.segment]
    allowed = {placement.story.id for placement in wanted(placements, share.recipient.subscription.themes)}
    for variant in of_segment:
        if variant.stories == share.stories:
            return variant
    for variant in sorted(of_segment, key=lambda one: (-one.people, one.slug)):
        if not share.recipient.had.intersection(variant.stories) and allowed.issuperset(variant.stories):
            return variant
    return None


def _largest_first(
    ordered: Sequence[tuple[tuple[str, tuple[str, ...]], int]], maximum: int
) -> dict[tuple[str, tuple[str, ...]], int]:
    first_of_segment: dict[str, tuple[tuple[str, tuple[str, ...]], int]] = {}
    for key, count in ordered:
        first_of_segment.setdefault(key[0], (key, count))
    kept = dict(first_of_segment.values())
    for key, count in ordered:
        if len(kept) >= maximum:
            break
        kept.setdefault(key, count)
    return kept


def _not_now(recipient: Recipient, slot: datetime, now: datetime) -> str:
    subscription = recipient.subscription
    if recipient.suppressed:
        return "kept off: the address is on the list of those who must not be mailed"
    if subscription.state == SubscriptionState.PENDING:
        return "no consent record: never mailed until there is one"
    if subscription.state != SubscriptionState.ACTIVE:
        return str(subscription.state)
    if not subscription.consent_source or subscription.consent_at is None:
        return "no consent record: never mailed until there is one"
    if subscription.consent_at > now + timedelta(days=1):
        return "their consent is dated in the future"
    if subscription.paused_until is not None and subscription.paused_until > now:
        return f"paused until {subscription.paused_until.day} {subscription.paused_until:%B %Y}"
    due = timedelta(days=DAYS_BETWEEN[subscription.cadence])
    if recipient.last_slot is not None and recipient.last_slot < slot and slot - recipient.last_slot < due:
        return f"wants it {subscription.cadence}, and it is too early"
    return ""


def _compiled(segments: Sequence[Segment]) -> list[tuple[Segment, Predicate]]:
    return [(segment, predicate(segment.rule)) for segment in segments]
