"""Commands about templates: templates, templates eject."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Annotated

import typer

from digest.cli.frame import JsonOption, WorkspaceOption, app, say, show_json, show_table, tell_next
from digest.domain.errors import NotFound, Refused

templates = typer.Typer(help="Show the templates of the emails; take one over to change it.")
app.add_typer(templates, name="templates")


@templates.callback(invoke_without_command=True)
def show(context: typer.Context, workspace: WorkspaceOption = Path(), as_json: JsonOption = False) -> None:
    """Show each template, and whether it is the program's or your own."""
    if context.invoked_subcommand is not None:
        return
    found = {name.removeprefix("templates/"): whose for name, whose in _whose(workspace).items()}
    if as_json:
        show_json([{"template": name, "whose": whose} for name, whose in found.items()])
        return
    show_table("Templates", ("template", "whose"), list(found.items()))
    tell_next("`digest templates eject NAME` copies one into this workspace, to be changed there.")


@templates.command()
def eject(
    name: Annotated[str, typer.Argument(help="The template, as `digest templates` lists it.")],
    workspace: WorkspaceOption = Path(),
) -> None:
    """Copy one of the program's templates into the workspace: from then on yours is used."""
    from digest import bundle, config

    config.bytes_of(workspace / config.FILE)
    known = bundle.templates()
    path = name if name in known else f"{config.TEMPLATES}/{name}"
    if path not in known:
        names = [one.removeprefix(f"{config.TEMPLATES}/") for one in known]
        near = difflib.get_close_matches(name, names, n=1)
        mend = f"Did you mean “{near[0]}”?" if near else "`digest templates` lists them."
        raise NotFound(f"The program has no template “{name}”.", mend)
    target = workspace / path
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with target.open("x", encoding="utf8", newline="\n") as out:
            out.write(known[path])
    except FileExistsError as fault:
        raise Refused(
            f"{target} is there already.", "Change that one, or remove it to begin with the program's."
        ) from fault
    say(f"Copied to {target}: from now on it is yours. New versions of the program leave it as it is.")
    tell_next("change it, then `digest check` looks it over; remove it, and the program's is used again.")


def _whose(workspace: Path) -> dict[str, str]:
    from digest import bundle, config

    config.bytes_of(workspace / config.FILE)
    program, own = bundle.templates(), config.own_templates(workspace)
    whose = {}
    for name in sorted({*program, *own}):
        if name not in own:
            whose[name] = "the program's"
        elif name not in program:
            whose[name] = "yours alone"
        else:
            whose[name] = "yours, not changed yet" if own[name] == program[name] else "yours, in place of the program's"
    return whose
