"""What `digest.sources.page` promises of dates: whatever calendar, wherever they stand, in however many pieces."""

# A row of markup reads best in one line.
# ruff: noqa: E501

from __future__ import annotations

import pytest

from tests.sources.test_page import TITLES, items, repeated, slug

TITLED = '<a href="/n/{s}">{t}</a>'
MAYS = ("مه 12, 2025", "12 مه 2025")
DAYS = ["2025-03-27", "2025-03-26", "2025-03-25", "2025-03-24", "2025-03-23"]


def days(body: str, **about: str) -> list[str | None]:
    """The days of the items on a page with this body."""
    return [item.date.date().isoformat() if item.date else None for item in items(body, **about)]


CALENDARS = {
    "令和7年3月12日": "ja", "令和７年３月１２日（水）": "ja", "R7.3.12": "ja", "民國114年3月12日": "zh", "114.03.12": "zh-TW",
    "114年3月12日": "zh-Hant", "12 มี.ค. 2568": "th", "12 มี.ค. 68": "th", "12 มีนาคม พ.ศ. 2568": "th", "12 آذار 2025": "ar",
    "22 اسفند 1403": "fa", "مار 12, 2025": "fa", "۱۴۰۳/۱۲/۲۲": "fa", "12 Tháng Ba, 2025": "vi", "12 márta 2025": "ga",
}  # fmt: skip
SPELLINGS = {
    "12/mar/2025": "pt", "2025 m. kovo 12 d.": "lt", "2025. gada 12. marts": "lv", "2025(e)ko martxoaren 12(a)": "eu",
    "12. марта 2025.": "sr", "12 Mar 25": "en", "Wed, 12-Mar-25": "en",
}  # fmt: skip


@pytest.mark.parametrize(("words", "language"), (CALENDARS | SPELLINGS).items())
def test_days_of_other_calendars_and_spellings_are_read(words: str, language: str) -> None:
    row = f"<article><h2>{TITLED}</h2><p>{words}</p><p>{{p}}</p></article>"
    assert days(repeated(row, 3), lang=language, language=language) == ["2025-03-12"] * 3


@pytest.mark.parametrize(
    ("words", "day"),
    {
        "令和元年5月1日": "2019-05-01",
        "平成31年4月30日": "2019-04-30",
        "7 دی 1399": "2020-12-27",
        "30 اسفند 1399": "2021-03-20",
    }.items(),
)
def test_first_years_and_leap_years_of_other_calendars_are_right(words: str, day: str) -> None:
    row = f"<article><h2>{TITLED}</h2><p>{words}</p></article>"
    assert days(repeated(row, 3), lang="ja" if "年" in words else "fa") == [day] * 3


YEARS = {
    "an element": '<div class="y">2025</div>{}',
    "bold text": "<p><strong>2025</strong></p>{}",
    "a heading of more words": "<h2>News from 2025</h2>{}",
    "a heading with a link to itself": '<h2 id="y">2025<a href="#y">#</a></h2>{}',
    "a fold": "<details open><summary>2025</summary>{}</details>",
    "a row": "<table><tr><th>2025</th></tr></table>{}",
}


@pytest.mark.parametrize("above", YEARS)
def test_days_without_a_year_have_the_one_they_stand_under(above: str) -> None:
    rows = repeated(f"<li><span>{{n}} March</span> {TITLED}</li>")
    older = '<div class="y">2019</div><ul><li><span>3 May</span> <a href="/n/old">An older story of ours</a></li></ul>'
    assert days(f"<main>{YEARS[above].format(f'<ul>{rows}</ul>')}{older}</main>") == [*DAYS, "2019-05-03"]


def test_links_to_years_lend_no_year() -> None:
    rows = repeated(f"<li><span>{{n}} March</span> {TITLED}</li>")
    assert days(f'<p><a href="?y=2019">2019</a></p><ul>{rows}</ul>') == [None] * 5


PIECES = {
    "numbers that only styles part": "<div><b>{n}</b><i>03/2025</i></div>",
    "day, then year and month": "<div><b>{n}</b><span>2025-03</span></div>",
    "year, then month and day": "<div><b>2025</b><span>03-{n}</span></div>",
    "three numbers": "<div><b>{n}</b><b>03</b><b>2025</b></div>",
}


@pytest.mark.parametrize("how", PIECES)
def test_a_date_of_numbers_in_pieces_is_one_date(how: str) -> None:
    assert days(repeated(f"<article>{PIECES[how]}<h3>{TITLED}</h3><p>{{p}}</p></article>")) == DAYS


def test_a_date_above_each_definition_is_of_it() -> None:
    assert days("<dl>" + repeated(f"<dt>{{n}} March 2025</dt><dd>{TITLED}<br>{{p}}</dd>") + "</dl>") == DAYS


def test_a_date_that_only_line_breaks_part_from_its_title_is_of_it() -> None:
    row = '<font color="red">{n} March 2025</font><br><a href="/n/{s}"><b>{t}</b></a><br>{p}<br><br>'
    assert days(f"<h1>News</h1>{repeated(row)}<p>The end</p>") == DAYS


def test_a_link_whose_words_are_the_date_is_the_way_to_the_article() -> None:
    row = '<div><h3>{t}</h3><p>{p}</p><p><a href="/n/{s}">{n} March 2025</a> · <a href="/tags/pond">pond</a></p></div>'
    found = items(repeated(row))
    assert [item.link.rsplit("/", 1)[-1] for item in found] == [slug(item.title) for item in found]


IN_TITLES = {
    "before a bar": "2025-03-{n} | {t}",
    "before a dash": "{n}/03/2025 – {t}",
    "before a colon": "{n} March 2025: {t}",
    "before nothing": "{n}.03.2025 {t}",
    "in brackets before": "[{n} March 2025] {t}",
    "in brackets after": "{t} ({n} March 2025)",
    "after a dash": "{t} - {n} March 2025",
}


@pytest.mark.parametrize("how", IN_TITLES)
def test_a_date_that_all_titles_begin_or_end_with_is_the_date_and_not_the_title(how: str) -> None:
    body = "<ul>" + repeated(f'<li><a href="/n/{{s}}">{IN_TITLES[how]}</a></li>') + "</ul>"
    assert days(body) == DAYS
    assert [item.title for item in items(body)] == list(TITLES[:5])


def test_a_day_and_a_dash_before_titles_have_the_year_they_stand_under() -> None:
    body = "<h2>2025</h2><ul>" + repeated('<li><a href="/n/{s}">March {n} - {t}</a></li>') + "</ul>"
    assert days(body) == DAYS
    assert [item.title for item in items(body)] == list(TITLES[:5])


KEPT = {
    "one title has it": "{t}",
    "the list has other dates": "{t} ({n} May 2031)</a><span>{n} March 2025</span><a>",
    "nothing else tells them apart": "Minutes of the board ({n} May 2024)",
}


@pytest.mark.parametrize("why", KEPT)
def test_a_date_that_is_of_the_title_stays_in_it(why: str) -> None:
    body = "<ul>" + repeated(f'<li><a href="/n/{{s}}">{KEPT[why]}</a></li>')
    body += '<li><a href="/n/x">A day to remember (9 May 2031)</a><span>9 May 2024</span></li></ul>'
    found = [item.title for item in items(body)]
    assert found[-1] == "A day to remember (9 May 2031)"
    assert len(found) == 6
    assert all(("(" in title) == ("(" in KEPT[why]) for title in found[:5])


MARKS = {
    "a meta element": '<meta itemprop="datePublished" content="2025-03-{n}T09:00:00Z"><meta itemprop="dateModified" content="2031-01-01">',
    "a time of change first": '<span itemprop="dateModified" content="2031-01-01"></span><time datetime="2025-03-{n}">then</time>',
    "an abbreviation": '<abbr class="published" title="2025-03-{n}T09:00:00Z">lately</abbr>',
}


@pytest.mark.parametrize("mark", MARKS)
def test_a_date_is_read_from_the_marks_that_machines_have_for_it(mark: str) -> None:
    assert days(repeated(f"<div>{MARKS[mark]}<h3>{TITLED}</h3><p>{{p}}</p></div>")) == DAYS


@pytest.mark.parametrize("words", MAYS)
def test_a_month_of_two_letters_is_read_in_its_language(words: str) -> None:
    row = f"<article><h2>{TITLED}</h2><p>{words}</p><p>{{p}}</p></article>"
    assert days(repeated(row, 3), lang="fa", language="fa") == ["2025-05-12"] * 3


@pytest.mark.parametrize(
    ("words", "day"),
    {"03-12": "2025-03-12", "25-03": "2025-03-25", "12.03.": "2025-03-12", "[03/12]": "2025-03-12"}.items(),
)
def test_days_in_two_numbers_take_the_year_above_them(words: str, day: str) -> None:
    row = f"<li><span>{words}</span> {TITLED}</li>"
    assert days(f"<main><h2>2025</h2><ul>{repeated(row, 4)}</ul></main>") == [day] * 4


LINES = {
    "before it": "{n} March: " + TITLED + "<br>",
    "after it": TITLED + ", {n} March<br>",
    "before it, in numbers": "{n}.03.2025 - " + TITLED + "<br>",
}


@pytest.mark.parametrize("line", LINES)
def test_a_day_in_a_line_without_elements_is_that_of_its_own_title(line: str) -> None:
    assert days(f"<main><h1>News</h1><h4>2025</h4><p>{repeated(LINES[line])}</p></main>") == DAYS
