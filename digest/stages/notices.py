"""Notices: what stands in a mail to one person that the program writes because of what they did.

It has no stories and no name: whoever typed an address into a form may have typed anything beside it, and a mail that
repeats it would say what they like in our name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from digest.domain.model import Block, Layout, NoticeKind, SubscriptionState, SuppressionReason

#: gives the program's own words by their key, in the language of the email (stages/words)
Say = Callable[..., str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Where the links of a notice lead. Empty ones are not shown."""

    #: of the button
    act: str
    unsubscribe: str = ""


def moot(kind: NoticeKind, state: SubscriptionState | None, kept_off: str) -> str:
    """Return why a notice that was promised must not be mailed any more; empty where it may.

    state: that of the subscription it is about, None where there is none; kept_off: why the address is kept off.
    """
    if kept_off == SuppressionReason.COMPLAINT or state == SubscriptionState.COMPLAINED:
        return "they complained"
    if state in (None, SubscriptionState.ERASED):
        return "they are not known any more"
    if kind != NoticeKind.CONFIRM and (kept_off or state != SubscriptionState.ACTIVE):
        return "they get it no more"
    return ""


def lay_out(kind: NoticeKind, organisation: str, newsletter: str, way: Way, say: Say, since: str = "") -> Layout:
    """Make the blocks of a notice.

    since: the month in which they agreed, in words, where they are asked whether they still do.
    """
    subject, title, button, paragraphs, after = {
        NoticeKind.CONFIRM: (
            say("confirm_subject", newsletter=newsletter),
            say("confirm_title"),
            say("confirm_button"),
            [say("confirm_text", newsletter=newsletter)],
            say("confirm_after"),
        ),
        NoticeKind.KNOWN: (
            say("known_subject", newsletter=newsletter),
            say("known_title"),
            say("known_button"),
            [say("known_text", newsletter=newsletter)],
            say("known_after"),
        ),
        NoticeKind.WELCOME: (
            say("welcome_subject", newsletter=newsletter),
            say("welcome_title"),
            say("welcome_button"),
            [say("welcome_text", newsletter=newsletter)],
            say("welcome_after"),
        ),
        NoticeKind.KEEP: (
            say("keep_subject", newsletter=newsletter),
            say("keep_title"),
            say("keep_button"),
            [say("keep_text", newsletter=newsletter, since=since)],
            say("keep_after"),
        ),
    }[kind]
    notice = {
        "organisation": organisation,
        "title": title,
        "paragraphs": paragraphs,
        "link": way.act,
        "words": button,
        "after": after,
    }
    imprint = {"unsubscribe": way.unsubscribe}
    return Layout(
        subject=subject,
        preheader=paragraphs[0],
        blocks=(Block(kind="notice", fields=notice), Block(kind="imprint", fields=imprint)),
        stories=(),
    )
