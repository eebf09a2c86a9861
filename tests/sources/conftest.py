"""What asks sources, on this machine only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from digest.net.fetch import Web
from digest.sources.asking import Asking
from digest.sources.reader import Reader


@pytest.fixture
def asking(tmp_path: Path) -> Iterator[Asking]:
    with Web() as web, Reader(workers=1) as reader:
        yield Asking(tmp_path, web, reader)


def feed(*titles: str, host: str = "https://a.example") -> str:
    items = "".join(
        f"<item><title>{title}</title><link>{host}/news/{number}</link><pubDate>Mon, 02 Nov 2026 08:00:00 GMT</pubDate>"
        "</item>"
        for number, title in enumerate(titles)
    )
    return f"<rss version='2.0'><channel><title>Fernhill news</title>{items}</channel></rss>"


def listing(*titles: str, head: str = "") -> str:
    """A page with a list of articles; their addresses are /news/0, /news/1, …"""
    cards = "".join(
        f"<article><h2><a href='/news/{number}'>{title}</a></h2><time datetime='2026-11-0{number + 1}'></time>"
        f"<p>What happened there, in a sentence or two: {title.lower()}, and what came of it.</p></article>"
        for number, title in enumerate(titles)
    )
    return (
        f"<html><head><title>News | Fernhill</title>{head}</head><body><main><h1>News</h1>{cards}</main></body></html>"
    )


TITLES = ("Otters return to the pond", "A bus for the valley school", "Recipes from two hundred nurseries")
