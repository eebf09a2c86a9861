"""Newsletters: what each is called, when it goes out and to whose approval, and who it is from."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import FastAPI, Request, Response

from digest.domain.model import Newsletter
from digest.stages import slots
from digest.web.desk.frame import Desk
from digest.web.desk.settings import timing
from digest.web.desk.settings.forms import (
    LONG,
    NAMED,
    TEXT,
    TICK,
    WHOLE,
    Kind,
    Saving,
    Typed,
    attempt,
    missing,
    put,
    sent,
    texts_of,
)

#: dates that a page shows of a schedule
_AHEAD = 10
FIELDS: Mapping[str, Kind] = {
    "name": TEXT,
    "introduction": LONG,
    "correction": LONG,
    "why": LONG,
    **timing.FIELDS,
    "minimum_stories": WHOLE,
    "maximum_stories": WHOLE,
    "maximum_per_theme": WHOLE,
    "stories_in_full": WHOLE,
    "maximum_age_days": WHOLE,
    "maximum_variants": WHOLE,
    "catch_up_weeks": WHOLE,
    "consent_months": WHOLE,
    "abbreviations": NAMED,
    "approvals": WHOLE,
    "author_may_approve": TICK,
    "approver": TEXT,
    "stand_in": TEXT,
    "stand_in_hours": WHOLE,
    "sender.name": TEXT,
    "sender.address": TEXT,
    "sender.reply_to": TEXT,
    "sender.reply_to_name": TEXT,
    "sender.unsubscribe_mailto": TEXT,
    "sender.bounces": TEXT,
}
#: field -> what is asked where it is left empty
NEEDED = {
    "name": "Write its name. Readers read it at the top.",
    "sender.name": "Write who it is from. Readers see it in their inbox.",
}


class Newsletters:
    """The routes of the newsletters."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._app = desk.app
        self._saving = Saving(desk)

    def every(self, request: Request) -> Response:
        """Show all newsletters; where there is one, that."""
        known = self._app.loaded.workspace.newsletters
        if len(known) == 1:
            return self._desk.redirect(request, f"/settings/newsletters/{known[0].id}")
        ahead = {one.id: slots.after(one.schedule, self._app.clock()) for one in known}
        return self._desk.page(request, "newsletters", newsletters=known, ahead=ahead)

    def show(self, request: Request, newsletter: str) -> Response:
        """Show a newsletter's settings, to be changed."""
        chosen = self._app.newsletter(newsletter)
        return self._page(request, chosen, Typed(texts=texts_of(self._app, place_of(chosen), FIELDS)))

    def save(self, request: Request, newsletter: str) -> Response:
        """Change a newsletter, or show the dates that its form means."""
        chosen, fields = self._app.newsletter(newsletter), self._desk.fields(request)
        texts = sent(fields, FIELDS)
        if fields.one("act") == "dates":
            return self._page(request, chosen, Typed(texts=texts))

        def save() -> Response:
            change, wrong = put(place_of(chosen), FIELDS, texts)
            path = f"/settings/newsletters/{chosen.id}"
            wrong |= missing(texts, NEEDED) | timing.missing(texts)
            return self._saving.save(request, [change], f"Saved {texts['name']}.", path, wrong)

        tried = attempt(texts, save)
        return self._page(request, chosen, tried) if isinstance(tried, Typed) else tried

    def _page(self, request: Request, chosen: Newsletter, typed: Typed) -> Response:
        ahead = timing.ahead(chosen.schedule, typed.texts, self._app.clock(), _AHEAD)
        return self._saving.page(
            request,
            "newsletter",
            Typed(texts=typed.texts, wrong={**ahead.wrong, **typed.wrong}, status=typed.status),
            newsletter=chosen,
            newsletters=self._app.loaded.workspace.newsletters,
            days=slots.DAYS,
            ahead=ahead,
        )


def place_of(newsletter: Newsletter) -> tuple[str | int, ...]:
    """Return where a newsletter stands in digest.toml."""
    return ("newsletters", newsletter.id)


def add(web: FastAPI, desk: Desk) -> None:
    """Add the routes."""
    routes = Newsletters(desk)
    web.get("/settings/newsletters")(routes.every)
    web.get("/settings/newsletters/{newsletter}")(routes.show)
    web.post("/settings/newsletters/{newsletter}")(routes.save)
