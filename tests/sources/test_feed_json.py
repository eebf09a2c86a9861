from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.domain.errors import DocumentError
from digest.domain.model import Document, Item, PageHead, Reading
from digest.sources import read

VERSION = "https://jsonfeed.org/version/1.1"


def read_bytes(content: bytes, base: str = "https://a.example/feed.json", content_type: str = "") -> Reading:
    return read("feed", Document(content=content, base=base, name="feed", content_type=content_type))


def feed(*items: object, **fields: object) -> Reading:
    return read_bytes(json.dumps({"version": VERSION, "title": "F", "items": items, **fields}).encode())


def one(**fields: object) -> Item:
    (item,) = feed({"title": "T"} | fields).items
    return item


def test_a_feed_of_version_1_1_gives_all_its_fields() -> None:
    made = feed(
        {
            "id": "https://a.example/1",
            "url": "/one",
            "title": "One < two & <b>three</b>",
            "content_html": "<p>Whole <b>text</b></p><p>&amp; more</p>",
            "date_published": "2026-07-05T11:00:00+01:00",
            "date_modified": "2026-07-06T11:00:00+01:00",
            "authors": [{"name": "Ann"}, {"name": "Ben"}],
            "image": "/one.jpg",
            "tags": ["Play", "R&D"],
        },
        description="All news",
    )
    (item,) = made.items
    assert made.page == PageHead(title="F", introduction="All news")
    assert made.findings == ()
    assert item.title == "One < two & <b>three</b>"
    assert item.summary == "Whole text & more"
    assert item.link == "https://a.example/one"
    assert item.date == datetime(2026, 7, 5, 10, tzinfo=UTC)
    assert (item.author, item.categories) == ("Ann, Ben", ("Play", "R&D"))
    assert (item.image, item.guid) == ("https://a.example/one.jpg", "https://a.example/1")


def test_a_feed_of_version_1_0_has_one_author_and_its_feeds_where_it_names_none() -> None:
    items: Any = [{"title": "A"}, {"title": "B", "author": {"name": "Ben"}}]
    made = feed(*items, version="https://jsonfeed.org/version/1", author={"name": "Ann"})
    assert [item.author for item in made.items] == ["Ann", "Ben"]
    assert made.findings == ()


def test_text_is_text_and_a_tag_in_it_means_just_that() -> None:
    assert one(content_text="Use <b> & <script>alert(1)</script>").summary == "Use <b> & <script>alert(1)</script>"
    assert one(summary="a <i> b", content_html="<p>c</p>").summary == "a <i> b"


@pytest.mark.parametrize(
    ("fields", "link"),
    [
        ({"url": "https://a.example/1", "external_url": "https://b.example/2"}, "https://a.example/1"),
        ({"external_url": "https://b.example/2", "id": "https://a.example/3"}, "https://b.example/2"),
        ({"id": "https://a.example/3"}, "https://a.example/3"),
        ({"id": "3"}, ""),
        ({"url": "javascript:alert(1)", "id": "https://a.example/3"}, "https://a.example/3"),
        ({"url": " JAVA\tSCRIPT:alert(1)"}, ""),
        ({"url": "data:text/html,x"}, ""),
        ({"url": "http://[bad"}, ""),
        ({"url": ["https://a.example/"]}, ""),
    ],
)
def test_the_link_is_the_first_address_that_can_be_opened(fields: dict[str, object], link: str) -> None:
    assert one(**fields).link == link


@pytest.mark.parametrize(
    ("fields", "image"),
    [
        ({"image": "a.jpg", "banner_image": "b.jpg"}, "https://a.example/a.jpg"),
        ({"banner_image": "b.jpg"}, "https://a.example/b.jpg"),
        ({"attachments": [{"url": "c.mp3", "mime_type": "audio/mpeg"}, {"url": "c.png", "mime_type": "image/png"}]},
         "https://a.example/c.png"),
        ({"content_html": "<p>x<img alt='' src='d.jpg?a=1&amp;b=2'></p>"}, "https://a.example/d.jpg?a=1&b=2"),
        ({"image": "data:image/png;base64,xx"}, ""),
        ({"attachments": ["x", {"mime_type": "image/png"}]}, ""),
    ],
)  # fmt: skip
def test_the_picture_is_the_items_own_or_the_first_in_its_text(fields: dict[str, object], image: str) -> None:
    assert one(**fields).image == image


def test_a_relative_link_in_a_file_is_relative_to_what_the_feed_calls_itself() -> None:
    content = {"items": [{"title": "T", "url": "1"}], "feed_url": "https://a.example/blog/feed.json"}
    assert read_bytes(json.dumps(content).encode(), base="").items[0].link == "https://a.example/blog/1"


def test_a_post_without_a_title_gets_its_first_sentence_and_does_not_say_it_twice() -> None:
    first, second = feed({"content_text": "Cats are neat. Dogs too."}, {"content_text": "Cats are neat."}).items
    assert (first.title, first.summary) == ("Cats are neat.", "Dogs too.")
    assert (second.title, second.summary) == ("Cats are neat.", "")


@pytest.mark.parametrize("version", [None, "https://jsonfeed.org/version/9", 1, {}])
def test_a_feed_of_no_known_version_is_read_and_that_is_told(version: object) -> None:
    made = feed({"title": "T"}, version=version)
    assert [item.title for item in made.items] == ["T"]
    assert [finding.code for finding in made.findings] == ["feed.version"]


@pytest.mark.parametrize("odd", [None, True, 5, 1.5, [], ["x"], {}, {"name": "x"}, [None], [[["x"]]], ""])
def test_a_field_of_another_type_is_a_field_that_is_missing(odd: object) -> None:
    names = ("id", "url", "external_url", "summary", "content_html", "content_text", "date_published", "date_modified",
             "author", "authors", "image", "banner_image", "tags", "attachments")  # fmt: skip
    made = feed({"title": "T"} | dict.fromkeys(names, odd), odd, author=odd, authors=odd, feed_url=odd, title=odd)
    assert "T" in [item.title for item in made.items]


@pytest.mark.parametrize(
    ("spelled", "guid"),
    [("5", "5"), ('"5"', "5"), ("1" * 6_000, "1" * 2_000 + "…"), ("1e999", "1e999"), ("NaN", "NaN")],
)
def test_an_id_that_is_a_number_stays_as_it_is_written(spelled: str, guid: str) -> None:
    (item,) = read_bytes(f'{{"items": [{{"title": "T", "id": {spelled}}}]}}'.encode()).items
    assert item.guid == guid


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
@pytest.mark.parametrize("content_type", ["", "application/feed+json", "text/html; charset=iso-8859-1"])
def test_the_bytes_say_that_it_is_json_and_in_which_encoding(encoding: str, content_type: str) -> None:
    text = '{"items": [{"title": "Caf\u00e9 \u2013 na\u00efve"}]}'
    assert read_bytes(text.encode(encoding), content_type=content_type).items[0].title == "Café – naïve"


@pytest.mark.parametrize(
    "text",
    [
        '{"items": [{"title": "T\\u0000\\ud800", "id": "\\udfff", "url": "https://a.example/\\ud83d"}]}',
        '{"items": [{"title": "X", "title": "T"}]}',
        ' {"items": [{"title": "T\n\x07\x00"}]}\x00',
        '{"items": [{"title": "T", "deep": ' + "[" * 200 + "]" * 200 + "}]}",
    ],
)
def test_odd_json_is_read(text: str) -> None:
    assert [item.title for item in read_bytes(text.encode("utf-8", "surrogatepass")).items] == ["T"]


@pytest.mark.parametrize(
    "text",
    ["{", "{}", '{"items": 5}', '{"items": {}}', '{"a": ' + "[" * 100_000, '{"a":' * 100_000, "{" * 100_000,
     '{"items": [}', '{"error": "not found"}'],
)  # fmt: skip
def test_json_that_is_no_feed_is_told(text: str) -> None:
    with pytest.raises(DocumentError, match="is not a feed"):
        read_bytes(text.encode())


def test_a_list_of_items_without_any_is_a_feed() -> None:
    assert feed().items == ()


def test_every_example_of_the_specification_is_read(shared: Path) -> None:
    files = sorted((shared / "corpora/feeds/jsonfeed/examples").glob("*.json"))
    made = [read_bytes(file.read_bytes()) for file in files]
    assert [len(reading.items) for reading in made] == [2, 1, 1, 2, 1, 1]
    assert [reading.findings for reading in made] == [()] * 6
    assert made[0].items[0].title == "This is a second item."
    assert made[4].items[0].title == "Special #1 - Chris Parrish"
    assert made[4].items[0].date == datetime(2014, 5, 9, 21, 4, tzinfo=UTC)
    assert made[5].items[0].author == "Brent Simmons"


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["title", "url", "id", "authors", "name", "tags", "image", "content_html", "summary", "date_published", "items"]
    ), inner, max_size=6),
    max_leaves=20,
)  # fmt: skip


@given(JSON)
def test_any_json_is_read_or_told(items: object) -> None:
    try:
        made = read_bytes(json.dumps({"items": items}).encode())
    except DocumentError:
        return
    assert all(item.title for item in made.items)
