from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

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
    assert list(ahead(partial(numbers, 50))) == list(numbers(50))


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
    pieces = ahead(partial(failing, raised))
    assert next(pieces) == 1
    with pytest.raises(told) as found:
        next(pieces)
    assert "secret" not in str(found.value)


_PROGRAM = """
import sys
sys.path.insert(0, {here!r})
from test_ahead import own_process
from digest.children.ahead import ahead
if __name__ == "__main__":
    pieces = ahead(own_process)
    print(next(pieces), flush=True)
    sys.stdin.readline()
"""


def test_a_child_ends_when_the_program_was_killed(tmp_path: Path) -> None:
    file = tmp_path / "program.py"
    file.write_text(_PROGRAM.format(here=str(Path(__file__).parent)))
    program = subprocess.Popen([sys.executable, file], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert program.stdin is not None
    assert program.stdout is not None
    with program.stdin, program.stdout:
        child = int(program.stdout.readline())
        program.kill()
        program.wait()
        until = time.monotonic() + 20
        while time.monotonic() < until and Path(f"/proc/{child}").exists():
            time.sleep(0.05)
    assert not Path(f"/proc/{child}").exists()
