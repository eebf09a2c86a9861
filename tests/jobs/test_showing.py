"""What whoever watches a sending is told of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from digest.app import App
from digest.app.sending import Outset
from digest.cli.live import words
from digest.domain.model import Accepted, EditionState, InDoubt, Outcome, Parcel
from digest.jobs.ledger import Standing
from tests.jobs.conftest import CONFIGURATION, Wire, Workbench


class Watching:
    """Keeps how a sending stood, as a line would."""

    def __init__(self) -> None:
        self.outset = Outset(people=0)
        self.standing = Standing()

    def __call__(self, outset: Outset, standing: Standing) -> None:
        self.outset, self.standing = outset, standing

    @property
    def words(self) -> str:
        return words(self.outset, self.standing, 0.0, "Europe/London")


def test_who_watches_is_told_of_everybody_also_of_those_before(bench: Workbench) -> None:
    edition = bench.approved()

    def lost(parcel: Parcel) -> Outcome:
        if parcel.envelope_to.startswith("ada"):
            return InDoubt(reason="silence")
        bench.app.stopping.set()
        return Accepted(reply="250 ok")

    watching = Watching()
    bench.app.send(edition, Wire(lost), "Ada", watching)
    first = watching.outset
    assert (first.people, first.sent, first.canary_percent) == (3, 0, 0)
    done = watching.standing.sent + watching.standing.doubtful
    bench.app.stopping.clear()
    second = Watching()
    bench.app.send(edition, Wire(), "Ada", second)
    assert second.outset.people == 3
    assert second.outset.sent + second.outset.doubtful == done
    assert second.words.endswith(" 0 waiting")


def test_while_the_first_have_it_the_rest_is_said_to_wait(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.configure(
        CONFIGURATION.replace("[newsletters.sender]", '[newsletters.waves]\nseeds = "heads"\n[newsletters.sender]')
    )
    edition = bench.approved()
    watching = Watching()
    said: list[str] = []

    def wait(app: App, seconds: float) -> None:
        said.append(watching.words)
        bench.clock.now += timedelta(seconds=seconds)

    monkeypatch.setattr(App, "wait", wait)
    sent = bench.app.send(edition, Wire(), "Ada", watching)
    assert sent.edition.state == EditionState.SENT
    assert said == ["2 sent, 0 refused, 1 waiting · 2 of those who get it first have it; the rest goes from 09:05"]
    assert watching.words == "3 sent, 0 refused, 0 waiting"
