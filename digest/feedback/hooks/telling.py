"""Telling: what all providers' requests have in common. Their JSON may hold anything, at any place."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from digest.domain.model import FeedbackKind, Report, Reported, What
from digest.feedback import codes
from digest.feedback.addresses import address_in

#: a request signed longer ago, or further ahead, is refused: somebody may have kept it
MOST_AGE = timedelta(minutes=5)
#: events of one request; the largest providers send a thousand
MOST_EVENTS = 1_000
#: characters of what a server said that are looked at, and of an address with a name before it
_MOST_WORDS = codes.MOST_WORDS
_MOST_ADDRESS = 1_000
_MESSAGE_ID = re.compile(r"<?([^\s<>,;]{1,400}@[^\s<>,;]{1,255})>?")
_SECONDS = re.compile(r"[0-9]{1,11}", re.ASCII)
_STATUS = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}", re.ASCII)
#: a code that tells nothing, and what stands for it where a provider says that it is for good
_TELLS_NOTHING, _FOR_GOOD = ("", "5.0.0"), "5.1.1"
_WHAT = {FeedbackKind.COMPLAINT: What.COMPLAINT, FeedbackKind.NONE: What.UNSUBSCRIBE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a provider sent."""

    #: by their names in small letters
    headers: Mapping[str, str]
    body: bytes


def value_of(body: bytes) -> Any:
    """Return what JSON says.

    Raises ValueError for what is none, goes too deep, or holds numbers of thousands of digits.
    """
    try:
        return json.loads(body)
    except RecursionError:
        raise ValueError("brackets within brackets without end") from None


def fields(value: Any, *path: str) -> dict[str, Any]:
    """Return the object at a path of an object; an empty one where there is none."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def text(value: Any, *path: str) -> str:
    """Return the text, or the whole number as text, at a path; empty for all else."""
    found = fields(value, *path[:-1]).get(path[-1]) if path else value
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    return found if isinstance(found, str) else ""


def objects(value: Any) -> list[dict[str, Any]]:
    """Return the objects of a list, of a request's bound at most; an object alone is a list of one."""
    every = value if isinstance(value, list) else [value]
    return [one for one in every[:MOST_EVENTS] if isinstance(one, dict)]


def is_recent(seconds: str, now: datetime, most_age: timedelta = MOST_AGE) -> bool:
    """Tell whether a time in seconds since 1970 is now, or nearly."""
    return bool(_SECONDS.fullmatch(seconds)) and abs(now.timestamp() - int(seconds)) <= most_age.total_seconds()


def report(
    event: str,
    address: str,
    kind: FeedbackKind,
    status: str = "",
    message_ids: Sequence[str] = (),
) -> Report:
    """Return what an event says of an address; of kind NONE that its owner wants no more.

    event: what is the same where it is told again, and for no other; status: an enhanced code; message_ids: as they
    stand in headers.
    """
    found = _address(address.strip())
    said = Reported(address=found, kind=kind, status=status if _STATUS.fullmatch(status) else "")
    ids = [one for written in message_ids for one in _MESSAGE_ID.findall(written[:1_000])]
    return Report(
        what=_WHAT.get(kind, What.BOUNCE),
        recipients=(said,) if found else (),
        message_ids=tuple(dict.fromkeys(ids)),
        # half of a surrogate pair may stand in JSON, and in no octets
        hash=hashlib.sha256(event.encode("utf-8", "surrogatepass")).hexdigest(),
    )


def _address(written: str) -> str:
    """Return an address, which may stand behind a name; it is no prose, so none of its letters is a mark beside it."""
    if len(written) > _MOST_ADDRESS:
        return ""
    return address_in(written) if "<" in written else written


def identity(provider: str, event: str, told: Any) -> str:
    """Return what is the same where an event is told again: by its id, else by all that it says."""
    return f"{provider} {event or json.dumps(told, sort_keys=True)}"


def for_good(status: str, words: str) -> tuple[FeedbackKind, str]:
    """Judge an address of which a provider says that it will never take mail; return kind and status.

    Providers say so of full mailboxes and of mail taken for spam as well: where the far server's words or its code say
    otherwise, these count.
    """
    words = words[:_MOST_WORDS]
    status = status if _STATUS.fullmatch(status) else codes.enhanced(words)
    judged = codes.judged(action="failed", status=_FOR_GOOD if status in _TELLS_NOTHING else status, words=words)
    return judged, status


def for_now(status: str, words: str) -> tuple[FeedbackKind, str]:
    """Judge an address that did not take this one; return kind and status."""
    return FeedbackKind.SOFT, status or codes.enhanced(words[:_MOST_WORDS])
