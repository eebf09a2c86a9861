"""The command that suggests themes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.frame import (
    JsonOption,
    NewsletterOption,
    WorkspaceOption,
    err,
    how_many,
    say,
    show_findings,
    show_json,
    tell_next,
)
from digest.cli.themes import themes
from digest.domain.model import OTHER, Newsletter

if TYPE_CHECKING:
    from digest.stages.group.suggest import Suggested, Suggestion


@themes.command()
def suggest(
    workspace: WorkspaceOption = Path(),
    newsletter: NewsletterOption = None,
    months: Annotated[int, typer.Option(min=1, max=120, help="How far to look back.")] = 6,
    toml: Annotated[bool, typer.Option("--toml", help="Print them as they stand in digest.toml, to edit.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Propose themes from the last months' insights, for you to edit; nothing is written."""
    from digest.app import App
    from digest.app import themes as of_themes

    opened = App.open(workspace)
    chosen = opened.newsletter(newsletter)
    with err.status("Comparing the insights"):
        found = of_themes.suggest(opened, chosen, months)
    if as_json:
        show_json(found)
    elif toml:
        print(_as_toml(found, chosen, months), end="")
    elif not found.suggestions:
        say(_too_little(found, months))
        tell_next(f"`digest collect` collects more; `digest themes suggest --months {2 * months}` looks further back.")
    else:
        show_findings(opened.encoder(chosen).findings)
        _show(found, chosen, months)


def _show(found: Suggested, newsletter: Newsletter, months: int) -> None:
    count = len(found.suggestions)
    say(f"{count} theme{'s' if count > 1 else ''} in {how_many(found.stories)} of {_period(months)}", "bold")
    for one in found.suggestions:
        say(f"\n{one.name}", "bold")
        say(f"  {_stand(one, newsletter)}")
        if one.description:
            say(f"  about: {one.description}")
        if one.keywords:
            say(f"  keywords: {', '.join(one.keywords)}")
        for title in one.examples:
            say(f"  – {title}")
    say("")
    tell_next("`digest themes suggest --toml` prints them as they stand in digest.toml: edit them, keep what is right.")


def _as_toml(found: Suggested, newsletter: Newsletter, months: int) -> str:
    from digest.config import blocks

    if not found.suggestions:
        return blocks.remarked([_too_little(found, months)])
    head = (
        f"Suggested by {how_many(found.stories)} of {_period(months)}. Edit them: names above all.",
        "Then paste what you keep into digest.toml, where the themes of the newsletter are.",
    )
    fields = ("id", "name", "description", "keywords", "examples")
    made = [
        blocks.theme({name: getattr(one, name) for name in fields}, _stand(one, newsletter), as_remark=bool(one.known))
        for one in found.suggestions
    ]
    return "\n".join([blocks.remarked(head), *made])


def _stand(one: Suggestion, newsletter: Newsletter) -> str:
    """Say how many insights a suggestion has, and where they stand now."""
    if not newsletter.themes:
        return f"{how_many(one.stories)}."
    names = {theme.id: f"“{theme.name}”" for theme in newsletter.themes} | {OTHER: "Other"}
    (first, most), *others = one.overlap[:3]
    verb = "stands" if most == 1 else "stand"
    now = f"{most} of {how_many(one.stories)} {verb} under {names[first]} now"
    rest = "".join(f", {count} under {names[theme]}" for theme, count in others)
    return f"{'You have it already: ' if one.known else ''}{now}{rest}."


def _too_little(found: Suggested, months: int) -> str:
    from digest.stages.group.suggest import LEAST_STORIES

    if found.stories < LEAST_STORIES:
        there = "There is" if found.stories == 1 else "There are" if found.stories else "There are no insights"
        number = f" {how_many(found.stories)}" if found.stories else ""
        return f"{there}{number} of {_period(months)}. Themes are suggested from {LEAST_STORIES} insights on."
    return f"The {how_many(found.stories)} of {_period(months)} have too little in common to suggest a theme."


def _period(months: int) -> str:
    return "the last month" if months == 1 else f"the last {months} months"
