"""Session: a wire that was greeted, encrypted and logged in, and what the server on it can do.

RFC 5321 (greeting, EHLO), RFC 3207 (STARTTLS), RFC 4954 (AUTH), RFC 4616 (PLAIN); LOGIN and XOAUTH2 as Microsoft and
Google document them.
"""

from __future__ import annotations

import base64
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import unquote, urlsplit

from digest.domain.errors import ServerTrouble
from digest.domain.model import Server
from digest.transports.smtp.replies import Reply
from digest.transports.smtp.wire import Lost, Wire

#: a server says “you are not logged in” with one of these (RFC 4954 6)
WANTS_LOG_IN = (530, 535)
#: ports of submission (RFC 6409) and of submission that is encrypted from the first octet (RFC 8314)
SUBMISSION, SUBMISSIONS = 587, 465
#: seconds for a goodbye: nothing hangs on it
_GOODBYE_SECONDS = 2.0


#: Told which token a server has refused (empty: none yet), gives one that is valid now; the same one where there is no
#: other. Raises ServerTrouble, as Passing where it may be better soon.
TokenOf = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What proves who we are: a password, or what gives tokens of OAuth 2.0. Never shown."""

    password: str = ""
    token: TokenOf | None = None
    #: what to do where a server refuses it
    mend: str = "Check the user in [server] and DIGEST_SMTP_PASSWORD"

    def __repr__(self) -> str:
        """Tell nothing."""
        return "Secrets(…)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A server as we know it: what proves who we are there, and what it took in the last day."""

    server: Server
    secrets: Secrets = field(default_factory=Secrets)
    #: messages by minute, the oldest first
    used: tuple[tuple[datetime, int], ...] = ()


class Passing(ServerTrouble):
    """A server that will not serve now, and perhaps soon: it is full, or was restarted."""


class _TokenRefused(ServerTrouble):
    """A token that a server does not take, or takes no longer."""


class Session:
    """A line on which mail can be sent."""

    def __init__(self, wire: Wire, offers: Mapping[str, str], server: Server) -> None:
        self.wire = wire
        self.server = server
        #: keyword of EHLO -> its parameters
        self.offers = offers
        self.began = time.monotonic()
        #: bodies that were begun
        self.messages = 0

    def ask(self, command: str, seconds: float | None = None) -> Reply:
        """Send one command and wait for its answer.

        Raises Lost.
        """
        seconds = self.server.timeout if seconds is None else seconds
        self.wire.write(f"{command}\r\n".encode(), seconds)
        return self.wire.reply(seconds)

    @property
    def largest(self) -> int:
        """Octets of the largest message that the server takes; 0 where it says nothing (RFC 1870)."""
        said = self.offers.get("SIZE", "")
        return int(said) if said.isdecimal() else 0

    def end(self) -> None:
        """Say goodbye and hang up."""
        with suppress(Lost):
            self.ask("QUIT", min(_GOODBYE_SECONDS, self.server.timeout))
        self.wire.close()


def opened(server: Server, secrets: Secrets, local_name: str | None = None) -> Session:
    """Connect to a server, encrypt, log in. A token that is refused is asked for anew, once.

    Raises ServerTrouble, as Passing where it may be better soon; nothing was sent then.
    """
    user = unquote(urlsplit(server.url).username or "")
    token = secrets.token("") if user and secrets.token is not None else ""
    try:
        return _opened(server, secrets, user, token, local_name)
    except _TokenRefused:
        another = secrets.token(token) if secrets.token is not None else token
        if another == token:
            raise
    # over a new line: servers may hang up, or count, after a log-in that failed
    return _opened(server, secrets, user, another, local_name)


def _opened(server: Server, secrets: Secrets, user: str, token: str, local_name: str | None) -> Session:
    target = urlsplit(server.url)
    host = target.hostname or "127.0.0.1"
    port = target.port or (SUBMISSIONS if server.tls == "tls" else SUBMISSION)
    try:
        wire = Wire(host, port, server.timeout)
    except OSError as fault:
        raise Passing(
            f"{host}:{port} does not serve: {fault}", "Check the address of [server]; nothing was sent to it."
        ) from fault
    try:
        session = _introduced(wire, server, host, local_name or socket.getfqdn())
        if user:
            _log_in(session, host, user, secrets, token)
        return session
    except ssl.SSLError as fault:
        wire.close()
        raise ServerTrouble(
            f"{host} could not prove who it is: {getattr(fault, 'verify_message', '') or fault.reason or fault}",
            "Check its certificate; nothing was sent.",
        ) from fault
    except (Lost, OSError) as fault:
        wire.close()
        raise Passing(
            f"{host}:{port} does not serve: {fault}", "Ask whoever runs the mail server; nothing was sent to it."
        ) from fault
    except BaseException:
        wire.close()
        raise


def _introduced(wire: Wire, server: Server, host: str, local_name: str) -> Session:
    if server.tls == "tls":
        wire.encrypt(ssl.create_default_context(), host, server.timeout)
    greeting = wire.reply(server.timeout)
    if greeting.kind != 2:
        raise _unwilling(host, greeting)
    session = Session(wire, {}, server)
    session.offers = _offers(session, host, local_name)
    if server.tls == "starttls":
        if "STARTTLS" not in session.offers:
            raise ServerTrouble(f"{host} offers no encryption.", "Check tls under [server]; nothing was sent.")
        answer = session.ask("STARTTLS")
        if answer.kind != 2:
            raise _unwilling(host, answer)
        wire.encrypt(ssl.create_default_context(), host, server.timeout)
        session.offers = _offers(session, host, local_name)
    return session


def _offers(session: Session, host: str, local_name: str) -> dict[str, str]:
    answer = session.ask(f"EHLO {local_name}")
    if answer.kind == 5:
        # before extensions there was only HELO; nothing is offered then
        old = session.ask(f"HELO {local_name}")
        if old.kind != 2:
            raise _unwilling(host, old)
        return {}
    if answer.kind != 2:
        raise _unwilling(host, answer)
    offers: dict[str, str] = {}
    for line in answer.lines[1:]:
        # “AUTH=LOGIN” is how it was spelled before the standard
        keyword, _, parameters = line.replace("=", " ", 1).partition(" ")
        offers[keyword.upper()] = f"{offers.get(keyword.upper(), '')} {parameters}".strip()
    return offers


def _log_in(session: Session, host: str, user: str, secrets: Secrets, token: str) -> None:
    """Prove who we are, in the first way that both sides know.

    Raises ServerTrouble without any secret in it.
    """
    if session.server.tls == "none" and not session.wire.is_local:
        raise ServerTrouble(
            "The password would go over the network in clear text.",
            'Write tls = "starttls" or "tls" under [server]; nothing was sent.',
        )
    offered = session.offers.get("AUTH", "").upper().split()
    with_token = bool(token) and "XOAUTH2" in offered
    with_password = not token or bool(secrets.password)
    proof = _coded(f"user={user}\x01auth=Bearer {token}\x01\x01" if with_token else f"\0{user}\0{secrets.password}")
    if with_token:
        answer = session.ask(f"AUTH XOAUTH2 {proof}")
        if answer.kind == 3:
            # the reason comes as a challenge; an empty answer asks for the refusal itself
            answer = session.ask("")
    elif "PLAIN" in offered and with_password:
        answer = session.ask(f"AUTH PLAIN {proof}")
    elif "LOGIN" in offered and with_password:
        answer = session.ask("AUTH LOGIN")
        for word in (user, secrets.password):
            if answer.kind == 3:
                proof = _coded(word)
                answer = session.ask(proof)
    else:
        ways = ", ".join(offered) or "none"
        raise ServerTrouble(
            f"{host} offers no log-in that this program knows (it offers {ways}).",
            "Check tls under [server]; many servers offer it only when encrypted. Nothing was sent.",
        )
    if answer.kind == 4 and answer.code != 432:
        raise Passing(
            f"{host} does not serve: {_without(answer, proof)}", "Ask whoever runs it; nothing was sent to it."
        )
    if answer.kind != 2:
        refused = _TokenRefused if with_token else ServerTrouble
        raise refused(f"{host} refused the log-in: {_without(answer, proof)}", f"{secrets.mend}; nothing was sent.")


def _without(answer: Reply, proof: str) -> str:
    """Return an answer up to what was shown to the server: some repeat the line that they refuse, or its beginning."""
    told = str(answer)
    return told.partition(proof[:12])[0] if proof else told


def _coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


def _unwilling(host: str, answer: Reply) -> ServerTrouble:
    made = Passing if answer.kind == 4 else ServerTrouble
    return made(f"{host} does not serve: {answer}", "Ask whoever runs the mail server; nothing was sent to it.")
