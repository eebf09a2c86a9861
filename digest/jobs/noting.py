"""Noting: whoever has something done to people may have it noted, in the same commit as the act."""

from __future__ import annotations

from collections.abc import Callable

from digest.domain.ports import Session

#: notes an act in its own transaction
Note = Callable[[Session], None]


def unnoted(session: Session) -> None:
    """Note nothing."""
