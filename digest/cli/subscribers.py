"""Commands about the list: subscribers import, export."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.frame import (
    JsonOption,
    NewsletterOption,
    WorkspaceOption,
    agreed,
    app,
    clean,
    findings_as_data,
    how_many_people,
    progress_bar,
    say,
    show_findings,
    show_json,
    show_table,
    tell_next,
    to_whoever_reads,
)

if TYPE_CHECKING:
    from digest.domain.model import Newsletter
    from digest.jobs.people import Imported

subscribers = typer.Typer(help="Take people in from a file; write them into one.", no_args_is_help=True)
app.add_typer(subscribers, name="subscribers")

YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Show what it would do, and change nothing.")]
#: findings that are shown; the others are counted
_SHOWN = 10
_OFF = {
    "left": "who left",
    "hard bounce": "whose mail came back",
    "complaint": "who reported it as spam",
    "erased": "who asked to be erased",
}


@subscribers.command("import")
def import_(
    file: Annotated[
        Path | None, typer.Argument(help="The file, CSV; the newsletter's own where none is given.", show_default=False)
    ] = None,
    workspace: WorkspaceOption = Path(),
    newsletter: NewsletterOption = None,
    consent: Annotated[
        str, typer.Option(help="Where, when and in which words those agreed whose rows do not say it.")
    ] = "",
    yes: YesOption = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Take people in from a file: shows first what it would do, asks, then does it in one go."""
    from digest.app import App
    from digest.jobs.people import held
    from digest.stages import roster

    opened = App.open(workspace)
    chosen = opened.newsletter(newsletter)
    record = roster.consent(consent, opened.clock()) if consent else None
    given = file or opened.loaded.folder / chosen.subscribers
    done: Imported | None = None
    with ExitStack() as stack:
        with progress_bar("Reading") as reading:
            one = stack.enter_context(held(opened.importing(chosen), given, record, reading))
        seen = one.look()
        if not as_json:
            _show(seen, given, chosen)
        wanted = not seen.changes or yes or dry_run or agreed(_question(seen))
        if wanted and not dry_run and not seen.unusable:
            with progress_bar("Taking in") as taking:
                done = one.take_in(taking)
    if as_json:
        show_json(_as_data(done or seen, done is not None))
    else:
        _tell(seen, done, dry_run)
    if seen.unusable:
        raise typer.Exit(1)


@subscribers.command("export")
def export_(
    file: Annotated[
        Path | None, typer.Argument(help="Where to write it; the terminal where none is given.", show_default=False)
    ] = None,
    workspace: WorkspaceOption = Path(),
    newsletter: NewsletterOption = None,
) -> None:
    """Write the list as a file that imports to the same; only you can read it."""
    from digest.app import App
    from digest.config import write_private
    from digest.jobs.people import export

    opened = App.open(workspace)
    chosen = opened.newsletter(newsletter)
    lines = export(opened.store, chosen)
    if file is None:
        with to_whoever_reads():
            for line in lines:
                # a terminal must not be commanded by what others wrote; a file gets it as it is
                print(
                    clean(line.rstrip("\r\n")) if sys.stdout.isatty() else line, end="\n" if sys.stdout.isatty() else ""
                )
        return
    write_private(file, (line.encode() for line in lines))
    say(f"Wrote the people of {chosen.name} into {file}. It holds their addresses, and only you can read it.")
    tell_next(f"`digest subscribers import {file}` takes it in again; remove it when you need it no longer.")


def _show(seen: Imported, file: Path, newsletter: Newsletter) -> None:
    show_findings(seen.findings[:_SHOWN])
    if len(seen.findings) > _SHOWN:
        say(f"… and {len(seen.findings) - _SHOWN:,} more like these; --json has the first thousand.")
    if seen.unusable:
        return
    off = ", ".join(f"{people:,} {_OFF.get(reason, reason)}" for reason, people in sorted(seen.kept_off.items()))
    rows = [
        ("new", seen.new, ""),
        ("changed", seen.changed, "their row says something new"),
        ("unchanged", seen.unchanged, "what they chose themselves since stays"),
        ("kept off", sum(seen.kept_off.values()), off),
        ("more than once", seen.twice, "the first row counts"),
        ("cannot be read", seen.refused, "see above; all others go on"),
        ("waiting", seen.waiting, "of these, without a consent record: they are not mailed"),
        ("no longer in it", seen.vanished, f"nobody is removed: {_some(seen)}"),
    ]
    show_table(
        f"{file.name} → {newsletter.name}",
        ("", "people", ""),
        [row for row in rows if row[1]] or [("nobody", 0, "")],
        ("people",),
    )


def _some(seen: Imported) -> str:
    more = ", …" if seen.vanished > len(seen.vanished_first) else ""
    return ", ".join(seen.vanished_first) + more


def _question(seen: Imported) -> str:
    parts = [f"take in {how_many_people(seen.new)}"] if seen.new else []
    parts += [f"change {how_many_people(seen.changed)}"] if seen.changed else []
    words = " and ".join(parts)
    return f"{words[0].upper()}{words[1:]}?"


def _tell(seen: Imported, done: Imported | None, dry_run: bool) -> None:
    if seen.unusable:
        say("Nothing is imported.", "bold")
    elif done is None:
        say("Nothing is changed." if not dry_run else "This is what it would do; nothing is changed.", "bold")
    elif not done.changes:
        say("Everybody is there already; nothing is changed.", "bold")
    else:
        say(f"Done: {done.new:,} new, {done.changed:,} changed.", "bold")
    if done is not None and done.waiting:
        tell_next(
            f"{how_many_people(done.waiting)} wait for a consent record. If they agreed, import the file again with "
            "--consent 'where, when, in which words'."
        )
    elif done is not None and done.changes:
        tell_next("`digest draft` makes the next edition.")


def _as_data(imported: Imported, done: bool) -> dict[str, object]:
    counts: dict[str, object] = {name.replace(" ", "_"): count for name, count in imported.counts.items()}
    counts["kept_off"] = dict(imported.kept_off)
    return {"done": done, **counts, "findings": findings_as_data(imported.findings)}
