"""Encoders turn texts into vectors whose dot product is their likeness. One module a kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from digest.domain.errors import EncoderError
from digest.domain.model import Finding, Severity, Theme
from digest.stages.group import Encoder
from digest.stages.group.languages import name, primary

#: languages whose meaning the better encoder knows; said here, since importing it is what others are spared
MEANINGS = frozenset(("en",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """An encoder, and what is to be said about it."""

    encoder: Encoder
    findings: tuple[Finding, ...] = ()


def chosen(themes: Sequence[Theme], language: str = "en") -> Chosen:
    """Return the best encoder for a newsletter that can be loaded here.

    themes: from their words the encoder that is always there takes its weights; language: the newsletter's, a BCP 47
    tag.
    """
    from digest.encoders.lexical import LexicalEncoder

    own = primary(language) or "en"
    words = [f"{theme.name}. {theme.description}" for theme in themes]
    if own not in MEANINGS:
        return Chosen(encoder=LexicalEncoder(words, own), findings=(_words_only(own),))
    try:
        return Chosen(encoder=_by_meaning())
    except EncoderError as fault:
        finding = Finding(
            code="group.encoder",
            severity=Severity.LOOK_AT,
            where="themes",
            what=f"Insights are grouped by keywords and common words only. {fault.what}",
            why="Stories that say the same in other words may stand under the wrong theme. Nothing is lost.",
            mend="Look over the themes of this edition. Whoever installed Digest installs it anew: `make setup`.",
        )
        return Chosen(encoder=LexicalEncoder(words), findings=(finding,))


def _words_only(language: str) -> Finding:
    # measured: in other languages than its own the better encoder is no better than common words (DESIGN.md "Themes")
    return Finding(
        code="group.language",
        severity=Severity.LOOK_AT,
        where="brand.language",
        what=f"Insights are grouped by keywords and common words only. The newsletter is in {name(language)}.",
        why="The program compares meanings in English only: stories that say the same in other words may part.",
        mend=f"Give each theme keywords and a description in {name(language)}, and look over the themes of an edition.",
    )


@lru_cache(maxsize=1)
def _by_meaning() -> Encoder:
    # its libraries take a fifth of a second to load and a hundred megabytes: only who groups needs them
    try:
        from digest.encoders.joined import JoinedEncoder
    except ImportError as fault:
        raise EncoderError(f"{fault.name or 'A library'} is not installed.") from fault
    made = JoinedEncoder()
    made.load()
    return made
