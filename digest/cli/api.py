"""Commands about programs: their tokens for the API, and the webhooks that tell them what happens."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.frame import (
    AsOption,
    JsonOption,
    WorkspaceOption,
    app,
    say,
    show_json,
    show_table,
    tell_next,
    when,
)
from digest.domain.model import Scope, WebhookEvent

if TYPE_CHECKING:
    from digest.app import App

api = typer.Typer(help="Make, list and withdraw tokens of programs that use the API; tell programs what happens.")
app.add_typer(api, name="api", no_args_is_help=True)
webhooks = typer.Typer(
    help="Show the webhooks: where programs are told what happens. Add one, renew its secret, end it."
)
api.add_typer(webhooks, name="webhooks")

TokenArgument = Annotated[str, typer.Argument(help="The token's id or name, as `digest api tokens` lists it.")]
WebhookArgument = Annotated[str, typer.Argument(help="The webhook's id, as `digest api webhooks` lists it.")]


@api.command()
def token(
    name: Annotated[str, typer.Argument(help="Which program it is for.")],
    scope: Annotated[list[Scope], typer.Option(help="What it may do; may be given several times.")],
    workspace: WorkspaceOption = Path(),
    days: Annotated[
        int | None, typer.Option(help="Days that it works; until it is withdrawn where none are given.")
    ] = None,
    owner: Annotated[str, typer.Option(help="The address of who answers for it.")] = "",
) -> None:
    """Make a token by which a program uses the API; it is shown once."""
    from digest.app import App, programs
    from digest.jobs.programs import Wanted

    opened = App.open(workspace)
    made, kept = programs.make(opened, owner, Wanted(name=name, scopes=scope, days=days))
    until = f", until {when(kept.ends_at, _zone(opened))}" if kept.ends_at else ""
    say(f"A token for {kept.name}, which {kept.owner} answers for{until}. It is shown this once:")
    say(made)
    tell_next(
        f"send it as “Authorization: Bearer …”; docs/api.md explains the rest. `digest api withdraw {kept.id}` ends it."
    )


@api.command()
def tokens(workspace: WorkspaceOption = Path(), as_json: JsonOption = False) -> None:
    """Show the tokens of programs: what each may do, when it was used last, and whether it works."""
    from digest.app import App
    from digest.jobs import programs

    opened = App.open(workspace)
    every, now, zone = programs.every(opened.store), opened.clock(), _zone(opened)
    if as_json:
        show_json(
            [
                {
                    "id": one.id, "name": one.name, "owner": one.owner, "scopes": one.scopes, "made_at": one.made_at,
                    "ends_at": one.ends_at, "used_at": one.used_at, "state": programs.standing(one, now),
                }
                for one in every
            ]
        )  # fmt: skip
        return
    if not every:
        say("No program is let in.")
        tell_next("`digest api token NAME --scope SCOPE` makes a token.")
        return
    rows = [
        (one.id, one.name, one.owner, ", ".join(one.scopes), when(one.used_at, zone), programs.standing(one, now))
        for one in every
    ]
    show_table("Tokens", ("id", "for", "who answers for it", "what it may do", "last used", ""), rows)
    tell_next("`digest api token NAME --scope SCOPE` makes one.")


@api.command()
def withdraw(token: TokenArgument, workspace: WorkspaceOption = Path()) -> None:
    """End a token for good: the program that has it is let in no more."""
    from digest.app import App
    from digest.jobs import programs

    opened = App.open(workspace)
    done = programs.withdraw(opened.store, opened.clock, token)
    say(f"The token for {done.name} works no more.")


@webhooks.callback(invoke_without_command=True)
def show(context: typer.Context, workspace: WorkspaceOption = Path(), as_json: JsonOption = False) -> None:
    """Show where programs are told what happens, and how that fares."""
    if context.invoked_subcommand is not None:
        return
    from digest.app import App
    from digest.jobs import webhooks as jobs

    opened = App.open(workspace)
    every, zone = jobs.every(opened.store), _zone(opened)
    if as_json:
        show_json([{"webhook": one, "waiting": count.waiting, "given_up": count.given_up} for one, count in every])
        return
    if not every:
        say("No program is told what happens.")
        tell_next("`digest api webhooks add ADDRESS --event EVENT` adds one.")
        return
    rows = [
        (
            one.id,
            one.address,
            ", ".join(one.events),
            when(one.last_success, zone),
            count.waiting,
            count.given_up,
            one.fault,
        )
        for one, count in every
    ]
    columns = ("id", "address", "is told", "last success", "waiting", "given up", "last fault")
    show_table("Webhooks", columns, rows, ("waiting", "given up"))
    tell_next("`digest api webhooks add ADDRESS --event EVENT` adds one.")


@webhooks.command()
def add(
    address: Annotated[str, typer.Argument(help="Where to post; https.")],
    who: AsOption,
    event: Annotated[list[WebhookEvent], typer.Option(help="What to tell; may be given several times.")],
    workspace: WorkspaceOption = Path(),
    with_addresses: Annotated[
        bool, typer.Option("--with-addresses", help="Name the address of whom an event is about.")
    ] = False,
) -> None:
    """Tell a program what happens from now on; its secret is shown once."""
    from digest.app import App
    from digest.app import webhooks as parts

    made, secret = parts.make(App.open(workspace), who, address=address, events=event, with_addresses=with_addresses)
    say(f"Webhook {made.id} is told from now on, while `digest run` runs. Its secret is shown this once:")
    say(secret)
    tell_next("give it to the program: docs/api.md shows how it looks whether a message is from here.")


@webhooks.command()
def renew(webhook: WebhookArgument, workspace: WorkspaceOption = Path()) -> None:
    """Make another secret for a webhook; for a day both sign."""
    from digest.app import App
    from digest.app import webhooks as parts

    opened = App.open(workspace)
    made, secret = parts.renew(opened, webhook)
    both = when(made.both_until, _zone(opened))
    say(f"Another secret for webhook {made.id}, shown this once. Until {both} both sign:")
    say(secret)


@webhooks.command()
def end(webhook: WebhookArgument, workspace: WorkspaceOption = Path()) -> None:
    """Tell a webhook nothing more; what it was not told yet is dropped."""
    from digest.app import App
    from digest.jobs import webhooks as jobs

    opened = App.open(workspace)
    jobs.end(opened.store, opened.clock, webhook)
    say(f"Webhook {webhook} is told nothing more.")


def _zone(opened: App) -> str:
    return opened.loaded.workspace.newsletters[0].schedule.timezone
