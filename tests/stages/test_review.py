from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from digest.domain.model import Finding, Insight, Placement, Severity, Story, Variant
from digest.stages.review import review

Make = Callable[..., Insight]
LINK = "[[digest:unsubscribe.:abc]]"


def _variant(**fields: Any) -> Variant:
    usual = {
        "slug": "heads-all",
        "segment": "heads",
        "subject": "s",
        "preheader": "p",
        "html": f'<p><a href="{LINK}">Unsubscribe</a></p>',
        "text": f"Unsubscribe: {LINK}",
        "sha256": "",
        "stories": ("a",),
        "people": 3,
    }
    return Variant(**(usual | fields))


def _told(findings: tuple[Finding, ...]) -> list[tuple[str, Severity]]:
    return [(finding.code, finding.severity) for finding in findings]


def test_a_sound_variant_has_no_finding() -> None:
    assert review("e", [_variant()], []) == ()


@pytest.mark.parametrize(
    ("fields", "code", "severity"),
    [
        ({"html": "<p>bye</p>"}, "review.unsubscribe", Severity.MUST_MEND),
        ({"text": "bye"}, "review.unsubscribe", Severity.MUST_MEND),
        ({"people": 0}, "review.nobody", Severity.LOOK_AT),
        (
            {"html": f'<p><a href="{LINK}">x</a><a href="https://a.example/"> </a></p>'},
            "review.link",
            Severity.MUST_MEND,
        ),
        ({"html": f'<p><a href="{LINK}">x</a><a href="">words</a></p>'}, "review.link", Severity.MUST_MEND),
        ({"html": f'<p><a href="{LINK}">x</a>{"x" * 80_001}</p>'}, "review.size", Severity.LOOK_AT),
        ({"html": f'<p><a href="{LINK}">x</a>{"é" * 50_001}</p>'}, "review.size", Severity.MUST_MEND),
    ],
)
def test_each_fault_of_the_bytes_is_found(fields: dict[str, Any], code: str, severity: Severity) -> None:
    made = review("e", [_variant(), _variant(slug="odd", **fields)], [])
    assert _told(made) == [(code, severity)]
    assert made[0].where == "e, odd"
    assert made[0].why
    assert made[0].mend


def test_what_must_be_mended_comes_first(insight: Make) -> None:
    unsure = Placement(
        story=Story(lead=insight("A bus")), theme="place", reasons=("x", "Heads is nearly as likely"), check=True
    )
    made = review("e", [_variant(people=0), _variant(text="bye")], [unsure])
    assert _told(made) == [
        ("review.unsubscribe", Severity.MUST_MEND),
        ("review.nobody", Severity.LOOK_AT),
        ("review.theme", Severity.LOOK_AT),
    ]
    assert "“A bus” stands under place: Heads is nearly as likely" in made[-1].what


def test_a_sure_placement_is_no_finding(insight: Make) -> None:
    sure = Placement(story=Story(lead=insight("A bus")), theme="place", reasons=("x",))
    assert review("e", [_variant()], [sure]) == ()
