"""Rules: who is in a segment, as data in digest.toml::

    { field = "tags", contains = "head" }         one test
    { all = [rule, rule] }  { any = [rule, …] }   { not = rule }
    {}                                            everybody

Each test becomes questions about the two texts of traits that lie beside a person (domain/traits.py). The same
questions are asked here, by Python, and in store/segments.py, by the database.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

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
#: questions that stay compiled: a page asks those of each segment again for everybody whom it makes up
_KEPT = 100
_PERSON, _PLACE = "person", "place"


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

    def held(recipient: Recipient) -> bool:
        person, place = recipient.stored_traits or recipient.traits
        return holds(person, place)

    return held


@lru_cache(maxsize=_KEPT)
def judge(question: Question) -> Judge:
    """Compile a question into one function, which takes a third of the time of functions that call each other."""
    called: dict[str, Judge] = {}
    texts = [ast.arg(_PERSON), ast.arg(_PLACE)]
    arguments = ast.arguments(posonlyargs=[], args=texts, kwonlyargs=[], kw_defaults=[], defaults=[])
    tree = ast.Expression(ast.Lambda(args=arguments, body=_expression(question, called)))
    code = compile(ast.fix_missing_locations(tree), "rule", "eval")
    # no text is read as a program: what a rule names stands in the tree as a constant, and no built-in has a name
    compiled: Judge = eval(code, {"__builtins__": {}, **called})  # noqa: S307
    return compiled


def _expression(question: Question, called: dict[str, Judge]) -> ast.expr:
    """Return a question as an expression; called: gets the functions that it calls, by name."""
    match question:
        case Holds(of_subscription=of_subscription, piece=piece):
            text = ast.Name(_PLACE if of_subscription else _PERSON, ast.Load())
            return ast.Compare(left=ast.Constant(piece), ops=[ast.In()], comparators=[text])
        case Not(part=part):
            return ast.UnaryOp(op=ast.Not(), operand=_expression(part, called))
        case Every(parts=several):
            return _row(ast.And(), [_expression(part, called) for part in several], none=True)
        case Some(parts=several):
            return _row(ast.Or(), [_expression(part, called) for part in several], none=False)
        case Among() | Lies():
            name = f"value_{len(called)}"
            called[name] = _value_judge(question) if isinstance(question, Among) else _day_judge(question)
            given: list[ast.expr] = [ast.Name(_PERSON, ast.Load()), ast.Name(_PLACE, ast.Load())]
            return ast.Call(func=ast.Name(name, ast.Load()), args=given, keywords=[])


def _row(operator: ast.boolop, several: list[ast.expr], *, none: bool) -> ast.expr:
    if len(several) > 1:
        return ast.BoolOp(op=operator, values=several)
    return several[0] if several else ast.Constant(none)


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
