"""Pool: the lines of one delivery, to one server or several, each in a thread of its own.

Whoever has a line takes the next message. A line that cannot be made hands back what it took: while others serve, it is
tried again later and later, and given up in the end; when nobody serves any more, that is the servers' trouble.
"""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from queue import SimpleQueue
from urllib.parse import urlsplit

from digest.domain.errors import OutOfQuota, ServerTrouble
from digest.domain.model import Deferred, Outcome, Parcel, Withheld
from digest.domain.ports import Begin, Clock, Known, unheard
from digest.stages.quota import messages_on
from digest.transports.smtp.lanes import Lanes
from digest.transports.smtp.mailing import Item, Lied, Mailing
from digest.transports.smtp.relay import Relay
from digest.transports.smtp.session import Passing, Session, opened

#: seconds before a line to a server that served is tried again; each with a little chance, so that lines do not
#: come back together
DELAYS = (0.5, 1.0, 2.0, 4.0, 8.0)
#: messages that a server may be ahead of another, of what their weights give each
AHEAD = 20

_PATIENCE_SECONDS = 5.0
_NAP_SECONDS = 0.01
_LOOK_SECONDS, _READY_SECONDS = 1.0, 0.02
_HOLDS_UP_SECONDS = 0.5
#: messages that are kept back at most, and seconds for which they are
_MOST_HELD = 500
#: messages that are made at once
_AT_ONCE = 16
_POSTPONED_SECONDS = 20.0


@dataclass(slots=True)
class _Told:
    item: Item
    outcome: Outcome


@dataclass(slots=True)
class Delivery:
    """One call of `deliver`: what waits, what is out, and who works at it."""

    relays: Sequence[Relay]
    parcels: Iterator[Parcel | None]
    begin: Begin
    clock: Clock
    lanes: Lanes
    known: Known = unheard
    delays: Sequence[float] = DELAYS
    local_name: str | None = None
    _state: threading.Condition = field(default_factory=threading.Condition)
    _back: deque[Item] = field(default_factory=deque)
    #: what was made and nobody has taken yet
    _ready: deque[Item] = field(default_factory=deque)
    _out: int = 0
    _exhausted: bool = False
    _ended: bool = False
    _told: SimpleQueue[_Told | BaseException | None] = field(default_factory=SimpleQueue)
    _sessions: set[Session] = field(default_factory=set)

    def run(self) -> Iterator[tuple[Parcel, Outcome]]:
        """Yield what became of each parcel, as it becomes known.

        Raises ServerTrouble where nobody serves, and what the ledger or the parcels raise; all that is known by then
        was yielded before.
        """
        threads = [
            threading.Thread(target=self._work, args=(relay,), daemon=True, name=f"smtp {relay.server.url}")
            for relay in self.relays
            for _ in range(relay.server.connections)
        ]
        for thread in threads:
            thread.start()
        fault: BaseException | None = None
        try:
            working = len(threads)
            while working:
                told = self._told.get()
                if isinstance(told, _Told):
                    yield told.item.parcel, told.outcome
                    if self._told.empty():
                        # whoever waits is woken by each outcome, and takes its turn from those who send
                        time.sleep(_NAP_SECONDS)
                elif told is None:
                    working -= 1
                else:
                    fault = fault or told
        finally:
            self._end()
            for thread in threads:
                # one that is just connecting may take long; it begins nothing any more
                thread.join(_PATIENCE_SECONDS)
            # lanes outlive the delivery; what they keep back does not
            left = [*self._back, *self._ready, *self.lanes.let_go()]
        if fault is not None:
            raise fault
        for item in left:
            if item.begun:
                # its line was lost amid the body, so it certainly was not taken, and nobody is left to try again
                lost = Deferred(reply="the connection was lost before the message's end", charged=False)
                self.known(item.parcel, lost)
                yield item.parcel, lost
        if left or not self._exhausted:
            troubles = [relay.trouble for relay in self.relays if relay.trouble is not None]
            # where one takes more tomorrow, nobody needs to do anything
            raise min(troubles, key=lambda trouble: not isinstance(trouble, OutOfQuota))

    # -----------------------------------------------------------------------------------------
    # Where messages come from, and where outcomes go

    def take(self, relay: Relay, *, wait: bool) -> Item | None:
        """Return the next message for a server; None where none is ready, or with `wait` none will come any more.

        Raises OutOfQuota with `wait`, where the server has taken what it may today and something is left.
        """
        with self._state:
            while not self._ended:
                seconds = relay.pace.wait(time.monotonic())
                if seconds <= 0 and self._may_take(relay):
                    item = self._next()
                    if item is not None and relay.quota.is_used_up(self.clock()):
                        self.lanes.came_back(item)
                        self._back.append(item)
                        if not wait:
                            return None
                        raise self._out_of_quota(relay)
                    if item is not None:
                        self._went(relay)
                        return item
                    if self._is_over():
                        self._state.notify_all()
                        return None
                    seconds = self.lanes.wait(time.monotonic())
                if not wait:
                    return None
                # what another line has in hand may come back, and what is not ready yet may be
                longest = _LOOK_SECONDS if self._exhausted else _READY_SECONDS
                self._state.wait(min(seconds, longest) if seconds > 0 else longest)
        return None

    def _went(self, relay: Relay) -> None:
        self._out += 1
        relay.taken += 1
        relay.taken_at = time.monotonic()
        relay.pace.go(relay.taken_at)
        relay.quota.use(self.clock())
        if len(self.relays) > 1:
            self._state.notify_all()

    def _out_of_quota(self, relay: Relay) -> OutOfQuota:
        again = relay.quota.again(self.clock())
        host = urlsplit(relay.server.url).hostname
        limit = messages_on(relay.server, self.clock().date())
        return OutOfQuota(
            f"{host} has taken the {limit:,} messages that it may in a day; the rest waits.",
            "`digest run` goes on by itself when it takes more.",
            again,
        )

    def give_back(self, item: Item) -> None:
        """Let another line take a message."""
        with self._state:
            self.lanes.came_back(item)
            self._back.append(item)
            self._out -= 1
            self._state.notify_all()

    def tell(self, relay: Relay, item: Item, outcome: Outcome) -> None:
        """Say what became of a message."""
        # the ledger has it before anything else happens, and before this line waits for another
        self.known(item.parcel, outcome)
        with self._state:
            self._out -= 1
            self.lanes.came_back(item)
            relay.note(outcome)
            if not self._out or relay.resting_until:
                self._state.notify_all()
        self._told.put(_Told(item, outcome))

    def _next(self) -> Item | None:
        """Return what may go now: what was kept back for its provider, what came back, what is new."""
        now = time.monotonic()
        item = self.lanes.next(now)
        if item is not None:
            return item
        while self.lanes.held < _MOST_HELD:
            item = self._back.popleft() if self._back else self._fresh()
            if item is None or self.lanes.admits(item, now):
                return item
        return None

    def _fresh(self) -> Item | None:
        """Return a message that nobody had; some are made at once, since the lines' lock is dear to pass around."""
        if not self._ready and not self._exhausted:
            for parcel in self.parcels:
                if parcel is None:
                    break
                self._ready.append(Item(parcel))
                if len(self._ready) == _AT_ONCE:
                    break
            else:
                self._exhausted = True
        return self._ready.popleft() if self._ready else None

    def _is_over(self) -> bool:
        """Tell whether nothing is left; what is kept back for long is let go of for now."""
        if self._out or self._back or self._ready or not self._exhausted:
            return False
        now = time.monotonic()
        if self.lanes.wait(now) > _POSTPONED_SECONDS:
            for item, seconds, limit in self.lanes.postponed(now):
                reason = f"{limit.domain} and its like get {limit.messages_a_minute} a minute"
                later = Withheld(reason=reason, postponed=True, after_seconds=seconds)
                self.known(item.parcel, later)
                self._told.put(_Told(item, later))
        return not self.lanes.held

    def _may_take(self, relay: Relay) -> bool:
        """Tell whether it is a server's turn: it does not rest, and is not far ahead of its share.

        Who takes nothing, for whatever reason, holds nobody up.
        """
        if len(self.relays) == 1:
            return True
        lately = time.monotonic() - _HOLDS_UP_SECONDS
        others = [one for one in self.relays if one is not relay and one.lines and one.taken_at > lately]
        if not others:
            # where nobody else serves there is no rest
            return not relay.rests or not any(one.lines for one in self.relays if one is not relay)
        share = relay.taken / relay.server.weight
        least = min(one.taken / one.server.weight for one in others)
        return not relay.rests and share <= least + AHEAD / relay.server.weight

    def _end(self) -> None:
        """Take nothing more; end what is on its way where nobody listens any longer."""
        with self._state:
            self._ended = True
            self._state.notify_all()
            for session in self._sessions:
                session.wire.hang_up()

    # -----------------------------------------------------------------------------------------
    # One line

    def _work(self, relay: Relay) -> None:
        fault: BaseException | None = None
        try:
            self._line(relay)
        except ServerTrouble as trouble:
            relay.trouble = trouble
        except BaseException as other:  # whatever it is, it is for who called
            fault = other
        with self._state:
            relay.lines -= 1
            if fault is not None:
                self._ended = True
            self._state.notify_all()
        if fault is not None:
            self._told.put(fault)
        self._told.put(None)

    def _line(self, relay: Relay) -> None:
        """Make lines to a server, one after the other, until nothing is left.

        Raises ServerTrouble where it does not serve; what was taken is given back by then.
        """
        desk = _Desk(self, relay)
        failures = 0
        while (item := self.take(relay, wait=True)) is not None:
            try:
                session = self._opened(relay)
            except ServerTrouble as trouble:
                self._unsent(relay, item, trouble)
                if not (isinstance(trouble, Passing) and relay.served and failures < len(self.delays)):
                    raise
                self._pause(self.delays[failures] * random.uniform(0.5, 1.5))  # noqa: S311 (no secret)
                failures += 1
                continue
            failures = 0
            self._mailed(relay, session, desk, item)

    def _opened(self, relay: Relay) -> Session:
        session = opened(relay.server, relay.account.secrets, self.local_name)
        with self._state:
            relay.served = True
            self._sessions.add(session)
        return session

    def _mailed(self, relay: Relay, session: Session, desk: _Desk, item: Item) -> None:
        """Send over one session until it is worn out, or lost."""
        good = False
        mailing = Mailing(session, desk, self._begun, lockstep=relay.lockstep, worn=lambda: _is_worn(session))
        try:
            good = mailing.run(item)
        except Lied:
            relay.lockstep = True
        finally:
            with self._state:
                self._sessions.discard(session)
            if good:
                session.end()
            else:
                session.wire.close()

    def _begun(self, parcel: Parcel) -> Withheld | None:
        if self._ended:
            return Withheld(reason="nobody waits for its outcome any more", postponed=True)
        return self.begin(parcel)

    def _unsent(self, relay: Relay, item: Item, trouble: ServerTrouble) -> None:
        """Give a message back that no line was made for; one that was begun needs an outcome."""
        if item.begun:
            self.tell(relay, item, Deferred(reply=trouble.what, charged=False))
        else:
            self.give_back(item)

    def _pause(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        with self._state:
            while not self._ended and (left := end - time.monotonic()) > 0:
                self._state.wait(left)


@dataclass(frozen=True, slots=True)
class _Desk:
    """What one line sees of the delivery."""

    delivery: Delivery
    relay: Relay

    def take(self, *, wait: bool) -> Item | None:
        return self.delivery.take(self.relay, wait=wait)

    def give_back(self, item: Item) -> None:
        self.delivery.give_back(item)

    def tell(self, item: Item, outcome: Outcome) -> None:
        self.delivery.tell(self.relay, item, outcome)


def _is_worn(session: Session) -> bool:
    server = session.server
    old = time.monotonic() - session.began
    return session.messages >= server.messages_a_connection or old >= server.seconds_a_connection
