from __future__ import annotations

import json
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import jinja2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import html as markup

from digest.domain.model import Article, DateFrom, Document, Insight, Item, PageHead, Reading, Severity, Source
from digest.stages.collect import canonical, cleaned, filled, identity, insights, plain, safe_link, whole

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SOURCE = Source(id="ours", kind="feed", address="https://a.example/feed")
DOCUMENT = Document(content=b"", base="https://a.example/news/", name="the feed")
BODY = jinja2.Environment(autoescape=True).from_string("<div id='d'>{{ text }}</div>")


def _hostile(shared: Path) -> list[str]:
    xss = shared / "corpora/xss"
    cases = json.loads((xss / "html5lib-sanitizer/html5lib/tests/sanitizer-testdata/tests1.dat").read_text())
    return [
        *json.loads((xss / "blns/blns.json").read_text()),
        *json.loads((xss / "owasp-xss/payloads.json").read_text()),
        *(case["input"] for case in cases),
    ]


def _is_inert(text: str) -> bool:
    (page,) = markup.fragments_fromstring(BODY.render(text=text))
    return len(page) == 0 and (page.text or "") == text


def _is_web_address(link: str) -> bool:
    return link == "" or (urlsplit(link).scheme in ("http", "https") and not set("\"'<>` \t\r\n") & set(link))


def _made(**fields: object) -> tuple[Insight, tuple[str, ...]]:
    item = Item(**({"title": "A title", "link": "https://a.example/1"} | fields))  # type: ignore[arg-type]
    collected = insights(SOURCE, Reading(items=(item,)), {}, NOW)
    return collected.insights[0], tuple(finding.code for finding in collected.findings)


def test_whatever_hostile_string_goes_in_one_text_comes_out(shared: Path) -> None:
    strings = _hostile(shared)
    assert len(strings) > 600
    assert [one for one in strings if not _is_inert(plain(one))] == []


def test_no_hostile_string_becomes_another_link_than_a_web_address(shared: Path) -> None:
    strings = _hostile(shared)
    assert [one for one in strings if not _is_web_address(safe_link(one, "https://a.example/b/"))] == []
    assert [one for one in strings if not _is_web_address(safe_link(one))] == []


@given(st.text() | st.text(alphabet="<>&;\"'/!-ab \0\ud800", max_size=40))
@example("\ud83d")
def test_plain_gives_one_line_without_controls(text: str) -> None:
    made = plain(text)
    assert made == " ".join(made.split())
    assert not {unicodedata.category(character) for character in made} & {"Cc", "Cs", "Co"}


@given(st.text() | st.builds("http://{}".format, st.text()) | st.text(alphabet="htp:/[]@%?#&=.:0\ud800é", max_size=30))
@example("http://a.example/\ud83d")
def test_a_safe_link_can_always_be_compared_and_stored(text: str) -> None:
    link = safe_link(text, "https://a.example/")
    assert _is_web_address(link)
    canonical(link).encode()


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("a < b & c", "a < b & c"),
        ("5 > 3 and 3 &lt; 5", "5 > 3 and 3 < 5"),
        ("R&amp;D", "R&D"),
        ("&amp;lt;b&amp;gt; is written so", "&lt;b&gt; is written so"),
        ("&lt;script&gt; in a headline", "<script> in a headline"),
        ("<p>One</p><p>Two</p>", "One Two"),
        ("One<br/>two<br>three", "One two three"),
        ("<ul><li>One</li><li>two</li></ul>", "One two"),
        ("kept<script>alert(1)</script> <style>p{}</style>too", "kept too"),
        ("<b>Bold</b>ly", "Boldly"),
        ("a\0b\x07c\x85d", "abc d"),
        ("non\u00a0breaking\u2028line", "non breaking line"),
        ("<img src=x onerror=alert(1)>", ""),
        ("<!-- said to nobody -->seen", "seen"),
        ("Café – “naïve” 🎉", "Café – “naïve” 🎉"),
        ("{{ 7*7 }} {% raw %}", "{{ 7*7 }} {% raw %}"),
        ("\u202eturned\u202c \u2067and\u2069 not", "turned and not"),
        ("\u200fשלום\u200f and \u200eworld", "\u200fשלום\u200f and \u200eworld"),
        ("Za" + "\u0316\u0301" * 100 + "lgo", "Za" + "\u0316\u0301" * 4 + "lgo"),
        ("!!!!!!!!!!!! ------------ 🏴󠁧󠁢󠁷󠁬󠁳󠁿", "!!!!!!!!!!!! ------------ 🏴󠁧󠁢󠁷󠁬󠁳󠁿"),
        ("མཱཧཱརྗྫྙ་ནི་ཀྵི", "མཱཧཱརྗྫྙ་ནི་ཀྵི"),
    ],
)
def test_plain_keeps_what_a_reader_would_read(given: str, text: str) -> None:
    assert plain(given) == text


@pytest.mark.parametrize("long", ["word " * 10_000, "x" * 50_000, "<div>" * 10_000, "&amp;" * 10_000, "<" * 50_000])
def test_fifty_thousand_characters_are_cut_not_fatal(long: str) -> None:
    item = Item(title=f"Title {long}", summary=f"Summary {long}", author=long, categories=(long,), guid=long)
    (made,) = cleaned(Reading(items=(item,)), DOCUMENT).items
    assert len(made.title) <= 301
    assert len(made.summary) <= 5_001
    assert all(len(category) <= 101 for category in made.categories)


@pytest.mark.parametrize(
    ("link", "safe"),
    [
        ("/a", "https://a.example/a"),
        ("b", "https://a.example/news/b"),
        ("//other.example/a", "https://other.example/a"),
        (" https://a.example/x ", "https://a.example/x"),
        ("https://a.example/a b\"c'd", "https://a.example/a%20b%22c%27d"),
        ("HTTPS://A.example/", "https://A.example/"),
        ("javascript:alert(1)", ""),
        ("JaVaScRiPt:alert(1)", ""),
        ("java\tscript:alert(1)", ""),
        ("\x01javascript:alert(1)", ""),
        ("data:text/html,<script>alert(1)</script>", ""),
        ("mailto:a@a.example", ""),
        ("file:///etc/passwd", ""),
        ("https://[bad", ""),
        ("https://a.example:99999/", ""),
        ("https://a.example:0/", ""),
        ("https://a.example/" + "x" * 2_000, ""),
    ],
)
def test_links_are_absolute_web_addresses_or_nothing(link: str, safe: str) -> None:
    assert safe_link(link, DOCUMENT.base) == safe


@pytest.mark.parametrize(
    "same",
    [
        "http://a.example/story",
        "https://www.a.example/story/",
        "https://A.EXAMPLE/story",
        "https://a.example/story#comments",
        "https://a.example/story?utm_source=x&utm_medium=email&fbclid=1",
        "https://a.example:443/story?mc_cid=1&mc_eid=2",
    ],
)
def test_spellings_of_one_address_are_one(same: str) -> None:
    assert canonical(same) == canonical("https://a.example/story")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.example/story", "https://a.example/story2"),
        ("https://a.example/?p=1", "https://a.example/?p=2"),
        ("https://a.example/?tag=a&tag=b", "https://a.example/?tag=a&tag=c"),
        ("https://a.example:8080/", "https://a.example/"),
        ("https://a.example/Story", "https://a.example/story"),
        ("https://a.example/x", "https://b.example/x"),
    ],
)
def test_different_addresses_stay_different(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


def test_the_order_of_parameters_makes_no_other_address() -> None:
    assert canonical("https://a.example/?b=2&a=1") == canonical("https://a.example/?a=1&b=2")


def test_an_article_keeps_its_id_when_its_title_is_corrected_or_its_link_tracked() -> None:
    first = identity("ours", Item(title="Teh title", link="https://a.example/1", guid="g1"))
    assert first == identity("ours", Item(title="The title", link="https://www.a.example/1?utm_source=feed", guid="g2"))
    assert first != identity("theirs", Item(title="Teh title", link="https://a.example/1", guid="g1"))
    assert first != identity("ours", Item(title="Teh title", link="https://a.example/2", guid="g1"))


def test_without_a_link_the_guid_tells_articles_apart_and_without_that_the_title() -> None:
    assert identity("s", Item(title="A", guid="1")) == identity("s", Item(title="B", guid="1"))
    assert identity("s", Item(title="A", guid="1")) != identity("s", Item(title="A", guid="2"))
    assert identity("s", Item(title="A story")) == identity("s", Item(title="a STORY"))
    assert identity("s", Item(title="A story")) != identity("s", Item(title="Another"))


@pytest.mark.parametrize(
    "wrong", [datetime(1970, 1, 1, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC), NOW + timedelta(days=2)]
)
def test_a_date_that_cannot_be_true_is_told_and_replaced_by_first_seen(wrong: datetime) -> None:
    made, codes = _made(date=wrong)
    assert (made.published, made.date_from, codes) == (NOW, DateFrom.FIRST_SEEN, ("collect.date",))


@pytest.mark.parametrize("right", [NOW + timedelta(hours=5), NOW, datetime(1999, 1, 1, tzinfo=UTC)])
def test_a_date_that_can_be_true_stays(right: datetime) -> None:
    made, codes = _made(date=right, date_from=DateFrom.PAGE)
    assert (made.published, made.date_from, codes) == (right, DateFrom.PAGE, ())


def test_no_date_is_first_seen_and_said() -> None:
    made, codes = _made()
    assert (made.published, made.date_from, codes) == (NOW, DateFrom.FIRST_SEEN, ("collect.undated",))


def test_an_article_told_twice_in_one_feed_is_one_insight() -> None:
    items = (Item(title="A", link="https://a.example/1"), Item(title="A, again", link="https://a.example/1?utm_id=2"))
    collected = insights(SOURCE, Reading(items=items), {}, NOW)
    assert [one.title for one in collected.insights] == ["A"]


@pytest.mark.parametrize("title", ["", "  \n ", "<b></b>", "<script>alert(1)</script>", "\0"])
def test_an_item_without_a_title_is_left_out_with_a_finding(title: str) -> None:
    items = (Item(title=title, link="/lost"), Item(title="Kept"))
    made = cleaned(Reading(items=items), DOCUMENT)
    assert [item.title for item in made.items] == ["Kept"]
    (finding,) = made.findings
    assert (finding.code, finding.severity, finding.where) == ("collect.untitled", Severity.LOOK_AT, "the feed")
    assert "https://a.example/lost" in finding.what


def test_a_title_keeps_its_case_and_all_other_texts_are_plain_too() -> None:
    item = Item(
        title="SEND: What <em>iPads</em> Did",
        author="<b>Ann</b>",
        categories=("<i>A</i>", "A", " "),
        image="javascript:x",
        guid="<g>1",
    )
    page = PageHead(title="<h1>News</h1>", introduction="<p>All</p>")
    made = cleaned(Reading(page=page, items=(item,)), DOCUMENT)
    (one,) = made.items
    assert (one.title, one.author, one.categories, one.image) == ("SEND: What iPads Did", "Ann", ("A",), "")
    assert made.page == PageHead(title="News", introduction="All")


@pytest.mark.parametrize(
    "same",
    [
        "https://m.a.example/story",
        "https://mobile.a.example/story",
        "https://amp.a.example/story",
        "https://a.example/amp/story",
        "https://a.example/story/amp/",
        "https://a.example/story/amp",
        "https://a.example/story?amp=1",
        "https://a.example/story?amp",
        "https://a.example/story?outputType=amp",
        "https://www.google.com/amp/s/www.a.example/story",
        "https://www.google.co.uk/amp/s/a.example/story/amp",
        "https://www-a-example.cdn.ampproject.org/c/s/www.a.example/story",
        "https://a.example/story/index.html",
        "https://a.example//story/",
        "https://a.example/story?gclid=1&_ga=2&at_campaign=3&ns_mchannel=4&mtm_source=5",
        "https://a.example./story",
    ],
)
def test_the_same_article_in_another_dress_has_the_same_address(same: str) -> None:
    assert canonical(same) == canonical("https://a.example/story")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://m.example/story", "https://example/story"),
        ("https://a.example/amp", "https://a.example/"),
        ("https://a.example/amplifier", "https://a.example/"),
        ("https://a.example/camp/", "https://a.example/c"),
        ("https://a.example/?share=1&id=1", "https://a.example/?id=2"),
        ("https://a.example/story?m=2", "https://a.example/story"),
        ("https://a.example/story?page=2", "https://a.example/story"),
    ],
)
def test_what_only_looks_like_another_dress_stays_different(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


KEPT = "The nursery opened a garden in May. Forty families dig there on Saturdays."
LONG = f"{KEPT} They grow beans and"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (f"{LONG} […]", KEPT),
        (f"{LONG} [&hellip;]", KEPT),
        (f"{LONG}...", KEPT),
        (f"{LONG} […] Continue reading Our garden →", KEPT),
        ("They grow beans and carrots. Read more", "They grow beans and carrots."),
        ("They dig. The post Our garden appeared first on Fernhill Trust.", "They dig."),
        ("A long sentence that was broken off in the mid…", "A long sentence that was broken off in the mid…"),
        ("Dr. Amy Lee leads it. It costs 3.50 a week.", "Dr. Amy Lee leads it. It costs 3.50 a week."),
        ("How do children read more?", "How do children read more?"),
        ("Wait…", "Wait…"),
    ],
)  # fmt: skip
def test_a_summary_ends_with_a_whole_sentence(given: str, kept: str) -> None:
    (made,) = cleaned(Reading(items=(Item(title="A", summary=given),)), DOCUMENT).items
    assert made.summary == kept


@given(st.text(alphabet="ab. …!?[]é中。\n", max_size=200), st.integers(50, 120))
def test_a_summary_is_never_longer_than_asked_and_never_ends_inside_a_word(text: str, characters: int) -> None:
    words = plain(text)
    made = whole(words, characters, "en")
    assert len(made) <= max(characters, 1)
    bare = made.rstrip("…").rstrip(" ,;:–-")
    assert words.startswith(bare) or set(bare.split()) <= set(words.split())


def test_of_a_long_document_the_first_five_hundred_entries_are_read_and_that_is_said() -> None:
    items = tuple(Item(title=f"Story {number}") for number in range(600))
    made = cleaned(Reading(items=items), DOCUMENT)
    assert [len(made.items), made.items[-1].title, made.findings[0].code] == [500, "Story 499", "collect.too-many"]


def _stored(**fields: object) -> dict[str, Insight]:
    insight, _ = _made(**fields)
    return {insight.id: insight}


def test_a_date_that_changes_is_told_and_the_first_one_stays() -> None:
    before = _stored(date=NOW - timedelta(days=9))
    item = Item(title="A title", link="https://a.example/1", date=NOW)
    collected = insights(SOURCE, Reading(items=(item,)), before, NOW)
    assert collected.insights[0].published == NOW - timedelta(days=9)
    assert [finding.code for finding in collected.findings] == ["collect.date-changed"]
    assert collected.new == frozenset()


def test_a_surer_date_takes_the_place_of_a_guess() -> None:
    before = _stored(date=NOW - timedelta(days=9), date_from=DateFrom.GUESSED, author="Ann")
    item = Item(title="A title", link="https://a.example/1", date=NOW - timedelta(days=3))
    (made,) = insights(SOURCE, Reading(items=(item,)), before, NOW).insights
    assert (made.published, made.date_from) == (NOW - timedelta(days=3), DateFrom.STATED)
    assert made.author == "Ann", "what was known of it is not lost"


def test_what_was_first_seen_keeps_that_day_when_it_is_seen_again() -> None:
    before = _stored()
    later = NOW + timedelta(days=7)
    collected = insights(SOURCE, Reading(items=(Item(title="New", link="https://a.example/1"),)), before, later)
    (made,) = collected.insights
    assert (made.title, made.published, made.first_seen, collected.findings) == ("New", NOW, NOW, ())


def test_only_what_lies_under_the_wanted_path_is_taken() -> None:
    items = (Item(title="A", link="https://a.example/news/1"), Item(title="B", link="https://a.example/shop/1"))
    collected = insights(replace(SOURCE, under="/news/"), Reading(items=items), {}, NOW)
    assert [one.title for one in collected.insights] == ["A"]


def test_an_articles_own_page_fills_in_what_the_source_left_out_and_nothing_else() -> None:
    insight, _ = _made(summary="Ours", image="")
    day = NOW - timedelta(days=2)
    article = Article(title="Theirs", summary="Theirs", author="Ann", image="https://a.example/i.jpg", date=day)
    made = filled(insight, article, NOW)
    assert (made.title, made.summary, made.author, made.image) == ("A title", "Ours", "Ann", "https://a.example/i.jpg")
    assert (made.published, made.date_from) == (day, DateFrom.PAGE)
    stated, _ = _made(date=NOW)
    assert filled(stated, article, NOW).published == NOW
    impossible = replace(article, date=NOW + timedelta(days=400))
    assert filled(insight, impossible, NOW).date_from == DateFrom.FIRST_SEEN


@pytest.mark.parametrize(
    "hostile",
    [
        "https://www.google.com/amp/s/[x",
        "https://x.cdn.ampproject.org/c/s/%5Bx",
        "https://www.google.com/amp/s/a.example:99999/x",
    ],
)
def test_no_link_that_is_safe_breaks_the_comparing(hostile: str) -> None:
    assert canonical(safe_link(hostile))


def test_places_that_scripts_make_pages_of_are_articles_of_their_own() -> None:
    assert canonical("https://a.example/#/news/1") != canonical("https://a.example/#/news/2")
    assert canonical("https://a.example/#!news") != canonical("https://a.example/")


def test_release_notes_on_one_page_are_articles_of_their_own() -> None:
    items = tuple(Item(title=f"Version {n}", link=f"https://a.example/notes#v{n}", guid=f"g{n}") for n in range(5))
    collected = insights(SOURCE, Reading(items=items), {}, NOW)
    assert len(collected.insights) == len({one.canonical for one in collected.insights}) == 5
    comments = (Item(title="A", link="https://a.example/1"), Item(title="A", link="https://a.example/1#comments"))
    assert len(insights(SOURCE, Reading(items=comments), {}, NOW).insights) == 1
