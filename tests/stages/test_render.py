from __future__ import annotations

import re
import socket
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html as markup

from digest.config import load
from digest.domain.errors import RenderError
from digest.domain.model import OTHER, Insight, Layout, Newsletter, Placement, Story
from digest.jobs.press import brand_values
from digest.stages import layout, render, slotted, words
from digest.stages.collect import plain

Make = Callable[..., Insight]
LOADED = load(Path(__file__).parents[2])
NEWSLETTER: Newsletter = replace(LOADED.workspace.newsletters[0], stories_in_full=60)
BRAND: Mapping[str, object] = brand_values(LOADED.workspace.brand)
TEMPLATES = render.Templates(LOADED.template)
SAY = words.speaking("en", {})
NONCE = "0123456789abcdef"
SUMMARY = (
    "Heads of eleven small schools told us what a shared minibus changed for their pupils, and what it did not. " * 4
)


@pytest.fixture(autouse=True)
def _without_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise AssertionError("rendering opened a socket")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def _layout(insight: Make, *stories: tuple[str, str], link: str = "https://a.example/story") -> Layout:
    themes = [theme.id for theme in NEWSLETTER.themes] + [OTHER]
    placements = [
        Placement(
            story=Story(
                lead=insight(
                    title,
                    summary,
                    id=f"s{n:03d}",
                    source="harbour-schools",
                    link=f"{link}/{n}" if link else "",
                    author="A. Bell",
                ),
                also=(insight(title, source="field-notes", link="https://b.example/x"),) if n % 5 == 0 else (),
            ),
            theme=themes[n * len(themes) // len(stories)],
            reasons=("x",),
        )
        for n, (title, summary) in enumerate(stories)
    ]
    return layout.lay_out(
        placements,
        NEWSLETTER,
        slot=datetime(2026, 11, 24, 8, tzinfo=UTC),
        number=12,
        introduction=slotted.marked(NEWSLETTER.introduction, NONCE),
        say=SAY,
        brand=dict(BRAND),  # type: ignore[arg-type]
        links=layout.Links(
            web_version="https://digest.example.org/e/1",
            subscribe="https://digest.example.org/subscribe/insights",
            unsubscribe=slotted.marker("unsubscribe", NONCE),
            preferences=slotted.marker("preferences", NONCE),
        ),
    )


def _html(made: Layout) -> str:
    return render.html(made, BRAND, SAY, TEMPLATES)


def _links(page: str) -> list[str]:
    return [" ".join(str(link.xpath("string()")).split()) for link in markup.fromstring(page).iter("a")]


def _with(name: str, change: Callable[[str], str | None]) -> render.Templates:
    def load_one(wanted: str) -> str | None:
        text = LOADED.template(wanted)
        return change(text or "") if wanted == name else text

    return render.Templates(load_one)


TITLES = [
    "Back\\slash and \\n",
    "“Quoted” and \"straight\" and 'single'",
    "No\u00a0break — dash",
    "Łódź, Ærø, 日本語, 🎉",
    "R&D < 5 > 3",
    "{{ 7*7 }} {% if %} {# no #}",
    "</mj-text><mj-raw><b>",
    "<!-- comment --> ]]> &nbsp; &amp;",
    "<!--[if mso]>",
    "%s %(x)s ${x} #{x}",
]


@pytest.mark.parametrize("title", TITLES)
def test_a_title_stands_in_the_html_letter_by_letter(insight: Make, title: str) -> None:
    page = _html(_layout(insight, (title, "A summary."), (title, "Another.")))
    wanted = " ".join(title.split())
    assert wanted in _links(page)
    assert any(link.startswith(f"{wanted} (") for link in _links(page))
    assert markup.fromstring(page).find(".//b") is None


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(min_size=1, max_size=40).map(plain).filter(bool))
def test_whatever_a_source_calls_its_story_the_reader_reads(insight: Make, title: str) -> None:
    title = " ".join(re.sub("[\ufffe\uffff]", "", title).split())
    if title:
        assert title in _links(_html(_layout(insight, (title, ""))))


@pytest.mark.parametrize("text", ["back\\slash", 'a "quote"', "no\u00a0break", "é & <ü>", "'", "`{}`"])
def test_attributes_survive_the_compiler(text: str) -> None:
    made = render.Templates(
        {"a.mjml.j2": '<mjml><mj-body><mj-section><mj-column><mj-image src="https://a.example/x.png" alt="{{ t }}" />'
                      "</mj-column></mj-section></mj-body></mjml>"}.get
    ).render("a.mjml.j2", {"t": text})  # fmt: skip
    (image,) = markup.fromstring(render.inlined(render.compiled(made))).iter("img")
    assert image.get("alt") == text


def test_the_html_keeps_its_doctype_dark_mode_and_comments_for_outlook(insight: Make) -> None:
    page = _html(_layout(insight, *[(f"Story {n}", SUMMARY) for n in range(12)]))
    assert page.startswith("<!DOCTYPE html>")
    assert "@media (prefers-color-scheme: dark)" in page
    assert "@media only screen and (max-width: 480px)" in page
    assert "[data-ogsc]" in page
    assert "[data-ogsb]" in page
    assert "!important" in page
    assert page.count("<!--[if") == page.count("<![endif]") > 10
    assert not re.search(r"</?mj-|\{\{|\{%|height=\"auto\"", page)
    assert "fonts.googleapis.com" not in page


@pytest.mark.parametrize(("stories", "most"), [(12, 40_000), (60, 80_000)])
def test_an_email_stays_below_what_gmail_cuts(insight: Make, stories: int, most: int) -> None:
    titles = [(f"Moonshots and milestones of school number {n}", SUMMARY) for n in range(stories)]
    page = _html(_layout(insight, *titles))
    assert all(title in page for title, _ in titles)
    assert len(page.encode()) <= most


def test_only_addresses_of_the_layout_and_the_brand_are_linked(insight: Make) -> None:
    page = _html(_layout(insight, ("A", "b"), ("C", "d")))
    hosts = {link.get("href") for link in markup.fromstring(page).iter("a")}
    brand = {str(BRAND["website"]), str(BRAND["privacy_url"])}
    assert hosts - brand == {
        "https://digest.example.org/e/1",
        "https://digest.example.org/subscribe/insights",
        "https://a.example/story/0",
        "https://a.example/story/1",
        "https://b.example/x",
        slotted.marker("unsubscribe", NONCE),
        slotted.marker("preferences", NONCE),
    }
    assert not markup.fromstring(page).xpath("//script | //iframe | //form | //img | //link")


def test_slots_are_still_to_be_filled_after_rendering(insight: Make) -> None:
    made = _layout(insight, ("A", "b"))
    values = {"first_name": "<Ann>", "unsubscribe": "https://u.example/1", "preferences": "https://p.example/1"}
    page = slotted.filled(_html(made), NONCE, values, escape=True)
    text = slotted.filled(render.text(made, BRAND, SAY, TEMPLATES), NONCE, values, escape=False)
    assert "Hello &lt;Ann&gt;," in page
    assert "Hello <Ann>," in text
    for part in (page, text):
        assert "[[" not in part
        assert part.count("https://u.example/1") >= 2


def test_the_text_has_72_columns_and_the_titles_in_order(insight: Make) -> None:
    titles = [f"A rather long headline about small schools, number {n:02d}" for n in range(20)]
    text = render.text(_layout(insight, *[(title, SUMMARY) for title in titles]), BRAND, SAY, TEMPLATES)
    long = [line for line in text.splitlines() if len(line) > 72 and not re.fullmatch(r"(\[\d+\] )?\S+", line)]
    assert long == []
    assert "\n\n\n" not in text
    assert not re.search(r"[ \t]\n|<[a-z/]|\{\{|&(amp|lt|#)", text)
    flat = " ".join(text.split())
    places = [flat.index(f"number {n:02d}") for n in range(20)]
    below = [place for place in places if place != min(places)]  # all but the hero
    assert below == sorted(below)


def test_links_of_the_text_are_numbered_in_order(insight: Make) -> None:
    text = render.text(_layout(insight, *[(f"Story {n}", "") for n in range(7)]), BRAND, SAY, TEMPLATES)
    targets = re.findall(r"^\[(\d+)\] (https://\S+)$", text, re.MULTILINE)
    assert [int(number) for number, _ in targets] == list(range(1, len(targets) + 1))
    assert len(targets) == 9


def test_a_long_address_is_never_broken(insight: Make) -> None:
    link = "https://a.example/" + "x" * 300
    assert f"{link}/0\n" in render.text(_layout(insight, ("A", "b"), link=link), BRAND, SAY, TEMPLATES)


@pytest.mark.parametrize("title", ["{{ 7*7 }}", "{% raw %}", "[[digest:first_name.:wrong]]"])
def test_what_looks_like_a_template_stays_literal_in_the_text(insight: Make, title: str) -> None:
    assert title in render.text(_layout(insight, (title, "")), BRAND, SAY, TEMPLATES)


@pytest.mark.parametrize(
    ("name", "text", "where"),
    [
        ("blocks/hero.mjml.j2", "<mj-section>\n{% if %}", "templates/blocks/hero.mjml.j2:2"),
        ("blocks/hero.mjml.j2", "a\nb\n{{ block.nothing }}", "templates/blocks/hero.mjml.j2:3"),
        ("blocks/hero.mjml.j2", "\n{{ nothing }}", "templates/blocks/hero.mjml.j2:2"),
        ("blocks/hero.mjml.j2", "\n{{ 'x'|nothing }}", "templates/blocks/hero.mjml.j2:2"),
        ("blocks/hero.mjml.j2", "\n\n{{ 1 // 0 }}", "templates/blocks/hero.mjml.j2:3"),
        ("blocks/hero.mjml.j2", "{{ ''.__class__.__mro__ }}", "templates/blocks/hero.mjml.j2:1"),
        ("blocks/hero.mjml.j2", "{{ 'x' + 1 }}", "templates/blocks/hero.mjml.j2:1"),
        ("blocks/hero.mjml.j2", "{% for i in range(10**9) %}{% endfor %}", "templates/blocks/hero.mjml.j2:1"),
        ("blocks/hero.mjml.j2", "{% include 'blocks/hero.mjml.j2' %}", "templates/blocks/hero.mjml.j2:1"),
        ("blocks/hero.mjml.j2", None, "templates/blocks/hero.mjml.j2"),
        ("email.mjml.j2", None, "templates/email.mjml.j2"),
    ],
)
def test_a_broken_template_is_told_with_its_file_and_line(
    insight: Make, name: str, text: str | None, where: str
) -> None:
    with pytest.raises(RenderError) as told:
        render.html(_layout(insight, ("A", "b")), BRAND, SAY, _with(name, lambda _: text))
    assert told.value.where == where
    assert told.value.mend


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("</mj-column>", "</mj-section>", "not well-formed"),
        ("</mj-column>", "", "not well-formed"),
        ("<mj-column>", "<mj-colunm>", "not well-formed"),
        ("<mj-raw>", "<mj-accordion></mj-accordion><mj-raw>", "<mj-accordion> is not an MJML component"),
        ("<mj-raw>", "<mj-tekst></mj-tekst><mj-raw>", "<mj-tekst> is not an MJML component"),
        ("<mj-raw>", "<mj-raw><mj-text>x</mj-text>", "was not understood"),
    ],
)
def test_wrong_mjml_is_refused_with_the_reason(insight: Make, old: str, new: str, says: str) -> None:
    broken = _with("looks/card.mjml.j2", lambda text: text.replace(old, new, 1))
    with pytest.raises(RenderError) as told:
        render.html(_layout(insight, ("A", "b")), BRAND, SAY, broken)
    assert says in told.value.what
    assert told.value.where.startswith("templates/email.mjml.j2")
    assert "not well-formed" not in says or re.search(r"line \d+", told.value.what)


def test_the_same_layout_gives_the_same_bytes(insight: Make) -> None:
    made = _layout(insight, *[(f"Story {n}", SUMMARY) for n in range(6)])
    assert _html(made) == render.html(made, BRAND, SAY, render.Templates(LOADED.template))


def test_a_fingerprint_covers_every_part_and_where_each_ends() -> None:
    parts = ("subject", "preheader", "html", "text")
    changed = [tuple("x" if n == at else part for n, part in enumerate(parts)) for at in range(4)]
    shifted = ("subjectpre", "header", "html", "text")
    assert len({render.fingerprint(*one) for one in [parts, *changed, shifted]}) == 6
