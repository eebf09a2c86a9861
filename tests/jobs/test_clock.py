from __future__ import annotations

import threading

import pytest

from digest.app import App
from digest.app import clock as timing
from digest.domain.errors import Refused
from digest.domain.model import Edition, EditionState, Gathered, Item, Reading
from digest.jobs import planning
from digest.jobs.edition import hold, take_back
from digest.sources.asking import Asking
from tests.jobs.conftest import CONFIGURATION, Wire, Workbench, utc

TITLES = ("Nursery mornings by the river", "Childminders and their play barn", "What toddlers hear at nursery")
#: Bo chose another theme than these titles have
READERS = ["ada@example.org", "cy@example.org"]
EDITION = "news-2026-11-24-0800"
SENT = f"{EDITION}: sent. 2 sent, 2 skipped"
LEAVES = f"{EDITION}: leaves at 08:00; until then `digest take-back {EDITION} --as NAME` stops it"


@pytest.fixture
def wire(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> Wire:
    """Let every source give one story a day, and let mail go to a wire of the test's."""
    made = Wire()
    # a page all of whose entries change from one day to the next is another test's
    bench.configure(CONFIGURATION.replace('kind = "page"', 'kind = "feed"'))

    def gather(asking: Asking, source: object, known: object) -> Gathered:
        title = TITLES[bench.clock().isocalendar().week % len(TITLES)]
        link = f"https://fernhill.example.org/{bench.clock():%Y-%m-%d}"
        return Gathered(reading=Reading(items=(Item(title=title, link=link),)))

    monkeypatch.setattr(Asking, "gather", gather)
    monkeypatch.setattr(App, "transport", lambda app: made)
    return made


def ring(bench: Workbench) -> list[str]:
    said: list[str] = []
    timing.ring(bench.app, said.append)
    return said


def editions(bench: Workbench) -> list[Edition]:
    with bench.app.store.reading() as session:
        return list(reversed(session.editions.every()))


def states(bench: Workbench) -> list[tuple[str, EditionState]]:
    return [(one.id, one.state) for one in editions(bench)]


def test_a_week_goes_by_itself_but_for_the_approval(bench: Workbench, wire: Wire) -> None:
    bench.clock.now = utc(2026, 11, 23, 5, 0)
    assert ring(bench) == ["subscribers.csv: 4 new, 1 waiting"]
    bench.clock.now = utc(2026, 11, 23, 6, 0)
    assert ring(bench) == ["news-2026-11-24-0800: drafted; it waits for approval"]
    bench.app.approve("news-2026-11-24-0800", "Ada")
    bench.clock.now = utc(2026, 11, 24, 7, 49)
    assert ring(bench) == []
    bench.clock.now = utc(2026, 11, 24, 7, 50)
    assert ring(bench) == [LEAVES]
    bench.clock.now = utc(2026, 11, 24, 7, 59)
    assert ring(bench) == []
    assert wire.parcels == []
    bench.clock.now = utc(2026, 11, 24, 8, 0)
    assert ring(bench) == [SENT]
    assert sorted(wire.addresses) == READERS
    assert ring(bench) == []
    assert sorted(wire.addresses) == READERS


def test_what_nobody_approved_is_never_sent_by_itself(bench: Workbench, wire: Wire) -> None:
    bench.clock.now = utc(2026, 11, 23, 5, 0)
    ring(bench)
    bench.clock.now = utc(2026, 11, 23, 7, 0)
    ring(bench)
    bench.clock.now = utc(2026, 11, 24, 9, 0)
    ring(bench)
    assert states(bench) == [("news-2026-11-24-0800", EditionState.DRAFT)]
    assert wire.parcels == []


def test_an_approval_after_the_slot_sends_at_once(bench: Workbench, wire: Wire) -> None:
    bench.clock.now = utc(2026, 11, 23, 5, 0)
    ring(bench)
    bench.clock.now = utc(2026, 11, 24, 7, 0)
    ring(bench)
    bench.clock.now = utc(2026, 11, 25, 15, 0)
    bench.app.approve("news-2026-11-24-0800", "Ada")
    assert ring(bench) == [SENT]


def test_a_slot_missed_by_a_short_sleep_is_caught_up(bench: Workbench, wire: Wire) -> None:
    bench.clock.now = utc(2026, 11, 23, 7, 0)
    ring(bench)
    bench.app.approve("news-2026-11-24-0800", "Ada")
    bench.clock.now = utc(2026, 11, 24, 19, 0)
    assert ring(bench) == [SENT]


def test_a_slot_missed_by_a_long_sleep_is_recorded_and_not_sent(bench: Workbench, wire: Wire) -> None:
    bench.clock.now = utc(2026, 11, 23, 7, 0)
    ring(bench)
    bench.app.approve("news-2026-11-24-0800", "Ada")
    bench.clock.now = utc(2026, 11, 26, 8, 0)
    assert ring(bench)[0].startswith("news-2026-11-24-0800: missed")
    assert wire.parcels == []
    assert states(bench) == [("news-2026-11-24-0800", EditionState.MISSED)]


def _held(bench: Workbench) -> None:
    """Bring an approved edition to the minutes before it leaves."""
    bench.clock.now = utc(2026, 11, 23, 7, 0)
    ring(bench)
    bench.app.approve(EDITION, "Ada")
    bench.clock.now = utc(2026, 11, 24, 7, 51)
    ring(bench)
    assert states(bench) == [(EDITION, EditionState.HOLDING)]


def test_what_is_taken_back_in_the_minutes_before_it_leaves_does_not_leave(bench: Workbench, wire: Wire) -> None:
    _held(bench)
    take_back(bench.app.store, bench.clock, editions(bench)[0], "Bo", "a slip")
    assert states(bench) == [(EDITION, EditionState.DRAFT)]
    with bench.app.store.reading() as session:
        told = [(one.who, one.what) for one in session.editions.history(EDITION)]
    assert told[-3:] == [("digest", "holding"), ("Bo", "held back"), ("Bo", "approval taken back")]
    bench.clock.now = utc(2026, 11, 24, 8, 0)
    ring(bench)
    assert wire.parcels == []
    bench.app.approve(EDITION, "Bo")
    assert ring(bench) == [SENT]


def test_an_edition_that_is_taken_back_and_approved_again_is_held_again(bench: Workbench, wire: Wire) -> None:
    _held(bench)
    take_back(bench.app.store, bench.clock, editions(bench)[0], "Bo", "")
    bench.app.approve(EDITION, "Bo")
    assert ring(bench) == [LEAVES]
    assert wire.parcels == []


def test_of_two_clocks_that_hold_an_edition_at_once_one_says_so(bench: Workbench, wire: Wire) -> None:
    bench.clock.now = utc(2026, 11, 23, 7, 0)
    ring(bench)
    bench.app.approve(EDITION, "Ada")
    (seen,) = editions(bench)
    bench.clock.now = utc(2026, 11, 24, 7, 50)
    assert [hold(bench.app.store, bench.clock, seen) for _ in range(2)] == [True, False]
    assert ring(bench) == []


def test_nothing_is_approved_twice_by_undoing_it(bench: Workbench, wire: Wire) -> None:
    _held(bench)
    with pytest.raises(Refused, match="about to leave"):
        bench.app.approve(EDITION, "Bo")
    assert states(bench) == [(EDITION, EditionState.HOLDING)]


def test_what_was_about_to_leave_when_the_machine_went_down_is_caught_up(bench: Workbench, wire: Wire) -> None:
    _held(bench)
    bench.clock.now = utc(2026, 11, 24, 20, 0)
    assert ring(bench) == [SENT]
    assert sorted(wire.addresses) == READERS


def test_what_was_about_to_leave_too_long_ago_is_missed(bench: Workbench, wire: Wire) -> None:
    _held(bench)
    bench.clock.now = utc(2026, 11, 24, 20, 1)
    assert ring(bench)[0].startswith(f"{EDITION}: missed")
    assert states(bench) == [(EDITION, EditionState.MISSED)]
    assert wire.parcels == []


def test_bytes_that_change_in_the_minutes_before_take_the_approval_back(bench: Workbench, wire: Wire) -> None:
    _held(bench)
    text = (CONFIGURATION.replace('kind = "page"', 'kind = "feed"')).replace("Fernhill Trust", "Another Trust")
    bench.configure(text)
    bench.clock.now = utc(2026, 11, 24, 8, 0)
    assert "a draft again" in ring(bench)[0]
    assert states(bench) == [(EDITION, EditionState.DRAFT)]
    assert wire.parcels == []


def test_what_is_stored_and_was_not_signed_does_not_leave_from_there_either(bench: Workbench, wire: Wire) -> None:
    _held(bench)
    with bench.app.store._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE variant SET sha256 = 'another'")
    with pytest.raises(Refused, match="is draft and cannot be sent"):
        planning.begin(bench.app.store, bench.clock, editions(bench)[0], "Ada")
    assert [(one.state, one.note) for one in editions(bench)] == [
        (EditionState.DRAFT, "what is stored is not what was signed")
    ]


def test_who_sends_by_hand_does_not_wait_for_the_slot(bench: Workbench, wire: Wire) -> None:
    _held(bench)
    assert bench.app.send(EDITION, wire, "Ada").edition.state == EditionState.SENT


def test_without_minutes_before_it_leaves_it_leaves_at_its_slot(bench: Workbench, wire: Wire) -> None:
    text = CONFIGURATION.replace('kind = "page"', 'kind = "feed"')
    bench.configure(text.replace('at = "08:00"', 'at = "08:00"\nholding_minutes = 0'))
    bench.clock.now = utc(2026, 11, 23, 7, 0)
    ring(bench)
    bench.app.approve(EDITION, "Ada")
    bench.clock.now = utc(2026, 11, 24, 7, 59)
    assert ring(bench) == []
    bench.clock.now = utc(2026, 11, 24, 8, 0)
    assert ring(bench) == [SENT]


def test_the_clock_looks_when_the_minutes_before_a_slot_begin(bench: Workbench) -> None:
    before = utc(2026, 11, 24, 7, 48)
    assert timing.due.next_look(bench.newsletter, before) == utc(2026, 11, 24, 7, 50)
    assert timing.due.next_look(bench.newsletter, utc(2026, 11, 24, 7, 57)) == utc(2026, 11, 24, 8, 0)


def test_a_machine_asleep_for_three_weeks_records_each_slot_and_drafts_the_next(bench: Workbench, wire: Wire) -> None:
    bench.clock.now = utc(2026, 11, 9, 12, 0)
    ring(bench)
    bench.clock.now = utc(2026, 11, 30, 12, 0)
    ring(bench)
    assert states(bench) == [
        ("news-2026-11-10-0800", EditionState.MISSED),
        ("news-2026-11-17-0800", EditionState.MISSED),
        ("news-2026-11-24-0800", EditionState.MISSED),
        ("news-2026-12-01-0800", EditionState.DRAFT),
    ]
    assert [one.number for one in editions(bench)][-1] == 1, "numbers count what people may get"


def test_a_held_draft_gives_its_stories_to_the_next(bench: Workbench, wire: Wire) -> None:
    bench.clock.now = utc(2026, 11, 23, 7, 0)
    ring(bench)
    bench.clock.now = utc(2026, 11, 30, 7, 0)
    ring(bench)
    assert states(bench) == [
        ("news-2026-11-24-0800", EditionState.MISSED),
        ("news-2026-12-01-0800", EditionState.DRAFT),
    ]
    assert len(bench.app.preview("news-2026-12-01-0800").placements) == 2


def test_a_new_workspace_owes_nobody_the_slots_before_it_began(bench: Workbench, wire: Wire) -> None:
    bench.clock.now = utc(2026, 11, 25, 12, 0)
    assert ring(bench) == ["subscribers.csv: 4 new, 1 waiting"]
    assert editions(bench) == []


def test_too_little_news_is_recorded_with_its_reason(bench: Workbench, wire: Wire) -> None:
    bench.configure(CONFIGURATION.replace('name = "Fernhill news"', 'name = "Fernhill news"\nminimum_stories = 4'))
    bench.clock.now = utc(2026, 11, 23, 7, 0)
    ring(bench)
    assert [(one.state, one.note) for one in editions(bench)] == [
        (EditionState.SKIPPED, "Skipped: 1 new story, 4 needed. They wait for the next edition.")
    ]


@pytest.mark.parametrize(
    ("day", "before", "after"),
    [
        ("sunday", utc(2026, 3, 28, 20, 0), utc(2026, 3, 30, 3, 0)),
        ("sunday", utc(2026, 10, 24, 20, 0), utc(2026, 10, 26, 3, 0)),
    ],
    ids=["the clocks go forward", "the clocks go back"],
)
def test_a_slot_in_the_changed_hour_fires_once(
    bench: Workbench, wire: Wire, day: str, before: object, after: object
) -> None:
    bench.configure(CONFIGURATION.replace('days = ["tuesday"]\nat = "08:00"', f'days = ["{day}"]\nat = "01:30"'))
    bench.clock.now = before
    while bench.clock.now < after:
        ring(bench)
        for edition in editions(bench):
            if edition.state == EditionState.DRAFT and edition.slot < after:
                bench.app.approve(edition.id, "Ada")
        bench.clock.forward(minutes=15)
    assert [one.state for one in editions(bench)] == [EditionState.SENT]
    assert sorted(wire.addresses) == READERS


def test_two_clocks_ringing_at_once_send_one_edition(bench: Workbench, wire: Wire) -> None:
    bench.clock.now = utc(2026, 11, 23, 7, 0)
    assert bench.app.secret
    ring(bench)
    bench.app.approve("news-2026-11-24-0800", "Ada")
    bench.clock.now = utc(2026, 11, 24, 8, 0)
    start = threading.Barrier(2)

    def both() -> None:
        start.wait()
        ring(bench)

    threads = [threading.Thread(target=both) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(wire.addresses) == READERS


def test_a_broken_configuration_is_said_and_the_one_before_is_used(bench: Workbench, wire: Wire) -> None:
    (bench.folder / "digest.toml").write_text("base_url = ")
    said: list[str] = []
    bench.app.reload(said.append)
    assert "Until then the configuration from before is used." in said[0]


def test_the_alarm_clock_rings_and_winds_itself_again(
    bench: Workbench, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung = threading.Semaphore(0)
    monkeypatch.setattr(timing, "ring_one", lambda app, newsletter, say: rung.release())
    monkeypatch.setattr(App, "reload", lambda app, say: None)
    monkeypatch.setattr(timing.due, "next_look", lambda newsletter, now, approved: now)
    running = threading.Thread(target=timing.run, args=(bench.app, print))
    running.start()
    try:
        assert all(rung.acquire(timeout=10) for _ in range(3))
    finally:
        bench.app.stopping.set()
        running.join(timeout=10)
    assert not running.is_alive()
