"""Documents are read in child processes: what a hostile one does to its reader, it does to nobody else."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from digest.domain.errors import DocumentError
from digest.domain.model import Document
from digest.sources.reader import Reader, read_once

FEED = b"<rss version='2.0'><channel><title>News</title><item><title>One</title></item></channel></rss>"


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader(workers=1, seconds=4) as made:
        yield made


def document(content: bytes) -> Document:
    return Document(content=content, base="https://a.example/", name="the feed")


def crowd(attributes: int) -> bytes:
    """A feed one of whose elements has so many attributes: reading takes time with their square."""
    many = " ".join(f"a{number}=''" for number in range(attributes)).encode()
    return FEED.replace(b"<item>", b"<item><x " + many + b"/>")


def test_a_document_is_read_as_it_would_be_here(reader: Reader) -> None:
    assert [item.title for item in reader.read("feed", document(FEED)).items] == ["One"]
    assert [item.title for item in read_once("feed", document(FEED)).items] == ["One"]


def test_what_is_wrong_with_a_document_is_told_in_the_same_words(reader: Reader) -> None:
    with pytest.raises(DocumentError, match="is not a feed") as told:
        reader.read("feed", document(b"<html><body>News</body></html>"))
    assert 'kind = "page"' in told.value.mend


def test_two_hundred_thousand_attributes_end_their_reader_and_nobody_else(reader: Reader) -> None:
    began = time.monotonic()
    with pytest.raises(DocumentError, match="took more than 4 seconds") as told:
        reader.read("feed", document(crowd(200_000)))
    assert time.monotonic() - began < 12
    assert "whoever runs the site" in told.value.mend
    assert [item.title for item in reader.read("feed", document(FEED)).items] == ["One"]


def _hoard(wanted: Document) -> None:
    bytearray(8 * 1024 * 1024 * 1024)


def _die(wanted: Document) -> None:
    os._exit(1)


def _break(wanted: Document) -> None:
    raise ZeroDivisionError


@pytest.mark.parametrize(
    ("work", "told"),
    [(_hoard, "took too much memory"), (_die, "took too much memory"), (_break, "failed .ZeroDivisionError.")],
)
def test_a_reader_that_hoards_or_dies_is_replaced(reader: Reader, work: object, told: str) -> None:
    with pytest.raises(DocumentError, match=told):
        reader._done(work, document(FEED), document(FEED))  # type: ignore[arg-type]
    assert [item.title for item in reader.read("feed", document(FEED)).items] == ["One"]


def test_xml_bombs_are_refused_or_read_without_going_off(shared: Path, reader: Reader) -> None:
    bombs = sorted((shared / "corpora/feeds/xml-bombs").rglob("*.xml"))
    assert len(bombs) >= 6
    for bomb in bombs:
        began = time.monotonic()
        try:
            made = reader.read("feed", document(bomb.read_bytes()))
        except DocumentError:
            made = None
        assert made is None or len(str(made)) < 10_000, bomb.name
        assert time.monotonic() - began < 6, bomb.name


def test_one_document_alone_has_the_same_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.sources.reader.MOST_SECONDS", 1.0)
    with pytest.raises(DocumentError, match="took more than 1 seconds"):
        read_once("feed", document(crowd(100_000)))
