"""Rules: who is in a segment, as data in digest.toml::

    { field = "tags", contains = "head" }         one test
    { all = [rule, rule] }  { any = [rule, …] }   { not = rule }
    {}                                            everybody

Each test becomes questions about the two texts of traits that lie beside a person (domain/traits.py). The same
questions are asked here, by Python, and in store/segments.py, by the database.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from digest.domain import traits
from digest.domain.model import Recipient
from digest.domain.model.people import SUBSCRIPTION_FIELDS

Predicate = Callable[[Recipient], bool]
#: a subscriber's traits and a subscription's -> whether the rule holds
Judge = Callable[[str, str], bool]

OPERATORS = ("equals", "in", "contains", "before", "after", "set")
COMBINE = ("all", "any", "not")
#: fields that hold any number of values
LISTS = ("tags", "themes")
#: values that are looked for one by one; of more, the field's value is looked up among them
FEW = 8
#: a day, and the separator after it
DAY = re.compile(rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}{traits.RECORD}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Holds:
    """Whether a text of traits holds a piece."""

    #: the subscription's text, and not the subscriber's
    of_subscription: bool
    piece: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Among:
    """Whether a field is one of many values; of several values of its own the first counts."""

    of_subscription: bool
    #: what stands before the value
    beginning: str
    #: as they are compared
    values: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lies:
    """Whether a field is a day before another, or after it; of several values the first counts."""

    of_subscription: bool
    #: what stands before the value
    beginning: str
    before: bool
    #: as 2026-11-24, with the separator after it
    day: str


@dataclass(frozen=True, slots=True)
class Every:
    """Whether all of these hold; of none, yes."""

    parts: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """Whether one of these holds; of none, no."""

    parts: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Whether this does not hold."""

    part: Question


Question = Holds | Among | Lies | Every | Some | Not


def asked(rule: Mapping[str, object]) -> Question:
    """Return what a rule without faults asks of somebody's traits."""
    if "all" in rule:
        return Every(tuple(asked(part) for part in parts(rule["all"])))
    if "any" in rule:
        return Some(tuple(asked(part) for part in parts(rule["any"])))
    if "not" in rule:
        return Not(asked(parts([rule["not"]])[0]))
    return _tested(*parted(rule)) if rule else Every(())


def predicate(rule: Mapping[str, object]) -> Predicate:
    """Compile a rule without faults."""
    holds = judge(asked(rule))
    return lambda recipient: holds(*recipient.traits)


def judge(question: Question) -> Judge:
    """Compile a question."""
    match question:
        case Holds(of_subscription=False, piece=piece):
            return lambda person, place: piece in person
        case Holds(piece=piece):
            return lambda person, place: piece in place
        case Among():
            return _value_judge(question)
        case Lies():
            return _day_judge(question)
        case Not(part=part):
            inner = judge(part)
            return lambda person, place: not inner(person, place)
        case Every(parts=several):
            return _all([judge(part) for part in several])
        case Some(parts=several):
            return _some(several)


def parted(rule: Mapping[str, object]) -> tuple[str, str, tuple[str, ...]]:
    """Return field, operator and values of a test, as they are written."""
    operator = next(key for key in rule if key != "field")
    return str(rule["field"]), operator, named(rule[operator])


def named(value: object) -> tuple[str, ...]:
    """Return the values that a test names, as texts."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(written(one) for one in value)
    return (written(value),)


def written(value: object) -> str:
    """Return a value of digest.toml as a text: a day as 2026-11-24."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)


def parts(rules: object) -> list[Mapping[str, object]]:
    """Return the rules of a list that has no faults."""
    assert isinstance(rules, Sequence)
    return [part for part in rules if isinstance(part, Mapping)]


def _tested(field: str, operator: str, values: tuple[str, ...]) -> Question:
    of_subscription = traits.folded(field) in SUBSCRIPTION_FIELDS
    if operator == "set":
        there = Holds(of_subscription=of_subscription, piece=traits.beginning(field))
        return there if values == ("true",) else Not(there)
    if operator in ("before", "after"):
        return Lies(
            of_subscription=of_subscription,
            beginning=traits.beginning(field),
            before=operator == "before",
            day=values[0] + traits.RECORD,
        )
    if operator == "in" and len(values) > FEW and traits.folded(field) not in LISTS:
        return Among(
            of_subscription=of_subscription,
            beginning=traits.beginning(field),
            values=frozenset(map(traits.folded, values)),
        )
    pieces = tuple(Holds(of_subscription=of_subscription, piece=traits.trait(field, value)) for value in values)
    if len(pieces) == 1:
        return pieces[0]
    return Every(pieces) if operator == "contains" else Some(pieces)


def _all(judges: Sequence[Judge]) -> Judge:
    if len(judges) == 2:
        first, second = judges
        return lambda person, place: first(person, place) and second(person, place)

    def every(person: str, place: str) -> bool:
        for one in judges:  # noqa: SIM110 (a generator for each person would take twice as long)
            if not one(person, place):
                return False
        return True

    return every


def _some(several: Sequence[Question]) -> Judge:
    # most often several values of one field: then no function is called for each
    pieces = [part.piece for part in several if isinstance(part, Holds) and not part.of_subscription]
    if len(pieces) == len(several):
        return _any_piece(pieces)
    judges = [judge(part) for part in several]

    def some(person: str, place: str) -> bool:
        for one in judges:  # noqa: SIM110
            if one(person, place):
                return True
        return False

    return some


def _any_piece(pieces: Sequence[str]) -> Judge:
    def some(person: str, place: str) -> bool:
        for piece in pieces:  # noqa: SIM110
            if piece in person:
                return True
        return False

    return some


def _value_judge(question: Among) -> Judge:
    beginning, values = question.beginning, question.values

    def among(person: str, place: str) -> bool:
        text = place if question.of_subscription else person
        at = text.find(beginning)
        if at < 0:
            return False
        start = at + len(beginning)
        return text[start : text.index(traits.RECORD, start)] in values

    return among


def _day_judge(question: Lies) -> Judge:
    beginning, day = question.beginning, question.day

    def lies(person: str, place: str) -> bool:
        text = place if question.of_subscription else person
        at = text.find(beginning)
        if at < 0:
            return False
        start = at + len(beginning)
        value = text[start : start + len(day)]
        return DAY.fullmatch(value) is not None and (value < day if question.before else value > day)

    return lies
