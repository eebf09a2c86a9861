"""IMAP: the mailbox to which bounces and replies come, on a server (RFC 9051, RFC 3501).

Encrypted and with the server's certificate judged, unless it is this machine. Messages are asked for one by one, up to
a size, and without marking them as read: what was dealt with is told to the server after it is committed, so that
a crash in between finds it again.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError, LoginError

from digest.domain.errors import ServerTrouble
from digest.domain.model import Tls
from digest.feedback.opening import MOST_OCTETS

#: ports of IMAP that is encrypted later, and from the first octet (RFC 8314)
IMAP, IMAPS = 143, 993
_LOCAL = ("127.0.0.1", "::1", "localhost")
#: messages that are asked for at one time; what is left is found the next time
MOST_MESSAGES = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What proves who we are: a password, or what gives tokens of OAuth 2.0. Never shown.

    token: told which one was refused (empty: none yet), gives one that is valid now.
    """

    password: str = field(default="", repr=False)
    token: Callable[[str], str] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A mailbox on a server."""

    #: imap://user@host[:port]
    url: str
    tls: Tls = "tls"
    folder: str = "INBOX"
    #: where what was dealt with goes; empty to leave it there, marked as read
    done: str = "Digest/Done"
    #: seconds to wait for a connection, and for each answer
    timeout: float = 60


class Imap:
    """A mailbox on a server as a Mailbox (domain/ports); a context manager that hangs up.

    after: the last key that was dealt with; without one, or where the server numbered its messages anew since
    (UIDVALIDITY, RFC 9051 2.3.1.1), all that nobody has read are asked for. Raises ServerTrouble, as all methods do.
    """

    def __init__(self, account: Account, proof: Proof, after: str = "") -> None:
        self._account = account
        self._after = after
        self._has_folder = False
        target = urlsplit(account.url)
        self._host = target.hostname or "127.0.0.1"
        self._user = unquote(target.username or "")
        self._client = self._opened(proof, target.port)
        with self._told("could not open the folder"):
            chosen = self._client.select_folder(account.folder)
            self._validity = int(chosen[b"UIDVALIDITY"])

    def __enter__(self) -> Self:
        """Return the mailbox."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, where: TracebackType | None
    ) -> None:
        """Hang up."""
        self.close()

    def close(self) -> None:
        """Say goodbye and hang up; nothing hangs on it."""
        with suppress(IMAPClientError, OSError):
            self._client.logout()
        _hang_up(self._client)

    def messages(self) -> Iterator[tuple[str, bytes]]:
        """Yield messages that were not dealt with, the oldest first: a key, and their bytes up to MOST_OCTETS."""
        with self._told("could not list its messages"):
            found = self._waiting()
        for uid in found:
            with self._told("could not give a message"):
                given = self._client.fetch([uid], [f"BODY.PEEK[]<0.{MOST_OCTETS}>"]).get(uid, {})
            content = next((value for name, value in given.items() if name.startswith(b"BODY[]")), None)
            # another program may have taken it away meanwhile
            if content is not None:
                yield f"{self._validity}/{uid}", content

    def done(self, key: str) -> None:
        """Move a message away, or mark it as read where it stays; a key of other numbers than now is let be."""
        validity, _, number = key.partition("/")
        if validity != str(self._validity):
            return
        uid = int(number)
        with self._told("could not put a message away"):
            if not self._account.done:
                self._client.add_flags([uid], [rb"\Seen"])
                return
            self._make_folder()
            self._client.add_flags([uid], [rb"\Seen"])
            if self._client.has_capability("MOVE"):
                self._client.move([uid], self._account.done)
                return
            # before RFC 6851; it is only marked as deleted where a single one cannot be expunged (RFC 4315)
            self._client.copy([uid], self._account.done)
            self._client.delete_messages([uid])
            if self._client.has_capability("UIDPLUS"):
                self._client.uid_expunge([uid])

    def _waiting(self) -> list[int]:
        validity, _, number = self._after.partition("/")
        if validity == str(self._validity) and number.isdecimal():
            # “n:*” is the last message also where that comes before n (RFC 9051 6.4.8)
            found = self._client.search(["UID", f"{int(number) + 1}:*", "UNDELETED"])
            return sorted(uid for uid in found if uid > int(number))[:MOST_MESSAGES]
        return sorted(self._client.search(["UNSEEN", "UNDELETED"]))[:MOST_MESSAGES]

    def _make_folder(self) -> None:
        if not self._has_folder:
            name = self._account.done
            if not self._client.folder_exists(name):
                self._client.create_folder(name)
            self._has_folder = True

    def _opened(self, proof: Proof, port: int | None) -> Any:
        tls = self._account.tls
        if tls == "none" and self._host not in _LOCAL:
            raise ServerTrouble(
                "The password would go over the network in clear text.",
                'Write tls = "tls" or "starttls"; nothing was sent to the server.',
            )
        token = proof.token("") if proof.token is not None else ""
        client = self._connected(tls, port)
        try:
            self._log_in(client, proof, token)
        except ServerTrouble:
            _hang_up(client)
            another = proof.token(token) if proof.token is not None else token
            if another == token:
                raise
            # over a new line: a token that is refused is asked for anew, once
            client = self._connected(tls, port)
            self._log_in(client, proof, another)
        return client

    def _connected(self, tls: Tls, port: int | None) -> Any:
        context = ssl.create_default_context()
        number = port or (IMAPS if tls == "tls" else IMAP)
        with self._told("does not serve"):
            client = IMAPClient(
                self._host, number, ssl=tls == "tls", ssl_context=context, timeout=self._account.timeout
            )
        if tls == "starttls":
            try:
                with self._told("offers no encryption"):
                    client.starttls(context)
            except ServerTrouble:
                _hang_up(client)
                raise
        return client

    def _log_in(self, client: Any, proof: Proof, token: str) -> None:
        try:
            if token:
                client.oauth2_login(self._user, token)
            elif client.has_capability("AUTH=PLAIN"):
                # in UTF-8 (RFC 4616), where LOGIN knows ASCII alone
                client.plain_login(self._user, proof.password)
            else:
                client.login(self._user, proof.password)
        except LoginError:
            # what a server says of a log-in may repeat what it was shown
            raise ServerTrouble(
                f"{self._host} refused the log-in of {self._user}.",
                "Check the user and the password or sign-in; no message is lost.",
            ) from None
        except UnicodeEncodeError:
            raise ServerTrouble(
                f"{self._host} takes no password with letters such as é.", "Choose one without; no message is lost."
            ) from None
        except (IMAPClientError, OSError) as fault:
            raise ServerTrouble(
                f"{self._host} ended the log-in of {self._user}.", "It is tried again; no message is lost."
            ) from fault

    def _told(self, what: str) -> _Telling:
        return _Telling(self._host, what)


def _hang_up(client: Any) -> None:
    with suppress(IMAPClientError, OSError):
        client.shutdown()


class _Telling:
    """Turns what goes wrong on the line into a ServerTrouble that names the server."""

    def __init__(self, host: str, what: str) -> None:
        self._host = host
        self._what = what

    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, where: TracebackType | None
    ) -> None:
        if isinstance(fault, ssl.SSLCertVerificationError):
            raise ServerTrouble(
                f"{self._host} could not prove who it is: {fault.verify_message}",
                "Check its certificate; nothing was sent to it.",
            ) from fault
        if isinstance(fault, IMAPClientError | OSError | EOFError):
            raise ServerTrouble(
                f"{self._host} {self._what}: {fault}", "It is tried again; no message is lost."
            ) from fault
