"""What is wrong with an edition is looked for beside its page: the page is there at once, and no approval before."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from digest.app import showing
from digest.domain.model import EditionState, Finding, Severity
from digest.jobs import approvals
from digest.web.desk.editions import checking, looking
from tests.conftest import Clock
from tests.web.desk.conftest import Office
from tests.web.desk.test_editions import Desk


class Slow:
    """A review that goes on until it is let go; it counts how many are begun."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.go = threading.Event()
        self.begun: list[str] = []
        true = showing.review.review

        def review(edition: str, *values: Any) -> Any:
            self.begun.append(values[0][0].subject)
            self.go.wait(20)
            return true(edition, *values)

        monkeypatch.setattr(showing.review, "review", review)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    made = Slow(monkeypatch)
    yield made
    made.go.set()


@pytest.fixture
def desk(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    made: list[checking.Checks] = []

    real = checking.Checks.__init__

    def noted(self: checking.Checks, patience: float) -> None:
        real(self, patience)
        made.append(self)

    monkeypatch.setattr(checking.Checks, "__init__", noted)
    # its pages wait for nothing
    office = Office(tmp_path, clock, patience=0.0)
    yield Desk(office)
    # a check begins a moment after its page: one that is left would be counted in the next test
    for checks in made:
        checks._thread.shutdown(cancel_futures=True)
    office.app.store.close()


def test_a_page_is_shown_before_it_is_known_what_is_wrong(desk: Desk, slow: Slow) -> None:
    page = desk.page()
    assert "Checking…" in page
    assert 'data-checked="no"' in page
    assert "No findings" not in page
    review = desk.page("/review")
    assert "Every email of this edition is being checked" in review
    assert 'aria-disabled="true"' in review
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in review
    assert desk.browser.get("/").status_code == 200


def test_when_it_is_known_it_is_on_the_pages(desk: Desk, slow: Slow) -> None:
    assert "Checking…" in desk.page()
    slow.go.set()
    _wait_for(lambda: 'data-checked="yes"' in desk.page())
    assert "is being checked" not in desk.page("/review")
    assert 'http-equiv="refresh"' not in desk.page("/review")
    assert len(slow.begun) == 1, "a look is kept"


def test_nobody_approves_what_is_not_checked_yet(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = Finding(code="lint.test", severity=Severity.MUST_MEND, where="all", what="It is wrong.", mend="Mend it.")
    monkeypatch.setattr(showing.review, "review", lambda *_: (wrong,))
    # whatever a form says that was made before, the approval checks by itself
    seen = approvals.as_text(approvals.on_screen(desk.found, desk.app.stored(desk.edition).variants))
    status, page = desk.send("approve", seen=seen)
    assert status == 409
    assert "It is wrong." in page
    assert desk.found.state == EditionState.DRAFT


def test_what_is_overtaken_before_its_turn_is_not_checked(desk: Desk, slow: Slow) -> None:
    desk.page()
    subject = desk.app.stored(desk.edition).variants[0].subject
    for number in range(3):
        desk.send("write", seen=str(desk.found.step), subject=f"Letter {number}")
        desk.page()
    slow.go.set()
    _wait_for(lambda: 'data-checked="yes"' in desk.page())
    assert slow.begun == [subject, "Letter 2"]


def test_what_several_pages_ask_for_at_once_is_checked_once(desk: Desk, slow: Slow) -> None:
    # home looks beside itself while the page of the edition is asked for
    with ThreadPoolExecutor(6) as pool:
        looked = list(pool.map(lambda path: desk.browser.get(path).status_code, ["/", *[desk.path] * 5]))
    assert set(looked) == {200}
    slow.go.set()
    _wait_for(lambda: 'data-checked="yes"' in desk.page())
    assert len(slow.begun) == 1


def test_a_check_that_takes_long_is_not_begun_anew(desk: Desk, slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []
    real = checking.Checks.begin

    def begin(self: checking.Checks, preview: showing.Preview) -> checking.Check:
        begun.append(preview.edition.id)
        return real(self, preview)

    monkeypatch.setattr(checking.Checks, "begin", begin)
    monkeypatch.setattr(looking, "BELIEVED", -1.0)
    for _ in range(4):
        assert "Checking…" in desk.page()
    assert len(begun) == 1, "what is believed is over at once, and the check still goes on"


def _wait_for(holds: Any) -> None:
    waiting = threading.Event()
    for _ in range(400):
        if holds():
            return
        waiting.wait(0.05)
    raise AssertionError("waited in vain")
