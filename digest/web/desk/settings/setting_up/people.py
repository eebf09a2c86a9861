"""People: a file of those who agreed, one person, or those who sign up later."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response

from digest.app.noting import noted
from digest.app.setting_up import Step
from digest.jobs import people
from digest.web.desk.frame import Desk
from digest.web.desk.people import adding
from digest.web.desk.people.importing import MOST_OCTETS
from digest.web.desk.settings.forms import Typed, attempt
from digest.web.desk.settings.setting_up.steps import StepPage, path_of

_TYPED = ("address", "first_name", "last_name", "consent")


class Routes:
    """The routes of this step. A file is sent to the page that imports it."""

    def __init__(self, desk: Desk) -> None:
        self._step = StepPage(desk, Step.PEOPLE)
        self._app = desk.app

    def show(self, request: Request) -> Response:
        """Show the three ways."""
        return self._page(request, Typed(texts=dict.fromkeys(_TYPED, "")))

    def save(self, request: Request) -> Response:
        """Add one person."""
        fields, newsletter = self._step.desk.fields(request), self._step.newsletter
        texts = {name: fields.one(name) for name in _TYPED}

        def save() -> Response:
            note = noted(self._app, self._step.desk.by(request), f"added a person to {newsletter.name}")
            people.add(self._app.importing(newsletter), self._app.new_id(), adding.new(newsletter, fields), note)
            return self._step.go_on(request, f"{texts['address']} is on the list of {newsletter.name}.")

        tried = attempt(texts, save)
        return self._page(request, tried) if isinstance(tried, Typed) else tried

    def _page(self, request: Request, typed: Typed) -> Response:
        base = self._app.loaded.workspace.base_url
        sign_up = f"{base}/subscribe/{self._step.newsletter.id}" if base else ""
        return self._step.show(request, typed, sign_up=sign_up, most=MOST_OCTETS)


def add(web: FastAPI, desk: Desk) -> None:
    """Add the routes."""
    routes = Routes(desk)
    web.get(path_of(Step.PEOPLE))(routes.show)
    web.post(path_of(Step.PEOPLE))(routes.save)
