"""Commands about what came back: bounces."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from digest.cli.frame import JsonOption, WorkspaceOption, app, say, show_error, show_table
from digest.domain.errors import DigestError
from digest.domain.model import Report

bounces = typer.Typer(help="Read bounces, complaints and wishes to leave.", no_args_is_help=True)
app.add_typer(bounces, name="bounces")

_TOLD = {
    "bounce": "a bounce",
    "complaint": "a complaint",
    "auto-reply": "an automatic reply",
    "unsubscribe": "asks to leave",
    "other": "nothing that counts",
}
_MEANS = {
    "hard": "hard, for good",
    "soft": "soft, for now",
    "complaint": "complaint",
    "none": "none",
}


@bounces.command("read")
def read_mailbox(workspace: WorkspaceOption = Path()) -> None:
    """Read the mailbox that mail comes back to now; `digest run` does it by itself."""
    from digest.app import App, returning

    done = returning.read(App.open(workspace))
    say(f"{done.messages:,} messages were looked at; {done.left:,} are left for you to read.")
    told = returning.sentence(done)
    if told:
        say(f"{told}.")


@bounces.command()
def parse(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE…", help="Saved messages (.eml), folders of them, Maildirs, mbox files.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Read saved messages and say who bounced, for good or for now, who complained, and who asks to leave."""
    trouble = False
    rows: list[tuple[object, ...]] = []
    for name in files:
        try:
            for shown, report in _reports(name):
                if as_json:
                    # one object a line, as they come: there may be any number
                    print(json.dumps(_as_data(shown, report), ensure_ascii=False))
                else:
                    rows += _rows(shown, report)
        except DigestError as fault:
            trouble = True
            show_error(fault)
    if rows:
        show_table("What came back", ("file", "what", "address", "kind", "status"), rows)
    elif not as_json and not trouble:
        say("There is no message there.")
    if trouble:
        raise typer.Exit(1)


def _reports(name: str) -> Iterator[tuple[str, Report]]:
    """Yield each message of what was named, as it is shown, and its report."""
    # flufl.bounce takes a while to load
    from digest.feedback.report import read

    if not Path(name).exists():
        raise DigestError(f"There is no {name}.", "Check its path.")
    try:
        for shown, content in _messages(Path(name), name):
            yield shown, read(content)
    except OSError as fault:
        what = f"{name} cannot be read: {fault.strerror or fault}."
        raise DigestError(what, "Check its path and its permissions.") from fault


def _messages(path: Path, name: str) -> Iterator[tuple[str, bytes]]:
    from digest.feedback.maildir import Mbox, is_maildir, is_mbox, octets_of

    if path.is_dir():
        rooms = ("new", "cur") if is_maildir(path) else ("",)
        found = [file for room in rooms for file in (path / room).iterdir() if not file.name.startswith(".")]
        for file in sorted(file for file in found if file.is_file()):
            yield str(file), octets_of(file)
    elif is_mbox(path):
        for number, content in Mbox(path).messages():
            yield f"{name}#{number}", content
    else:
        yield name, octets_of(path)


def _as_data(shown: str, report: Report) -> dict[str, object]:
    recipients = [{"address": one.address, "kind": one.kind, "status": one.status} for one in report.recipients]
    return {"file": shown, "recipients": recipients}


def _rows(shown: str, report: Report) -> list[tuple[object, ...]]:
    file, what = Path(shown).name, _TOLD[report.what]
    if not report.recipients:
        return [(file, what, "–", "–", "–")]
    return [(file, what, one.address, _MEANS[one.kind], one.status or "–") for one in report.recipients]
