"""Commands about signatures: dkim new, show."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.frame import JsonOption, WorkspaceOption, app, say, show_json, tell_next

if TYPE_CHECKING:
    from digest.transports.dkim import DomainKey

dkim = typer.Typer(help="Sign mail, so that providers know that it is yours.", no_args_is_help=True)
app.add_typer(dkim, name="dkim")


_LONGEST_SELECTOR = 40


class Algorithms(StrEnum):
    """Which keys are made."""

    BOTH = "both"
    RSA = "rsa"
    ED25519 = "ed25519"


@dkim.callback()
def group() -> None:
    """Sign mail, so that providers know that it is yours."""


@dkim.command()
def new(
    domain: Annotated[str, typer.Option(help="The sender's domain; by default that of your first newsletter.")] = "",
    selector: Annotated[str, typer.Option(help="What the keys are called; by default by the month.")] = "",
    algorithm: Annotated[Algorithms, typer.Option(help="Ed25519 is newer and not known everywhere.")] = Algorithms.BOTH,
    workspace: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Make keys, and say what to put into the DNS and into digest.toml."""
    from digest.app import App
    from digest.app.signing import make

    opened = App.open(workspace)
    chosen = (domain or opened.loaded.workspace.newsletters[0].sender.address.rpartition("@")[2]).lower()
    name = (selector or f"digest-{date.today():%Y%m}").lower()
    _checked(chosen, name)
    wanted = {one: f"{name}-{one}" for one in ("rsa", "ed25519") if algorithm in (Algorithms.BOTH, one)}
    made = make(opened.loaded.folder, chosen, wanted)
    if as_json:
        show_json([_told(key) for key in made])
        return
    for key in made:
        _show(key)
    say("2. When both records can be seen, put this at the end of digest.toml:", "bold")
    for key in made:
        say(f'\n[[dkim]]\ndomain = "{key.domain}"\nselector = "{key.selector}"')
    tell_next("`digest check` looks at the keys; until digest.toml names them, nothing is signed.")


@dkim.command()
def show(workspace: WorkspaceOption = Path(), as_json: JsonOption = False) -> None:
    """Show the DNS records of all keys again."""
    from digest.app import App
    from digest.app.signing import kept

    keys = kept(App.open(workspace))
    if as_json:
        show_json([_told(key) | {"in_use": in_use} for key, in_use in keys])
        return
    for key, in_use in keys:
        _show(key)
        if not in_use:
            say("   digest.toml does not name it yet: nothing is signed with it.\n")
    if not keys:
        say("There are no keys: mail is signed by your relay, or by nobody.")
        tell_next("`digest dkim new` makes keys.")


def _checked(domain: str, selector: str) -> None:
    """Raise Refused for what is no name in the DNS."""
    from digest.config.dns import is_dns_name, is_domain
    from digest.domain.errors import Refused

    if not is_domain(domain):
        raise Refused(f"“{domain}” is no domain.", "Give the part after the @ of the sender's address.")
    # what tells two keys apart is put behind it
    if not is_dns_name(selector) or "." in selector or len(selector) > _LONGEST_SELECTOR:
        raise Refused(f"“{selector}” cannot be a selector.", "Use small letters, digits and hyphens.")


def _show(key: DomainKey) -> None:
    from digest.transports.dkim import strings

    kind = "RSA, which every provider knows" if key.algorithm.startswith("rsa") else "Ed25519, newer and shorter"
    say(f"1. Ask whoever runs the DNS of {key.domain} for a TXT record ({kind}):", "bold")
    say(f"   name:  {key.name}")
    say(f"   value: {key.record}")
    if key.algorithm.startswith("rsa"):
        say(f"   in a zone file: {strings(key.record)}")
    say("")


def _told(key: DomainKey) -> dict[str, str]:
    return {"name": key.name, "type": "TXT", "value": key.record, "selector": key.selector, "domain": key.domain}
