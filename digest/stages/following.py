"""Following: what is said of a send while it goes on, in a comms person's words. jobs/following.py asks the ledger."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from digest.domain import spoken
from digest.domain.model import Edition, EditionState, Waves
from digest.domain.ports import Counting, CountsAs, Event

#: reasons of a row that are named; the others are counted together
MOST_REASONS = 4
#: a rate over less than so many seconds says nothing
_FEWEST_SECONDS = 2.0
#: an edition in one of these has begun to leave
_LEAVES = (EditionState.SENDING, EditionState.PAUSED, EditionState.SENT, EditionState.CANCELLED)

#: how a server's answer begins -> what that means to a comms person (RFC 3463, RFC 5321)
_CODES = (
    (r"... 5\.1\.[16]$", "No such mailbox"),
    (r"... 5\.(1\.[23]|1\.10|4\.4)$", "The address leads nowhere"),
    (r"... [45]\.2\.1$", "Mailbox is closed"),
    (r"(... [45]\.2\.2|[45]52)$", "Mailbox is full"),
    (r"... [45]\.(2\.3|3\.4)$", "Email is too large for them"),
    (r"(5.. 5\.7\.\d+|554)$", "Refused as spam, or by a rule of their server"),
    (r"4", "Server asks to wait"),
    (r"5", "Refused by their server"),
    (r"came back$", "It came back"),
    (r"no message$", "The address cannot be written"),
)
_DOUBTS = {
    "the message was written and no answer came": "Connection lost before the answer",
    "the message was written and another answer came": "The answer could not be understood",
    "the program stopped after it had begun this message and before it knew the answer": (
        "The program stopped before the answer"
    ),
}
_NOT_KEPT = "The reason is no longer kept"


class When(StrEnum):
    """Where a stage stands."""

    DONE = "done"
    NOW = "now"
    LATER = "later"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A step of a send."""

    name: str
    when: When
    #: times and counts
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """People who have it not, and why."""

    counts_as: CountsAs
    people: int
    #: in words; several with how many each
    reason: str
    #: what happens now
    now: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """All that the sentences are made of."""

    edition: Edition
    history: Sequence[Event]
    waves: Waves
    #: before the slot, in which it can be taken back
    holding: timedelta
    #: name of the time zone in which times are said
    zone: str
    countings: Sequence[Counting]
    #: people who are not planned yet
    unplanned: int
    #: when the rest may go, where it waits for that
    opens: datetime | None
    #: when it is through, about; None where that cannot be known
    ends: datetime | None


def counted(countings: Iterable[Counting], unplanned: int = 0) -> dict[CountsAs, int]:
    """Return how many people count as each of the six; who is not planned yet waits."""
    counts = dict.fromkeys(CountsAs, 0)
    counts[CountsAs.WAITING] = unplanned
    for one in countings:
        counts[one.counts_as] += one.people
    return counts


def rate(messages: int, seconds: float) -> float | None:
    """Return messages a second; None where too little is known."""
    return messages / seconds if messages and seconds >= _FEWEST_SECONDS else None


def stages(seen: Seen) -> tuple[Stage, ...]:
    """Return the five steps of a send, each with where it stands."""
    return (_holding(seen), _seeds(seen), _canary(seen), _rest(seen), _report(seen))


def trouble(edition: Edition, history: Sequence[Event], waiting: int, zone: str) -> str:
    """Return what is wrong, and what it means; “no trouble” where nothing is."""
    if edition.state not in (EditionState.PAUSED, EditionState.CANCELLED):
        return "no trouble"
    event = next((one for one in reversed(history) if one.what == edition.state), None)
    if edition.state == EditionState.CANCELLED:
        return f"Cancelled by {event.who} at {spoken.at_time(event.at, zone)}." if event else "Cancelled."
    by_itself = event is None or event.who == "digest"
    why = edition.note.rstrip(".") if by_itself else f"{event.who} paused it at {spoken.at_time(event.at, zone)}"  # type: ignore[union-attr]
    return f"Paused: {why}. {spoken.people(waiting)} {_verb(waiting, 'wait')}. Nobody is mailed until you resume."


def reasons(counts_as: CountsAs, countings: Iterable[Counting]) -> str:
    """Return why people count as something, in words, the usual reason first."""
    counts: Counter[str] = Counter()
    for one in countings:
        if one.counts_as == counts_as:
            counts[in_words(counts_as, one.why)] += one.people
    if len(counts) == 1:
        return next(iter(counts))
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    named = [f"{words} ({people:,})" for words, people in ranked[:MOST_REASONS]]
    rest = sum(people for _, people in ranked[MOST_REASONS:])
    parts = [*named, *([f"other reasons ({rest:,})"] if rest else [])]
    return " · ".join([parts[0], *(one[:1].lower() + one[1:] for one in parts[1:])]) if parts else ""


def in_words(counts_as: CountsAs, why: str) -> str:
    """Return a reason as a comms person says it; why: as it is counted (store/tables/following.py)."""
    if counts_as == CountsAs.SKIPPED:
        # what comes after the colon explains it
        words = why if why.startswith("cancelled by") else why.partition(":")[0]
        return words[:1].upper() + words[1:] or _NOT_KEPT
    if counts_as == CountsAs.UNKNOWN:
        return _DOUBTS.get(why, why[:1].upper() + why[1:]) or _NOT_KEPT
    return next((words for code, words in _CODES if re.match(code, why)), _NOT_KEPT)


def is_for_now(why: str) -> bool:
    """Tell whether a refusal, as it is counted, was only for now."""
    return why.startswith("4")


def of_refusals(for_now: int) -> str:
    """Return what happens to those who were refused; for_now: how many of them only until there was no more time."""
    if not for_now:
        return "This edition never goes to them. See whether the address is right."
    return f"{spoken.people(for_now)} can be tried again. The others never get this edition."


def of_doubt(state: EditionState, undecided: int) -> str:
    """Return what happens to those who are in doubt."""
    if state != EditionState.SENT:
        return "It may have arrived. A person decides after the send."
    return "It may have arrived. Leave it, or send it again." if undecided else "It may have arrived. Left as it is."


def of_retries(first: datetime, then: datetime, zone: str) -> str:
    """Return what happens to those who are put off."""
    return f"Tried again at {spoken.at_time(first, zone)}, then {spoken.at_time(then, zone)}."


def _holding(seen: Seen) -> Stage:
    edition = seen.edition
    until = edition.slot
    span = f"{spoken.at_time(until - seen.holding, seen.zone)}–{spoken.at_time(until, seen.zone)}"
    if edition.state == EditionState.HOLDING:
        return Stage(name="Holding window", when=When.NOW, sentence=f"{span}, it can be taken back")
    begun = _began(seen.history)
    if edition.state not in _LEAVES or begun is None:
        return Stage(name="Holding window", when=When.LATER, sentence=f"{span}, it can be taken back")
    held = next((one for one in reversed(seen.history) if one.what == "holding" and one.at <= begun.at), None)
    if held is None or held.at == begun.at:
        sentence = f"none: {begun.who} sent it at {spoken.at_time(begun.at, seen.zone)}"
    else:
        sentence = f"{spoken.at_time(held.at, seen.zone)}–{spoken.at_time(begun.at, seen.zone)}, nobody undid it"
    return Stage(name="Holding window", when=When.DONE, sentence=sentence)


def _seeds(seen: Seen) -> Stage:
    return _early(seen, 0, "Staff first", "nobody gets it first")


def _canary(seen: Seen) -> Stage:
    waves = seen.waves
    name = f"Canary, {waves.canary_percent:g} %" if waves.canary_percent else "Canary"
    few = f"only from {waves.canary_from:,} people on" if waves.canary_percent else "everybody gets it at once"
    return _early(seen, 1, name, few)


def _early(seen: Seen, wave: int, name: str, nobody: str) -> Stage:
    counts = counted(one for one in seen.countings if one.wave == wave)
    people = sum(counts.values())
    if not people:
        known = seen.edition.state in _LEAVES
        return Stage(name=name, when=When.DONE if known else When.LATER, sentence=nobody)
    if counts[CountsAs.WAITING]:
        when = When.NOW if seen.edition.state in _LEAVES else When.LATER
        return Stage(name=name, when=when, sentence=f"{people - counts[CountsAs.WAITING]:,} of {people:,}")
    last = max((one.last_at for one in seen.countings if one.wave == wave and one.last_at), default=None)
    return Stage(name=name, when=When.DONE, sentence=_ended(counts, people, last if wave == 0 else None, seen.zone))


def _ended(counts: Mapping[CountsAs, int], people: int, at: datetime | None, zone: str) -> str:
    refused = counts[CountsAs.FAILED] + counts[CountsAs.PUT_OFF]
    sent = f"{counts[CountsAs.SENT]:,} of {people:,} sent"
    if refused:
        return f"{sent}, {refused:,} refused"
    return f"{sent} at {spoken.at_time(at, zone)}" if at else f"{sent}, none refused"


def _rest(seen: Seen) -> Stage:
    rest = counted((one for one in seen.countings if one.wave > 1), seen.unplanned)
    people, left = sum(rest.values()), rest[CountsAs.WAITING]
    begun = seen.edition.state in _LEAVES
    early = begun and any(one.wave < 2 and one.counts_as == CountsAs.WAITING for one in seen.countings)
    if not begun or early or seen.edition.state == EditionState.CANCELLED:
        when = When.DONE if seen.edition.state == EditionState.CANCELLED else When.LATER
        return Stage(
            name="Everyone else", when=when, sentence=spoken.people(people) if not begun else _of(people, left)
        )
    if seen.opens is not None:
        sentence = f"{spoken.people(people)}, from {spoken.at_time(seen.opens, seen.zone)}"
        return Stage(name="Everyone else", when=When.NOW, sentence=sentence)
    return Stage(name="Everyone else", when=When.NOW if left else When.DONE, sentence=_of(people, left))


def _report(seen: Seen) -> Stage:
    last = next((one for one in reversed(seen.history) if one.what in ("sent", "cancelled")), None)
    over = seen.edition.state in (EditionState.SENT, EditionState.CANCELLED)
    if over and last is not None:
        return Stage(name="Report", when=When.DONE, sentence=f"at {spoken.at_time(last.at, seen.zone)}")
    if seen.ends is not None:
        return Stage(name="Report", when=When.LATER, sentence=f"about {spoken.at_time(seen.ends, seen.zone)}")
    return Stage(name="Report", when=When.LATER, sentence="when everybody has an answer")


def _began(history: Sequence[Event]) -> Event | None:
    return next((one for one in reversed(history) if one.what == "sending"), None)


def _of(people: int, left: int) -> str:
    return f"{people - left:,} of {people:,}"


def _verb(count: int, verb: str) -> str:
    return f"{verb}s" if count == 1 else verb
