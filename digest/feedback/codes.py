"""Codes: what a mail server's answer means for the address: for good, for now, or nothing that can be told.

Enhanced status codes (RFC 3463, RFC 5248) tell less than they should: servers say 5.1.1 of a full mailbox, 5.7.1 of
somebody who is not there, and call a sender they do not like a failure for good. So the words count first
(digest/feedback/phrases.py), then the code. For good (hard) is only what is wrong with the address itself: nobody is
there, its domain is not, or takes no mail. All else (soft) may be otherwise next week.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from digest.domain.model import FeedbackKind
from digest.feedback.phrases import ADDRESS_IS_WRONG, ALWAYS_PASSING, DELAYED, FULL, PASSING

#: a page's address: its host may say who refuses, the rest says nothing
_PAGE = re.compile(r"https?://([^\s/]+)\S*")
#: an enhanced status code that is no part of an IP address or a version
_ENHANCED = re.compile(r"(?<![\w.])([45]\.[0-7]\.\d{1,3})(?![\w]|\.\d)")

#: what is wrong with the address itself (RFC 3463 3.2, 3.5; RFC 7505)
_HARD_CODES = ("5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.4.4")
#: the far server refused in answer to the mail itself, not to the address
_AFTER_DATA = re.compile(
    r"after (the )?end of data|after DATA command|in reply to (the )?end of DATA|did not like our final DATA"
    r"|>>> DATA\n<<< 5\d\d",
    re.IGNORECASE,
)
#: it refused who sends
_TO_SENDER = re.compile(
    r"(after|in reply to|in response to) (the )?mail from|>>> mail from[^\n]*\n<<< 5", re.IGNORECASE
)
#: it refused who is to get it
_TO_RECIPIENT = re.compile(r"rcpt|recipient address rejected|does not like recipient", re.IGNORECASE)
#: a program on the way failed, not the address (RFC 3464 2.3.6)
_BY_PROGRAM = re.compile(r"\bx-unix\s*;|\bcommand output:", re.IGNORECASE)
#: said as a formula, and so also by filters
_TERSE = re.compile(r"\b(user unknown|unknown user|user not exist)\b", re.IGNORECASE)
#: characters of what is said that are looked at
MOST_WORDS = 4_000
#: actions of a notice by which the mail arrived, or went on to where no more is told (RFC 3464 2.3.3)
ARRIVED = ("delivered", "relayed", "expanded")


def squeezed(words: str) -> str:
    """Return words as phrases are looked for: in lower case, one space apart, of pages the host alone."""
    return " ".join(_PAGE.sub(r" \1 ", words).replace("’", "'").replace("‘", "'").replace("´", "'").lower().split())


def enhanced(words: str) -> str:
    """Return the most telling enhanced status code of a refusal in words; empty where there is none."""
    found = [one.group(1) for one in _ENHANCED.finditer(words)]
    telling = [one for one in found if not one.endswith(".0.0")]
    return (telling or found or [""])[0]


def judged(*, action: str = "", status: str = "", words: str = "", around: str = "") -> FeedbackKind:
    """Judge one address.

    action, status: of a notice, empty where there is none; words: what the server said of the address; around: what
    else the message says, in case the words say nothing.
    """
    if action in ARRIVED or status.startswith("2."):
        return FeedbackKind.NONE
    if action == "delayed" or (not action and _says(DELAYED, around or words)):
        return FeedbackKind.SOFT
    if _says(FULL, words) or _says(FULL, around):
        return FeedbackKind.SOFT
    said = _by_words(words, status)
    if said is None and status in ("", "5.0.0"):
        said = _by_words(around, status)
    if said == FeedbackKind.HARD and _is_doubtful(status, words, f"{words}\n{around}"):
        return FeedbackKind.SOFT
    return said or (FeedbackKind.HARD if status in _HARD_CODES else FeedbackKind.SOFT)


def _by_words(words: str, status: str) -> FeedbackKind | None:
    """Return what words say; None where they say nothing that is known."""
    if _says(ALWAYS_PASSING, words):
        return FeedbackKind.SOFT
    if _says(ADDRESS_IS_WRONG, words):
        return FeedbackKind.HARD
    # “mailbox unavailable”, “rejected”: here the code is the one that tells
    if status not in _HARD_CODES and _says(PASSING, words):
        return FeedbackKind.SOFT
    return None


def _is_doubtful(status: str, words: str, all_words: str) -> bool:
    """Whether “unknown” may be otherwise next time, or is said for another reason."""
    if status.startswith("4.") and status != "4.1.1":
        # a name server's answer, or a gateway's, that the sending server itself takes for passing
        return True
    if _TO_SENDER.search(all_words) or _BY_PROGRAM.search(words):
        return True
    if status.startswith("5.1.") or not _TERSE.search(words):
        return False
    # who is unknown only once the mail itself was read was refused for what it holds
    return bool(_AFTER_DATA.search(all_words)) or not _TO_RECIPIENT.search(all_words)


def _says(phrases: Sequence[re.Pattern[str]], words: str) -> bool:
    return any(phrase.search(one) for one in (squeezed(words[:MOST_WORDS]),) for phrase in phrases)
