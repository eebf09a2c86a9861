"""Correcting: an edition's correction, with all that making it needs put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from digest.app import App
    from digest.domain.model import Edition


def correct(app: App, edition_id: str, text: str, who: str, at: str = "") -> Edition:
    """Draft a correction of an edition; arguments and errors as in jobs/correcting.py."""
    # what only who corrects needs is loaded by them
    from digest.jobs import correcting as job

    return job.correct(app.store, app.clock, app.press_of(edition_id), edition_id, text, who, at)
