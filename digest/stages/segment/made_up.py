"""Made up: somebody for whom a segment's rule holds, so that people can look at what such a reader gets.

A rule is turned round: instead of asking whether somebody has a tag or a field, it says which they would have. What
comes of that is asked the rule itself, and only somebody who would truly be in the segment is returned.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from digest.domain import traits
from digest.domain.model import Recipient, Segment
from digest.stages.segment.rules import parted, parts, predicate

#: (field, value) pairs that somebody would have
_Wanted = tuple[tuple[str, str], ...]

#: ways to fulfil a rule that are tried, and of each of its parts
_MOST_TRIED, _MOST_OF_A_PART = 2_000, 50
#: a value that nobody's rule names
_SOMETHING = "made up"
_DAYS = ("consent_at", "joined_at")
_A_DAY = "2021-09-01"


def made_up(segments: Sequence[Segment], wanted: str, like: Recipient) -> Recipient | None:
    """Return somebody like `like`, with tags and fields besides, of whom this segment is the first that holds them.

    wanted: the segment's id. Their name, themes and cadence stay. None where nobody like them is found.
    """
    ids = [one.id for one in segments]
    holds = [predicate(one.rule) for one in segments]
    place = ids.index(wanted)
    others: list[Mapping[str, object]] = [{"not": one.rule} for one in segments[:place]]
    # the segment's own rule comes last, so that its ways are tried first
    for pairs in itertools.islice(_ways({"all": [*others, segments[place].rule]}, True), _MOST_TRIED):
        found = _with(like, pairs)
        if next((number for number, held in enumerate(holds) if held(found)), None) == place:
            return found
    return None


def _ways(rule: Mapping[str, object], so: bool) -> Iterator[_Wanted]:
    """Yield what somebody would have for whom a rule holds, or does not."""
    if "not" in rule:
        yield from _ways(parts([rule["not"]])[0], not so)
    elif "all" in rule or "any" in rule:
        several = parts(rule["all"] if "all" in rule else rule["any"])
        if ("all" in rule) == so:
            each = [list(itertools.islice(_ways(part, so), _MOST_OF_A_PART)) for part in several]
            yield from (tuple(itertools.chain(*chosen)) for chosen in itertools.product(*each))
        else:
            yield from itertools.chain.from_iterable(_ways(part, so) for part in several)
    elif not rule:
        yield from [()] if so else []
    else:
        field, operator, values = parted(rule)
        yield from _ways_of_test(traits.folded(field), operator, values, so)


def _ways_of_test(field: str, operator: str, values: tuple[str, ...], so: bool) -> Iterator[_Wanted]:
    anything = ((field, _A_DAY if field in _DAYS else _SOMETHING),)
    if operator == "set":
        yield anything if (values == ("true",)) == so else ()
    elif operator in ("before", "after"):
        day = date.fromisoformat(values[0])
        step = timedelta(days=-1 if operator == "before" else 1)
        # who has no such day is neither before nor after
        yield from [((field, (day + step).isoformat()),)] if so else [(), ((field, day.isoformat()),)]
    elif not so:
        yield from [(), anything]
    elif operator == "contains":
        yield tuple((field, value) for value in values)
    else:
        yield from (((field, value),) for value in values)


def _with(like: Recipient, pairs: _Wanted) -> Recipient:
    """Return somebody with these tags and fields; name, address, themes and cadence stay, whatever is asked for."""
    person, place = like.subscriber, like.subscription
    for field, value in pairs:
        if field == "tags":
            person = replace(person, tags=tuple(dict.fromkeys((*person.tags, value))))
        elif field in _DAYS:
            moment = datetime.combine(date.fromisoformat(value), time(12), UTC)
            place = replace(place, consent_at=moment) if field == "consent_at" else replace(place, joined_at=moment)
        elif field == "consent_source":
            place = replace(place, consent_source=value)
        elif field not in ("themes", "cadence", "address", "first_name", "last_name"):
            person = replace(person, fields={**person.fields, field: value})
    return replace(like, subscriber=person, subscription=place)
