from __future__ import annotations

from digest.app.clock import ring
from tests.jobs.conftest import HEADER, PEOPLE, Workbench


def rung(bench: Workbench) -> list[str]:
    said: list[str] = []
    assert ring(bench.app, said.append) == []
    return [line for line in said if line.startswith("subscribers.csv")]


def test_a_changed_list_is_taken_in_when_the_clock_rings_and_told_once(bench: Workbench) -> None:
    assert rung(bench) == ["subscribers.csv: 4 new, 1 waiting"]
    assert rung(bench) == []
    bench.people(PEOPLE + "\neve@example.org,Eve,,,weekly,form,2026-01-01\nnobody,,,,,,\n")
    assert rung(bench) == [
        "subscribers.csv: 1 new",
        "subscribers.csv:7: 1 row from here on cannot be read; `digest subscribers import --dry-run` says why.",
    ]


def test_who_vanished_is_told_without_an_address(bench: Workbench) -> None:
    rung(bench)
    bench.people(HEADER + "ada@example.org,Ada,head,,weekly,form,2026-01-01\n")
    (told,) = rung(bench)
    assert told == "subscribers.csv: 3 people are on the list and no longer in the file."


def test_a_file_that_was_written_again_but_says_the_same_is_not_told(bench: Workbench) -> None:
    rung(bench)
    bench.app.lists.clear()
    assert rung(bench) == []
