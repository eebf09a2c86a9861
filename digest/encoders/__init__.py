"""Encoders turn texts into vectors whose dot product is their likeness. One module a kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from digest.domain.errors import EncoderError
from digest.domain.model import Finding, Severity, Theme
from digest.stages.group import Encoder


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """An encoder, and what is to be said about it."""

    encoder: Encoder
    findings: tuple[Finding, ...] = ()


def chosen(themes: Sequence[Theme]) -> Chosen:
    """Return the best encoder that can be loaded here.

    themes: from their words the encoder that is always there takes its weights.
    """
    from digest.encoders.lexical import LexicalEncoder

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
        words = [f"{theme.name}. {theme.description}" for theme in themes]
        return Chosen(encoder=LexicalEncoder(words), findings=(finding,))


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
