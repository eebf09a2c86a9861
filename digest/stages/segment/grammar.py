"""Grammar: what is wrong with a rule, and where; what it asks about."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from digest.domain import traits
from digest.domain.model import Cadence
from digest.domain.model.people import SUBSCRIPTION_FIELDS
from digest.stages.segment.rules import COMBINE, LISTS, OPERATORS, named, parted, parts

#: fields that everybody may have, whatever the columns of the file
OWN_FIELDS = ("address", "first_name", "last_name", "tags", *SUBSCRIPTION_FIELDS)
#: those of them that are days
DAYS = ("consent_at", "joined_at")
#: rules in rules: databases stop at some depth, and so does whoever reads it
MOST_DEPTH = 20
#: values that a rule may name altogether
MOST_TESTS = 1_000
#: of one value
MOST_CHARACTERS = 1_000
#: what columns of the file are called, and fields of rules are not
_CALLED = {"email": "address", "e-mail": "address", "tag": "tags", "theme": "themes", "frequency": "cadence"}
_HOW = 'a rule is written in braces, such as { field = "tags", contains = "head" }'

Fault = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """A test of a rule: where it stands, and what it asks for."""

    where: str
    #: as it is compared
    field: str
    #: as they stand in the rule; none for days and for “set”
    values: tuple[str, ...] = ()


def faults(rule: object, where: str = "rule") -> Iterator[Fault]:
    """Yield (path, what is wrong) for each fault of a rule."""
    depth, tests = size(rule)
    if depth > MOST_DEPTH:
        yield where, f"it is nested more than {MOST_DEPTH} deep; most rules need two or three"
    elif tests > MOST_TESTS:
        yield where, f"it names more than {MOST_TESTS:,} values; give these people a tag in the file, and ask for that"
    else:
        yield from _faults(rule, where)


def each_test(rule: Mapping[str, object], where: str = "rule") -> Iterator[Tested]:
    """Yield each test of a rule without faults."""
    combined = next((key for key in COMBINE if key in rule), "")
    if combined == "not":
        yield from each_test(parts([rule["not"]])[0], f"{where}.not")
    elif combined:
        for number, part in enumerate(parts(rule[combined])):
            yield from each_test(part, f"{where}.{combined}.{number}")
    elif rule:
        field, operator, values = parted(rule)
        of_values = operator in ("equals", "in", "contains")
        yield Tested(where=where, field=traits.folded(field), values=values if of_values else ())


def nearest(field: str, known: Iterable[str]) -> str:
    """Return the field of those that are known which somebody may have meant; empty where none is near."""
    near = difflib.get_close_matches(field, sorted({*known, *OWN_FIELDS} - {field}), n=1)
    return near[0] if near else ""


def size(rule: object) -> tuple[int, int]:
    """Return how deep a rule is and how many values it names; it may be deeper than functions may call themselves."""
    depth = tests = 0
    left: list[tuple[object, int]] = [(rule, 1)]
    while left and depth <= MOST_DEPTH:
        part, level = left.pop()
        depth = max(depth, level)
        if not isinstance(part, Mapping):
            continue
        for key, value in part.items():
            if key in COMBINE:
                left += ((one, level + 1) for one in (value if isinstance(value, list | tuple) else [value]))
            elif key != "field":
                tests += len(value) if isinstance(value, list | tuple) else 1
    return depth, tests


def _faults(rule: object, where: str) -> Iterator[Fault]:
    if not isinstance(rule, Mapping):
        yield where, _HOW
        return
    combined = [key for key in COMBINE if key in rule]
    if combined:
        yield from _combined_faults(rule, combined, where)
    elif rule:
        yield from ((where, what) for what in _test_faults(rule))


def _combined_faults(rule: Mapping[str, object], combined: Sequence[str], where: str) -> Iterator[Fault]:
    if len(rule) != 1:
        yield where, f"{combined[0]} stands alone in its braces"
        return
    key = combined[0]
    if key == "not":
        yield from _faults(rule["not"], f"{where}.not")
        return
    several = rule[key]
    if not isinstance(several, Sequence) or isinstance(several, str) or not several:
        yield f"{where}.{key}", "a list of rules is written in brackets"
        return
    for number, part in enumerate(several):
        yield from _faults(part, f"{where}.{key}.{number}")


def _test_faults(rule: Mapping[str, object]) -> Iterator[str]:
    field = rule.get("field")
    operators = [key for key in rule if key != "field"]
    folded = traits.folded(field) if isinstance(field, str) else ""
    if not folded:
        yield 'a test names its field, such as field = "tags"'
    elif folded in _CALLED:
        yield f"“{field}” is called “{_CALLED[folded]}” in rules"
    if len(operators) != 1 or operators[0] not in OPERATORS:
        found = ", ".join(map(str, operators)) or "none"
        near = difflib.get_close_matches(str(operators[0]), OPERATORS, n=1) if len(operators) == 1 else []
        meant = f"; did you mean {near[0]}?" if near else ""
        yield f"a test has one of {', '.join(OPERATORS)} (found: {found}{meant})"
        return
    operator = operators[0]
    value = rule[operator]
    if operator == "set":
        if not isinstance(value, bool):
            yield "set is true or false, without quotes"
    elif operator in ("before", "after"):
        yield from _day_faults(folded, operator, value)
    else:
        yield from _value_faults(folded, operator, value)


def _day_faults(field: str, operator: str, value: object) -> Iterator[str]:
    if field in OWN_FIELDS and field not in DAYS:
        yield f"{operator} is for days such as {' and '.join(DAYS)}, and “{field}” is none"
    if isinstance(value, datetime) or not _is_day(value):
        yield f'{operator} names one day, written year, month, day: {operator} = "2026-11-24"'


def _is_day(value: object) -> bool:
    if isinstance(value, date):
        return True
    try:
        # other ways to write a day, such as 20261124, are none here: days are compared as texts
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _value_faults(field: str, operator: str, value: object) -> Iterator[str]:
    several = value if isinstance(value, list | tuple) else [value]
    if not several:
        yield f"{operator} names nothing"
        return
    if any(isinstance(one, datetime) or not isinstance(one, str | int | float | date) for one in several):
        yield f"{operator} names texts, numbers or days"
        return
    if any(len(one) > MOST_CHARACTERS for one in named(value)):
        yield f"{operator} names a value of more than {MOST_CHARACTERS:,} characters"
    if not all(traits.folded(one) for one in named(value)):
        yield f"{operator} names an empty value; to ask for those who have none, write set = false"
    if operator == "contains" and field not in LISTS:
        yield f"contains is for {' and '.join(LISTS)}; for other fields use equals or in"
    if operator == "equals" and field in LISTS:
        yield f"{field} may be several: use contains, or in for any of those you name"
    elif operator == "equals" and isinstance(value, list | tuple):
        yield "equals names one value; for any of several use in"
    strange = [one for one in named(value) if traits.folded(one) not in tuple(Cadence)]
    if field == "cadence" and strange:
        yield f"“{strange[0]}” is no cadence; there are {', '.join(Cadence)}"
