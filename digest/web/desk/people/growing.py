"""Growing: how a list grows: who came and left and how, which domains refuse, whose consent is old."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import FastAPI, Request, Response

from digest.domain.model import Newsletter
from digest.jobs import growth
from digest.jobs.growth import Growth
from digest.web import plots
from digest.web.desk.beside import Beside
from digest.web.desk.frame import Desk
from digest.web.plots import Point

#: weeks that may be chosen
WEEKS = (12, 26, 52)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A plot, with its numbers as a table."""

    title: str
    drawn: str
    numbers: str


class Growing:
    """The routes of growth."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._app = desk.app
        self._known: Beside[Growth] = Beside()

    def growth(self, request: Request, newsletter: str = "", weeks: int = WEEKS[0]) -> Response:
        """Show how a list grows."""
        chosen = self._desk.newsletter(newsletter)
        over = weeks if weeks in WEEKS else WEEKS[0]
        answer = self._known.ask((chosen.id, over), lambda: self._look(chosen, over))
        return self._desk.page(
            request,
            "growth",
            answer=answer,
            newsletter=chosen,
            newsletters=self._app.loaded.workspace.newsletters,
            weeks=over,
            choices=WEEKS,
            plots=_plots(answer.value) if answer.value else (),
        )

    def _look(self, newsletter: Newsletter, weeks: int) -> Growth:
        return growth.look(self._app.store, self._app.clock, newsletter, weeks)


def add(web: FastAPI, desk: Desk) -> None:
    """Add the routes."""
    web.get("/subscribers/growth")(Growing(desk).growth)


def _plots(found: Growth) -> tuple[Plot, ...]:
    days = [week.begins for week in found.weeks]
    # a month is named once: there is no room for it below each column
    short = [f"{day.day} {day:%b}" if not number or day.month != days[number - 1].month else f"{day.day}"
             for number, day in enumerate(days)]  # fmt: skip
    long = [f"{day.day} {day:%b %Y}" for day in days]
    made = []
    for key, title, counts in (
        ("came", "Came, by week", [week.joined for week in found.weeks]),
        ("gone", "Gone, by week", [week.gone for week in found.weeks]),
    ):
        drawn = plots.columns(key, title, _points(short, counts))
        numbers = plots.numbers(title, "Week of", "People", _points(long, counts))
        made.append(Plot(title=title, drawn=drawn, numbers=numbers))
    return tuple(made)


def _points(labels: Sequence[str], counts: Sequence[int]) -> list[Point]:
    return [Point(label=label, value=count) for label, count in zip(labels, counts, strict=True)]
