"""The command about when a newsletter goes out: dates."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.frame import JsonOption, WorkspaceOption, app, say, show_json, show_table, when
from digest.stages import slots

if TYPE_CHECKING:
    from datetime import datetime

    from digest.domain.model import Newsletter

#: dates that are shown
AHEAD = 10


@app.command()
def dates(
    newsletter: Annotated[str | None, typer.Argument(help="Which newsletter; all of them where none is named.")] = None,
    workspace: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Show the next ten dates: when each is drafted, approved by and due, and why others are left out."""
    from digest.app import App

    opened = App.open(workspace)
    chosen = [opened.newsletter(newsletter)] if newsletter else list(opened.loaded.workspace.newsletters)
    if as_json:
        show_json([_as_data(one, opened.clock()) for one in chosen])
        return
    for one in chosen:
        _show(one, opened.clock())


def _ahead(newsletter: Newsletter, now: datetime) -> list[slots.Date]:
    """Return the next dates, with those between them that are left out."""
    found: list[slots.Date] = []
    for one in slots.dates(newsletter.schedule, now):
        found.append(one)
        if sum(not each.left_out for each in found) == AHEAD:
            break
    return found


def _show(newsletter: Newsletter, now: datetime) -> None:
    schedule = newsletter.schedule
    rows = []
    for one in _ahead(newsletter, now):
        due = when(one.slot, schedule.timezone)
        if one.left_out:
            rows.append((due, "–", "–", f"left out: {one.left_out}"))
            continue
        draft, approve = (when(at(schedule, one.slot), schedule.timezone) for at in (slots.draft_at, slots.due_by))
        rows.append((due, draft, approve, "; ".join(_told(newsletter, one))))
    show_table(newsletter.name, ("due", "drafted", "approved by", ""), rows)
    say(slots.sentence(schedule))
    for words in (slots.window_sentence(schedule), "" if rows else "No date is ahead: add your next terms."):
        if words:
            say(words)


def _told(newsletter: Newsletter, one: slots.Date) -> list[str]:
    """Return what is said of a date beside its times."""
    schedule, told = newsletter.schedule, []
    if one.moved_from is not None:
        told.append(f"moved from {one.moved_from:%A} {one.moved_from.day} {one.moved_from:%B} ({one.moved_for})")
    leaves = slots.leaves_at(schedule, one.slot)
    if leaves != one.slot:
        told.append(f"leaves at {when(leaves, schedule.timezone)}, when its hours for mail begin")
    return told


def _as_data(newsletter: Newsletter, now: datetime) -> dict[str, object]:
    schedule = newsletter.schedule
    return {
        "newsletter": newsletter.id,
        "sentence": slots.sentence(schedule),
        "window": slots.window_sentence(schedule),
        "dates": [
            {
                "due": one.slot,
                "drafted": None if one.left_out else slots.draft_at(schedule, one.slot),
                "approved_by": None if one.left_out else slots.due_by(schedule, one.slot),
                "leaves": None if one.left_out else slots.leaves_at(schedule, one.slot),
                "moved_from": one.moved_from,
                "left_out": one.left_out,
            }
            for one in _ahead(newsletter, now)
        ],
    }
