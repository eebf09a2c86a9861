"""Ledger: what one sending has claimed, which of it may go, and what became of it.

Three have to do with it at the same time::

    the transport's lines   begin: may this body go?     a look at memory, and a record in the journal
                            known: it has its answer     a record in the journal
    who composes            letters: what is next        from what is claimed
    a thread of its own     settles answers, claims more, renews the lease: in one commit, some times a second

So nobody on the wire waits for a commit, and each message costs two short writes that wait for no disk. What is claimed
at a time is all that can ever be in doubt when the machine is lost, and it is little.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType

from digest.domain.errors import StoreError
from digest.domain.model import (
    Accepted,
    Deferred,
    Edition,
    EditionState,
    InDoubt,
    Letter,
    Outcome,
    Parcel,
    Rejected,
    Waves,
    Withheld,
)
from digest.domain.ports import Clock, CountsAs, Journal, Result, Session, Store, Watch, Worker
from digest.stages import send, waves

#: rows that are claimed at a time, and of one sending at most; when fewer are left than `LOW`, more are claimed
CLAIM, MOST, LOW = 250, 500, 125
#: a claim that is not renewed for so long belongs to nobody; longer than any server's answer takes
LEASE = timedelta(minutes=15)
#: complaints are counted so often
_COMPLAINTS_EVERY = timedelta(seconds=5)
#: seconds after which what is known is committed, however little it is
_SETTLE_SECONDS = 0.25
#: seconds after which it is looked again whether more is planned, or somebody wants it to stop
_LOOK_SECONDS = 0.05
#: commits that fail in a row, with so many seconds between them, before it is given up; each waits for a lock itself
_PATIENCE, _PAUSE_SECONDS = 3, 1.0


@dataclass(slots=True)
class Standing:
    """How a sending stands: what became of its messages since it was begun or resumed."""

    sent: int = 0
    refused: int = 0
    #: of these, refusals of the email itself
    unwelcome: int = 0
    put_off: int = 0
    doubtful: int = 0
    skipped: int = 0
    #: what the last refusal said
    refusal: str = ""
    #: url of a server -> messages that it took
    servers: Counter[str] = field(default_factory=Counter)
    #: the rest waits for what becomes of those before it, until then
    opens: datetime | None = None

    def note(self, outcome: Outcome) -> None:
        """Count an outcome."""
        if isinstance(outcome, Accepted):
            self.sent += 1
            self.servers[outcome.server] += 1
        elif isinstance(outcome, Rejected):
            self.refused += 1
            self.unwelcome += send.refuses_the_email(outcome.reply)
            self.refusal = outcome.reply
        elif isinstance(outcome, InDoubt):
            self.doubtful += 1
        elif isinstance(outcome, Deferred) or outcome.postponed:
            self.put_off += 1
        else:
            self.skipped += 1


@dataclass(slots=True)
class Ledger:
    """One sending's part of the ledger, for the length of a `with` block."""

    store: Store
    clock: Clock
    journal: Journal
    worker: Worker
    edition: Edition
    #: until when people who are put off are tried again
    until: datetime
    #: when this sending began: complaints before it are about other editions
    begun: datetime
    waves: Waves
    #: gives each claim its number
    number: Callable[[], int]
    stop: Callable[[], bool]
    standing: Standing
    #: everybody may be mailed, and not only the waves before the rest
    is_open: bool
    #: others send it at the same time, and what they had refused counts for the brake, too
    together: bool = False
    #: people who are claimed at most; None for as many as there are
    most: int | None = None
    #: people who were claimed, settled or not
    claimed: int = 0
    #: messages with an outcome, those among them that were answered, and what was said last where nobody was
    tried: int = 0
    answered: int = 0
    words: str = ""
    _state: EditionState = EditionState.SENDING
    _withheld: dict[str, str] = field(default_factory=dict)
    _queue: deque[Letter] = field(default_factory=deque)
    _results: list[Result] = field(default_factory=list)
    #: url of a server -> messages that it took and that are not written down yet
    _taken: Counter[str] = field(default_factory=Counter)
    #: how many are claimed and not settled
    _held: int = 0
    _deadline: datetime | None = None
    #: number of the newest claim, and of the newest that the lease ran out over: it may be somebody else's by now
    _newest: int = 0
    _lapsed: int = 0
    #: nothing is left to claim
    _dry: bool = False
    #: why nothing more may go, in words; empty where it may
    braked: str = ""
    #: when the complaints were counted last, and how many there were
    _complaints_at: datetime | None = None
    _complaints: int = 0
    #: whom others sent to, and who of them was refused
    _others_answered: int = 0
    _others_refused: int = 0
    _ending: bool = False
    _fault: BaseException | None = None
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _thread: threading.Thread = field(init=False)
    _watch: Watch = field(init=False)

    def __post_init__(self) -> None:
        """Look from now on."""
        self._watch = self.store.watch()
        self._thread = threading.Thread(target=self._work, name="ledger", daemon=True)

    def __enter__(self) -> Ledger:
        """Begin to claim."""
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, _: TracebackType | None) -> None:
        """Settle what is left. Raises StoreError where that cannot be; the journal has it then."""
        with self._changed:
            self._ending = True
            self._changed.notify_all()
        self._thread.join()
        self._watch.close()
        self._settle(claiming=False)
        if fault is None and self._fault is not None:
            raise self._fault

    @property
    def reach(self) -> int:
        """The last wave whose people may be mailed, or may be when the rest opens."""
        return waves.REST if self.is_open or self.standing.opens is not None else waves.CANARY

    # -----------------------------------------------------------------------------------------
    # For who composes and for who sends

    def letters(self) -> Iterator[Letter | None]:
        """Yield what is claimed, until nothing is left or somebody wants it to stop; None where none is there yet.

        It does not wait: what is next may depend on what becomes of the messages that whoever asks has in hand.
        """
        while not (self.stop() or self.braked):
            with self._changed:
                letter = self._queue.popleft() if self._queue else None
                if letter is None and (self._dry or self._ending or self._fault is not None):
                    return
                if len(self._queue) == LOW - 1:
                    self._changed.notify_all()
            yield letter

    def begin(self, parcel: Parcel) -> Withheld | None:
        """Write down that a body is about to be begun, or say why it must not be.

        Raises StoreError where it cannot be written down.
        """
        if self._watch.changed():
            self._look()
        if self._deadline is None or self.clock() >= self._deadline or parcel.letter.claim <= self._lapsed:
            return Withheld(reason="the claim was held for too long", postponed=True)
        if self.braked:
            return Withheld(reason="too many were refused", postponed=True)
        if self._state != EditionState.SENDING:
            return Withheld(reason=f"the edition is {self._state}", postponed=True)
        subscriber = parcel.letter.subscriber.id
        if subscriber in self._withheld:
            return Withheld(reason=self._withheld[subscriber])
        self.journal.begun(parcel.letter.claim, subscriber)
        return None

    def known(self, parcel: Parcel, outcome: Outcome) -> None:
        """Take what became of a message.

        Raises StoreError where the journal cannot take it; it is settled all the same, if anything can be.
        """
        self.keep(parcel.letter, outcome)
        self.journal.ended(parcel.letter.claim, parcel.letter.subscriber.id, outcome)

    def keep(self, letter: Letter, outcome: Outcome) -> None:
        """Decide about an outcome."""
        result = send.result(letter, outcome, self.clock(), self.until)
        with self._changed:
            self.tried += 1
            self.standing.note(outcome)
            if isinstance(outcome, Deferred) and not outcome.charged:
                self.words = outcome.reply
            else:
                self.answered += 1
            if isinstance(outcome, Rejected):
                self._brake()
            if isinstance(outcome, Accepted) and outcome.server:
                self._taken[outcome.server] += 1
            self._results.append(result)
            if len(self._results) == LOW:
                self._changed.notify_all()

    def _look(self) -> None:
        """See who may not be mailed any more, and whether the edition is still being sent."""
        with self.store.reading() as session:
            found = session.editions.get(self.edition.id)
            withheld = session.deliveries.withheld(self.edition.id, self.worker, self.clock())
        assert found is not None, "an edition is never deleted"
        self._state = found.state
        # added, since a claim may have told of others meanwhile
        self._withheld |= withheld

    # -----------------------------------------------------------------------------------------
    # The thread of its own

    def _work(self) -> None:
        failures = 0
        try:
            while not self._ending:
                try:
                    found = self._settle(claiming=True)
                    failures = 0
                except StoreError:
                    failures += 1
                    if failures == _PATIENCE:
                        raise
                with self._changed:
                    if failures:
                        self._changed.wait_for(lambda: self._ending, _PAUSE_SECONDS)
                    elif found or self._dry:
                        self._changed.wait_for(self._is_due, _SETTLE_SECONDS)
                    else:
                        # nobody is due yet, and more is being planned
                        self._changed.wait_for(lambda: self._ending, _LOOK_SECONDS)
        except BaseException as fault:  # whatever it is, it is for who sends
            with self._changed:
                self._fault = fault
                self._changed.notify_all()

    def _is_due(self) -> bool:
        short = len(self._queue) < LOW and self._held - len(self._results) < MOST and not self._dry
        return self._ending or short or len(self._results) >= LOW

    def _settle(self, *, claiming: bool) -> bool:
        """Commit what is known and, with `claiming`, the next claim; return whether nothing was claimed in vain.

        Raises StoreError; nothing is lost by it.
        """
        with self._changed:
            results, self._results = self._results, []
            taken, self._taken = self._taken, Counter()
            wanted = claiming and len(self._queue) < LOW and not self._dry and not self.stop()
            room = min(CLAIM, MOST - self._held + len(results), self._left) if wanted else 0
        if not (results or room or self._is_half_over()):
            return True
        letters: list[Letter] = []
        dry, renewed = False, self._deadline
        try:
            # beside other workers: each settles its own rows, and claims such as no other has its hands on
            with self.store.alongside() as session:
                now = self.clock()
                if self._deadline is not None and now >= self._deadline:
                    self._lapsed = self._newest
                session.deliveries.settle(results, self.worker)
                session.usage.add(taken, now)
                self._count_complaints(session, now)
                if room and not self.braked:
                    letters, dry = self._claimed(session, now, room, alone=self._held == len(results))
                if results or letters or self._is_half_over():
                    renewed = now + LEASE
                    session.deliveries.renew(self.worker, renewed, self.journal.written)
        except StoreError:
            with self._changed:
                self._results = results + self._results
                self._taken += taken
            raise
        self.journal.settled((result.claim, result.delivery.subscriber) for result in results)
        with self._changed:
            self._deadline = renewed
            self._held += len(letters) - len(results)
            self.claimed += len(letters)
            self._queue.extend(letters)
            self._dry = self._dry or dry or not self._left
            self._changed.notify_all()
        return bool(letters) or not room

    def _claimed(self, session: Session, now: datetime, room: int, *, alone: bool) -> tuple[list[Letter], bool]:
        """Claim what may go now; tell besides whether nothing more may for a while.

        alone: nothing is on its way, so that nothing more comes of what was claimed.
        """
        found = session.editions.get(self.edition.id)
        if found is None or found.state != EditionState.SENDING:
            return [], True
        planned = found.planned_at is not None
        if not self.is_open:
            self.standing.opens = None
            opens = waves.opens(self.waves, session.deliveries.early(self.edition.id), planned=planned)
            self.is_open = opens is not None and opens <= now
            if not self.is_open:
                self.standing.opens = opens
        last = waves.REST if self.is_open else waves.CANARY
        self._newest = number = self.number()
        letters = session.deliveries.claim(self.edition.id, self.worker, number, now, last, room)
        if letters:
            # who left since they were planned; whoever leaves later is seen by the watch
            self._withheld |= session.deliveries.withheld(self.edition.id, self.worker, now, number)
        return letters, not letters and planned and (alone or self.reach == waves.REST)

    def _count_complaints(self, session: Session, now: datetime) -> None:
        if self._complaints_at is None or now - self._complaints_at >= _COMPLAINTS_EVERY:
            self._complaints_at, self._complaints = now, session.people.complaints(self.begun)
            if self.together:
                found = session.following.outcomes([self.edition.id])[self.edition.id]
                refused = found.get(CountsAs.FAILED, 0)
                answered = found.get(CountsAs.SENT, 0) + refused
                self._others_refused = max(0, refused - self.standing.refused)
                self._others_answered = max(0, answered - self.standing.sent - self.standing.refused)
            self._brake()

    def _brake(self) -> None:
        """See whether too many are refused, or complain."""
        counts = waves.Counts(
            answered=self.standing.sent + self.standing.refused + self._others_answered,
            refused=self.standing.refused + self._others_refused,
            unwelcome=self.standing.unwelcome,
            complaints=self._complaints,
        )
        self.braked = self.braked or waves.brake(self.waves, counts, early=not self.is_open)

    @property
    def _left(self) -> int:
        """How many may still be claimed."""
        return CLAIM if self.most is None else max(0, self.most - self.claimed)

    def _is_half_over(self) -> bool:
        return self._deadline is None or self._deadline - self.clock() < LEASE / 2
