"""Report: what one message says that came back, read from its bytes. Pure, and bounded whatever the message is."""

from __future__ import annotations

import email
import hashlib
import logging
import re
from collections.abc import Sequence

from flufl.bounce import all_failures

from digest.domain.model import FeedbackKind, Report, Reported, What
from digest.feedback import abuse, notices, replies, texts
from digest.feedback.addresses import address_in, addresses_in, is_machine, unique
from digest.feedback.opening import Opened, opened

#: octets that flufl.bounce is shown
_MOST_FOR_FLUFL = 200_000
#: lines of it, each of which it holds against a hundred patterns
_MOST_LINES_FOR_FLUFL = 3_000
_MESSAGE_ID = re.compile(r"<?([^\s<>,;]{1,400}@[^\s<>,;]{1,255})>?")
_MOST_IDS = 50
# it writes a traceback where a message is not as it expects
logging.getLogger("flufl.bounce").disabled = True


def read(content: bytes) -> Report:
    """Read one message; never raises, whatever the bytes are."""
    message = opened(content)
    notice = texts.notice_of(message)
    what, found, ids = _read(message, notice)
    seen: dict[str, Reported] = {}
    for one in found:
        seen.setdefault(one.address.lower(), one)
    return Report(
        what=what,
        recipients=tuple(seen.values())[: notices.MOST_RECIPIENTS],
        message_ids=tuple(dict.fromkeys((*ids, *_message_ids(message, notice))))[:_MOST_IDS],
        delivered_to=tuple(_delivered_to(message)),
        token=replies.token_of(message) if what == What.UNSUBSCRIBE else "",
        hash=hashlib.sha256(content).hexdigest(),
    )


def _read(message: Opened, notice: texts.Notice) -> tuple[What, Sequence[Reported], Sequence[str]]:
    """Return what a message is, whom it tells of, and Message-IDs that stand nowhere else."""
    feedback = abuse.feedback_of(message)
    if feedback is not None:
        if not abuse.is_wish(feedback):
            return What.OTHER, (), ()
        return What.COMPLAINT, _complaints(abuse.complained(feedback, notice)), ()
    if abuse.is_machines_report(message):
        return What.OTHER, (), ()
    told = notices.groups(message, also_in_words=texts.is_bounce(message, notice))
    if told:
        return What.BOUNCE, list(notices.recipients(told, notice.words)), ()
    amazons = abuse.amazons(message, notice)
    if amazons is not None:
        kind, found, message_id = amazons
        what = {"bounce": What.BOUNCE, "complaint": What.COMPLAINT}.get(kind, What.OTHER)
        return what, found, _MESSAGE_ID.findall(message_id)
    if abuse.is_hotmails(message, notice):
        return What.COMPLAINT, _complaints(abuse.hotmails(message, notice)), ()
    return _in_words(message, notice)


def _in_words(message: Opened, notice: texts.Notice) -> tuple[What, Sequence[Reported], Sequence[str]]:
    sender = address_in(message.headers.get("from"))
    if replies.is_away(message):
        return What.AUTO_REPLY, _away(message, sender), ()
    by_flufl = _by_flufl(message)
    if texts.is_bounce(message, notice) or (by_flufl and texts.is_by_machine(message)):
        found = list(texts.recipients(message, notice, by_flufl))
        if found:
            return What.BOUNCE, found, ()
    if (replies.asks_by_subject(message) and sender) or replies.token_of(message):
        return What.UNSUBSCRIBE, _of(sender, FeedbackKind.NONE), ()
    if replies.is_automatic(message):
        return What.AUTO_REPLY, _away(message, sender), ()
    if replies.wants_to_leave(message) and sender:
        return What.UNSUBSCRIBE, _of(sender, FeedbackKind.NONE), ()
    return What.OTHER, (), ()


def _complaints(addresses: Sequence[str]) -> list[Reported]:
    return [Reported(address=one, kind=FeedbackKind.COMPLAINT) for one in addresses]


def _away(message: Opened, sender: str) -> tuple[Reported, ...]:
    """Return who is away: only where it says that it is a reply (RFC 3834 3.1.5, 5), and no server wrote it."""
    tied = message.headers.all("in-reply-to", "references", "auto-submitted", "x-auto-response-suppress")
    return _of(sender, FeedbackKind.NONE) if tied and not is_machine(sender) else ()


def _of(address: str, kind: FeedbackKind) -> tuple[Reported, ...]:
    return (Reported(address=address, kind=kind),) if address else ()


def _by_flufl(message: Opened) -> list[str]:
    """Return the addresses that flufl.bounce finds: it knows how servers wrote that nobody runs any more."""
    if message.is_too_deep:
        return []
    octets = b"\n".join(message.octets[:_MOST_FOR_FLUFL].split(b"\n")[:_MOST_LINES_FOR_FLUFL])
    try:
        found = all_failures(email.message_from_bytes(octets))
    except Exception:
        # it has 17 readers, and any may meet what its author did not
        return []
    text = octets.decode("latin-1")
    every = [one.decode("ascii", "ignore") for kind in found for one in kind]
    # what it takes for an address may be none
    return sorted((one for one in every if address_in(one) == one), key=text.find)


def _message_ids(message: Opened, notice: texts.Notice) -> list[str]:
    values = [
        value
        for head in notice.returned
        for value in head.all("message-id", "x-original-message-id", "original-message-id")
    ]
    values += message.headers.all(
        "in-reply-to", "references", "x-original-message-id", "x-ms-exchange-parent-message-id"
    )
    for part in message.parts:
        if part.kind.startswith(("message/delivery-status", "message/feedback-report")):
            values += re.findall(
                r"^(?:Original-|X-Original-|X-)?Message-ID:\s*([^\n]{1,500})",
                part.text[:200_000],
                re.IGNORECASE | re.MULTILINE,
            )
    return [one for value in values for one in _MESSAGE_ID.findall(value)]


def _delivered_to(message: Opened) -> list[str]:
    values = message.headers.all(
        "delivered-to", "x-original-to", "envelope-to", "x-delivered-to", "x-envelope-to", "to"
    )
    return unique([one for value in values for one in addresses_in(value)])[:_MOST_IDS]
