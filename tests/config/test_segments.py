from __future__ import annotations

from dataclasses import replace

import pytest

from digest.bundle import STARTER
from digest.config import FILE, parse
from digest.config.segments import MOST_SEGMENTS, MOST_VALUES, faults
from digest.domain.model import Newsletter, Segment, Theme

STARTED = parse((STARTER / FILE).read_text(encoding="utf8")).newsletters[0]


def _newsletter(*rules: dict[str, object]) -> Newsletter:
    segments = tuple(Segment(id=f"s{number}", name="S", rule=rule) for number, rule in enumerate(rules))
    return replace(STARTED, segments=segments, themes=(Theme(id="early-years", name="Early Years"),))


@pytest.mark.parametrize(
    ("rule", "path", "mend"),
    [
        ({"field": "themes", "contains": "early-yeers"}, ("rule",), "Did you mean “early-years”?"),
        (
            {"all": [{}, {"not": {"field": "Themes", "in": ["early-years", "x"]}}]},
            ("rule", "all", 1, "not"),
            "It is one",
        ),
        ({"any": [{"field": "tags", "like": "x"}]}, ("rule", "any", 0), "See docs/segments.md."),
    ],
)
def test_a_fault_of_a_rule_is_told_with_its_path(rule: dict[str, object], path: tuple[object, ...], mend: str) -> None:
    ((where, _, how),) = faults(_newsletter(rule), ("newsletters", 0))
    assert where == ("newsletters", 0, "segments", 0, *path)
    assert how.startswith(mend)


def test_a_rule_may_ask_for_a_theme_in_capitals_or_whether_there_is_one() -> None:
    rules = ({"field": "themes", "contains": "EARLY-YEARS"}, {"field": "themes", "set": True})
    assert list(faults(_newsletter(*rules), ())) == []


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ([{}] * MOST_SEGMENTS, False),
        ([{}] * (MOST_SEGMENTS + 1), True),
        ([{"field": "role", "in": ["x"] * 1_000}] * (MOST_VALUES // 1_000), False),
        ([{"field": "role", "in": ["x"] * 1_000}] * (MOST_VALUES // 1_000) + [{"field": "x", "set": True}], True),
    ],
)
def test_more_segments_than_can_be_counted_in_one_look_are_told(rules: list[dict[str, object]], told: bool) -> None:
    assert [where for where, _, _ in faults(_newsletter(*rules), ())] == ([("segments",)] if told else [])
