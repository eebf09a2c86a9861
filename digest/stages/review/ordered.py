"""Ordered: an email with a number before each thing that a screen reader reads, in the order in which it does."""

from __future__ import annotations

from lxml import etree, html

_BADGE = (
    "display:inline-block;background:#7d4a00;color:#fff;border-radius:10px;font:bold 12px/20px sans-serif;"
    "min-width:20px;padding:0 4px;margin:0 6px 0 0;text-align:center;text-decoration:none"
)
#: elements whose own words are read as one
_READ = frozenset(("h1", "h2", "h3", "h4", "p", "li", "td", "th", "div", "a", "span", "strong", "b", "em", "i"))
_UNREAD = frozenset(("style", "script", "title", "head", "meta", "link"))
#: what fills the line of a preheader, and is read by nobody
_FILLING = "\u034f\u200c\u00a0 \t\r\n"


def ordered(page: str) -> str:
    """Return an email with numbers in it. What is decoration, or hidden from screen readers, bears none."""
    tree = html.document_fromstring(page)
    body = tree.find("body")
    for number, element in enumerate(_read(body) if body is not None else (), 1):
        _number(element, number)
    return str(html.tostring(tree, encoding="unicode", doctype="<!doctype html>"))


def _read(element: html.HtmlElement) -> list[html.HtmlElement]:
    """Return the elements that are read as one each, in their order."""
    if not isinstance(element.tag, str) or element.tag in _UNREAD or _is_hidden(element):
        return []
    if element.tag == "img":
        # without alternative text it is decoration, and passed over
        return [element] if element.get("alt") else []
    if element.tag in _READ and _has_own_words(element):
        return [element]
    return [one for child in element for one in _read(child)]


def _has_own_words(element: html.HtmlElement) -> bool:
    return any(text and text.strip(_FILLING) for text in (element.text, *(child.tail for child in element)))


def _is_hidden(element: html.HtmlElement) -> bool:
    style = (element.get("style") or "").replace(" ", "")
    return "display:none" in style or element.get("aria-hidden") == "true"


def _number(element: html.HtmlElement, number: int) -> None:
    badge = etree.Element("span", style=_BADGE)
    badge.text = str(number)
    if element.tag == "img":
        element.addprevious(badge)
        return
    badge.tail, element.text = element.text, None
    element.insert(0, badge)
