"""What a person does about a send is done once, however often and by however many it is asked."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from digest.app import App
from digest.app import clock as timing
from digest.app.listening import listen
from digest.domain.errors import NotFound, Refused
from digest.domain.model import Accepted, Deferred, Edition, EditionState, InDoubt, Outcome, Parcel, Rejected
from digest.domain.ports import CountsAs
from digest.jobs import due, following, steering
from digest.jobs import edition as editions
from tests.conftest import ROOT
from tests.jobs.conftest import HEADER, Wire, Workbench, utc

ANSWERS: dict[str, Outcome] = {
    "ada@example.org": InDoubt(reason="silence after the end"),
    "bo@example.org": Deferred(reply="450 4.2.0 greylisted"),
}


def answer(parcel: Parcel) -> Outcome:
    return ANSWERS.get(parcel.envelope_to, Accepted(reply="250 ok"))


def find(bench: Workbench, edition: str) -> Edition:
    return editions.find(bench.app.store, edition)


def history(bench: Workbench, edition: str) -> list[str]:
    with bench.app.store.reading() as session:
        return [f"{one.what} by {one.who}" for one in session.editions.history(edition)]


def crowd(bench: Workbench, people: int) -> str:
    bench.people(HEADER + "".join(f"p{number:03}@example.org,,,,weekly,form,2026-01-01\n" for number in range(people)))
    return bench.approved()


_PRESSER = """
import json, sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from digest.domain.errors import DigestError
from digest.jobs import steering
from digest.store.database import Database
path, edition, now, name = sys.argv[1:]
store, at = Database.open(Path(path)), datetime.fromisoformat(now)
def press(number):
    try:
        return str(steering.send_now(store, lambda: at, edition, f"{name}{number}").state)
    except DigestError as fault:
        return fault.what
print("ready", flush=True)
sys.stdin.readline()
with ThreadPoolExecutor(25) as pool:
    print(json.dumps(list(pool.map(press, range(25)))))
"""


def test_fifty_presses_of_send_by_two_processes_let_it_go_once_and_mail_each_person_once(bench: Workbench) -> None:
    edition = crowd(bench, 30)
    path = bench.folder / "digest.db"
    command = [sys.executable, "-c", _PRESSER, str(path), edition, bench.clock().isoformat()]
    pressing = [
        subprocess.Popen([*command, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        for name in ("Ada", "Bo")
    ]
    for one in pressing:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in pressing:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    said = [answer for one in pressing for answer in json.loads(one.communicate(timeout=60)[0])]
    assert said == ["sending"] * 50, "who comes second is told that it goes, and of no fault"
    assert sum(one.startswith("sending by") for one in history(bench, edition)) == 1
    wire = Wire()
    bench.app.send(edition, wire, "the clock")
    assert len(wire.addresses) == len(set(wire.addresses)) == 30
    with bench.app.store.reading() as session:
        assert sum(one.people for one in session.following.countings(edition)) == 30
    assert steering.send_now(bench.app.store, bench.clock, edition, "Ada").state == EditionState.SENT


def test_fifty_presses_of_each_button_leave_one_line_in_the_history(bench: Workbench) -> None:
    edition = bench.approved()
    bench.app.send(edition, Wire(answer), "Ada")
    store = bench.app.store

    def fifty(press: Callable[[], object]) -> None:
        with ThreadPoolExecutor(50) as pool:
            list(pool.map(lambda _: press(), range(50)))

    fifty(lambda: steering.pause(store, bench.clock, edition, "Ada"))
    fifty(lambda: steering.resume(store, bench.clock, edition, "Ada"))
    fifty(lambda: steering.retry(store, bench.clock, edition, "Ada"))
    fifty(lambda: steering.cancel(store, bench.clock, edition, "Ada"))
    lines = history(bench, edition)[-4:]
    assert lines == ["paused by Ada", "resumed by Ada", "tried again now by Ada", "cancelled by Ada"]
    assert len(history(bench, edition)) == len(set(history(bench, edition)))


def test_the_rest_is_skipped_when_it_is_cancelled_and_nobody_is_mailed_after(bench: Workbench) -> None:
    edition = crowd(bench, 40)

    def cancel_after_ten(parcel: Parcel) -> Outcome:
        if len(wire.parcels) == 9:
            steering.cancel(bench.app.store, bench.clock, edition, "Ada")
        return Accepted(reply="250 ok")

    wire = Wire(cancel_after_ten)
    assert bench.app.send(edition, wire, "the clock").edition.state == EditionState.CANCELLED
    assert len(wire.parcels) == 10, "what is on its way ends as it ends, and nothing else is begun"
    found = following.follow(bench.app.store, bench.clock, bench.newsletter, edition)
    assert found.counts[CountsAs.SENT] == 10
    assert found.counts[CountsAs.WAITING] == found.counts[CountsAs.PUT_OFF] == 0
    [row] = found.reasons
    assert (row.counts_as, row.people, row.reason) == (CountsAs.SKIPPED, found.people - 10, "Cancelled by Ada")
    assert found.trouble == "Cancelled by Ada at 09:00."
    steering.cancel(bench.app.store, bench.clock, edition, "Bo")
    assert history(bench, edition)[-1] == "cancelled by Ada"


def test_whom_a_killed_process_had_in_hand_is_settled_by_the_clock_after_a_cancel(bench: Workbench) -> None:
    edition = crowd(bench, 12)

    class Killed(BaseException):
        """The process ends in the middle of a message."""

    def die(parcel: Parcel) -> Outcome:
        if len(wire.parcels) == 3:
            raise Killed
        return Accepted(reply="250 ok")

    wire = Wire(die)
    with bench.app.store.writing() as session:
        session.editions.running_since(bench.newsletter.id, bench.clock())
    with pytest.MonkeyPatch.context() as patch:
        # nobody tidies up behind a process that was killed
        patch.setattr("digest.jobs.sweep.mine", lambda *_: None)
        with pytest.raises(Killed):
            bench.app.send(edition, wire, "the clock")
    steering.cancel(bench.app.store, bench.clock, edition, "Ada")
    with bench.app.store.reading() as session:
        assert session.deliveries.open(edition)[0] > 0, "else nobody was in hand"
    todo = due.due(bench.app.store, bench.clock, bench.newsletter, bench.clock())
    assert [one.edition.id for one in todo if one.edition is not None] == [edition]
    bench.clock.forward(minutes=16)
    after = Wire()
    bench.app.send(edition, after, "the clock")
    assert after.parcels == []
    with bench.app.store.reading() as session:
        assert session.deliveries.open(edition)[0] == 0
    assert due.due(bench.app.store, bench.clock, bench.newsletter, bench.clock()) == []


def test_an_approval_is_taken_back_once_and_not_once_it_leaves(bench: Workbench) -> None:
    edition = bench.approved()
    for _ in range(2):
        assert steering.take_back(bench.app.store, bench.clock, edition, "Bo").state == EditionState.DRAFT
    assert history(bench, edition).count("approval taken back by Bo") == 1
    bench.app.approve(edition, "Ada")
    bench.app.send(edition, Wire(), "Ada")
    with pytest.raises(Refused):
        steering.take_back(bench.app.store, bench.clock, edition, "Bo")


def test_who_was_refused_for_now_is_tried_at_once_where_a_person_wants_it(bench: Workbench) -> None:
    edition = bench.approved()
    bench.app.send(edition, Wire(answer), "Ada")
    assert steering.retry(bench.app.store, bench.clock, edition, "Cy") == 1
    wire = Wire()
    bench.app.send(edition, wire, "the clock")
    assert wire.addresses == ["bo@example.org"]
    assert steering.retry(bench.app.store, bench.clock, edition, "Cy") == 0
    assert history(bench, edition).count("tried again now by Cy") == 1


def test_who_was_refused_until_there_was_no_more_time_may_be_tried_after_the_send(bench: Workbench) -> None:
    edition = bench.approved()
    busy = Wire(lambda parcel: Deferred(reply="450 4.2.0 greylisted"))
    while bench.app.send(edition, busy, "Ada").edition.state != EditionState.SENT:
        bench.clock.forward(hours=6)
    [row, _] = following.follow(bench.app.store, bench.clock, bench.newsletter, edition).reasons
    assert row.now.startswith("3 people can be tried again.")
    assert steering.retry(bench.app.store, bench.clock, edition, "Cy") == 3
    assert find(bench, edition).state == EditionState.SENDING
    assert steering.retry(bench.app.store, bench.clock, edition, "Cy") == 0


def in_doubt(bench: Workbench) -> tuple[str, str]:
    """Return an edition that was sent, and the id of the one who is in doubt."""
    edition = bench.approved()
    wire = Wire(lambda parcel: InDoubt(reason="silence") if "ada" in parcel.envelope_to else Accepted(reply="250 ok"))
    bench.app.send(edition, wire, "Ada")
    [one] = following.entries(bench.app.store, edition, CountsAs.UNKNOWN)
    return edition, one.subscriber


def test_who_is_in_doubt_is_sent_it_again_once(bench: Workbench) -> None:
    edition, person = in_doubt(bench)
    assert steering.send_again(bench.app.store, bench.clock, edition, [person], "Bo") == 1
    assert steering.send_again(bench.app.store, bench.clock, edition, [person], "Cy") == 0
    wire = Wire()
    bench.app.send(edition, wire, "the clock")
    assert wire.addresses == ["ada@example.org"]
    assert steering.send_again(bench.app.store, bench.clock, edition, [person], "Bo") == 0
    with pytest.raises(NotFound):
        steering.send_again(bench.app.store, bench.clock, edition, ["nobody"], "Bo")


def test_who_is_left_as_they_are_is_asked_about_no_more(bench: Workbench) -> None:
    edition, person = in_doubt(bench)
    for who in ("Bo", "Cy"):
        steering.leave(bench.app.store, bench.clock, edition, person, who)
    assert history(bench, edition).count("left as it is by Bo") == 1
    assert "left as it is by Cy" not in history(bench, edition)
    found = following.follow(bench.app.store, bench.clock, bench.newsletter, edition)
    assert (found.undecided, found.counts[CountsAs.UNKNOWN]) == (0, 1)
    assert found.reasons[0].now == "It may have arrived. Left as it is."
    [one] = following.entries(bench.app.store, edition, CountsAs.UNKNOWN)
    assert one.left_by == "Bo"


def test_nobody_decides_about_who_has_an_answer(bench: Workbench) -> None:
    edition, _ = in_doubt(bench)
    refused, *_ = following.entries(bench.app.store, edition, CountsAs.SENT)
    with pytest.raises(Refused, match="no longer in doubt"):
        steering.leave(bench.app.store, bench.clock, edition, refused.subscriber, "Bo")


def test_what_cannot_be_done_now_says_what_can(bench: Workbench) -> None:
    bench.insights("Nursery play")
    bench.app.import_people(bench.newsletter)
    draft = bench.app.draft(bench.newsletter).edition
    assert draft is not None
    for act in (steering.pause, steering.resume, steering.cancel, steering.send_now, steering.retry):
        with pytest.raises(Refused) as told:
            act(bench.app.store, bench.clock, draft.id, "Ada")
        assert told.value.mend
        with pytest.raises(Refused, match="needs a name"):
            act(bench.app.store, bench.clock, draft.id, " ")
        with pytest.raises(NotFound):
            act(bench.app.store, bench.clock, "news-1999", "Ada")


@contextmanager
def ringing(bench: Workbench, monkeypatch: pytest.MonkeyPatch, wire: Wire) -> Iterator[None]:
    """Let the clock run in a thread, over real time, with mail going to a wire."""
    monkeypatch.setattr(App, "transport", lambda app: wire)
    monkeypatch.setattr(App, "sources_due", lambda app, newsletter, drafting=False: [])
    # it looks once, and then only where somebody rings
    monkeypatch.setattr(timing, "_next_look", lambda app, newsletter: datetime.now(UTC) + timedelta(days=1))
    running = threading.Thread(target=timing.run, args=(bench.app, lambda words: None))
    running.start()
    try:
        yield
    finally:
        bench.app.stopping.set()
        running.join(20)


def until(holds: Callable[[], bool], seconds: float) -> float:
    """Wait until something holds, and return how long that took."""
    begin = time.monotonic()
    while not holds():
        assert time.monotonic() < begin + seconds, "it does not come to it"
        time.sleep(0.02)
    return time.monotonic() - begin


_RESUMER = """
import sys
from datetime import datetime
from pathlib import Path
from digest.jobs import steering
from digest.store.database import Database
path, edition, now = sys.argv[1:]
steering.resume(Database.open(Path(path)), lambda: datetime.fromisoformat(now), edition, "Ada")
"""


def test_the_clock_goes_on_within_seconds_of_a_resume_in_another_process(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.clock.now = utc(2026, 11, 24, 8, 0)
    edition = bench.approved()
    steering.send_now(bench.app.store, bench.clock, edition, "Ada")
    steering.pause(bench.app.store, bench.clock, edition, "Ada")
    wire = Wire()
    monkeypatch.setattr("digest.app.clock.forget", lambda app, say: looked.set())
    looked = threading.Event()
    with ringing(bench, monkeypatch, wire):
        assert looked.wait(20)
        assert wire.parcels == []
        path = bench.folder / "digest.db"
        command = [sys.executable, "-c", _RESUMER, str(path), edition, bench.clock().isoformat()]
        subprocess.run(command, check=True, timeout=60, cwd=ROOT)
        # the promise is five seconds; other tests run beside this one
        until(lambda: len(wire.parcels) == 3, 20)


def test_whoever_listens_hears_each_ring_soon_and_nothing_where_nobody_rang(bench: Workbench) -> None:
    edition = bench.approved()
    heard: list[float] = []
    ending = threading.Event()
    listening = threading.Thread(target=listen, args=(bench.app.store, ending, lambda: heard.append(time.monotonic())))
    listening.start()
    time.sleep(1.2)
    with bench.app.store.writing() as session:
        session.people.suppress("a key", "left", bench.clock())
    time.sleep(1.2)
    assert heard == []
    steering.send_now(bench.app.store, bench.clock, edition, "Ada")
    until(lambda: len(heard) == 1, 10)
    ending.set()
    listening.join(10)


def test_a_wait_ends_early_when_somebody_wants_those_who_wait_to_be_tried(bench: Workbench) -> None:
    edition = bench.approved()
    bench.app.send(edition, Wire(answer), "Ada")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(bench.app.wait, 60)
        time.sleep(0.6)
        assert not waiting.done()
        steering.retry(bench.app.store, bench.clock, edition, "Cy")
        waiting.result(timeout=20)


def test_what_is_refused_for_good_is_never_tried_again(bench: Workbench) -> None:
    edition = bench.approved()
    bench.app.send(edition, Wire(lambda parcel: Rejected(reply="550 5.1.1 nobody")), "Ada")
    assert steering.retry(bench.app.store, bench.clock, edition, "Cy") == 0
    assert find(bench, edition).state == EditionState.SENT
