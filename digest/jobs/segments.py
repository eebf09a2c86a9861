"""Segments: who is in each right now, some of them, and what a rule asks for in vain. Nothing is written down."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Callable, Iterable, Sequence

from digest.domain.errors import NotFound
from digest.domain.model import Finding, Newsletter, Recipient, Segment, Severity
from digest.domain.ports import Clock, Counted, Store
from digest.jobs import people
from digest.stages import segment

#: people of a sample
SAMPLE = 10


def counted(store: Store, clock: Clock, newsletter: Newsletter) -> Counted:
    """Count who is in each segment of a newsletter."""
    with store.reading() as session:
        return session.segments.count(newsletter.id, [one.rule for one in newsletter.segments], clock())


def sample(store: Store, clock: Clock, newsletter: Newsletter, one: Segment, turn: int = 0) -> list[Recipient]:
    """Return some of a segment who would get mail now: the same ones all day, others tomorrow.

    turn: 0 for the first ten, 1 for the ten that follow them; nobody is in two.
    """
    now = clock()
    # ids are drawn at random, so those that follow any are as good as any others
    start = hashlib.sha256(f"{newsletter.id} {one.id} {now:%Y-%m-%d}".encode()).hexdigest()[:16]
    with store.reading() as session:
        return session.segments.sample(newsletter.id, one.rule, now, start, SAMPLE * (turn + 1))[SAMPLE * turn :]


def recipient(store: Store, newsletter: Newsletter, address: str) -> Recipient | None:
    """Return whoever has an address and is, or was, on a newsletter's list; None for nobody.

    Raises DigestError where it is no address.
    """
    compared = people.compared(address)
    with store.reading() as session:
        known = session.people.by_address([compared]).get(compared)
        return None if known is None else session.people.one(newsletter.id, known[0].id)


def named(newsletter: Newsletter, identifier: str) -> Segment:
    """Return a segment by its id. Raises NotFound with the ids there are."""
    known = {one.id: one for one in newsletter.segments}
    if identifier not in known:
        near = difflib.get_close_matches(identifier, known, n=1)
        mend = f"Did you mean “{near[0]}”?" if near else f"It is one of {', '.join(known)}."
        raise NotFound(f"There is no segment “{identifier}”.", mend)
    return known[identifier]


def sentence(newsletter: Newsletter, one: Segment) -> str:
    """Return in words who is in a segment."""
    return segment.sentence(one.rule, {theme.id: theme.name for theme in newsletter.themes})


def findings(store: Store, newsletter: Newsletter) -> list[Finding]:
    """Return a finding for each field that a segment asks about and nobody on the list has."""
    with store.reading() as session:
        return vain(newsletter, lambda fields: session.segments.unheld(newsletter.id, fields), session.segments.columns)


def vain(
    newsletter: Newsletter,
    unheld: Callable[[Sequence[str]], Iterable[str]],
    columns: Callable[[str], Iterable[str]],
) -> list[Finding]:
    """Return a finding for each field that a segment asks about and nobody has.

    unheld: those of some fields that nobody has; columns: the fields that people of a newsletter have.
    """
    asked = {one.id: {test.field for test in segment.each_test(one.rule)} for one in newsletter.segments}
    besides = sorted({field for fields in asked.values() for field in fields} - {*segment.OWN_FIELDS})
    found = []
    for field in unheld(besides):
        near = segment.nearest(field, columns(newsletter.id))
        mend = f"Did you mean “{near}”?" if near else "Correct the name, or add the column to the file."
        found += [_vain(one.id, field, mend) for one in newsletter.segments if field in asked[one.id]]
    return found


def _vain(identifier: str, field: str, mend: str) -> Finding:
    return Finding(
        code="segments.field",
        severity=Severity.LOOK_AT,
        where=f"segment {identifier}",
        what=f"Nobody has a field “{field}”.",
        why="What the rule asks of it is true of nobody, and its opposite of everybody.",
        mend=mend,
    )
