"""Both looks: every block in each of them, in light and dark, with pictures and without, from left and from right."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import get_args

import pytest
from lxml import html as markup

from digest.bundle import templates
from digest.config import load
from digest.domain.model import FREE_BLOCKS, OTHER, Brand, FreeBlock, Insight, Look, Placement, ShownPicture, Story
from digest.jobs.press import brand_values
from digest.stages import layout, render, words
from tests.conftest import ROOT

Make = Callable[..., Insight]
LOADED = load(ROOT)
BRAND: Brand = LOADED.workspace.brand
NEWSLETTER = replace(LOADED.workspace.newsletters[0], stories_in_full=3)
LOOKS = get_args(Look)
PICTURES = {
    "https://i.example/": {
        "hero": ShownPicture(src="https://p.example/hero.jpg", width=552, height=311),
        "thumbnail": ShownPicture(src="https://p.example/small.jpg", width=160, height=90),
    }
}
#: a block of each kind with everything it may be given, hostile where words may be
HOSTILE = '<b>{{ 7*7 }}</b> & "x" \''
EVERYTHING = [
    FreeBlock(
        kind=kind,
        **{name: f"{HOSTILE} {name}" for name in ("title", "text", "when", "where", "who", "words", "alt")},
        link="https://l.example/?a=1&b=2",
        picture="https://p.example/own.jpg",
    )
    for kind in FREE_BLOCKS
]  # fmt: skip


def _email(
    insight: Make, brand: Brand, *, pictures: bool = True, web: bool = False, free: bool = True
) -> tuple[str, str]:
    themes = [theme.id for theme in NEWSLETTER.themes[:2]] + [OTHER]
    placements = [
        Placement(
            story=Story(lead=insight(f"Story {n}", "A sentence.", id=f"s{n}", source="harbour-schools",
                                     image="https://i.example/", link=f"https://a.example/{n}")),
            theme=themes[n // 3],
            reasons=("x",),
        )
        for n in range(9)
    ]  # fmt: skip
    links = layout.Links(subscribe="https://s.example/")
    if not web:
        links = replace(
            links, web_version="https://w.example/", unsubscribe="https://u.example/", preferences="https://q.example/"
        )
    values, say = brand_values(brand), words.speaking("en", {})
    made = layout.lay_out(
        placements,
        NEWSLETTER,
        slot=datetime(2026, 11, 24, 8, tzinfo=UTC),
        number=12,
        introduction="Hello.",
        correction="Sorry.",
        free=EVERYTHING if free else (),
        elsewhere=2,
        brand=values,
        links=links,
        say=say,
        pictures=PICTURES if pictures else {},
    )
    if web:
        made = replace(made, open_graph={"og:title": "A <title>", "og:url": "https://w.example/", "description": "x"})
    made_of = render.Templates(LOADED.template)
    return render.html(made, values, say, made_of), render.text(made, values, say, made_of)


@pytest.mark.parametrize("look", LOOKS)
def test_every_kind_of_block_has_its_two_templates_and_stands_in_the_email(insight: Make, look: Look) -> None:
    page, text = _email(insight, replace(BRAND, look=look))
    for kind in (*FREE_BLOCKS, "masthead", "correction", "introduction", "hero", "theme", "brief", "more", "footer"):
        assert {f"templates/blocks/{kind}.mjml.j2", f"templates/blocks/{kind}.txt.j2"} <= set(templates())
    read = " ".join(str(markup.fromstring(page).xpath("string(//body)")).split())
    for said in ("Correction", "In brief", "Event", "2 more stories are on our website.", "See the whole edition"):
        assert said in read
        assert said.upper() in " ".join(text.upper().split())
    for name in ("title", "text", "when", "where", "who", "words"):
        assert f"{HOSTILE} {name}" in read
        assert f"{HOSTILE} {name}".upper() in " ".join(text.upper().split())


@pytest.mark.parametrize("look", LOOKS)
def test_what_staff_write_is_only_words(insight: Make, look: Look) -> None:
    page, _ = _email(insight, replace(BRAND, look=look))
    assert markup.fromstring(page).xpath("//b") == []
    assert markup.fromstring(page).xpath("//img[contains(@src, 'own')]/@alt") == [f"{HOSTILE} alt"]
    assert len(markup.fromstring(page).xpath("//a[@href='https://l.example/?a=1&b=2']")) == 4


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("pictures", [True, False])
def test_headings_tables_and_pictures_are_what_a_screen_reader_needs(
    insight: Make, look: Look, language: str, pictures: bool
) -> None:
    page, _ = _email(insight, replace(BRAND, look=look, language=language), pictures=pictures)
    tree = markup.fromstring(page)
    levels = [int(one.tag[1]) for one in tree.iter("h1", "h2", "h3", "h4")]
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert {table.get("role") for table in tree.iter("table")} == {"presentation"}
    # what only Outlook reads, too
    assert all('role="presentation"' in table for table in re.findall("<table[^>]*>", page))
    assert all(picture.get("alt") is not None and picture.get("width", "").isdecimal() for picture in tree.iter("img"))
    assert len(list(tree.iter("img"))) == (5 if pictures else 1)
    direction = "rtl" if language == "ar" else "ltr"
    assert tree.get("dir") == tree.xpath("//div[@role='article']/@dir")[0] == direction
    assert f"text-align:{'right' if direction == 'rtl' else 'left'}" in page
    assert "justify" not in page


@pytest.mark.parametrize("look", LOOKS)
def test_each_class_that_has_a_colour_has_its_dark_one_in_both_kinds_of_sheets(insight: Make, look: Look) -> None:
    page, _ = _email(insight, replace(BRAND, look=look))
    coloured = {
        name
        for element in markup.fromstring(page).xpath("//body//*[contains(@style, 'color')]")
        for name in (element.get("class") or "").split()
    }
    dark = page[page.index("@media (prefers-color-scheme: dark)") :]
    media, _, outlook = dark.partition("[data-ogs")
    for name in coloured - {"small", "sign", "stack", "wide", "mj-column-per-100", "mj-outlook-group-fix"}:
        assert f".{name}" in media, name
        assert f".{name}" in outlook, name


def test_the_looks_are_not_the_same(insight: Make) -> None:
    card, plain = (_email(insight, replace(BRAND, look=look))[0] for look in ("card", "plain"))
    assert "border-radius:8px" in card
    assert "border-radius:8px" not in plain
    assert "Georgia" in plain
    assert "#f0f4f8" not in plain.partition("prefers-color-scheme")[0]


@pytest.mark.parametrize("look", LOOKS)
def test_fonts_and_the_sign_of_the_brand_stand_in_the_email(insight: Make, look: Look) -> None:
    own = replace(
        BRAND, look=look, font="Verdana, sans-serif", heading_font="Palatino, serif", logo="https://x.example/l.png"
    )
    page, text = _email(insight, own)
    assert "font-family:Verdana, sans-serif" in page
    assert "font-family:Palatino, serif" in page
    (sign,) = markup.fromstring(page).xpath("//img[@src='https://x.example/l.png']")
    assert (sign.get("alt"), sign.get("width")) == (BRAND.organisation, "160")
    assert BRAND.organisation in text


@pytest.mark.parametrize("look", LOOKS)
def test_the_web_version_is_nobodys_own_and_says_what_it_is(insight: Make, look: Look) -> None:
    page, text = _email(insight, replace(BRAND, look=look), web=True)
    tree = markup.fromstring(page)
    for word in ("Unsubscribe", "Change your preferences", "View in your browser", "You get this because"):
        assert word not in page
        assert word not in text
    assert "You do not get Tidewell insights yet?" in page
    assert tree.xpath("//meta[@property='og:title']/@content") == ["A <title>"]
    assert tree.xpath("//meta[@name='description']/@content") == ["x"]
    assert "display:none" not in page
    assert markup.fromstring(_email(insight, BRAND)[0]).xpath("//meta[@property]") == []
