"""What a mail server takes in a day is written down, and where it is used up the rest waits without anybody's fault."""

from __future__ import annotations

from datetime import timedelta

from digest.domain.errors import OutOfQuota
from digest.domain.model import Accepted, EditionState, Outcome, Parcel
from digest.domain.ports import unheard
from digest.jobs.send import Sent
from digest.transports.smtp import DAY
from tests.jobs.conftest import Wire, Workbench

SERVER = "smtp://relay.example.org:587"


def took(parcel: Parcel) -> Outcome:
    return Accepted(reply="250 ok", server=SERVER)


class Narrow(Wire):
    """A way out through a server that takes so many, and then no more until tomorrow."""

    def __init__(self, bench: Workbench, most: int) -> None:
        super().__init__(took)
        self._bench = bench
        self._most = most

    def deliver(self, parcels, begin, known=unheard):  # type: ignore[no-untyped-def]
        for parcel in parcels:
            if parcel is not None and len(self.parcels) == self._most:
                again = self._bench.clock() + timedelta(hours=20)
                raise OutOfQuota("relay.example.org has taken what it may.", "Wait.", again)
            yield from super().deliver([parcel], begin, known)


def sent(bench: Workbench, wire: Wire, edition: str) -> Sent:
    return bench.app.send(edition, wire, "Ada")


def used(bench: Workbench) -> int:
    with bench.app.store.reading() as session:
        return sum(messages for _, messages in session.usage.since(SERVER, bench.clock() - DAY))


def test_what_a_server_took_is_written_down_by_minute(bench: Workbench) -> None:
    edition = bench.approved()
    sent(bench, Wire(took), edition)
    assert used(bench) == bench.states(edition)["sent"] > 1
    bench.clock.forward(hours=25)
    assert used(bench) == 0


def test_where_the_day_is_used_up_the_edition_goes_on_being_sent_and_nobody_is_lost(bench: Workbench) -> None:
    edition = bench.approved()
    wire = Narrow(bench, 1)
    first = sent(bench, wire, edition)
    assert first.edition.state == EditionState.SENDING
    assert first.waiting > 0
    assert first.next_at == bench.clock() + timedelta(hours=20)
    assert "taken what it may" in first.why
    # again at once: nobody is tried, nobody is charged
    again = sent(bench, wire, edition)
    assert (again.waiting, len(wire.parcels)) == (first.waiting, 1)
    bench.clock.forward(hours=21)
    last = sent(bench, Wire(took), edition)
    assert last.edition.state == EditionState.SENT
    assert bench.states(edition).get("unknown") is None
    assert bench.states(edition)["sent"] == first.waiting + 1


def test_what_is_older_than_two_days_is_forgotten(bench: Workbench) -> None:
    with bench.app.store.writing() as session:
        session.usage.add({SERVER: 7}, bench.clock() - timedelta(days=3))
        session.usage.add({SERVER: 5}, bench.clock())
        session.usage.add({SERVER: 2}, bench.clock())
    sent(bench, Wire(), bench.approved())
    with bench.app.store.reading() as session:
        every = session.usage.since(SERVER, bench.clock() - timedelta(days=30))
    assert [messages for _, messages in every] == [5 + 2]
