"""Cutting: texts as short as inboxes and readers want them, never inside a word."""

from __future__ import annotations

import sentencex

#: characters that inboxes show of a subject and of what follows it
SUBJECT_CHARACTERS = 50
PREHEADER_CHARACTERS = 90
#: characters of a summary under a headline; it ends with a whole sentence where one ends in time
SUMMARY_CHARACTERS = 280


def subject_of(title: str) -> str:
    """Cut a title for a subject line, between words."""
    return cut(title, SUBJECT_CHARACTERS)


def cut(text: str, characters: int) -> str:
    """Cut a text between words so that it has at most `characters`, an ellipsis included."""
    folded = " ".join(text.split())
    if len(folded) <= characters:
        return folded
    head = folded[: characters - 1]
    if not folded[characters - 1].isspace() and " " in head:
        head = head[: head.rindex(" ")]
    return head.rstrip(" ,;:–—-") + "…"


def summary_of(text: str, characters: int = SUMMARY_CHARACTERS, language: str = "en") -> str:
    """Shorten a summary to whole sentences within `characters`; a too long first sentence is cut between words."""
    folded = " ".join(text.split())
    if len(folded) <= characters:
        return folded
    kept = ""
    for sentence in sentencex.segment(language, folded):
        longer = f"{kept} {sentence.strip()}".strip()
        if len(longer) > characters:
            break
        kept = longer
    return kept or cut(folded, characters)
