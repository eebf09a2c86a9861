"""Noting: what staff did to people's data is said in one place, and nobody's address with it."""

from __future__ import annotations

import logging

from digest.app import App
from digest.domain.model import Staff
from digest.domain.ports import Session
from digest.jobs.noting import Note

_LOG = logging.getLogger(__name__)


def noted(app: App, who: Staff, what: str) -> Note:
    """Return what notes an act of somebody, in its own transaction: “imported people.csv”, “erased a person”."""

    def note(session: Session) -> None:
        _LOG.info("%s %s %s", f"{app.clock():%Y-%m-%d %H:%M}", who.name, what)

    return note
