"""Asking: why somebody is in a segment, or is not: a sentence for each rule, and what keeps mail from them anyway."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from digest.domain import spoken
from digest.domain.model import Newsletter, Recipient, SubscriptionState
from digest.stages import segment as rules
from digest.web.desk.people.standings import CADENCES
from digest.web.desk.segments import parts
from digest.web.desk.segments.naming import named, of_person
from digest.web.desk.segments.parts import Group, Part, Test

#: why somebody gets nothing, by the state of their subscription
_NOTHING = {
    SubscriptionState.PENDING: "They wait for a consent record, or to confirm.",
    SubscriptionState.UNSUBSCRIBED: "They left.",
    SubscriptionState.BOUNCED: "Mail to them came back.",
    SubscriptionState.COMPLAINED: "They reported it as spam.",
    SubscriptionState.ERASED: "They were erased.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A rule, or what begins a group of them, in words."""

    words: str
    #: how many groups it stands in
    depth: int
    is_group: bool = False
    #: of somebody: whether it holds, and what they have of what it asks about
    holds: bool = False
    has: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Why somebody is in, or out."""

    #: empty where nobody of that address is on the list
    person: str
    name: str
    is_in: bool
    #: why they get nothing, whatever the rules say; empty where they do
    nothing: str
    lines: tuple[Line, ...]
    #: name of the segment that counts for them in an edition; empty for none
    counts_as: str


def lines(newsletter: Newsletter, root: Group, somebody: Recipient | None = None) -> tuple[Line, ...]:
    """Return the rules of a segment in words; whether they hold where it is asked of somebody."""
    return tuple(_lines(newsletter, root, somebody, 0))


def why(newsletter: Newsletter, root: Group, somebody: Recipient, now: datetime) -> Why:
    """Say why somebody is in what these rules make, or is not; all of them are whole and without faults."""
    person = somebody.subscriber
    first = next((one.name for one in newsletter.segments if rules.predicate(one.rule)(somebody)), "")
    return Why(
        person=person.id,
        name=f"{person.first_name} {person.last_name}".strip() or person.address,
        is_in=_holds(root, somebody),
        nothing=_nothing(newsletter, somebody, now),
        lines=lines(newsletter, root, somebody),
        counts_as=first,
    )


def _lines(newsletter: Newsletter, part: Part, somebody: Recipient | None, depth: int) -> Iterator[Line]:
    holds = somebody is not None and _holds(part, somebody)
    if isinstance(part, Test):
        has = of_person(newsletter, somebody).get(part.field.casefold(), "") if somebody else ""
        yield Line(words=_in_words(newsletter, part), depth=depth, holds=holds, has=has)
        return
    if not part.parts:
        yield Line(words="No rule: everybody is in it", depth=depth, is_group=True, holds=holds)
        return
    words = parts.GROUPS[part.how]
    # one rule alone needs no heading
    alone = len(part.parts) == 1 and part.how in ("all", "any")
    if not alone:
        yield Line(words=f"{words[:1].upper()}{words[1:]}", depth=depth, is_group=True, holds=holds)
    for one in part.parts:
        yield from _lines(newsletter, one, somebody, depth if alone else depth + 1)


def _in_words(newsletter: Newsletter, test: Test) -> str:
    known = {one.id.casefold(): one.name for one in newsletter.themes} | {str(one): CADENCES[one] for one in CADENCES}
    is_chosen = test.field.casefold() in ("themes", "cadence")
    values = [known.get(one.casefold(), one) if is_chosen else one for one in test.values]
    compared = parts.comparisons(test.field)[test.compared]
    last = "and" if test.compared.endswith("contains") else "or"
    return f"{named(test.field)} {compared} {spoken.listed(values, last)}".rstrip()


def _holds(part: Part, somebody: Recipient) -> bool:
    rule, _ = parts.as_rule(part if isinstance(part, Group) else Group(parts=(part,)))
    return rules.predicate(rule)(somebody)


def _nothing(newsletter: Newsletter, somebody: Recipient, now: datetime) -> str:
    place = somebody.subscription
    if somebody.suppressed:
        return "Their address is kept off."
    if place.state != SubscriptionState.ACTIVE:
        return _NOTHING[place.state]
    if place.paused_until is not None and place.paused_until > now:
        return f"They paused it until {spoken.day(place.paused_until, newsletter.schedule.timezone)}."
    return ""
