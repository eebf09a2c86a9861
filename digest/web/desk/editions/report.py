"""Report: what a send came to, on one page to read or to print, and as a file to keep."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response

from digest.app import correcting
from digest.app import report as reports
from digest.domain.errors import NotFound, Refused, Unfit
from digest.web.desk.cookies import Said
from digest.web.desk.editions.leaving import COUNTS
from digest.web.desk.editions.page import Id
from digest.web.desk.frame import Desk
from digest.web.report import drawings, saved


class Reports:
    """The routes of a report."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def show(self, request: Request, edition: Id) -> Response:
        """Show it."""
        return self._shown(request, edition)

    def correct(self, request: Request, edition: Id) -> Response:
        """Draft a correction; nobody gets it before somebody approves it."""
        text = self._desk.fields(request).one("text")
        try:
            made = correcting.correct(self._desk.app, edition, text, self._desk.who(request).name)
        except Unfit as fault:
            return self._shown(request, edition, 422, text, next(iter(fault.faults.values())))
        except (Refused, NotFound) as fault:
            return self._shown(request, edition, 409, text, f"{fault.what} {fault.mend}")
        said = Said(words="The correction is drafted. It goes to exactly those who got the edition.")
        return self._desk.redirect(request, f"/editions/{made.id}", said)

    def _shown(self, request: Request, edition: str, status: int = 200, text: str = "", wrong: str = "") -> Response:
        app = self._desk.app
        found = reports.look(app, edition)
        return self._desk.page(
            request,
            "report",
            status,
            report=found,
            newsletter=app.newsletter_of(found.edition),
            names=COUNTS,
            plots=drawings(found),
            approval=found.approvals[-1] if found.approvals else None,
            base_url=app.loaded.workspace.base_url,
            text=text,
            wrong={"text": wrong} if wrong else {},
        )

    def save(self, edition: Id) -> Response:
        """Give it as a file: the page, its numbers, and the messages as they were signed."""
        content = saved(self._desk.app, edition)
        named = {"Content-Disposition": f'attachment; filename="report-{edition}.zip"'}
        return Response(content, media_type="application/zip", headers=named)


def add(web: FastAPI, desk: Desk) -> None:
    """Add the routes."""
    routes = Reports(desk)
    web.get("/editions/{edition}/report")(routes.show)
    web.get("/editions/{edition}/report.zip")(routes.save)
    web.post("/editions/{edition}/correct")(routes.correct)
