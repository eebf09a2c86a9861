"""Noting: what staff did, to people's data above all, is noted in one way, and nobody's address with it."""

from __future__ import annotations

from digest.app import App
from digest.domain.model import Matter
from digest.domain.ports import Session
from digest.jobs import audit
from digest.jobs.noting import Note
from digest.jobs.staffing import By


def noted(app: App, by: By, what: str, matter: Matter = Matter.PEOPLE) -> Note:
    """Return what notes an act of somebody, in its own transaction: “imported people.csv”, “erased a person”."""

    def note(session: Session) -> None:
        session.audit.note(audit.noted(app.clock(), by.name, matter, what, whence=by.whence))

    return note
