"""Workers: what the clock wants is done by whoever is free, and a sending of several keeps what one keeps."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from digest.app import App, in_step, workers, working
from digest.app import clock as timing
from digest.domain.errors import Refused
from digest.domain.model import Accepted, EditionState, Gathered, Item, Outcome, Parcel, Reading, Rejected
from digest.domain.ports import Task, Work
from digest.jobs import edition as editions
from digest.jobs import planning, steering, wanting
from digest.sources.asking import Asking
from tests.jobs.conftest import CONFIGURATION, HEADER, Wire, utc
from tests.sharing import SharedBench, Sharing

EDITION = "news-2026-11-24-0800"
SLOT = utc(2026, 11, 24, 8, 0)
_SERVER = '\n[server]\nurl = "smtp://127.0.0.1:25"\ntls = "none"\nconnections = 4\n'
_AT_ONCE = "[newsletters.waves]\ncanary_percent = 0\n"
_CANARY = "[newsletters.waves]\ncanary_percent = 20\ncanary_from = 30\n"


class Crew:
    """Workers in threads, each with a database line of its own, and one wire for all."""

    def __init__(self, sharing: Sharing, waves: str = _AT_ONCE, people: int = 200) -> None:
        text = CONFIGURATION.replace('kind = "page"', 'kind = "feed"') + waves + _SERVER
        self.first: SharedBench = sharing("first", text=text)
        self.second: SharedBench = sharing("second", text=text)
        self.said: list[str] = []
        rows = [f"p{number:03}@example.org,Per,,,weekly,form,2026-01-01\n" for number in range(people)]
        self.first.people(HEADER + "".join(rows))
        in_step.lead(self.first.app)
        self.workers = [working.Worker(one.app, one.folder.name, self.said.append) for one in (self.first, self.second)]
        for worker in self.workers:
            worker._look()

    @property
    def app(self) -> App:
        return self.first.app

    def tasks(self) -> dict[str, tuple[int, int]]:
        """Count the tasks of each kind that wait: for now, and for a time."""
        query = (
            "SELECT task_name, count(*) FILTER (WHERE scheduled_at IS NULL), count(scheduled_at) "
            "FROM procrastinate_jobs WHERE status = 'todo' GROUP BY 1"
        )
        with self.app.store._engine.connect() as connection:
            return {name: (now, later) for name, now, later in connection.exec_driver_sql(query)}

    def send(self, parts: int = 2) -> None:
        """Have both workers send at the same time."""
        with ThreadPoolExecutor(parts) as pool:
            done = [
                pool.submit(self.workers[part % 2].do, Task(work=Work.SEND, of=EDITION, part=part))
                for part in range(parts)
            ]
        for one in done:
            one.result()

    def begun(self) -> str:
        edition = self.first.approved()
        steering.send_now(self.app.store, self.app.clock, edition, "Ada")
        self.plan()
        return edition

    def plan(self) -> None:
        """Plan everybody, as the first hand does, so that both may begin at the same time."""
        found = editions.find(self.app.store, EDITION)
        planning.plan(self.app.store, self.app.clock, self.first.newsletter, found, lambda: False)

    @property
    def state(self) -> EditionState:
        return editions.find(self.app.store, EDITION).state


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    made = Wire()
    monkeypatch.setattr(working, "way_out", lambda app, share: made)
    # a few people are worth several hands
    monkeypatch.setattr(wanting, "PEOPLE", 50)

    def gather(asking: Asking, source: object, known: object) -> Gathered:
        return Gathered(reading=Reading(items=(Item(title="Nursery play", link="https://fernhill.example.org/play"),)))

    monkeypatch.setattr(Asking, "gather", gather)
    return made


def _slowly(seconds: float, then: Callable[[Parcel], Outcome] | None = None) -> Callable[[Parcel], Outcome]:
    def answer(parcel: Parcel) -> Outcome:
        time.sleep(seconds)
        return then(parcel) if then is not None else Accepted(reply="250 ok")

    return answer


def test_the_clock_wants_what_is_due_and_does_none_of_it(sharing: Sharing, wire: Wire) -> None:
    crew = Crew(sharing, people=4)
    crew.first.clock.now = SLOT - timedelta(days=4)
    for _ in range(2):
        # however often it rings, and in however many programs
        assert timing.ring(crew.app, crew.said.append) == []
        assert timing.ring(crew.second.app, crew.said.append) == []
    assert crew.tasks() == {"collect": (1, 0)}
    crew.first.clock.now = SLOT - timedelta(hours=24)
    timing.ring(crew.app, crew.said.append)
    assert crew.tasks() == {"collect": (1, 0), "draft": (1, 0)}
    with crew.app.store.reading() as session:
        assert session.editions.every() == []


def test_at_its_slot_the_clock_lets_an_edition_begin_and_workers_send_it(sharing: Sharing, wire: Wire) -> None:
    crew = Crew(sharing)
    crew.first.approved()
    crew.first.clock.now = SLOT
    timing.ring(crew.app, crew.said.append)
    assert crew.state == EditionState.SENDING
    assert wire.addresses == []
    assert crew.tasks()["send"] == (4, 0)
    timing.ring(crew.second.app, crew.said.append)
    assert crew.tasks()["send"] == (4, 0)
    for worker in crew.workers:
        worker._look()
    crew.workers[1].do(Task(work=Work.SEND, of=EDITION, part=1))
    assert wire.addresses == [], "the first hand plans, and the others wait for that"
    assert crew.tasks()["send"] == (4, 1)
    crew.send()
    assert len(set(wire.addresses)) == len(wire.addresses) == 200
    timing.ring(crew.app, crew.said.append)
    assert crew.state == EditionState.SENT


def test_a_clock_whose_files_differ_lets_nothing_begin(sharing: Sharing, wire: Wire) -> None:
    crew = Crew(sharing)
    crew.first.approved()
    crew.second.configure(crew.app.loaded.files["digest.toml"] + "\n# changed\n")
    crew.first.clock.now = SLOT
    [trouble] = timing.ring(crew.second.app, crew.said.append)
    assert isinstance(trouble, Refused)
    assert "differ from those of" in trouble.what
    assert crew.state == EditionState.APPROVED
    assert crew.tasks() == {}


def test_a_list_that_lies_on_another_machine_is_not_read(sharing: Sharing, wire: Wire) -> None:
    crew = Crew(sharing, people=4)
    crew.app.import_people(crew.first.newsletter)
    crew.second.people(HEADER + "stranger@example.org,Old,,,weekly,form,2026-01-01\n")
    timing.ring(crew.second.app, crew.said.append)
    assert crew.second.app.import_people(crew.second.newsletter).same_file
    with crew.app.store.reading() as session:
        assert session.people.by_address(["stranger@example.org"]) == {}
        assert len(session.people.by_address(["p000@example.org"])) == 1


def test_two_workers_that_draft_the_same_slot_make_one_edition(sharing: Sharing, wire: Wire) -> None:
    crew = Crew(sharing, people=4)
    crew.app.import_people(crew.first.newsletter)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda one: one.do(Task(work=Work.DRAFT, of="news", slot=SLOT)), crew.workers))
    with crew.app.store.reading() as session:
        assert [one.id for one in session.editions.every()] == [EDITION]
    assert [words for words in crew.said if "unexpected" in words] == []


def test_what_lets_an_edition_leave_wants_it_sent_in_the_same_commit(sharing: Sharing, wire: Wire) -> None:
    crew = Crew(sharing)
    crew.begun()
    assert crew.tasks() == {"send": (4, 0)}, "a hand for each fifty, and none for a person"
    assert crew.state == EditionState.SENDING


def test_two_workers_send_an_edition_to_everybody_once(sharing: Sharing, wire: Wire) -> None:
    crew = Crew(sharing)
    crew.begun()
    crew.send()
    assert Counter(wire.addresses) == Counter({f"p{number:03}@example.org": 1 for number in range(200)})
    assert crew.state == EditionState.SENT
    assert f"{EDITION}: sent. 200 sent" in crew.said


def test_a_hand_that_has_had_its_fill_goes_to_the_end_of_the_queue(
    sharing: Sharing, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wanting, "FILL", 30)
    crew = Crew(sharing)
    crew.begun()
    task = Task(work=Work.SEND, of=EDITION)
    crew.workers[0].do(task)
    assert len(wire.addresses) == 30
    assert crew.tasks() == {"send": (4, 0)}, "it is wanted behind those that wait"
    for _ in range(6):
        crew.workers[0].do(task)
    assert len(set(wire.addresses)) == len(wire.addresses) == 200
    assert crew.state == EditionState.SENT


def test_who_waits_for_the_canary_gives_the_edition_back_until_then(sharing: Sharing, wire: Wire) -> None:
    crew = Crew(sharing, _CANARY, people=60)
    crew.begun()
    crew.send()
    early = len(wire.addresses)
    assert 0 < early < 30
    assert crew.tasks()["send"][1] >= 1, "wanted for when the rest may go"
    crew.first.clock.forward(minutes=4)
    crew.send()
    assert len(wire.addresses) == early, "five minutes are five minutes, whoever asks"
    crew.first.clock.forward(minutes=2)
    crew.send()
    assert len(set(wire.addresses)) == len(wire.addresses) == 60
    assert crew.state == EditionState.SENT


def test_what_two_workers_had_refused_together_stops_both(
    sharing: Sharing, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wanting, "FILL", 10)
    crew = Crew(sharing, _CANARY, people=200)
    crew.begun()
    refused = iter([True, True] + [False] * 8 + [True])

    def answer(parcel: Parcel) -> Outcome:
        return Rejected(reply="550 no such user") if next(refused, False) else Accepted(reply="250 ok")

    wire.answer = answer
    crew.workers[0].do(Task(work=Work.SEND, of=EDITION))
    assert crew.state == EditionState.SENDING, "two are too few"
    crew.workers[1].do(Task(work=Work.SEND, of=EDITION, part=1))
    assert crew.state == EditionState.PAUSED
    assert "3 of" in editions.find(crew.app.store, EDITION).note
    had = len(wire.addresses)
    crew.send()
    assert len(wire.addresses) == had


@pytest.mark.parametrize("stopping", [steering.pause, steering.cancel])
def test_pause_and_cancel_stop_both_workers_before_their_next_message(
    sharing: Sharing, wire: Wire, stopping: Callable[..., object]
) -> None:
    crew = Crew(sharing)
    crew.begun()
    wire.answer = _slowly(0.01)
    sending = threading.Thread(target=crew.send)
    sending.start()
    while len(wire.addresses) < 20:
        time.sleep(0.005)
    stopping(crew.app.store, crew.app.clock, EDITION, "Ada")
    at = len(wire.addresses)
    sending.join(timeout=30)
    # what is asked beside each message is at most a quarter of a second old
    assert len(wire.addresses) - at <= 2 * 60
    assert len(set(wire.addresses)) == len(wire.addresses) < 200
    states = crew.first.states(EDITION)
    assert not states.get("claimed")
    assert states.get("unknown", 0) == 0


def test_who_unsubscribes_while_two_workers_send_gets_nothing(sharing: Sharing, wire: Wire) -> None:
    crew = Crew(sharing)
    crew.begun()
    times: list[tuple[str, float]] = []

    def noted(parcel: Parcel) -> Outcome:
        times.append((parcel.envelope_to, time.monotonic()))
        return Accepted(reply="250 ok")

    wire.answer = _slowly(0.02, noted)
    left: set[str] = set()
    sending = threading.Thread(target=crew.send)
    sending.start()
    while len(wire.addresses) < 20:
        time.sleep(0.005)
    for address in [f"p{number:03}@example.org" for number in range(200) if number % 10 == 0]:
        if address not in wire.addresses and crew.second.app.leave(address):
            left.add(address)
    at = time.monotonic()
    sending.join(timeout=30)
    assert left
    assert max(Counter(wire.addresses).values()) == 1
    late = [when - at for address, when in times if address in left and when > at + 1.0]
    assert late == [], "nobody's message is begun more than a second after they left"
    assert crew.first.states(EDITION)["skipped"] >= 1


def test_a_worker_does_nothing_for_an_edition_that_is_over_or_was_taken_back(sharing: Sharing, wire: Wire) -> None:
    crew = Crew(sharing, people=4)
    crew.first.approved()
    crew.workers[0].do(Task(work=Work.SEND, of=EDITION))
    crew.workers[0].do(Task(work=Work.SEND, of="news-1999-01-01-0800"))
    assert wire.addresses == []
    assert crew.state == EditionState.APPROVED
    assert any("There is no edition “news-1999-01-01-0800”" in words for words in crew.said)


def test_a_worker_without_a_share_of_the_servers_lets_the_edition_wait(sharing: Sharing, wire: Wire) -> None:
    crew = Crew(sharing, people=4)
    crew.begun()
    with crew.app.store.writing() as session:
        session.attending.share("somebody", 1, crew.app.clock() + timedelta(minutes=1), crew.app.clock(), {})
    crew.workers[0].do(Task(work=Work.SEND, of=EDITION))
    assert wire.addresses == []
    assert crew.tasks() == {"send": (1, 1)}


def test_a_worker_is_seen_while_it_works_and_forgotten_when_it_has_ended(sharing: Sharing, wire: Wire) -> None:
    crew = Crew(sharing, people=4)
    with working.Worker(crew.app, "third", crew.said.append) as third:
        third._doing("Sending it")
        third._look()
        assert {one.name: one.doing for one in workers.alive(crew.app)} == {
            "first": "",
            "second": "",
            "third": "Sending it",
        }
    assert [one.name for one in workers.alive(crew.app)] == ["first", "second"]


def test_a_worker_whose_files_were_changed_takes_no_task_from_then_on(sharing: Sharing, wire: Wire) -> None:
    crew = Crew(sharing, people=4)
    crew.first.configure(crew.app.loaded.files["digest.toml"] + "\n# changed\n")
    in_step.lead(crew.first.app)
    crew.workers[1]._look()
    assert "digest.toml" in crew.workers[1].refuses
    assert crew.said[-1].startswith("No task is taken. The files digest.toml of this machine differ from those of ")


def test_an_edition_for_a_few_has_all_the_lines_although_others_work_beside_it(
    sharing: Sharing, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []
    monkeypatch.setattr(working, "way_out", lambda app, share: (taken.append(share.parts), wire)[1])
    crew = Crew(sharing, people=4)
    crew.begun()
    crew.workers[0].do(Task(work=Work.SEND, of=EDITION))
    assert taken == [1]
    assert crew.state == EditionState.SENT


def test_the_clock_says_that_nobody_takes_what_it_wants(sharing: Sharing, wire: Wire) -> None:
    crew = Crew(sharing, people=4)
    with crew.app.store.writing() as session:
        for one in session.attending.every():
            session.attending.leave(one.id)
    timing.ring(crew.app, crew.said.append)
    assert any(words.startswith("No worker takes tasks: start `digest worker`") for words in crew.said)
