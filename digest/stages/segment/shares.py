"""Shares: what each person is to get of an edition, and in a sentence why nothing.

::

    their own      the edition's stories under the themes they chose
    and earlier    those of editions since the last that they got, where they want it less often or were away
    less           what they have had
    at most        a usual edition's number, the strongest of both, each theme's strongest first
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import repeat

from digest.domain.model import (
    OTHER,
    Cadence,
    Newsletter,
    Placement,
    Recipient,
    Subscription,
    SubscriptionState,
    Variant,
)
from digest.stages.segment.rules import predicate

#: (segment, list of stories) -> people
Counts = dict[tuple[str, tuple[str, ...]], int]

#: days from one edition to the next for each cadence
_DAYS = {Cadence.WEEKLY: 7, Cadence.FORTNIGHTLY: 14, Cadence.MONTHLY: 28}
#: days between two editions at least; one less than the calendar's, so that a slot moved by an hour for summer time
#: is not missed
DAYS_BETWEEN = {cadence: days - 1 for cadence, days in _DAYS.items()}
#: no cadence looks farther back for the edition that somebody got last
LONGEST = timedelta(days=max(_DAYS.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What an edition has for people."""

    slot: datetime
    #: in their order: the edition's own, then earlier ones for who did not get them
    placements: Sequence[Placement]
    #: edition that an earlier story stood in first -> its slot
    slots: Mapping[str, datetime] = field(default_factory=dict)
    #: story -> how strong it was when it stood first; needed where there are earlier ones
    strengths: Mapping[str, float] = field(default_factory=dict)
    #: its time is beside the schedule: who gets every edition gets it, and their next one is not put off by it
    special: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one person is to get of an edition, or the reason why they get nothing."""

    recipient: Recipient
    segment: str
    stories: tuple[str, ...] = ()
    #: all that they may get: what they want and have not had, also where it is too much
    may: frozenset[str] = frozenset()
    #: in words a comms person understands; empty where they get it
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Part:
    """What people who are alike get."""

    stories: tuple[str, ...]
    may: frozenset[str]
    reason: str


class Sharing:
    """Tells for each person what they are to get of an edition; what people who are alike get is worked out once."""

    def __init__(self, newsletter: Newsletter, offer: Offer, now: datetime) -> None:
        self._newsletter = newsletter
        self._offer = offer
        self._now = now
        self._segments = [(segment.id, predicate(segment.rule)) for segment in newsletter.segments]
        self._slots = sorted(offer.slots.values())
        self._parts: dict[tuple[tuple[str, ...], int, frozenset[str], frozenset[str]], _Part] = {}

    def of(self, recipient: Recipient) -> Share:
        """Return one person's share.

        Of several segments that hold them the first in digest.toml counts, so nobody is mailed twice.
        """
        segment = next((id for id, holds in self._segments if holds(recipient)), "")
        reason = _not_now(recipient, self._offer, self._now)
        if not reason and not segment:
            reason = "no segment holds them"
        if reason:
            return Share(recipient=recipient, segment=segment, reason=reason)
        part = self._part(recipient)
        return Share(recipient=recipient, segment=segment, stories=part.stories, may=part.may, reason=part.reason)

    def _part(self, recipient: Recipient) -> _Part:
        # whoever missed the same editions is alike
        since = len(self._slots) - bisect_right(self._slots, _since(recipient, self._offer.slot))
        key = recipient.subscription.themes, since, recipient.missed, recipient.had
        known = self._parts.get(key)
        if known is None:
            known = self._parts[key] = self._worked_out(*key)
        return known

    def _worked_out(self, themes: tuple[str, ...], since: int, missed: frozenset[str], had: frozenset[str]) -> _Part:
        slots = set(self._slots[len(self._slots) - since :])
        firsts = {"", *missed, *(edition for edition, slot in self._offer.slots.items() if slot in slots)}
        theirs = wanted([one for one in self._offer.placements if one.first_in in firsts], themes)
        new = [one for one in theirs if one.story.id not in had]
        may = frozenset(one.story.id for one in new)
        reason = "" if new else "had all its stories already" if theirs else self._nothing_under(themes)
        return _Part(stories=_best(new, self._newsletter, self._offer), may=may, reason=reason)

    def _nothing_under(self, themes: Sequence[str]) -> str:
        names = {theme.id: theme.name for theme in self._newsletter.themes}
        return f"no story under the themes they chose ({', '.join(names.get(theme, theme) for theme in themes)})"


def shares(recipients: Iterable[Recipient], newsletter: Newsletter, offer: Offer, now: datetime) -> Iterator[Share]:
    """Tell for each recipient what they are to get of an edition."""
    return map(Sharing(newsletter, offer, now).of, recipients)


def counted(shared: Iterable[Share], people: Iterable[int] = repeat(1)) -> Counts:
    """Count how many people are to get each list of stories of each segment; people: for how many each share stands."""
    counts: Counts = {}
    for share, many in zip(shared, people, strict=False):
        if not share.reason:
            key = share.segment, share.stories
            counts[key] = counts.get(key, 0) + many
    return counts


def largest(counts: Counts, maximum: int) -> Counts:
    """Return at most `maximum` lists: those of most people.

    Every segment with somebody in it keeps at least its largest list.
    """
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    first_of_segment: Counts = {}
    for key, count in ordered:
        if all(key[0] != segment for segment, _ in first_of_segment):
            first_of_segment[key] = count
    kept = dict(first_of_segment)
    for key, count in ordered:
        if len(kept) >= maximum:
            break
        kept.setdefault(key, count)
    return kept


def wanted(placements: Sequence[Placement], themes: Sequence[str]) -> tuple[Placement, ...]:
    """Return what somebody with these chosen themes gets, in the order of `placements`.

    None chosen means everything. Nobody chooses Other, so only they get what stands there.
    """
    if not themes:
        return tuple(placements)
    return tuple(placement for placement in placements if placement.theme in themes)


def fitting(share: Share, variants: Sequence[Variant]) -> Variant | None:
    """Return the approved variant for a person, or None where none fits.

    The one that holds exactly their stories; else the one made for most people of their segment that
    holds nothing they have had and nothing outside the themes they chose.
    """
    of_segment = [variant for variant in variants if variant.segment == share.segment]
    for variant in of_segment:
        if variant.stories == share.stories:
            return variant
    for variant in sorted(of_segment, key=lambda one: (-one.people, one.slug)):
        if share.may.issuperset(variant.stories):
            return variant
    return None


def _best(placements: Sequence[Placement], newsletter: Newsletter, offer: Offer) -> tuple[str, ...]:
    """Choose of an edition's own and of earlier stories as many as an edition has, in their order.

    Each is weighed as it was when it stood first, and by itself: so what else there is to choose from changes nothing
    about a list that holds all that was chosen, and planning finds the list that was signed.
    """
    ids = tuple(one.story.id for one in placements)
    # of its own an edition may have more, by a person's decision
    most = max(newsletter.maximum_stories, sum(not one.first_in for one in placements))
    if len(ids) <= most:
        return ids
    ranked = sorted(placements, key=lambda one: (-offer.strengths[one.story.id], one.story.id))
    firsts: dict[str, str] = {}
    for one in ranked:
        if one.theme != OTHER:
            firsts.setdefault(one.theme, one.story.id)
    ranked.sort(key=lambda one: (not one.pinned, one.story.id != firsts.get(one.theme)))
    kept = {one.story.id for one in ranked[:most]}
    return tuple(story for story in ids if story in kept)


def _since(recipient: Recipient, slot: datetime) -> datetime:
    """Return since when somebody has missed what was sent: the last edition that they got, or when they came.

    Who wants it less often than weekly and comes new gets the best of one such time.
    """
    if recipient.last_slot is not None:
        return recipient.last_slot
    subscription = recipient.subscription
    came = min(subscription.joined_at or slot, slot)
    if subscription.cadence == Cadence.WEEKLY:
        return came
    return min(came, slot - timedelta(days=_DAYS[subscription.cadence]))


def _not_now(recipient: Recipient, offer: Offer, now: datetime) -> str:
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
        return f"paused until {_day(subscription.paused_until)}"
    if offer.special:
        return _not_beside(subscription)
    return _too_early(subscription, recipient.last_slot, offer.slot)


def _not_beside(subscription: Subscription) -> str:
    if subscription.cadence == Cadence.WEEKLY:
        return ""
    return f"wants it {subscription.cadence}: what a special edition tells comes with their next one"


def _too_early(subscription: Subscription, last: datetime | None, slot: datetime) -> str:
    due = timedelta(days=DAYS_BETWEEN[subscription.cadence])
    if last is None or not last < slot < last + due:
        return ""
    return f"wants it {subscription.cadence}, and it is too early: next due from {_day(last + due)}"


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"
