"""Parts: a rule as a person builds it, of groups and tests; made of what digest.toml says, and turned into it.

Every rule of digest.toml can be said so. What is “not” there is a comparison or a kind of group here::

    { not = { field = "region", equals = "London" } }    Region · is not · London
    { not = { any = [rule, rule] } }                     none of these
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from digest.domain import traits
from digest.stages.segment.grammar import DAYS
from digest.stages.segment.rules import LISTS, parted
from digest.stages.segment.rules import parts as rules_of

#: kind of a group -> its words
GROUPS: Mapping[str, str] = {
    "all": "all of these",
    "any": "any of these",
    "none": "none of these",
    "not all": "not all of these",
}
#: comparison -> operator of the rule, and whether it must not hold
_OPERATORS: Mapping[str, tuple[str, bool]] = {
    "equals": ("equals", False),
    "not equals": ("equals", True),
    "in": ("in", False),
    "not in": ("in", True),
    "contains": ("contains", False),
    "not contains": ("contains", True),
    "before": ("before", False),
    "not before": ("before", True),
    "after": ("after", False),
    "not after": ("after", True),
    "set": ("set", False),
    "not set": ("set", True),
}
_TEXT = {
    "equals": "is",
    "in": "is one of",
    "not equals": "is not",
    "not in": "is none of",
    "set": "is known",
    "not set": "is not known",
    "before": "is a day before",
    "after": "is a day after",
    "not before": "is no day before",
    "not after": "is no day after",
}
_LIST = {
    "contains": "has all of",
    "in": "has any of",
    "not contains": "does not have all of",
    "not in": "has none of",
    "set": "has any at all",
    "not set": "has none at all",
}
_CADENCE = {"in": "is", "not in": "is not"}
_DAY = {
    "before": "is before",
    "after": "is after",
    "equals": "is on",
    "not before": "is not before",
    "not after": "is not after",
    "not equals": "is not on",
    "set": "is known",
    "not set": "is not known",
}
#: what comes nearest where a field does not know a comparison
_NEAREST = {"equals": "in", "contains": "in", "not equals": "not in", "not contains": "not in"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """A field, a comparison and values."""

    field: str
    #: a key of _OPERATORS
    compared: str
    values: tuple[str, ...] = ()

    @property
    def asks_for_values(self) -> bool:
        """Tell whether values belong to the comparison."""
        return not self.compared.endswith("set")

    @property
    def is_whole(self) -> bool:
        """Tell whether nothing of it is missing."""
        return bool(self.field) and (bool(self.values) or not self.asks_for_values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rules together: all of them hold, any, none, or not all."""

    how: str = "all"
    parts: tuple[Part, ...] = field(default=())


Part = Group | Test


def comparisons(name: str) -> Mapping[str, str]:
    """Return the comparisons of a field, with their words."""
    folded = traits.folded(name)
    if folded in LISTS:
        return _LIST
    if folded == "cadence":
        return _CADENCE
    return _DAY if folded in DAYS else _TEXT


def fitting(name: str, compared: str) -> str:
    """Return a comparison as a field knows it: the nearest, or its first."""
    known = comparisons(name)
    if compared in known:
        return compared
    nearest = _NEAREST.get(compared, "")
    return nearest if nearest in known else next(iter(known))


def of_rule(rule: Mapping[str, object]) -> Group:
    """Return a rule without faults as a group."""
    part = _part(rule, holds=True)
    return part if isinstance(part, Group) else Group(parts=(part,))


def as_rule(root: Group) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the rule of a group whose tests are whole; and where in it, as faults name it, which part stands."""
    where: dict[str, str] = {}
    if len(root.parts) == 1 and root.how in ("all", "any"):
        # one test alone needs no list around it
        where["rule"] = ""
        return _rule(root.parts[0], "0", "rule", where), where
    return (_rule(root, "", "rule", where) if root != Group() else {}), where


def whole(group: Group) -> Group:
    """Return a group without tests that something is missing of, and without groups that are empty for it."""
    kept: list[Part] = []
    for part in group.parts:
        if isinstance(part, Test):
            kept += [part] if part.is_whole else []
        elif (made := whole(part)).parts or not part.parts:
            kept.append(made)
    return Group(how=group.how, parts=tuple(kept))


def each_test(group: Group, at: str = "") -> Iterator[tuple[str, Test]]:
    """Yield each test with its path: 0, 1.2 …"""
    for path, part in _each(group, at):
        if isinstance(part, Test):
            yield path, part
        else:
            yield from each_test(part, path)


def empty_groups(group: Group, at: str = "") -> Iterator[str]:
    """Yield the paths of groups inside a group that hold nothing."""
    for path, part in _each(group, at):
        if isinstance(part, Group):
            yield from empty_groups(part, path) if part.parts else [path]


def added(group: Group, path: str, part: Part) -> Group:
    """Return a group with one part more in the group at a path."""
    if not path:
        return Group(how=group.how, parts=(*group.parts, part))
    return _with(group, path, lambda inner: added(inner, "", part) if isinstance(inner, Group) else inner)


def removed(group: Group, path: str) -> Group:
    """Return a group without the part at a path."""
    return _with(group, path, lambda _: None)


def _with(group: Group, path: str, change: Any) -> Group:
    first, _, rest = path.partition(".")
    made: list[Part] = []
    for number, part in enumerate(group.parts):
        if str(number) != first:
            made.append(part)
            continue
        new = change(part) if not rest else _with(part, rest, change) if isinstance(part, Group) else part
        made += [new] if new is not None else []
    return Group(how=group.how, parts=tuple(made))


def _each(group: Group, at: str) -> Iterator[tuple[str, Part]]:
    for number, part in enumerate(group.parts):
        yield (f"{at}.{number}" if at else str(number)), part


def _part(rule: Mapping[str, object], *, holds: bool) -> Part:
    if "not" in rule:
        return _part(rules_of([rule["not"]])[0], holds=not holds)
    if "all" in rule or "any" in rule:
        kind = "all" if "all" in rule else "any"
        inner = tuple(_part(one, holds=True) for one in rules_of(rule[kind]))
        return Group(how=kind if holds else {"all": "not all", "any": "none"}[kind], parts=inner)
    if not rule:
        return Group(how="all" if holds else "not all")
    name, operator, values = parted(rule)
    if operator == "set":
        return Test(field=name, compared="set" if (values == ("true",)) == holds else "not set")
    if operator == "in" and traits.folded(name) in DAYS:
        # a form asks for one day at a time
        return Group(how="any" if holds else "none", parts=tuple(_of(name, "equals", (one,)) for one in values))
    return _of(name, operator if holds else f"not {operator}", values)


def _of(name: str, compared: str, values: tuple[str, ...]) -> Test:
    return Test(field=name, compared=fitting(name, compared), values=values)


def _rule(part: Part, path: str, where: str, told: dict[str, str]) -> dict[str, Any]:
    told[where] = path
    if isinstance(part, Group):
        return _rule_of_group(part, path, where, told)
    operator, denied = _OPERATORS[part.compared]
    if operator == "set":
        return {"field": part.field, "set": not denied}
    if denied:
        told[f"{where}.not"] = path
    if traits.folded(part.field) == "cadence" and len(part.values) == 1:
        # as people write it by hand
        operator = "equals"
    one = len(part.values) == 1 and operator != "in"
    test = {"field": part.field, operator: part.values[0] if one else list(part.values)}
    return {"not": test} if denied else test


def _rule_of_group(group: Group, path: str, where: str, told: dict[str, str]) -> dict[str, Any]:
    denied = group.how in ("none", "not all")
    kind = "all" if group.how in ("all", "not all") else "any"
    inside = f"{where}.not" if denied else where
    told[inside] = path
    if not group.parts:
        # all of no rules is everybody
        made: dict[str, Any] = {} if kind == "all" else {"not": {}}
        return {"not": made} if denied else made
    several = [
        _rule(part, at, f"{inside}.{kind}.{number}", told) for number, (at, part) in enumerate(_each(group, path))
    ]
    return {"not": {kind: several}} if denied else {kind: several}


def values_named(root: Group) -> int:
    """Return how many values a rule names altogether."""
    return sum(len(test.values) for _, test in each_test(root))


def fields_of(root: Group) -> Sequence[str]:
    """Return the fields that a rule asks about, in their order."""
    return list(dict.fromkeys(traits.folded(test.field) for _, test in each_test(root)))
