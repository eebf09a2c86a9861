"""Resend: whose delivery a person may decide to send again. Decisions only; jobs/resending.py carries them out.

::

    unknown   may be sent again: they may have it, so only a person says so
    failed    may, where the server only said "not now" until there was no more time
    all else  never
"""

from __future__ import annotations

import re

from digest.domain.model import DeliveryState
from digest.domain.ports import Entry

#: what the ledger says of who was put off until there was no more time (stages/send.py)
_FOR_NOW = "refused for now"
_TEMPORARY = re.compile(r"4\d\d\b")
_PERMANENT = re.compile(r"5\d\d\b")
#: enhanced codes that say that nobody can be reached there (RFC 3463 3.2, 3.3, 3.5)
_NOBODY = re.compile(r"5\.(1\.[1236]|1\.10|2\.1|4\.4)\b")
#: characters of an answer that are shown
_MOST = 200


def refusal(entry: Entry) -> str:
    """Return why a delivery must not be sent again, in words; empty where a person may decide that it is."""
    if entry.state == DeliveryState.SENT:
        return "they have it, and nobody gets it twice"
    if entry.state == DeliveryState.SKIPPED:
        return f"it is not for them: {entry.reason}"
    if entry.state in (DeliveryState.PENDING, DeliveryState.CLAIMED):
        return "they wait for it already"
    if entry.withheld:
        return entry.withheld
    if entry.state == DeliveryState.UNKNOWN or _is_temporary(entry):
        return ""
    return _answer(entry.reply) or entry.reason


def _is_temporary(entry: Entry) -> bool:
    return entry.reason.startswith(_FOR_NOW) or _TEMPORARY.match(entry.reply) is not None


def _answer(reply: str) -> str:
    words = " ".join(reply.split())[:_MOST]
    if not _PERMANENT.match(words):
        return words
    why = "the address does not exist" if _NOBODY.search(words) else "that is for good"
    return f"the server said “{words}”: {why}"
