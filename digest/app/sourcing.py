"""Sourcing: an address that somebody pasted becomes a source of a newsletter."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from digest.domain.errors import NotFound, Refused
from digest.domain.model import NO_SELECTORS, Brand, Newsletter, Source

if TYPE_CHECKING:
    from digest.app import App
    from digest.config.change import Changed, Remove
    from digest.domain.model import Insight
    from digest.jobs.staffing import By
    from digest.sources.discover import Discovery, Found

#: what stands in digest.toml of every source
_WRITTEN = ("id", "kind", "address", "name")


def discovered(app: App, wanted: Source) -> Discovery:
    """Find out what an address is, and what it gives now; wanted: as in sources.discover. Raises DigestError."""
    # what reads pages takes a while to load, which no other page need wait for
    from digest.sources.discover import discover

    with app.asking() as asking:
        return discover(asking, wanted)


def way(discovery: Discovery, kind: str | None) -> Found | None:
    """Return the way in which an address is to be read; kind: only this one, where it is given."""
    return next((one for one in discovery.ways if kind in (None, one.source.kind)), None)


def add(app: App, newsletter: Newsletter, source: Source, by: By) -> Changed:
    """Write a source into digest.toml in somebody's name. Raises as settings.change does."""
    from digest.app import settings
    from digest.config.change import Add

    adding = Add(to=("newsletters", newsletter.id, "sources"), values=written(source))
    return settings.change(app, by, settings.seen(app), [adding]).changed


def take_out(app: App, newsletter: Newsletter, source: Source, by: By) -> None:
    """Take a source out of digest.toml in somebody's name, with its rules. Raises as settings.change does."""
    from digest.app import settings

    settings.change(app, by, settings.seen(app), out(newsletter, source))


def out(newsletter: Newsletter, source: Source) -> list[Remove]:
    """Return what takes a source out of digest.toml, and the rules that speak of it."""
    from digest.config.change import Remove

    at = ("newsletters", newsletter.id)
    # the last first: positions before it stay
    rules = [Remove(at=(*at, "rules", number)) for number in reversed(rules_of(newsletter, source))]
    return [*rules, Remove(at=(*at, "sources", source.id))]


def rules_of(newsletter: Newsletter, source: Source) -> list[int]:
    """Return which of a newsletter's rules speak of a source; the first is 0."""
    return [number for number, rule in enumerate(newsletter.rules) if rule.source == source.id]


def made(app: App, chosen: Source, way: Found) -> Source:
    """Return the source as it is written: with a name for readers and an id that no other has.

    chosen: the way's source with what somebody said of it. Raises Refused where its address is a source already.
    """
    from digest.config import ids

    workspace = app.loaded.workspace
    refuse_twice(chosen, workspace.newsletters)
    named = replace(chosen, name=chosen.name or _own_name(way.source, workspace.brand))
    taken = {one.id for every in workspace.newsletters for one in every.sources}
    return replace(named, id=chosen.id or ids.unique_id(named.name, taken))


def written(source: Source) -> dict[str, object]:
    """Return what is written of a source: what differs from the defaults."""
    plain = asdict(Source(id="", kind="page", address=""))
    values = {name: value for name, value in asdict(source).items() if name in _WRITTEN or value != plain[name]}
    return {name: value for name, value in values.items() if value != asdict(NO_SELECTORS)}


def given(app: App, way: Found) -> list[Insight]:
    """Return the insights that a way gives now, as they would be stored, in its order."""
    from digest.stages import collect

    return list(collect.insights(way.source, way.reading, {}, app.clock()).insights)


def without(way: Found, links: Sequence[str], unwanted: Collection[str]) -> Source:
    """Return the source of a way that gives no insight under addresses that somebody unticked.

    links: of all that it gives. Where all others lie in a folder of their own, everything beside that is left out
    from now on; else these addresses alone.
    """
    wanted = [urlsplit(link).path for link in links if link not in unwanted]
    if not unwanted or not wanted:
        return way.source
    folder = wanted[0][: wanted[0].rfind("/") + 1]
    while not all(path.startswith(folder) for path in wanted):
        folder = folder[: folder.rfind("/", 0, -1) + 1]
    apart = len(folder) > 1 and not any(urlsplit(link).path.startswith(folder) for link in unwanted)
    if apart and way.source.kind != "feed":
        return replace(way.source, under=folder)
    return replace(way.source, leave_out=tuple(dict.fromkeys(unwanted)))


def refuse_twice(source: Source, newsletters: Sequence[Newsletter]) -> None:
    """Refuse an address that is a source already: its stories would come twice."""
    # what cleans addresses takes a twentieth of a second to load, which no other command need wait for
    from digest.stages import collect

    same = collect.canonical(source.address)
    known = [one.id for every in newsletters for one in every.sources if collect.canonical(one.address) == same]
    if known:
        raise Refused(
            f"{source.address} is a source already: “{known[0]}”.",
            f"`digest sources check {known[0]}` shows what it gives; another newsletter may have its lines copied.",
        )


def found(newsletter: Newsletter, name: str) -> Source:
    """Return a newsletter's source by its id; raises NotFound with those there are."""
    known = next((one for one in newsletter.sources if one.id == name), None)
    if known is None:
        names = ", ".join(one.id for one in newsletter.sources)
        raise NotFound(f"There is no source “{name}”.", f"Name one of: {names}.")
    return known


def _own_name(source: Source, brand: Brand) -> str:
    """What readers see as the origin: the organisation's name, where the source is a page of its own site."""
    hosts = {(urlsplit(one).hostname or "").removeprefix("www.") for one in (source.address, brand.website)}
    return brand.organisation if len(hosts) == 1 and source.kind != "feed" else source.name
