"""Commands that look at an edition as its readers will: links, test-send."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.frame import (
    EditionArgument,
    JsonOption,
    WorkspaceOption,
    app,
    progress_bar,
    say,
    show_json,
    show_table,
    tell_next,
    when,
)
from digest.domain.model import LinkChecked, LinkState

if TYPE_CHECKING:
    from digest.jobs.links import Checked

#: what an address answered, in a word or two, where its status does not say it
_ANSWERS = {
    LinkState.NO_HOST: "no such host",
    LinkState.TIMED_OUT: "no answer in time",
    LinkState.NO_ANSWER: "no answer",
    LinkState.REFUSED: "not checked",
}


@app.command()
def links(edition: EditionArgument, workspace: WorkspaceOption = Path(), as_json: JsonOption = False) -> None:
    """Follow every link of an edition now, and show what each answers."""
    from digest.app import App
    from digest.app.links import check

    opened = App.open(workspace)
    with progress_bar("Following links"):
        checked = check(opened, edition)
    if as_json:
        show_json(_as_data(checked))
        return
    zone = opened.newsletter(checked.edition.newsletter).schedule.timezone
    rows = [
        (link.where, link.address, _answer(one), when(one.since if one else None, zone))
        for link, one in sorted(checked.links, key=lambda pair: _rank(pair[1]))
    ]
    show_table(f"Links of {edition}", ("where", "address", "answer", "since"), rows)
    broken = len(checked.broken)
    if not broken:
        say(f"None of {len(rows)} leads nowhere." if rows else "It has no links.", "bold")
        return
    say(f"{broken} of {len(rows)} {'leads' if broken == 1 else 'lead'} nowhere.", "bold")
    tell_next("follow them yourself; then leave the story out, or tell whoever runs the site.")


@app.command("test-send")
def send_one(
    edition: EditionArgument,
    address: Annotated[str, typer.Argument(help="Where to send it: your own address, or a colleague's.")],
    variant: Annotated[str, typer.Option(help="Which variant, by its slug; the one for most people if none.")] = "",
    workspace: WorkspaceOption = Path(),
) -> None:
    """Mail one variant of an edition to one address as a test; nobody counts as mailed."""
    from digest.app import App
    from digest.app.trying import send_test

    tried = send_test(App.open(workspace), edition, address, variant)
    say(f"Sent {tried.variant} of {edition} to {tried.address} as a test. Nobody counts as mailed.")
    tell_next(f"look at it where you read your mail, then `digest preview {edition}`.")


def _rank(one: LinkChecked | None) -> int:
    """Put what leads nowhere first, and what is good last."""
    if one is None:
        return 1
    return 0 if one.answer.state.is_broken else 1 + (one.answer.state == LinkState.OK)


def _answer(one: LinkChecked | None) -> str:
    if one is None:
        return "no time to ask"
    said = _ANSWERS.get(one.answer.state, "")
    return f"{one.answer.status or ''} {said or one.answer.state}".strip()


def _as_data(checked: Checked) -> list[dict[str, object]]:
    return [
        {
            "address": link.address,
            "where": link.where,
            "state": one.answer.state if one else None,
            "status": (one.answer.status or None) if one else None,
            "at": one.at if one else None,
            "since": one.since if one else None,
        }
        for link, one in checked.links
    ]
