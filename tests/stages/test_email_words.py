"""The email as its readers read it: every line of words, in the order in which they stand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from lxml import html as markup

from digest.config import load
from digest.domain.model import OTHER, Brand, Insight, Newsletter, Placement, Story
from digest.jobs.press import brand_values
from digest.stages import layout, render, words
from tests.conftest import ROOT

Make = Callable[..., Insight]
LOADED = load(ROOT)
BRAND: Brand = LOADED.workspace.brand
NEWSLETTER: Newsletter = replace(LOADED.workspace.newsletters[0], why="")
TEMPLATES = render.Templates(LOADED.template)
GOLDEN = ROOT / "tests" / "golden" / "words"


def _email(insight: Make, brand: Brand = BRAND, stories: int = 6, correction: str = "", number: int = 12) -> list[str]:
    themes = [NEWSLETTER.themes[0].id, NEWSLETTER.themes[1].id, OTHER]
    placements = [
        Placement(
            story=Story(
                lead=insight(f"Story {n}", "What it says. " * 20, id=f"s{n}", source="harbour-schools"),
                also=() if n else (insight("Told again", source="field-notes"), insight("And again", source="gone")),
            ),
            theme=themes[min(n // 2, 2)],
            reasons=("x",),
        )
        for n in range(stories)
    ]
    say = words.speaking(brand.language, brand.words)
    values = brand_values(brand)
    made = layout.lay_out(
        placements,
        NEWSLETTER,
        slot=datetime(2026, 11, 24, 8, tzinfo=UTC),
        number=number,
        introduction="",
        correction=correction,
        brand=values,
        say=say,
        links=layout.Links(
            web_version="https://w.example/",
            subscribe="https://s.example/",
            unsubscribe="https://u.example/",
            preferences="https://p.example/",
        ),
    )
    return [render.html(made, values, say, TEMPLATES), render.text(made, values, say, TEMPLATES)]


def _read(page: str) -> str:
    """The words of an HTML email, an element with words of its own a line."""
    (role,) = markup.fromstring(page).xpath("//body")
    parts = role.xpath(".//p | .//h1 | .//h2 | .//h3 | .//td[not(.//p or .//h1 or .//h2 or .//td)][.//a]")
    lines = [" ".join(str(part.xpath("string()")).split()) for part in parts]
    return "\n".join(line for line in lines if line) + "\n"


@pytest.mark.parametrize("language", ["en", "cy"])
def test_the_email_reads_like_this(insight: Make, language: str) -> None:
    page, text = _email(insight, replace(BRAND, language=language), correction="The bus leaves at ten.")
    assert text == (GOLDEN / f"{language}.txt").read_text(encoding="utf8")
    assert _read(page) == (GOLDEN / f"{language}.html.txt").read_text(encoding="utf8")
    assert {one.get("lang") for one in markup.fromstring(page).xpath("//*[@lang]")} == {language}


@pytest.mark.parametrize(
    ("stories", "said"), [(1, "1 stori · Amser darllen: 1 munud"), (6, "6 stori · Amser darllen: 2 funud")]
)
def test_a_welsh_edition_says_how_many_stories_there_are(insight: Make, stories: int, said: str) -> None:
    for part in _email(insight, replace(BRAND, language="cy"), stories):
        assert f"Rhif 12 · 24 Tachwedd 2026 · {said}" in part


def test_the_number_of_the_edition_stands_in_both_parts(insight: Make) -> None:
    for part in _email(insight, number=4711):
        assert "No. 4711 · 24 November 2026" in part


HOSTILE = "<script>x</script> \" ' & {{ 7*7 }} {% raw %} </td> ]]> --> \\u{a0}"


@pytest.mark.parametrize("key", [key for key in words.CATALOGUES["en"].words if key != "date"])
def test_hostile_words_of_ones_own_are_only_words(insight: Make, key: str) -> None:
    usual, usual_text = _email(insight, correction="Sorry.")
    page, text = _email(insight, replace(BRAND, words={key: HOSTILE}), correction="Sorry.")
    before, after = ([one.tag for one in markup.fromstring(part).iter()] for part in (usual, page))
    assert before == after
    # what this edition does not say, such as another month, is in neither part
    assert (HOSTILE in _read(page)) == (page != usual)
    assert (HOSTILE.upper() in " ".join(text.upper().split())) == (text != usual_text)


def test_a_correction_stands_above_everything_else_that_is_said(insight: Make) -> None:
    page, text = _email(insight, correction="The bus <leaves> at ten & not at “nine”.\n\nWe are sorry.")
    lines = _read(page).splitlines()
    at = lines.index("Correction")
    assert lines[at + 1 : at + 3] == ["The bus <leaves> at ten & not at “nine”.", "We are sorry."]
    assert lines[at + 3].startswith("Top story")
    assert "&lt;leaves&gt; at ten &amp; not" in page
    assert "\nCORRECTION\n" in text
    assert "\nThe bus <leaves> at ten & not at “nine”.\n\nWe are sorry.\n" in text
    assert text.index("We are sorry.") < text.index("TOP STORY")


def test_without_a_correction_nothing_is_said_of_one(insight: Make) -> None:
    assert not any("correction" in part.lower() for part in _email(insight))
