"""Commands that take an edition out, or do as if: send, pause, rehearse, outbox."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.frame import (
    AsOption,
    EditionArgument,
    JsonOption,
    WorkspaceOption,
    app,
    finishing_on_signals,
    me,
    progress_bar,
    say,
    show_json,
    show_table,
    tell_next,
    when,
)
from digest.domain.errors import Refused
from digest.domain.model import DeliveryState, EditionState, Tls
from digest.domain.ports import Tally
from digest.stages.send import counted, summary

if TYPE_CHECKING:
    from digest.app.rehearsing import Kept
    from digest.jobs.send import Sent


@app.command()
def send(
    edition: EditionArgument,
    workspace: WorkspaceOption = Path(),
    server: Annotated[str, typer.Option(help="Another mail server: smtp://[user@]host:port.")] = "",
    tls: Annotated[Tls | None, typer.Option(help="With --server: starttls, tls or none.")] = None,
    who: Annotated[str, typer.Option("--as", help="Who you are; it is recorded.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Send an approved edition now, or go on where it stopped; nobody is mailed twice."""
    from digest.app import App
    from digest.cli.live import LiveLine
    from digest.jobs import edition as editions

    opened = App.open(workspace)
    transport = opened.transport(server, tls)
    zone = opened.newsletter(editions.find(opened.store, edition).newsletter).schedule.timezone
    with finishing_on_signals(opened.stopping) as signals, LiveLine(zone) as line:
        sent = opened.send(edition, transport, who or me(), line)
    if as_json:
        show_json(
            {"edition": sent.edition, "deliveries": sent.tallies, "waiting": sent.waiting, "next_at": sent.next_at}
        )
    else:
        show_tallies(sent.tallies)
        _explain(sent, edition)
    if signal.SIGINT in signals and sent.waiting:
        raise typer.Exit(130)
    if _is_stopped(sent):
        raise typer.Exit(1)


@app.command()
def pause(edition: EditionArgument, workspace: WorkspaceOption = Path(), who: AsOption = "") -> None:
    """Stop an edition before its next message; `digest send` lets it go on."""
    from digest.app import App
    from digest.domain.states import SIGNED
    from digest.jobs import edition as editions
    from digest.jobs import send as sending

    opened = App.open(workspace)
    found = editions.find(opened.store, edition)
    if found.state in SIGNED:
        raise Refused(
            f"{edition} has not begun to leave.", f"`digest take-back {edition} --as NAME` makes it a draft again."
        )
    sending.pause(opened.store, opened.clock, found, who or me())
    say(f"{edition} is paused.")
    tell_next(f"`digest send {edition}` lets it go on.")


@app.command()
def rehearse(
    edition: EditionArgument, workspace: WorkspaceOption = Path(), who: AsOption = "", as_json: JsonOption = False
) -> None:
    """Send an edition to a mail server of this program's own, and say what a real send comes to; nobody gets it."""
    from digest.app import App, rehearsing

    opened = App.open(workspace)
    with finishing_on_signals(opened.stopping), progress_bar("Rehearsing") as progress:
        kept = rehearsing.rehearse(opened, edition, who or me(), progress, opened.stopping.is_set)
    if kept is None:
        say("Stopped. Nobody got anything, and nothing of it is kept.")
        raise typer.Exit(130)
    if as_json:
        show_json({"rehearsal": kept.rehearsal, "sentences": kept.sentences, "sound": kept.sound})
    else:
        _show_rehearsal(kept, rehearsing.folder(opened, edition))
    if not kept.sound:
        raise typer.Exit(1)


@app.command()
def outbox(
    edition: EditionArgument,
    folder: Annotated[Path, typer.Argument(help="Where to write them; it is made where it is not there.")],
    workspace: WorkspaceOption = Path(),
    limit: Annotated[int | None, typer.Option(min=1, help="Write no more than so many messages.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write into a folder that is not empty, too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write everybody's message into a folder instead of sending it; nobody counts as mailed."""
    from digest.app import App
    from digest.app.outbox import write

    opened = App.open(workspace)
    with progress_bar("Writing") as progress:
        written = write(opened, edition, folder, limit, force, progress)
    if as_json:
        show_json({"folder": folder, "written": written})
        return
    messages = "1 message" if written.messages == 1 else f"{written.messages:,} messages"
    say(f"Wrote {messages} into {folder}. Nobody counts as mailed.", "bold")
    if written.skipped:
        say(f"{written.skipped:,} get nothing; `digest deliveries {edition}` says why once it is sent.")
    if written.unwritable:
        say(f"Of {written.unwritable:,} the address cannot be written.")
    tell_next(f"`digest send {edition}` mails them. Whoever does so in another way mails them a second time with it.")


def show_tallies(tallies: Sequence[Tally]) -> None:
    """Print how many people of which segment stand where, and why."""
    rows = [(one.segment or "–", one.state, one.count, one.reason) for one in tallies]
    show_table("People", ("segment", "state", "people", "why"), rows, ("people",))


def _show_rehearsal(kept: Kept, folder: Path) -> None:
    done = kept.rehearsal
    for one in kept.sentences:
        say(one.words, {"stop": "bold red", "warn": "yellow"}.get(one.tone, ""))
    rows = [(one.segment, one.variant, one.people, done.variants[one.variant][:16]) for one in done.shares]
    show_table("Who would get it", ("segment", "variant", "people", "fingerprint"), rows, ("people",))
    if done.skipped:
        show_table(
            "Who would get nothing", ("people", "why"), [(n, why) for why, n in done.skipped.items()], ("people",)
        )
    say(f"{len(done.samples)} of the messages lie in {folder} until the edition leaves. They are of real people.")


def _explain(sent: Sent, edition: str) -> None:
    counts = counted(sent.tallies)
    say(f"{edition} is {sent.edition.state}: {summary(counts)}.", "bold")
    if sent.released or sent.unknown:
        say(
            f"A process that sent it before has ended: {sent.released} of its people were taken up again, "
            f"{sent.unknown} are in doubt and are not mailed again."
        )
    if counts[DeliveryState.UNKNOWN]:
        say(
            "In doubt: the message was begun and no answer is known. They may have it; nobody is mailed again, unless "
            f"you decide so: `digest resend {edition}`."
        )
    if _is_stopped(sent):
        say(f"It paused by itself: {sent.edition.note.rstrip('.')}.")
        tell_next(
            f"`digest deliveries {edition} --state failed` shows whom and why. {sent.waiting:,} wait; when that is "
            f"mended, `digest send {edition}` lets it go on."
        )
    elif sent.edition.state == EditionState.PAUSED:
        tell_next(f"{sent.waiting} wait until somebody lets it go on: `digest send {edition}`.")
    elif sent.waiting and sent.why and sent.next_at is not None:
        tell_next(f"{sent.why} `digest run` goes on by itself from {when(sent.next_at)}.")
    elif sent.waiting and sent.next_at is not None:
        tell_next(f"{sent.waiting} wait. `digest run` goes on by itself, or run `digest send {edition}` again.")
    else:
        tell_next("`digest status` shows all editions.")


def _is_stopped(sent: Sent) -> bool:
    """Tell whether it paused by itself; who pauses it by hand knows why."""
    return sent.edition.state == EditionState.PAUSED and bool(sent.edition.note)
