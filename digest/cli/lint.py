"""The command that looks any email over: lint."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from digest.cli.frame import JsonOption, app, findings_as_data, say, show_findings
from digest.domain.model import Finding, Severity


@app.command()
def lint(
    files: Annotated[list[str], typer.Argument(metavar="FILE…", help="HTML or a saved message (.eml); - reads it in.")],
    as_json: JsonOption = False,
) -> None:
    """Look any email over, also one that is not ours: what is wrong, where, why it matters, how to mend it."""
    results = [(name, _looked_at(name)) for name in files]
    if as_json:
        for name, findings in results:
            # one object a line, so that a script can read many files
            print(json.dumps({"file": name, "findings": findings_as_data(findings)}, ensure_ascii=False))
    else:
        for name, findings in results:
            show_findings(findings)
            say(f"{name}: {_counted(findings)}", "bold")
    if any(one.severity == Severity.MUST_MEND for _, findings in results for one in findings):
        raise typer.Exit(1)


def _looked_at(name: str) -> Sequence[Finding]:
    from digest.stages.review.lint import file, lint_file

    shown = "standard input" if name == "-" else name
    try:
        # one octet more than is looked at tells that it is too large
        with nullcontext(sys.stdin.buffer) if name == "-" else Path(name).open("rb") as opened:
            content = opened.read(file.MOST_OCTETS + 1)
    except OSError as fault:
        return (file.refusal("file.unreadable", shown, f"It could not be read: {fault.strerror or fault}."),)
    return lint_file(content, name=shown)


def _counted(findings: Sequence[Finding]) -> str:
    counts = Counter(one.severity for one in findings)
    if not counts:
        return "nothing to mend."
    notes = f"{counts[Severity.NOTE]} {'note' if counts[Severity.NOTE] == 1 else 'notes'}"
    return f"{counts[Severity.MUST_MEND]} must be mended, {counts[Severity.LOOK_AT]} to look at, {notes}."
