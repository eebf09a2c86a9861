"""Sources: the places that are asked for news, how each fares, and what an address would give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI, Request, Response

from digest.app import sourcing
from digest.domain.model import DateFrom, Newsletter
from digest.stages.health import Condition, Health
from digest.web.desk.cookies import Said
from digest.web.desk.frame import Desk
from digest.web.desk.settings.forms import Saving, Typed, attempt
from digest.web.desk.settings.trials import KINDS, PASTE, Trial, Trials
from digest.web.desk.settings.trying import Tries, Try, Trying

if TYPE_CHECKING:
    from digest.jobs.harvest import Harvested

#: condition -> its words on a pill, and their tone
CONDITIONS = {
    Condition.NEW: ("Not asked yet", "quiet"),
    Condition.WELL: ("Well", "ok"),
    Condition.HICCUP: ("Failed last time", "warn"),
    Condition.DEAD: ("Failing", "stop"),
    Condition.GONE: ("Gone", "stop"),
}
#: condition -> what to do about it
REMEDIES = {
    Condition.HICCUP: "It is asked again by itself. Nothing is lost.",
    Condition.DEAD: "Open its address in a browser. If it has moved, change its address here; if it is no more, "
    "remove it.",
    Condition.GONE: "Its site says that it will not come back. Find its new address, or remove it.",
}


class Sources:
    """The routes of the sources' list, and of a new one."""

    def __init__(self, desk: Desk, tries: Tries) -> None:
        self._desk = desk
        self._app = desk.app
        self._saving = Saving(desk)
        self._tries = tries
        self._trials = Trials(desk.app, tries)

    def show(self, request: Request, newsletter: str = "") -> Response:
        """Show the sources of a newsletter."""
        return self._page(request, self._desk.newsletter(newsletter), Typed(texts={"address": "", "name": ""}))

    def look(self, request: Request) -> Response:
        """Begin to look at an address that was pasted."""
        fields = self._desk.fields(request)
        address, chosen = fields.one("address"), self._desk.newsletter(fields.one("newsletter"))
        texts = {"address": address, "name": ""}
        if not address:
            wrong = {"address": PASTE}
            return self._page(request, chosen, Typed(texts=texts, wrong=wrong, status=422))

        def begin() -> Response:
            key = self._trials.begin(address)
            return self._desk.redirect(request, f"/sources/-/tries/{key}?newsletter={chosen.id}")

        tried = attempt(texts, begin)
        return self._page(request, chosen, tried) if isinstance(tried, Typed) else tried

    def tried(self, request: Request, key: str, newsletter: str = "", way: int = 0) -> Response:
        """Show what an address would give."""
        chosen, trial = self._desk.newsletter(newsletter), self._trials.known(key, way)
        name = trial.way.source.name if trial.way else ""
        return self._page(request, chosen, Typed(texts={"address": trial.about, "name": name}), trial)

    def add(self, request: Request) -> Response:
        """Make what was looked at a source."""
        fields = self._desk.fields(request)
        chosen, trial = self._desk.newsletter(fields.one("newsletter")), self._trials.sent(fields)
        texts, ticked = {"address": trial.about, "name": fields.one("name")}, fields.every("news")

        def save() -> Response:
            source, adding = self._trials.adopted(trial, chosen, texts["name"], ticked)
            words = f"Added {source.name}. It is asked for the first time now."
            made = self._saving.save(request, [adding], words, f"/sources?newsletter={chosen.id}")
            self._trials.ask_first(chosen, source)
            return made

        tried = attempt(texts, save)
        return self._page(request, chosen, tried, trial, ticked) if isinstance(tried, Typed) else tried

    def ask(self, request: Request) -> Response:
        """Ask the sources of a newsletter now, or one of them, and say what came."""
        fields = self._desk.fields(request)
        chosen, one = self._desk.newsletter(fields.one("newsletter")), fields.one("source")
        if one:
            sourcing.found(chosen, one)
        back = f"/sources/{chosen.id}/{one}" if one else f"/sources?newsletter={chosen.id}"
        trusted = fields.one("as_it_is") == "yes"
        begun = self._tries.known(Trying.SOURCES, self._trials.ask(chosen, [one] if one else None, trusted=trusted))
        return self._desk.redirect(request, back, Said(words=_told(begun, chosen)))

    def _page(
        self,
        request: Request,
        chosen: Newsletter,
        typed: Typed,
        trial: Trial | None = None,
        ticked: set[str] | None = None,
    ) -> Response:
        return self._saving.page(
            request,
            "sources",
            typed,
            newsletter=chosen,
            newsletters=self._app.loaded.workspace.newsletters,
            conditions=[_row(one) for one in self._app.conditions(chosen)],
            trial=trial,
            ticked=ticked,
            kinds=KINDS,
            newest=DateFrom.FIRST_SEEN,
        )


def _row(one: Health) -> dict[str, object]:
    """Return a source with its pill, and what to do about it."""
    words, tone = CONDITIONS[one.condition]
    return {"health": one, "words": words, "tone": tone, "remedy": REMEDIES.get(one.condition, "")}


def _told(begun: Try | None, newsletter: Newsletter) -> str:
    """Say what asking sources came to."""
    if begun is None or not begun.over.is_set():
        return "They are being asked. What they give is here when they have answered."
    if begun.fault is not None:
        return f"{begun.fault.what} {begun.fault.mend}".strip()
    asked: list[Harvested] = begun.result  # type: ignore[assignment]
    new = sum(one.new for one in asked)
    came = "1 new insight came" if new == 1 else f"{new:,} new insights came" if new else "Nothing new came"
    names = {source.id: source.name or source.id for source in newsletter.sources}
    wrong = [f"{names[one.source]}: {one.findings[0].what}" for one in asked if one.findings]
    return " ".join([f"{came}.", *wrong])[:380]


def add(web: FastAPI, desk: Desk, tries: Tries) -> None:
    """Add the routes."""
    routes = Sources(desk, tries)
    web.get("/sources")(routes.show)
    web.post("/sources")(routes.add)
    web.post("/sources/-/try")(routes.look)
    web.post("/sources/-/ask")(routes.ask)
    web.get("/sources/-/tries/{key}")(routes.tried)
