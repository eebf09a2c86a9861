"""Forms: a rule as the fields of a form, and what a press of a button makes of it.

::

    name, how                    of the segment, and of its rules together
    0.field  0.is  0.value …     the first rule; several values of one field, or some in one, parted by “;”
    1.how  1.0.field …           the second is a group, with rules of its own
    act                          look, save, add:PATH, group:PATH, remove:PATH
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from digest.domain import traits
from digest.stages.roster.cells import joined, listed
from digest.stages.segment.grammar import DAYS
from digest.web.bounds import Fields
from digest.web.desk.segments.parts import GROUPS, Group, Part, Test, added, comparisons, each_test, fitting, removed

#: rules of one segment that the form has; more are written in digest.toml
MOST_RULES = 30
#: groups in groups that the form has
MOST_DEPTH = 4
#: digits of the number of a ten; more of them are none
_TURN_DIGITS = 4
#: what a rule asks about first when it is added
_FIRST = Test(field="tags", compared="in")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A form that was sent."""

    name: str
    root: Group
    #: look or save
    act: str
    #: path of what was just added, so that it gets the focus
    new: str = ""
    #: what could not be done
    trouble: str = ""
    #: ids of the themes that stand first
    first: tuple[str, ...] = ()
    #: of whom it is asked why they are in or out, and whether a button asked it
    who: str = ""
    asks: bool = False
    #: which ten people are shown
    turn: int = 0


def read(fields: Fields) -> Sent:
    """Return what a form says, after what its button does."""
    by: dict[str, list[str]] = {}
    for name, text in fields.pairs():
        by.setdefault(name, []).append(text.strip())
    act, _, path = fields.one("act", "look").partition(":")
    turn = path if act == "ten" else fields.one("ten")
    return replace(
        _done(fields.one("name"), _group(by, "", 0), act, path),
        first=tuple(fields.every("first")),
        who=fields.one("who"),
        asks=act == "why",
        turn=int(turn) if turn.isascii() and turn.isdigit() and len(turn) <= _TURN_DIGITS else 0,
    )


def _done(name: str, root: Group, act: str, path: str) -> Sent:
    """Return a form after what its button does to the rules."""
    if act == "remove":
        return Sent(name=name, root=removed(root, path), act="look")
    if act in ("add", "group"):
        if sum(1 for _ in each_test(root)) >= MOST_RULES:
            words = f"A segment has at most {MOST_RULES} rules here. Give these people a tag, and ask for that."
            return Sent(name=name, root=root, act="look", trouble=words)
        part: Part = _FIRST if act == "add" else Group(how="any", parts=(_FIRST,))
        made = added(root, path, part)
        return Sent(name=name, root=made, act="look", new=_last(made, path) if made != root else "")
    return Sent(name=name, root=root, act="save" if act == "save" else "look")


def shown_values(test: Test) -> str:
    """Return the values of a test as one field holds them."""
    return "; ".join(test.values) if _is_plain(test) else joined(test.values)


def _is_plain(test: Test) -> bool:
    return len(test.values) < 2 or joined(test.values) == ";".join(test.values)


def _group(by: Mapping[str, list[str]], path: str, depth: int) -> Group:
    before = f"{path}." if path else ""
    how = by.get(f"{before}how", ["all"])[-1]
    parts: list[Part] = []
    number = 0
    while (at := f"{before}{number}") and (f"{at}.how" in by or f"{at}.field" in by):
        if f"{at}.field" in by:
            parts.append(_test(by, at))
        elif depth < 20:
            parts.append(_group(by, at, depth + 1))
        number += 1
    return Group(how=how if how in GROUPS else "all", parts=tuple(parts))


def _test(by: Mapping[str, list[str]], at: str) -> Test:
    name = by[f"{at}.field"][-1]
    compared = fitting(name, by.get(f"{at}.is", [""])[-1])
    typed = [one for one in by.get(f"{at}.value", []) if one]
    if compared.endswith("set"):
        return Test(field=name, compared=compared)
    if compared.removeprefix("not ") in ("in", "contains"):
        values = tuple(dict.fromkeys(value for text in typed for value in listed(text)))
    else:
        values = tuple(typed[:1])
    return Test(field=name, compared=compared, values=values)


def _last(root: Group, path: str) -> str:
    at: Part = root
    for step in path.split(".") if path else ():
        at = at.parts[int(step)] if isinstance(at, Group) else at
    last = f"{len(at.parts) - 1}" if isinstance(at, Group) else ""
    return f"{path}.{last}" if path else last


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A rule, or a group of them, as the page shows it."""

    path: str
    #: what is wrong with it
    wrong: str = ""
    is_new: bool = False
    #: of a group
    how: str = ""
    rows: tuple[Row, ...] = ()
    may_nest: bool = False
    #: of a test
    field: str = ""
    compared: str = ""
    comparisons: tuple[tuple[str, str], ...] = ()
    #: text, date, ticks; empty where no value belongs to it
    kind: str = ""
    value: str = ""
    #: id of the list of values that its field offers; empty for none
    known: str = ""
    #: (value, words, chosen)
    ticks: tuple[tuple[str, str, bool], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What fields with fixed values offer: (value, words)."""

    themes: tuple[tuple[str, str], ...]
    cadences: tuple[tuple[str, str], ...]
    #: field -> id of the list of its known values
    known: Mapping[str, str] = field(default_factory=dict)


def row(part: Part, choices: Choices, wrong: Mapping[str, str], new: str = "", path: str = "", depth: int = 0) -> Row:
    """Return a part as the page shows it; wrong: path -> what is wrong."""
    if isinstance(part, Group):
        inner = tuple(
            row(one, choices, wrong, new, f"{path}.{number}" if path else str(number), depth + 1)
            for number, one in enumerate(part.parts)
        )
        return Row(path=path, wrong=wrong.get(path, ""), how=part.how, rows=inner, may_nest=depth < MOST_DEPTH)
    ticks = {"themes": choices.themes, "cadence": choices.cadences}.get(part.field.casefold(), ())
    return Row(
        path=path,
        wrong=wrong.get(path, ""),
        is_new=path == new,
        field=part.field,
        compared=part.compared,
        comparisons=tuple(comparisons(part.field).items()),
        kind="" if not part.asks_for_values else "ticks" if ticks else _kind(part),
        value=shown_values(part),
        known=choices.known.get(part.field, ""),
        ticks=tuple((one, words, one in map(traits.folded, part.values)) for one, words in ticks),
    )


def _kind(test: Test) -> str:
    days = ("before", "after", "not before", "not after")
    is_day = test.field.casefold() in DAYS and test.compared in ("equals", "not equals", *days)
    return "date" if is_day or test.compared in days else "text"
