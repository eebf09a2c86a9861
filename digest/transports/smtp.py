"""SMTP: one connection, one message after the other (RFC 5321, 3207, 4954).

Replies become outcomes here and nowhere else:

    2xx after the final dot                 Accepted
    5xx to MAIL, RCPT, DATA or the body     Rejected
    4xx likewise                            Deferred
    421, or the connection lost before the
    last octets of the body were written    Deferred, not charged to the delivery
    the connection lost, or silence, or an
    answer that means nothing, after        InDoubt
    no connection, no TLS, no log-in        ServerTrouble: the whole queue waits
"""

from __future__ import annotations

import ipaddress
import re
import smtplib
import socket
import ssl
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from digest.domain.errors import ServerTrouble
from digest.domain.model import Accepted, Deferred, InDoubt, Outcome, Parcel, Rejected, Server, Withheld
from digest.domain.ports import Begin

#: how often a message whose connection was lost before its body's end is tried on a new connection
_RECONNECTS = 2
_REPLY_CHARACTERS = 300

_LINE_DOT = re.compile(rb"(?m)^\.")
#: what may stand between the angle brackets of MAIL and RCPT without SMTPUTF8
_PATH = re.compile(r"[ -;=?-~]+")


@dataclass(frozen=True, slots=True)
class _Lost(Exception):
    """The connection ended; `written` tells whether the last octets of a body had left."""

    why: str
    written: bool


class Smtp:
    """A connection to one server, opened when first needed (domain/ports, Transport)."""

    def __init__(self, server: Server, password: str = "", local_name: str | None = None) -> None:
        self._server = server
        self._password = password
        self._local_name = local_name
        self._wire: smtplib.SMTP | None = None

    def deliver(self, parcels: Iterable[Parcel], begin: Begin) -> Iterator[tuple[Parcel, Outcome]]:
        """Send each parcel in turn."""
        try:
            for parcel in parcels:
                yield parcel, self._deliver(parcel, begin)
        finally:
            self.close()

    def close(self) -> None:
        """Say goodbye."""
        if self._wire is not None:
            try:
                self._wire.quit()
            except (smtplib.SMTPException, OSError):
                self._wire.close()
            self._wire = None

    def _deliver(self, parcel: Parcel, begin: Begin) -> Outcome:
        if not (_PATH.fullmatch(parcel.envelope_from) and _PATH.fullmatch(parcel.envelope_to)):
            return Rejected(reply="the address holds characters that an SMTP command cannot")
        begun = _Once(begin)
        for attempt in range(_RECONNECTS + 1):
            try:
                return self._attempt(self._connected(), parcel, begun)
            except _Lost as loss:
                self._drop()
                if loss.written:
                    return InDoubt(reason=f"the message was written and no answer came: {loss.why}")
                if attempt == _RECONNECTS:
                    return Deferred(reply=loss.why, charged=False)
            except ServerTrouble as trouble:
                if not begun.asked:
                    raise
                # what was begun has an outcome; the next parcel meets the trouble again
                return Deferred(reply=trouble.what, charged=False)
        raise AssertionError("unreachable: the last attempt returns")

    def _attempt(self, wire: smtplib.SMTP, parcel: Parcel, begin: _Once) -> Outcome:
        code, reply = self._ask(wire, f"MAIL FROM:<{parcel.envelope_from}>")
        if code // 100 == 5 and code not in (530, 535):
            # it refuses the sender, not the person: the next person would be refused alike
            self._drop()
            raise ServerTrouble(
                f"The mail server refuses the sender {parcel.envelope_from}: {_words(code, reply)}",
                "Check the sender's address, and that this server may send for it; nobody was charged.",
            )
        if code // 100 != 2:
            return self._refused(wire, code, reply)
        code, reply = self._ask(wire, f"RCPT TO:<{parcel.envelope_to}>")
        if code // 100 != 2:
            return self._refused(wire, code, reply)
        # the ledger is asked as late as possible and before anything of the body leaves
        withheld = begin(parcel)
        if withheld is not None:
            self._reset(wire)
            return withheld
        code, reply = self._ask(wire, "DATA")
        if code != 354:
            return self._refused(wire, code, reply)
        code, reply = self._body(wire, parcel.content)
        if code // 100 == 2:
            return Accepted(reply=_words(code, reply))
        return self._refused(wire, code, reply, written=True)

    def _ask(self, wire: smtplib.SMTP, command: str) -> tuple[int, bytes]:
        try:
            return wire.docmd(command)
        except (smtplib.SMTPException, OSError) as fault:
            raise _Lost(str(fault) or type(fault).__name__, written=False) from fault

    def _body(self, wire: smtplib.SMTP, content: bytes) -> tuple[int, bytes]:
        # composed messages have CRLF ends only (transports/mime.py); dots are doubled by RFC 5321 4.5.2
        stuffed = _LINE_DOT.sub(b"..", content)
        ended = stuffed if stuffed.endswith(b"\r\n") else stuffed + b"\r\n"
        try:
            # what is lost here was certainly not taken: its end had not been written
            wire.send(ended)
        except (smtplib.SMTPException, OSError) as fault:
            raise _Lost(str(fault) or type(fault).__name__, written=False) from fault
        try:
            wire.send(b".\r\n")
            return wire.getreply()
        except (smtplib.SMTPException, OSError) as fault:
            raise _Lost(str(fault) or type(fault).__name__, written=True) from fault

    def _refused(self, wire: smtplib.SMTP, code: int, reply: bytes, written: bool = False) -> Outcome:
        words = _words(code, reply)
        if code // 100 not in (4, 5):
            # neither yes nor no: nobody can say what such a server does next
            raise _Lost(f"the server's answer means nothing here: {words}", written)
        if code == 421:
            # the server closes: nobody's fault, and everybody's turn comes again
            self._drop()
            return Deferred(reply=words, charged=False)
        if code in (530, 535):
            self._drop()
            raise ServerTrouble(f"The mail server wants a log-in: {words}", "Check user and password of [server].")
        self._reset(wire)
        return Deferred(reply=words) if code // 100 == 4 else Rejected(reply=words)

    def _reset(self, wire: smtplib.SMTP) -> None:
        try:
            wire.rset()
        except (smtplib.SMTPException, OSError):
            self._drop()

    def _drop(self) -> None:
        if self._wire is not None:
            self._wire.close()
            self._wire = None

    def _connected(self) -> smtplib.SMTP:
        if self._wire is None:
            self._wire = self._connect()
        return self._wire

    def _connect(self) -> smtplib.SMTP:
        target = urlsplit(self._server.url)
        host, port = target.hostname or "127.0.0.1", target.port or (465 if self._server.tls == "tls" else 587)
        try:
            wire = self._open(host, port)
            try:
                self._introduce(wire, unquote(target.username or ""))
            except Exception:
                wire.close()
                raise
        except smtplib.SMTPNotSupportedError as fault:
            raise ServerTrouble(
                f"{host} offers no encryption or log-in as wanted: {fault}",
                "Check tls under [server]; nothing was sent.",
            ) from fault
        except smtplib.SMTPAuthenticationError as fault:
            raise ServerTrouble(
                f"{host} refused the log-in: {_words(fault.smtp_code, _bytes(fault.smtp_error))}",
                "Check the user in [server] and DIGEST_SMTP_PASSWORD; nothing was sent.",
            ) from fault
        except ssl.SSLError as fault:
            raise ServerTrouble(
                f"{host} could not prove who it is: {getattr(fault, 'verify_message', '') or fault.reason or fault}",
                "Check its certificate; nothing was sent.",
            ) from fault
        except smtplib.SMTPResponseException as fault:
            raise ServerTrouble(
                f"{host}:{port} does not serve: {_words(fault.smtp_code, _bytes(fault.smtp_error))}",
                "Ask whoever runs the mail server; nothing was sent to it.",
            ) from fault
        except (smtplib.SMTPException, OSError) as fault:
            raise ServerTrouble(
                f"{host}:{port} does not serve: {fault}", "Check the address of [server]; nothing was sent to it."
            ) from fault
        if wire.sock is not None:
            # the end of a body is a write of its own and must not wait for an acknowledgement
            wire.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return wire

    def _introduce(self, wire: smtplib.SMTP, user: str) -> None:
        wire.ehlo_or_helo_if_needed()
        if self._server.tls == "starttls":
            wire.starttls(context=ssl.create_default_context())
            wire.ehlo()
        if user and self._server.tls == "none" and not _is_loopback(wire):
            raise ServerTrouble(
                "The password would go over the network in clear text.",
                'Write tls = "starttls" or "tls" under [server]; nothing was sent.',
            )
        if user:
            wire.login(user, self._password)

    def _open(self, host: str, port: int) -> smtplib.SMTP:
        timeout = self._server.timeout
        if self._server.tls == "tls":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(host, port, self._local_name, timeout=timeout, context=context)
        return smtplib.SMTP(host, port, self._local_name, timeout=timeout)


class _Once:
    """Asks the ledger once a parcel: a second try on a new connection has its mark already."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin
        self.asked = False
        self._answer: Withheld | None = None

    def __call__(self, parcel: Parcel) -> Withheld | None:
        if not self.asked:
            self._answer = self._begin(parcel)
            self.asked = True
        return self._answer


def _is_loopback(wire: smtplib.SMTP) -> bool:
    assert wire.sock is not None, "the greeting was read from it"
    return ipaddress.ip_address(wire.sock.getpeername()[0]).is_loopback


def _words(code: int, reply: bytes) -> str:
    # a server's words are hostile text, too
    text = "".join(c for c in reply.decode("utf-8", "replace").replace("\n", " ") if c.isprintable())
    return f"{code} {text}"[:_REPLY_CHARACTERS]


def _bytes(reply: bytes | str) -> bytes:
    return reply.encode() if isinstance(reply, str) else reply
