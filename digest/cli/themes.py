"""Commands about a newsletter's themes: themes, themes move, keep, history, report, rules."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.frame import (
    AsOption,
    EditionOption,
    JsonOption,
    NewsletterOption,
    StoryArgument,
    WorkspaceOption,
    app,
    day,
    me,
    say,
    show_json,
    show_table,
    tell_next,
)
from digest.domain.model import Newsletter, Review, Reviewed

if TYPE_CHECKING:
    from digest.app import App
    from digest.stages.group.balance import Balance

themes = typer.Typer(help="Show the themes; put stories under others, and see what the program learned from that.")
app.add_typer(themes, name="themes")

AlwaysOption = Annotated[
    bool, typer.Option("--always", help="Write a rule into digest.toml: insights like it always stand there.")
]


@themes.callback(invoke_without_command=True)
def show(
    context: typer.Context,
    workspace: WorkspaceOption = Path(),
    newsletter: NewsletterOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show each theme: its name, what it is about, and what tells its stories."""
    if context.invoked_subcommand is not None:
        return
    from digest.app import App

    chosen = App.open(workspace).newsletter(newsletter)
    if as_json:
        show_json(chosen.themes)
        return
    rows = [(one.id, one.name, one.description or "–", ", ".join(one.keywords) or "–") for one in chosen.themes]
    show_table(chosen.name, ("theme", "name", "about", "keywords"), rows)
    bare = [one.name for one in chosen.themes if not one.description]
    if bare:
        say(f"Without a description, which tells more than a name: {', '.join(bare)}.")
    tell_next("change them in digest.toml under [[newsletters.themes]]; `digest draft --again` heeds that.")


@themes.command()
def move(
    story: StoryArgument,
    theme: Annotated[str, typer.Argument(help="The theme it belongs under, by id or name; “other” for none.")],
    workspace: WorkspaceOption = Path(),
    edition: EditionOption = None,
    always: AlwaysOption = False,
    who: AsOption = "",
    as_json: JsonOption = False,
) -> None:
    """Put a story of a draft under another theme; it and its near-copies stay there, and the theme learns from it."""
    _decide(workspace, edition, story, theme, who, always, as_json)


@themes.command()
def keep(
    story: StoryArgument,
    workspace: WorkspaceOption = Path(),
    edition: EditionOption = None,
    always: AlwaysOption = False,
    who: AsOption = "",
    as_json: JsonOption = False,
) -> None:
    """Say that a story marked “check this” stands where it belongs: the mark goes, and the theme learns from it."""
    _decide(workspace, edition, story, None, who, always, as_json)


@themes.command()
def history(
    workspace: WorkspaceOption = Path(),
    newsletter: NewsletterOption = None,
    theme: Annotated[str, typer.Option(help="Only what came to or went from this theme.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Also what was left as it stood in approved editions.")] = (
        False
    ),
    as_json: JsonOption = False,
) -> None:
    """Show what people decided about themes, the latest first: who, when, and from where to where."""
    from digest.app import App
    from digest.jobs import grouping
    from digest.jobs.reviewing import theme_named, theme_names

    opened = App.open(workspace)
    chosen = opened.newsletter(newsletter)
    wanted = theme_named(chosen, theme) if theme else ""
    found = [
        one
        for one in grouping.decisions(opened.store, chosen.id)
        if (everything or one.review != Review.LEFT) and wanted in ("", one.theme, one.before)
    ]
    if as_json:
        show_json(found)
        return
    names = theme_names(chosen)
    if not found:
        about = f" about {names[wanted]}" if wanted else ""
        say(f"Nobody has decided anything{about} by hand yet.")
        tell_next("`digest themes move STORY THEME` and `digest themes keep STORY` decide.")
        return
    rows = [(day(one.at, chosen.schedule.timezone), one.who, one.review, one.title, _path(one, names)) for one in found]
    show_table(chosen.name, ("when", "who", "did", "insight", "theme"), rows)
    tell_next("`digest themes move STORY THEME` decides otherwise; of each insight the last decision counts.")


@themes.command()
def report(
    workspace: WorkspaceOption = Path(),
    newsletter: NewsletterOption = None,
    months: Annotated[int, typer.Option(min=1, max=36, help="How many months, this one among them.")] = 6,
    svg: Annotated[Path | None, typer.Option(help="Draw it into this file, too.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show how the themes are used: stories a month, how many were doubtful, what people moved, what fits nowhere."""
    from digest.app import App
    from digest.app.themes import balance

    opened = App.open(workspace)
    chosen = opened.newsletter(newsletter)
    found = balance(opened, chosen, months)
    if svg is not None:
        from digest.web import plots

        title = f"{chosen.name}: stories under each theme"
        svg.write_text(plots.balance(found, title, opened.loaded.workspace.brand.accent), encoding="utf8")
    if as_json:
        show_json(found)
        return
    _show_balance(chosen, found)
    if svg is not None:
        say(f"Drawn: {svg}")


def _decide(
    workspace: Path, edition: str | None, story: str, theme: str | None, who: str, always: bool, as_json: bool
) -> None:
    from digest.app import App
    from digest.app.themes import decide
    from digest.jobs.reviewing import theme_names

    opened = App.open(workspace)
    wanted, rule = decide(opened, edition or opened.latest(), story, who or me(), theme, always=always)
    reviewed = wanted.reviewed
    if as_json:
        show_json({"decided": reviewed, "rule": rule or None})
        return
    names = theme_names(opened.newsletter(wanted.made.before.newsletter))
    where = names.get(reviewed.theme, reviewed.theme)
    if reviewed.review == Review.MOVED:
        say(f"“{reviewed.title}” stands under {where} now, no longer under {names.get(reviewed.before, 'another')}.")
    else:
        say(f"“{reviewed.title}” stays under {where}.")
    if rule:
        say("Written into digest.toml:", "bold")
        say(rule.strip())
    elif always:
        say("The rule for insights like it stands in digest.toml already.")
    _tell_lost_approval(opened, reviewed.edition, wanted.made.before.approved_by)


def _tell_lost_approval(opened: App, edition: str, approved_by: str) -> None:
    if approved_by:
        say(f"{edition} had been approved by {approved_by}; it has changed and is a draft again.")
    tell_next(f"`digest preview {edition}` to look at it.")


def _path(one: Reviewed, names: dict[str, str]) -> str:
    """Write from where to where somebody moved something; a theme that is gone by its id."""
    here = names.get(one.theme, one.theme)
    return f"{names.get(one.before, one.before)} → {here}" if one.review == Review.MOVED else here


def _show_balance(newsletter: Newsletter, found: Balance) -> None:
    from datetime import date

    months = [f"{date(year, month, 1):%b}" for year, month in found.months]
    rows = [(one.name, *(count or "–" for count in one.counts), one.stories) for one in found.shares]
    columns = ("theme", *months, "all")
    show_table(f"{newsletter.name}: stories a month", columns, rows, columns[1:])
    sure = [
        (
            one.name,
            f"{one.checked_share:.0%}" if one.placed else "–",
            one.moved_here or "–",
            one.moved_away or "–",
            one.missed or "–",
        )
        for one in found.shares
    ]
    titles = ("theme", "check this", "moved here", "moved away", "in Other")
    show_table("How sure it was, and what people moved", titles, sure, titles[1:])
    say("check this: the share that was marked. in Other: what fits nowhere and was nearest to this theme.")
    _show_words(found)
    if found.other:
        say("Under Other, the latest first:", "bold")
        for title in found.other:
            say(f"  {title}")
    tell_next("`digest themes suggest` proposes themes for what fits nowhere.")


def _show_words(found: Balance) -> None:
    rows: Sequence[tuple[str, str]] = [(share.name, ", ".join(share.words)) for share in found.shares if share.words]
    if rows:
        show_table("Words that keep turning up", ("theme", "words"), rows)
