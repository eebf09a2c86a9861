"""Pictures: asked for where an edition is drafted, and written as files for who serves them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from digest.domain.errors import StoreError
from digest.domain.model import Edition, Finding, Newsletter, Picture, Placement, Shape, Variant
from digest.domain.ports import Store
from digest.domain.states import NEVER_SENT
from digest.jobs import pictures
from digest.pictures.resizer import Resizer
from digest.stages import pictured

if TYPE_CHECKING:
    from digest.app import App


#: seconds that a person waits for a picture whose address they typed
PATIENCE = 10.0


def gather(app: App, newsletter: Newsletter, chosen: Sequence[Placement]) -> None:
    """Ask for the pictures of stories that are not held yet, within a minute; none where the brand wants none."""
    if app.loaded.workspace.brand.pictures == "none":
        return
    with _gathering(app) as work:
        pictures.gather(work, pictures.addresses(newsletter, chosen))


def have(app: App, address: str) -> str:
    """Have the picture that a person names, within ten seconds; return a sentence that says why it cannot be had.

    Empty where it is held, and where the brand wants no pictures.
    """
    if app.loaded.workspace.brand.pictures == "none":
        return ""
    with _gathering(app) as work:
        fault = pictures.have(replace(work, seconds=PATIENCE), address)
    return f"This picture cannot be had: {fault}." if fault else ""


@contextmanager
def _gathering(app: App) -> Iterator[pictures.Gathering]:
    with app.web() as web, Resizer() as resizer:

        def ask(address: str, private: bool) -> bytes:
            return web.fetch(address, allow_private=private, as_robot=True).content or b""

        yield pictures.Gathering(
            store=app.store, clock=app.clock, ask=ask, resize=resizer.shaped, stop=app.stopping.is_set
        )


def names(store: Store, addresses: Sequence[str], by: datetime) -> Mapping[str, Mapping[Shape, str]]:
    """Return the names of the pictures that were kept by then, by address and shape."""
    with store.reading() as session:
        return session.pictures.names(addresses, by)


def findings(
    app: App, newsletter: Newsletter, edition: Edition, variants: Sequence[Variant], placements: Sequence[Placement]
) -> Sequence[Finding]:
    """Say which stories of an edition stand without their picture; nothing where the brand wants none."""
    if app.loaded.workspace.brand.pictures == "none":
        return ()
    return pictures.findings(app.store, newsletter, edition, variants, placements)


def held(store: Store, wanted: Iterable[str]) -> dict[str, Picture]:
    """Return pictures by their names.

    Raises StoreError where one is missing: an email would show a hole.
    """
    each = list(dict.fromkeys(wanted))
    with store.reading() as session:
        found = session.pictures.named(each)
    missing = [name for name in each if name not in found]
    if missing:
        raise StoreError(
            f"The picture {missing[0]} of this edition is missing from the database.",
            "`digest draft --again` asks for it again and makes the emails anew.",
        )
    return found


def write(found: Mapping[str, Picture], folder: Path) -> list[Path]:
    """Write pictures as files under their names; return the files. One that is there already is the same."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name, picture in sorted(found.items()):
        file = folder / name
        if not file.exists() or file.stat().st_size != len(picture.content):
            # whole or not at all: the folder may be served already
            draft = file.with_suffix(".part")
            draft.write_bytes(picture.content)
            os.replace(draft, file)
        files.append(file)
    return files


def export(app: App, folder: Path) -> list[Path]:
    """Write the pictures of all editions that people may get or got; return the files.

    Raises StoreError where one is missing.
    """
    with app.store.reading() as session:
        editions = [one.id for one in session.editions.every() if one.state not in NEVER_SENT]
    files: dict[Path, None] = {}
    for edition in editions:
        # its links stand on the address that it was drafted with
        composer = app.composer(edition)
        pages = [variant.html for variant in composer.variants.values()]
        shown = [name for page in pages for name in pictured.named(page, composer.base_url)]
        files |= dict.fromkeys(write(held(app.store, shown), folder))
    return sorted(files)
