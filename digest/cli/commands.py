"""Commands about the workspace: init, check, collect, run, demo."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from digest.cli.frame import (
    JsonOption,
    NewsletterOption,
    WorkspaceOption,
    app,
    findings_as_data,
    finishing_on_signals,
    item_as_data,
    progress_bar,
    say,
    show_findings,
    show_items,
    show_json,
    show_table,
    tell_next,
    when,
)
from digest.domain.errors import DigestError, DocumentError, ServerTrouble
from digest.domain.model import Document, Finding, Reading, Severity, SourceKind


@app.command()
def init(folder: Annotated[Path, typer.Argument(help="The folder to make it in.")]) -> None:
    """Make a new workspace: digest.toml with notes, a first insight, an empty subscribers.csv."""
    from digest import config
    from digest.bundle import new_workspace

    if (folder / config.FILE).exists():
        raise DigestError(f"{folder} is a workspace already.", f"Look at {folder / config.FILE}.")
    made = new_workspace(folder)
    config.secret(folder, create=True)
    say(f"Made a workspace in {folder}: {len(made)} files.")
    tell_next(
        f"`digest run -w {folder}` and open the link that it shows: seven steps lead you to the first edition. "
        f"Or fill in {folder / config.FILE}, then run `digest check -w {folder}`."
    )


@app.command()
def check(workspace: WorkspaceOption = Path(), as_json: JsonOption = False) -> None:
    """Look over digest.toml, templates and files; name file, line and what to do."""
    from digest.app.check import check as look_over

    findings = look_over(workspace)
    blocking = [finding for finding in findings if finding.severity == Severity.MUST_MEND]
    if as_json:
        show_json({"ok": not blocking, "findings": findings_as_data(findings)})
    else:
        show_findings(findings)
        if blocking:
            say(f"{len(blocking)} to mend.", "bold")
        else:
            say(f"Nothing has to be mended; {len(findings)} to look at." if findings else "All is well.", "bold")
            tell_next("`digest collect`.")
    if blocking:
        raise typer.Exit(1)


@app.command()
def collect(
    workspace: WorkspaceOption = Path(),
    newsletter: NewsletterOption = None,
    file: Annotated[
        Path | None, typer.Option("--from", help="Read this one document instead, and store nothing.")
    ] = None,
    kind: Annotated[SourceKind, typer.Option(help="With --from: how to read it.")] = "page",
    base: Annotated[str, typer.Option(help="With --from: the address its links are relative to.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Ask every source for new insights and keep them."""
    if file is not None:
        _collect_document(file, kind, base, as_json)
        return
    from digest.app import App

    opened = App.open(workspace)
    chosen = opened.newsletter(newsletter)
    with progress_bar("Asking sources") as progress:
        results = opened.collect(chosen, progress)
    if as_json:
        show_json(
            [
                {
                    "source": one.source,
                    "new": one.new,
                    "found": one.found,
                    "unchanged": one.unchanged,
                    "skipped": one.skipped,
                    "findings": findings_as_data(one.findings),
                }
                for one in results
            ]
        )
        return
    rows = [
        (one.source, "not asked" if one.skipped else "unchanged" if one.unchanged else one.found, one.new)
        for one in results
    ]
    show_table("Sources", ("source", "shown", "new insights"), rows, ("shown", "new insights"))
    show_findings(finding for one in results for finding in one.findings)
    tell_next("`digest draft` makes the next edition of what is new.")


@app.command()
def run(
    workspace: WorkspaceOption = Path(),
    once: Annotated[bool, typer.Option("--once", help="Do what is due now, then end.")] = False,
    no_pages: Annotated[bool, typer.Option("--no-pages", help="Do not serve the readers' pages.")] = False,
    no_desk: Annotated[bool, typer.Option("--no-desk", help="Do not serve the staff's pages.")] = False,
    leads: Annotated[bool, typer.Option("--lead", help="Of several machines: let this one's files count.")] = False,
) -> None:
    """Hold the clock: collect and draft before each slot, send what is approved at it; serve both kinds of pages."""
    from digest.app import App, in_step
    from digest.app import clock as timing
    from digest.cli.desk import attended
    from digest.cli.serving import served
    from digest.stages import slots

    opened = App.open(workspace)
    if opened.is_shared:
        # it says where this machine has another secret, or other files than those that count
        in_step.lead(opened, insist=leads)
    with finishing_on_signals(opened.stopping):
        if once:
            for trouble in [*timing.look_at_returns(opened, say), *timing.ring(opened, say)]:
                raise typer.Exit(3 if isinstance(trouble, ServerTrouble) else 1)
            return
        for newsletter in opened.loaded.workspace.newsletters:
            slot = slots.after(newsletter.schedule, opened.clock())
            at = f"next slot {when(slot, newsletter.schedule.timezone)}" if slot else "no date is ahead"
            say(f"{newsletter.name}: {at}. Ctrl-C ends it.")
        with nullcontext() if no_pages else served(opened), nullcontext() if no_desk else attended(opened):
            timing.run(opened, say)


@app.command()
def leave(
    address: Annotated[str, typer.Argument(help="Whoever wants no more mail.")], workspace: WorkspaceOption = Path()
) -> None:
    """Keep an address off: it is never mailed again, and no import brings it back."""
    from digest.app import App

    known = App.open(workspace).leave(address)
    say(f"{address} is kept off. Nothing more is sent there{'' if known else '; it was not in the list'}.")


@app.command()
def demo(
    keep: Annotated[Path | None, typer.Option(help="Leave the workspace in this folder, to try things out.")] = None,
    show: Annotated[bool, typer.Option("--open", help="Serve the preview page at the end.")] = False,
) -> None:
    """Play the whole job through with a sample organisation, on this machine only."""
    from digest.cli.playing import play

    play(Path("out") / "demo", keep, show)


def _collect_document(file: Path, kind: SourceKind, base: str, as_json: bool) -> None:
    from digest.sources import from_disk

    document = from_disk(file, base)
    reading = _read(kind, document)
    if as_json:
        show_json(
            {
                "page": {"title": reading.page.title, "introduction": reading.page.introduction},
                "items": [item_as_data(item) for item in reading.items],
                "findings": findings_as_data(reading.findings),
            }
        )
        return
    if reading.page.title:
        say(reading.page.title, "bold")
    show_items(reading.items)
    show_findings(reading.findings)


def _read(kind: SourceKind, document: Document) -> Reading:
    from digest.sources.reader import read_once

    try:
        return read_once(kind, document)
    except DocumentError as fault:
        # the document was read; that it holds nothing of this kind is a finding, not a failure
        finding = Finding(
            code="collect.document",
            severity=Severity.MUST_MEND,
            where=document.name,
            what=fault.what,
            why="Nothing can be collected from it as it is.",
            mend=fault.mend,
        )
        return Reading(findings=(finding,))
