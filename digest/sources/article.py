"""An article's own page: what it says of itself in JSON-LD, Open Graph and meta elements."""

from __future__ import annotations

from datetime import UTC, datetime

from trafilatura import load_html
from trafilatura.metadata import extract_metadata

from digest.domain.errors import DocumentError
from digest.domain.model import Article, DateFrom, Document
from digest.stages.collect import cleaned_article


def read(document: Document) -> Article:
    """Read an article's page; everything in the result is cleaned.

    Raises DocumentError where it is no HTML.
    """
    tree = load_html(document.content)
    if tree is None:
        raise DocumentError(f"{document.name} is no web page.", "Open it in a browser.")
    # not extensive: a date that is stated nowhere but in the running text is somebody else's
    found = extract_metadata(tree, default_url=document.base or None, extensive=False)
    article = Article(
        title=found.title or "",
        summary=found.description or "",
        author=(found.author or "").replace("; ", ", "),
        image=found.image or "",
        date=_day(found.date or ""),
        date_from=DateFrom.PAGE,
    )
    return cleaned_article(article, document)


def _day(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return None
