"""Wordings: how mail servers word a notice: that something failed, whom it was for, where the returned mail begins."""

from __future__ import annotations

import re


def any_of(*alternatives: str, flags: int = re.IGNORECASE) -> re.Pattern[str]:
    """Return one expression that finds any of several."""
    return re.compile("|".join(alternatives), flags)


_MAIL = r"(?:message|mail|e-?mail)"

#: something was not delivered
FAILURE = any_of(
    r"undeliver",
    r"non-?delivery",
    r"not (?:yet )?(?:be |been )?deliver",
    r"delivery (?:has )?(?:status|fail|error|problem|report|delay|notif|unsuccess|incomplete|impossible)",
    r"delivery to the following",
    r"problem delivering|error (?:while )?deliver|error (?:occurred|was) |processing error",
    r"fail(?:ed|ure)? (?:delivery|notice|to deliver|permanently|message|mail|addresses|recipients?)",
    r"return(?:ed|ing) (?:mail|message|to sender|e-?mail)|mail has been returned|returned: ",
    r"mail(?:er)? (?:delivery|error|failure|system error|could not|returned)",
    r"(?:unable|failed|fails|could not|cannot|couldn't|can't|impossible) (?:to )?(?:be )?(?:deliver|sen[dt])",
    rf"(?:bounce|rejected|refused|reject) (?:notification|by|{_MAIL})|rejected your {_MAIL}",
    rf"(?:{_MAIL}|it)(?: you sent)?(?: to \S+)? (?:was|has been|is|were|could) "
    r"(?:not|rejected|refused|returned|blocked|bounced|undeliver)",
    r"user unknown|unknown user|no such user|invalid user address|mailbox (?:is )?full|no longer valid|unreachable",
    r"permanent(?:ly)? (?:fatal )?error",
    r"(?:addresses|recipients?|address\(es\)|recipient\(s\))(?: had|:? failed| was reject| were reject)",
    rf"{_MAIL} (?:\S{{1,80}} )?(?:delay|delayed|not sent)|delayed mail|did not (?:reach|like our)",
    r"unzustellbar|nicht zugestellt|no se (?:ha podido|pudo) entregar",
    r"pas pu [êe]tre (?:remis|délivré|delivre)|non remis",
)
#: what only a mail server says, and says first
SPOKEN = any_of(
    r"----- the following addresses had",
    r"error message below:\s+[45]\d\d ",
    r"this message was created automatically by mail delivery software",
)
#: here a notice ends and the mail that came back begins, if its head follows
RETURNED_BELOW = any_of(
    r"below this line is the",
    rf"copy of (?:the|your) (?:original )?(?:{_MAIL}|body)",
    rf"(?:original|returned|undelivered|unsent|bounced) (?:{_MAIL}|text)",
    r"message (?:text|headers?|follows|contents?)",
    r"(?:headers?|body|text) of (?:the|your) ",
    r"here(?:'s| is)? (?:is )?(?:your )?returned",
    r"your (?:original )?message (?:follows|reads|was)",
)
#: here it begins, whatever follows
SURELY_BELOW = any_of(
    r"^\W*below this line is a copy",
    r"^\W*(?:unsent|returned) (?:message|mail) (?:below|follows)",
    r"^\W*this is a copy of the message",
    r"^\W*message headers follow",
)
HEADER_LINE = any_of(
    r"^(?:Received|Return-Path|Message-ID|MIME-Version|DKIM-Signature|X-[\w-]+|Delivered-To)\s*:",
    r"^(?:From|To|Subject|Date|Content-Type)\s*:",
)
#: a notice's own line of whom the mail was for
TOLD_TO = any_of(r"^\W{0,6}To:([^\n]{1,1000})", flags=re.MULTILINE | re.IGNORECASE)
#: lines whose addresses did not fail: who wrote, who may be asked
NOT_ABOUT = any_of(
    r"^\W{0,4}(?:message-?id|from|sender|reply-to|return-path|x-[\w-]+|cc|to|mail from|errors?-to|references)\b[\s:]",
    r"^\W{0,4}(?:in-reply-to|received|subject|envelope-from|resent-from|from address)\b[\s:]",
    r"mail from:|>>> mail from|\bfrom:? <|sender:|^\s*from \S+@\S+\s*$|on behalf of|was received at",
    r"\bmessage[- ]id\b|\bid \S+@|\bby \S+ with\b",
    r"contact |postmaster |\bhelp\b|if you (?:feel|think|believe)|e-?mail to:? ",
    r"please (?:send|write|forward|mail|reply)|^\W{0,4}(?:hello|dear) ",
)
#: words right before an address that failed
LABEL = re.compile(
    r"(?:recipients?(?: addresses)?|rcpt to|addresse?e?s?|address\(es\)|e-?mail|destination|user|mailbox|"
    r"account|user\(s\)|(?:deliver(?:ed|ing|y)?(?: your| the)?(?: message| mail)?|sent|transmission) to)"
    r"\W{0,4}\s*[:=<(\"']{0,3}\s*$",
    re.IGNORECASE,
)
#: what may follow an address that stands for itself, and does not begin a sentence
ENDS_WELL = re.compile(r"""[>\s"'\])]*(?:$|[:(\[;,<]|\.\.\.|on \w|\d|[-=]|(?=[A-Z]))""")
#: a reply code or a status code
CODE = re.compile(r"(?:^|\W)[45]\d\d[ -]|[45]\.\d\.\d{1,3}")
#: another conversation with a server begins
ANOTHER = re.compile(r"(?:\W{0,4}while talking to|>>> )", re.IGNORECASE)
