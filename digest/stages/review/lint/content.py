"""Content: what was to be filled in, replaced or taken out before anybody reads it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from lxml import html as markup

from digest.domain.model import Severity
from digest.stages.review.lint.cascade import Looks
from digest.stages.review.lint.page import HEADINGS, SILENT, Page, visible
from digest.stages.review.lint.remark import Kind, Remark, shortened

MUST, LOOK = Severity.MUST_MEND, Severity.LOOK_AT

KINDS: Mapping[str, Kind] = {
    "content.merge-field": Kind(
        severity=MUST,
        looks_for="merge fields of any system, not filled in or misspelt: `{{ frist_name }}`, `*|FNAME|*`, "
        "`{FIRSTNAME}`, `%%name%%`, `[First Name]`, `<<name>>`",
        why="Every reader sees the field instead of a name.",
        mend="Fill it in, or take it out.",
    ),
    "content.slot": Kind(
        severity=MUST,
        looks_for="markers of this program that were not filled in (`[[digest:…]]`)",
        why="Every reader sees the marker instead of a name or link.",
        mend="Send the email with `digest send`, which fills them in; in a test of your own take the text out.",
    ),
    "content.template": Kind(
        severity=MUST,
        looks_for="commands of a template language: `{% if %}`, `{{#if}}`, `<%= %>`, `<?php`",
        why="Readers see the program's inside.",
        mend="Look over the template; a command that is not closed or stands in plain text stays as it is.",
    ),
    "content.mjml": Kind(
        severity=MUST,
        looks_for="tags of MJML (`<mj-text>`)",
        why="No mail program knows them: the words in them stand without any style.",
        mend="Compile the MJML, and put each part where MJML allows it.",
    ),
    "content.escape": Kind(
        severity=LOOK,
        looks_for="signs written as programmers do: `\\u{a0}`, `\\u00e9`, `&amp;nbsp;`",
        why="Readers see the code instead of the letter.",
        mend="Write the letter itself; attributes of MJML need character references.",
    ),
    "content.mojibake": Kind(
        severity=LOOK,
        looks_for="letters that were read in the wrong encoding: `Ã©`, `â€™`",
        why="Words with accents and quotation marks cannot be read.",
        mend="Read the text as UTF-8, not as Windows-1252, and save it anew.",
    ),
    "content.replacement": Kind(
        severity=LOOK,
        looks_for="the sign for a letter that was lost (U+FFFD)",
        why="A letter is missing, and no program can bring it back.",
        mend="Copy the text from where it came from again.",
    ),
    "content.placeholder": Kind(
        severity=MUST,
        looks_for="words that were to be replaced: lorem ipsum, “insert text here”, notes to oneself in capitals",
        why="Readers see that it was not finished.",
        mend="Write the text, or take it out.",
    ),
    "content.value": Kind(
        severity=LOOK,
        looks_for="what programs write for nothing: `None`, `null`, `undefined`, `NaN`, `[object Object]`",
        why="A value was missing where the email was made.",
        mend="Find what was to stand there; leave the line out where there is nothing.",
    ),
    "content.greeting": Kind(
        severity=LOOK,
        looks_for="a greeting without a name before its comma: “Hello ,”",
        why="Who gave no name sees the gap.",
        mend="Give the field words for who has no name: {{ first_name | there }}.",
    ),
    "content.empty-section": Kind(
        severity=LOOK,
        looks_for="a heading with nothing under it before the next of its level",
        why="Readers look for what is missing; screen readers jump to it.",
        mend="Leave the heading out where nothing stands under it.",
    ),
    "content.empty-heading": Kind(
        severity=LOOK,
        looks_for="a heading without words",
        why="Screen readers announce a heading and say nothing.",
        mend="Take it out; a gap is made by padding.",
    ),
    "content.empty": Kind(
        severity=MUST,
        looks_for="an email without any words",
        why="Who has pictures switched off gets an empty page, and filters take it for spam.",
        mend="Write what the email says as text.",
    ),
}

#: names that fields of this program and of common systems have
KNOWN_FIELDS = (
    *("first_name", "last_name", "unsubscribe", "preferences", "FNAME", "LNAME", "EMAIL", "UNSUB", "ARCHIVE"),
    *("FIRSTNAME", "LASTNAME", "first name", "last name", "name", "email", "subject", "company", "UPDATE_PROFILE"),
    *("unsubscribe_url", "view_in_browser", "MC_PREVIEW_TEXT"),
)
#: characters of one text that are looked at; a paragraph has a few hundred
MOST_CHARACTERS = 20_000
_OURS = ("first_name", "last_name")
_BRACES = re.compile(r"\{\{\{?\s*([^{}%#/!>|]{0,60}?)\s*(?:\|[^{}]{0,60})?\}?\}\}")
_STARS = re.compile(r"\*\|\s*([A-Za-z0-9_:.]{1,40})\s*\|\*")
_WIKI = re.compile(r"\[\[\s*(?!digest:)([A-Za-z][\w .:|-]{0,60}?)\s*\]\]")
_FIELDS = (
    _BRACES,
    _STARS,
    re.compile(r"(?<![{$\w])\{\s*([A-Z][A-Z0-9_]{2,30}|(?:first_?|last_?|full_?|user_?)?name)\s*\}(?!\})", re.ASCII),
    re.compile(r"%%\s*([A-Za-z][\w .:-]{0,40}?)\s*%%"),
    re.compile(r"(?<![%\d])%([A-Z][A-Z_]{3,30})%"),
    re.compile(r"\[((?:first|last|full|sur|sub\w{2,10})[ _-]?name|name|vorname|pr[eé]nom)\]", re.IGNORECASE),
    re.compile(r"<<\s*([A-Za-z][\w .]{1,30}?)\s*>>"),
    # as Word writes them; with other words inside these are quotation marks
    re.compile(r"«([A-Za-z]{1,20}_\w{1,20}|[A-Z][a-z]{1,20}[A-Z]\w{0,20})»"),
    _WIKI,
    re.compile(r"[$#]\{\s*([A-Za-z][\w.]{0,40})\s*\}"),
    re.compile(r"@@\s*([A-Za-z]\w{0,40})\s*@@"),
)
_BARE = re.compile(r"\{\{|\}\}")
_SLOT = re.compile(r"\[\[digest:[^\]]{0,200}\]\]")
_TEMPLATE = re.compile(
    r"\{%.{0,80}?%\}|\{\{\s*[#/!>^].{0,80}?\}\}|\{#.{0,80}?#\}|<%.{0,80}?%>|<\?(?:php|=).{0,40}", re.DOTALL
)
_ESCAPE = re.compile(
    r"\\u\{[0-9a-fA-F]{1,6}\}|\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|&(?:nbsp|amp|quot|lt|gt|rsquo|#\d{2,6});"
)
# what is left of UTF-8 read as Windows-1252: its first octet, then what its second became there
_SECOND = (
    "\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013\u2014\u2018-\u201e\u2020-\u2022"
)
_SECOND += "\u2026\u2030\u2039\u203a\u20ac\u2122"
_MOJIBAKE = re.compile(f"[\u00c3\u00c2][{_SECOND}]|\u00e2\u20ac|\u00f0\u0178")
# the brackets in notes to oneself keep them from being such notes here
_PLACEHOLDER = re.compile(
    r"(?i:lorem ipsum|dolor sit amet)|\b(?:TO[D]O|FIX[M]E|X{3,}|TK{2})\b"
    r"|(?i:\b(?:insert|add|enter|write|type) (?:your |the |some )?"
    r"(?:text|title|headline|heading|copy|content|name|date|image|link)s? here\b"
    r"|\byour (?:text|title|headline|heading|copy|content|name|logo|message) (?:goes )?here\b"
    r"|\b(?:text|headline|heading|title|copy) goes here\b|\brhowch destun yma\b)"
)
_SIMPLE = (
    ("content.escape", _ESCAPE, "“{}” stands in the text."),
    ("content.mojibake", _MOJIBAKE, "“{}” is a letter in the wrong encoding."),
    ("content.replacement", re.compile("\ufffd"), "A letter was lost: “{}”."),
    ("content.placeholder", _PLACEHOLDER, "“{}” stands in the text."),
)
# without any of these a text holds nothing of all that: most texts are done with one look
_SUSPICIOUS = re.compile(rf"[{{}}%*\[\]<>«@\\&\ufffd\u00c3\u00c2\u00e2\u00f0]|{_PLACEHOLDER.pattern}")
_VALUES = frozenset(("none", "null", "undefined", "nan", "[object object]", "nil", "#n/a", "#ref!"))
_GREETING = re.compile(r"(?:hello|hi|hey|dear|good morning|helo|annwyl|bore da|shwmae|bonjour|hallo)\s*[,!]", re.I)
_ATTRIBUTES = ("alt", "title", "aria-label")


def remarks(page: Page, looks: Looks) -> Iterator[Remark]:
    """Yield what was left in the HTML; looks: the light view."""
    for element, text in _texts(page):
        yield from (replace(remark, where=page.place(element)) for remark in left_over(text))
    for element in page.elements:
        if str(element.tag).startswith("mj-"):
            what = f"<{element.tag}> is left in the HTML."
            yield Remark(code="content.mjml", what=what, where=page.place(element), about=str(element.tag))
        if len(element) or looks[element].hidden or element.tag in SILENT:
            continue
        words = page.words(element)
        if words.lower() in _VALUES:
            what = f"“{words}” is all that stands there."
            yield Remark(code="content.value", what=what, where=page.place(element), about=words)
        elif len(words) < 20 and _GREETING.fullmatch(words):
            yield Remark(code="content.greeting", what=f"The greeting is “{words}”.", where=page.place(element))
    yield from _sections(page, looks)
    shown = (looks[element].hidden or element.tag in SILENT for element, text in page.flow if visible(text))
    if all(shown):
        yield Remark(code="content.empty", what="There is no text in it.")


def unfilled(address: str) -> str:
    """Return what was not filled in in an address, as it stands there, or nothing."""
    # signs such as %E2% are common in addresses, so that only fields in brackets of their own are looked for
    found = (pattern.search(address) for pattern in (_SLOT, _TEMPLATE, _BRACES, _STARS, _WIKI))
    return next((match.group() for match in found if match), "")


def left_over(text: str) -> Iterator[Remark]:
    """Yield what was left in a text, without its place."""
    text = " ".join(text[:MOST_CHARACTERS].split())
    if not _SUSPICIOUS.search(text):
        return
    for match in _SLOT.finditer(text):
        what = f"{shortened(match.group())} was not filled in."
        yield Remark(code="content.slot", what=what, about=match.group())
    for match in _TEMPLATE.finditer(text):
        what = f"{shortened(match.group())} stands in the text."
        yield Remark(code="content.template", what=what, about=match.group())
    yield from _fields(_TEMPLATE.sub(" ", text))
    for code, pattern, words in _SIMPLE:
        for match in pattern.finditer(text):
            yield Remark(code=code, what=words.format(shortened(match.group(), 30)), about=match.group())


def _fields(text: str) -> Iterator[Remark]:
    rest = text
    for pattern in _FIELDS:
        for match in pattern.finditer(text):
            what = f"{shortened(match.group())} was not filled in."
            mend = _nearest(match.group(1).strip())
            yield Remark(code="content.merge-field", what=what, about=match.group(), mend=mend)
        rest = pattern.sub(" ", rest)
    for match in _BARE.finditer(rest):
        what = f"{match.group()} stands alone: “{shortened(rest[match.start() : match.start() + 40])}”."
        mend = "Write both pairs of braces, such as {{ first_name }}, or none."
        yield Remark(code="content.merge-field", what=what, about=match.group(), mend=mend)


def _nearest(name: str) -> str:
    if name in _OURS:
        return "It is spelt right: it stands in a text whose fields are not filled in. Fill it in, or take it out."
    bare = re.split(r"[.:|]", name)[-1]
    near = difflib.get_close_matches(bare, KNOWN_FIELDS, n=1, cutoff=0.6) or difflib.get_close_matches(
        bare.lower().replace(" ", "_"), KNOWN_FIELDS, n=1, cutoff=0.6
    )
    return f"Did you mean “{near[0]}”? Fill it in, or take it out." if near and near[0] != bare else ""


def _texts(page: Page) -> Iterator[tuple[markup.HtmlElement, str]]:
    """Yield each text of the email with the element it stands in, attributes that are read among them."""
    yield from page.flow
    for element in page.elements:
        for name in _ATTRIBUTES:
            if element.get(name):
                yield element, str(element.get(name))


def _sections(page: Page, looks: Looks) -> Iterator[Remark]:
    """Yield headings under which nothing stands; a headline that is a link stands for itself."""
    before: markup.HtmlElement | None = None
    inside: set[markup.HtmlElement] = set()
    something = True
    for element, text in page.flow:
        if looks[element].hidden or element.tag in SILENT:
            continue
        if element.tag in HEADINGS and not text:
            if before is not None and not something and str(element.tag) <= str(before.tag):
                yield _empty(page, before)
            if not page.words(element):
                yield Remark(
                    code="content.empty-heading", what=f"A <{element.tag}> is empty.", where=page.place(element)
                )
            before, inside = element, set(element.iter())
            something = element.find(".//a[@href]") is not None or not page.words(element)
        elif element not in inside and (element.tag == "img" or visible(text)):
            something = True
    if before is not None and not something:
        yield _empty(page, before)


def _empty(page: Page, heading: markup.HtmlElement) -> Remark:
    what = f"Nothing stands under “{shortened(page.words(heading))}”."
    return Remark(code="content.empty-section", what=what, where=page.place(heading), about=page.words(heading))
