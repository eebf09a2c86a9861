"""Adding: what an address is as a source is found out, and it is written into digest.toml."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from urllib.parse import urlsplit

from digest.app import App
from digest.config import edit
from digest.domain.errors import NotFound, Refused
from digest.domain.model import NO_SELECTORS, Brand, Newsletter, Source
from digest.sources.discover import Discovery, Found, discover


def look_at(app: App, wanted: Source) -> Discovery:
    """Ask an address what it is; wanted: it, with what a person said of it. Nothing is kept."""
    with app.asking() as asking:
        return discover(asking, wanted)


def way(discovery: Discovery, kind: str | None) -> Found | None:
    """Return the way in which an address is to be read; kind: only this one, where it is given."""
    return next((one for one in discovery.ways if kind in (None, one.source.kind)), None)


def made(app: App, chosen: Source, found: Found) -> Source:
    """Return a source as it is written: with a name for readers and an id that no other has.

    Raises Refused where its address is a source already.
    """
    workspace = app.loaded.workspace
    _refuse_twice(chosen, workspace.newsletters)
    named = replace(chosen, name=chosen.name or _own_name(found.source, workspace.brand))
    taken = {one.id for every in workspace.newsletters for one in every.sources}
    return replace(named, id=chosen.id or edit.unique_id(named.name, taken))


def write(app: App, newsletter: Newsletter, source: Source) -> str:
    """Write a source into digest.toml; return the text that was added. Raises as edit.add_source."""
    return edit.add_source(app.loaded.folder, newsletter.id, _values(source))


def remove(app: App, newsletter: Newsletter, source: str) -> None:
    """Take a source out of digest.toml. Raises NotFound, and as edit.remove_source."""
    named(newsletter, source)
    edit.remove_source(app.loaded.folder, newsletter.id, source)


def named(newsletter: Newsletter, name: str) -> Source:
    """Return a newsletter's source by its id; raises NotFound, naming those that there are."""
    found = next((one for one in newsletter.sources if one.id == name), None)
    if found is None:
        names = ", ".join(one.id for one in newsletter.sources)
        raise NotFound(f"There is no source “{name}”.", f"Name one of: {names}.")
    return found


def _refuse_twice(source: Source, newsletters: Sequence[Newsletter]) -> None:
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


def _own_name(source: Source, brand: Brand) -> str:
    """What readers see as the origin: the organisation's name, where the source is a page of its own site."""
    hosts = {(urlsplit(one).hostname or "").removeprefix("www.") for one in (source.address, brand.website)}
    return brand.organisation if len(hosts) == 1 and source.kind != "feed" else source.name


def _values(source: Source) -> dict[str, object]:
    """What is written of a source: what differs from the defaults."""
    plain = asdict(Source(id="", kind="page", address=""))
    written = ("id", "kind", "address", "name")
    values = {name: value for name, value in asdict(source).items() if name in written or value != plain[name]}
    return {name: value for name, value in values.items() if value != asdict(NO_SELECTORS)}
