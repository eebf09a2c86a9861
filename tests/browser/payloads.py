"""The hostile strings that lie beside the project, and documents that carry each of them in every field.

Only ever imported where there is no network (hostile.py).
"""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import yaml

from digest.domain.errors import DocumentError
from digest.domain.model import Document, Item, Reading
from digest.sources import read
from digest.stages.collect import canonical, cleaned, safe_link
from digest.stages.collect.reading import MOST_ITEMS

BASE = "https://news.example/list/"
#: stories are dated so far apart that none is held for another telling of the one before
FIRST, APART = datetime(1996, 1, 1, 12, tzinfo=UTC), timedelta(days=15)
#: strings of one edition: so many dates lie between FIRST and now
MOST = 740

_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Hostile:
    """A string with its number in the edition."""

    number: int
    text: str

    @property
    def mark(self) -> str:
        """A word that stands before it, so that what is shown can be counted."""
        return f"mark{self.number}m"

    @property
    def date(self) -> datetime:
        """A day of its own."""
        return FIRST + self.number * APART

    @property
    def line(self) -> str:
        """The string on one line, for documents in which a line end means something else."""
        return " ".join(self.text.split())


#: when it was read, and the reading
Dated = tuple[datetime, Reading]
Way = Callable[[Sequence[Hostile], datetime], Iterator[Dated]]


def strings(corpora: Path) -> list[str]:
    """Return every string of the three collections once.

    blns.base64.json is not read: it holds the same strings, cut where base64 breaks its lines.
    """
    naughty = json.loads((corpora / "blns" / "blns.json").read_text(encoding="utf8"))
    owasp = json.loads((corpora / "owasp-xss" / "payloads.json").read_text(encoding="utf8"))
    cases = json.loads(next(corpora.glob("html5lib-sanitizer/**/tests1.dat")).read_text(encoding="utf8"))
    found = list(dict.fromkeys([*naughty, *owasp, *(case["input"] for case in cases)]))
    assert len(found) <= MOST, "an edition has no date for each of them"
    return found


def _links(every: Sequence[Hostile], write: Callable[[str], str] = str) -> dict[int, str]:
    """Return the link of each string's item: the string itself, or a usual one where another was compared alike.

    write: how the string stands where it is read as a link. Items with the same link would be one story.
    """
    taken: set[str] = set()
    made = {}
    for one in every:
        # line ends and tabs vanish from some links and become spaces in others
        compared = {canonical(safe_link(write(text), BASE)) for text in (one.text, one.line)} - {""}
        made[one.number] = BASE + one.mark if compared & taken else one.text
        taken |= compared
    return made


def _parts(every: Sequence[Hostile]) -> Iterator[Sequence[Hostile]]:
    """So many at a time that none of them is beyond the last entry that is read of a document."""
    for start in range(0, len(every), MOST_ITEMS // 2):
        yield every[start : start + MOST_ITEMS // 2]


def _rss(
    every: Sequence[Hostile], now: datetime, write: Callable[[str], str], link: Callable[[str], str] = str
) -> Iterator[Dated]:
    links = _links(every, link)
    # a character that XML forbids makes the whole feed one that is read leniently
    kinds = ([one for one in every if _is_xml(one)], [one for one in every if not _is_xml(one)])
    for some in (part for kind in kinds for part in _parts(kind)):
        entries = "".join(_entry(one, links[one.number], write) for one in some)
        feed = (
            '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/">'
            f"<channel><title>A feed</title>{entries}</channel></rss>"
        )
        document = Document(content=feed.encode(), base=BASE, name="feed.xml", content_type="application/rss+xml")
        yield now, read("feed", document)


def _entry(one: Hostile, link: str, write: Callable[[str], str]) -> str:
    text, attribute = write(one.text), html.escape(one.text)
    # a thumbnail is taken before an enclosure: half of them have none
    media = f'<media:thumbnail url="{attribute}"/>' if one.number % 2 else ""
    return (
        f"<item><title>{write(one.mark + ' ' + one.text)}</title><description>{text}</description>"
        f'<link>{write(link)}</link><guid isPermaLink="false">{one.mark}</guid><dc:creator>{text}</dc:creator>'
        f'<category>{text}</category>{media}<enclosure url="{attribute}" type="image/png" length="1"/>'
        f"<pubDate>{format_datetime(one.date)}</pubDate></item>"
    )


def _is_xml(one: Hostile) -> bool:
    return not _NO_XML.search(one.text)


def _cdata(text: str) -> str:
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def feed_with_cdata(every: Sequence[Hostile], now: datetime) -> Iterator[Dated]:
    """An RSS feed, its texts in CDATA."""
    return _rss(every, now, _cdata)


def feed_escaped(every: Sequence[Hostile], now: datetime) -> Iterator[Dated]:
    """An RSS feed, its texts HTML with entities."""
    return _rss(every, now, html.escape)


def feed_escaped_twice(every: Sequence[Hostile], now: datetime) -> Iterator[Dated]:
    """An RSS feed that shows the string to its readers as text."""
    return _rss(every, now, lambda text: html.escape(html.escape(text)), html.escape)


def page(every: Sequence[Hostile], now: datetime) -> Iterator[Dated]:
    """A page for each string, as text and as markup of its own; what is torn there tears no other."""
    for one in every:
        esc, when = html.escape(one.text), f'<time datetime="{one.date.isoformat()}">then</time>'
        usual = "".join(
            f'<article><h2><a href="/usual{n}">Usual story number {n}</a></h2><p>What it says {n}.</p></article>'
            for n in range(6)
        )
        document = f"""<!DOCTYPE html><html><body><main>{usual}
<article><h2><a href="{esc}">{one.mark}link</a></h2><p>{esc}</p>{when}</article>
<article><h2><a href="/{one.mark}-e">{one.mark}escaped {esc}</a></h2><p>{esc}</p><span class="author">{esc}</span>
<span class="category">{esc}</span><img data-src="{esc}" alt="{esc}">{when}</article>
<article><h2><a href="/{one.mark}-r">{one.mark}raw {one.text}</a></h2><p>{one.text}</p>
<span class="author">{one.text}</span><img srcset="{one.text} 2x" alt="{one.text}">{when}</article>
</main></body></html>"""
        yield now, read("page", Document(content=document.encode(), base=BASE, name=BASE, content_type="text/html"))


def _file(document: Document) -> Reading:
    try:
        return read("file", document)
    except DocumentError:
        # with a NUL in it, it is no text file: refused whole
        return Reading()


def markdown(every: Sequence[Hostile], now: datetime) -> Iterator[Dated]:
    """Two Markdown files for each string: one with it in the front matter, one with it in the text."""
    links = _links(every)
    for one in every:
        fields = {
            "title": f"{one.mark}front {one.text}",
            "link": links[one.number],
            "author": one.text,
            "tags": [one.text],
            "image": one.text,
            "summary": one.text,
            "date": one.date.isoformat(),
        }
        front = f"---\n{yaml.safe_dump(fields)}---\n"
        body = f"---\ndate: {one.date.isoformat()}\n---\n# {one.mark}body {one.line}\n\n{one.text}\n"
        for name, text in (("front", front), ("body", body)):
            yield now, _file(Document(content=text.encode(), base=BASE, name=f"{one.mark}{name}.md"))


def table(every: Sequence[Hostile], now: datetime) -> Iterator[Dated]:
    """A CSV file for each string."""
    links = _links(every)
    for one in every:
        out = io.StringIO()
        rows = csv.writer(out, quoting=csv.QUOTE_ALL)
        rows.writerow(["title", "link", "summary", "date", "author", "image", "categories"])
        title, when = f"{one.mark} {one.text}", one.date.isoformat()
        rows.writerow([title, links[one.number], one.text, when, one.text, one.text, one.text])
        yield now, _file(Document(content=out.getvalue().encode(), base=BASE, name="table.csv"))


def text_file(every: Sequence[Hostile], now: datetime) -> Iterator[Dated]:
    """A text file for each string. It has no dates, so each is read on another day."""
    # only a line that is a web address is a link there
    links = _links(every, lambda text: f"https://x.example/{text.replace(' ', '')}")
    for one in every:
        link = "".join(links[one.number].removeprefix(BASE).split())
        text = f"{one.mark} {one.line}\n{one.line} and more.\n{one.line}\nhttps://x.example/{link}\n"
        yield one.date, _file(Document(content=text.encode(), base=BASE, name="file.txt"))


def handed_over(every: Sequence[Hostile], now: datetime) -> Iterator[Dated]:
    """Items as a source hands them over, their texts HTML; what hands over plain text, the tables and pages do."""
    links = _links(every)
    for some in _parts(every):
        items = tuple(item for one in some for item in _items(one, links[one.number]))
        yield now, cleaned(Reading(items=items), Document(content=b"", base=BASE, name="items"))


def _items(one: Hostile, link: str) -> Iterator[Item]:
    # the title is the bare string; who it is, the author says
    yield Item(title=one.text, link=f"{BASE}{one.mark}/bare", author=f"{one.mark}bare {one.text}", date=one.date)
    yield Item(
        title=f"{one.mark} {one.text}",
        link=link,
        summary=one.text,
        image=one.text,
        categories=(one.text,),
        guid=one.text + one.mark,
        date=one.date,
    )


WAYS: dict[str, Way] = {
    "feed-cdata": feed_with_cdata,
    "feed-escaped": feed_escaped,
    "feed-twice": feed_escaped_twice,
    "page": page,
    "markdown": markdown,
    "table": table,
    "text": text_file,
    "items": handed_over,
}
