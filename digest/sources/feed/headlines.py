"""Entries without a title: RSS and JSON Feed allow them, and short posts have none. A reader needs a headline."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import sentencex

from digest.domain.model import Item
from digest.stages.collect import plain
from digest.stages.layout import cut

#: a headline is rarely longer
HEADLINE_CHARACTERS = 100
#: a first sentence ends before this, or is cut anyway
_BEGINNING_CHARACTERS = 1_000

_ADDRESS = re.compile(r"https?://\S+")
_WORD = re.compile(r"[^\W_]")


def titled(item: Item, language: str) -> Item:
    """Return the item with a headline: its title, or else the first sentence of its text, cut between words.

    item: its texts are markup. What became the headline whole is not said again below it.
    """
    if plain(item.title):
        return item
    text = plain(item.summary)
    sentence = _first_sentence(text, language)
    if not _WORD.search(_ADDRESS.sub("", sentence)):
        return item
    title = cut(sentence, HEADLINE_CHARACTERS)
    rest = text.removeprefix(sentence).strip() if title == sentence else text
    return replace(item, title=html.escape(title), summary=html.escape(rest))


def _first_sentence(text: str, language: str) -> str:
    beginning = text[:_BEGINNING_CHARACTERS]
    sentences = sentencex.segment(language.split("-", maxsplit=1)[0].lower(), beginning)
    return next((sentence.strip() for sentence in sentences if sentence.strip()), "")
