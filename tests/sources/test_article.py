from __future__ import annotations

from datetime import UTC, datetime

import pytest

from digest.domain.errors import DocumentError
from digest.domain.model import Article, Document
from digest.sources.article import read

LINKED = (
    '<script type="application/ld+json">{"@context": "https://schema.org", "@type": "NewsArticle", '
    '"headline": "What EYFS means to Mrs McGee", "datePublished": "2026-03-04T10:00:00Z", '
    '"author": {"@type": "Person", "name": "Bea Writer"}, "image": "https://a.example/ld.jpg"}</script>'
)
GRAPH = (
    '<meta property="og:title" content="What EYFS means to Mrs McGee"><meta property="og:image" content="/og.jpg">'
    '<meta property="og:description" content="A nursery tells. It has forty children.">'
    '<meta property="article:published_time" content="2026-03-04T10:00:00+00:00">'
)
META = '<meta name="author" content="Bea Writer"><meta name="description" content="A nursery tells.">'


def of(head: str, body: str = "<h1>What EYFS means to Mrs McGee</h1><p>They play.</p>") -> Article:
    page = f"<html><head><title>News</title>{head}</head><body><article>{body}</article></body></html>"
    return read(Document(content=page.encode(), base="https://a.example/news/one", name="the article"))


def test_linked_data_says_who_when_and_shows_a_picture() -> None:
    made = of(LINKED)
    assert made.author == "Bea Writer"
    assert made.date == datetime(2026, 3, 4, tzinfo=UTC)
    assert made.title == "What EYFS means to Mrs McGee", "the headline keeps its case"


def test_open_graph_gives_description_picture_and_day() -> None:
    made = of(GRAPH)
    assert made.summary == "A nursery tells. It has forty children."
    assert made.image == "https://a.example/og.jpg"
    assert made.date == datetime(2026, 3, 4, tzinfo=UTC)


def test_meta_elements_are_the_last_resort() -> None:
    made = of(META)
    assert (made.author, made.summary) == ("Bea Writer", "A nursery tells.")


def test_a_description_that_was_broken_off_ends_with_its_last_whole_sentence() -> None:
    words = "The nursery opened a garden in May this year. Forty families dig there on Satur..."
    made = of(f'<meta property="og:description" content="{words}">')
    assert made.summary == "The nursery opened a garden in May this year."


def test_what_a_page_does_not_say_stays_empty() -> None:
    assert of("", "<p>Words.</p>").author == ""
    assert of("", "<p>We met on 3 May 2019 in the hall.</p>").date is None


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:image/png;base64,AAAA", "file:///etc/passwd"])
def test_nothing_hostile_comes_of_it(address: str) -> None:
    made = of(f'<meta property="og:image" content="{address}"><meta name="author" content="&lt;b&gt;Ann&lt;/b&gt;">')
    assert made.image == ""
    assert "<" not in made.author


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02"])
def test_what_is_no_page_is_told(content: bytes) -> None:
    with pytest.raises(DocumentError, match="no web page"):
        read(Document(content=content, base="https://a.example/", name="the article"))
