"""Commands about single deliveries: deliveries, resend."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from digest.cli.frame import (
    AsOption,
    EditionArgument,
    JsonOption,
    WorkspaceOption,
    agreed,
    app,
    clean,
    day,
    say,
    show_json_array,
    show_table,
    tell_next,
    to_whoever_reads,
)
from digest.domain.errors import Refused
from digest.domain.model import DeliveryState
from digest.domain.ports import Entry

if TYPE_CHECKING:
    from digest.jobs.resending import Choice

#: rows of a table that people read, and of one that says why somebody is not mailed again
MOST_ROWS, MOST_REASONS = 50, 20
#: what a spreadsheet takes for the beginning of a formula, or skips on its way to one
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_COLUMNS = ("address", "name", "segment", "variant", "state", "why", "the server's answer", "tries", "next try", "when")
_IN_DOUBT = "in doubt: they may have it already"
_GIVEN_UP = "refused for now, until there was no more time"


@app.command()
def deliveries(
    edition: EditionArgument,
    workspace: WorkspaceOption = Path(),
    states: Annotated[
        list[DeliveryState] | None,
        typer.Option("--state", help="Only those in this state; may be given several times."),
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print all of them as CSV, for a spreadsheet.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what became of everybody's mail: state, why, the server's answer, when it is tried again."""
    from digest.app import App
    from digest.jobs import edition as editions
    from digest.jobs.resending import every

    opened = App.open(workspace)
    found = editions.find(opened.store, edition)
    if as_csv and as_json:
        raise Refused("CSV and JSON at once cannot be read.", "Give one of --csv and --json.")
    entries = every(opened.store, opened.clock, edition, states or [])
    if as_json:
        with to_whoever_reads():
            show_json_array(entries)
        return
    if as_csv:
        with to_whoever_reads():
            _write_csv(entries)
        return
    with opened.store.reading() as session:
        tallies = session.deliveries.tally(edition)
    many = sum(one.count for one in tallies if not states or one.state in states)
    if not many:
        say(f"Nobody of {edition} is {' or '.join(states)}." if states else f"Nobody of {edition} is planned yet.")
        return
    zone = opened.newsletter(found.newsletter).schedule.timezone
    rows = [_row(one, lambda at: day(at, zone, with_time=True)) for one in islice(entries, MOST_ROWS)]
    show_table(f"{edition}: {found.state}", _COLUMNS, rows, ("tries",))
    if many > len(rows):
        tell_next(f"… and {many - len(rows):,} more; `digest deliveries {edition} --csv` gives all.")


@app.command()
def resend(
    edition: EditionArgument,
    who: AsOption,
    addresses: Annotated[list[str] | None, typer.Argument(help="Whom; else all whom you may decide about.")] = None,
    workspace: WorkspaceOption = Path(),
    state: Annotated[
        Literal["unknown", "failed"] | None, typer.Option(help="Only who is in doubt, or only who was refused.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Decide that people who are in doubt, or were refused for now, are mailed again."""
    from digest.app import App
    from digest.jobs import resending

    opened = App.open(workspace)
    states = [DeliveryState(state)] if state else []
    choice = resending.choose(opened.store, opened.clock, edition, states, addresses or [])
    _show_choice(choice)
    if not choice.subscribers:
        raise Refused(
            f"Nobody of {edition} can be mailed again.",
            f"`digest deliveries {edition}` shows what became of everybody.",
        )
    if not yes and not agreed(_question(len(choice.subscribers))):
        say("Nothing is changed.")
        return
    count = resending.again(opened.store, opened.clock, choice, who)
    waits = "1 person waits" if count == 1 else f"{count:,} people wait"
    say(f"{waits} to be mailed again. Who unsubscribes or is kept off until then gets nothing.", "bold")
    tell_next(f"`digest send {edition}` mails them; where `digest run` is running, it does so by itself.")


def as_cell(value: object) -> str:
    """Write a value so that no spreadsheet takes it for a formula."""
    words = str(value)
    return f"'{words}" if words.startswith(_FORMULA) else words


def _row(entry: Entry, write: Callable[[datetime | None], str]) -> tuple[object, ...]:
    return (
        entry.address,
        entry.name,
        entry.segment,
        entry.variant,
        entry.state,
        entry.reason,
        entry.reply,
        entry.attempts,
        write(entry.next_at),
        write(entry.settled_at),
    )


def _write_csv(entries: Iterator[Entry]) -> None:
    # a terminal must not be commanded by what servers answered; a file gets it as it is
    shown = clean if sys.stdout.isatty() else str
    writer = csv.writer(sys.stdout)
    writer.writerow(_COLUMNS)
    for entry in entries:
        writer.writerow([as_cell(shown(cell)) for cell in _row(entry, _iso)])


def _iso(moment: datetime | None) -> str:
    return "" if moment is None else moment.isoformat()


def _show_choice(choice: Choice) -> None:
    words = {DeliveryState.UNKNOWN: _IN_DOUBT, DeliveryState.FAILED: _GIVEN_UP}
    rows: list[tuple[object, ...]] = [("yes", count, words[state]) for state, count in choice.counts.items()]
    refused = sorted(choice.refused.items(), key=lambda pair: (-pair[1], pair[0]))
    rows += [("no", count, why) for why, count in refused[:MOST_REASONS]]
    rest = sum(count for _, count in refused[MOST_REASONS:])
    if rest:
        rows.append(("no", rest, "other reasons"))
    show_table(choice.edition.id, ("mailed again", "people", "why"), rows, ("people",))


def _question(count: int) -> str:
    return f"Mail {'this person' if count == 1 else f'these {count:,} people'} again?"
