from __future__ import annotations

import json

import pytest

from digest.domain.errors import AddressRefused, FetchError
from digest.domain.model import Document, Source
from digest.sources.asking import Asking
from digest.sources.discover import Discovery, announced, discover, sniffed, spelled
from tests.conftest import Site
from tests.sources.conftest import TITLES, feed, listing


def found(asking: Asking, address: str) -> Discovery:
    return discover(asking, Source(id="new", kind="page", address=address, allow_private=True))


def link(path: str, kind: str = "application/rss+xml") -> str:
    return f'<link rel="alternate" type="{kind}" href="{path}">'


def test_a_feed_is_a_feed_and_tells_its_name(asking: Asking, site: Site) -> None:
    # many a server calls its feed text/html
    (way,) = found(asking, site.page("/feed", feed(*TITLES), Content_Type="text/html")).ways
    assert (way.source.kind, way.source.name, len(way.reading.items)) == ("feed", "Fernhill news", 3)


def test_a_page_without_a_feed_is_a_page(asking: Asking, site: Site) -> None:
    (way,) = found(asking, site.page("/news", listing(*TITLES))).ways
    assert (way.source.kind, way.source.website) == ("page", site.address("/news"))
    assert [item.title for item in way.reading.items] == list(TITLES)


def test_the_feed_that_tells_a_pages_articles_is_better_than_the_page(asking: Asking, site: Site) -> None:
    site.page("/feed", feed(*TITLES, host=site.address("")))
    first, second = found(asking, site.page("/news", listing(*TITLES, head=link("/feed")))).ways
    assert (first.source.kind, first.source.address) == ("feed", site.address("/feed"))
    assert second.source.kind == "page"


def test_a_feed_that_tells_other_things_than_the_page_is_only_named(asking: Asking, site: Site) -> None:
    site.page("/feed", feed("A podcast", "Another podcast", host="https://podcasts.example"))
    first, second = found(asking, site.page("/news", listing(*TITLES, head=link("/feed")))).ways
    assert (first.source.kind, second.source.kind) == ("page", "feed")


def test_a_page_whose_list_is_made_by_scripts_gives_its_feed(asking: Asking, site: Site) -> None:
    site.page("/feed", feed(*TITLES))
    site.page("/comments/feed/", feed("Nice!", "Thanks!", "Great!", "Wow!"))
    head = link("/comments/feed/") + link("/feed", "application/atom+xml")
    page = f"<html><head>{head}</head><body><div id='root'></div></body></html>"
    (way,) = found(asking, site.page("/news", page)).ways
    assert way.source.address == site.address("/feed")


def test_where_there_is_neither_list_nor_feed_the_sitemap_names_what_lies_there(asking: Asking, site: Site) -> None:
    site.page("/robots.txt", f"User-agent: *\nAllow: /\nSitemap: {site.address('/map.xml')}\n")
    urls = "".join(
        f"<url><loc>{site.address(path)}</loc></url>" for path in ("/news/1", "/news/2", "/shop/1", "/news/")
    )
    site.page("/map.xml", f"<urlset>{urls}</urlset>")
    (way,) = found(asking, site.page("/news/", "<html><body><div id='root'></div></body></html>")).ways
    assert (way.source.kind, way.source.under, way.source.articles) == ("sitemap", "/news/", True)
    assert [item.link for item in way.reading.items] == [site.address("/news/1"), site.address("/news/2")]


def test_where_there_is_nothing_that_is_said(asking: Asking, site: Site) -> None:
    nothing = found(asking, site.page("/about", "<html><body><h1>About us</h1><p>We help.</p></body></html>"))
    assert nothing.ways == ()
    assert [finding.code for finding in nothing.findings] == ["page.no-list"]


def test_a_feed_that_is_announced_and_broken_is_told(asking: Asking, site: Site) -> None:
    made = found(asking, site.page("/news", listing(*TITLES, head=link("/gone") + link("javascript:alert(1)"))))
    assert [way.source.kind for way in made.ways] == ["page"]
    assert "cannot be read" in made.findings[0].what
    assert "/gone" in site.paths


def test_a_moved_address_is_written_as_where_it_went_for_good(asking: Asking, site: Site) -> None:
    site.page("/new", listing(*TITLES))
    (way,) = found(asking, site.page("/old", status=301, Location="/new")).ways
    assert way.source.address == site.address("/new")
    (way,) = found(asking, site.page("/today", status=302, Location="/new")).ways
    assert way.source.address == site.address("/today")


def test_what_cannot_be_had_is_told(asking: Asking, site: Site) -> None:
    with pytest.raises(FetchError, match="answered 404"):
        found(asking, site.address("/nothing"))


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("www.example.org/news", "https://www.example.org/news"),
        (" https://example.org ", "https://example.org"),
        ("<http://example.org/a>", "http://example.org/a"),
        ("example.org", "https://example.org"),
        ("feed://example.org/rss", "https://example.org/rss"),
        ("https://https://example.org", "https://example.org"),
    ],
)
def test_an_address_is_read_as_somebody_meant_it(given: str, meant: str) -> None:
    assert spelled(given) == meant


@pytest.mark.parametrize("given", ["", "our news page", "@", "news@example.org now"])
def test_what_is_no_address_is_refused_kindly(given: str) -> None:
    with pytest.raises(AddressRefused) as told:
        spelled(given)
    assert "browser" in told.value.mend


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"<?xml version='1.0'?><!-- hi --><rss version='2.0'>", "feed"),
        (b"\xef\xbb\xbf<feed xmlns='http://www.w3.org/2005/Atom'>", "feed"),
        (b"<rdf:RDF>", "feed"),
        (b"<!DOCTYPE rss><rss>", "feed"),
        (json.dumps({"version": "https://jsonfeed.org/version/1.1"}).encode(), "feed"),
        ("<?xml version='1.0' encoding='utf-16'?><rss>".encode("utf-16"), "feed"),
        (b"<urlset>", "sitemap"),
        (b"<?xml-stylesheet href='a.xsl'?><sitemapindex>", "sitemap"),
        (b"<!doctype html><html>", "page"),
        (b"<div>", "page"),
        (b"", "page"),
        (b"words", "page"),
    ],
)
def test_kinds_are_told_apart_by_their_first_octets(head: bytes, kind: str) -> None:
    assert sniffed(Document(content=head, base="", name="it")) == kind


def test_only_feeds_of_web_addresses_are_announced() -> None:
    page = (
        link("/a")
        + link("file:///etc/passwd")
        + link("/b", "text/html")
        + link("/a")
        + link("/c").replace("alternate", "stylesheet")
        + '<link rel="alternate" type="application/rss+xml">'
    )
    assert announced(Document(content=page.encode(), base="https://a.example/", name="it")) == ["https://a.example/a"]
