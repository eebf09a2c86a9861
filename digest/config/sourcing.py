"""Sources: what may be wrong with a place that is asked for news."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit

from cssselect import HTMLTranslator, SelectorError

from digest.config.lines import ValuePath
from digest.domain.model import Source


def faults(source: Source, at: ValuePath) -> Iterator[tuple[ValuePath, str, str]]:
    """Yield (path, what is wrong, how to mend it) for a source."""
    if source.kind != "file" and scheme(source.address) not in ("http", "https"):
        yield (
            (*at, "address"),
            f"“{source.address}” is no web address.",
            ('Web addresses begin with https://. For a file or folder write kind = "file".'),
        )
    if source.kind == "file" and (source.address.startswith("/") or ".." in Path(source.address).parts):
        yield (*at, "address"), f"“{source.address}” lies outside the workspace.", "Put the file into the workspace."
    if source.under and not source.under.startswith("/"):
        yield (
            (*at, "under"),
            f"“{source.under}” is no beginning of a path.",
            ("Write what follows the site's name in the addresses of its articles, such as /news/."),
        )
    yield from _selectors(source, (*at, "selectors"))


def _selectors(source: Source, at: ValuePath) -> Iterator[tuple[ValuePath, str, str]]:
    given = {name: value for name, value in asdict(source.selectors).items() if value}
    if given and source.kind != "page":
        yield at, f"A source of kind “{source.kind}” has no selectors.", 'They are for kind = "page". Remove them.'
    for name, value in given.items():
        try:
            HTMLTranslator().css_to_xpath(value)
        except SelectorError as fault:
            yield (*at, name), f"“{value}” is no CSS selector ({fault}).", "Write it like article.card h3 a."


def scheme(address: str) -> str:
    """Return the scheme of a web address; empty for what is none."""
    try:
        parts = urlsplit(address)
        return parts.scheme if parts.hostname and parts.port != 0 else ""
    except ValueError:
        return ""
