"""Step: what a machine knows of the others that work for its workspace."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Step:
    """It is one for all who work on a machine: the clock's threads, and the desk."""

    #: the revision by which all machines worked when it was looked last
    revision: str = ""
