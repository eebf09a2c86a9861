"""Reading a page: bytes in, a Reading out.

document -> page (nodes) -> headlines -> groups -> records -> evidence -> the listing -> fields -> items
"""

from __future__ import annotations

from collections.abc import Iterator

from digest.domain.model import Document, Finding, Item, Reading
from digest.sources.page import findings
from digest.sources.page.choosing import choose
from digest.sources.page.fields import author_of, categories_of, summary_of, title_of
from digest.sources.page.gathering import Member
from digest.sources.page.head import head_of
from digest.sources.page.links import published
from digest.sources.page.nodes import MAX_BYTES, MAX_NODES, Page, open_page
from digest.sources.page.parting import Parted, without_dates
from digest.sources.page.pictures import picture_of
from digest.sources.page.published import are_dated, published_of, said_of
from digest.sources.page.regions import Regions
from digest.sources.page.selected import address_of, narrowed, selected_members, words_of


def read(document: Document) -> Reading:
    """The items that a listing page without a feed repeats; none, and a finding, where it is not clearly a list."""
    page = open_page(document)
    if page is None:
        return Reading(findings=(findings.not_a_page(document),))
    regions = Regions(page)
    members = selected_members(page) if document.selectors.item else choose(page, regions)
    head = head_of(page, [member.record for member in members], regions)
    return Reading(
        page=head,
        items=tuple(_items(members, page)),
        findings=tuple(_findings(document, page, members)),
        is_markup=False,
    )


def _findings(document: Document, page: Page, members: list[Member]) -> Iterator[Finding]:
    yield from findings.unmatched(document, [name for name, nodes in page.selected.items() if not nodes])
    if not members and not document.selectors.item:
        yield findings.no_list(document)
    if len(document.content) > MAX_BYTES or len(page.nodes) >= MAX_NODES:
        yield findings.cut(document)
    if any(member.address and not published(member.address) for member in members):
        yield findings.no_address(document)


def _items(members: list[Member], page: Page) -> Iterator[Item]:
    records = [member.record for member in members]
    titles = [words_of(record, "title", page) or title_of(record, page) for record in records]
    whole = [Parted(title=title, date="") for title in titles]
    narrow = [narrowed(record, "date", page) for record in records]
    said = said_of(narrow, page)
    parted = whole if are_dated(said) else without_dates(titles, page.languages)
    addresses = [address_of(member, page) for member in members]
    dates = published_of(narrow, addresses, said, [one.date for one in parted], page)
    for record, address, title, one, when in zip(records, addresses, titles, parted, dates, strict=True):
        yield Item(
            title=one.title,
            link=published(address),
            summary=words_of(record, "summary", page) or summary_of(record, page, title),
            date=when.date,
            date_from=when.date_from,
            author=words_of(record, "author", page) or author_of(record, page),
            image=published(picture_of(narrowed(record, "image", page), page)),
            categories=categories_of(record, page),
        )
