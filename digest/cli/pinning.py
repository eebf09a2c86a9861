"""Commands about the story at the top of a draft: pin, unpin."""

from __future__ import annotations

from pathlib import Path

from digest.cli.editions import show_placements
from digest.cli.frame import (
    AsOption,
    EditionOption,
    JsonOption,
    StoryArgument,
    WorkspaceOption,
    app,
    me,
    say,
    show_json,
    tell_next,
)


@app.command()
def pin(
    story: StoryArgument,
    edition: EditionOption = None,
    workspace: WorkspaceOption = Path(),
    who: AsOption = "",
    as_json: JsonOption = False,
) -> None:
    """Set a story at the top of a draft; an approval is taken back by it."""
    _decide(workspace, edition, story, who, as_json, pinned=True)


@app.command()
def unpin(
    story: StoryArgument,
    edition: EditionOption = None,
    workspace: WorkspaceOption = Path(),
    who: AsOption = "",
    as_json: JsonOption = False,
) -> None:
    """Let a pinned story go: the strongest is at the top again; an approval is taken back by it."""
    _decide(workspace, edition, story, who, as_json, pinned=False)


def _decide(workspace: Path, edition: str | None, story: str, who: str, as_json: bool, *, pinned: bool) -> None:
    from digest.app import App

    opened = App.open(workspace)
    wanted = edition or opened.latest()
    title = opened.pin(wanted, story, who or me(), pinned=pinned)
    shown = opened.stored(wanted)
    if as_json:
        show_json({"edition": shown.edition, "story": title, "pinned": pinned, "reasons": shown.reasons})
        return
    show_placements(shown)
    say(f"“{title}” is {'pinned to the top' if pinned else 'pinned no longer'}.", "bold")
    say(f"{wanted} is a draft: nobody gets it until it is approved.")
    tell_next(f"`digest preview {wanted}` to look at it.")
