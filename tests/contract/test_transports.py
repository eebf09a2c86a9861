"""What every transport promises (domain/ports, Transport)."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from digest.domain.model import Accepted, Parcel, Withheld
from tests.contract.conftest import Way, outcomes, parcel

_HEAD = b"Subject: hello\r\n\r\n"
_PEOPLE = [f"person{number}@example.org" for number in range(6)]


def test_every_parcel_has_one_outcome_and_they_come_in_order(way: Way) -> None:
    parcels = [parcel(to) for to in _PEOPLE]
    results = list(way.transport.deliver(parcels, lambda one: None))
    assert [one for one, _ in results] == parcels
    assert all(isinstance(outcome, Accepted) for _, outcome in results)
    assert all(len(way.received(to)) == 1 for to in _PEOPLE)


def test_nothing_to_send_is_no_trouble(way: Way) -> None:
    assert outcomes(way.transport, []) == []


def test_a_second_batch_goes_out_like_the_first(way: Way) -> None:
    for to in _PEOPLE[:2]:
        assert [type(one) for one in outcomes(way.transport, [parcel(to)])] == [Accepted]
    assert [len(way.received(to)) for to in _PEOPLE[:2]] == [1, 1]


def test_the_ledger_is_asked_once_a_parcel_and_before_its_body(way: Way) -> None:
    asked: list[tuple[str, int]] = []

    def begin(one: Parcel) -> Withheld | None:
        asked.append((one.envelope_to, len(way.received(one.envelope_to))))
        return None

    outcomes(way.transport, [parcel(to) for to in _PEOPLE], begin)
    assert asked == [(to, 0) for to in _PEOPLE]


def test_parcels_are_asked_for_as_they_are_needed(way: Way) -> None:
    people = [f"person{number}@example.org" for number in range(80)]
    taken: list[str] = []

    def parcels() -> Iterator[Parcel]:
        for to in people:
            taken.append(to)
            yield parcel(to)

    def begin(one: Parcel) -> Withheld | None:
        # what is on the wire, the envelope that may go with it, and some that are made at once
        assert len(taken) <= people.index(one.envelope_to) + 20
        return None

    assert len(list(way.transport.deliver(parcels(), begin))) == len(people)


def test_what_the_ledger_withholds_is_not_received_and_its_neighbours_are(way: Way) -> None:
    kept_back = {_PEOPLE[0], _PEOPLE[2], _PEOPLE[3], _PEOPLE[5]}
    withheld = Withheld(reason="unsubscribed meanwhile")
    found = outcomes(
        way.transport,
        [parcel(to) for to in _PEOPLE],
        lambda one: withheld if one.envelope_to in kept_back else None,
    )
    assert [one == withheld for one in found] == [to in kept_back for to in _PEOPLE]
    assert [len(way.received(to)) for to in _PEOPLE] == [0 if to in kept_back else 1 for to in _PEOPLE]


def test_after_whoever_listens_has_left_nothing_is_begun_any_more(way: Way) -> None:
    begun: list[str] = []

    def begin(one: Parcel) -> Withheld | None:
        begun.append(one.envelope_to)
        return None

    results = way.transport.deliver((parcel(to) for to in _PEOPLE), begin)
    first, _ = next(results)
    results.close()  # type: ignore[attr-defined]
    known = list(begun)
    assert first.envelope_to in known
    assert {to for to in _PEOPLE if way.received(to)} <= set(known)
    time.sleep(0.2)
    assert begun == known


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b".\r\n",
        b"..\r\n",
        b".\r\n.\r\n",
        b".leading\r\n..two\r\n...three\r\n",
        b"a line\r\n.\r\nMAIL FROM:<smuggler@example.org>\r\n",
        b"\r\n.\r\n\r\n.\r\n",
        b"dot at the end.\r\n",
        b"x" * 998 + b"\r\n",
        b"." * 998 + b"\r\n",
        "eight bits: \u00e9 \u20ac \U0001f98a\r\n".encode(),
        b"NUL \x00 and \x1b[31m\r\n",
        (b".line of a large message " + b"y" * 50 + b"\r\n") * 20_000,
        b"\r\n" * 5,
        b"RSET\r\nQUIT\r\nDATA\r\n",
    ],
    ids=lambda body: repr(body[:24]),
)
def test_the_bytes_received_are_the_bytes_composed(way: Way, body: bytes) -> None:
    before, after = "before@example.org", "after@example.org"
    found = outcomes(way.transport, [parcel(before), parcel("reader@example.org", _HEAD + body), parcel(after)])
    assert [type(one) for one in found] == [Accepted] * 3
    assert way.received("reader@example.org") == [_HEAD + body]
    assert [len(way.received(to)) for to in (before, after)] == [1, 1]
    assert way.received("smuggler@example.org") == []
