"""Figures: how many people are in a segment, some of them, and who is in another as well; worked out beside pages."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from digest.app import App
from digest.domain.model import Newsletter, Recipient, Segment
from digest.domain.ports import Counted
from digest.jobs import segments
from digest.web.desk.beside import Answer, Beside


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """How many people of a segment are in another as well."""

    name: str
    people: int
    #: the other one counts for them
    comes_first: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What is known of a rule."""

    #: who would get mail now: by it, and on the whole list
    people: int
    of: int
    #: of these, in no other segment
    alone: int
    overlaps: tuple[Overlap, ...]


class Figures:
    """Works them out."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._counts: Beside[Counted] = Beside()
        self._figures: Beside[Figure] = Beside()
        self._some: Beside[tuple[Recipient, ...]] = Beside()
        self._known: Beside[Mapping[str, Sequence[str]]] = Beside()

    def counted(self, newsletter: Newsletter) -> Answer[Counted]:
        """Return how many people are in each segment of a newsletter."""
        rules = _written([one.rule for one in newsletter.segments])
        return self._counts.ask(
            (newsletter.id, rules), lambda: segments.counted(self._app.store, self._app.clock, newsletter)
        )

    def of(self, newsletter: Newsletter, identifier: str, rule: Mapping[str, object]) -> Answer[Figure]:
        """Return what is known of a rule; identifier: of the segment that it is, or is to be, of."""
        others = [one for one in newsletter.segments if one.id != identifier]
        key = (newsletter.id, identifier, _written([rule, *(one.rule for one in others)]))
        return self._figures.ask(key, lambda: self._figure(newsletter, identifier, rule, others))

    def some(
        self, newsletter: Newsletter, identifier: str, rule: Mapping[str, object], turn: int
    ) -> Answer[tuple[Recipient, ...]]:
        """Return ten people of a rule, and by turns the others; identifier: as in `of`."""
        sampled = Segment(id=identifier or "new", name="", rule=rule)
        return self._some.ask(
            (newsletter.id, identifier, _written([rule]), turn),
            lambda: tuple(segments.sample(self._app.store, self._app.clock, newsletter, sampled, turn)),
        )

    def known(self, newsletter: Newsletter) -> Mapping[str, Sequence[str]]:
        """Return fields and some values that people of a newsletter have; none while that is being looked up."""
        return self._known.ask(newsletter.id, lambda: self._values(newsletter)).value or {}

    def _values(self, newsletter: Newsletter) -> Mapping[str, Sequence[str]]:
        with self._app.store.reading() as session:
            return session.segments.values(newsletter.id)

    def _figure(
        self, newsletter: Newsletter, identifier: str, rule: Mapping[str, object], others: Sequence[Segment]
    ) -> Figure:
        now = self._app.clock()
        with self._app.store.reading() as session:
            counted = session.segments.shared(newsletter.id, rule, [one.rule for one in others], now)
        ids = [one.id for one in newsletter.segments]
        place = ids.index(identifier) if identifier in ids else len(ids)
        return Figure(
            people=counted.people,
            of=counted.of,
            alone=counted.alone,
            overlaps=tuple(
                Overlap(name=one.name, people=people, comes_first=ids.index(one.id) < place)
                for one, people in zip(others, counted.both, strict=True)
                if people
            ),
        )


def _written(rules: Sequence[Mapping[str, object]]) -> str:
    return json.dumps(rules, sort_keys=True, default=str)
