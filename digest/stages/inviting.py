"""Inviting: what stands in a mail to one of staff about their own account, and where its one button leads.

The desk is in English, and so is this. Names that people typed are text, which the templates escape.
"""

from __future__ import annotations

from dataclasses import dataclass

from digest.domain.model import Block, Layout


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What there is to say."""

    organisation: str
    #: whom it is for
    name: str
    link: str
    #: until when the link works: “Mon 30 Nov, 10:00”
    until: str
    #: who invites them; empty for a forgotten pass phrase
    by: str = ""
    #: “an editor”
    role: str = ""


def invitation(facts: Facts) -> Layout:
    """Make the mail that invites somebody to the desk."""
    return _made(
        f"{facts.by} invites you to the desk of {facts.organisation}",
        [
            f"{facts.name}, {facts.by} invites you to make the newsletters of {facts.organisation}, as {facts.role}.",
            f"Choose a pass phrase, and you have an account. The link works once, until {facts.until}.",
        ],
        facts,
        "Make your account",
        "If you did not expect this, leave it: nothing happens without you.",
    )


def forgotten(facts: Facts) -> Layout:
    """Make the mail for who forgot their pass phrase."""
    return _made(
        "A new pass phrase for the desk",
        [
            f"{facts.name}, somebody said at the desk’s log-in that you forgot your pass phrase.",
            f"If it was you, choose a new one. The link works once, until {facts.until}.",
        ],
        facts,
        "Choose a new pass phrase",
        "If it was not you, leave it: your pass phrase stays as it is.",
    )


def _made(title: str, paragraphs: list[str], facts: Facts, words: str, after: str) -> Layout:
    notice = {
        "organisation": facts.organisation,
        "title": title,
        "paragraphs": paragraphs,
        "link": facts.link,
        "words": words,
        "after": after,
    }
    return Layout(
        subject=title,
        preheader=paragraphs[0],
        blocks=(Block(kind="notice", fields=notice), Block(kind="imprint", fields={"unsubscribe": ""})),
        stories=(),
    )
