"""Turns: to which step of an edition's history undo and redo lead."""

from __future__ import annotations

from collections.abc import Sequence

from digest.domain.model import Step, Turn


def undoable(steps: Sequence[Step]) -> Step | None:
    """Return the step that undo takes back: the last one that stands."""
    return _stacks(steps)[0]


def redoable(steps: Sequence[Step]) -> Step | None:
    """Return the step that redo does again: the one that was undone last, with nothing new done since."""
    return _stacks(steps)[1]


def _stacks(steps: Sequence[Step]) -> tuple[Step | None, Step | None]:
    done: list[Step] = []
    undone: list[Step] = []
    for step in steps:
        if step.number == 0:
            continue
        if step.turn == Turn.EDIT:
            done.append(step)
            undone.clear()
        elif step.turn == Turn.UNDO:
            undone.append(done.pop())
        else:
            done.append(undone.pop())
    return (done[-1] if done else None), (undone[-1] if undone else None)
