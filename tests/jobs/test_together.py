from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from digest.domain.errors import StoreError
from digest.jobs.together import Together


def test_those_who_come_while_others_are_done_share_the_next_turn() -> None:
    turns: list[list[int]] = []
    begun, go_on = threading.Event(), threading.Event()

    def work(tasks: Sequence[int]) -> list[int]:
        turns.append(list(tasks))
        begun.set()
        go_on.wait(30)
        return [task * 2 for task in tasks]

    with Together(work) as together, ThreadPoolExecutor(20) as callers:
        first = callers.submit(together, 0)
        begun.wait(30)
        others = [callers.submit(together, number) for number in range(1, 20)]
        while together._tasks.qsize() < len(others):
            pass
        go_on.set()
        assert [one.result() for one in (first, *others)] == [number * 2 for number in range(20)]
    assert [len(one) for one in turns] == [1, 19]


def test_a_task_that_cannot_be_done_fails_its_own_caller_alone() -> None:
    def work(tasks: Sequence[int]) -> list[int]:
        if 3 in tasks:
            raise UnicodeError("half a letter")
        return list(tasks)

    held = threading.Event()

    def held_work(tasks: Sequence[int]) -> list[int]:
        held.wait(30)
        return work(tasks)

    with Together(held_work) as together, ThreadPoolExecutor(6) as callers:
        asked = [callers.submit(together, number) for number in range(6)]
        held.set()
        assert [one.result() for number, one in enumerate(asked) if number != 3] == [0, 1, 2, 4, 5]
        with pytest.raises(UnicodeError):
            asked[3].result()


def test_what_is_wrong_with_the_database_is_told_to_all_and_tried_once() -> None:
    tried = []

    def work(tasks: Sequence[int]) -> list[int]:
        tried.append(tasks)
        raise StoreError("The disk is full.")

    with Together(work) as together:
        for _ in range(2):
            with pytest.raises(StoreError):
                together(1)
    assert len(tried) == 2


def test_who_comes_after_the_end_is_told_so_and_waits_for_nothing() -> None:
    with Together(list) as together:
        assert together(1) == 1
    with pytest.raises(RuntimeError):
        together(2)
