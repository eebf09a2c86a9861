"""Findings about a page, in words for the people who write the newsletter."""

from __future__ import annotations

from collections.abc import Iterator

from digest.domain.model import Document, Finding, Severity


def not_a_page(document: Document) -> Finding:
    """The document holds no HTML at all."""
    return Finding(
        code="page.not-html",
        severity=Severity.LOOK_AT,
        where=document.name,
        what="What came back from this address is empty or is not a web page.",
        why="There is nothing in it that could be read as a list of articles.",
        mend="Open the address in your browser. If it shows a file or an error there, "
        "use the address of the page that lists the news.",
    )


def no_list(document: Document) -> Finding:
    """The page has no list of articles, or none that is surely one."""
    return Finding(
        code="page.no-list",
        severity=Severity.LOOK_AT,
        where=document.name,
        what="We could not find a list of articles on this page, so nothing was taken from it.",
        why="We would rather bring you nothing than fill your digest with the links of a menu.",
        mend="Check that the address is the page that lists your news. If it is, tell us which parts are the articles "
        "with selectors in digest.toml, or use the site's feed if it has one.",
    )


def unmatched(document: Document, names: list[str]) -> Iterator[Finding]:
    """Selectors in digest.toml that match nothing on the page."""
    for name in names:
        yield Finding(
            code="page.selector",
            severity=Severity.LOOK_AT,
            where=document.name,
            what=f"The selector for “{name}” ({getattr(document.selectors, name)}) matches nothing on this page.",
            why="The page's layout may have changed since it was written."
            + (" Nothing was taken from the page." if name == "item" else ""),
            mend="Open the page in a browser, look at the part with “Inspect”, and mend the selector in digest.toml.",
        )


def cut(document: Document) -> Finding:
    """The page is larger than what is read of one."""
    return Finding(
        code="page.cut",
        severity=Severity.NOTE,
        where=document.name,
        what="This page is very large, so only its beginning was read.",
        why="Articles further down the page may be missing.",
        mend="If the site has a shorter news page or a feed, use that address instead.",
    )


def no_address(document: Document) -> Finding:
    """Links are relative, and nobody said to what."""
    return Finding(
        code="page.no-address",
        severity=Severity.LOOK_AT,
        where=document.name,
        what="Some links on this page only work together with the page's own address, which we were not given.",
        why="Those articles come without a link, so readers cannot open them.",
        mend="Give the page's address together with the file.",
    )
