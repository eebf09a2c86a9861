"""Rehearsed: what is said of a rehearsal: one thought a sentence, and how grave it is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from digest.domain.model import Rehearsal
from digest.domain.spoken import listed, people

#: what every message must have, as a server sees it (RFC 5322 3.6, 8058 2, 2919) -> how it is written
NEEDED: Mapping[str, str] = {
    "from": "From",
    "to": "To",
    "subject": "Subject",
    "date": "Date",
    "message-id": "Message-ID",
    "list-id": "List-Id",
    "list-unsubscribe": "List-Unsubscribe",
}
_SIGNED = "dkim-signature"
_HOUR, _MINUTE = 3_600, 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a real send has to keep to that a rehearsal has not."""

    #: messages that all servers together take in a minute; 0 for no limit
    a_minute: int = 0
    #: days until they have taken everybody's; one where there is no limit
    days: int = 1
    #: per cent of the people who get it first, and minutes until the rest does; 0 where nobody does
    canary_percent: float = 0.0
    wait_minutes: int = 0
    #: mail providers have limits of their own
    providers: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A thing that is said."""

    #: ok, info, warn or stop
    tone: Literal["ok", "info", "warn", "stop"]
    words: str


def sentences(rehearsal: Rehearsal, limits: Limits) -> list[Sentence]:
    """Return what a rehearsal showed, the most important first in its order of telling."""
    return [
        *_once(rehearsal),
        *_not_mailed(rehearsal),
        *_fields(rehearsal),
        *_sizes(rehearsal),
        *_time(rehearsal, limits),
    ]


def is_sound(rehearsal: Rehearsal, limits: Limits) -> bool:
    """Tell whether nothing in it must be mended."""
    return all(one.tone != "stop" for one in sentences(rehearsal, limits))


def duration(seconds: float) -> str:
    """Say about how long something takes: 40 seconds, 12 minutes, 3 hours 20 minutes."""
    if seconds < 1:
        return "less than a second"
    if seconds < 2 * _MINUTE:
        return _many(math.ceil(seconds), "second")
    hours, minutes = divmod(round(seconds / _MINUTE), 60)
    said = [_many(number, unit) for number, unit in ((hours, "hour"), (minutes, "minute")) if number]
    return " ".join(said)


def rate(messages: int, seconds: float) -> float:
    """Return messages a second; 0 where there were none."""
    return messages / seconds if messages and seconds > 0 else 0.0


def a_second(number: float) -> str:
    """Write a rate: 812 a second, 7.5 a second."""
    return f"{number:,.0f} a second" if number >= 10 else f"{number:.1f} a second"


def _once(rehearsal: Rehearsal) -> Iterator[Sentence]:
    taken, counted = rehearsal.taken, rehearsal.received
    if not taken:
        yield Sentence(tone="stop", words="Nobody would get it.")
    elif counted.messages == taken and not counted.twice and not counted.same_id:
        each = "It was mailed once" if taken == 1 else "Each of them was mailed once"
        yield Sentence(tone="ok", words=f"{people(taken)} would get it. {each}: the mail server counted that, too.")
    else:
        said = f"{people(taken)} would get it, and the mail server counted {counted.messages:,} messages"
        twice = f", {counted.twice:,} of them to somebody who had one" if counted.twice else ""
        same = f", {counted.same_id:,} with a Message-ID that another has" if counted.same_id else ""
        yield Sentence(tone="stop", words=f"{said}{twice}{same}. Do not send it, and tell whoever runs this program.")


def _not_mailed(rehearsal: Rehearsal) -> Iterator[Sentence]:
    skipped, refused = sum(rehearsal.skipped.values()), sum(rehearsal.refused.values())
    if skipped:
        yield Sentence(
            tone="info",
            words=f"{people(skipped)} would get nothing. {'Why' if skipped == 1 else 'Each reason'} stands below.",
        )
    if rehearsal.unwritable:
        one = rehearsal.unwritable == 1
        of = "the address cannot be written" if one else "the addresses cannot be written"
        told = f" ({'; '.join(rehearsal.unwritable_first)})" if rehearsal.unwritable_first else ""
        mend = "Correct it in the list." if one else "Correct them in the list."
        yield Sentence(tone="warn", words=f"Of {people(rehearsal.unwritable)} {of} in a message{told}. {mend}")
    if refused:
        message = "The message" if refused == 1 else "The messages"
        was = "was not taken" if refused == 1 else "were not taken"
        first = next(iter(rehearsal.refused)).rstrip(".")
        yield Sentence(tone="stop", words=f"{message} to {people(refused)} {was}: {first}.")
    if rehearsal.list_changed:
        words = "The file of subscribers was changed since it was read. A send reads it first, and others may get it."
        yield Sentence(tone="warn", words=words)


def _fields(rehearsal: Rehearsal) -> Iterator[Sentence]:
    taken = rehearsal.received.messages
    if not taken:
        return
    needed = dict(NEEDED) | ({_SIGNED: "DKIM-Signature"} if rehearsal.signed else {})
    lacking = {name: taken - rehearsal.received.fields.get(field, 0) for field, name in needed.items()}
    missing = [f"{name} in {count:,}" for name, count in lacking.items() if count]
    if missing:
        yield Sentence(
            tone="stop", words=f"Of {taken:,} messages some lack a field that each must have: {listed(missing)}."
        )
    else:
        yield Sentence(tone="ok", words=f"Every message has {listed(list(needed.values()))}.")
    if not rehearsal.signed:
        words = "No message is signed (DKIM): digest.toml names no key for this sender, so its mail server has to sign."
        yield Sentence(tone="info", words=words)


def _sizes(rehearsal: Rehearsal) -> Iterator[Sentence]:
    smallest, largest = (round(size / 1_000) for size in (rehearsal.received.smallest, rehearsal.received.largest))
    if rehearsal.received.messages:
        words = f"The smallest message has {smallest:,} kB, the largest {largest:,} kB."
        yield Sentence(tone="info", words=words if smallest != largest else f"Every message has about {largest:,} kB.")


def _time(rehearsal: Rehearsal, limits: Limits) -> Iterator[Sentence]:
    here = rate(rehearsal.taken, rehearsal.seconds)
    if not here:
        return
    allowed = limits.a_minute / 60
    pace = min(here, allowed) if allowed else here
    parts = [f"Here it took {duration(rehearsal.seconds)}: {a_second(here)} were made, signed and taken"]
    if not rehearsal.signed:
        parts = [f"Here it took {duration(rehearsal.seconds)}: {a_second(here)} were made and taken"]
    if limits.a_minute:
        parts.append(f"Your mail servers take {limits.a_minute:,} a minute at most")
    takes = rehearsal.taken / pace + 60 * limits.wait_minutes
    if limits.days > 1:
        parts.append(f"They take so many a day that a real send needs {limits.days} days")
    else:
        about = duration(takes) if takes < 1 else f"about {duration(takes)}"
        parts.append(f"A real send takes {about}, if your mail server is as quick")
    if limits.wait_minutes:
        first = f"The first {limits.canary_percent:g} %" if limits.canary_percent else "Those who get it first"
        parts.append(f"{first} have it {_many(limits.wait_minutes, 'minute')} before the rest")
    if limits.providers:
        parts.append("What single mail providers are sent at most comes on top")
    yield Sentence(tone="info", words=f"{'. '.join(parts)}.")


def _many(count: int, unit: str) -> str:
    return f"{count:,} {unit}" if count == 1 else f"{count:,} {unit}s"
