"""Schedule: on which days and at which time it goes out, and the next dates that this means."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import FastAPI, Request, Response

from digest.app import setting_up
from digest.app.setting_up import Step
from digest.stages import slots
from digest.web.desk.frame import Desk
from digest.web.desk.settings import timing
from digest.web.desk.settings.forms import Kind, Typed, attempt, missing, put, sent, texts_of
from digest.web.desk.settings.setting_up.steps import StepPage, path_of

#: dates that are shown
_AHEAD = 4
_FIELDS: Mapping[str, Kind] = {
    name: timing.FIELDS[name] for name in ("schedule.days", "schedule.at", "schedule.timezone")
}
_NEEDED = {"schedule.days": "Tick at least one day."}


class Routes:
    """The routes of this step."""

    def __init__(self, desk: Desk) -> None:
        self._step = StepPage(desk, Step.SCHEDULE)
        self._app = desk.app

    def show(self, request: Request) -> Response:
        """Show the day and the time, and the next dates."""
        return self._page(request, Typed(texts=texts_of(self._app, self._at, _FIELDS)))

    def save(self, request: Request) -> Response:
        """Save it, also where it stays as it was; or show the dates that the form means."""
        fields = self._step.desk.fields(request)
        texts = sent(fields, _FIELDS)
        if fields.one("act") == "dates":
            return self._page(request, Typed(texts=texts))

        def save() -> Response:
            change, wrong = put(self._at, _FIELDS, texts)
            done = self._step.change(request, [change], wrong | missing(texts, _NEEDED))
            setting_up.confirm_schedule(self._app)
            return self._step.go_on(request, "Saved when it goes out.", done)

        tried = attempt(texts, save)
        return self._page(request, tried) if isinstance(tried, Typed) else tried

    @property
    def _at(self) -> tuple[str | int, ...]:
        return ("newsletters", self._step.newsletter.id)

    def _page(self, request: Request, typed: Typed) -> Response:
        schedule = self._step.newsletter.schedule
        ahead = timing.ahead(schedule, typed.texts, self._app.clock(), _AHEAD)
        shown = Typed(texts=typed.texts, wrong={**ahead.wrong, **typed.wrong}, status=typed.status)
        return self._step.show(request, shown, days=slots.DAYS, ahead=ahead, words=schedule.when)


def add(web: FastAPI, desk: Desk) -> None:
    """Add the routes."""
    routes = Routes(desk)
    web.get(path_of(Step.SCHEDULE))(routes.show)
    web.post(path_of(Step.SCHEDULE))(routes.save)
