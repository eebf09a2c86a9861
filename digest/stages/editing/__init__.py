"""Editing: what people change of an edition, as pure functions of its content.

::

    content at the step that was on the screen ─┐
    content now ────────────────────────────────┼─ fields.clashes ─ none ─► fields.written ─► content
    what was typed, by field ───────────────────┘

A field is named by a path: "subject", "story/ID/title", "block/ID/text". Who types in one field overwrites nobody who
typed in another. `turns` says what undo and redo lead to, `places` where a story may stand, `changes` what is another.
"""

from __future__ import annotations

from digest.stages.editing.changes import Changed, Piece, changes, pieces
from digest.stages.editing.fields import Clash, clashes, faults, value, written
from digest.stages.editing.places import moved_theme, placed_at, put_back, without
from digest.stages.editing.turns import redoable, undoable

__all__ = [
    "Changed",
    "Clash",
    "Piece",
    "changes",
    "clashes",
    "faults",
    "moved_theme",
    "pieces",
    "placed_at",
    "put_back",
    "redoable",
    "undoable",
    "value",
    "without",
    "written",
]
