"""Selected: what somebody said the items are, with CSS selectors in digest.toml; the rest is inferred as ever."""

from __future__ import annotations

from collections.abc import Iterator

from digest.sources.page.gathering import Member, members_of
from digest.sources.page.headlines import Headline, find_headlines, headline_at, href_of
from digest.sources.page.links import is_listing
from digest.sources.page.nodes import Node, Page
from digest.sources.page.records import Record


def selected_members(page: Page) -> list[Member]:
    """The elements that were selected as items, in page order; one inside another belongs to that one."""
    records: list[Record] = []
    for item in page.selected.get("item", ()):
        if records and records[-1].last >= item.order:
            continue
        headline = _headline_of(item, page)
        if headline is not None:
            records.append(Record(headline, (item,), item.parent or item))
    return members_of(records, page)


def address_of(member: Member, page: Page) -> str:
    """Where the selected link leads; where none was selected, what was inferred."""
    for node in _inside(member.record, "link", page):
        links = [inner for inner in page.inside(node) if inner.tag == "a"]
        around = [outer for outer in node.ancestors() if outer.tag == "a"]
        address = next(filter(None, (href_of(link, page) for link in (*links, *around))), "")
        if address:
            return address
    return member.address


def words_of(record: Record, name: str, page: Page) -> str:
    """What the selected element of a record says; empty where none was selected in it."""
    return next((node.text for node in _inside(record, name, page) if node.text), "")


def narrowed(record: Record, name: str, page: Page) -> Record:
    """The record with nothing in it but the selected element, where one was selected in it."""
    node = next(_inside(record, name, page), None)
    return record if node is None else Record(record.headline, (node,), record.container)


def _inside(record: Record, name: str, page: Page) -> Iterator[Node]:
    chosen = page.selected.get(name, ())
    parts = [part for part in record.parts if isinstance(part, Node)]
    return (node for node in chosen if any(part.holds(node) for part in parts))


def _headline_of(item: Node, page: Page) -> Headline | None:
    """The selected title, else the first heading, else the first text that may be a title."""
    titles = [node for node in page.selected.get("title", ()) if item.holds(node) and node.size]
    headings = [node for node in page.inside(item) if node.rank and node.size]
    for node in (*titles, *headings):
        return headline_at(node, page)
    texts = (one for anyhow in (False, True) for one in find_headlines(page, in_any_text=anyhow))
    inside = (one for one in texts if item.holds(one.node))
    # the name of a category is a link, too
    return next((one for one in inside if not (one.target and is_listing(one.target))), None)
