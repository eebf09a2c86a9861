"""Source: an address is pasted, what it gives is looked at, and it becomes the first source in the example's place."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response

from digest.app import setting_up
from digest.app.setting_up import Step
from digest.config.change import Act, Remove
from digest.domain.model import DateFrom
from digest.web.desk.frame import Desk
from digest.web.desk.settings.forms import Typed, attempt
from digest.web.desk.settings.setting_up.steps import StepPage, path_of
from digest.web.desk.settings.trials import PASTE, Trial, Trials
from digest.web.desk.settings.trying import Tries


class Routes:
    """The routes of this step."""

    def __init__(self, desk: Desk, tries: Tries) -> None:
        self._step = StepPage(desk, Step.SOURCE)
        self._trials = Trials(desk.app, tries)

    def show(self, request: Request, look: str = "", way: int = 0) -> Response:
        """Ask for an address, or show what one would give; look: its key."""
        if not look:
            return self._page(request, Typed(texts={"address": "", "name": ""}))
        trial = self._trials.known(look, way)
        name = trial.way.source.name if trial.way else ""
        return self._page(request, Typed(texts={"address": trial.about, "name": name}), trial)

    def look(self, request: Request) -> Response:
        """Begin to look at an address."""
        address = self._step.desk.fields(request).one("address")
        texts = {"address": address, "name": ""}
        if not address:
            return self._page(request, Typed(texts=texts, wrong={"address": PASTE}, status=422))

        def begin() -> Response:
            return self._step.desk.redirect(request, f"{path_of(Step.SOURCE)}?look={self._trials.begin(address)}")

        tried = attempt(texts, begin)
        return self._page(request, tried) if isinstance(tried, Typed) else tried

    def save(self, request: Request) -> Response:
        """Make it a source, and take the example out; then it is asked for the first time."""
        fields, newsletter = self._step.desk.fields(request), self._step.newsletter
        trial = self._trials.sent(fields)
        texts, ticked = {"address": trial.about, "name": fields.one("name")}, fields.every("news")

        def save() -> Response:
            source, adding = self._trials.adopted(trial, newsletter, texts["name"], ticked)
            acts: list[Act] = [adding]
            for one in setting_up.examples(self._step.app, newsletter):
                acts.append(Remove(at=("newsletters", newsletter.id, "sources", one.id)))
            done = self._step.change(request, acts, {})
            self._trials.ask_first(newsletter, source)
            return self._step.go_on(request, f"Added {source.name}. It is asked for the first time now.", done)

        tried = attempt(texts, save)
        return self._page(request, tried, trial, ticked) if isinstance(tried, Typed) else tried

    def _page(
        self, request: Request, typed: Typed, trial: Trial | None = None, ticked: set[str] | None = None
    ) -> Response:
        newsletter = self._step.newsletter
        examples = setting_up.examples(self._step.app, newsletter)
        return self._step.show(
            request,
            typed,
            trial=trial,
            ticked=ticked,
            newest=DateFrom.FIRST_SEEN,
            newsletters=(newsletter,),
            sources=[one for one in newsletter.sources if one not in examples],
        )


def add(web: FastAPI, desk: Desk, tries: Tries) -> None:
    """Add the routes."""
    routes = Routes(desk, tries)
    web.get(path_of(Step.SOURCE))(routes.show)
    web.post(path_of(Step.SOURCE))(routes.save)
    web.post(f"{path_of(Step.SOURCE)}/look")(routes.look)
