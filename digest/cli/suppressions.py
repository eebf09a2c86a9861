"""Commands about who is kept off: suppressions, suppressions import."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.frame import (
    JsonOption,
    WorkspaceOption,
    agreed,
    app,
    findings_as_data,
    how_many_people,
    say,
    show_findings,
    show_json,
    show_table,
    tell_next,
)
from digest.cli.subscribers import DryRunOption, YesOption

if TYPE_CHECKING:
    from digest.jobs.people import KeptOff

suppressions = typer.Typer(help="Show how many addresses are kept off, and why; take in lists of them.")
app.add_typer(suppressions, name="suppressions")

_SHOWN = 10
_UNTIL = {
    "left": "until they sign up and confirm themselves",
    "hard bounce": "until they sign up and confirm themselves",
    "complaint": "for ever",
    "erased": "until they sign up and confirm themselves",
}


class Reason(StrEnum):
    """Why somebody must not be mailed, as it is typed."""

    LEFT = "left"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


#: as it is stored
_REASONS = {"": "", Reason.LEFT: "left", Reason.BOUNCED: "hard bounce", Reason.COMPLAINED: "complaint"}


@suppressions.callback(invoke_without_command=True)
def show(context: typer.Context, workspace: WorkspaceOption = Path(), as_json: JsonOption = False) -> None:
    """Show how many addresses are kept off, and why; of whom is not kept, only hashes are."""
    if context.invoked_subcommand is not None:
        return
    from digest.app import App

    with App.open(workspace).store.reading() as session:
        counts = session.people.reasons()
    if as_json:
        show_json(counts)
    elif counts:
        rows = [(reason, people, _UNTIL.get(reason, "")) for reason, people in counts.items()]
        show_table("Kept off", ("why", "people", "how long"), rows, ("people",))
    else:
        say("Nobody is kept off.")
        tell_next("`digest suppressions import FILE` takes in who unsubscribed elsewhere, before you first send.")


@suppressions.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="Their list: CSV of Mailchimp and others, or one address a line.")],
    workspace: WorkspaceOption = Path(),
    reason: Annotated[Reason | None, typer.Option(help="Why, where the file does not say it.")] = None,
    yes: YesOption = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Keep a list's addresses off: shows first what it would do, asks, then does it in one go."""
    from digest.app import App
    from digest.jobs.people import keep_off

    opened = App.open(workspace)
    why = _REASONS[reason or ""]
    seen = keep_off(opened.store, opened.clock, file, why, opened.suppression_key, do=False)
    people = sum(seen.new.values())
    if not as_json:
        _show(seen, file)
    wanted = bool(people or seen.ended) and not dry_run
    done = wanted and (yes or agreed(f"Keep {how_many_people(people)} off?"))
    if done:
        seen = keep_off(opened.store, opened.clock, file, why, opened.suppression_key, do=True)
    if as_json:
        data = {"done": done, "new": seen.new, "known": seen.known, "ended": seen.ended, "refused": seen.refused}
        show_json({**data, "staying": seen.staying, "findings": findings_as_data(seen.findings)})
    elif done:
        kept = "1 person is" if people == 1 else f"{people:,} people are"
        say(f"Done: {kept} kept off now. No import brings them back.", "bold")
        tell_next("`digest suppressions` shows how many there are.")
    else:
        say("Nothing is changed.", "bold")


def _show(seen: KeptOff, file: Path) -> None:
    show_findings(seen.findings[:_SHOWN])
    if len(seen.findings) > _SHOWN:
        say(f"… and {len(seen.findings) - _SHOWN:,} more like these; --json has the first thousand.")
    rows: list[tuple[str, int, str]] = [(reason, people, _UNTIL[reason]) for reason, people in seen.new.items()]
    rows += [
        ("kept off already", seen.known, ""),
        ("on your lists", seen.ended, "their subscription ends"),
        ("may be mailed", seen.staying, "the file says so: they are left alone"),
        ("cannot be read", seen.refused, "see above"),
    ]
    show_table(file.name, ("", "people", ""), [row for row in rows if row[1]] or [("nobody", 0, "")], ("people",))
