"""Telling: what stands in a mail to staff about an edition, and where its one button leads.

The desk is in English, and so is this; what is quoted of people and sources is text, which the templates escape.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from digest.domain import spoken
from digest.domain.model import Block, Layout, Telling


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What there is to say of an edition."""

    #: “No. 42”, or with its newsletter's name where there are several
    name: str
    newsletter: str
    organisation: str
    #: page of the edition on the desk
    link: str
    #: when it is due: “Tue 24 Nov, 08:00”, “08:00”
    due: str
    due_time: str
    #: by when it is to be approved: “Mon 23 Nov, 16:00”, and whether it is missed without that
    deadline: str = ""
    missed_without: bool = False
    people: int = 0
    must_mend: int = 0
    look_at: int = 0
    #: it is approved, and goes unless somebody takes it back
    approved: bool = False
    #: what happened, in a sentence: who took it back, why it paused, why it was skipped, what became of it
    happened: str = ""
    #: how many wait, were sent, and are in doubt
    waiting: int = 0
    sent: int = 0
    unknown: int = 0
    #: a sentence and an address for each link that leads nowhere
    broken: Sequence[str] = ()


def lay_out(telling: Telling, facts: Facts) -> Layout:
    """Make the blocks of a mail to staff."""
    title, paragraphs = _TEXTS[telling](facts)
    notice = {
        "organisation": facts.organisation,
        "title": title,
        "paragraphs": paragraphs,
        "link": facts.link,
        "words": f"Open {_within(facts.name)}",
        "after": "You get this because [desk] in digest.toml names your address.",
    }
    return Layout(
        subject=title,
        preheader=paragraphs[0],
        blocks=(Block(kind="notice", fields=notice), Block(kind="imprint", fields={"unsubscribe": ""})),
        stories=(),
    )


def _ready(facts: Facts) -> tuple[str, list[str]]:
    counts = ((facts.must_mend, "must mend"), (facts.look_at, "to look at"))
    found = ", ".join(f"{count} {word}" for count, word in counts if count) or "nothing to mend"
    due = f"{facts.newsletter} is due on {facts.due}, for {spoken.people(facts.people)}."
    return f"{facts.name} is ready: {found}", [due, _without(facts)]


def _without(facts: Facts) -> str:
    """Say what becomes of it where nobody approves it."""
    if facts.deadline and facts.missed_without:
        return f"Approve it by {facts.deadline}. Later it is missed, and its stories come again in the next edition."
    if facts.deadline:
        return (
            f"Approve it by {facts.deadline}. Without an approval by {facts.due_time} it is held, and nobody gets it."
        )
    return "Without an approval by then it is held, and nobody gets it."


def _reminder(facts: Facts) -> tuple[str, list[str]]:
    said = f"Nobody has approved it yet. {facts.newsletter} is due on {facts.due}, for {spoken.people(facts.people)}."
    return f"{facts.name} waits: approve it by {facts.deadline}", [said, _without(facts)]


def _overdue(facts: Facts) -> tuple[str, list[str]]:
    said = f"It was to be approved by {facts.deadline}, and nobody has approved it yet."
    goes = f"Approved before {facts.due_time}, it still leaves on time. Without that it is held, and nobody gets it."
    return f"{facts.name} is not approved, and its deadline is over", [said, goes]


def _missed(facts: Facts) -> tuple[str, list[str]]:
    said = f"It is missed: {facts.happened}"
    return f"{facts.name} is missed: nobody approved it in time", [said, "Its stories come again in the next edition."]


def _taken_back(facts: Facts) -> tuple[str, list[str]]:
    said = [f"Approval taken back: {facts.happened}", "See the change, then approve again."]
    return f"{facts.name}: approval taken back", [*said, f"It is due on {facts.due}."]


def _held(facts: Facts) -> tuple[str, list[str]]:
    said = f"Not approved by {facts.due_time}, so it is held. Nobody got it."
    mend = "Approve to send it now, or leave it: its stories come again in the next edition."
    return f"{facts.name} is held: not approved by {facts.due_time}", [said, mend]


def _links(facts: Facts) -> tuple[str, list[str]]:
    links = "1 link leads nowhere" if len(facts.broken) == 1 else f"{len(facts.broken)} links lead nowhere"
    goes = f"It leaves at {facts.due_time} all the same, unless somebody takes it back."
    waits = f"It is not approved yet: without that it is held at {facts.due_time}."
    return f"{facts.name}: {links}", [*facts.broken, goes if facts.approved else waits]


def _paused(facts: Facts) -> tuple[str, list[str]]:
    wait = f"{spoken.people(facts.waiting)} {'waits' if facts.waiting == 1 else 'wait'}"
    said = [f"Paused: {facts.happened}", f"{wait}. Nobody is mailed until you resume."]
    return f"{facts.name} paused by itself: {wait}", said


def _sent(facts: Facts) -> tuple[str, list[str]]:
    said = [f"{facts.happened}"]
    if facts.unknown:
        doubt = "1 delivery is unknown" if facts.unknown == 1 else f"{facts.unknown:,} deliveries are unknown"
        said.append(f"{doubt}: they may have it. Nobody is mailed again unless you decide so.")
    return f"{facts.name} is sent to {spoken.people(facts.sent)}", said


def _skipped(facts: Facts) -> tuple[str, list[str]]:
    return f"{facts.newsletter} on {facts.due} is skipped", [facts.happened]


_TEXTS: dict[Telling, Callable[[Facts], tuple[str, list[str]]]] = {
    Telling.READY: _ready,
    Telling.TAKEN_BACK: _taken_back,
    Telling.REMINDER: _reminder,
    Telling.OVERDUE: _overdue,
    Telling.HELD: _held,
    Telling.MISSED: _missed,
    Telling.LINKS: _links,
    Telling.PAUSED: _paused,
    Telling.SENT: _sent,
    Telling.SKIPPED: _skipped,
}


def _within(name: str) -> str:
    """Return the name of an edition as it stands amid a sentence: no. 42."""
    return f"no.{name.removeprefix('No.')}" if name.startswith("No.") else name
