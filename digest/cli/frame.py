"""What the commands share: the application, tables, findings, progress, signals."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from digest.domain.errors import ConfigurationError, DigestError, Refused
from digest.domain.model import Finding, Item, Severity

app = typer.Typer(
    name="digest",
    help="Collects new insights, groups them by theme, has people approve the exact email, and sends it once.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)

WorkspaceOption = Annotated[
    Path,
    typer.Option("--workspace", "-w", envvar="DIGEST_WORKSPACE", help="The workspace's folder.", show_default="here"),
]
NewsletterOption = Annotated[
    str | None, typer.Option("--newsletter", "-n", help="Which newsletter, where there is more than one.")
]
AsOption = Annotated[str, typer.Option("--as", help="Who you are; it is recorded.")]
EditionArgument = Annotated[str, typer.Argument(help="The edition's id, as `digest status` lists it.")]
StoryArgument = Annotated[str, typer.Argument(help="The story's number in the draft, or a part of its title.")]
EditionOption = Annotated[
    str | None, typer.Option("--edition", help="The edition's id; the latest draft where none is given.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for a script.")]

_STYLES = {Severity.MUST_MEND: "bold red", Severity.LOOK_AT: "yellow", Severity.NOTE: "cyan"}


def clean(words: object) -> str:
    """Return words as they may stand on a terminal: what others wrote must not command it."""
    return "".join(c if c.isprintable() or c == "\n" else "�" for c in str(words))


def say(words: str, style: str = "") -> None:
    """Print a line for a person; nothing in it is markup."""
    out.print(Text(clean(words), style=style))


def tell_next(words: str) -> None:
    """Print what to do next."""
    out.print(Text.assemble(("Next: ", "bold"), clean(words)))


def show_json(value: Any) -> None:
    """Print a value as JSON, times in ISO 8601."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def show_json_array(values: Iterable[Any]) -> None:
    """Print values as a JSON array, one a line as they come, so that there may be any number."""
    before = "["
    for value in values:
        print(f"{before}\n  {json.dumps(value, ensure_ascii=False, default=_plain)}", end="")
        before = ","
    print("\n]" if before == "," else "[]")


def show_table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], numbers: Sequence[str] = ()
) -> None:
    """Print a table; the columns named in `numbers` stand to the right."""
    table = Table(title=title, title_justify="left", title_style="bold", header_style="bold", box=box.SIMPLE_HEAD)
    for column in columns:
        table.add_column(column, justify="right" if column in numbers else "left", overflow="fold")
    for row in rows:
        # Text, since a title such as "[bold]" is no markup
        table.add_row(*(Text(clean(cell)) for cell in row))
    out.print(table)


def show_findings(findings: Iterable[Finding]) -> None:
    """Print findings: severity, place, what, why, and what to do."""
    for finding in findings:
        out.print(Text.assemble((f"{finding.severity}  ", _STYLES[finding.severity]), (clean(finding.where), "bold")))
        for line in (finding.what, finding.why, f"→ {finding.mend}" if finding.mend else ""):
            if line:
                out.print(Text(f"    {clean(line)}"))


def show_error(fault: DigestError) -> None:
    """Print an error to standard error: what happened, and what to do."""
    if isinstance(fault, ConfigurationError):
        for finding in fault.findings:
            err.print(Text.assemble((clean(finding.where), "bold"), f": {clean(finding.what)}"))
            if finding.mend:
                err.print(Text(f"    → {clean(finding.mend)}"))
        return
    err.print(Text(clean(fault.what), style="bold"))
    if fault.mend:
        err.print(Text(f"    → {clean(fault.mend)}"))


def findings_as_data(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Return findings for JSON."""
    return [asdict(finding) for finding in findings]


def show_items(items: Sequence[Item]) -> None:
    """Print what a document holds: date, title, link."""
    rows = [(item.date.date() if item.date else "–", item.title or "–", item.link or "–") for item in items]
    show_table(how_many(len(rows)), ("date", "title", "link"), rows)


def how_many(insights: int) -> str:
    """Write a number of insights: 1 insight, 2 insights."""
    return "1 insight" if insights == 1 else f"{insights} insights"


def item_as_data(item: Item) -> dict[str, object]:
    """Return an item for JSON; what is not known is null."""
    return {
        "title": item.title,
        "link": item.link or None,
        "summary": item.summary,
        "date": item.date,
        "date_from": item.date_from if item.date else None,
        "author": item.author or None,
        "image": item.image or None,
        "categories": list(item.categories),
    }


@contextmanager
def progress_bar(words: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on standard error while something works; yields a function told (done, of)."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err) as bar:
        task = bar.add_task(words, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


@contextmanager
def to_whoever_reads() -> Iterator[None]:
    """Let whoever reads standard output stop reading, as `head` does."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # the interpreter writes the rest when it ends, and must find somebody who takes it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def agreed(question: str) -> bool:
    """Ask a person yes or no; raises Refused where nobody is there to answer."""
    if not sys.stdin.isatty():
        raise Refused("Nobody can be asked here, and nothing is changed.", "Say --yes where that is what you want.")
    return typer.confirm(question)


def how_many_people(people: int) -> str:
    """Write a number of people: 1 person, 2 people."""
    return "1 person" if people == 1 else f"{people:,} people"


def me() -> str:
    """Return who runs this, for the record."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # a container may run as a number without a name
        return f"user {os.getuid()}"


@contextmanager
def finishing_on_signals(stopping: threading.Event) -> Iterator[list[int]]:
    """Let Ctrl-C and SIGTERM finish the message on the wire; a second Ctrl-C stops at once.

    Yields a list that gets the numbers of the signals that came.
    """
    came: list[int] = []

    def stop(number: int, _frame: object) -> None:
        came.append(number)
        if stopping.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        stopping.set()
        print("\nStopping after the message on the wire…", file=sys.stderr)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def when(moment: datetime | None, zone: str = "Europe/London") -> str:
    """Write a time as people read it: Tue 24 Nov, 08:00."""
    from zoneinfo import ZoneInfo

    if moment is None:
        return "–"
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%b}, {local:%H:%M}"


def at_time(moment: datetime, zone: str) -> str:
    """Write the time of day: 08:00."""
    from zoneinfo import ZoneInfo

    return f"{moment.astimezone(ZoneInfo(zone)):%H:%M}"


def day(moment: datetime | None, zone: str, *, with_time: bool = False) -> str:
    """Write a day shortly, for tables: 24 Nov, or 24 Nov 08:00."""
    from zoneinfo import ZoneInfo

    if moment is None:
        return "–"
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%b}" + (f" {local:%H:%M}" if with_time else "")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: getattr(value, one.name) for one in fields(value)}
    return str(value)
