from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook as Judge
from standardwebhooks.webhooks import WebhookVerificationError

from digest.app import clock
from digest.app import webhooks as app_webhooks
from digest.domain.errors import NotFound, Unfit
from digest.domain.model import SubscriptionState, WebhookEvent
from digest.jobs import edition as editions
from digest.jobs import rights, steering, webhooks
from digest.stages import hooking
from tests.jobs.conftest import CONFIGURATION, Workbench
from tests.jobs.test_steering import until

pytestmark = pytest.mark.usefixtures("each_database")

ALL = [str(one) for one in WebhookEvent]
PRIVATE = CONFIGURATION + "\n[desk]\nprivate_webhooks = true\n"


class Receiver:
    """A program elsewhere that notes what it is told."""

    def __init__(self) -> None:
        self.answer, self.came = 204, list[tuple[dict[str, str], bytes]]()
        self.headers: dict[str, str] = {}
        me = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                me.came.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(me.answer)
                for name, value in me.headers.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}/told"

    @property
    def said(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.came]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def hooked(bench: Workbench) -> Workbench:
    bench.app.store.close()
    bench.configure(PRIVATE)
    return bench


def _tell(bench: Workbench) -> list[str]:
    said: list[str] = []
    app_webhooks.tell(bench.app, said.append)
    return said


def _make(bench: Workbench, receiver: Receiver, *events: str, with_addresses: bool = False) -> tuple[str, str]:
    made, secret = app_webhooks.make(
        bench.app, "Ada", address=receiver.address, events=events or ALL, with_addresses=with_addresses
    )
    return made.id, secret


def test_what_becomes_of_an_edition_is_told_in_the_words_of_its_history(hooked: Workbench, receiver: Receiver) -> None:
    _make(hooked, receiver)
    edition = hooked.approved()
    store, clock = hooked.app.store, hooked.clock
    steering.take_back(store, clock, edition, "Bo", "a slip")
    hooked.app.approve(edition, "Bo")
    steering.send_now(store, clock, edition, "Bo")
    steering.pause(store, clock, edition, "Bo")
    steering.resume(store, clock, edition, "Bo")
    steering.cancel(store, clock, edition, "Bo")
    assert _tell(hooked) == []
    told = receiver.said
    assert {one["type"] for one in told} == {
        "edition.drafted", "edition.approved", "edition.approval_taken_back", "edition.sending", "edition.paused",
        "edition.resumed", "edition.cancelled",
    }  # fmt: skip
    assert len(told) == 8
    back = next(one for one in told if one["type"] == "edition.approval_taken_back")
    assert back == {
        "type": "edition.approval_taken_back",
        "timestamp": "2026-11-23T09:00:00Z",
        "data": {
            "newsletter": "news", "edition": edition, "number": 1, "slot": "2026-11-24T08:00:00Z",
            "who": "Bo", "why": "a slip",
        },
    }  # fmt: skip
    assert _tell(hooked) == []
    assert len(receiver.came) == 8, "what was taken is told no more"


def test_an_edition_that_is_taken_back_in_the_minutes_before_it_leaves_is_told_of_once(
    hooked: Workbench, receiver: Receiver
) -> None:
    edition = hooked.approved()
    _make(hooked, receiver)
    editions.hold(hooked.app.store, hooked.clock, editions.find(hooked.app.store, edition))
    steering.take_back(hooked.app.store, hooked.clock, edition, "Bo")
    _tell(hooked)
    assert [one["type"] for one in receiver.said] == ["edition.approval_taken_back"]


@pytest.mark.parametrize(
    ("state", "event"),
    [
        (SubscriptionState.UNSUBSCRIBED, "subscriber.unsubscribed"),
        (SubscriptionState.BOUNCED, "subscriber.bounced"),
        (SubscriptionState.COMPLAINED, "subscriber.complained"),
        (SubscriptionState.ERASED, "subscriber.erased"),
    ],
)
def test_what_becomes_of_a_place_is_told_without_an_address(
    hooked: Workbench, receiver: Receiver, state: SubscriptionState, event: str
) -> None:
    hooked.app.import_people(hooked.newsletter)
    _make(hooked, receiver)
    with hooked.app.store.writing() as session:
        ada = session.people.by_address(["ada@example.org"])["ada@example.org"][0].id
        session.people.set_state(ada, "news", state, hooked.clock())
    _tell(hooked)
    assert [(one["type"], one["data"]) for one in receiver.said] == [(event, {"newsletter": "news", "subscriber": ada})]
    assert b"ada@" not in receiver.came[0][1]


def test_an_import_tells_nothing_and_a_confirmation_does(hooked: Workbench, receiver: Receiver) -> None:
    _make(hooked, receiver)
    hooked.app.import_people(hooked.newsletter)
    hooked.people(
        (hooked.folder / "subscribers.csv").read_text().replace("di@example.org,Di,teacher,,weekly,,", "")
        + "\ndi@example.org,Di,teacher,,weekly,form,2026-02-02"
    )
    hooked.app.import_people(hooked.newsletter)
    _tell(hooked)
    assert [one["type"] for one in receiver.said] == ["subscriber.confirmed"]


def test_an_address_is_told_where_that_was_wanted_and_never_of_who_was_erased(
    hooked: Workbench, receiver: Receiver
) -> None:
    hooked.app.import_people(hooked.newsletter)
    _make(hooked, receiver, with_addresses=True)
    app = hooked.app
    app.leave("ada@example.org")
    rights.take_away(app.store, app.clock, "bo@example.org", app.suppression_key)
    _tell(hooked)
    addresses = {one["type"]: one["data"]["address"] for one in receiver.said}
    assert addresses == {"subscriber.unsubscribed": "ada@example.org", "subscriber.erased": None}


def test_nothing_is_written_where_nobody_wants_to_know(hooked: Workbench, receiver: Receiver) -> None:
    hook, _ = _make(hooked, receiver, "edition.sent")
    hooked.approved()
    assert webhooks.every(hooked.app.store)[0][1].waiting == 0
    webhooks.end(hooked.app.store, hooked.clock, hook)
    assert webhooks.every(hooked.app.store) == []
    with pytest.raises(NotFound):
        webhooks.end(hooked.app.store, hooked.clock, hook)


def test_what_is_rolled_back_is_not_told(hooked: Workbench, receiver: Receiver) -> None:
    hooked.app.import_people(hooked.newsletter)
    _make(hooked, receiver)

    def fail() -> None:
        with hooked.app.store.writing() as session:
            ada = session.people.by_address(["ada@example.org"])["ada@example.org"][0].id
            session.people.set_state(ada, "news", SubscriptionState.UNSUBSCRIBED, hooked.clock())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    _tell(hooked)
    assert receiver.came == []


def _judged(secret: str, came: tuple[dict[str, str], bytes]) -> bool:
    headers, body = came
    # the judge's clock is the machine's
    try:
        Judge(secret).verify(body, headers)
    except WebhookVerificationError:
        return False
    return True


def test_the_signature_is_the_standards_and_two_sign_while_a_secret_changes(
    hooked: Workbench, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooked.clock.now = datetime.now(UTC)
    hook, first = _make(hooked, receiver, "edition.drafted", "edition.approved", "edition.approval_taken_back")
    edition = hooked.approved()
    _tell(hooked)
    assert all(_judged(first, came) for came in receiver.came)
    tampered = (receiver.came[0][0], receiver.came[0][1].replace(b"edition", b"edit1on"))
    assert not _judged(first, tampered)
    _, second = app_webhooks.renew(hooked.app, hook)
    assert second != first
    steering.take_back(hooked.app.store, hooked.clock, edition, "Bo")
    _tell(hooked)
    assert _judged(first, receiver.came[-1])
    assert _judged(second, receiver.came[-1])
    hooked.clock.now += hooking.BOTH_FOR
    hooked.app.approve(edition, "Bo")
    _tell(hooked)
    assert len(receiver.came[-1][0]["webhook-signature"].split()) == 1
    # a copy of the database holds neither
    database = b"".join(file.read_bytes() for file in hooked.folder.glob("digest.db*"))
    assert all(one.removeprefix("whsec_").encode() not in database for one in (first, second))


def test_who_does_not_answer_is_told_again_later_and_later_under_the_same_id(
    hooked: Workbench, receiver: Receiver
) -> None:
    hook, _ = _make(hooked, receiver, "edition.drafted")
    hooked.approved()
    receiver.answer = 500
    waits, said, before = [], list[str](), hooked.clock.now
    while True:
        told = len(receiver.came)
        said += _tell(hooked)
        if said:
            break
        if len(receiver.came) > told:
            waits.append((hooked.clock.now - before).total_seconds())
            before = hooked.clock.now
        hooked.clock.now += timedelta(seconds=5) if waits[-1] < 500 else timedelta(minutes=20)
    assert waits[:5] == [0, 5, 20, 80, 320]
    assert max(waits) <= timedelta(hours=12, minutes=20).total_seconds()
    assert len({headers["webhook-id"] for headers, _ in receiver.came}) == 1
    assert "given up after three days" in said[0]
    found, count = webhooks.every(hooked.app.store)[0]
    assert (found.id, found.fault, count.given_up, count.waiting) == (hook, "It answered 500.", 1, 0)
    assert found.failing_since == before - timedelta(seconds=sum(waits))
    # what comes after it is told, and then all is well
    receiver.answer = 200
    hooked.clock.forward(days=31)
    webhooks.forget(hooked.app.store, hooked.clock)
    assert webhooks.every(hooked.app.store)[0][1].given_up == 0


def test_who_is_down_is_not_asked_a_hundred_times_and_gets_everything_once_it_is_back(
    hooked: Workbench, receiver: Receiver
) -> None:
    _make(hooked, receiver)
    edition = hooked.approved()
    steering.take_back(hooked.app.store, hooked.clock, edition, "Bo")
    receiver.answer = 503
    _tell(hooked)
    assert len(receiver.came) == 1
    receiver.answer = 200
    hooked.clock.forward(seconds=6)
    _tell(hooked)
    assert len(receiver.came) == 4
    assert webhooks.every(hooked.app.store)[0][0].failing_since is None


def test_another_process_does_not_tell_what_one_is_telling(hooked: Workbench, receiver: Receiver) -> None:
    _make(hooked, receiver, "edition.drafted")
    hooked.approved()
    with hooked.app.store.reading() as session:
        [message] = session.webhooks.due(hooked.clock(), 10)
    later = hooked.clock() + timedelta(minutes=1)
    with hooked.app.store.writing() as session:
        assert session.webhooks.claim(message, hooked.clock(), later)
        assert not session.webhooks.claim(message, hooked.clock(), later)
    _tell(hooked)
    assert receiver.came == []
    # it was killed: after a minute another tells it
    hooked.clock.forward(minutes=1)
    _tell(hooked)
    assert len(receiver.came) == 1


def test_a_redirect_is_not_followed_and_who_is_gone_is_told_no_more(hooked: Workbench, receiver: Receiver) -> None:
    hook, _ = _make(hooked, receiver)
    hooked.approved()
    receiver.answer, receiver.headers = 307, {"Location": receiver.address + "/elsewhere"}
    _tell(hooked)
    assert len(receiver.came) == 1
    receiver.answer = 410
    hooked.clock.forward(seconds=6)
    assert _tell(hooked) == [f"Webhook {hook}: its receiver says that it is gone (410). It is told nothing more."]
    assert webhooks.every(hooked.app.store) == []


@pytest.mark.parametrize(
    "address",
    [
        "http://crm.example.org/told", "https://crm.example.org:8443/", "ftp://crm.example.org/", "told",
        "https://ada:secret@crm.example.org/", "",
    ],
)  # fmt: skip
def test_an_address_that_must_not_be_told_is_refused_where_it_is_typed(bench: Workbench, address: str) -> None:
    with pytest.raises(Unfit) as fault:
        app_webhooks.make(bench.app, "Ada", address=address, events=ALL)
    assert set(fault.value.faults) == {"address"}
    assert "secret" not in fault.value.what
    assert webhooks.every(bench.app.store) == []


@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]", "localhost"])
def test_an_address_inside_is_not_told_unless_the_settings_say_so(bench: Workbench, host: str) -> None:
    app_webhooks.make(bench.app, "Ada", address=f"https://{host}/told", events=ALL)
    bench.approved()
    _tell(bench)
    assert "private network" in webhooks.every(bench.app.store)[0][0].fault


@pytest.mark.parametrize("events", [[], ["edition.nothing"]])
def test_what_is_to_be_told_must_be_something_that_there_is(bench: Workbench, events: list[str]) -> None:
    with pytest.raises(Unfit) as fault:
        app_webhooks.make(bench.app, "Ada", address="https://crm.example.org/", events=events)
    assert set(fault.value.faults) == {"events"}


def test_no_readers_address_is_told_where_a_server_was_quoted(hooked: Workbench, receiver: Receiver) -> None:
    _make(hooked, receiver, "edition.approval_taken_back")
    edition = hooked.approved()
    steering.take_back(hooked.app.store, hooked.clock, edition, "Bo", "550 no such user <ada@example.org>")
    _tell(hooked)
    assert receiver.said[0]["data"]["why"] == "550 no such user …"


def test_the_clock_tells_webhooks(hooked: Workbench, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.app.clock.TOLD_SECONDS", 0.1)
    # nothing else is due: it looks once, and in a day again
    monkeypatch.setattr("digest.app.clock.ring", lambda app, say: [])
    monkeypatch.setattr("digest.app.clock._next_look", lambda app: datetime.now(UTC) + timedelta(days=1))
    _make(hooked, receiver, "edition.drafted")
    hooked.approved()
    running = threading.Thread(target=clock.run, args=(hooked.app, lambda words: None))
    running.start()
    try:
        until(lambda: len(receiver.came) == 1, 20)
    finally:
        hooked.app.stopping.set()
        running.join(20)
