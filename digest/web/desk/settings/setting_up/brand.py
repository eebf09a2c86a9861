"""Brand: who the organisation is, what its newsletter is called, and in which colours and with which logo it comes."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import FastAPI, Request, Response

from digest.app import setting_up
from digest.app.setting_up import Step
from digest.web.desk.frame import Desk
from digest.web.desk.settings import brand
from digest.web.desk.settings.forms import TEXT, Kind, Typed, attempt, missing, put, sent, texts_of
from digest.web.desk.settings.setting_up.steps import StepPage, path_of

_AT = ("brand",)
_NAMES = (
    "organisation",
    "legal_name",
    "postal_address",
    "website",
    "privacy_url",
    "accent",
    "accent_dark",
    "logo",
)
_FIELDS: Mapping[str, Kind] = {name: brand.FIELDS[name] for name in _NAMES}
_NEWSLETTER: Mapping[str, Kind] = {"name": TEXT}
_NEEDED = {
    "name": "Write what your newsletter is called. Readers read it at the top.",
    "organisation": brand.NEEDED["organisation"],
    "legal_name": "Write your registered name, with your number. The law wants it in every email.",
    "postal_address": "Write a postal address. The law wants it in every email.",
}


class Routes:
    """The routes of this step."""

    def __init__(self, desk: Desk) -> None:
        self._step = StepPage(desk, Step.BRAND)

    def show(self, request: Request) -> Response:
        """Show the fields; an example's values are not shown as one's own."""
        app = self._step.app
        untouched = setting_up.untouched(app.loaded.workspace)
        texts = texts_of(app, _AT, _FIELDS) | texts_of(app, self._at, _NEWSLETTER)
        mine = {name: "" if f"brand.{name}" in untouched else text for name, text in texts.items()}
        return self._page(request, Typed(texts=mine))

    def save(self, request: Request) -> Response:
        """Save it, or show what the colours in the form look like."""
        fields = self._step.desk.fields(request)
        texts = sent(fields, {**_FIELDS, **_NEWSLETTER})
        if fields.one("act") == "look":
            return self._page(request, Typed(texts=texts))

        def save() -> Response:
            mine, wrong = put(_AT, _FIELDS, texts)
            named, _ = put(self._at, _NEWSLETTER, texts)
            done = self._step.change(request, [mine, named], wrong | missing(texts, _NEEDED))
            return self._step.go_on(request, "Saved who you are.", done)

        tried = attempt(texts, save)
        return self._page(request, tried) if isinstance(tried, Typed) else tried

    @property
    def _at(self) -> tuple[str | int, ...]:
        return ("newsletters", self._step.newsletter.id)

    def _page(self, request: Request, typed: Typed) -> Response:
        return self._step.show(request, typed, samples=brand.samples(typed.texts))


def add(web: FastAPI, desk: Desk) -> None:
    """Add the routes."""
    routes = Routes(desk)
    web.get(path_of(Step.BRAND))(routes.show)
    web.post(path_of(Step.BRAND))(routes.save)
