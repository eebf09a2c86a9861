"""Trials: what an address that was pasted would give is looked at, and what stays ticked becomes a source."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from digest.app import App, sourcing
from digest.config.change import Add
from digest.domain.errors import NotFound, NotPublic, Refused, Unfit
from digest.domain.model import DateFrom, Insight, Newsletter, Source
from digest.web.bounds import Fields
from digest.web.desk.settings.trying import Tries, Try, Trying
from digest.web.desk.spoken import counted

if TYPE_CHECKING:
    from digest.sources.discover import Discovery, Found

#: headlines that are shown to be ticked; what is beyond them is taken
MOST_SHOWN = 60
KINDS = {"feed": "Feed", "page": "Page", "sitemap": "Sitemap", "file": "Files"}
#: what to do about an address that not everybody can open, for who may not write in digest.toml
_NOT_PUBLIC = "Give an address that everybody can open. If it is meant, only whoever runs Digest can allow it."
#: what is said where nothing was pasted
PASTE = "Paste the address of your news page, copied from the browser."


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


class Trials:
    """The addresses that were pasted on this desk, and what they give."""

    def __init__(self, app: App, tries: Tries) -> None:
        self._app = app
        self._tries = tries

    def begin(self, address: str) -> str:
        """Begin to look at an address; return the key of its trial. Raises Refused where too much is under way."""
        wanted = Source(id="new", kind="page", address=address)
        return self._tries.begin(Trying.ADDRESS, address, partial(sourcing.discovered, self._app, wanted))

    def known(self, key: str, way: int = 0) -> Trial:
        """Return what an address would give, in one of its ways. Raises NotFound where that is not kept any more."""
        one = self._tries.known(Trying.ADDRESS, key)
        if one is None:
            raise NotFound("What this address gave is not kept any more.", "Paste it again on the page of the sources.")
        return self._trial(key, one, way)

    def sent(self, fields: Fields) -> Trial:
        """Return the trial that a form is about. Raises NotFound where it is not kept any more, or gives nothing."""
        found = self.known(fields.one("try"), int(fields.one("way")) if fields.one("way").isdigit() else 0)
        if found.way is None:
            raise NotFound("What this address gave is not kept any more.", "Paste it again on the page of the sources.")
        return found

    def adopted(self, trial: Trial, newsletter: Newsletter, name: str, ticked: Collection[str]) -> tuple[Source, Add]:
        """Return the source that a trial becomes, and the change that adds it.

        ticked: numbers of the headlines that are news. Raises Unfit by the fields “news” and “name”; Refused where its
        address is a source already.
        """
        assert trial.way is not None
        unwanted = [one.link for place, one in enumerate(trial.insights) if str(place) not in ticked]
        if len(unwanted) == len(trial.insights):
            raise Unfit({"news": "Tick at least one headline that is news, or start again with another address."})
        links = [one.link for one in sourcing.given(self._app, trial.way)]
        source = sourcing.without(trial.way, links, [link for link in unwanted if link])
        source = sourcing.made(self._app, replace(source, id="", name=name), trial.way)
        return source, Add(to=("newsletters", newsletter.id, "sources"), values=sourcing.written(source))

    def ask_first(self, newsletter: Newsletter, source: Source) -> None:
        """Ask a source that was just added; where too much is under way already, the clock asks it soon."""
        with suppress(Refused):
            self.ask(newsletter, [source.id])

    def ask(self, newsletter: Newsletter, only: list[str] | None, *, trusted: bool = False) -> str:
        """Begin to ask sources; arguments as App.collect has them. Return the key of what came. Raises Refused."""
        chosen = self._app.newsletter(newsletter.id)
        work = partial(self._app.collect, chosen, only=only, trusted=(only or []) if trusted else [])
        return self._tries.begin(Trying.SOURCES, ", ".join(only or ["all"]), work)

    def _trial(self, key: str, one: Try, number: int) -> Trial:
        if not one.over.is_set():
            late = "It did not answer within a minute. Open it in a browser; if it is slow there, too, try again later."
            is_late = self._tries.is_late(one)
            return Trial(key=key, about=one.about, waits=not is_late, fault=late if is_late else "")
        if one.fault is not None:
            mend = _NOT_PUBLIC if isinstance(one.fault, NotPublic) else one.fault.mend
            return Trial(key=key, about=one.about, fault=f"{one.fault.what} {mend}".strip())
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
