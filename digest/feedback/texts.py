"""Texts: bounces in words alone, as many mail servers write them, each in its own way.

There is no standard for them: what they share is who they come from, that they say that something was not delivered,
and that the address stands at the beginning of a line, after a label, or in what the far server said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from digest.domain.model import Reported
from digest.feedback import codes
from digest.feedback.addresses import ADDRESS, addresses_in, is_machine, unique
from digest.feedback.opening import Headers, Opened, headers_of, words_of
from digest.feedback.wordings import (
    ANOTHER,
    CODE,
    ENDS_WELL,
    FAILURE,
    HEADER_LINE,
    LABEL,
    NOT_ABOUT,
    RETURNED_BELOW,
    SPOKEN,
    SURELY_BELOW,
    TOLD_TO,
)

#: of a notice's words: characters, and characters of one line
MOST_WORDS = 60_000
MOST_LINE = 1_000
#: lines after an address that may be about it
_ABOUT_LINES = 12
#: addresses that a notice in words names
MOST_NAMED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What a message says for a person to read, and what it returns."""

    words: str
    #: the heads of the mails that came back
    returned: tuple[Headers, ...]


def notice_of(message: Opened) -> Notice:
    """Part a message into its own words and the heads of what it returns."""
    words: list[str] = []
    returned: list[Headers] = [headers_of(_head(part.text)) for part in message.parts if part.is_returned]
    # a mail that came back without a head of its part stands where that should be
    returned += [
        part.headers for part in message.parts if part.headers is not message.headers and part.headers.get("message-id")
    ]
    for part in message.parts:
        if part.is_returned or part.kind not in ("text/plain", "text/html", "message/delivery-status"):
            continue
        text = plain(part.text) if part.kind == "text/html" else part.text[:MOST_WORDS]
        if part.kind == "text/html" and any(words):
            continue
        own, below = _parted(text)
        words.append(own)
        if below:
            returned.append(headers_of(below))
    return Notice(words="\n".join(words)[:MOST_WORDS], returned=tuple(one for one in returned if one.fields))


def is_bounce(message: Opened, notice: Notice) -> bool:
    """Whether a message that is no standard notice tells of a failed delivery."""
    heads = message.headers
    if heads.all("x-failed-recipients", "x-actual-recipient"):
        return True
    subject = words_of(heads.get("subject"))
    said = FAILURE.search(subject), FAILURE.search(notice.words[:8_000])
    return bool(
        (is_by_machine(message) and any(said))
        or (said[0] and (said[1] or notice.returned))
        or SPOKEN.search(notice.words[:3_000])
    )


def is_by_machine(message: Opened) -> bool:
    """Whether a message says that a mail server wrote it, and nobody may answer it (RFC 5321 4.5.5)."""
    heads = message.headers
    sender = " ".join(heads.all("from", "return-path", "sender")).lower()
    return (
        any(is_machine(one) for one in addresses_in(sender))
        or any(
            word in sender
            for word in ("mailer-daemon", "postmaster", "post_master", "delivery system", "delivery subsystem")
        )
        or "<>" in heads.all("return-path")
        or message.parameters.get("report-type", "").lower() == "delivery-status"
    )


def recipients(message: Opened, notice: Notice, further: Sequence[str] = ()) -> Iterator[Reported]:
    """Find who did not get it, and judge each.

    further: addresses that are known to have failed.
    """
    lines = [line[:MOST_LINE] for line in notice.words.split("\n")]
    named = [address for value in message.headers.all("x-failed-recipients") for address in addresses_in(value)]
    others = _others(message, notice)
    mentions = [one for line in lines for one in _failed_in(line, others)]
    # flufl.bounce takes a Message-ID, or who wrote the mail, for a recipient where they look like one
    further = [one for one in further if one.lower() not in others] or further
    found = unique([*named, *further, *mentions])
    if not found:
        found = _returned_to(notice, others)
    for address in found[:MOST_NAMED]:
        alone = len(found) == 1
        words = notice.words if alone else about(address, lines, found)
        subject = words_of(message.headers.get("subject")) if alone else ""
        status = codes.enhanced(words)
        yield Reported(address=address, kind=codes.judged(status=status, words=words, around=subject), status=status)


def _failed_in(line: str, others: set[str]) -> Iterator[str]:
    """Yield the addresses that a line says of that they failed."""
    if "@" not in line or NOT_ABOUT.search(line):
        return
    for found in ADDRESS.finditer(line):
        address = next(addresses_in(found.group()), "")
        if not address or address.lower() in others:
            continue
        before = line[: found.start()]
        stands_first = not before.strip(" \t<>\"'*-:([.#") and ENDS_WELL.match(line[found.end() :])
        if before.lower().endswith("from "):
            continue
        if stands_first or LABEL.search(before) or CODE.search(line) or FAILURE.search(line):
            yield address


def _others(message: Opened, notice: Notice) -> set[str]:
    """Return addresses of those who are no recipients: who wrote the mail, who tells of it, what it came through."""
    heads = notice.returned
    about = _in(message.headers, "to", "delivered-to", "envelope-to", "from", "sender", "return-path", "reply-to")
    meant = {one for head in heads for one in _in(head, "to")}
    wrote = {one for head in heads for one in _in(head, "from", "sender", "return-path", "reply-to", "errors-to")}
    through = {one for head in heads for one in _in(head, "delivered-to", "x-original-to", "list-post", "message-id")}
    return (about - meant) | wrote | through


def _in(head: Headers, *names: str) -> set[str]:
    return {address.lower() for value in head.all(*names) for address in addresses_in(value)}


def _returned_to(notice: Notice, others: set[str]) -> list[str]:
    """Return whom the mail that came back was for, where that was one person."""
    asked = [address for head in notice.returned for value in head.all("to") for address in addresses_in(value)]
    asked += [address for line in TOLD_TO.findall(notice.words) for address in addresses_in(line)]
    left = unique([one for one in asked if one.lower() not in others])
    return left if len(left) == 1 else []


def about(address: str, lines: Sequence[str], every: Sequence[str]) -> str:
    """Return the lines that are about one of several addresses."""
    others = [one.lower() for one in every if one.lower() != address.lower()]
    found: list[str] = []
    for number, line in enumerate(lines):
        if address.lower() not in line.lower():
            continue
        if number and lines[number - 1].startswith(("<<<", "[")):
            found.append(lines[number - 1])
        for following in lines[number : number + _ABOUT_LINES]:
            if following is not line and (ANOTHER.match(following) or any(one in following.lower() for one in others)):
                break
            found.append(following)
    return "\n".join(found)


def _parted(text: str) -> tuple[str, str]:
    """Part a text into a notice and the mail that it returns below."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        is_end = len(line) < 120 and bool(
            SURELY_BELOW.match(line) or (RETURNED_BELOW.search(line) and _has_head(lines[number + 1 : number + 12]))
        )
        if number and (is_end or _begins_head(lines[number : number + 4])):
            below = "\n".join(lines[number + (1 if is_end else 0) :]).lstrip()
            return "\n".join(lines[:number]), _head(below)
    return text, ""


def _has_head(lines: Sequence[str]) -> bool:
    return any(HEADER_LINE.match(line.lstrip("> \t")) for line in lines)


def _begins_head(lines: Sequence[str]) -> bool:
    starts = lines[0].startswith(("Received:", "Return-Path:", "Return-path:"))
    return starts or sum(bool(HEADER_LINE.match(line)) for line in lines) >= 3


def _head(text: str) -> str:
    return text[:MOST_WORDS].lstrip("\n").partition("\n\n")[0]


def plain(html: str) -> str:
    """Return the words of HTML, roughly: nobody is shown them."""
    from html import unescape

    cut = re.sub(r"<(script|style)\b[^<]{0,20000}</\1>", " ", html[: 4 * MOST_WORDS], flags=re.IGNORECASE)
    cut = re.sub(r"<(?:br|p|div|tr|li|h\d|/p|/div|/td)\b[^<>]{0,2000}>", "\n", cut, flags=re.IGNORECASE)
    # an address in angle brackets is no element
    cut = re.sub(r"<(?![^<>@\s]{1,80}@[^<>\s]{1,255}>)[^<>]{0,2000}>", " ", cut)
    return unescape(cut)[:MOST_WORDS]
