"""Notices: delivery status notifications (RFC 3464), also where they stand in a part of another kind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from digest.domain.model import FeedbackKind, Reported
from digest.feedback import codes
from digest.feedback.addresses import address_in
from digest.feedback.opening import Headers, Opened, headers_of
from digest.feedback.texts import about

#: people that one notice tells of
MOST_RECIPIENTS = 10_000
#: with more, the notice's words are not searched for what is about each
_FEW = 20
#: sayings that are judged by their words; of what is more, the code counts
_MOST_SAYINGS = 500
_KINDS = ("message/delivery-status", "message/global-delivery-status")
#: fields of which a group has one (RFC 3464 2.3)
_ONCE = ("original-recipient", "final-recipient", "action", "status")
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a notice's group tells of one recipient."""

    address: str
    action: str
    status: str
    #: what the far server said
    words: str


def groups(message: Opened, *, also_in_words: bool) -> list[Told]:
    """Return what a message's notices tell; nothing where there is no notice.

    also_in_words: look for one in parts for people as well, as servers write them; people quote them too.
    """
    found: list[Told] = []
    for text in _texts(message, also_in_words):
        for block in re.split(r"\n[ \t]*\n", text)[: MOST_RECIPIENTS + 1]:
            found += [told for told in map(_told, _each(headers_of(block))) if told is not None]
    return found[:MOST_RECIPIENTS]


def recipients(told: list[Told], words: str) -> Iterator[Reported]:
    """Judge the recipients of a notice; words: what the message says for a person to read."""
    lines = words.split("\n")
    every = [one.address for one in told]
    # a notice to thousands says the same of most
    known: dict[tuple[str, str, str, str], FeedbackKind] = {}
    for one in told:
        around = words if len(told) == 1 else about(one.address, lines, every) if len(told) <= _FEW else ""
        best = _better(one.status, codes.enhanced(one.words))
        said = one.words.replace(one.address, "<>") if len(known) < _MOST_SAYINGS else ""
        key = (one.action, best, said, around)
        if key not in known:
            known[key] = codes.judged(action=one.action, status=best, words=said, around=around)
        yield Reported(address=one.address, kind=known[key], status=best)


def _texts(message: Opened, also_in_words: bool) -> Iterator[str]:
    for part in message.parts:
        low = part.text.lower() if also_in_words and not part.is_returned else ""
        if part.kind in _KINDS or ("final-recipient:" in low and "action:" in low):
            yield part.text


def _each(fields: Headers) -> Iterator[Headers]:
    """Part fields into groups where no empty line does: no group has a field of these twice."""
    group: list[tuple[str, str]] = []
    seen: set[str] = set()
    for name, value in fields.fields:
        if name in _ONCE and name in seen:
            yield Headers(tuple(group))
            group, seen = [], set()
        group.append((name, value))
        seen.add(name)
    yield Headers(tuple(group))


def _told(fields: Headers) -> Told | None:
    if not fields.all("final-recipient", "original-recipient"):
        return None
    address = _address(fields)
    if not address:
        return None
    status = _STATUS.search(fields.get("status"))
    said = " ".join((fields.get("status"), *fields.all("diagnostic-code", "x-supplementary-info")))
    # IronPort's name for a code, and in quotes what the far server said
    said = re.sub(r"[45]\.\d\.\d{1,3} - [\w ]{1,60}? ([45]\d\d-')", r" \1", said)
    return Told(
        address=address,
        action=fields.get("action").partition("(")[0].strip().lower(),
        status=status.group() if status else "",
        words=re.sub(r"^\s*(?:smtp|dns)\s*;", " ", said, flags=re.IGNORECASE),
    )


def _address(fields: Headers) -> str:
    """Return whom a group tells of: as the mail was addressed, where that is said (RFC 3464 2.3.1)."""
    for name in ("original-recipient", "final-recipient"):
        for value in fields.all(name):
            # “rfc822; a@b”; some leave the kind out, some name it smtp or utf-8
            address = address_in(value.partition(";")[2] or value)
            if address:
                return address
    return ""


def _better(status: str, said: str) -> str:
    """Return the more telling of a notice's own status and the one that the far server said."""
    if not status or (status.endswith(".0.0") and said):
        return said or status
    return status
