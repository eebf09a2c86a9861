"""Wanting: what is to be done by whoever works, wanted in the commit that makes it needed.

An edition is sent by several hands at the same time, each of which takes people until it has had its fill and is wanted
again then. So no task is one person's, a worker that ends loses a few seconds' work, and no edition holds up another.
"""

from __future__ import annotations

from datetime import datetime

from digest.domain.model import Edition
from digest.domain.ports import Session, Task, Work

#: so many people are worth one more hand, up to so many hands
PEOPLE, MOST_HANDS = 1_000, 32
#: a hand has had its fill after so many people, or so many seconds
FILL, FILL_SECONDS = 10_000, 300.0


def hands(people: int) -> int:
    """Return how many hands an edition may have at the same time for so many people; one at least."""
    return max(1, min(MOST_HANDS, -(-people // PEOPLE)))


def to_be_sent(session: Session, edition: Edition, people: int | None = None) -> None:
    """Want an edition sent. people: how many it is for; counted where that is not said."""
    if people is None:
        people, _ = session.deliveries.open(edition.id)
    session.tasks.want([Task(work=Work.SEND, of=edition.id, part=part) for part in range(hands(people))])


def to_go_on(session: Session, task: Task, at: datetime | None) -> None:
    """Want that a hand goes on with its edition, as long as there is enough for it; at: from when on."""
    people, _ = session.deliveries.open(task.of)
    if task.part < hands(people):
        session.tasks.want([task], at)
