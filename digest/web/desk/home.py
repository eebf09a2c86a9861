"""Home: what happens next, what needs a person, and what became of the last editions."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from fastapi import FastAPI, Request
from fastapi.responses import Response

from digest.app import setting_up
from digest.domain.errors import DigestError
from digest.domain.model import EditionState, Severity
from digest.domain.ports import CountsAs
from digest.jobs import report
from digest.web.desk import spoken
from digest.web.desk.editions.looking import Looking, read_only
from digest.web.desk.frame import Desk
from digest.web.desk.overview import WEEKS, Overview, overview
from digest.web.desk.settings.setting_up import steps


class Home:
    """The routes of home, and of the list of all editions."""

    def __init__(self, desk: Desk, looking: Looking) -> None:
        self._desk = desk
        self._checks = _Checks(desk, looking)

    def home(self, request: Request, week: str = "") -> Response:
        """Show today; week: a day of the calendar's first week, as 2026-11-24."""
        first = _day(week)
        shown = overview(self._desk.app, self._checks.must_mend(), first)
        begins = first or shown.today
        return self._desk.page(
            request,
            "home",
            shown=shown,
            today=spoken.whole_day(self._desk.app.clock(), self._desk.zone),
            results=_results(self._desk, shown),
            begin=_begin(self._desk),
            earlier=begins - timedelta(weeks=WEEKS),
            later=begins + timedelta(weeks=WEEKS),
        )

    def editions(self, request: Request) -> Response:
        """Show every edition."""
        with self._desk.app.store.reading() as session:
            every = session.editions.every()
        return self._desk.page(request, "editions", editions=every)


def _results(desk: Desk, shown: Overview) -> Mapping[str, Mapping[str, int]]:
    """Return what the last editions came to: id of one that has begun to leave -> count by its name."""
    found = report.came_to(desk.app.store, [one.id for one in shown.results])
    return {
        edition: {str(kind): came.people.get(kind, 0) for kind in CountsAs} | {"left": came.left, "clicks": came.clicks}
        for edition, came in found.items()
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin:
    """How far the set-up is, as its card tells."""

    #: “3 of 7 done”
    far: str
    #: the step that comes next, and its path
    name: str
    path: str


def _begin(desk: Desk) -> Begin | None:
    """Return how far the set-up is; None where nobody need be reminded of it."""
    standing = setting_up.standing(desk.app)
    following = standing.after()
    if standing.is_over or following is None:
        return None
    name = next(one.name for one in steps.listed(standing) if one.step == following)
    return Begin(far=steps.summary(standing), name=name, path=steps.path_of(following))


class _Checks:
    """Knows what must be mended of the drafts that come; what is not known is found out beside the page."""

    def __init__(self, desk: Desk, looking: Looking) -> None:
        self._desk = desk
        self._looking = looking
        self._busy = threading.Lock()

    def must_mend(self) -> dict[str, int]:
        """Return how much must be mended of each draft, of those that were looked at."""
        found: dict[str, int] = {}
        with self._desk.app.store.reading() as session:
            drafts = [one.id for one in session.editions.every() if one.state == EditionState.DRAFT]
        for edition in drafts:
            looked = self._looking.known(edition)
            if looked is None:
                self._look_beside(edition)
            elif looked.check.is_done:
                found[edition] = sum(one.severity == Severity.MUST_MEND for one in looked.preview.findings)
        return found

    def _look_beside(self, edition: str) -> None:
        if self._busy.acquire(blocking=False):
            threading.Thread(target=self._look, args=(edition,), name="look", daemon=True).start()

    def _look(self, edition: str) -> None:
        try:
            self._looking.at(read_only(self._desk.app, edition))
        except DigestError:
            # its own page says what is wrong
            return
        finally:
            self._busy.release()


def add(web: FastAPI, desk: Desk, looking: Looking) -> None:
    """Add the routes."""
    routes = Home(desk, looking)
    web.get("/")(routes.home)
    web.get("/editions")(routes.editions)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
