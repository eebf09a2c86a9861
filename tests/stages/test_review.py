from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from digest.domain.model import DateFrom, Finding, Insight, Placement, Severity, Story, Variant, Wording
from digest.stages.review import review
from tests.stages.emails import good

Make = Callable[..., Insight]
NO_WAY_OUT = re.compile(r"\[\[digest:unsubscribe\.[^\]]*\]\]")


def _variant(**changes: Any) -> Variant:
    """The good email, with a subject that every phone shows whole; changes: a function of its HTML or its text, or a
    field's value.
    """
    made = replace(good().variant, subject="What school number 3 learned")
    values = {name: change(getattr(made, name)) if callable(change) else change for name, change in changes.items()}
    return replace(made, **values)


def _told(findings: tuple[Finding, ...]) -> list[tuple[str, Severity]]:
    return [(finding.code, finding.severity) for finding in findings]


def _in_both(words: str) -> Variant:
    """A story's title with these words in it, in both parts."""
    title = "What school number 3 learned on the ferry"
    return _variant(html=lambda page: page.replace(title, words), text=lambda text: text.replace(title, words))


def test_a_sound_variant_has_no_finding() -> None:
    assert review("e", [_variant()], []) == ()


@pytest.mark.parametrize(
    ("changes", "code", "severity"),
    [
        (
            {"html": lambda page: NO_WAY_OUT.sub("https://a.example/leave", page)},
            "review.unsubscribe",
            Severity.MUST_MEND,
        ),
        (
            {"text": lambda text: NO_WAY_OUT.sub("https://a.example/leave", text)},
            "review.unsubscribe",
            Severity.MUST_MEND,
        ),
        ({"people": 0}, "review.nobody", Severity.LOOK_AT),
        (
            {"html": lambda page: page.replace("</body>", '<a href="https://a.example/"> </a></body>')},
            "lint.accessibility.link-name",
            Severity.MUST_MEND,
        ),
        (
            {"html": lambda page: page.replace("</body>", '<a href="">w</a></body>')},
            "lint.links.empty",
            Severity.MUST_MEND,
        ),
        ({"html": lambda page: page + f"<!--{'x' * 60_000}-->"}, "lint.size.long", Severity.LOOK_AT),
        ({"html": lambda page: page + f"<!--{'é' * 50_001}-->"}, "lint.size.clipped", Severity.MUST_MEND),
        ({"html": lambda page: page + f"<!--{'é' * 20_000}-->"}, "lint.size.encoded", Severity.LOOK_AT),
    ],
)
def test_each_fault_of_the_bytes_is_found(changes: dict[str, Any], code: str, severity: Severity) -> None:
    made = review("e", [_variant(), _variant(slug="odd", **changes)], [])
    assert (code, severity) in _told(made)
    first = next(finding for finding in made if finding.code == code)
    assert first.where.startswith("e, odd")
    assert first.why
    assert first.mend


def test_what_must_be_mended_comes_first(insight: Make) -> None:
    unsure = Placement(
        story=Story(lead=insight("A bus")), theme="place", reasons=("x", "Heads is nearly as likely"), check=True
    )
    cut = _variant(text=lambda text: NO_WAY_OUT.sub("https://a.example/leave", text))
    made = review("e", [_variant(people=0), cut], [unsure], {"place": "Place"})
    assert _told(made) == [
        ("review.unsubscribe", Severity.MUST_MEND),
        ("review.nobody", Severity.LOOK_AT),
        ("review.theme", Severity.LOOK_AT),
    ]
    assert "“A bus” stands under “Place”: Heads is nearly as likely" in made[-1].what


def test_what_all_variants_share_is_said_once() -> None:
    def broken(page: str) -> str:
        return page.replace("</body>", "<p style='text-align:justify'>Words</p></body>")

    variants = [_variant(slug=f"heads-{n}", html=broken) for n in range(4)]
    (found,) = review("e", variants, [])
    assert found.where.startswith("e, heads-0, line ")
    assert found.where.endswith("(and in 3 more variants)")


@pytest.mark.parametrize(
    "title", ["{{ first_name }}", "{% if %}", "*|FNAME|*", "[[digest:first_name.:wrong]]", "Lorem ipsum, a history"]
)
def test_what_a_source_wrote_is_shown_and_blocks_nothing(title: str) -> None:
    told = _told(review("e", [_in_both(title)], []))
    assert told
    assert {severity for _, severity in told} == {Severity.LOOK_AT}


def test_slots_are_looked_at_as_they_will_be_filled() -> None:
    assert "[[digest:unsubscribe." in good().variant.html
    assert "[[digest:first_name." in good().variant.text
    strange = _variant(html=lambda page: page.replace("digest:first_name.", "digest:frist_name."))
    assert _told(review("e", [strange], [])) == [("lint.content.slot", Severity.LOOK_AT)]


def test_a_sure_placement_is_no_finding(insight: Make) -> None:
    sure = Placement(story=Story(lead=insight("A bus")), theme="place", reasons=("x",))
    assert review("e", [_variant()], [sure]) == ()


def test_a_subject_that_small_phones_cut_is_shown_as_it_is_left_there() -> None:
    whole = _variant(subject="x" * 35)
    cut = [
        _variant(slug=slug, subject="What school number 3 learned on the ferry") for slug in ("heads-all", "rest-all")
    ]
    (found,) = review("e", [whole, *cut], [])
    assert (found.code, found.severity, found.about) == ("review.subject", Severity.LOOK_AT, "subject")
    assert found.where == "e, heads-all, rest-all"
    assert "35 of 41 characters" in found.what
    assert "“What school number 3 learned on th…”" in found.what


def test_a_story_without_a_date_is_told_until_staff_date_it(insight: Make) -> None:
    seen = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    bus = replace(insight("A bus"), date_from=DateFrom.FIRST_SEEN, first_seen=seen)
    undated = Placement(story=Story(lead=bus), theme="place", reasons=("x",))
    (found,) = review("e", [_variant()], [undated], zone="Europe/Athens")
    assert (found.code, found.severity) == ("review.date", Severity.LOOK_AT)
    assert found.what == "“A bus” has no date: it was found on 24 November."
    assert found.about == f"story/{bus.id}/published"
    dated = replace(undated, wording=Wording(published=seen))
    assert review("e", [_variant()], [dated]) == ()
