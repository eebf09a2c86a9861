"""Clocks that go wrong, sleep, or are several (../shared/faults.md, rows 31 to 34), and newsletters that wait."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from digest.app import App
from digest.app import clock as timing
from digest.app.turns import SECONDS, Turn, Turns
from digest.config import SECRET_VARIABLE, parse
from digest.domain.model import Accepted, EditionState, Gathered, Item, Outcome, Parcel, Reading
from digest.domain.ports import Begin, Known, unheard
from digest.sources.asking import Asking
from tests.conftest import Clock
from tests.jobs.conftest import CONFIGURATION, HEADER, PEOPLE, Wire, Workbench, utc

FEED = CONFIGURATION.replace('kind = "page"', 'kind = "feed"')


@pytest.fixture
def wire(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> Wire:
    """Let every source give one story a day, and let mail go to a wire of the test's."""
    made = Wire()
    bench.configure(FEED)

    def gather(asking: Asking, source: object, known: object) -> Gathered:
        day = f"{bench.clock():%Y-%m-%d}"
        item = Item(title=f"Nursery play of {day}", link=f"https://fernhill.example.org/{day}")
        return Gathered(reading=Reading(items=(item,)))

    monkeypatch.setattr(Asking, "gather", gather)
    monkeypatch.setattr(App, "transport", lambda app: made)
    return made


def ring(bench: Workbench, *moment: int) -> list[str]:
    bench.clock.now = utc(*moment)
    said: list[str] = []
    timing.ring(bench.app, said.append)
    return said


def states(bench: Workbench) -> list[tuple[str, EditionState]]:
    with bench.app.store.reading() as session:
        return [(one.id, one.state) for one in reversed(session.editions.every())]


# a clock that goes back or forward an hour (../shared/faults.md, row 31)


@pytest.mark.parametrize("wrong", [-1, 1], ids=["back", "forward"])
def test_a_clock_that_is_an_hour_wrong_makes_no_second_edition_and_sends_none_twice(
    bench: Workbench, wire: Wire, wrong: int
) -> None:
    ring(bench, 2026, 11, 23, 5, 0)
    ring(bench, 2026, 11, 23, 7, 0)
    bench.app.approve("news-2026-11-24-0800", "Ada")
    for hour, minute in ((6, 55), (7, 30)):
        ring(bench, 2026, 11, 24, hour, minute)
    assert wire.parcels == [], "not before its time"
    for hour in (8, 8 + wrong, 8, 8 + wrong, 9, 10):
        ring(bench, 2026, 11, 24, hour, 0)
    assert states(bench) == [("news-2026-11-24-0800", EditionState.SENT)]
    assert len(wire.addresses) == len(set(wire.addresses)) == 2


# an hour that does not exist, and one that comes twice (../shared/faults.md, row 32)


@pytest.mark.parametrize(
    ("zone", "at", "due"),
    [
        ("Europe/London", "01:30", utc(2026, 3, 29, 1, 30)),
        ("Europe/Paris", "02:30", utc(2026, 3, 29, 1, 30)),
        ("Europe/London", "01:30", utc(2026, 10, 25, 0, 30)),
        ("Europe/Paris", "02:30", utc(2026, 10, 25, 0, 30)),
    ],
)
def test_in_the_night_in_which_the_clocks_change_one_edition_goes_out_at_its_documented_time(
    bench: Workbench, wire: Wire, zone: str, at: str, due: datetime
) -> None:
    text = FEED.replace('days = ["tuesday"]\nat = "08:00"', f'when = "every Sunday at {at}"')
    bench.configure(text.replace("Europe/London", zone))
    ring(bench, due.year, due.month, due.day - 1, 12, 0)
    bench.app.approve(states(bench)[0][0], "Ada")
    bench.clock.now = due - timedelta(hours=2)
    began: list[datetime] = []
    while bench.clock.now < due + timedelta(hours=3):
        before = len(wire.parcels)
        timing.ring(bench.app, lambda words: None)
        if len(wire.parcels) > before:
            began.append(bench.clock())
        bench.clock.forward(minutes=30)
    assert began == [due]
    assert [state for _, state in states(bench)] == [EditionState.SENT]


# a machine that was down (../shared/faults.md, row 33)


def test_a_machine_asleep_for_a_week_sends_what_is_fresh_and_records_the_rest_as_missed(
    bench: Workbench, wire: Wire
) -> None:
    bench.configure(FEED.replace('days = ["tuesday"]', 'when = "every day"'))
    ring(bench, 2026, 11, 21, 12, 0)
    ring(bench, 2026, 11, 28, 12, 0)
    missed = [name for name, state in states(bench) if state == EditionState.MISSED]
    assert missed == [f"news-2026-11-{day}-0800" for day in range(22, 28)]
    drafts = [name for name, state in states(bench) if state == EditionState.DRAFT]
    assert drafts == ["news-2026-11-28-0800"], "the one of this morning can be caught up"
    assert wire.parcels == []
    with bench.app.store.reading() as session:
        notes = {one.note for one in session.editions.every() if one.state == EditionState.MISSED}
    asleep = "Nothing was running at its time, and it is too long past to be caught up."
    assert notes == {asleep, "its time is too long past"}, "one was drafted before"


def test_what_was_approved_is_caught_up_within_the_set_hours_and_not_later(bench: Workbench, wire: Wire) -> None:
    bench.configure(FEED.replace('at = "08:00"', 'at = "08:00"\ncatch_up_hours = 2'))
    ring(bench, 2026, 11, 23, 5, 0)
    ring(bench, 2026, 11, 23, 7, 0)
    bench.app.approve("news-2026-11-24-0800", "Ada")
    assert ring(bench, 2026, 11, 24, 10, 1)[0].startswith("news-2026-11-24-0800: missed")
    assert wire.parcels == []


# two programs that ring (../shared/faults.md, row 34)

_RINGER = """
import sys, time
from datetime import datetime
from pathlib import Path
from digest.app import App
from digest.app import clock as timing
from digest.domain.model import Accepted, Gathered, Item, Reading
from digest.sources.asking import Asking

folder, name, *moments = sys.argv[1:]

class Wire:
    def deliver(self, parcels, begin, known=lambda parcel, outcome: None):
        for parcel in parcels:
            if parcel is None:
                time.sleep(0.001)
                continue
            outcome = begin(parcel) or Accepted(reply="250 ok")
            if isinstance(outcome, Accepted):
                print("mailed", parcel.envelope_to, flush=True)
            known(parcel, outcome)
            yield parcel, outcome

Asking.gather = lambda *_: Gathered(reading=Reading(items=(Item(title="Nursery play", link="https://a.example/1"),)))
app = App.open(Path(folder))
app.transport = Wire
for moment in moments:
    # both ring at the same moment
    Path(folder, f"{name}-{moment}").touch()
    while not all(Path(folder, f"{one}-{moment}").exists() for one in ("one", "two")):
        time.sleep(0.005)
    app.clock = lambda: datetime.fromisoformat(moment)
    timing.ring(app, lambda words: print("said", words, flush=True))
    if "T06:30" in moment and name == "one":
        app.approve("news-2026-11-24-0800", "Ada")
"""


def test_of_two_programs_that_ring_at_once_comes_one_edition_and_everybody_gets_it_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "digest.toml").write_text(FEED)
    (tmp_path / "subscribers.csv").write_text(PEOPLE)
    (tmp_path / "secret").write_text("s" * 40)
    monkeypatch.setenv(SECRET_VARIABLE, str(tmp_path / "secret"))
    moments = [f"2026-11-{one}+00:00" for one in ("23T05:00", "23T06:30", "24T08:00")]
    running = [
        subprocess.Popen(
            [sys.executable, "-c", _RINGER, str(tmp_path), name, *moments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in ("one", "two")
    ]
    told = [one.communicate(timeout=120) for one in running]
    assert [one.returncode for one in running] == [0, 0], told
    lines = [line for out, _ in told for line in out.splitlines()]
    mailed = sorted(line.split()[1] for line in lines if line.startswith("mailed"))
    assert mailed == ["ada@example.org", "cy@example.org"], "Bo chose another theme"
    assert sum("drafted; it waits" in line for line in lines) == 1
    app = App.open(tmp_path)
    with app.store.reading() as session:
        assert [(one.id, one.state) for one in session.editions.every()] == [
            ("news-2026-11-24-0800", EditionState.SENT)
        ]


# newsletters that wait hold up no other


def second(text: str) -> str:
    """Return what digest.toml says with a second newsletter, whose first waits an hour for its canary."""
    waves = "\n[newsletters.waves]\ncanary_percent = 20\ncanary_from = 10\nwait_minutes = 60\n"
    news = text[text.index("[[newsletters]]") :]
    more = news.replace('id = "news"', 'id = "more"').replace(
        'name = "Fernhill news"', 'name = "More"\nsubscribers = "b.csv"'
    )
    return text + waves + more


class Waiting:
    """An app that waits until it is let go on, and a wire that notes whom it mailed."""

    def __init__(self) -> None:
        self.waits = threading.Event()
        self.go_on = threading.Event()
        self.mailed: list[str] = []
        self.done: dict[str, threading.Event] = {
            "ada@example.org": threading.Event(),
            "zoe@example.org": threading.Event(),
        }

    def wait(self, seconds: float) -> None:
        self.waits.set()
        assert self.go_on.wait(30)

    def deliver(
        self, parcels: Iterable[Parcel | None], begin: Begin, known: Known = unheard
    ) -> Iterator[tuple[Parcel, Outcome]]:
        for parcel in parcels:
            if parcel is not None and begin(parcel) is None:
                outcome = Accepted(reply="250 ok")
                self.mailed.append(parcel.envelope_to)
                known(parcel, outcome)
                yield parcel, outcome
                if parcel.envelope_to in self.done:
                    self.done[parcel.envelope_to].set()


def test_a_newsletter_that_waits_for_its_canary_holds_up_no_other(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Workbench(tmp_path, clock)
    bench.people(HEADER + "".join(f"p{n:02}@example.org,Per,,,weekly,form,2026-01-01\n" for n in range(40)))
    (tmp_path / "b.csv").write_text(HEADER + "zoe@example.org,Zoe,,,weekly,form,2026-01-01\n")
    text = second(FEED)
    (tmp_path / "digest.toml").write_text(text)
    loaded = bench.app.loaded
    bench.app.loaded = type(loaded)(folder=tmp_path, workspace=parse(text), files={**loaded.files, "digest.toml": text})
    bench.newsletter = bench.app.newsletter("news")
    bench.insights("Nursery play", "Maths of fractions")
    for name in ("news", "more"):
        newsletter = bench.app.newsletter(name)
        bench.app.import_people(newsletter)
        made = bench.app.draft(newsletter).edition
        assert made is not None
        bench.app.approve(made.id, "Ada")
    way = Waiting()
    monkeypatch.setattr(App, "transport", lambda app: way)
    monkeypatch.setattr(App, "wait", lambda app, seconds: way.wait(seconds))
    monkeypatch.setattr(App, "reload", lambda app, say: None)
    monkeypatch.setattr(App, "sources_due", lambda app, newsletter, drafting=False: [])
    clock.now = utc(2026, 11, 24, 8)
    running = threading.Thread(target=timing.run, args=(bench.app, lambda words: None))
    running.start()
    try:
        assert way.waits.wait(30), "the first waits for its canary"
        assert way.done["zoe@example.org"].wait(30), "and the other goes out meanwhile"
        assert len(way.mailed) < 40
    finally:
        bench.app.stopping.set()
        way.go_on.set()
        running.join(30)
    assert not running.is_alive()


def test_who_mails_for_long_gives_way_and_who_waits_aside_lets_others_mail() -> None:
    now = [0.0]
    turns = Turns(lambda: now[0])
    order: list[str] = []
    began, waits = threading.Event(), threading.Event()

    def other() -> None:
        began.set()
        with turns.turn(lambda: False):
            order.append("other")

    with turns.turn(lambda: False) as mine:
        now[0] = SECONDS + 1
        assert not mine.is_over(), "nobody waits"
        thread = threading.Thread(target=other)
        thread.start()
        assert began.wait(10)
        while not turns.waiting:
            pass
        assert mine.is_over()
        order.append("mine")

        def aside(seconds: float) -> None:
            thread.join(10)
            waits.set()

        mine.aside(aside)(5)
        order.append("mine again")
    assert order == ["mine", "other", "mine again"]
    assert waits.is_set()


def test_who_gave_way_amid_an_edition_goes_on_with_it_and_mails_nobody_twice(
    bench: Workbench, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring(bench, 2026, 11, 23, 5, 0)
    ring(bench, 2026, 11, 23, 7, 0)
    bench.app.approve("news-2026-11-24-0800", "Ada")
    asked = iter([False] * 5 + [True])
    monkeypatch.setattr(Turn, "is_over", lambda turn: next(asked, False))
    begun: list[str] = []
    send = App.send

    def sending(app: App, edition: str, *more: object) -> object:
        begun.append(edition)
        return send(app, edition, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(App, "send", sending)
    assert ring(bench, 2026, 11, 24, 8, 0) == ["news-2026-11-24-0800: sent. 2 sent, 2 skipped"]
    assert len(begun) == 2, "it gave way once"
    assert len(wire.addresses) == len(set(wire.addresses)) == 2


def test_a_program_that_is_told_to_stop_waits_for_no_turn() -> None:
    turns = Turns()
    with turns.turn(lambda: False), turns.turn(lambda: True) as late:
        assert late is not None
    assert turns.waiting == 0
