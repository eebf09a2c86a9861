"""Tokens: what lasts of a sign-in for a mail server lies in .digest/tokens; what is valid now is kept in memory."""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

from digest import config
from digest.app.grant import Client, Granted, SignIn, refreshed
from digest.config import Loaded
from digest.config.oauth import FIRST, endpoints
from digest.domain.errors import ConfigurationError, NotFound, Refused, ServerTrouble, SignInFailed
from digest.domain.model import Finding, OAuth, Server, Severity
from digest.transports.smtp import Passing

#: a token that ends so soon is not shown to a server any more
SPARE = timedelta(seconds=60)
_FOLDER = "tokens"
_OTHERS = 0o077


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What lasts of a sign-in, and for whom it is good."""

    refresh: str = field(repr=False)
    client_id: str
    token_url: str


class Drawer:
    """Where what lasts of one server's sign-in lies. Only who holds it may write.

    folder: the workspace's; name: the server's id, empty for [server].
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self.file = folder / config.PRIVATE / _FOLDER / f"{name or FIRST}.json"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep every other process away while the block reads, asks and writes."""
        config.private(self._folder)
        self.file.parent.mkdir(mode=0o700, exist_ok=True)
        handle = os.open(self.file.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def kept(self) -> Kept | None:
        """Return what is kept; None where nobody has signed in.

        Raises SignInFailed where it cannot be read.
        """
        try:
            found = json.loads(self.file.read_text(encoding="utf8"))
            parts = [found[name] for name in ("refresh_token", "client_id", "token_url")]
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as fault:
            what = getattr(fault, "strerror", None) or "it is no sign-in"
            raise SignInFailed(f"{self.file} cannot be read ({what}).", "Sign in again.") from fault
        return Kept(refresh=str(parts[0]), client_id=str(parts[1]), token_url=str(parts[2]))

    def keep(self, client: Client, refresh: str) -> None:
        """Write what lasts; what was kept before may be worth nothing already."""
        token_url = client.endpoints.token_url
        text = json.dumps({"refresh_token": refresh, "client_id": client.id, "token_url": token_url}, indent=2)
        config.write_private(self.file, f"{text}\n".encode())

    def remove(self) -> bool:
        """Take it away; tell whether anything was there."""
        with suppress(FileNotFoundError):
            self.file.unlink()
            return True
        return False


class Mailbox:
    """A mailbox at a mail server, for which somebody signs in."""

    def __init__(self, folder: Path, name: str, server: Server, oauth: OAuth, again: str = "") -> None:
        """name: the server's id, empty for [server]; again: how somebody signs in once more, the command if not given.

        Raises ConfigurationError where a secret's file cannot be read.
        """
        self.name = name
        self.drawer = Drawer(folder, name)
        target = urlsplit(server.url)
        self.host = target.hostname or ""
        self.user = unquote(target.username or "")
        self.again = again or f"`digest mail login{f' --server {name}' if name else ''}`"
        self.client = Client(
            id=oauth.client_id, endpoints=endpoints(oauth), again=self.again, secret=config.client_secret(name)
        )

    def sign_in(self, port: int) -> SignIn:
        """Begin a sign-in; the browser will come back to a port of this machine."""
        return SignIn(self.client, f"http://{self.client.endpoints.loopback}:{port}", self.user)

    def keep(self, granted: Granted) -> None:
        """Keep what lasts of a sign-in, in the place of what was kept before."""
        with self.drawer.held():
            self.drawer.keep(self.client, granted.refresh)

    def forget(self) -> bool:
        """Take away what was kept; tell whether there was anything."""
        with self.drawer.held():
            return self.drawer.remove()

    def kept(self) -> Kept:
        """Return what lasts of the sign-in.

        Raises SignInFailed where there is none, or none for what digest.toml says now.
        """
        kept = self.drawer.kept()
        if kept is None:
            raise SignInFailed(f"Nobody is signed in for {self.host}.", f"Sign in with {self.again}.")
        if (kept.client_id, kept.token_url) != (self.client.id, self.client.endpoints.token_url):
            # it is shown to nobody but who gave it
            what = f"The sign-in for {self.host} is of other settings than those that digest.toml has now."
            raise SignInFailed(what, f"Sign in again with {self.again}.")
        return kept

    def renewed(self) -> Granted:
        """Get a new access token, and keep what else is given with it.

        Raises SignInFailed.
        """
        with self.drawer.held():
            kept = self.kept()
            granted = refreshed(self.client, kept.refresh)
            if granted.refresh and granted.refresh != kept.refresh:
                self.drawer.keep(self.client, granted.refresh)
        return granted


class Tokens:
    """Gives the tokens of one mailbox, each for as long as it is good; any number of threads ask (TokenOf)."""

    def __init__(self, mailbox: Mailbox, clock: Callable[[], datetime]) -> None:
        self._mailbox = mailbox
        self._clock = clock
        self._lock = threading.Lock()
        self._access = ""
        self._until: datetime | None = None

    def __call__(self, refused: str) -> str:
        """Return a token that is valid now and, if there is one, another than what a server refused.

        Raises ServerTrouble, as Passing where it may be better soon.
        """
        with self._lock:
            is_good = self._until is not None and self._clock() < self._until
            if not is_good or self._access == refused:
                granted = self._granted()
                self._access = granted.access
                self._until = self._clock() + timedelta(seconds=granted.seconds) - SPARE
            return self._access

    def _granted(self) -> Granted:
        try:
            # what lasts is given once: unlike on the threads of a delivery, the program does not end amid this
            with ThreadPoolExecutor(1) as pool:
                return pool.submit(self._mailbox.renewed).result()
        except SignInFailed as fault:
            raise (Passing if fault.passing else ServerTrouble)(fault.what, fault.mend) from fault
        except OSError as fault:
            raise ServerTrouble(
                f"The sign-in could not be kept in {self._mailbox.drawer.file}: {fault.strerror or fault}.",
                f"Check permissions and free space, then sign in again with {self._mailbox.again}.",
            ) from fault


def mailboxes(loaded: Loaded) -> list[Mailbox]:
    """Return those of the servers that somebody signs in for, that of [server] first.

    Raises ConfigurationError.
    """
    workspace = loaded.workspace
    named = [("", workspace.server), *((one.id, one) for one in workspace.servers)]
    return [Mailbox(loaded.folder, name, one, one.oauth) for name, one in named if one.oauth is not None]


def chosen(loaded: Loaded, name: str = "") -> Mailbox:
    """Return the mailbox that is meant: by its server's id, “server” for [server]; without a name, that or the only.

    Raises NotFound, Refused, ConfigurationError.
    """
    known = {one.name or FIRST: one for one in mailboxes(loaded)}
    if not known:
        raise Refused(
            "digest.toml says of no mail server that somebody signs in for it.",
            "Write [server.oauth] first; docs/oauth.md says how.",
        )
    if not name and (FIRST in known or len(known) == 1):
        return next(iter(known.values()))
    if name not in known:
        what = (
            f"There is no sign-in for a server “{name}”." if name else "There is more than one server to sign in for."
        )
        raise NotFound(what, f"Give one of these with --server: {', '.join(known)}.")
    return known[name]


def findings(loaded: Loaded) -> Iterator[Finding]:
    """Yield for which servers nobody is signed in, and what others may read."""
    try:
        every = [one for one in mailboxes(loaded) if not config.token(one.name)]
    except ConfigurationError as fault:
        yield from fault.findings
        return
    for one in every:
        where = f"{config.FILE}: {f'server “{one.name}”' if one.name else '[server.oauth]'}"
        try:
            one.kept()
        except SignInFailed as fault:
            why = "No mail leaves through it."
            yield _finding("missing", Severity.MUST_MEND, where, fault.what, why, fault.mend)
            continue
        file = one.drawer.file
        if file.stat().st_mode & _OTHERS:
            what, why = f"Others on this machine may read {file}.", "Whoever has it can send mail as you."
            yield _finding("readable", Severity.LOOK_AT, where, what, why, f"chmod 600 {file}")


def _finding(code: str, severity: Severity, where: str, what: str, why: str, mend: str) -> Finding:
    return Finding(code=f"sign-in.{code}", severity=severity, where=where, what=what, why=why, mend=mend)
