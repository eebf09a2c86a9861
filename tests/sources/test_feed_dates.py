from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.domain.model import DateFrom, Document, Item
from digest.sources import read
from digest.sources.feed.dates import instant

TEN = datetime(2026, 7, 5, 10, tzinfo=UTC)


def entry(dates: str) -> Item:
    feed = f"""<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/">
    <channel><title>F</title><item><title>T</title>{dates}</item></channel></rss>"""
    (item,) = read("feed", Document(content=feed.encode(), base="", name="feed")).items
    return item


@pytest.mark.parametrize(
    "written",
    [
        "Sun, 05 Jul 2026 10:00:00 GMT",
        "Sun, 05 Jul 2026 11:00:00 BST",
        "Sun, 05 Jul 2026 11:00:00 (BST)",
        "Sun, 05 Jul 2026 11:00:00 +0100 (BST)",
        "Sun, 05 Jul 2026 11:00 +01:00",
        "Sun, 05 Jul 2026 11:00:00 GMT+1",
        "Sun, 05 Jul 2026 11:00:00 UTC+01:00",
        "Sun, 05 Jul 2026 11:00:00 CET",
        "Sun, 05 Jul 2026 12:00:00 CEST",
        "Sun, 05 Jul 2026 13:00:00 EEST",
        "Sun, 05 Jul 2026 05:00:00 EST",
        "Sun, 05 Jul 2026 03:00:00 PDT",
        "Sun, 05 Jul 2026 20:00:00 AEST",
        "Sun, 05 Jul 2026 23:00:00 NZDT",
        "Sun, 05 Jul 2026 15:30:00 +0530",
        "Sun, 05 Jul 2026 10:00:00",
        "Wed, 05 Jul 2026 10:00:00 GMT",
        "Sunday, 05-Jul-26 10:00:00 GMT",
        "5 July 2026 10:00:00 Z",
        "05 Jul 26 10:00 UT",
        "Sun Jul  5 10:00:00 2026",
        "2026-07-05T10:00:00Z",
        "2026-07-05T10:00:00",
        "2026-07-05t10:00:00.123456789z",
        "2026-07-05T15:30:00+0530",
        "2026-07-05T15:30+05:30",
        "2026-07-05 10:00:00",
        "2026-07-05 11:00:00 BST",
        "2026-07-05 11:00:00 +01:00",
        "20260705T100000Z",
        "20260705T110000+0100",
        "Sun, 05 Jul 2026 10:00:00 IST",
        "Sun, 05 Jul 2026 10:00:00 XYZ",
    ],
)
def test_however_a_date_is_written_it_is_the_same_moment(written: str) -> None:
    made = entry(f"<pubDate>{written}</pubDate>")
    assert made.date is not None
    assert made.date.replace(microsecond=0) == TEN
    assert made.date_from == DateFrom.STATED


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-07-04T24:00:00Z", datetime(2026, 7, 5, tzinfo=UTC)),
        ("Sat, 04 Jul 2026 24:00:00 BST", datetime(2026, 7, 4, 23, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("Sat, 31 Dec 2016 23:59:60 GMT", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("2026-07-05", datetime(2026, 7, 5, tzinfo=UTC)),
        ("05 Jul 2026", datetime(2026, 7, 5, tzinfo=UTC)),
        ("Mon, 04 Jul 94 10:00:00 GMT", datetime(1994, 7, 4, 10, tzinfo=UTC)),
        ("2026-07", datetime(2026, 7, 1, tzinfo=UTC)),
        ("Thu, 01 Jan 1970 00:00:00 GMT", datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_odd_dates_are_moments_as_well(written: str, moment: datetime) -> None:
    assert entry(f"<pubDate>{written}</pubDate>").date == moment


@pytest.mark.parametrize(
    "written",
    ["", "soon", "not a date", "Sun, 32 Jul 2026 10:00:00 GMT", "2026-02-30T10:00:00Z", "2026-07-05T25:00:00Z",
     "0000-00-00T00:00:00Z", "0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00", "Sun, 05 Jul 2026 10:99:00 GMT",
     "5" * 5_000, "Sun, 05 Jul 2026 10:00:00 " + "A" * 50_000],
)  # fmt: skip
def test_a_date_that_cannot_be_is_none(written: str) -> None:
    assert instant(written) is None
    assert entry(f"<pubDate>{written}</pubDate>").date is None


def test_publication_counts_before_a_change_and_that_before_creation() -> None:
    created, changed, published = (
        f"<dcterms:{name}>2026-07-0{day}T10:00:00Z</dcterms:{name}>"
        for name, day in (("created", 3), ("modified", 4), ("issued", 5))
    )
    assert entry(created + changed + published).date == TEN
    assert entry(created + changed).date == TEN.replace(day=4)
    assert entry(created).date == TEN.replace(day=3)
    assert entry("").date is None


def test_a_date_nobody_can_read_gives_way_to_one_that_can_be_read() -> None:
    assert entry("<pubDate>today</pubDate><dc:date>2026-07-05T10:00:00Z</dc:date>").date == TEN


@pytest.mark.filterwarnings("error")
def test_an_entry_with_one_date_only_gives_no_warning() -> None:
    assert entry("<pubDate>Sun, 05 Jul 2026 10:00:00 GMT</pubDate>").date == TEN


@given(st.text(alphabet="0123456789-:+TZ.,/ JulSunBSTGM()", max_size=40) | st.text(max_size=40))
def test_no_text_is_a_date_without_a_zone(text: str) -> None:
    made = instant(text)
    assert made is None or made.utcoffset() is not None
