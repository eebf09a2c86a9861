"""Commands about the sign-in for a mail server: mail login, logout."""

from __future__ import annotations

import os
import select
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.frame import WorkspaceOption, app, say, tell_next

if TYPE_CHECKING:
    from digest.app.tokens import Mailbox
    from digest.web.landing import Landing

mail = typer.Typer(help="Sign in for a mail server that wants no password (Google, Microsoft).", no_args_is_help=True)
app.add_typer(mail, name="mail")

ServerOption = Annotated[
    str, typer.Option("--server", help="The id of a further server; the first is `server`, and meant without it.")
]


@mail.callback()
def group() -> None:
    """Sign in for a mail server that wants no password (Google, Microsoft)."""


@mail.command()
def login(
    server: ServerOption = "",
    minutes: Annotated[float, typer.Option(min=0.01, max=60, help="How long to wait for you.")] = 10,
    workspace: WorkspaceOption = Path(),
) -> None:
    """Sign in with a browser, once; from then on mail goes out without a password."""
    from digest import config
    from digest.web.landing import Landing

    mailbox = _mailbox(workspace, server)
    with Landing() as landing:
        attempt = mailbox.sign_in(landing.port)
        say(f"Sign in for {mailbox.host} as {mailbox.user}.", "bold")
        say("\n1. Open this in a browser, here or on another machine:\n")
        say(attempt.address)
        say("\n2. Sign in there and allow Digest to send mail. What happens then is said here.")
        say(
            "   If the browser runs on another machine, it ends on a page that it cannot open. That is right: "
            "copy the address of that page, paste it here and press Enter.\n"
        )
        mailbox.keep(attempt.finish(_answer(landing, minutes * 60, mailbox.again)))
    say(f"Done. Mail goes out through {mailbox.host} as {mailbox.user} from now on.", "bold")
    say(f"What lasts of the sign-in is in {mailbox.drawer.file}, readable by you alone.")
    say("If you signed in as somebody else, the mail server will refuse it: sign in again then.")
    if config.token(mailbox.name):
        say("A DIGEST_SMTP_TOKEN is set and goes before it: remove that.", "yellow")
    tell_next("`digest check` looks over the whole workspace.")


@mail.command()
def logout(server: ServerOption = "", workspace: WorkspaceOption = Path()) -> None:
    """Take away what lasts of a sign-in."""
    mailbox = _mailbox(workspace, server)
    if mailbox.forget():
        say(f"Signed out: no mail leaves through {mailbox.host} until somebody signs in again.")
        say("The provider still has your permission in its list; it can be taken back in the settings there.")
    else:
        say(f"Nobody was signed in for {mailbox.host}.")
    tell_next(f"{mailbox.again} signs in.")


def _mailbox(workspace: Path, server: str) -> Mailbox:
    from digest import bundle, config
    from digest.app.tokens import chosen

    return chosen(config.load(workspace, bundle.templates()), server)


def _answer(landing: Landing, seconds: float, again: str) -> str:
    """Wait for the browser, or for somebody who pastes where it ended; return that address.

    Raises SignInFailed where neither comes in time.
    """
    from digest.domain.errors import SignInFailed

    end = time.monotonic() + seconds
    pasting = _Pasting()
    while (left := end - time.monotonic()) > 0:
        ready, _, _ = select.select([landing, *pasting.watched], [], [], left)
        if landing in ready:
            return landing.answer()
        if ready and (pasted := pasting.read()):
            return pasted
    raise SignInFailed(
        f"Nobody signed in within {seconds / 60:g} minutes.",
        f"Nothing has changed. Run {again} again when you are ready; --minutes gives you longer.",
    )


class _Pasting:
    """What somebody types, line by line. It is looked at only when there is something, so nothing ever hangs on it."""

    def __init__(self) -> None:
        self.watched = [] if sys.stdin is None or sys.stdin.closed else [sys.stdin.fileno()]
        self._typed = b""

    def read(self) -> str:
        """Read what is there; return an address that a sign-in ended on, empty where none is whole yet."""
        from digest.web.landing import is_answer

        some = os.read(self.watched[0], 65_536)
        if not some:
            self.watched = []
        self._typed += some or b"\n"
        *lines, self._typed = self._typed.split(b"\n")
        for line in (one.decode("utf8", "replace").strip() for one in lines):
            if is_answer(line):
                return line
            if line:
                say("That is not where a sign-in ends: copy all of the address, up to its last letter. Still waiting…")
        return ""
