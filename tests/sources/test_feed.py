from __future__ import annotations

from datetime import UTC, datetime

import pytest

from digest.domain.errors import DocumentError
from digest.domain.model import Document, PageHead, Reading
from digest.sources import read

RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>Harbour &amp; Schools</title><description>All news</description><link>https://a.example/</link>
<item><title>A bus &lt;em&gt;returns&lt;/em&gt;</title><link>/news/bus?utm_source=rss</link>
<description><![CDATA[<p>It runs</p><script>alert(1)</script><p>daily &amp; late.</p>]]></description>
<pubDate>Thu, 05 Nov 2026 10:00:00 +0200</pubDate><dc:creator>Ann Bell</dc:creator>
<category>Travel</category><category>Travel</category><category>R&amp;D</category>
<guid isPermaLink="false">id-1</guid><media:thumbnail url="/pic.jpg"/></item>
<item><title>Hostile</title><link>javascript:alert(1)</link><pubDate>not a date</pubDate>
<enclosure url="data:image/png;base64,xx" type="image/png"/></item>
<item><link>https://a.example/untitled</link></item>
</channel></rss>"""
ATOM = """<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://b.example/blog/"><title>Blog</title><subtitle>Notes</subtitle>
<entry><title type="html">One &amp;lt; two</title><id>tag:b.example,2026:1</id><link rel="edit" href="/edit"/>
<link href="one"/><updated>2026-11-06T09:00:00Z</updated><published>2026-11-05T09:00:00Z</published>
<author><name>Ben</name></author><category term="Play"/><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">
<p>Whole <b>text</b></p></div></content></entry></feed>"""
RDF = """<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://c.example/"><title>C</title>
<description>D</description></channel><item rdf:about="https://c.example/1"><title>Old but alive</title>
<link>https://c.example/1</link><description>Text</description><dc:date>2026-11-04T00:00:00+00:00</dc:date></item></rdf:RDF>"""


def _read(content: str | bytes, content_type: str = "") -> Reading:
    data = content if isinstance(content, bytes) else content.encode()
    return read("feed", Document(content=data, base="https://a.example/feed", name="feed", content_type=content_type))


def _rss(title: str) -> str:
    return f"<rss version='2.0'><channel><title>B</title><item><title>{title}</title></item></channel></rss>"


def test_rss_gives_clean_items_with_absolute_links() -> None:
    made = _read(RSS)
    bus, hostile = made.items
    assert made.page == PageHead(title="Harbour & Schools", introduction="All news")
    assert (bus.title, bus.summary) == ("A bus returns", "It runs daily & late.")
    assert bus.link == "https://a.example/news/bus?utm_source=rss"
    assert bus.date == datetime(2026, 11, 5, 8, tzinfo=UTC)
    assert (bus.author, bus.categories, bus.guid) == ("Ann Bell", ("Travel", "R&D"), "id-1")
    assert bus.image == "https://a.example/pic.jpg"
    assert (hostile.link, hostile.image, hostile.date) == ("", "", None)
    assert [finding.code for finding in made.findings] == ["collect.untitled"]


def test_atom_gives_the_date_of_publication_the_alternate_link_and_the_content() -> None:
    made = _read(ATOM)
    (one,) = made.items
    assert made.page == PageHead(title="Blog", introduction="Notes")
    assert (one.title, one.summary, one.author) == ("One < two", "Whole text", "Ben")
    assert one.link == "https://b.example/blog/one"
    assert one.date == datetime(2026, 11, 5, 9, tzinfo=UTC)
    assert (one.categories, one.guid) == (("Play",), "tag:b.example,2026:1")


def test_rdf_is_read() -> None:
    (one,) = _read(RDF).items
    assert (one.title, one.link, one.date) == (
        "Old but alive",
        "https://c.example/1",
        datetime(2026, 11, 4, tzinfo=UTC),
    )


def test_an_empty_feed_with_a_title_is_a_feed() -> None:
    assert _read("<rss version='2.0'><channel><title>New</title></channel></rss>").items == ()


@pytest.mark.parametrize(
    "content", [b"", b"<html><body><p>A page</p></body></html>", b"\x89PNG\r\n\0\0", b"words", b"{}", b"<rss"]
)
def test_what_is_no_feed_is_told_and_what_to_write_instead(content: bytes) -> None:
    with pytest.raises(DocumentError, match="is not a feed") as told:
        _read(content)
    assert 'kind = "page"' in told.value.mend


@pytest.mark.parametrize(
    ("encoding", "content_type"),
    [
        ("utf-8", "application/rss+xml"),
        ("iso-8859-1", "text/xml; charset=iso-8859-1"),
        ("utf-16", "application/xml"),
    ],
)
def test_the_encoding_of_a_feed_is_found(encoding: str, content_type: str) -> None:
    feed = f"<?xml version='1.0' encoding='{encoding}'?>{_rss('Café Łódź')}"
    text = feed.replace("Łódź", "blå") if encoding == "iso-8859-1" else feed
    (item,) = _read(text.encode(encoding), content_type).items
    assert item.title.startswith("Café ")
    assert "?" not in item.title


def test_a_feed_cut_in_the_middle_gives_what_came_before() -> None:
    assert [item.title for item in _read(RSS[: RSS.index("<title>Hostile")]).items] == ["A bus returns"]


@pytest.mark.parametrize("bomb", ["a" * 10, "lol"])
def test_entities_of_a_feeds_own_are_not_multiplied(bomb: str) -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else bomb}">' for n in range(9))
    feed = f"<!DOCTYPE x [{entities}]>{_rss('x&e8;')}"
    made = _read(feed)
    assert sum(len(item.title) for item in made.items) < 1_000
