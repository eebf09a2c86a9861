"""Wording: a rule in plain English, such as “teachers in the South West who chose Early Years, weekly”.

A sentence is about somebody – people, or heads and teachers where their tags say so – with what is said of them: where
they are, how they are tagged, what they chose, how often they want it. What cannot be said in one go is “either …, or
…”, “except …” and brackets, so that no sentence has two meanings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from digest.domain import spoken, traits
from digest.stages.segment.rules import parted, parts

_WORDS_FOR_PEOPLE = """
assistant carer chair childminder clerk coach colleague coordinator councillor counsellor director donor editor educator
employer engineer executive founder friend fundraiser funder governor graduate head headteacher inspector journalist
leader learner lecturer librarian manager mayor member mentor minister nurse officer parent partner practitioner
principal professor psychologist pupil researcher speaker specialist sponsor student subscriber supporter teacher
therapist trainee trainer trustee tutor volunteer
"""
_OUR_WORDS = """
after all and any before both by chose choose either everybody except in is it known neither no nobody none nor not of
on or people tagged tag the want who whose with without
"""
#: tags that say who people are, and have a plural; the last word of “deputy headteacher” counts
PEOPLE = frozenset(_WORDS_FOR_PEOPLE.split())
#: a place of such words alone is “the South West”
_WITH_THE = re.compile(r"(?:(?:north|south|east|west|midlands|coast|highlands|islands|uk)[ -]?)+", re.IGNORECASE)
#: a value that is read as one thing without marks around it
_PLAIN = re.compile(r"[^\W_]+(?:[ -][^\W_]+)*")
#: words of the sentences themselves: a value that has one stands in marks
_OURS = frozenset(_OUR_WORDS.split())
#: where the usual “whose … is …” would read oddly: before a day, after it, on it
_DATED = {"consent_at": ("agreed", "agree"), "joined_at": ("joined", "join")}

Names = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Told:
    """One thing that is said of people."""

    #: noun (who they are), where (also how they are tagged), who (all that begins with that), often, either, except,
    #: nobody
    kind: str
    words: str = ""
    #: of “either” and “except”: what is said of each of these people
    inner: tuple[Sequence[_Told], ...] = field(default=())


def sentence(rule: Mapping[str, object], themes: Names) -> str:
    """Return in words who is in the segment of a rule without faults; themes: id -> name of those there are."""
    folded = {traits.folded(theme): name for theme, name in themes.items()}
    return _phrase(list(_told(rule, folded)), whole=True)


def _told(rule: Mapping[str, object], themes: Names, holds: bool = True) -> Iterator[_Told]:
    """Yield what is said of people by a rule: that it holds, or that it does not."""
    if "not" in rule:
        yield from _told(parts([rule["not"]])[0], themes, not holds)
    elif "any" in rule and holds:
        yield from _either(parts(rule["any"]), themes)
    elif "all" in rule and not holds and len(parts(rule["all"])) > 1:
        yield from _except(list(_told(rule, themes)))
    elif "all" in rule or "any" in rule:
        # that none of them holds is said of each
        for part in parts(rule["all"] if "all" in rule else rule["any"]):
            yield from _told(part, themes, holds)
    elif rule:
        yield from _of_test(*parted(rule), themes, holds)
    elif not holds:
        yield _Told("nobody")


def _except(inner: Sequence[_Told]) -> Iterator[_Told]:
    if not inner:
        yield _Told("nobody")
    elif not any(one.kind == "nobody" for one in inner):
        yield _Told("except", inner=(inner,))


def _either(rules: Sequence[Mapping[str, object]], themes: Names) -> Iterator[_Told]:
    joined = _joined(_flat(rules))
    if len(joined) > 1:
        # “heads, teachers or people who …” reads better than a list inside a list
        joined = [one for rule in joined for one in _apart(rule)]
    phrases = [list(_told(rule, themes)) for rule in joined]
    if not all(phrases):
        # one of them is everybody
        return
    phrases = [phrase for phrase in phrases if not any(one.kind == "nobody" for one in phrase)]
    if not phrases:
        yield _Told("nobody")
    elif len(phrases) == 1:
        yield from phrases[0]
    else:
        yield _Told("either", inner=tuple(phrases))


def _flat(rules: Sequence[Mapping[str, object]]) -> Iterator[Mapping[str, object]]:
    for rule in rules:
        if "any" in rule:
            yield from _flat(parts(rule["any"]))
        else:
            yield rule


def _joined(rules: Iterator[Mapping[str, object]]) -> list[Mapping[str, object]]:
    """Make one test of those that ask one field for one of several values."""
    joined: dict[object, list[str]] = {}
    found: list[Mapping[str, object]] = []
    for rule in rules:
        name, operator, values = parted(rule) if "field" in rule else ("", "", ())
        if operator in ("equals", "in") or (operator == "contains" and len(values) == 1):
            if name not in joined:
                joined[name] = []
                found.append({"field": name, "in": joined[name]})
            joined[name] += values
        else:
            found.append(rule)
    return found


def _apart(rule: Mapping[str, object]) -> list[Mapping[str, object]]:
    if "field" not in rule or traits.folded(str(rule["field"])) != "tags" or "in" not in rule:
        return [rule]
    return [{"field": "tags", "contains": value} for value in parted(rule)[2]]


def _phrase(told: Sequence[_Told], *, whole: bool = False) -> str:
    """Return all that is said of some people; whole: nothing follows, so that it may end with “, weekly”."""
    by: dict[str, list[str]] = {kind: [] for kind in ("noun", "where", "who", "often")}
    for one in told:
        by.setdefault(one.kind, []).append(one.words)
    eithers, excepts = ([one for one in told if one.kind == kind] for kind in ("either", "except"))
    if "nobody" in by:
        return "nobody"
    if len(told) == len(eithers) == 1:
        return _alternatives(eithers[0])
    who = [f"who are also {noun}" for noun in by["noun"][1:]] + by["who"]
    ends = whole and len(by["often"]) == 1 and len(told) > 1 and not eithers and not excepts
    if not ends:
        who += [_wanting(one) for one in by["often"]]
    who += [f"who are ({_alternatives(one)})" for one in eithers]
    somebody = by["noun"][0] if by["noun"] else "people" if by["where"] or who else "everybody"
    words = " ".join([somebody, *_and(by["where"]), *_and(who)])
    for one in excepts:
        words += f"{'' if words == 'everybody' else ','} except {_bracketed(_phrase(one.inner[0]))}"
    return f"{words}, {by['often'][0]}" if ends else words


def _alternatives(either: _Told) -> str:
    phrases = [_bracketed(_phrase(told)) for told in either.inner]
    if all(len(told) == 1 for told in either.inner):
        return spoken.listed(phrases, "or")
    return f"either {', or '.join(phrases)}"


def _bracketed(phrase: str) -> str:
    """Set a phrase in brackets that could run into what stands beside it."""
    return f"({phrase})" if "," in phrase or " or " in phrase or " except " in phrase else phrase


def _of_test(name: str, operator: str, values: Sequence[str], themes: Names, holds: bool) -> Iterator[_Told]:
    folded = traits.folded(name)
    if operator == "set":
        yield _set(folded, holds == (values[0] == "true"))
    elif operator in ("before", "after"):
        yield _Told("who", _dated(folded, f"{operator} {_day(values[0])}", holds))
    elif folded == "tags":
        yield from _tags(values, operator, holds)
    elif folded == "themes":
        chosen = [_marked(themes.get(traits.folded(value), value)) for value in values]
        both = "both " if len(chosen) == 2 and not holds and operator == "contains" else ""
        those = both + spoken.listed(chosen, "and" if operator == "contains" else "or")
        yield _Told("who", f"who chose {those}" if holds else f"who did not choose {those}")
    elif folded == "cadence":
        yield _Told("often", _not(holds) + spoken.listed([traits.folded(value) for value in values], "or"))
    elif folded == "region":
        yield _Told("where", f"{_not(holds)}in {spoken.listed([_place(value) for value in values], 'or')}")
    else:
        yield _Told("who", _valued(folded, values, holds))


def _tags(values: Sequence[str], operator: str, holds: bool) -> Iterator[_Told]:
    several = len(values) > 1
    if several and (operator == "contains") == holds:
        # all of them, or none of them
        for value in values:
            yield from _tags([value], "contains", holds)
        return
    if several and not holds:
        yield _Told("where", f"not tagged with all of {spoken.listed([_marked(value) for value in values], 'and')}")
        return
    nouns = [noun for noun in map(_plural, values) if noun]
    others = [_marked(value) for value in values if not _plural(value)]
    who = (
        _Told("noun", spoken.listed(nouns, "or"))
        if holds
        else _Told("who", f"who are not {spoken.listed(nouns, 'or')}")
    )
    tagged = _Told("where", f"{_not(holds)}tagged {spoken.listed(others, 'or')}")
    if nouns and others:
        alone = [(_Told("noun", noun),) for noun in nouns]
        yield _Told("either", inner=(*alone, (tagged,)))
    else:
        yield who if nouns else tagged


def _set(name: str, there: bool) -> _Told:
    if name == "tags":
        return _Told("where", "with a tag" if there else "without a tag")
    if name == "themes":
        return _Told("who", "who chose themes" if there else "who chose no themes")
    return _Told("who", f"whose {_name(name)} is {_not(there)}known")


def _valued(name: str, values: Sequence[str], holds: bool) -> str:
    if name in _DATED and len(values) == 1 and re.fullmatch(r"\d{4}-\d{2}-\d{2}", values[0], re.ASCII):
        return _dated(name, f"on {_day(values[0])}", holds)
    those = spoken.listed([_marked(value) for value in values], "or")
    if name == "consent_source":
        return f"who agreed by {those}" if holds else f"who did not agree by {those}"
    return f"whose {_name(name)} is {_not(holds)}{those}"


def _dated(name: str, when: str, holds: bool) -> str:
    if name not in _DATED:
        return f"whose {_name(name)} is {_not(holds)}{when}"
    did, do = _DATED[name]
    return f"who {did} {when}" if holds else f"who did not {do} {when}"


def _wanting(often: str) -> str:
    unwanted = often.removeprefix("not ")
    return f"who want it {often}" if unwanted == often else f"who do not want it {unwanted}"


def _not(holds: bool) -> str:
    return "" if holds else "not "


def _plural(tag: str) -> str:
    """Return what people with a tag are; empty where it says something else of them."""
    folded = traits.folded(tag)
    return f"{folded}s" if re.split("[ -]", folded)[-1] in PEOPLE and _PLAIN.fullmatch(folded) else ""


def _place(value: str) -> str:
    return f"the {value}" if _WITH_THE.fullmatch(value) else _marked(value)


def _day(value: str) -> str:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return _marked(value)
    return f"{day.day} {day:%B %Y}"


def _name(name: str) -> str:
    return {"consent_at": "day of consent", "joined_at": "day of joining"}.get(name) or _marked(name.replace("_", " "))


def _marked(value: str) -> str:
    """Return a value as it stands in a sentence: in marks where it would not be read as one thing."""
    plain = _PLAIN.fullmatch(value) and _OURS.isdisjoint(re.split("[ -]", value.casefold()))
    return value if plain else f"“{value}”"


def _and(words: Sequence[str]) -> list[str]:
    return [" and ".join(words)] if words else []
