"""What `digest.sources.page` promises: the items of a listing page without a feed, and silence for everything else."""

# A row of markup reads best in one line.
# ruff: noqa: E501

from __future__ import annotations

import importlib.util
import json
import random
import statistics
import time
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from types import ModuleType

import pytest

from digest.domain.model import DateFrom, Document, Item, Reading, Severity
from digest.sources.page import read

BASE = "https://www.charity.example.org/news/"
#: titles of stories that nobody has written
TITLES = (
    "Otters return to the mill pond",
    "A new minibus for the day centre",
    "What sixty families told us",
    "Our allotment wins a bronze medal",
    "Night shelter opens in November",
    "Thank you for a record raffle",
)
SENTENCE = "Volunteers from three villages spent the whole of last winter on it, and this is what became of it."


def document(body: str, *, head: str = "", base: str = BASE, language: str = "en", lang: str = "en-GB") -> Document:
    """A page with this body, as it comes from the network."""
    markup = f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">{head}</head><body>{body}</body></html>'
    return Document(content=markup.encode(), base=base, name="news page", language=language)


def items(body: str, **about: str) -> tuple[Item, ...]:
    """The items read from a page with this body."""
    return read(document(body, **about)).items


def titles(body: str, **about: str) -> list[str]:
    """Their titles."""
    return [item.title for item in items(body, **about)]


def slug(title: str) -> str:
    """A title as an address spells it."""
    return title.lower().replace(" ", "-")


def repeated(pattern: str, count: int = 5) -> str:
    """The pattern once for each title; {t} is the title, {s} its address, {n} a number that falls, {p} a sentence."""
    rows = enumerate(TITLES[:count])
    return "".join(pattern.format(t=t, s=slug(t), n=27 - n, p=f"{t}. {SENTENCE}") for n, t in rows)


MENU = (
    '<header><nav><ul><li><a href="/">Home</a></li><li><a href="/about">About us</a></li><li><a href="/help">Get help'
    '</a></li><li><a href="/news/">News</a></li><li><a href="/donate">Donate now</a></li></ul></nav></header>'
)
FOOTER = (
    '<footer><ul><li><a href="/privacy">Privacy policy</a></li><li><a href="/jobs">Work with us</a></li><li>'
    '<a href="/accessibility">Accessibility statement</a></li></ul><p>Registered charity 000000</p></footer>'
)

#: the shapes in which sites write the same five stories
SHAPES = {
    "headings that are links": '<article><h2><a href="/news/{s}">{t}</a></h2><p>{p}</p></article>',
    "headings without links, and a button": '<div class="card"><h3>{t}</h3><p>{p}</p><a href="/news/{s}">Read more</a></div>',
    "a button that says what about": '<div><h3>{t}</h3><p>{p}</p><a href="/news/{s}">Read more about {t}</a></div>',
    "whole cards that are links": '<a class="card" href="/news/{s}"><img src="/i/{n}.jpg"><h3>{t}</h3><p>{p}</p></a>',
    "whole cards without headings": '<a href="/news/{s}"><span>{n} March 2025</span><span>{t}</span><span>{p}</span></a>',
    "a picture that is a link": '<div><a href="/news/{s}"><img src="/i/{n}.jpg" alt=""></a><h4>{t}</h4><p>{p}</p></div>',
    "flat headings and paragraphs": '<h3>{t}</h3><p>{p}</p><p><a href="/news/{s}">More...</a></p>',
    "flat, a rule between": '<h3><a href="/news/{s}">{t}</a></h3><p>{p}</p><hr>',
    "flat, the date first": '<p>{n} March 2025</p><h3><a href="/news/{s}">{t}</a></h3><p>{p}</p>',
    "bold text for headings": '<p><strong><a href="/news/{s}">{t}</a></strong><br>{p}</p>',
    "bold text and a button": '<div><p><b>{t}</b></p><p>{p}</p><p><a href="/news/{s}">Read on</a></p></div>',
    "rows of a table": '<tr><td>{n}/03/2025</td><td><a href="/news/{s}">{t}</a></td><td>{p}</td></tr>',
    "terms and definitions": '<dt><a href="/news/{s}">{t}</a></dt><dd>{p}</dd>',
    "dates and definitions": '<dt>{n} March 2025</dt><dd><a href="/news/{s}">{t}</a></dd>',
    "a list with dates": '<li><a href="/news/{s}">{t}</a> – {n} March 2025</li>',
    "a list with dates before": '<li><span>{n}.03.2025</span> <a href="/news/{s}">{t}</a></li>',
    "a permalink in the footer": '<article><h2>{t}</h2><p>{p}</p><footer>{n} March 2025 <a href="/news/{s}" rel="bookmark">'
    'Permalink</a> <a href="/category/news">News</a></footer></article>',
    "a date that is the permalink": '<article><h2>{t}</h2><p>{p}</p><footer><a href="/news/{s}"><time datetime='
    '"2025-03-{n}">{n} March</time></a> <a href="/author/ann">Ann</a></footer></article>',
    "a block theme": '<li class="wp-block-post post type-post"><figure><a href="/news/{s}"><img src="/i/{n}.jpg"></a></figure>'
    '<h2 class="wp-block-post-title"><a href="/news/{s}">{t}</a></h2><div class="wp-block-post-date"><time datetime='
    '"2025-03-{n}T09:00:00+00:00">{n} March 2025</time></div><div><p>{p}</p></div></li>',
    "a page builder": '<div class="elementor-post elementor-grid-item"><a class="elementor-post__thumbnail__link" href="/news/{s}"'
    '><div><img src="/i/{n}.jpg"></div></a><div class="elementor-post__text"><h3 class="elementor-post__title"><a href="/news/{s}"'
    '>{t}</a></h3><div class="elementor-post__meta-data"><span>{n} March 2025</span></div><div><p>{p}</p></div><a class='
    '"elementor-post__read-more" href="/news/{s}">Read More »</a></div></div>',
    "divs all the way down": '<div class="x1"><div class="x2"><a href="/news/{s}"><div class="x3"><p class="x4">{t}</p></div></a>'
    '</div><div class="x5"><div class="x6">{p}</div></div><div class="x7"><span>12 views</span><span>3 comments</span></div></div>',
    "rows of a table with documents": '<tr><td>{n}/03/2025</td><td>{t}</td><td><a href="/news/{s}">Download (PDF, 1.{n} MB)</a></td></tr>',
    "a list of texts with buttons": '<li>{t} <a href="/news/{s}">(read more)</a></li>',
    "cards with a link laid over them": '<div><a href="/news/{s}"></a><div><div>{t}</div><div>{p}</div></div></div>',
    "lines in one paragraph": '<b>{t}</b><br>{p} <a href="/news/{s}">More</a><br><br>',
    "links of two lines": '<li><a href="/news/{s}">{t}<br><small>{p}</small></a></li>',
    "a summary block": '<div class="summary-item"><a class="summary-thumbnail" href="/news/{s}"><img data-src="/i/{n}.jpg"></a><div '
    'class="summary-content"><div class="summary-title"><a class="summary-title-link" href="/news/{s}">{t}</a></div><div '
    'class="summary-excerpt"><p>{p}</p></div><time class="summary-metadata-item--date" datetime="2025-03-{n}">Mar {n}</time></div></div>',
    "articles with bylines": '<article><div><span>Jo Bell</span><span>{n} Mar</span><span>2 min</span></div><a href="/news/{s}"><h2><p>{t}'
    '</p></h2></a><a href="/news/{s}"><div>{p}</div></a><div><span>0 comments</span></div></article>',
    "a view": '<div class="views-row"><div class="views-field views-field-title"><span class="field-content"><a href="/news/{s}">'
    '{t}</a></span></div><div class="views-field views-field-created"><span class="field-content">{n} March 2025</span></div>'
    '<div class="views-field views-field-body"><p>{p}</p></div></div>',
}
AROUND = {"rows": "table", "links": "ul", "terms": "dl", "dates and": "dl", "a list": "ul", "a block": "ul"}


def listing(shape: str, pattern: str, count: int = 5) -> str:
    """A page of items in one shape, between a menu and a footer."""
    around = next((tag for start, tag in AROUND.items() if shape.startswith(start)), "div")
    return (
        f"{MENU}<main><h1>News</h1><p>All that has happened here lately, in our own words.</p>"
        f"<{around}>{repeated(pattern, count)}</{around}><nav><a href='?page=1'>1</a><a href='?page=2'>2</a></nav>"
        f"</main>{FOOTER}"
    )


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("count", [3, 5])
def test_the_items_are_found_in_every_shape_that_sites_write_them_in(shape: str, count: int) -> None:
    found = items(listing(shape, SHAPES[shape], count))
    assert [item.title for item in found] == list(TITLES[:count])
    assert [item.link for item in found] == [f"https://www.charity.example.org/news/{slug(t)}" for t in TITLES[:count]]


@pytest.mark.parametrize("shape", [shape for shape, pattern in SHAPES.items() if "{n} March" in pattern])
def test_every_item_has_its_own_date(shape: str) -> None:
    found = items(listing(shape, SHAPES[shape]))
    assert [item.date for item in found] == [
        datetime(2025, 3, 27 - n, 9 * ("T09" in SHAPES[shape]), tzinfo=UTC) for n in range(5)
    ]


@pytest.mark.parametrize("shape", [shape for shape, pattern in SHAPES.items() if "{p}" in pattern])
def test_every_item_has_its_own_summary(shape: str) -> None:
    found = items(listing(shape, SHAPES[shape]))
    assert [item.summary for item in found] == [f"{t}. {SENTENCE}" for t in TITLES[:5]]


@pytest.mark.parametrize("shape", [shape for shape, pattern in SHAPES.items() if "/i/{n}.jpg" in pattern])
def test_every_item_has_its_own_picture(shape: str) -> None:
    found = items(listing(shape, SHAPES[shape]))
    assert [item.image for item in found] == [f"https://www.charity.example.org/i/{27 - n}.jpg" for n in range(5)]


CARD = SHAPES["headings that are links"]


def test_a_menu_is_never_taken_for_news() -> None:
    reading = read(document(MENU + "<main><h1>Welcome</h1><p>We are here for you.</p></main>" + FOOTER))
    assert reading.items == ()
    assert [(f.code, f.severity, f.where) for f in reading.findings] == [
        ("page.no-list", Severity.LOOK_AT, "news page")
    ]
    assert all((f.what and f.why and f.mend) for f in reading.findings)


NO_NEWS = {
    "a menu of divs": '<div class="bar">'
    + "".join(f'<a href="/{w}">{w.title()} services</a>' for w in "abcdef")
    + "</div>",
    "a mega menu in the content": "<main><ul>"
    + "".join(f'<li><a href="/s/{n}">Council service {n}</a></li>' for n in range(60))
    + "</ul></main>",
    "an article": "<main><h1>Otters return</h1>" + f"<p>{SENTENCE}</p>" * 6 + "</main>",
    "a page of prose with headings": "<main><h1>About us</h1>"
    + "".join(f"<h2>{w} story of ours</h2><p>{SENTENCE}</p><p>{SENTENCE}</p>" for w in ("The", "A", "One", "Another"))
    + "</main>",
    "a team": "<main><h1>Our team</h1>"
    + "".join(
        f'<div class="c"><img src="/{n}.jpg"><h3>{n} Walker</h3><p>Trustee</p></div>'
        for n in ("Ann", "Bo", "Cy", "Di", "Ed")
    )
    + "</main>",
    "cards that lead to the parts of a site": "<main><h1>News and events</h1>"
    + "".join(
        f'<div class="c"><img src="/{w}.jpg"><h3>{t}</h3><p>{SENTENCE}</p><a href="/{w}/">Find out more</a></div>'
        for w, t in (("worship", "Join us here"), ("hall-hire", "Hall hire"), ("contact", "Send a message"))
    )
    + "</main>",
    "partners": "<main><h2>Our partners</h2>"
    + "".join(
        f'<li><a href="https://p{n}.example.org/"><img src="/{n}.png" alt="Partner {n}"></a></li>' for n in range(9)
    )
    + "</main>",
    "a tag cloud": '<div class="tagcloud">'
    + "".join(f'<a href="/tag/{t}">{t}</a>' for t in ["care", "home", "work", "food", "pets"])
    + "</div>",
    "a cookie banner": '<div class="cookie-consent" role="dialog"><h2>Cookies</h2>'
    + "".join(
        f"<div><h3>{n} cookies we use</h3><p>{SENTENCE}</p><a href='/cookies/{n}'>Read more</a></div>" for n in "abc"
    )
    + "</div>",
    "breadcrumbs and pages": '<div class="breadcrumbs"><a href="/a">News and views</a> <a href="/b">All of our stories</a></div>'
    '<div class="pagination"><a href="?page=1">1</a><a href="?page=2">2</a><a href="?page=3">3</a></div>',
    "contents of the same page": "<main><ul>"
    + "".join(f'<li><a href="#part-{n}">What we did in the long year {n}</a></li>' for n in range(5))
    + "</ul></main>",
}


@pytest.mark.parametrize("what", NO_NEWS)
def test_what_is_no_list_of_articles_gives_nothing_and_says_so(what: str) -> None:
    reading = read(document(NO_NEWS[what]))
    assert reading.items == ()
    assert [finding.code for finding in reading.findings] == ["page.no-list"]


BESIDE = {
    "a menu and a footer": MENU + "{}" + FOOTER,
    "a side bar": "{}<aside><h3>You may also like</h3><ul>"
    + "".join(f'<li><a href="/guide/{n}">A guide to something useful {n}</a></li>' for n in range(8))
    + "</ul></aside>",
    "a side bar that is only called one": '<div class="col">{}</div><div class="sidebar">'
    + "".join(
        f'<div><h4><a href="/old/{n}">Something from the archive {n}</a></h4><p>{SENTENCE}</p></div>' for n in range(9)
    )
    + "</div>",
    "related pages": '{}<section class="related"><h2>Related</h2>'
    + "".join(f'<article><h3><a href="/r/{n}">Some related reading {n}</a></h3></article>' for n in range(4))
    + "</section>",
    "a team": "{}<section><h2>Press contacts</h2>"
    + "".join(f'<div><img src="/{n}.jpg"><h2>{n} Walker</h2><p>Director</p></div>' for n in ("Ann", "Bo", "Cy"))
    + "</section>",
    "pages of the list": '{}<div class="pages"><a href="/news/page/2/">Older posts from the year before</a></div>',
    "topics": "{}<div><h2>Topics</h2><ul>"
    + "".join(
        f'<li><a href="/category/{t}/">{t.title()} and all about it</a> (3)</li>'
        for t in ("care", "home", "food", "pets")
    )
    + "</ul></div>",
    "a template": "{}<template><article><h2><a href='/news/TITLE'>A title goes here</a></h2><p>Text here.</p></article></template>",
    "a cookie banner": '{}<div id="cookie-banner"><h2>We use cookies on this site</h2><p>'
    + SENTENCE
    + '</p><a href="/c">More</a></div>',
}


@pytest.mark.parametrize("what", BESIDE)
def test_what_stands_beside_the_list_stays_out(what: str) -> None:
    body = BESIDE[what].replace("{}", f"<main><h1>News</h1>{repeated(CARD)}</main>")
    assert titles(body) == list(TITLES[:5])


HERO = '<section class="top"><img src="/h.jpg"><div><p>Featured</p><h1><a href="/news/{s}">{t}</a></h1><p>{p}</p></div></section>'


def hero(title: str) -> str:
    """A first article in another make than the list's."""
    return HERO.format(t=title, s=slug(title), p=SENTENCE)


def test_a_first_article_in_another_make_is_an_item() -> None:
    assert titles(f"<main>{hero(TITLES[5])}<div>{repeated(CARD)}</div></main>") == [TITLES[5], *TITLES[:5]]


def test_a_first_article_may_show_less_than_the_list_does() -> None:
    dated = '<article><h2><a href="/news/{s}">{t}</a></h2><p>{n} March 2025</p><p>{p}</p></article>'
    assert titles(f"<main>{hero(TITLES[5])}<div>{repeated(dated)}</div></main>") == [TITLES[5], *TITLES[:5]]


def test_an_appeal_above_the_list_is_no_item() -> None:
    appeal = (
        '<section><img src="/d.jpg"><h2><a href="/donate">Please help us today</a></h2><p>'
        + SENTENCE
        + "</p></section>"
    )
    row = '<article><img src="/{n}.jpg"><h2><a href="/{s}">{t}</a></h2><p>{p}</p></article>'
    assert titles(f"<main>{appeal}<div>{repeated(row)}</div></main>") == list(TITLES[:5])


def test_a_first_article_that_the_list_repeats_is_one_item() -> None:
    assert sorted(titles(f"<main>{hero(TITLES[0])}<div>{repeated(CARD)}</div></main>")) == sorted(TITLES[:5])


def test_several_small_grids_are_one_list() -> None:
    grids = "".join(
        f"<section><h2>{name}</h2><div>{''.join(CARD.format(t=t, s=slug(t), p=SENTENCE) for t in pair)}</div></section>"
        for name, pair in (("Care", TITLES[:2]), ("Places", TITLES[2:4]), ("Money", TITLES[4:]))
    )
    assert titles(f"<main><h1>Stories</h1>{grids}</main>") == list(TITLES)


def test_headings_of_years_are_no_items_and_lend_their_year_to_days_without_one() -> None:
    row = '<li><a href="/n/{s}">{t}</a> <span>{n} March</span></li>'
    found = items(
        f"<main><h2>2024</h2><ul>{repeated(row, 3)}</ul><h2>2023</h2><ul><li><a href='/n/x'>An older story of ours</a>"
        " <span>3 May</span></li></ul></main>"
    )
    assert [item.title for item in found] == [*TITLES[:3], "An older story of ours"]
    assert [item.date and item.date.date().isoformat() for item in found] == [
        "2024-03-27",
        "2024-03-26",
        "2024-03-25",
        "2023-05-03",
    ]


def test_cards_without_any_link_are_items_without_a_link() -> None:
    card = '<div class="card"><img src="/{n}.jpg"><h3>{t}</h3><p>{n} March 2025</p><p>{p}</p></div>'
    found = items(f"<main>{repeated(card)}</main>")
    assert [(item.title, item.link) for item in found] == [(t, "") for t in TITLES[:5]]


def test_a_page_with_a_wrong_order_of_headings_keeps_its_items_in_page_order() -> None:
    body = "".join(
        f'<article><h{2 + n % 2}><a href="/n/{n}">{t}</a></h{2 + n % 2}><p>{SENTENCE}</p></article>'
        for n, t in enumerate(TITLES)
    )
    assert titles(f"<main>{body}</main>") == list(TITLES)


# -------------------------------------------------------------------------------------------- addresses


def test_links_are_absolute_and_obey_base() -> None:
    row = '<article><h2><a href="{s}?id=1#top">{t}</a></h2><p>{p}</p></article>'
    found = items(repeated(row, 3), head='<base href="/stories/">')
    assert [item.link for item in found] == [
        f"https://www.charity.example.org/stories/{slug(t)}?id=1#top" for t in TITLES[:3]
    ]


@pytest.mark.parametrize(
    "href", ["javascript:go(1)", "data:text/html,x", "mailto:a@b.example", "vbscript:x", "file:///etc/x", "tel:1"]
)
def test_only_web_addresses_survive(href: str) -> None:
    row = (
        '<div><h3><a href="'
        + href
        + '">{t}</a></h3><p>{p}</p><img src="'
        + href
        + '"><a href="/n/{s}">Read more</a></div>'
    )
    found = items(f"<main>{repeated(row)}</main>")
    assert [item.link for item in found] == [f"https://www.charity.example.org/n/{slug(t)}" for t in TITLES[:5]]
    assert {item.image for item in found} == {""}


def test_relative_links_of_a_page_without_an_address_are_left_out_and_it_is_said() -> None:
    reading = read(document(repeated(CARD), base=""))
    assert [(item.title, item.link) for item in reading.items] == [(t, "") for t in TITLES[:5]]
    assert [finding.code for finding in reading.findings] == ["page.no-address"]


PICTURES = {
    "plain": '<img src="/i/{n}.jpg">',
    "late": '<img src="data:image/gif;base64,R0lGOD" data-src="/i/{n}.jpg">',
    "late by a plug-in": '<img src="/blank.svg" data-lazy-src="/i/{n}.jpg">',
    "a set": '<img srcset="/i/{n}.jpg 300w, /i/{n}-big.jpg 900w">',
    "a source": '<picture><source srcset="/i/{n}.jpg 1x"></picture>',
    "for readers without scripts": '<img class="lazy" src="data:,"><noscript><img src="/i/{n}.jpg"></noscript>',
    "a background": '<div style="color: red; background-image: url(&quot;/i/{n}.jpg&quot;)"></div>',
    "after an icon": '<img src="/icon.png" width="16" height="16"><img class="avatar" src="/me.jpg"><img src="/i/{n}.jpg">',
}


@pytest.mark.parametrize("how", PICTURES)
def test_a_picture_is_found_however_it_is_loaded(how: str) -> None:
    row = "<article>" + PICTURES[how] + '<h2><a href="/n/{s}">{t}</a></h2><p>{p}</p></article>'
    assert [item.image for item in items(repeated(row, 3))] == [
        f"https://www.charity.example.org/i/{n}.jpg" for n in (27, 26, 25)
    ]


# -------------------------------------------------------------------------------------------- dates

DATES = {
    "12 March 2025": "en", "March 12th, 2025": "en", "Wed 12 Mar 2025": "en", "Posted on 12/03/2025": "en", "2025-03-12": "en",
    "12.03.2025": "de", "12. März 2025": "de", "12 mars 2025": "fr", "Le 12 mars 2025 à 10h": "fr", "12 de marzo de 2025": "es",
    "12 marzo 2025": "it", "12 de março de 2025": "pt", "12 marca 2025": "pl", "12. března 2025": "cs", "2025. március 12.": "hu",
    "12 Mawrth 2025": "cy", "12 марта 2025 г.": "ru", "12 березня 2025": "uk", "12 Μαρτίου 2025": "el", "12 Mart 2025": "tr",
    "12. maaliskuuta 2025": "fi", "ngày 12 tháng 3 năm 2025": "vi", "2025年3月12日": "zh", "2025년 3월 12일": "ko",
    "١٢ مارس ٢٠٢٥": "ar", "12 मार्च 2025": "hi", "12 มีนาคม 2568": "th", "১২ মার্চ ২০২৫": "bn", "12 במרץ 2025": "he",
}  # fmt: skip


@pytest.mark.parametrize(("words", "language"), DATES.items())
def test_dates_are_read_in_any_language_and_script(words: str, language: str) -> None:
    row = '<article><h2><a href="/n/{s}">{t}</a></h2><p>' + words + "</p><p>{p}</p></article>"
    found = items(repeated(row, 3), lang=language, language=language)
    assert {(item.date, item.date_from) for item in found} == {(datetime(2025, 3, 12, tzinfo=UTC), DateFrom.PAGE)}


@pytest.mark.parametrize("words", ["12 de marzo de 2025", "12. März 2025", "12 марта 2025"])
def test_dates_are_read_on_a_page_that_states_the_wrong_language(words: str) -> None:
    row = '<article><h2><a href="/n/{s}">{t}</a></h2><p>' + words + "</p></article>"
    assert {item.date for item in items(repeated(row, 3), lang="en-US")} == {datetime(2025, 3, 12, tzinfo=UTC)}


DAYS_IN_PIECES = {
    "day above month": "<div><span>{n}</span><span>Mar</span><span>2025</span></div>",
    "month above day": "<div><div>March</div><div>{n}</div><div>2025</div></div>",
    "year in the address": '<div><b>{n}</b><i>Mar</i></div><a href="/2025/03/{n}/{s}">Read more</a>',
}


@pytest.mark.parametrize("how", DAYS_IN_PIECES)
def test_a_date_in_pieces_is_one_date(how: str) -> None:
    row = "<article>" + DAYS_IN_PIECES[how] + '<h2><a href="/2025/03/{n}/{s}">{t}</a></h2><p>{p}</p></article>'
    dates = [item.date and item.date.date().isoformat() for item in items(f"<main>{repeated(row)}</main>")]
    assert dates == [f"2025-03-{n}" for n in (27, 26, 25, 24, 23)]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (("27/02/2025", "03/02/2025", "04/01/2025"), ("2025-02-27", "2025-02-03", "2025-01-04")),
        (("02/27/2025", "02/03/2025", "01/04/2025"), ("2025-02-27", "2025-02-03", "2025-01-04")),
        (("03/02/2025", "02/10/2025", "01/12/2025"), ("2025-03-02", "2025-02-10", "2025-01-12")),
        (("10/12/2025", "09/03/2025", "08/11/2024"), ("2025-12-10", "2025-03-09", "2024-11-08")),
    ],
)
def test_whether_days_or_months_come_first_is_told_from_the_whole_list(
    written: tuple[str, ...], meant: tuple[str, ...]
) -> None:
    rows = zip(TITLES, written, strict=False)
    body = "".join(f'<li><a href="/n/{slug(t)}">{t}</a> <span>{d}</span></li>' for t, d in rows)
    assert [item.date and item.date.date().isoformat() for item in items(f"<ul>{body}</ul>")] == list(meant)


def test_a_marked_date_is_stated_and_in_utc() -> None:
    row = '<article><h2><a href="/n/{s}">{t}</a></h2><time datetime="2025-03-{n}T23:30:00+01:00">soon</time><p>{p}</p></article>'
    found = items(repeated(row, 3))
    assert [item.date for item in found] == [datetime(2025, 3, n, 22, 30, tzinfo=UTC) for n in (27, 26, 25)]
    assert {item.date_from for item in found} == {DateFrom.STATED}


def test_the_date_of_a_change_is_not_the_date_of_an_item() -> None:
    row = (
        '<article><h2><a href="/n/{s}">{t}</a></h2><time class="updated" datetime="2026-01-01">later</time>'
        '<time class="entry-date published" datetime="2025-03-{n}">then</time><p>{p}</p></article>'
    )
    assert [item.date and item.date.day for item in items(repeated(row, 3))] == [27, 26, 25]


def test_dates_in_titles_and_summaries_are_not_the_date_of_an_item() -> None:
    row = '<article><h2><a href="/n/{s}">{t} on 9 May 2031</a></h2><p>Come to {s} and to all that is on, until 3 June 2032.</p></article>'
    assert {item.date for item in items(repeated(row, 3))} == {None}


# -------------------------------------------------------------------------------------------- words


def test_titles_and_summaries_are_plain_text_in_their_own_case() -> None:
    row = '<article><h2><a href="/n/{n}">Tea &amp; <em>iPads</em> &lt;for&gt;\n  NHS  {n}</a></h2><p>All <b>at</b>&nbsp;once, and<br>more of it.</p></article>'
    first = items(repeated(row, 3))[0]
    assert (first.title, first.summary) == ("Tea & iPads <for> NHS 27", "All at once, and more of it.")


def test_authors_and_categories_are_kept_apart_from_the_summary() -> None:
    row = (
        '<article><h2><a href="/n/{s}">{t}</a></h2><p class="byline">By <a rel="author" href="/author/ann">Ann Bell</a></p>'
        '<p class="tags"><a rel="tag" href="/tag/care">Care</a> <a rel="tag" href="/tag/home">Home</a></p><p>{p}</p></article>'
    )
    first = items(repeated(row, 3))[0]
    assert (first.author, first.categories, first.summary) == ("Ann Bell", ("Care", "Home"), f"{TITLES[0]}. {SENTENCE}")


def test_links_in_the_middle_of_a_summary_stay_in_it() -> None:
    row = (
        '<article><h2><a href="/n/{s}">{t}</a></h2><p>All our <a href="/category/walks">walks and talks</a> of the year, to be'
        " held <b>on 3 May 2025</b> and after, whatever the weather may be.</p></article>"
    )
    whole = "All our walks and talks of the year, to be held on 3 May 2025 and after, whatever the weather may be."
    assert {item.summary for item in items(repeated(row, 3))} == {whole}


def test_a_title_is_given_without_the_date_the_button_and_the_spoken_words_beside_it() -> None:
    row = (
        '<article><h2>{t} <small>{n} March 2025</small><span class="sr-only">opens here</span> <a href="/n/{s}">Read more</a>'
        "</h2><p>{p}</p></article>"
    )
    assert titles(repeated(row, 3)) == list(TITLES[:3])


def test_the_page_says_its_name_and_what_it_is_for() -> None:
    page = read(
        document(
            MENU
            + "<main><h1>Our insights</h1><p>We share what we learn, as we learn it.</p><p>Do write to us about it.</p>"
            + repeated(CARD)
            + "</main>"
            + FOOTER
        )
    ).page
    assert (page.title, page.introduction) == (
        "Our insights",
        "We share what we learn, as we learn it. Do write to us about it.",
    )


def test_the_name_of_the_site_is_not_the_name_of_the_page() -> None:
    body = '<div><h1><a href="/">Vale Carers</a></h1></div><div><h2>Latest news</h2>' + repeated(CARD) + "</div>"
    assert read(document(body)).page.title == "Latest news"


# -------------------------------------------------------------------------------------------- rough weather

ROUGH = {
    "nothing": b"",
    "spaces": b" \n\t ",
    "zeros": b"\x00" * 5000,
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 400,
    "noise": random.Random(1).randbytes(300_000),
    "half a tag": b"<html><body><div><a href='/x",
    "deep nesting": b"<div>" * 50_000 + b"deep" + b"</div>" * 50_000,
    "deep lists of links": b"<ul><li><a href=/x>Some link to follow</a>" * 20_000,
    "many headings": b"<h2><a href=/%b>A heading of many</a></h2><p>text</p>" * 50_000,
    "one long text": b"<p>" + b"word " * 1_000_000,
    "many attributes": b"<div " + b" ".join(b"a%d=1" % n for n in range(50_000)) + b">x</div>",
    "utf-16 without a mark": "<h1>News</h1>".encode("utf-16-le") * 1000,
    "numbers without end": b"<p>" + b"1" * 500_000 + b"</p><p>" + b"1/" * 200_000 + b"</p>",
}


@pytest.mark.parametrize("what", ROUGH)
def test_no_document_makes_it_fail_or_hang(what: str) -> None:
    started = time.perf_counter()
    reading = read(Document(content=ROUGH[what], base=BASE, name="rough"))
    assert isinstance(reading, Reading)
    assert time.perf_counter() - started < 10


@pytest.mark.parametrize("what", ["nothing", "spaces", "zeros"])
def test_an_empty_document_is_said_to_be_empty(what: str) -> None:
    reading = read(Document(content=ROUGH[what], base=BASE, name="rough"))
    assert [finding.code for finding in reading.findings] == ["page.not-html"]


def test_zeros_among_the_text_do_no_harm() -> None:
    whole = document(f"<main>{repeated(CARD)}</main>")
    torn = Document(content=whole.content.replace(b"<h2>", b"<h2>\x00"), base=BASE, name="torn")
    assert [item.title for item in read(torn).items] == list(TITLES[:5])


@pytest.mark.parametrize("declared", ["utf-8", "iso-8859-1", "koi8-r", "no-such-charset"])
def test_utf_8_is_read_right_whatever_charset_is_declared(declared: str) -> None:
    markup = f'<meta charset="{declared}"><main>' + repeated(CARD).replace("Otters", "Öttérs") + "</main>"
    found = read(
        Document(content=markup.encode(), base=BASE, name="x", content_type=f"text/html; charset={declared}")
    ).items
    assert found[0].title == "Öttérs return to the mill pond"


@pytest.mark.parametrize("charset", ["windows-1252", "utf-16"])
def test_other_charsets_are_read_right(charset: str) -> None:
    markup = "<main>" + repeated(CARD).replace("Otters", "Öttérs “here”") + "</main>"
    found = read(Document(content=markup.encode(charset), base=BASE, name="x")).items
    assert found[0].title == "Öttérs “here” return to the mill pond"


def test_a_page_that_is_too_large_is_read_from_its_beginning_and_it_is_said() -> None:
    dated = SHAPES["a list with dates"]
    reading = read(document(f"<main>{repeated(dated)}</main>" + "<p>and on and on</p>" * 300_000))
    assert [item.title for item in reading.items] == list(TITLES[:5])
    assert [finding.code for finding in reading.findings] == ["page.cut"]


def test_a_list_at_the_bottom_of_unclosed_tags_is_read() -> None:
    assert titles("<font><div>" * 400 + repeated(CARD)) == list(TITLES[:5])


# -------------------------------------------------------------------------------------------- the corpus

SHARED = Path(__file__).parents[2].parent / "shared"
LISTING = SHARED / "listing"
SEED = SHARED / "seed" / "our-insights.txt"
with_corpus = pytest.mark.skipif(
    not LISTING.is_dir(), reason="the listing corpus (../shared/listing) is not on this machine"
)


def score() -> ModuleType:
    """The corpus's own scoring functions."""
    spec = importlib.util.spec_from_file_location("listing_score", LISTING / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@with_corpus
def test_the_bars_on_the_corpus_are_reached() -> None:
    scoring, rows, took = score(), [], []
    for name, path, truth in scoring.pages([str(LISTING / "dev")]):
        page = Document(content=Path(path).read_bytes(), base=truth["url"], name=name)
        started = time.perf_counter()
        found = read(page).items
        took.append(time.perf_counter() - started)
        rows.append(
            scoring.score_page(
                truth, [{"title": i.title, "link": i.link, "date": i.date and i.date.isoformat()} for i in found]
            )
        )
    total = scoring.total(rows)
    reached = {name: total[name] for name in ("macro_f1", "perfect", "title_acc", "date_acc")}
    bars = {"macro_f1": 0.985, "perfect": 0.9, "title_acc": 0.99, "date_acc": 0.95}
    assert all(reached[name] >= bar for name, bar in bars.items()), reached
    # the bar is 50 ms; a machine that runs other tests at the same time may take three times as long
    assert statistics.median(took) <= 0.15


@with_corpus
def test_the_first_users_page_comes_out_as_its_text_says() -> None:
    folder = LISTING / "dev" / "h01-insights"
    address = json.loads((folder / "truth.json").read_text())["url"]
    reading = read(Document(content=(folder / "listing.html").read_bytes(), base=address, name="our insights"))
    blocks = [block.splitlines() for block in SEED.read_text().strip().split("\n\n")]
    words = [(block[0], " ".join(block[1:])) for block in blocks]
    assert [(reading.page.title, reading.page.introduction), *((i.title, i.summary) for i in reading.items)] == words
    assert all(chain.from_iterable((i.link, i.image) for i in reading.items))
