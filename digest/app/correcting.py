"""Correcting: an edition's correction, with all that making it needs put together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from digest import config
from digest.config import Loaded
from digest.stages import render

if TYPE_CHECKING:
    from digest.app import App
    from digest.domain.model import Edition
    from digest.jobs.press import Press


def correct(app: App, edition_id: str, text: str, who: str, at: str = "") -> Edition:
    """Draft a correction of an edition; arguments and errors as in jobs/correcting.py."""
    # what only who corrects needs is loaded by them
    from digest.jobs import correcting as job

    return job.correct(app.store, app.clock, app.press_of(edition_id), edition_id, text, who, at)


def press_as_drafted(app: App, edition: Edition) -> Press:
    """Return what made the bytes of an edition, with the files of its revision."""
    with app.store.reading() as session:
        files = session.editions.revision(edition.revision)
    loaded = Loaded(folder=app.loaded.folder, workspace=config.parse(files[config.FILE]), files=files)
    return replace(
        app.press(loaded.newsletter(edition.newsletter)),
        brand=loaded.workspace.brand,
        base_url=loaded.workspace.base_url,
        revision=edition.revision,
        files=files,
        templates=render.Templates(loaded.template),
    )
