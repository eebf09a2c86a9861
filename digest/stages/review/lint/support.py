"""Client support: what in an email Gmail, Outlook, Apple Mail or Yahoo does not know, by caniemail (clients.py).

What does no harm where it is not known is in `JUSTIFIED`, each with what happens there; all else is a remark.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby

from digest.domain.model import Severity
from digest.stages.review.lint.clients import CLIENTS, FEATURES
from digest.stages.review.lint.css import Declaration, Sheet
from digest.stages.review.lint.features import (
    at_rule_features,
    element_features,
    property_features,
    selector_features,
)
from digest.stages.review.lint.page import Page
from digest.stages.review.lint.remark import Kind, Remark, shortened

#: characters of one style sheet from which Gmail drops all of it
MOST_STYLE = 8_192
#: where Outlook classic stands in CLIENTS: it alone reads comments for Outlook
OUTLOOK_CLASSIC = CLIENTS.index(("Outlook", "classic"))

KINDS: Mapping[str, Kind] = {
    "support.style": Kind(
        severity=Severity.LOOK_AT,
        looks_for="properties, values, units, selectors and rules of CSS that a client does not know",
        why="Who reads there sees it without; what hangs on it falls apart.",
        mend="Use what all know (tables, padding, px), or make sure that it does no harm where it is missing.",
    ),
    "support.element": Kind(
        severity=Severity.LOOK_AT,
        looks_for="elements and attributes of HTML that a client does not know",
        why="The client takes it out or shows its inside as it stands.",
        mend="Use tables, paragraphs, links and pictures.",
    ),
    "support.picture": Kind(
        severity=Severity.LOOK_AT,
        looks_for="formats of pictures that a client does not show",
        why="Readers see an empty frame.",
        mend="Use JPEG, PNG or GIF.",
    ),
    "support.partly": Kind(
        severity=Severity.NOTE,
        looks_for="what a client knows only partly",
        why="It may look different there.",
        mend="Look at it there, or use something that all know.",
    ),
    "support.script": Kind(
        severity=Severity.MUST_MEND,
        looks_for="scripts, frames, plug-ins and event handlers (`onclick`)",
        why="Every mail program takes them out, and filters take the message for an attack.",
        mend="Take it out, and link to a page on the web.",
    ),
    "support.long-style": Kind(
        severity=Severity.LOOK_AT,
        looks_for=f"a style sheet of more than {MOST_STYLE:,} characters",
        why="Gmail then drops the whole sheet.",
        mend="Part it into several <style> elements, and write what all need into the elements.",
    ),
    "support.broken-style": Kind(
        severity=Severity.LOOK_AT,
        looks_for="CSS that cannot be read",
        why="A mail program leaves out more than the broken line: Gmail drops the whole sheet.",
        mend="Close every brace, and write each declaration as name: value.",
    ),
}

_PLAIN = "what the note tells of are values that hardly anybody writes; the usual ones are known everywhere"
_ENHANCES = "a rule in a style sheet; where it is dropped the styles in the elements stay as they are"

#: features that do no harm where they are not known, and what happens there
JUSTIFIED: Mapping[str, str] = {
    "css-at-media": _ENHANCES,
    "css-at-media-prefers-color-scheme": "Gmail, Yahoo and Outlook classic have dark colours of their own or none",
    "css-at-media-prefers-reduced-motion": "it only takes motion away",
    "css-background": "the colour in it is known everywhere; pictures have a remark of their own",
    "css-border": "borders up to 8 px are drawn everywhere, in Outlook classic on cells of tables",
    "css-border-radius": "corners are square in Outlook classic",
    "css-box-sizing": "it matters only with a width and padding in one element; tables ignore it",
    "css-color-scheme": "the program then chooses dark or light by itself",
    "css-comments": "they are dropped, with nothing else",
    "css-cursor": "the pointer looks as usual",
    "css-direction": "the dir attribute says the same",
    "css-display": "Outlook classic draws blocks as they are by default; tables for it hold the columns",
    "css-display-none": "where a preheader is not hidden it is read as the first line",
    "css-font-size": "px is known everywhere",
    "css-font-weight": "bold and normal are known everywhere",
    "css-height": "Yahoo takes it as min-height: what is inside still fits",
    "css-important": "where it is dropped so is its rule, and the style in the element stays",
    "css-letter-spacing": "letters stand at their usual distance",
    "css-line-height": "lines stand a little wider or closer in Outlook classic",
    "css-list-style": "lists have their usual dots",
    "css-margin": "positive margins are known everywhere; Outlook classic centres tables by align",
    "css-max-height": "it closes a hidden preheader; Outlook classic has mso-hide for that",
    "css-max-width": "Outlook classic gets the width from a table of its own",
    "css-min-width": "the element is as wide as what is in it",
    "css-outline": "no line is drawn round pictures by default either",
    "css-overflow": "what is rounded is square, and a preheader is hidden by other means as well",
    "css-padding": "Outlook classic knows it on cells of tables, and pads buttons by mso-padding-alt",
    "css-pseudo-class-active": _ENHANCES,
    "css-pseudo-class-focus": _ENHANCES,
    "css-pseudo-class-hover": _ENHANCES,
    "css-pseudo-class-link": _ENHANCES,
    "css-pseudo-class-visited": _ENHANCES,
    "css-selector-attribute": "written for one client ([data-ogsc] for Outlook): the others are not to read it",
    "css-selector-chaining": _ENHANCES,
    "css-selector-child": _ENHANCES,
    "css-selector-descendant": _ENHANCES,
    "css-selector-grouping": _ENHANCES,
    "css-selector-id": _ENHANCES,
    "css-selector-universal": _ENHANCES,
    "css-sytem-ui": "the next font of the list is taken",
    "css-text-align": "left, right and center are known everywhere",
    "css-text-decoration": "underline and none are known everywhere",
    "css-text-transform": "letters stay as they are written",
    "css-white-space": "lines break where they usually do",
    "css-width": "Outlook classic takes widths of tables and cells, and of pictures from their attribute",
    "css-word-break": "a long address makes the page wider",
    "css-word-wrap": "a long address makes the page wider",
    "css-word-spacing": "words stand at their usual distance",
    "html-align": _PLAIN,
    "html-anchor-links": "the reader scrolls by hand",
    "html-aria-hidden": "Yahoo reads the decoration out",
    "html-aria-label": "Yahoo falls back on the words of the element",
    "html-aria-labelledby": "the words of the element are read",
    "html-body": "the styles of <body> are repeated on the first element inside",
    "html-dir": "the text has a direction of its own letters",
    "html-doctype": "Outlook classic and Yahoo set their own",
    "html-height": _PLAIN,
    "html-lang": "the screen reader uses its own language",
    "html-lists": "only attributes such as reversed are not known",
    "html-mailto-links": "the address can be copied",
    "html-meta-color-scheme": "the program then chooses dark or light by itself",
    "html-role": "known everywhere but for landmark roles in Yahoo",
    "html-strike": "the words stand without the line",
    "html-style": _ENHANCES,
    "html-target": "mail programs open links in a new window anyway",
    "html-width": _PLAIN,
    "image-gif": "Outlook classic shows the first picture of an animation",
}


def remarks(page: Page) -> Iterator[Remark]:
    """Yield what is not supported; every feature once, with its first places."""
    for feature, where in _features(page):
        yield from _remark(feature, where, range(len(CLIENTS)))
    for feature, where in _outlook_features(page):
        yield from _remark(feature, where, range(OUTLOOK_CLASSIC, OUTLOOK_CLASSIC + 1))
    for element in page.elements:
        handlers = [name for name in map(str, element.attrib) if name.lower().startswith("on")]
        if handlers or element.tag in ("script", "iframe", "frame", "frameset", "object", "embed", "applet"):
            what = f"{handlers[0]}= is set." if handlers else f"There is a <{element.tag}>."
            yield Remark(code="support.script", what=what, where=page.place(element), about=str(element.tag))
    for characters, line in page.sheets:
        if characters > MOST_STYLE:
            what = f"A style sheet has {characters:,} characters."
            yield Remark(code="support.long-style", what=what, where=f"line {line}: <style>")
    for error, line in page.sheet.errors:
        what = f"A style cannot be read ({shortened(error)})."
        yield Remark(code="support.broken-style", what=what, where=f"line {line}")


def clients_named(numbers: list[int]) -> str:
    """Name clients by their numbers in CLIENTS, a family as a whole where all of it is there."""
    named = []
    for family, group in groupby(numbers, key=lambda number: CLIENTS[number][0]):
        members = [CLIENTS[number][1] for number in group]
        whole = len(members) == sum(one[0] == family for one in CLIENTS)
        named.append(family if whole else f"{family} ({', '.join(members)})")
    return ", ".join(named)


def _remark(feature: str, where: str, clients: range) -> Iterator[Remark]:
    if feature in JUSTIFIED or feature not in FEATURES:
        return
    title, letters = FEATURES[feature]
    without = [number for number in clients if letters[number] == "n"]
    partly = [number for number in clients if letters[number] == "a"]
    if without:
        kinds = {"css": "support.style", "html": "support.element", "image": "support.picture"}
        what = f"{title} is not known to {clients_named(without)}."
        yield Remark(code=kinds[feature.partition("-")[0]], what=what, where=where, about=feature)
    elif partly:
        what = f"{title} is known only partly to {clients_named(partly)}."
        yield Remark(code="support.partly", what=what, where=where, about=feature)


def _features(page: Page) -> Iterator[tuple[str, str]]:
    """Yield each feature with where it is used, what many elements share only at the first."""
    seen: set[tuple[str, str]] = set()
    for element in page.elements:
        found = dict.fromkeys(element_features(element))
        style = element.get("style") or ""
        if style and ("style", style) not in seen:
            seen.add(("style", style))
            found |= dict.fromkeys(_of_declarations(page.style(element)))
        for feature in found:
            if feature not in JUSTIFIED and feature in FEATURES:
                yield feature, page.place(element)
    yield from _of_sheet(page.sheet)


def _outlook_features(page: Page) -> Iterator[tuple[str, str]]:
    # attributes of tags for Outlook are written for it; only their styles and its sheets are looked at
    yield from _of_sheet(page.outlook_sheet)


def _of_sheet(sheet: Sheet) -> Iterator[tuple[str, str]]:
    for keyword, prelude, line in sheet.at_rules:
        yield from ((feature, f"line {line}: @{keyword}") for feature in at_rule_features(keyword, prelude))
    for one, line in sheet.loose:
        yield from ((feature, f"line {line}: @font-face") for feature in property_features(one))
    for rule in sheet.rules:
        where = f"line {rule.line}: {shortened(', '.join(rule.selectors))}"
        found = [feature for selector in rule.selectors for feature in selector_features(selector)]
        for feature in dict.fromkeys([*found, *_of_declarations(rule.declarations)]):
            yield feature, where


def _of_declarations(declarations: tuple[Declaration, ...]) -> Iterator[str]:
    for one in declarations:
        yield from property_features(one)
