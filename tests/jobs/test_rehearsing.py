from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from digest.app import App, rehearsing, rights, signing, sink
from digest.app.rehearsing import Beside, Kept, rehearse
from digest.domain.errors import NotFound, Refused, ServerTrouble
from digest.domain.model import Parcel, Received, Rejected
from digest.jobs import editing
from digest.jobs import rehearsing as job
from digest.store import tables as t
from digest.web.desk.editions.looking import read_only
from tests.jobs.conftest import CONFIGURATION, HEADER, Wire, Workbench

#: where mail would go if a rehearsal heeded what digest.toml says: nobody listens there, and connecting is a failure
ELSEWHERE = """
[server]
url = "smtp://somebody@127.0.0.1:9"
tls = "none"
"""
WAVES = """
[newsletters.waves]
seeds = "heads"
"""
KEYED = """
[[dkim]]
domain = "fernhill.example.org"
selector = "autumn"
"""


def drafted(bench: Workbench) -> str:
    bench.insights("Nursery play", "Maths of fractions")
    bench.app.import_people(bench.newsletter)
    edition = bench.app.draft(bench.newsletter).edition
    assert edition is not None
    return edition.id


def rehearsed(app: App, edition: str, stop: Any = lambda: False) -> Kept:
    done = rehearse(app, edition, "Ada", lambda done, of: None, stop)
    assert done is not None
    return done


def everything(app: App) -> dict[str, Any]:
    """Return every row of every table, and SQLite's own count of changes to the schema."""
    with app.store._engine.connect() as connection:
        held: dict[str, Any] = {
            table.name: [tuple(row) for row in connection.execute(sa.select(table))]
            for table in t.metadata.sorted_tables
        }
        names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")
        assert held.keys() <= {row[0] for row in names}
        return held


def words(kept: Kept) -> str:
    return " ".join(one.words for one in kept.sentences)


@pytest.mark.parametrize("approved", [False, True])
def test_everybody_is_mailed_once_to_the_sink_and_the_whole_database_stays_as_it_was(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch, approved: bool
) -> None:
    bench.configure(CONFIGURATION + ELSEWHERE)
    edition = bench.approved() if approved else drafted(bench)
    before = everything(bench.app)
    reached: list[Any] = []
    connect = socket.socket.connect
    monkeypatch.setattr(socket.socket, "connect", lambda line, to: (reached.append(to), connect(line, to))[1])
    kept = rehearsed(bench.app, edition)
    assert everything(bench.app) == before
    assert {host for host, _ in reached} == {"127.0.0.1"}
    assert len({port for _, port in reached}) == 1
    assert 9 not in {port for _, port in reached}, "nothing is asked of the server that digest.toml names"
    done = kept.rehearsal
    assert kept.sound
    assert kept.current
    assert (done.taken, done.received.messages, done.received.twice, done.received.same_id) == (3, 3, 0, 0)
    assert sum(done.skipped.values()) == 1, "who never agreed gets nothing"
    assert sorted((one.segment, one.people) for one in done.shares) == [("heads", 1), ("heads", 1), ("rest", 1)]
    with bench.app.store.reading() as session:
        assert done.variants == {one.slug: one.sha256 for one in session.editions.variants(edition)}


def test_what_a_rehearsal_hands_over_is_what_a_send_hands_over(bench: Workbench) -> None:
    edition = bench.approved()
    done = rehearsed(bench.app, edition).rehearsal
    kept = {one.address: rehearsing.message(bench.app, edition, one.number) for one in done.samples}
    wire = Wire()
    bench.app.send(edition, wire, "Ada")
    assert set(kept) == set(wire.addresses), "of three people everybody's message is kept"
    assert {one.envelope_to: one.content for one in wire.parcels} == kept


def test_of_many_only_the_first_of_each_kind_and_a_few_are_kept(bench: Workbench) -> None:
    rows = [
        f"p{number:03}@example.org,,{'head' if number == 150 else ''},,weekly,form,2026-01-01" for number in range(200)
    ]
    bench.people(HEADER + "\n".join(rows))
    edition = drafted(bench)
    done = rehearsed(bench.app, edition).rehearsal
    assert done.received.messages == 200
    kinds = {(one.segment, one.variant) for one in done.shares}
    assert {(one.segment, one.variant) for one in done.samples} == kinds
    assert len(done.samples) == len(kinds) + job.FEW
    folder = bench.folder / ".digest" / "rehearsals" / edition
    assert len(list(folder.iterdir())) == len(done.samples) + 1
    assert os.stat(folder).st_mode & 0o077 == 0, "nobody else reads people's messages"


def test_what_it_says_adds_up_and_names_who_cannot_be_written_to(bench: Workbench) -> None:
    edition = drafted(bench)
    with bench.app.store._engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE subscriber SET address = 'ada@example.org, bo@example.org' WHERE address = 'ada@example.org'"
        )
    kept = rehearsed(bench.app, edition)
    assert kept.rehearsal.unwritable == 1
    said = words(kept)
    assert "2 people would get it. Each of them was mailed once" in said
    assert "1 person would get nothing" in said
    assert (
        "Of 1 person the address cannot be written in a message ('ada@example.org, bo@example.org' is no plain" in said
    )
    assert "List-Unsubscribe" in said
    assert "kB" in said
    assert "A real send takes less than a second" in said
    assert "No message is signed (DKIM)" in said


def test_each_message_is_signed_where_a_key_is_configured_and_one_that_is_not_is_said(bench: Workbench) -> None:
    signing.make(bench.folder, "fernhill.example.org", {"ed25519": "autumn"})
    bench.configure(CONFIGURATION + KEYED)
    kept = rehearsed(bench.app, drafted(bench))
    assert kept.sound
    assert "and DKIM-Signature." in words(kept)
    head = rehearsing.message(bench.app, kept.rehearsal.edition, 1)
    assert message_from_bytes(head)["DKIM-Signature"]


def test_the_servers_limits_say_how_long_a_real_send_takes(bench: Workbench) -> None:
    slow = '[server]\nurl = "smtp://127.0.0.1:9"\ntls = "none"\nmessages_a_minute = 1\n'
    bench.configure(CONFIGURATION + slow)
    edition = drafted(bench)
    assert "take 1 a minute at most. A real send takes about 3 minutes" in words(rehearsed(bench.app, edition))
    bench.configure(CONFIGURATION + slow + "messages_a_day = 2\n")
    kept = rehearsing.last(bench.app, edition)
    assert kept is not None
    assert "needs 2 days" in words(kept)


def test_a_rehearsal_of_other_bytes_says_so_and_goes_when_the_edition_leaves(bench: Workbench) -> None:
    edition = drafted(bench)
    rehearsed(bench.app, edition)
    with bench.app.store.reading() as session:
        story = session.editions.placements(edition)[0].story.id
    editing.write(read_only(bench.app, edition), {f"story/{story}/title": "Other words"}, 0)
    kept = rehearsing.last(bench.app, edition)
    assert kept is not None
    assert not kept.current
    assert rehearsed(bench.app, edition).current
    bench.app.approve(edition, "Ada")
    assert rehearsing.last(bench.app, edition) is not None, "an approval changes no bytes"
    bench.app.send(edition, Wire(), "Ada")
    assert rehearsing.last(bench.app, edition) is None
    rehearsing.forget(bench.app)
    assert not (bench.folder / ".digest" / "rehearsals" / edition).exists()
    with pytest.raises(NotFound):
        rehearsing.message(bench.app, edition, 1)


def test_what_has_left_and_what_would_be_other_bytes_cannot_be_rehearsed(bench: Workbench) -> None:
    edition = drafted(bench)
    bench.configure(CONFIGURATION.replace("Fernhill Trust", "Another Trust"))
    before = everything(bench.app)
    with pytest.raises(Refused, match="other bytes would be sent"):
        rehearsed(bench.app, edition)
    assert everything(bench.app) == before, "to find that out changes nothing"
    with pytest.raises(NotFound):
        rehearsed(bench.app, "news-2020-01-01")
    bench.configure(CONFIGURATION)
    bench.app.approve(edition, "Ada")
    bench.app.send(edition, Wire(), "Ada")
    with pytest.raises(Refused, match="nothing left to rehearse"):
        rehearsed(bench.app, edition)


def test_a_changed_list_is_said_since_a_send_would_read_it_first(bench: Workbench) -> None:
    edition = drafted(bench)
    assert "was changed since" not in words(rehearsed(bench.app, edition))
    bench.people((bench.folder / "subscribers.csv").read_text() + "\nel@example.org,El,head,,weekly,form,2026-01-01")
    assert "The file of subscribers was changed since" in words(rehearsed(bench.app, edition))


def test_whoever_is_erased_is_in_no_rehearsal_that_is_kept(bench: Workbench) -> None:
    edition = drafted(bench)
    rehearsed(bench.app, edition)
    rights.erase(bench.app, "ada@example.org")
    assert rehearsing.last(bench.app, edition) is None
    assert not list((bench.folder / ".digest" / "rehearsals").rglob("*.eml"))


class Halting(Wire):
    """Holds each message back until the test lets go."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.go = threading.Event(), threading.Event()

    def deliver(self, *given: Any) -> Iterator[Any]:
        for one in super().deliver(*given):
            self.begun.set()
            assert self.go.wait(20)
            yield one


@pytest.fixture
def halting(monkeypatch: pytest.MonkeyPatch) -> Halting:
    made = Halting()
    monkeypatch.setattr(rehearsing, "_way_in", lambda app, port: made)
    return made


def test_whoever_is_erased_while_it_is_rehearsed_is_in_none_that_is_kept(bench: Workbench, halting: Halting) -> None:
    edition = drafted(bench)
    beside = Beside(bench.app)
    beside.start(edition, "Bo")
    assert halting.begun.wait(20)
    rights.erase(bench.app, "ada@example.org")
    halting.go.set()
    beside.wait()
    running = beside.of(edition)
    assert running is not None
    assert running.trouble is not None
    assert "Somebody was erased" in running.trouble.what
    assert rehearsing.last(bench.app, edition) is None
    assert not list((bench.folder / ".digest" / "rehearsals").rglob("*.eml"))
    # and the next one is kept
    assert rehearsed(bench.app, edition)


def test_one_at_a_time_and_who_stops_it_keeps_the_one_before(bench: Workbench, halting: Halting) -> None:
    edition = drafted(bench)
    halting.go.set()
    before = rehearse(bench.app, edition, "Ada", lambda done, of: None, lambda: False)
    assert before is not None
    halting.go.clear()
    halting.begun.clear()
    beside = Beside(bench.app)
    beside.start(edition, "Bo")
    assert halting.begun.wait(20)
    with pytest.raises(Refused, match="It is rehearsed already, since Bo wanted it"):
        beside.start(edition, "Cy")
    with pytest.raises(Refused, match="Another rehearsal is on its way"):
        rehearsed(bench.app, edition)
    running = beside.of(edition)
    assert running is not None
    assert (running.people, running.over) == (3, False)
    beside._stopped.set()
    halting.go.set()
    beside.wait()
    ended = beside.of(edition)
    assert ended is not None
    assert ended.trouble is not None
    assert ended.trouble.what == "The rehearsal was stopped."
    kept = rehearsing.last(bench.app, edition)
    assert kept is not None
    assert kept.rehearsal.who == "Ada"
    assert sorted(file.name for file in (bench.folder / ".digest" / "rehearsals").iterdir()) == sorted(
        [edition, "lock"]
    )


def test_a_program_that_ends_stops_its_rehearsal_and_leaves_nothing_behind(bench: Workbench, halting: Halting) -> None:
    edition = drafted(bench)
    beside = Beside(bench.app)
    beside.start(edition, "Bo")
    assert halting.begun.wait(20)
    bench.app.stopping.set()
    halting.go.set()
    beside.wait()
    assert rehearsing.last(bench.app, edition) is None
    assert [file.name for file in (bench.folder / ".digest" / "rehearsals").iterdir()] == ["lock"]


def test_who_gets_it_first_is_in_the_time_that_a_send_takes(bench: Workbench) -> None:
    bench.configure(CONFIGURATION.replace("[[newsletters.sources]]", WAVES + "[[newsletters.sources]]", 1))
    said = words(rehearsed(bench.app, drafted(bench)))
    assert "A real send takes about 5 minutes" in said
    assert "Those who get it first have it 5 minutes before the rest." in said


def test_a_server_that_ends_is_trouble_in_words_and_what_was_left_is_cleared(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    edition = drafted(bench)

    def ended(server: sink.Sink) -> Received:
        raise ServerTrouble("The mail server for trying things out ended before it told anything.", "Try again.")

    with monkeypatch.context() as patch:
        patch.setattr(sink.Sink, "end", ended)
        with pytest.raises(ServerTrouble):
            rehearsed(bench.app, edition)
    folder = bench.folder / ".digest" / "rehearsals"
    assert [file.name for file in folder.iterdir()] == ["lock"]
    # as if its program had been killed
    (folder / f"{edition}.part").mkdir()
    assert rehearsed(bench.app, edition).sound


def test_what_is_not_taken_and_what_is_counted_otherwise_must_be_mended(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(parcel: Parcel) -> Any:
        return Rejected(reply="552 too large") if parcel.envelope_to.startswith("ada") else Wire().answer(parcel)

    monkeypatch.setattr(rehearsing, "_way_in", lambda app, port: Wire(answer))
    kept = rehearsed(bench.app, drafted(bench))
    assert not kept.sound
    assert "The message to 1 person was not taken: 552 too large." in words(kept)
    assert "the mail server counted 0 messages" in words(kept)


def test_the_sink_counts_who_gets_two_and_what_lacks_a_field(tmp_path: Path) -> None:
    import smtplib

    one = "From: a@example.org\r\nTo: b@example.org\r\nMessage-ID: <1@example.org>\r\n\r\nHello\r\n"
    with sink.counting(tmp_path) as server:
        server.keep(7, "b@example.org")
        with smtplib.SMTP("127.0.0.1", server.port) as line:
            for _ in range(2):
                line.sendmail("a@example.org", ["b@example.org"], one)
            line.sendmail("a@example.org", ["c@example.org"], "Subject: hello\r\n\r\nlist-id: not a field\r\n")
        told = server.end()
    assert (told.messages, told.twice, told.same_id) == (3, 1, 1)
    assert (told.fields["message-id"], told.fields["subject"], "list-id" in told.fields) == (2, 1, False)
    assert (told.smallest, told.largest) == (40, len(one))
    assert [file.name for file in tmp_path.iterdir()] == ["7.eml"]


def test_the_sink_ends_with_the_program_that_started_it(tmp_path: Path) -> None:
    begins = "import subprocess, sys; subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE); input()"
    command = [sys.executable, "-m", "digest.transports.sink", "--count", str(tmp_path)]
    with subprocess.Popen(
        [sys.executable, "-c", begins, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as starter:
        assert starter.stdout is not None
        assert int(starter.stdout.readline()) > 1024
        starter.kill()
        # it inherited the pipe, whose end is reached when it has ended, too
        assert json.loads(starter.stdout.read())["messages"] == 0
