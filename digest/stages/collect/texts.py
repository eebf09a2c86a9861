"""Texts: markup and controls go, and a summary ends with a whole sentence."""

from __future__ import annotations

import html
import re
import unicodedata

import nh3

_BLOCK_END = re.compile(r"</(p|div|li|h[1-6]|tr|blockquote)\s*>|<br\s*/?>", re.IGNORECASE)
_SPACE = re.compile(r"[\s\x85]+")
#: controls but for white space (Cc), halves of surrogate pairs (Cs), private use (Co), and what turns the direction of
#: all that follows until somebody turns it back (UAX #9 3.1); marks that stand for a letter's direction stay
_NO_TEXT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069"
    "\ud800-\udfff\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd]+"
)
#: marks on one letter; no script stacks more, and heaps of them cover the lines above and below
MOST_MARKS = 8
_HEAP = re.compile(rf"[^\w\s]{{{MOST_MARKS + 1},}}")
#: how far from the end of a text what publishing systems put there may begin
_END = 500
#: what publishing systems put after the piece of a text that they give away
_FOOTER = re.compile(
    r"\s*(\[?(?:continue reading|read (?:more|on|the (?:full|whole) (?:story|article|post)))\b[^.!?]{0,150}"
    r"|the post .{1,300}? (?:appeared first|first appeared) on [^.]{1,100}\.?)\s*$",
    re.IGNORECASE,
)
_BROKEN_OFF = re.compile(r"\s*[\[(]?\s*(?:…|\.{3,}|⋯)\s*[\])]?\s*$")
_ENDED = re.compile(r"[.!?。！？؟।…][\"'”’»)\]]*$")
#: a beginning shorter than this says nothing alone
LEAST_CHARACTERS = 40


def plain(text: str) -> str:
    """Return the text of a piece of HTML on one line: no tags, no controls."""
    # half a surrogate pair (JSON can spell one) is no text; nh3 raises on it
    text = _BLOCK_END.sub(" ", text.encode("utf8", "ignore").decode("utf8"))
    # nh3 drops scripts and styles with what they hold; what it keeps is escaped text
    return folded(html.unescape(nh3.clean(text, tags=set(), attributes={}, clean_content_tags={"script", "style"})))


def folded(text: str) -> str:
    """Return a text on one line, without controls, with no more marks on a letter than a script has."""
    return _SPACE.sub(" ", _HEAP.sub(_lower, _NO_TEXT.sub("", text))).strip()


def shortened(text: str, characters: int) -> str:
    """Return a text of at most so many characters, cut between words."""
    if len(text) <= characters:
        return text
    head = text[:characters]
    return (head[: head.rindex(" ")] if " " in head else head).rstrip() + "…"


def whole(text: str, characters: int, language: str) -> str:
    """Return a summary that ends with a whole sentence where it can, and never inside a word.

    characters: at most so many; language: BCP 47 tag. What a publishing system put after the piece it gave away
    ("Continue reading", "appeared first on") goes, and so does the sentence it broke off.
    """
    given = text[:-_END] + _FOOTER.sub("", text[-_END:])
    bare = _BROKEN_OFF.sub("", given)
    if bare == given and len(given) <= characters:
        return given
    sentences = _sentences(bare[: characters + 1], language)
    cut = len(bare) > characters or not _ENDED.search(bare)
    kept = " ".join(sentences[:-1] if cut else sentences)
    if len(kept) >= LEAST_CHARACTERS:
        return kept
    return f"{shortened(bare, characters - 1).rstrip('…').rstrip(' ,;:–-')}…"


def _sentences(text: str, language: str) -> list[str]:
    import sentencex  # only cut summaries need it

    return [sentence.strip() for sentence in sentencex.segment(language.partition("-")[0], text)]


def _lower(heap: re.Match[str]) -> str:
    """Return a run of signs and marks with no more than so many marks in a row."""
    kept: list[str] = []
    marks = 0
    for character in heap.group():
        marks = marks + 1 if unicodedata.category(character).startswith("M") else 0
        if marks <= MOST_MARKS:
            kept.append(character)
    return "".join(kept)
