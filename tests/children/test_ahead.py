from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator

import pytest

from digest.children.ahead import ahead
from digest.children.limited import Unfinished
from digest.domain.errors import DigestError


def numbers(count: int) -> Iterator[list[int]]:
    for number in range(count):
        yield [number] * 1_000


def own_process() -> Iterator[int]:
    yield os.getpid()
    while True:
        time.sleep(0.01)


def failing(fault: Exception) -> Iterator[int]:
    yield 1
    raise fault


def test_what_the_work_yields_comes_in_its_order() -> None:
    assert list(ahead(numbers, 50)) == list(numbers(50))


def test_it_is_done_by_another_process_which_ends_with_the_iterator() -> None:
    pieces = ahead(own_process)
    child = next(pieces)
    assert child != os.getpid()
    pieces.close()
    assert child not in [one.pid for one in multiprocessing.active_children()]
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_a_child_that_is_killed_is_told() -> None:
    pieces = ahead(own_process)
    os.kill(next(pieces), signal.SIGKILL)
    with pytest.raises(Unfinished, match="its process was ended"):
        list(pieces)


@pytest.mark.parametrize(
    ("raised", "told"), [(DigestError("It is so.", "Mend it."), DigestError), (ValueError("secret"), Unfinished)]
)
def test_what_it_raises_on_purpose_comes_and_all_else_is_unfinished(raised: Exception, told: type[Exception]) -> None:
    pieces = ahead(failing, raised)
    assert next(pieces) == 1
    with pytest.raises(told) as found:
        next(pieces)
    assert "secret" not in str(found.value)
