"""Files: plain text (a title line and a paragraph), Markdown with front matter, CSV.

Which one a file is, its ending says.
"""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from pathlib import PurePath
from typing import Any

import frontmatter
import yaml
from markdown_it import MarkdownIt

from digest.domain.errors import DocumentError
from digest.domain.model import Document, Finding, Item, PageHead, Reading, Severity

#: words of which the heading of a page of insights consists: "Our insights", "Latest news and events"
_LISTING_WORDS = frozenset(
    [
        "our",
        "your",
        "the",
        "all",
        "and",
        "more",
        "latest",
        "recent",
        "new",
        "insight",
        "insights",
        "news",
        "blog",
        "blogs",
        "story",
        "stories",
        "article",
        "articles",
        "update",
        "updates",
        "event",
        "events",
        "publication",
        "publications",
        "resource",
        "resources",
        "research",
        "thinking",
        "ideas",
        "views",
        "opinion",
        "notes",
        "reports",
        "case",
        "studies",
        "from",
        "what",
        "we",
        "think",
        "journal",
        "newsletter",
        "digest",
        "archive",
    ]
)
#: a title line is no longer than this; a longer first line is a paragraph
_TITLE_CHARACTERS = 200
#: headlines are rarely longer
_HEADLINE_CHARACTERS = 100

_ADDRESS = re.compile(r"https?://\S+")
_MARKDOWN = MarkdownIt("commonmark", {"html": False})


def read(document: Document) -> Reading:
    """Read a file by its ending: .md and .markdown, .csv, and everything else as plain text.

    Raises DocumentError where it is empty, or no text.
    """
    text = _decoded(document)
    if not text.strip():
        raise DocumentError(f"{document.name} is empty.", "Write a title line and a paragraph for each insight.")
    ending = PurePath(document.name).suffix.lower()
    reader = _READERS.get(ending, _plain)
    return reader(text, document)


def _decoded(document: Document) -> str:
    if b"\0" in document.content[:4096] and not document.content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DocumentError(f"{document.name} is not a text file.", "Save it as plain text, Markdown or CSV.")
    for encoding in ("utf-8-sig", "utf-16" if document.content[:2] in (b"\xff\xfe", b"\xfe\xff") else "cp1252"):
        try:
            return document.content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return document.content.decode("cp1252", "replace")


# ---------------------------------------------------------------------------------------------
# Plain text: blocks parted by empty lines; of each block the first line is the title


def _plain(text: str, document: Document) -> Reading:
    blocks = [block for block in (_lines(part) for part in re.split(r"\n\s*\n", _unix(text))) if block]
    head, rest = _head(blocks)
    items = []
    findings = []
    for block in _joined(rest):
        if len(block) == 1 and len(block[0]) > _TITLE_CHARACTERS:
            findings.append(_no_title(document.name, block[0]))
        else:
            items.append(_block_item(block))
    return Reading(page=head, items=tuple(items), findings=tuple(findings), is_markup=False)


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _lines(part: str) -> list[str]:
    return [line.strip() for line in part.split("\n") if line.strip()]


def _head(blocks: Sequence[list[str]]) -> tuple[PageHead, Sequence[list[str]]]:
    # the page's own heading has the shape of an insight; its words give it away
    words = re.findall(r"[^\W\d_]+", blocks[0][0].casefold())
    if len(blocks) > 1 and words and len(words) <= 6 and _LISTING_WORDS.issuperset(words):
        return PageHead(title=blocks[0][0], introduction=" ".join(blocks[0][1:])), blocks[1:]
    return PageHead(), blocks


def _joined(blocks: Iterable[list[str]]) -> list[list[str]]:
    # somebody who puts an empty line between a title and its paragraph means the same
    made: list[list[str]] = []
    for block in blocks:
        lonely_title = bool(made) and len(made[-1]) == 1 and not _is_paragraph(made[-1][0])
        if lonely_title and _is_paragraph(block[0]):
            made[-1] += block
        else:
            made.append(list(block))
    return made


def _is_paragraph(line: str) -> bool:
    # a headline may end with a question mark; one that is as long as a sentence does not
    ended = line.rstrip("\"'’”)").endswith((".", "…", "!", "?"))
    return len(line) > _TITLE_CHARACTERS or (ended and (len(line) > _HEADLINE_CHARACTERS or line.endswith(".")))


def _block_item(block: Sequence[str]) -> Item:
    title, *rest = block
    links = [line for line in rest if _ADDRESS.fullmatch(line)]
    summary = " ".join(line for line in rest if line not in links)
    return Item(title=title, summary=summary, link=links[0] if links else "")


def _no_title(where: str, line: str) -> Finding:
    return Finding(
        code="file.no-title",
        severity=Severity.LOOK_AT,
        where=where,
        what=f"The paragraph “{line[:60]}…” has no title line. It is left out.",
        why="Readers need a headline to decide whether to open it.",
        mend="Write a title on a line of its own above it.",
    )


# ---------------------------------------------------------------------------------------------
# Markdown: front matter and a body; the first heading is the title where the front matter has none


def _markdown(text: str, document: Document) -> Reading:
    try:
        post = frontmatter.loads(text)
    except (yaml.YAMLError, ValueError) as fault:
        line = getattr(getattr(fault, "problem_mark", None), "line", None)
        place = f"{document.name}:{line + 1}" if line is not None else document.name
        raise DocumentError(
            f"{place}: the front matter cannot be read.", "Put a colon and a space after each name; quote odd values."
        ) from fault
    title, body = _heading(post.content)
    fields = {str(key).casefold(): value for key, value in post.metadata.items()}
    item = Item(
        title=html.escape(str(fields.get("title") or title or PurePath(document.name).stem.replace("-", " "))),
        link=str(fields.get("link") or fields.get("url") or fields.get("permalink") or ""),
        summary=html.escape(str(fields["summary"])) if fields.get("summary") else _first_paragraph(body),
        date=moment_of(fields.get("date") or fields.get("published")),
        author=html.escape(_joined_list(fields.get("author") or fields.get("authors"))),
        image=str(fields.get("image") or ""),
        categories=tuple(_as_list(fields.get("categories") or fields.get("tags"))),
    )
    return Reading(items=(item,))


def _heading(content: str) -> tuple[str, str]:
    match = re.match(r"\s*#\s+(.+?)\s*#*\s*(?:\n|$)", content)
    return (match.group(1), content[match.end() :]) if match else ("", content)


def _first_paragraph(body: str) -> str:
    tokens = _MARKDOWN.parse(body)
    for at, token in enumerate(tokens):
        if token.type == "paragraph_open" and tokens[at + 1].children:
            return str(_MARKDOWN.renderer.render(tokens[at : at + 3], _MARKDOWN.options, {}))
    return ""


def _as_list(value: Any) -> list[str]:
    if isinstance(value, (list, tuple)):
        return [html.escape(str(one)) for one in value]
    return [html.escape(one.strip()) for one in str(value).split(",")] if value else []


def _joined_list(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value or "")


# ---------------------------------------------------------------------------------------------
# CSV: one insight a row, columns by name


def _csv(text: str, document: Document) -> Reading:
    head = text.split("\n", 1)[0]
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count))
    names = {name.strip().casefold(): name for name in rows.fieldnames or () if name}
    if "title" not in names:
        raise DocumentError(
            f"{document.name}:1: there is no column “title”.",
            "Name the columns title, link, summary, date, author, image, categories.",
        )
    items = []
    findings = []
    try:
        for row in rows:
            items.append(_row_item({own: row.get(name) or "" for own, name in names.items()}))
    except csv.Error as fault:
        findings.append(_unreadable(f"{document.name}:{rows.line_num}", fault))
    return Reading(items=tuple(items), findings=tuple(findings), is_markup=False)


def _row_item(row: Mapping[str, str]) -> Item:
    return Item(
        title=row["title"].strip(),
        link=(row.get("link") or row.get("url") or "").strip(),
        summary=(row.get("summary") or row.get("description") or "").strip(),
        date=moment_of(row.get("date") or row.get("published")),
        author=(row.get("author") or "").strip(),
        image=(row.get("image") or "").strip(),
        categories=tuple(one.strip() for one in (row.get("categories") or "").split(";") if one.strip()),
    )


def _unreadable(where: str, fault: Exception) -> Finding:
    return Finding(
        code="file.row",
        severity=Severity.MUST_MEND,
        where=where,
        what=f"The row cannot be read: {fault}.",
        why="Rows from here on are not read.",
        mend="Check its quotation marks.",
    )


def moment_of(value: Any) -> datetime | None:
    """Return the time that a value of a file means, in UTC: ISO 8601 or as people write dates; None for neither."""
    if isinstance(value, datetime):
        return _utc(value)
    if isinstance(value, date):
        return datetime.combine(value, time(), tzinfo=UTC)
    if not value:
        return None
    try:
        made = datetime.fromisoformat(str(value).strip())
    except ValueError:
        return _spoken(str(value))
    return _utc(made)


def _utc(moment: datetime) -> datetime | None:
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        return None


def _spoken(value: str) -> datetime | None:
    # imported late: it takes a quarter of a second, and most dates are written in ISO 8601
    import dateparser

    settings: Any = {"TIMEZONE": "UTC", "RETURN_AS_TIMEZONE_AWARE": True, "DATE_ORDER": "DMY"}
    found: datetime | None = dateparser.parse(value, settings=settings)
    return found and _utc(found)


_READERS: Mapping[str, Callable[[str, Document], Reading]] = {
    ".md": _markdown,
    ".markdown": _markdown,
    ".csv": _csv,
}
