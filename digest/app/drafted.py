"""Drafted: the configuration that made the bytes of an edition, which may be another one by now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from digest import config
from digest.config import Loaded
from digest.stages import render

if TYPE_CHECKING:
    from digest.app import App
    from digest.domain.model import Edition, Newsletter, Workspace
    from digest.jobs.press import Press

#: texts of digest.toml that are kept as they were read: to read one takes a twentieth of a second
_KEPT = 8


@dataclass(frozen=True, slots=True)
class Drafted:
    """What an edition's bytes were made with."""

    newsletter: Newsletter
    base_url: str


def as_drafted(app: App, edition: Edition) -> Drafted:
    """Return the newsletter as digest.toml said when the edition's bytes were made."""
    workspace = _read(_files(app, edition)[config.FILE])
    newsletter = next(one for one in workspace.newsletters if one.id == edition.newsletter)
    return Drafted(newsletter, workspace.base_url)


def press_as_drafted(app: App, edition: Edition) -> Press:
    """Return what made the bytes of an edition, with the files of its revision."""
    files = _files(app, edition)
    loaded = Loaded(folder=app.loaded.folder, workspace=_read(files[config.FILE]), files=files)
    return replace(
        app.press(loaded.newsletter(edition.newsletter)),
        brand=loaded.workspace.brand,
        base_url=loaded.workspace.base_url,
        revision=edition.revision,
        files=files,
        templates=render.Templates(loaded.template),
    )


def _files(app: App, edition: Edition) -> dict[str, str]:
    with app.store.reading() as session:
        return dict(session.editions.revision(edition.revision))


@lru_cache(maxsize=_KEPT)
def _read(text: str) -> Workspace:
    return config.parse(text)
