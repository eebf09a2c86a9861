"""Segment: who gets an edition, which variant, and in a sentence why not.

A rule is data, as it stands in digest.toml::

    { field = "tags", contains = "head" }         one test
    { all = [rule, rule] }  { any = [rule, …] }   { not = rule }
    {}                                            everybody

Fields are address, first_name, last_name, tags, themes, cadence, and the columns of the file besides.
A new operator is one line in OPERATORS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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

Predicate = Callable[[Recipient], bool]
#: a field's values: one for plain fields, any number for tags and themes
Values = tuple[str, ...]

OPERATORS: Mapping[str, Callable[[Values, Values], bool]] = {
    "equals": lambda mine, named: mine == named,
    "in": lambda mine, named: any(value in named for value in mine),
    "contains": lambda mine, named: all(value in mine for value in named),
    "set": lambda mine, named: bool(mine) == (named == ("true",)),
}
#: fields that hold any number of values; "contains" asks for one of them
LISTS = ("tags", "themes")
_COMBINE = ("all", "any", "not")

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


def faults(rule: object, where: str = "rule") -> Iterator[tuple[str, str]]:
    """Yield (path, what is wrong) for each fault of a rule."""
    if not isinstance(rule, Mapping):
        yield where, 'a rule is written in braces, such as { field = "tags", contains = "head" }'
        return
    if not rule:
        return
    named = [key for key in _COMBINE if key in rule]
    if named:
        yield from _combined_faults(rule, named, where)
        return
    tests = [key for key in rule if key != "field"]
    if not isinstance(rule.get("field"), str):
        yield where, 'a test names its field, such as field = "tags"'
    if len(tests) != 1 or tests[0] not in OPERATORS:
        yield where, f"a test has one of {', '.join(OPERATORS)} (found: {', '.join(map(str, tests)) or 'none'})"
    elif tests[0] == "set" and not isinstance(rule["set"], bool):
        yield where, "set is true or false, without quotes"
    elif rule[tests[0]] in ([], ()):
        yield where, f"{tests[0]} names nothing"
    elif tests[0] == "contains" and rule.get("field") not in LISTS:
        yield where, f"contains is for {' and '.join(LISTS)}; for other fields use equals or in"


def predicate(rule: Mapping[str, object]) -> Predicate:
    """Compile a rule without faults."""
    if not rule:
        return lambda recipient: True
    if "all" in rule:
        return _all([predicate(part) for part in _rules(rule["all"])])
    if "any" in rule:
        return _any([predicate(part) for part in _rules(rule["any"])])
    if "not" in rule:
        inner = predicate(_rules([rule["not"]])[0])
        return lambda recipient: not inner(recipient)
    field = str(rule["field"])
    operator = next(key for key in rule if key != "field")
    named = _as_values(rule[operator])
    test = OPERATORS[operator]
    return lambda recipient: test(values(recipient, field), named)


def values(recipient: Recipient, field: str) -> Values:
    """Return the values of a field of a recipient, case folded; empty where there are none."""
    subscriber, subscription = recipient.subscriber, recipient.subscription
    known: dict[str, Iterable[str]] = {
        "address": (subscriber.address,),
        "first_name": (subscriber.first_name,),
        "last_name": (subscriber.last_name,),
        "tags": subscriber.tags,
        "themes": subscription.themes,
        "cadence": (subscription.cadence,),
    }
    found = known.get(field, (subscriber.fields.get(field, ""),))
    return tuple(value.casefold() for value in found if value)


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


def _combined_faults(rule: Mapping[str, object], named: Sequence[str], where: str) -> Iterator[tuple[str, str]]:
    if len(rule) != 1:
        yield where, f"{named[0]} stands alone in its braces"
        return
    key = named[0]
    if key == "not":
        yield from faults(rule["not"], f"{where}.not")
        return
    parts = rule[key]
    if not isinstance(parts, Sequence) or isinstance(parts, str) or not parts:
        yield f"{where}.{key}", "a list of rules is written in brackets"
        return
    for number, part in enumerate(parts):
        yield from faults(part, f"{where}.{key}.{number}")


def _rules(parts: object) -> list[Mapping[str, object]]:
    assert isinstance(parts, Sequence)
    return [part for part in parts if isinstance(part, Mapping)]


def _all(parts: Sequence[Predicate]) -> Predicate:
    return lambda recipient: all(part(recipient) for part in parts)


def _any(parts: Sequence[Predicate]) -> Predicate:
    return lambda recipient: any(part(recipient) for part in parts)


def _as_values(named: object) -> Values:
    if isinstance(named, Sequence) and not isinstance(named, str):
        return tuple(str(one).casefold() for one in named)
    return (str(named).casefold(),)
