"""Every file of the feed corpus against what it says is to be found in it.

feedparser's own tests carry a comment with a Python expression over its result. Here the literals it compares with
are taken out of that expression and held against what our reader gives for the same field, after cleaning.
"""

from __future__ import annotations

import ast
import codecs
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

import pytest

from digest import sources
from digest.domain.errors import DocumentError
from digest.domain.model import Document, Reading, Source
from digest.sources import feed
from digest.stages.collect import cleaned, folded, insights, plain, safe_link

CHUNKS = 8
#: seconds that any one file may take
MOST_SECONDS = 10
#: an entry without title and text is left out; for comparing its other fields it is given this
STAND_IN = "An entry without a title"

#: (kind of value, where in an expression) -> which of our fields it is
FIELDS = {
    "title": "title",
    "title_detail.value": "title",
    "link": "link",
    "id": "guid",
    "guid": "guid",
    "summary": "summary",
    "description": "summary",
    "summary_detail.value": "summary",
    "content.0.value": "summary",
    "author_detail.name": "author",
    "published_parsed": "date",
    "updated_parsed": "date",
    "created_parsed": "date",
    "tags.0.term": "category",
    "category": "category",
    "media_thumbnail.0.url": "image",
    "image.href": "image",
}
HEAD = {
    "title": "title",
    "title_detail.value": "title",
    "subtitle": "introduction",
    "tagline": "introduction",
    "description": "introduction",
}


#: the feed says these are plain text: a reader sees their tags, and in HTML they would be none
VERBATIM = {
    "atom/entry_summary_base64.xml",
    "atom/entry_summary_base64_2.xml",
    "atom/entry_title_base64.xml",
    "atom/entry_title_base64_2.xml",
    "atom/entry_title_text_plain_brackets.xml",
    "atom/feed_tagline_base64.xml",
    "atom/feed_tagline_base64_2.xml",
    "atom/feed_title_base64.xml",
    "atom/feed_title_base64_2.xml",
    "atom10/entry_content_text_plain_brackets.xml",
    "atom10/entry_title_text_plain_brackets.xml",
}
A_FILE = "content of type application/octet-stream is a file, and no text for an email"
SCRIPT = "feedparser leaves the text of a script in broken markup; nh3 reads it as a browser does and drops it"
NOT_SHOWN = "what begins with “<!” is a comment or declaration to a browser, and shown to nobody"
TWO_TEXTS = "of two texts of one entry the summary is taken, and the second is not wanted"
#: file -> why what comes out is deliberately another thing than feedparser's tests expect
DELIBERATE = {
    "encoding/bozo_linenoise.xml": "four bytes in no encoding: what they are taken for is a guess of chardet's version",
    "atom10/entry_content_base64.xml": A_FILE,
    "atom10/entry_content_base64_2.xml": A_FILE,
    "rss/item_description_and_summary.xml": TWO_TEXTS,
    "rss/item_summary_and_description.xml": TWO_TEXTS,
    "rss/item_description_not_a_doctype.xml": NOT_SHOWN,
    "sanitize/xml_declaration_unexpected_character.xml": NOT_SHOWN,
    "sanitize/xml_malicious_comment.xml": NOT_SHOWN,
    "sanitize/item_content_encoded_script_nested_cdata.xml": NOT_SHOWN,
    "sanitize/entry_content_iframe.xml": "what stands in an iframe is its text to HTML5, tags and all",
    "sanitize/entry_content_crazy.xml": SCRIPT,
    "sanitize/entry_summary_crazy.xml": SCRIPT,
    "sanitize/entry_title_crazy.xml": SCRIPT,
    "sanitize/feed_subtitle_crazy.xml": SCRIPT,
    "sanitize/feed_tagline_crazy.xml": SCRIPT,
    "sanitize/feed_title_crazy.xml": SCRIPT,
    "sanitize/item_content_encoded_crazy.xml": SCRIPT,
    "sanitize/item_description_crazy.xml": SCRIPT,
    "sanitize/item_fullitem_crazy.xml": SCRIPT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """One comparison of an expression: the entry's number (None: the feed), the field, and its value."""

    entry: int | None
    path: str
    value: object


def files(shared: Path) -> list[Path]:
    return sorted(file for file in (shared / "corpora/feeds").rglob("*") if file.is_file())


def as_document(file: Path) -> Document:
    content = file.read_bytes()
    headers = {
        name.lower(): value.strip()
        for name, value in re.findall(r"Header:\s*([\w-]+):[ \t]*(.*)", content[:2_000].decode("latin-1"))
    }
    # feedparser's tests of a feed's own address are served from there
    served = "http://127.0.0.1:8097/tests/" if "docuri" in file.name else ""
    return Document(
        content=content,
        base=headers.get("content-location", served),
        name=file.name,
        content_type=headers.get("content-type", ""),
    )


def comment(content: bytes) -> str:
    """Return the text of a file whose expression is to be read, in the encoding that its own name says."""
    if content[:4] in (b"\xff\xfe\0\0", b"\0\0\xfe\xff"):
        return content.decode("utf-32")
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16")
    for encoding in ("utf-32be", "utf-32le", "utf-16be", "utf-16le", "cp037"):
        if content.startswith("<?xm".encode(encoding)):
            return content.decode(encoding, "replace")
    declared = re.match(rb"<\?xml[^>]*encoding=['\"]([\w.:-]+)", content)
    for encoding in ("utf-8-sig", declared.group(1).decode() if declared else "latin-1", "latin-1"):
        try:
            return content.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return ""


def expectations(file: Path) -> list[Expected]:
    text = comment(file.read_bytes()) if file.suffix == ".xml" else ""
    found = re.search(r"Expect:\s*(.*?)\s*-->", text, re.DOTALL)
    if found is None or not has_codecs(text):
        return []
    tree = ast.parse(found.group(1), mode="eval").body
    parts = tree.values if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And) else [tree]
    return [expected for part in parts if isinstance(part, ast.Compare) for expected in compared(part)]


def has_codecs(text: str) -> bool:
    try:
        return all(codecs.lookup(name) for name in re.findall(r"SkipUnless:.*lookup\('([^']+)'\)", text))
    except LookupError:
        return False


def compared(comparison: ast.Compare) -> Iterator[Expected]:
    if not all(isinstance(operator, ast.Eq) for operator in comparison.ops):
        return
    try:
        value = ast.literal_eval(joined(comparison.comparators[-1]))
    except ValueError:
        return
    for side in (comparison.left, *comparison.comparators[:-1]):
        path = steps(side)
        if path[:1] == ["entries"] and ".".join(path[2:]) in FIELDS:
            yield Expected(entry=int(path[1]), path=".".join(path[2:]), value=value)
        elif path[:1] == ["feed"] and ".".join(path[1:]) in HEAD:
            yield Expected(entry=None, path=".".join(path[1:]), value=value)


def joined(node: ast.expr) -> ast.expr:
    # 'a' + 'b' is written where a comment may not hold “--”
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = ast.literal_eval(joined(node.left)), ast.literal_eval(joined(node.right))
        return ast.Constant(value=left + right)
    return node


def steps(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return [*steps(node.value), str(node.slice.value)]
    if isinstance(node, ast.Attribute):
        return [*steps(node.value), node.attr]
    return [node.id] if isinstance(node, ast.Name) else [""]


def read(document: Document) -> Reading:
    """Read and clean a document as the program does, and keep entries that have no title."""
    reading = feed.read(document)
    items = tuple(item if plain(item.title) else replace(item, title=STAND_IN) for item in reading.items)
    return cleaned(replace(reading, items=items), document)


def name_of(file: Path) -> str:
    return "/".join(file.parts[-2:])


def differs(file: Path) -> list[tuple[object, object]]:
    """Return what a file expects and what came instead."""
    document = as_document(file)
    reading = read(document)
    text = folded if name_of(file) in VERBATIM else plain
    pairs = [in_reading(reading, expected, document.base, text) for expected in expectations(file)]
    return [(wanted, got) for wanted, got in pairs if wanted != got]


def in_reading(reading: Reading, expected: Expected, base: str, text: Callable[[str], str]) -> tuple[object, object]:
    if expected.entry is None:
        return text(str(expected.value)), getattr(reading.page, HEAD[expected.path])
    item = reading.items[expected.entry]
    field = FIELDS[expected.path]
    if isinstance(expected.value, tuple):
        return datetime(*expected.value[:6], tzinfo=UTC), item.date
    wanted = str(expected.value)
    if field in ("link", "image"):
        return safe_link(wanted, base), getattr(item, field)
    if field == "guid":
        return wanted, item.guid
    if field == "category":
        return text(wanted), item.categories[0] if item.categories else ""
    if field == "title":
        return text(wanted) or STAND_IN, item.title
    # of an entry without a title the first sentence of its text became one
    made_title = field == "summary" and item.title == text(wanted)
    return text(wanted), item.title if made_title else getattr(item, field)


def test_the_corpus_is_whole_and_its_expectations_are_found(shared: Path) -> None:
    every = files(shared)
    assert len(every) >= 2_250
    found = [expected for file in every for expected in expectations(file)]
    assert len({file for file in every if expectations(file)}) >= 1_400
    fields = Counter(FIELDS[expected.path] for expected in found if expected.entry is not None)
    least = {"title": 140, "summary": 600, "link": 15, "date": 14, "guid": 15, "author": 7, "category": 5, "image": 3}
    assert {field: fields[field] for field, count in least.items() if fields[field] < count} == {}


@pytest.mark.parametrize("chunk", range(CHUNKS))
@pytest.mark.filterwarnings("error")
def test_no_file_of_the_corpus_crashes_or_hangs_and_all_say_what_they_should(shared: Path, chunk: int) -> None:
    wrong: dict[str, object] = {}
    for file in files(shared)[chunk::CHUNKS]:
        began = monotonic()
        try:
            made: list[tuple[object, object]] = differs(file)
        except DocumentError as told:
            made = [(wanted, told.what) for wanted in expectations(file)]
        assert monotonic() - began < MOST_SECONDS, file
        if bool(made) != (name_of(file) in DELIBERATE):
            wrong[name_of(file)] = made
    assert wrong == {}


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_no_link_of_the_corpus_leads_elsewhere_than_to_the_web_and_all_can_be_stored(shared: Path, chunk: int) -> None:
    source = Source(id="s", kind="feed", address="https://a.example/feed")
    for file in files(shared)[chunk::CHUNKS]:
        with suppress(DocumentError):
            made = sources.read("feed", as_document(file))
            for item in made.items:
                assert item.title
                assert {urlsplit(link).scheme for link in (item.link, item.image) if link} <= {"http", "https"}, file
            stored = insights(source, made, {}, datetime(2026, 11, 23, tzinfo=UTC)).insights
            assert len(stored) <= len(made.items)
