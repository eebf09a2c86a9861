"""Rules: who is in a segment, as data in digest.toml::

    { field = "tags", contains = "head" }         one test
    { all = [rule, rule] }  { any = [rule, …] }   { not = rule }
    {}                                            everybody

Fields are address, first_name, last_name, tags, themes, cadence, and the columns of the file besides.
A new operator is one line in OPERATORS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from digest.domain.model import Recipient

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
