from __future__ import annotations

import itertools
import random
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from digest.domain.model import Cadence, Recipient, Subscriber, Subscription, SubscriptionState
from digest.stages.segment import each_test, faults, nearest, predicate, sentence

DAY = datetime(2026, 3, 19, 9, tzinfo=UTC)
THEMES = {"early-years": "Early Years", "lead": "Leadership", "place": "Place and community"}


def who(**changes: Any) -> Recipient:
    person = {key: changes.pop(key) for key in ("address", "first_name", "tags", "fields") if key in changes}
    usual = {"state": SubscriptionState.ACTIVE, "consent_source": "sign-up form", "consent_at": DAY}
    return Recipient(
        subscriber=Subscriber(id="p", **({"address": "p@Example.org"} | person)),
        subscription=Subscription(newsletter="n", **(usual | changes)),
    )


AMARA = who(
    first_name="Amara",
    tags=("head", "North"),
    fields={"role": "Head", "role_since": "2024-09-01", "hired": "24/11/2024", "street": "Hauptstraße"},
    themes=("lead",),
)


def tags(value: object) -> dict[str, object]:
    return {"field": "tags", "contains": value}


def equals(field: str, value: object) -> dict[str, object]:
    return {"field": field, "equals": value}


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ({}, True),
        (equals("first_name", "amara"), True),
        (equals("First_Name", "AMARA"), True),
        (equals("first_name", "Amar"), False),
        (equals("address", "P@EXAMPLE.ORG"), True),
        (equals("street", "HAUPTSTRASSE"), True),
        ({"field": "role", "in": ["Trustee", "HEAD"]}, True),
        ({"field": "role", "in": ["trustee"]}, False),
        ({"field": "role", "in": [*"abcdefgh", "HEAD"]}, True),
        ({"field": "role", "in": [*"abcdefgh", "hea"]}, False),
        ({"field": "phone", "in": [*"abcdefgh", "head"]}, False),
        (tags("North"), True),
        (tags("nor"), False),
        (tags(["north", "head"]), True),
        (tags(["north", "south"]), False),
        ({"field": "tags", "in": ["south", "head"]}, True),
        ({"field": "tags", "in": [*"abcdefgh", "head"]}, True),
        ({"field": "themes", "contains": "lead"}, True),
        (equals("cadence", "Weekly"), True),
        (equals("consent_at", date(2026, 3, 19)), True),
        ({"field": "consent_at", "before": "2026-03-20"}, True),
        ({"field": "consent_at", "before": "2026-03-19"}, False),
        ({"field": "consent_at", "after": date(2026, 3, 18)}, True),
        ({"field": "consent_at", "after": date(2026, 3, 19)}, False),
        ({"field": "role_since", "before": "2026-01-01"}, True),
        # no day, no date as it is compared, or none at all: neither before nor after
        ({"field": "joined_at", "before": "2999-01-01"}, False),
        ({"field": "joined_at", "after": "1000-01-01"}, False),
        ({"field": "hired", "before": "2999-01-01"}, False),
        ({"field": "hired", "after": "1000-01-01"}, False),
        ({"field": "role", "set": True}, True),
        ({"field": "role", "set": False}, False),
        ({"field": "phone", "set": True}, False),
        ({"field": "phone", "set": False}, True),
        ({"all": [tags("head"), tags("north")]}, True),
        ({"all": [tags("head"), tags("south")]}, False),
        ({"all": [tags("head"), tags("north"), equals("role", "head")]}, True),
        ({"any": [tags("south"), tags("head")]}, True),
        ({"any": [tags("south"), tags("west")]}, False),
        ({"any": [tags("south"), equals("cadence", "weekly")]}, True),
        ({"not": tags("south")}, True),
        ({"not": {"any": [{"not": tags("head")}, {"field": "role", "set": False}]}}, True),
    ],
)
def test_a_rule_holds_who_it_says(rule: dict[str, object], holds: bool) -> None:
    assert list(faults(rule)) == []
    assert predicate(rule)(AMARA) is holds


def test_a_column_never_hides_what_is_the_programs_own() -> None:
    forged = who(fields={"tags": "head", "cadence": "monthly", "Address": "x@example.org"})
    for rule in (tags("head"), equals("cadence", "monthly"), equals("address", "x@example.org")):
        assert not predicate(rule)(forged)


def test_a_value_that_looks_like_another_field_is_none() -> None:
    forged = who(fields={"note": "x\x1etags\x1fhead\x1e"}, first_name="\x1etags\x1fhead\x1e")
    assert not predicate(tags("head"))(forged)


def nested(depth: int) -> dict[str, object]:
    rule: dict[str, object] = tags("head")
    for _ in range(depth - 1):
        rule = {"not": rule}
    return rule


@pytest.mark.parametrize(
    ("rule", "path", "says"),
    [
        ("head", "rule", "braces"),
        ([], "rule", "braces"),
        ({"equals": "x"}, "rule", "names its field"),
        ({"field": 5, "equals": "x"}, "rule", "names its field"),
        ({"field": "", "equals": "x"}, "rule", "names its field"),
        ({"field": "tags"}, "rule", "found: none"),
        ({"field": "tags", "like": "x"}, "rule", "found: like"),
        ({"field": "role", "equal": "x"}, "rule", "did you mean equals?"),
        ({"field": "tags", "contain": "x"}, "rule", "did you mean contains?"),
        ({"field": "tags", "contains": "x", "in": ["y"]}, "rule", "found: contains, in"),
        ({"field": "role", "contains": "x"}, "rule", "use equals or in"),
        ({"field": "tags", "equals": "x"}, "rule", "use contains, or in"),
        ({"field": "role", "equals": ["x", "y"]}, "rule", "for any of several use in"),
        ({"field": "email", "equals": "x"}, "rule", "is called “address”"),
        ({"field": "role", "equals": ""}, "rule", "write set = false"),
        ({"field": "role", "in": ["x", "\x1e"]}, "rule", "write set = false"),
        ({"field": "role", "in": []}, "rule", "names nothing"),
        ({"field": "role", "equals": {"x": 1}}, "rule", "texts, numbers or days"),
        ({"field": "role", "equals": DAY}, "rule", "texts, numbers or days"),
        ({"field": "role", "equals": "x" * 1001}, "rule", "1,000 characters"),
        ({"field": "cadence", "in": ["weekly", "daily"]}, "rule", "“daily” is no cadence"),
        ({"field": "role", "set": "true"}, "rule", "without quotes"),
        ({"field": "role", "set": 1}, "rule", "without quotes"),
        ({"field": "since", "before": "24/11/2026"}, "rule", 'before = "2026-11-24"'),
        ({"field": "since", "after": "20261124"}, "rule", "year, month, day"),
        ({"field": "since", "after": "2026-02-30"}, "rule", "year, month, day"),
        ({"field": "since", "after": ["2026-02-03"]}, "rule", "one day"),
        ({"field": "since", "after": DAY}, "rule", "one day"),
        ({"field": "tags", "before": "2026-11-24"}, "rule", "“tags” is none"),
        ({"any": []}, "rule.any", "in brackets"),
        ({"all": tags("x")}, "rule.all", "in brackets"),
        ({"any": "x"}, "rule.any", "in brackets"),
        ({"any": [{}], "all": [{}]}, "rule", "stands alone"),
        ({"not": {}, "field": "tags"}, "rule", "stands alone"),
        ({"not": ["x"]}, "rule.not", "braces"),
        ({"all": [{}, {"not": {"any": [{"field": "x"}]}}]}, "rule.all.1.not.any.0", "found: none"),
        (nested(21), "rule", "more than 20 deep"),
        (nested(100_000), "rule", "more than 20 deep"),
        ({"any": [tags(["x"] * 500), tags(["y"] * 501)]}, "rule", "more than 1,000 values"),
    ],
)
def test_a_fault_of_a_rule_is_told_with_its_path(rule: object, path: str, says: str) -> None:
    ((where, what),) = faults(rule)
    assert where == path
    assert says in what


@pytest.mark.parametrize("rule", [nested(20), {"any": [tags(["x"] * 500), tags(["y"] * 500)]}])
def test_a_rule_may_be_as_large_as_is_said(rule: dict[str, object]) -> None:
    assert list(faults(rule)) == []
    assert predicate(rule)(AMARA) in (True, False)


def test_every_fault_of_a_rule_is_told() -> None:
    assert [where for where, _ in faults({"any": [{"field": "a"}, "b", {"not": 1}]})] == [
        "rule.any.0",
        "rule.any.1",
        "rule.any.2.not",
    ]


def test_each_test_of_a_rule_is_told_with_where_it_stands() -> None:
    rule = {
        "all": [tags(["a", "b"]), {"not": {"field": "Tags", "in": ["c"]}}, {"field": "Since", "before": DAY.date()}]
    }
    assert [(one.where, one.field, one.values) for one in each_test(rule)] == [
        ("rule.all.0", "tags", ("a", "b")),
        ("rule.all.1.not", "tags", ("c",)),
        ("rule.all.2", "since", ()),
    ]
    assert list(each_test({})) == []


@pytest.mark.parametrize(
    ("field", "known", "meant"),
    [
        ("regoin", ["region", "role"], "region"),
        ("tag", [], "tags"),
        ("xyz", ["region"], ""),
        ("region", ["region"], ""),
    ],
)
def test_the_field_that_somebody_may_have_meant_is_known(field: str, known: list[str], meant: str) -> None:
    assert nearest(field, known) == meant


SOUTH_WEST, WEEKLY = equals("region", "South West"), equals("cadence", "weekly")
EARLY_YEARS = {"field": "themes", "contains": "early-years"}
SENTENCES: list[tuple[dict[str, Any], str]] = [
    ({}, "everybody"),
    ({"not": {}}, "nobody"),
    ({"any": [{}, tags("head")]}, "everybody"),
    ({"all": [{"not": {}}, tags("head")]}, "nobody"),
    (tags("head"), "heads"),
    (tags("Deputy headteacher"), "deputy headteachers"),
    (tags("early-years"), "people tagged early-years"),
    (tags("gold and silver"), "people tagged “gold and silver”"),
    (tags(["head", "north"]), "heads tagged north"),
    (tags(["head", "governor"]), "heads who are also governors"),
    ({"field": "tags", "in": ["head", "teacher", "governor"]}, "heads, teachers or governors"),
    ({"field": "tags", "in": ["north", "south"]}, "people tagged north or south"),
    ({"not": tags("head")}, "people who are not heads"),
    ({"not": tags("north")}, "people not tagged north"),
    ({"not": tags(["head", "north"])}, "people not tagged with all of head and north"),
    ({"field": "tags", "set": False}, "people without a tag"),
    (SOUTH_WEST, "people in the South West"),
    (equals("region", "Wales"), "people in Wales"),
    ({"any": [equals("region", "North coast"), equals("region", "London")]}, "people in the North coast or London"),
    ({"not": SOUTH_WEST}, "people not in the South West"),
    (EARLY_YEARS, "people who chose Early Years"),
    ({"field": "themes", "contains": ["PLACE", "lead"]}, "people who chose “Place and community” and Leadership"),
    ({"not": EARLY_YEARS}, "people who did not choose Early Years"),
    ({"field": "themes", "set": False}, "people who chose no themes"),
    (WEEKLY, "people who want it weekly"),
    ({"not": WEEKLY}, "people who do not want it weekly"),
    ({"all": [tags("teacher"), SOUTH_WEST, EARLY_YEARS, WEEKLY]},
     "teachers in the South West who chose Early Years, weekly"),
    ({"all": [tags("teacher"), {"not": WEEKLY}]}, "teachers, not weekly"),
    (equals("role", "Headteacher"), "people whose role is Headteacher"),
    ({"field": "job_title", "in": ["Head", "Clerk", "Chair of governors"]},
     "people whose job title is Head, Clerk or “Chair of governors”"),
    ({"not": equals("role", "Clerk")}, "people whose role is not Clerk"),
    ({"field": "phone", "set": True}, "people whose phone is known"),
    ({"not": {"field": "phone", "set": True}}, "people whose phone is not known"),
    (equals("phone", "known"), "people whose phone is “known”"),
    ({"field": "role_since", "before": "2024-09-01"}, "people whose role since is before 1 September 2024"),
    ({"field": "consent_at", "before": date(2024, 11, 24)}, "people who agreed before 24 November 2024"),
    ({"not": {"field": "joined_at", "after": "2026-01-01"}}, "people who did not join after 1 January 2026"),
    (equals("consent_source", "sign-up form"), "people who agreed by sign-up form"),
    ({"any": [tags("head"), tags("teacher"), tags("early-years")]}, "heads, teachers or people tagged early-years"),
    ({"any": [{"field": "tags", "in": ["head", "teacher"]}, EARLY_YEARS]},
     "heads, teachers or people who chose Early Years"),
    ({"any": [tags("head"), {"all": [tags("teacher"), SOUTH_WEST]}]}, "either heads, or teachers in the South West"),
    ({"all": [{"any": [tags("head"), tags("teacher")]}, SOUTH_WEST]}, "heads or teachers in the South West"),
    ({"not": {"any": [tags("head"), tags("teacher")]}}, "people who are not heads and who are not teachers"),
    ({"not": {"all": [tags("head"), SOUTH_WEST]}}, "everybody except heads in the South West"),
    ({"all": [tags("teacher"), WEEKLY, {"not": {"all": [SOUTH_WEST, EARLY_YEARS]}}]},
     "teachers who want it weekly, except people in the South West who chose Early Years"),
    ({"all": [SOUTH_WEST, {"any": [tags("head"), EARLY_YEARS]}]},
     "people in the South West who are (heads or people who chose Early Years)"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "words"), SENTENCES, ids=[words for _, words in SENTENCES])
def test_a_rule_is_said_in_plain_english(rule: dict[str, Any], words: str) -> None:
    assert list(faults(rule)) == []
    assert sentence(rule, THEMES) == words


LEAVES: list[dict[str, Any]] = [
    tags("head"), tags("teacher"), tags("north"), tags(["head", "north"]), {"field": "tags", "set": True},
    {"field": "tags", "in": ["teacher", "north"]}, SOUTH_WEST, {"field": "region", "in": ["South West", "Wales"]},
    equals("role", "head"), equals("role", "known"), {"field": "role", "set": True}, EARLY_YEARS,
    {"field": "themes", "in": ["early-years", "lead"]}, {"field": "themes", "contains": ["early-years", "lead"]},
    WEEKLY, {"field": "cadence", "in": ["weekly", "monthly"]}, {},
]  # fmt: skip


def _combined(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    pairs = [{key: [*pair]} for pair in itertools.permutations(rules, 2) for key in ("all", "any")]
    return [*rules, *({"not": rule} for rule in rules), *pairs]


def _every_rule() -> list[dict[str, Any]]:
    small = _combined(_combined([tags("head"), tags("teacher"), SOUTH_WEST, EARLY_YEARS, WEEKLY]))
    dice = random.Random(8)
    large = [_random_rule(dice, 3) for _ in range(3_000)]
    for _ in range(3_000):
        large.append({dice.choice(["all", "any"]): dice.sample(small, 2)})
    return [*small, *large]


def _random_rule(dice: random.Random, depth: int) -> dict[str, Any]:
    kind = dice.choice(["leaf", "leaf", "all", "any", "not"]) if depth else "leaf"
    if kind == "leaf":
        return dice.choice(LEAVES)
    if kind == "not":
        return {"not": _random_rule(dice, depth - 1)}
    return {kind: [_random_rule(dice, depth - 1) for _ in range(dice.choice([1, 2, 2, 3]))]}


def _everybody() -> list[Recipient]:
    chosen = [(), ("early-years",), ("lead",), ("early-years", "lead")]
    tagged = [some for size in range(4) for some in itertools.combinations(("head", "teacher", "north"), size)]
    regions, roles = ("", "South West", "Wales"), ("", "head", "known")
    made = [
        who(tags=some, fields={"region": region, "role": role}, themes=themes, cadence=cadence)
        for some, region, role, themes, cadence in itertools.product(tagged, regions, roles, chosen, Cadence)
    ]
    # as read from the database: making the texts anew for each rule takes a hundred times as long
    return [replace(one, stored_traits=one.traits) for one in made]


def test_no_sentence_has_two_meanings() -> None:
    told: dict[str, dict[str, dict[str, Any]]] = {}
    for rule in _every_rule():
        told.setdefault(sentence(rule, THEMES), {})[repr(rule)] = rule
    people = _everybody()
    several = [list(rules.values()) for rules in told.values() if len(rules) > 1]
    assert len(several) > 400
    for rules in several:
        first, *others = [predicate(rule) for rule in rules[:6]]
        for rule, other in zip(rules[1:], others, strict=False):
            wrong = next((one for one in people if first(one) != other(one)), None)
            assert wrong is None, (sentence(rule, THEMES), rules[0], rule)
