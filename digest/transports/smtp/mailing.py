"""Mailing: messages over one session, as few trips as it allows (RFC 5321 3.3, RFC 2920).

Three ways, each only where the one before it worked:

    lockstep     a command, its answer, the next command
    pipelined    MAIL, RCPT and DATA in one write
    overlapped   the next envelope in the same write as the end of the body before it: one trip a message

A message is asked about (`begin`) right before the first octet of its body, in each of them. What became of it follows
from what had left and what came back:

    2xx after the final dot                       Accepted
    5xx to RCPT, DATA or the body                 Rejected
    4xx to MAIL, RCPT, DATA or the body           Deferred
    421, a log-in wanted, or the line lost
    before the last octet of the body had left    tried again on another line, then Deferred without charge
    the line lost, silence, or an answer that
    means nothing, after that                     InDoubt
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from digest.domain.errors import ServerTrouble
from digest.domain.model import Accepted, Deferred, InDoubt, Outcome, Parcel, Rejected, Withheld
from digest.domain.ports import Begin
from digest.transports.smtp.replies import Reply
from digest.transports.smtp.session import WANTS_LOG_IN, Session
from digest.transports.smtp.wire import Lost

#: how often a message whose line was lost before its body's end is tried
MOST_TRIES = 3

_END = b".\r\n"
#: how an answer begins that is about a sender or a person, and not about a message (RFC 3463 3.2)
_OF_AN_ADDRESS = b"2.1."
#: what may stand between the angle brackets of MAIL and RCPT (RFC 5321 4.1.2), and with SMTPUTF8 (RFC 6531 3.3)
_PATH = re.compile(r"[ -;=?-~]+")
_PATH_UTF8 = re.compile(r"[^\x00-\x1f<>\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


@dataclass(slots=True)
class Item:
    """A parcel on its way out."""

    parcel: Parcel
    tries: int = 0
    #: the ledger was asked, so that there must be an outcome
    begun: bool = False
    #: what it said
    withheld: Withheld | None = field(default=None)

    def may_begin(self, begin: Begin) -> bool:
        """Ask the ledger, once however often the line is lost."""
        if not self.begun:
            self.withheld = begin(self.parcel)
            self.begun = True
        return self.withheld is None


class Work(Protocol):
    """Where messages come from, and where their outcomes go."""

    def take(self, *, wait: bool) -> Item | None:
        """Return the next message; None where there is none, or with `wait` none will come any more."""
        ...

    def give_back(self, item: Item) -> None:
        """Let another line take a message that was not begun on this one."""
        ...

    def tell(self, item: Item, outcome: Outcome) -> None:
        """Say what became of a message."""
        ...


class Lied(Exception):
    """The server said that it pipelines, and got lost over the first envelope that came in one piece."""


class Mailing:
    """Sends over one session until nothing is left, or the session is worn out."""

    def __init__(self, session: Session, work: Work, begin: Begin, *, lockstep: bool, worn: Callable[[], bool]) -> None:
        """lockstep: whatever the server offers; worn: tells whether the session has served long enough."""
        self._session = session
        self._wire = session.wire
        self._work = work
        self._begin = begin
        self._worn = worn
        self._pipelines = "PIPELINING" in session.offers and not lockstep
        self._seconds = float(session.server.timeout)

    def run(self, first: Item) -> bool:
        """Send `first` and what follows; return whether the session is still good.

        Raises ServerTrouble where nobody is served, and Lied where the server cannot pipeline; either gives back what
        was not begun.
        """
        item: Item | None = first
        try:
            while item is not None:
                item = self._overlapped(item) if self._pipelines else self._alone(item)
        except Lost:
            return False
        return True

    # -----------------------------------------------------------------------------------------
    # One command at a time

    def _alone(self, item: Item) -> Item | None:
        """Send one message in lockstep; return the next."""
        refusal = self._unfit(item)
        if refusal is not None:
            self._work.tell(item, refusal)
            return self._next()
        try:
            answer = self._session.ask(self._mail(item.parcel))
            if answer.kind != 2:
                self._no_sender(item, answer)
            else:
                answer = self._session.ask(f"RCPT TO:<{item.parcel.envelope_to}>")
            if answer.kind == 2:
                if not item.may_begin(self._begin):
                    self._withhold(item)
                    self._reset()
                    return self._next()
                answer = self._session.ask("DATA")
        except Lost as loss:
            self._lost(item, loss)
            raise
        if answer.code != 354:
            self._refused(item, answer)
            self._reset()
            return self._next()
        self._session.messages += 1
        if self._written(item, b"") is not None:
            raise AssertionError("unreachable: nothing follows in lockstep")
        self._answered(item)
        return self._next()

    def _reset(self) -> None:
        answer = self._session.ask("RSET")
        if answer.kind != 2:
            raise Lost(str(answer))

    # -----------------------------------------------------------------------------------------
    # Several at a time

    def _overlapped(self, item: Item) -> Item | None:
        """Send an envelope, and from then on each body with the next envelope behind it; return what is left."""
        refusal = self._unfit(item)
        if refusal is not None:
            self._work.tell(item, refusal)
            return self._next()
        self._envelope(item, b"")
        while True:
            follow = self._after_envelope(item)
            if follow is None:
                return self._next()
            item = follow

    def _envelope(self, item: Item, before: bytes) -> None:
        """Write what comes before, and an envelope."""
        try:
            self._wire.write(before + self._packed(item.parcel), self._seconds)
        except Lost as loss:
            self._lost(item, loss)
            raise

    def _packed(self, parcel: Parcel) -> bytes:
        return f"{self._mail(parcel)}\r\nRCPT TO:<{parcel.envelope_to}>\r\nDATA\r\n".encode()

    def _after_envelope(self, item: Item) -> Item | None:
        """Read the answers to an envelope, send its body, and return the message whose envelope went with it."""
        try:
            answers = [self._wire.reply(self._seconds) for _ in range(3)]
        except Lost as loss:
            self._lost(item, loss)
            if loss.confused or not self._session.messages:
                raise Lied from loss
            raise
        mail, rcpt, data = answers
        self._no_sender(item, mail)
        if not mail.kind == rcpt.kind == 2:
            refusal = rcpt if mail.kind == 2 else mail
            if data.code == 354:
                # it wants a body for nobody: an empty one ends that (RFC 2920 3.1)
                self._nobody(item, refusal)
            self._refused(item, refusal)
            return self._behind_reset()
        if data.code != 354:
            self._refused(item, data)
            return self._behind_reset()
        if not item.may_begin(self._begin):
            # the server waits for a body: hanging up is the only way not to send one
            self._withhold(item)
            raise Lost("withheld")
        return self._body(item)

    def _nobody(self, item: Item, refusal: Reply) -> None:
        try:
            self._wire.write(_END, self._seconds)
            self._wire.reply(self._seconds)
        except Lost:
            self._refused(item, refusal)
            raise

    def _behind_reset(self) -> Item | None:
        """After a refusal: begin anew, and send the next envelope in the same write."""
        follow = self._fit(self._next_now())
        reset = b"RSET\r\n"
        if follow is None:
            self._wire.write(reset, self._seconds)
        else:
            self._envelope(follow, reset)
        try:
            answer = self._wire.reply(self._seconds)
            if answer.kind != 2:
                raise Lost(str(answer))
        except Lost as loss:
            if follow is not None:
                self._lost(follow, loss)
            raise
        return follow

    def _body(self, item: Item) -> Item | None:
        """Write a body, and the next envelope behind it where one is ready; read the body's answer."""
        self._session.messages += 1
        follow = self._fit(self._next_now())
        behind = b"" if follow is None else self._packed(follow.parcel)
        left = self._written(item, behind, follow)
        if left is not None:
            raise left
        try:
            self._answered(item, is_followed=follow is not None)
        except Lost as loss:
            if follow is not None:
                self._lost(follow, loss)
            raise
        except Lied:
            if follow is not None:
                self._work.give_back(follow)
            raise
        return follow

    # -----------------------------------------------------------------------------------------
    # What both do

    def _written(self, item: Item, behind: bytes, follow: Item | None = None) -> Lost | None:
        """Write a body with what goes behind it.

        Raises Lost where its end did not leave, which is told then; returns it where only what is behind did not.
        """
        written = wired(item.parcel, behind)
        try:
            self._wire.write(written, self._seconds)
        except Lost as loss:
            if follow is not None:
                self._lost(follow, loss)
            if loss.left >= len(written) - len(behind):
                self._work.tell(item, InDoubt(reason=f"the message was written and no answer came: {loss.why}"))
                return loss
            self._lost(item, loss)
            raise
        return None

    def _answered(self, item: Item, *, is_followed: bool = False) -> None:
        """Wait for the answer to a body, and tell what it means; raises Lied where another's came first."""
        try:
            answer = self._wire.reply(self._seconds)
        except Lost as loss:
            self._work.tell(item, InDoubt(reason=f"the message was written and no answer came: {loss.why}"))
            raise
        if is_followed and answer.octets[0].startswith(_OF_AN_ADDRESS):
            # some servers answer what came early while they still ponder the body
            self._work.tell(item, InDoubt(reason=f"the message was written and another answer came: {answer}"))
            raise Lied(str(answer))
        if answer.kind == 2:
            self._work.tell(item, Accepted(reply=str(answer), server=self._session.server.url))
        elif answer.kind == 3:
            reason = f"the message was written and the server's answer means nothing here: {answer}"
            self._work.tell(item, InDoubt(reason=reason))
            raise Lost(str(answer), confused=True)
        else:
            self._refused(item, answer)

    def _refused(self, item: Item, answer: Reply) -> None:
        """Tell of a refusal.

        Raises Lost where the session ends with it, and ServerTrouble where everybody would be refused alike.
        """
        if answer.code == 421:
            # it closes: nobody's fault, and everybody's turn comes again
            self._work.tell(item, Deferred(reply=str(answer), charged=False))
            raise Lost(str(answer))
        if answer.code in WANTS_LOG_IN:
            trouble = ServerTrouble(f"The mail server wants a log-in: {answer}", "Check user and password of [server].")
            self._troubled(item, trouble)
        if answer.kind == 4:
            self._work.tell(item, Deferred(reply=str(answer)))
        elif answer.kind == 5:
            self._work.tell(item, Rejected(reply=str(answer)))
        else:
            loss = Lost(f"the server's answer means nothing here: {answer}", confused=True)
            self._lost(item, loss)
            raise loss

    def _no_sender(self, item: Item, answer: Reply) -> None:
        """Raise ServerTrouble where it is the sender that is refused: the next person would be refused alike."""
        if answer.kind == 5 and answer.code not in WANTS_LOG_IN:
            sender = item.parcel.envelope_from
            trouble = ServerTrouble(
                f"The mail server refuses the sender {sender}: {answer}",
                "Check the sender's address, and that this server may send for it; nobody was charged.",
            )
            self._troubled(item, trouble)

    def _troubled(self, item: Item, trouble: ServerTrouble) -> None:
        """Raise what concerns everybody; what was begun has an outcome all the same."""
        if item.begun:
            self._work.tell(item, Deferred(reply=trouble.what, charged=False))
            raise Lost(trouble.what)
        self._work.give_back(item)
        raise trouble

    def _lost(self, item: Item, loss: Lost) -> None:
        """Let a message that certainly was not taken be tried on another line, but not for ever."""
        item.tries += 1
        if item.tries >= MOST_TRIES:
            self._work.tell(item, Deferred(reply=loss.why, charged=False))
        else:
            self._work.give_back(item)

    def _unfit(self, item: Item) -> Outcome | None:
        """Return why a message cannot go to this server; None where it can.

        Raises ServerTrouble where none of them can.
        """
        parcel, offers = item.parcel, self._session.offers
        paths = (parcel.envelope_from, parcel.envelope_to)
        if not all(map(str.isascii, paths)) and "SMTPUTF8" not in offers:
            return Rejected(reply="the address holds letters that this mail server cannot carry (no SMTPUTF8)")
        wanted = _PATH if all(map(str.isascii, paths)) else _PATH_UTF8
        if not all(map(wanted.fullmatch, paths)):
            return Rejected(reply="the address holds characters that an SMTP command cannot")
        largest = self._session.largest
        if 0 < largest < len(parcel.content):
            trouble = ServerTrouble(
                f"The email is {len(parcel.content):,} octets long, and this mail server takes at most {largest:,}.",
                "Link its pictures instead of embedding them, or leave stories out; nobody was charged.",
            )
            self._troubled(item, trouble)
        return None

    def _mail(self, parcel: Parcel) -> str:
        offers = self._session.offers
        told = [f"MAIL FROM:<{parcel.envelope_from}>"]
        if "SIZE" in offers:
            told.append(f"SIZE={len(parcel.content)}")
        if "8BITMIME" in offers and not parcel.content.isascii():
            told.append("BODY=8BITMIME")
        if not (parcel.envelope_from.isascii() and parcel.envelope_to.isascii()):
            told.append("SMTPUTF8")
        return " ".join(told)

    def _withhold(self, item: Item) -> None:
        assert item.withheld is not None
        self._work.tell(item, item.withheld)

    def _next(self) -> Item | None:
        return None if self._worn() else self._work.take(wait=True)

    def _next_now(self) -> Item | None:
        return None if self._worn() else self._work.take(wait=False)

    def _fit(self, item: Item | None) -> Item | None:
        """Return the item, or the next that can be sent: those that cannot are told."""
        while item is not None and (refusal := self._unfit(item)) is not None:
            self._work.tell(item, refusal)
            item = self._next_now()
        return item


def wired(parcel: Parcel, behind: bytes = b"") -> bytes:
    """Return a message as it goes over the wire: dots doubled where lines begin (RFC 5321 4.5.2), and its end.

    parcel: with CRLF line ends only (transports/mime); behind: what follows in the same write, since a second join
    would copy all of it once more.
    """
    content = parcel.content
    # looking for dots costs more than composing a message
    stuffed = content if parcel.dotless else content.replace(b"\r\n.", b"\r\n..")
    before = b"." if content.startswith(b".") else b""
    after = b"" if content.endswith(b"\r\n") else b"\r\n"
    return b"".join((before, stuffed, after, _END, behind))
