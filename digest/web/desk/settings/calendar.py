"""Calendar: terms, days on which nothing goes out, and whose bank holidays count."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from fastapi import FastAPI, Request, Response

from digest.config.change import Add, Remove
from digest.domain.errors import Refused
from digest.domain.model import Span
from digest.stages import slots
from digest.web.desk.frame import Desk
from digest.web.desk.settings.forms import TEXT, Kind, Saving, Typed, attempt, put, sent, texts_of

PATH = "/settings/calendar"
_AT = ("holidays",)
_HOLIDAYS: Mapping[str, Kind] = {"country": TEXT, "region": TEXT}
#: list in digest.toml -> the name that its form shows as an example
KINDS: Mapping[str, str] = {"terms": "Spring, first half", "closed": "Office closed"}


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("Choose a day, or write it like 2027-01-04.") from None


def _name(text: str) -> str:
    if not text.strip():
        raise ValueError("Write what it is called.")
    return text.strip()


_SPAN: Mapping[str, Kind] = {
    "name": Kind(shown=str, read=_name),
    "begins": Kind(shown=str, read=_day),
    "ends": Kind(shown=str, read=_day),
}


class Calendar:
    """The routes of the calendar."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._app = desk.app
        self._saving = Saving(desk)

    def show(self, request: Request) -> Response:
        """Show terms, closed days and bank holidays, to be changed."""
        return self._page(request, self._kept())

    def save(self, request: Request) -> Response:
        """Change whose bank holidays count."""
        texts = sent(self._desk.fields(request), _HOLIDAYS)

        def save() -> Response:
            change, wrong = put(_AT, _HOLIDAYS, texts)
            return self._saving.save(request, [change], "Saved whose bank holidays count.", PATH, wrong)

        tried = attempt(texts, save)
        return self._page(request, tried) if isinstance(tried, Typed) else tried

    def add(self, request: Request) -> Response:
        """Add a term, or closed days."""
        fields = self._desk.fields(request)
        kind = self._kind(fields.one("kind"))
        texts = sent(fields, _SPAN)

        def save() -> Response:
            adding, wrong = put((), _SPAN, texts)
            values = {str(name): value for name, value in adding.values.items()}
            changes = [] if wrong else [Add(to=(kind,), values=values, position=_position(self._spans(kind), values))]
            return self._saving.save(request, changes, f"Added {texts['name'].strip()}.", PATH, wrong)

        tried = attempt(texts, save)
        if not isinstance(tried, Typed):
            return tried
        # the two forms of this page have the same fields: the fault stands in the one that was sent
        typed = {f"{kind}.{name}": text for name, text in tried.texts.items()}
        wrong = {f"{kind}.{name}" if name in _SPAN else name: words for name, words in tried.wrong.items()}
        kept = self._kept()
        return self._page(request, Typed(texts={**kept.texts, **typed}, wrong=wrong, status=tried.status))

    def remove(self, request: Request) -> Response:
        """Take a term, or closed days, out."""
        fields = self._desk.fields(request)
        kind, number = self._kind(fields.one("kind")), fields.one("number")
        spans = self._spans(kind)
        if not number.isdecimal() or int(number) >= len(spans):
            raise Refused("This is not there any more.", "Open the page again to see what is there.")
        words = f"Took out {spans[int(number)].name}."
        changes = [Remove(at=(kind, int(number)))]
        tried = attempt({}, lambda: self._saving.save(request, changes, words, PATH))
        if isinstance(tried, Typed):
            return self._page(request, Typed(texts=self._kept().texts, wrong=tried.wrong, status=tried.status))
        return tried

    def _kind(self, name: str) -> str:
        if name not in KINDS:
            raise Refused("This form says neither terms nor closed days.", "Open the page again.")
        return name

    def _spans(self, kind: str) -> tuple[Span, ...]:
        workspace = self._app.loaded.workspace
        return workspace.terms if kind == "terms" else workspace.closed

    def _kept(self) -> Typed:
        return Typed(texts=texts_of(self._app, _AT, _HOLIDAYS))

    def _page(self, request: Request, typed: Typed) -> Response:
        workspace = self._app.loaded.workspace
        today = self._app.clock().date()
        schedules = [one.schedule for one in workspace.newsletters]
        return self._saving.page(
            request,
            "calendar",
            typed,
            kinds=KINDS,
            spans={kind: self._spans(kind) for kind in KINDS},
            today=today,
            over=slots.past(schedules[0].calendar, today),
            whose=slots.whose_holidays(schedules[0]),
            holidays=slots.holidays_ahead(schedules[0], today),
            faults_of={kind: _within(typed.wrong, kind) for kind in KINDS},
        )


def _within(wrong: Mapping[str, str], kind: str) -> dict[str, str]:
    """Return what is wrong in the form of a kind, by its own fields."""
    return {name.removeprefix(f"{kind}."): words for name, words in wrong.items() if name.startswith(f"{kind}.")}


def _position(spans: tuple[Span, ...], values: Mapping[str, object]) -> int:
    """Return where a span stands in the order of its days."""
    begins = values["begins"]
    assert isinstance(begins, date)
    return sum(one.begins < begins for one in spans)


def add(web: FastAPI, desk: Desk) -> None:
    """Add the routes."""
    routes = Calendar(desk)
    web.get(PATH)(routes.show)
    web.post(PATH)(routes.save)
    web.post(f"{PATH}/add")(routes.add)
    web.post(f"{PATH}/remove")(routes.remove)
