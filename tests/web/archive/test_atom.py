"""The archive as a feed, read by two feed readers: feedparser, and our own, which collects with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from xml.etree import ElementTree

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from digest.domain.model import DateFrom, Document, Insight, Newsletter, Sender, Theme
from digest.domain.ports import PastEdition, PastStory
from digest.sources.feed import read
from digest.web.public import atom
from tests.jobs.conftest import Workbench
from tests.web.archive.test_reading import HOSTILE, filed, links, sent

Visit = Callable[[Workbench], TestClient]
AT = datetime(2026, 11, 24, 8, tzinfo=UTC)
NEWSLETTER = Newsletter(
    id="news", name="News", sender=Sender(name="F", address="f@example.org"), themes=(Theme(id="maths", name="Maths"),)
)
CHANNEL = atom.Channel(
    title="News & more",
    author="Fernhill <Trust>",
    base_url="https://digest.example.org:8443",
    path="/archive/news.atom",
    page="/archive/news",
    language="en",
)


def story(title: str, summary: str = "", link: str = "https://a.example/?a=1&b=2") -> PastStory:
    insight = Insight(
        id="a1",
        source="ours",
        title=title,
        summary=summary,
        link=link,
        published=AT,
        date_from=DateFrom.STATED,
        first_seen=AT,
        author="Jo <b>",
    )
    edition = PastEdition(id="news-2026-11-24", newsletter="news", number=7, slot=AT, drafted_at=AT)
    return PastStory(insight=insight, theme="maths", edition=edition)


def written(text: str) -> str:
    """Return a text as XML can hold it."""
    return "".join("\ufffd" if one in "\0\x0b\ufffe" else one for one in text)


def ours(body: bytes) -> list[tuple[str, str]]:
    reading = read(Document(content=body, base="https://digest.example.org", name="feed", content_type=atom.MEDIA_TYPE))
    return [(one.title, one.link) for one in reading.items]


def theirs(body: bytes) -> list[tuple[str, str]]:
    parsed = feedparser.parse(body)
    assert not parsed.bozo
    assert parsed.version == "atom10"
    return [(one.title, one.link) for one in parsed.entries]


def test_both_readers_find_the_stories_that_the_archive_shows(bench: Workbench, visit: Visit) -> None:
    edition = sent(bench, "Nursery play", "Maths of fractions")
    client = visit(bench)
    answer = client.get("/archive/news.atom")
    assert answer.headers["Content-Type"] == "application/atom+xml"
    wanted = [(words, link) for words, link in links(client.get("/archive").text).items() if "fernhill.ex" in link]
    assert len(wanted) == 2
    assert sorted(theirs(answer.content)) == sorted(ours(answer.content)) == sorted(wanted)
    only = client.get("/archive/news/maths.atom").content
    assert ours(only) == theirs(only) == [("Maths of fractions", "https://fernhill.example.org/Maths-of-fractions")]
    parsed = feedparser.parse(answer.content)
    assert parsed.feed.title == "Fernhill news"
    assert parsed.feed.author == "Fernhill"
    assert parsed.feed.updated == "2026-11-24T08:00:00Z"
    assert parsed.feed.id == "https://digest.example.org/archive/news.atom"
    assert {one.rel: one.href for one in parsed.feed.links} == {
        "self": "https://digest.example.org/archive/news.atom",
        "alternate": "https://digest.example.org/archive/news",
    }
    assert {one.href for one in parsed.entries[0].links if one.rel == "related"} == {
        f"https://digest.example.org/e/{edition}"
    }
    assert feedparser.parse(only).feed.title == "Fernhill news: Maths"


def test_pages_tell_feed_readers_where_the_feed_is(bench: Workbench, visit: Visit) -> None:
    sent(bench)
    client = visit(bench)
    told = '<link rel="alternate" type="application/atom+xml" title="Fernhill news" href="/archive/news.atom">'
    assert told in client.get("/archive").text
    assert 'title="Fernhill news: Maths" href="/archive/news/maths.atom">' in client.get("/archive/news/maths").text


def test_a_feed_has_the_newest_fifty_and_names_that_stay(bench: Workbench, visit: Visit) -> None:
    for week in range(3):
        filed(bench, week, 20)
    client = visit(bench)
    parsed = feedparser.parse(client.get("/archive/news.atom").content)
    assert len(parsed.entries) == len({one.id for one in parsed.entries}) == 50
    assert [one.title for one in parsed.entries[:3]] == ["Nursery 2 0", "Maths 2 1", "Nursery 2 2"]
    before = {one.title: one.id for one in parsed.entries}
    filed(bench, 3, 2)
    after = {one.title: one.id for one in feedparser.parse(client.get("/archive/news.atom").content).entries}
    assert all(before[title] == name for title, name in after.items() if title in before)
    assert all(name.startswith("tag:digest.example.org,2024-01-") for name in after.values())


def test_a_feed_without_a_story_is_a_feed(bench: Workbench, visit: Visit) -> None:
    body = visit(bench).get("/archive/news.atom").content
    assert theirs(body) == ours(body) == []
    assert ElementTree.fromstring(body).findtext("{http://www.w3.org/2005/Atom}updated") == "1970-01-01T00:00:00Z"


@pytest.mark.parametrize("hostile", [*HOSTILE, "a\0b\x0bc\ufffe", "<![CDATA[x]]>", "<!DOCTYPE x [<!ENTITY y 'z'>]>&y;"])
def test_hostile_texts_are_texts_in_the_feed(hostile: str) -> None:
    body = atom.feed(CHANNEL, NEWSLETTER, [story(hostile, hostile)])
    entry = ElementTree.fromstring(body).find("{http://www.w3.org/2005/Atom}entry")
    assert entry is not None
    assert entry.findtext("{http://www.w3.org/2005/Atom}title") == written(hostile)
    assert entry.findtext("{http://www.w3.org/2005/Atom}summary") == written(" ".join(hostile.split()))
    assert entry.find("{http://www.w3.org/2005/Atom}title").attrib == {}  # type: ignore[union-attr]
    [(_, link)] = theirs(body)
    assert link == "https://a.example/?a=1&b=2"


@given(st.text(), st.text(), st.text())
def test_any_text_makes_xml_that_says_it(title: str, summary: str, link: str) -> None:
    body = atom.feed(CHANNEL, NEWSLETTER, [story(title, summary, link)])
    entry = ElementTree.fromstring(body).find("{http://www.w3.org/2005/Atom}entry")
    assert entry is not None
    assert entry.findtext("{http://www.w3.org/2005/Atom}id") == "tag:digest.example.org,2026-11-24:news/a1"
    hrefs = [one.get("href") or "" for one in entry.iter("{http://www.w3.org/2005/Atom}link")]
    assert all(one.startswith(("http://", "https://")) for one in map(str.lower, hrefs))
