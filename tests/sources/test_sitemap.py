from __future__ import annotations

import gzip
from datetime import UTC, datetime

import pytest

from digest.domain.errors import DocumentError
from digest.domain.model import DateFrom, Document, Reading
from digest.sources import read

HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
SPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def of(text: str | bytes) -> Reading:
    content = text if isinstance(text, bytes) else text.encode()
    return read("sitemap", Document(content=content, base="https://a.example/sitemap.xml", name="the sitemap"))


def urls(*entries: str) -> str:
    return f"{HEAD}<urlset {SPACE}>{''.join(f'<url>{entry}</url>' for entry in entries)}</urlset>"


def test_the_articles_that_changed_last_come_first_and_need_no_title() -> None:
    made = of(
        urls(
            "<loc>https://a.example/news/old</loc><lastmod>2026-01-02</lastmod>",
            "<loc>https://a.example/news/undated</loc>",
            "<loc>https://a.example/news/new</loc><lastmod>2026-11-02T10:00:00+01:00</lastmod>",
        )
    )
    assert [item.link.rpartition("/")[2] for item in made.items] == ["new", "old", "undated"]
    assert made.items[0].date == datetime(2026, 11, 2, 9, tzinfo=UTC)
    assert made.items[0].date_from == DateFrom.GUESSED
    assert made.untitled


def test_what_others_lie_under_is_a_section_and_no_article() -> None:
    made = of(urls(*(f"<loc>https://a.example{path}</loc>" for path in ("/", "/news/", "/news/one", "/about"))))
    assert sorted(item.link for item in made.items) == ["https://a.example/about", "https://a.example/news/one"]


def test_a_news_sitemap_states_titles_and_days() -> None:
    news = (
        '<loc>https://a.example/one</loc><lastmod>2026-11-09</lastmod><n:news xmlns:n="http://www.google.com/schemas/'
        'sitemap-news/0.9"><n:publication_date>2026-11-02</n:publication_date><n:title>A title</n:title></n:news>'
    )
    (item,) = of(urls(news)).items
    assert (item.title, item.date, item.date_from) == ("A title", datetime(2026, 11, 2, tzinfo=UTC), DateFrom.STATED)


def test_an_index_names_the_parts_that_may_hold_articles() -> None:
    names = ("category-sitemap.xml", "post-sitemap.xml", "page-sitemap.xml", "author-sitemap.xml")
    parts = "".join(f"<sitemap><loc>https://a.example/{name}</loc></sitemap>" for name in names)
    made = of(f"{HEAD}<sitemapindex {SPACE}>{parts}</sitemapindex>")
    assert made.further == ("https://a.example/post-sitemap.xml",)


def test_a_packed_sitemap_is_unpacked_and_a_bomb_is_not() -> None:
    assert of(gzip.compress(urls("<loc>https://a.example/one</loc>").encode())).items
    with pytest.raises(DocumentError, match="larger than 50 MB"):
        of(gzip.compress(bytes(60 * 1024 * 1024)))
    with pytest.raises(DocumentError, match="packed wrongly"):
        of(b"\x1f\x8bnonsense")


@pytest.mark.parametrize(
    "hostile",
    [
        urls("<loc>javascript:alert(1)</loc>", "<loc>file:///etc/passwd</loc>", "<loc>data:text/html,x</loc>"),
        f'{HEAD}<!DOCTYPE u [<!ENTITY x SYSTEM "file:///etc/passwd">]><urlset><url><loc>&x;</loc></url></urlset>',
        urls("<lastmod>yesterday</lastmod>", "<loc></loc>", ""),
    ],
)
def test_nothing_but_web_addresses_comes_of_it(hostile: str) -> None:
    assert of(hostile).items == ()


@pytest.mark.parametrize("other", [b"", b"<html><body>News</body></html>", b"not xml", b"<rss/>", b"\x00\x01"])
def test_what_is_no_sitemap_is_told(other: bytes) -> None:
    with pytest.raises(DocumentError, match="is no sitemap"):
        of(other)


def test_one_odd_entry_spoils_no_other() -> None:
    made = of(
        urls(
            "<loc>https://[bad/</loc>",
            "<loc>https://a.example/one</loc><lastmod>0001-01-01T00:00:00+01:00</lastmod>",
            "<loc>https://a.example/?p=4</loc>",
        )
    )
    assert sorted(item.link for item in made.items) == ["https://a.example/?p=4", "https://a.example/one"]


def test_an_article_with_one_page_below_it_is_no_section() -> None:
    made = of(urls("<loc>https://a.example/news/story</loc>", "<loc>https://a.example/news/story/part-2</loc>"))
    assert len(made.items) == 2


def test_what_is_wanted_is_chosen_before_the_list_is_cut() -> None:
    shop = [f"<loc>https://a.example/shop/{n}</loc><lastmod>2026-11-20</lastmod>" for n in range(150)]
    news = [f"<loc>https://a.example/news/{n}</loc><lastmod>2026-01-02</lastmod>" for n in range(20)]
    document = Document(content=urls(*shop, *news).encode(), base="https://a.example/", name="it", under="/news/")
    assert len(read("sitemap", document).items) == 20
