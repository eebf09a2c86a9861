"""Processes: messages are signed by several processes side by side.

An RSA signature takes longer than all else that is done for a message, and holds the interpreter's lock meanwhile, so
that threads are no help. What is the same for everybody goes to each process once, when it starts; of a message there
go its header fields and what is one person's own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime

from digest.children.limited import Children, Unfinished
from digest.transports.dkim.keys import DomainKey, read, written
from digest.transports.dkim.signer import Message, Signer

#: messages that go to a process in one piece, and pieces that are handed out for each process
BATCH, AHEAD = 32, 3
#: seconds that a piece may take, and may be waited for; it takes a hundredth of one
_SECONDS = 3.0

#: a message as it goes to a process: when it is signed, its header fields, its body, of which what is the same for
#: everybody goes as a number
_Bare = tuple[int, bytes, list[int | bytes]]


class Processes:
    """Signs as Signer does, some messages ahead of who sends them.

    What a process leaves undone, because it was killed or hangs, is signed here.
    """

    def __init__(
        self, keys: Sequence[DomainKey], clock: Callable[[], datetime], count: int, constants: Sequence[bytes]
    ) -> None:
        """count: of processes; constants: the pieces of bodies that are the same objects in many messages."""
        self._here = Signer(keys, clock)
        self._clock = clock
        self._count = count
        # held, so that no other object takes the identity of one
        self._constants = constants
        self._numbers = {id(piece): number for number, piece in enumerate(constants)}
        told = [(key.domain, key.selector, written(key.key)) for key in keys]
        self._children = Children(
            ("digest.transports.dkim",),
            count,
            _SECONDS,
            patience=_SECONDS,
            prepare=_prepare,
            given=(told, tuple(constants)),
        )

    def __call__(self, messages: Iterable[Message | None]) -> Iterator[bytes | None]:
        """Yield the DKIM-Signature fields of each message, in their order; messages are asked for ahead.

        None, both ways: none is ready yet.
        """
        left = iter(messages)
        handed: deque[tuple[list[Message], Callable[[], list[bytes]]]] = deque()
        is_more = True
        while True:
            is_ready = is_more
            while is_ready and len(handed) < self._count * AHEAD:
                batch, is_more, is_ready = _batch(left)
                if batch:
                    handed.append((batch, self._children.start(_signatures, self._bare(batch))))
            if handed:
                yield from self._finished(*handed.popleft())
            elif is_more:
                yield None
            else:
                return

    def _finished(self, batch: list[Message], result: Callable[[], list[bytes]]) -> Iterator[bytes | None]:
        try:
            yield from result()
        except Unfinished:
            yield from self._here(batch)

    def close(self) -> None:
        """Have the processes end."""
        self._children.close()

    def _bare(self, batch: Sequence[Message]) -> list[_Bare]:
        numbers = self._numbers
        at = int(self._clock().timestamp())
        return [(at, head, [numbers.get(id(piece), piece) for piece in body]) for head, body in batch]


def _batch(messages: Iterator[Message | None]) -> tuple[list[Message], bool, bool]:
    """Return what is ready of the next messages, whether there may be more, and whether more is ready."""
    batch: list[Message] = []
    for message in messages:
        if message is None:
            return batch, True, False
        batch.append(message)
        if len(batch) == BATCH:
            return batch, True, True
    return batch, False, False


class _Process:
    """What one of the processes holds."""

    signer: Signer
    constants: Sequence[bytes] = ()


def _prepare(keys: Sequence[tuple[str, str, bytes]], constants: Sequence[bytes]) -> None:
    """Make a process ready to sign: with keys as domain, selector and PEM."""
    found = [DomainKey(domain, selector, read(key)) for domain, selector, key in keys]
    _Process.signer = Signer(found, lambda: datetime.now(UTC))
    _Process.constants = constants


def _signatures(messages: Sequence[_Bare]) -> list[bytes]:
    """Sign some messages in a process."""
    signer, constants = _Process.signer, _Process.constants
    return [
        signer.signature(head, [piece if isinstance(piece, bytes) else constants[piece] for piece in body], at)
        for at, head, body in messages
    ]
