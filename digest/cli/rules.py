"""Commands about the rules of grouping: themes rules, add, remove."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from digest.cli.frame import JsonOption, NewsletterOption, WorkspaceOption, say, show_json, show_table, tell_next
from digest.cli.themes import themes

rules = typer.Typer(help="Show what always stands under a theme; add a rule or remove one.")
themes.add_typer(rules, name="rules")


@rules.callback(invoke_without_command=True)
def show(
    context: typer.Context,
    workspace: WorkspaceOption = Path(),
    newsletter: NewsletterOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the rules, in the order in which they are asked."""
    if context.invoked_subcommand is not None:
        return
    from digest.app import App
    from digest.jobs.reviewing import theme_names

    chosen = App.open(workspace).newsletter(newsletter)
    if as_json:
        show_json(chosen.rules)
        return
    if not chosen.rules:
        say("There is no rule: every story stands where its words and people's decisions put it.")
        tell_next("`digest themes move STORY THEME --always` makes one, and so does `digest themes rules add`.")
        return
    names = theme_names(chosen)
    rows = [
        (number, names[one.theme], one.like or "–", ", ".join(one.words) or "–", one.source or "–")
        for number, one in enumerate(chosen.rules, 1)
    ]
    show_table(chosen.name, ("no.", "always under", "insights like", "with the words", "from"), rows, ("no.",))
    tell_next("`digest themes rules remove NUMBER` removes one; digest.toml has them under [[newsletters.rules]].")


@rules.command()
def add(
    theme: Annotated[str, typer.Argument(help="The theme, by id or name; “other” for none.")],
    workspace: WorkspaceOption = Path(),
    newsletter: NewsletterOption = None,
    like: Annotated[str, typer.Option(help="Insights like this: a title, with its summary or without.")] = "",
    word: Annotated[list[str] | None, typer.Option(help="A word that must stand in it; again for more.")] = None,
    source: Annotated[str, typer.Option(help="Id of the source it must come from.")] = "",
) -> None:
    """Write a rule into digest.toml; all that it says must hold."""
    from digest.app import App, theming
    from digest.jobs.reviewing import theme_named
    from digest.jobs.staffing import BY_COMMAND

    opened = App.open(workspace)
    chosen = opened.newsletter(newsletter)
    given: dict[str, object] = {"like": like, "words": word or [], "source": source}
    values = {"theme": theme_named(chosen, theme)} | {name: value for name, value in given.items() if value}
    [written] = theming.add_rule(opened, chosen, values, BY_COMMAND).entries
    say(f"Written into {opened.loaded.folder / 'digest.toml'}, for {chosen.name}:", "bold")
    say(written.strip())
    tell_next("`digest draft --again` heeds it in a draft that is there already.")


@rules.command()
def remove(
    number: Annotated[int, typer.Argument(help="Its number, as `digest themes rules` lists it.")],
    workspace: WorkspaceOption = Path(),
    newsletter: NewsletterOption = None,
) -> None:
    """Take a rule out of digest.toml; stories that it placed stay where they are."""
    from digest.app import App, theming
    from digest.jobs.staffing import BY_COMMAND

    opened = App.open(workspace)
    chosen = opened.newsletter(newsletter)
    [taken] = theming.take_out_rule(opened, chosen, number, BY_COMMAND).entries
    say("Taken out of digest.toml:", "bold")
    say(taken.strip())
    tell_next("`digest draft --again` heeds it in a draft that is there already.")
