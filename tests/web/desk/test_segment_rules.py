"""A rule of digest.toml, as a form, and back: it means the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import Request

from digest.domain.model import Recipient
from digest.stages.segment import faults, predicate
from digest.web.bounds import Fields
from digest.web.desk.segments import parts
from digest.web.desk.segments.forms import MOST_RULES, Choices, Row, read, row
from digest.web.desk.segments.parts import Group, added, as_rule, each_test, empty_groups, of_rule, removed, whole
from tests.store.test_segments import RULES, SUBSCRIBERS, SUBSCRIPTIONS

CHOICES = Choices(
    themes=(("nursery", "Nursery"), ("maths", "Maths")), cadences=(("weekly", "Weekly"), ("monthly", "Once a month"))
)


def fields(pairs: list[tuple[str, str]]) -> Fields:
    return Fields(Request({"type": "http", "headers": []}), pairs)


def sent(root: Row) -> list[tuple[str, str]]:
    """Return what a browser sends of a form."""
    before = f"{root.path}." if root.path else ""
    found = [(f"{before}how", root.how)]
    for one in root.rows:
        if one.how:
            found += sent(one)
            continue
        found += [(f"{one.path}.field", one.field), (f"{one.path}.is", one.compared)]
        if one.kind == "ticks":
            found += [(f"{one.path}.value", value) for value, _, chosen in one.ticks if chosen]
        elif one.kind:
            found.append((f"{one.path}.value", one.value))
    return found


@settings(max_examples=50)
@given(rule=RULES, people=st.lists(st.tuples(SUBSCRIBERS, SUBSCRIPTIONS), min_size=1, max_size=4))
def test_every_rule_of_the_file_can_be_built_and_means_the_same(rule: dict[str, Any], people: list[Any]) -> None:
    made, where = as_rule(of_rule(rule))
    assert not list(faults(made))
    assert set(where.values()) >= {path for path, _ in each_test(of_rule(rule))}
    for subscriber, subscription in people:
        somebody = Recipient(subscriber=subscriber, subscription=subscription)
        assert predicate(made)(somebody) == predicate(rule)(somebody)


@pytest.mark.parametrize("denied", [False, True])
def test_one_of_several_days_stays_one_of_them(denied: bool) -> None:
    several: dict[str, Any] = {"field": "joined_at", "in": ["2026-11-24", "2026-11-25"]}
    made, _ = as_rule(of_rule({"not": several} if denied else several))
    days = [{"field": "joined_at", "equals": day} for day in ("2026-11-24", "2026-11-25")]
    assert made == ({"not": {"any": days}} if denied else {"any": days})


WORDS = st.sampled_from(["head", "South West", "a-b", "O'Neil", "x y"])
SEVERAL = st.lists(WORDS, min_size=1, unique=True).map(tuple)


def compared(field: str, *ways: str, values: st.SearchStrategy[Any] = SEVERAL) -> st.SearchStrategy[parts.Test]:
    return st.builds(parts.Test, field=st.just(field), compared=st.sampled_from(ways), values=values)


PLAIN = st.one_of(
    compared("region", "equals", "not equals", values=st.tuples(WORDS)),
    compared("tags", "in", "not in", "contains", "not contains"),
    compared("themes", "in", values=st.just(("nursery",))),
    compared("cadence", "not in", values=st.just(("weekly", "monthly"))),
    compared("role", "set", "not set", values=st.just(())),
    compared("joined_at", "before", "not after", values=st.just(("2026-11-24",))),
)
SOME = st.lists(PLAIN, max_size=3).map(tuple)
GROUPS = st.recursive(
    st.builds(Group, how=st.sampled_from(["all", "any", "none", "not all"]), parts=SOME),
    lambda inner: st.builds(
        Group, how=st.just("any"), parts=st.lists(PLAIN | inner, min_size=1, max_size=3).map(tuple)
    ),
    max_leaves=4,
)


@settings(max_examples=50)
@given(root=GROUPS)
def test_what_a_browser_sends_of_the_form_is_the_rule_on_it(root: Group) -> None:
    assert read(fields([*sent(row(root, CHOICES, {})), ("act", "look")])).root == root


ONE = parts.Test(field="region", compared="equals", values=("London",))
TWO = parts.Test(field="tags", compared="in", values=("head",))


def test_rules_and_groups_are_added_and_removed_by_buttons() -> None:
    form = [("how", "all"), ("0.field", "region"), ("0.is", "equals"), ("0.value", "London"), ("1.how", "any")]
    more = read(fields([*form, ("act", "add:1")]))
    assert [path for path, _ in each_test(more.root)] == ["0", "1.0"]
    assert (more.act, more.new) == ("look", "1.0")
    assert read(fields([*form, ("act", "group:")])).new == "2"
    assert read(fields([*form, ("act", "remove:0")])).root == Group(parts=(Group(how="any"),))
    assert read(fields([*form, ("act", "remove:1")])).root == Group(parts=(ONE,))
    for act in ("remove:7", "remove:0.0", "remove:", "remove:x", "add:9", "what", ""):
        assert ONE in read(fields([*form, ("act", act)])).root.parts, act


def test_there_are_not_more_rules_than_a_form_can_bear() -> None:
    form = [
        (f"{number}.{name}", text) for number in range(MOST_RULES) for name, text in (("field", "role"), ("is", "set"))
    ]
    found = read(fields([*form, ("act", "add:")]))
    assert len(found.root.parts) == MOST_RULES
    assert "at most" in found.trouble


def test_a_form_that_nests_without_end_is_read_to_some_depth() -> None:
    form = [(f"{'0.' * depth}how", "any") for depth in range(100)]
    assert read(fields(form)).root.parts


def test_what_is_not_whole_is_left_out_of_what_is_looked_at() -> None:
    half = parts.Test(field="tags", compared="in")
    assert whole(Group(parts=(ONE, half))) == Group(parts=(ONE,))
    assert whole(Group(parts=(ONE, Group(how="any", parts=(half,))))) == Group(parts=(ONE,))
    assert list(empty_groups(Group(parts=(ONE, Group(parts=(Group(),)))))) == ["1.0"]
    assert whole(Group()) == Group()


@pytest.mark.parametrize(
    ("root", "rule"),
    [
        (Group(), {}),
        (Group(how="not all"), {"not": {}}),
        (Group(parts=(ONE,)), {"field": "region", "equals": "London"}),
        (Group(how="any", parts=(ONE,)), {"field": "region", "equals": "London"}),
        (Group(how="none", parts=(ONE,)), {"not": {"any": [{"field": "region", "equals": "London"}]}}),
        (
            Group(parts=(ONE, TWO)),
            {"all": [{"field": "region", "equals": "London"}, {"field": "tags", "in": ["head"]}]},
        ),
    ],
)
def test_a_rule_is_written_as_somebody_would_by_hand(root: Group, rule: dict[str, Any]) -> None:
    assert as_rule(root)[0] == rule


def test_parts_are_found_by_their_path() -> None:
    root = Group(parts=(ONE, Group(how="any", parts=(TWO,))))
    assert added(root, "1", ONE).parts[1] == Group(how="any", parts=(TWO, ONE))
    assert removed(root, "1.0").parts[1] == Group(how="any")
