"""Sources: the places that are asked for news, how each fares, and what an address would give."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request, Response

from digest.app import sourcing
from digest.config.change import Add
from digest.domain.errors import NotFound, Refused, Unfit
from digest.domain.model import DateFrom, Insight, Newsletter, Source
from digest.stages.health import Condition, Health
from digest.web.desk.cookies import Said
from digest.web.desk.frame import Desk
from digest.web.desk.settings.forms import Saving, Typed, attempt
from digest.web.desk.settings.trying import Tries, Try
from digest.web.desk.spoken import counted

if TYPE_CHECKING:
    from digest.jobs.harvest import Harvested
    from digest.sources.discover import Discovery, Found

#: headlines that are shown to be ticked; what is beyond them is taken
MOST_SHOWN = 60
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
KINDS = {"feed": "Feed", "page": "Page", "sitemap": "Sitemap", "file": "Files"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What an address would give, as the page shows it."""

    key: str
    about: str
    #: nothing has come yet; it is looked again after a moment
    waits: bool = False
    #: why there is nothing
    fault: str = ""
    way: Found | None = None
    number: int = 0
    ways: Sequence[Found] = ()
    #: those that are shown, and how many there are besides
    insights: Sequence[Insight] = ()
    more: int = 0

    @property
    def others(self) -> list[tuple[int, str]]:
        """The other ways to ask it: number and words of each."""
        return [
            (number, f"a {KINDS[one.source.kind].lower()} with {counted(len(one.reading.items), 'article')}")
            for number, one in enumerate(self.ways)
            if number != self.number
        ]

    @property
    def has_dates(self) -> bool:
        """Whether any of them has a date of its own."""
        return any(one.date_from != DateFrom.FIRST_SEEN for one in self.insights)


class Sources:
    """The routes of the sources' list, and of a new one."""

    def __init__(self, desk: Desk, tries: Tries) -> None:
        self._desk = desk
        self._app = desk.app
        self._saving = Saving(desk)
        self._tries = tries

    def show(self, request: Request, newsletter: str = "") -> Response:
        """Show the sources of a newsletter."""
        return self._page(request, self._chosen(newsletter), Typed(texts={"address": "", "name": ""}))

    def look(self, request: Request) -> Response:
        """Begin to look at an address that was pasted."""
        fields = self._desk.fields(request)
        address, chosen = fields.one("address"), self._chosen(fields.one("newsletter"))
        texts = {"address": address, "name": ""}
        if not address:
            wrong = {"address": "Paste the address of your news page, copied from the browser."}
            return self._page(request, chosen, Typed(texts=texts, wrong=wrong, status=422))
        wanted = Source(id="new", kind="page", address=address)

        def begin() -> Response:
            key = self._tries.begin(address, partial(sourcing.discovered, self._app, wanted))
            return self._desk.redirect(request, f"/sources/-/tries/{key}?newsletter={chosen.id}")

        tried = attempt(texts, begin)
        return self._page(request, chosen, tried) if isinstance(tried, Typed) else tried

    def tried(self, request: Request, key: str, newsletter: str = "", way: int = 0) -> Response:
        """Show what an address would give."""
        chosen, one = self._chosen(newsletter), self._tries.known(key)
        if one is None:
            raise NotFound("What this address gave is not kept any more.", "Paste it again on the page of the sources.")
        trial = self._trial(key, one, way)
        name = trial.way.source.name if trial.way else ""
        return self._page(request, chosen, Typed(texts={"address": one.about, "name": name}), trial)

    def add(self, request: Request) -> Response:
        """Make what was looked at a source."""
        fields = self._desk.fields(request)
        key, chosen = fields.one("try"), self._chosen(fields.one("newsletter"))
        one = self._tries.known(key)
        number = int(fields.one("way")) if fields.one("way").isdigit() else 0
        trial = self._trial(key, one, number) if one else None
        if one is None or trial is None or trial.way is None:
            raise NotFound("What this address gave is not kept any more.", "Paste it again on the page of the sources.")
        texts = {"address": one.about, "name": fields.one("name")}
        found, way = trial, trial.way
        ticked = fields.every("news")

        def save() -> Response:
            unwanted = [every.link for place, every in enumerate(found.insights) if str(place) not in ticked]
            if len(unwanted) == len(found.insights):
                raise Unfit({"news": "Tick at least one headline that is news, or start again with another address."})
            links = [every.link for every in sourcing.given(self._app, way)]
            source = sourcing.without(way, links, [link for link in unwanted if link])
            source = sourcing.made(self._app, replace(source, id="", name=texts["name"]), way)
            adding = Add(to=("newsletters", chosen.id, "sources"), values=sourcing.written(source))
            words = f"Added {source.name}. It is asked for the first time now."
            made = self._saving.save(request, [adding], words, f"/sources?newsletter={chosen.id}")
            # where too much is under way already, the clock asks it soon
            with suppress(Refused):
                self._begin(chosen, [source.id])
            return made

        tried = attempt(texts, save)
        return self._page(request, chosen, tried, trial, ticked) if isinstance(tried, Typed) else tried

    def ask(self, request: Request) -> Response:
        """Ask the sources of a newsletter now, or one of them, and say what came."""
        fields = self._desk.fields(request)
        chosen, one = self._chosen(fields.one("newsletter")), fields.one("source")
        if one:
            sourcing.found(chosen, one)
        back = f"/sources/{chosen.id}/{one}" if one else f"/sources?newsletter={chosen.id}"
        trusted = fields.one("as_it_is") == "yes"
        begun = self._tries.known(self._begin(chosen, [one] if one else None, trusted=trusted))
        return self._desk.redirect(request, back, Said(words=_told(begun, chosen)))

    def _begin(self, newsletter: Newsletter, only: list[str] | None, *, trusted: bool = False) -> str:
        chosen = self._app.newsletter(newsletter.id)
        work = partial(self._app.collect, chosen, only=only, trusted=(only or []) if trusted else [])
        return self._tries.begin(", ".join(only or ["all"]), work)

    def _trial(self, key: str, one: Try, number: int) -> Trial:
        if not one.over.is_set():
            late = "It did not answer within a minute. Open it in a browser; if it is slow there, too, try again later."
            is_late = self._tries.is_late(one)
            return Trial(key=key, about=one.about, waits=not is_late, fault=late if is_late else "")
        if one.fault is not None:
            return Trial(key=key, about=one.about, fault=f"{one.fault.what} {one.fault.mend}".strip())
        found: Discovery = one.result  # type: ignore[assignment]
        if not found.ways:
            why = " ".join(every.what for every in found.findings[:2])
            nothing = "No list of articles was found there. Give the address of the page that lists your articles, "
            return Trial(
                key=key, about=one.about, fault=f"{nothing}not of the front page or of one article. {why}".strip()
            )
        way = found.ways[min(number, len(found.ways) - 1)]
        given = sourcing.given(self._app, way)
        return Trial(
            key=key,
            about=one.about,
            way=way,
            number=found.ways.index(way),
            ways=found.ways,
            insights=given[:MOST_SHOWN],
            more=len(given[MOST_SHOWN:]),
        )

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

    def _chosen(self, name: str) -> Newsletter:
        return self._app.newsletter(name) if name else self._app.loaded.workspace.newsletters[0]


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
