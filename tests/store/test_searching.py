"""People are found by how their address or name begins, a page at a time, in a bounded number of looks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from digest.domain.model import Subscriber, Subscription, SubscriptionState, SuppressionReason
from digest.domain.ports.searching import Found, Wanted
from digest.store import searching
from digest.store.database import Database
from tests.conftest import ON_SQLITE, migrated
from tests.jobs.conftest import utc

pytestmark = pytest.mark.usefixtures("each_database")

S = SubscriptionState
PEOPLE = [
    ("ada@example.org", "Ada", "Lovelace", S.ACTIVE),
    ("adam@example.org", "Adam", "Smith", S.UNSUBSCRIBED),
    ("bo@example.org", "Bo", "Ada", S.ACTIVE),
    ("cy@example.org", "Élan", "O'Neil", S.PENDING),
    ("di@example.org", "ÉLAN", "%", S.COMPLAINED),
    ("eve_x@example.org", "Ada Maria", "Smith", S.ACTIVE),
    ("gone@example.org", "Ada", "Gone", S.ERASED),
]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    made = Database.open(migrated(tmp_path / "digest.db"))
    for number, (address, first, last, state) in enumerate(PEOPLE):
        put(made, f"{number:016x}", address, first, last, state)
    with made.writing() as session:
        session.rights.erase(f"{6:016x}", "gone@example.org")
    yield made
    made.close()


def put(store: Database, person: str, address: str, first: str, last: str, state: S, newsletter: str = "news") -> None:
    subscriber = Subscriber(id=person, address=address, first_name=first, last_name=last)
    place = Subscription(newsletter=newsletter, state=state, consent_source="form", consent_at=utc(2026, 1, 1))
    with store.writing() as session:
        session.people.save(address, subscriber, f"key of {address}", [place])


def search(store: Database, words: str = "", limit: int = 50, **wanted: Any) -> Found:
    with store.reading() as session:
        return session.searching.page(Wanted(words=words, limit=limit, **wanted))


def addresses(found: Found) -> list[str]:
    return [one.subscriber.address.partition("@")[0] for one in found.people]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", ["ada", "adam", "bo", "cy", "di", "eve_x"]),
        # by address first, then by last name, then by first name
        ("ada", ["ada", "adam", "bo", "eve_x"]),
        ("  ADA  ", ["ada", "adam", "bo", "eve_x"]),
        ("lov", ["ada"]),
        ("ada lov", ["ada"]),
        ("Ada Maria Sm", ["eve_x"]),
        ("élan", ["cy", "di"]),
        ("e\u0301lan", ["cy", "di"]),
        ("o'neil", ["cy"]),
        ("%", ["di"]),
        ("eve_", ["eve_x"]),
        ("eve%", []),
        ("lovelace@", []),
        ("erased", []),
        ("gone", []),
        ("\U0010ffff", []),
    ],
)
def test_people_are_found_by_how_their_address_or_name_begins(store: Database, words: str, expected: list[str]) -> None:
    assert addresses(search(store, words)) == expected


def test_those_of_a_state_and_of_a_newsletter_are_found(store: Database) -> None:
    put(store, "f" * 16, "zoe@example.org", "Zoe", "Ada", S.UNSUBSCRIBED, "other")
    assert addresses(search(store, newsletters=["news"], state=S.ACTIVE)) == ["ada", "bo", "eve_x"]
    assert addresses(search(store, newsletters=["news"], state=S.UNSUBSCRIBED)) == ["adam"]
    assert addresses(search(store, newsletters=["news", "other"], state=S.UNSUBSCRIBED)) == ["adam", "zoe"]
    assert addresses(search(store, newsletters=["other"])) == ["zoe"]
    assert addresses(search(store, "ada", newsletters=["other"], state=S.UNSUBSCRIBED)) == ["zoe"]
    assert addresses(search(store, newsletters=["news"], state=S.ERASED)) == []


def test_a_page_says_how_somebody_stands_and_whether_they_are_kept_off(store: Database) -> None:
    with store.writing() as session:
        session.people.suppress("key of ada@example.org", SuppressionReason.LEFT, utc(2026, 1, 2))
    ada, adam = search(store, "ada", 2).people
    assert (ada.kept_off, [one.state for one in ada.places]) == ("left", [S.ACTIVE])
    assert (adam.kept_off, [one.state for one in adam.places]) == ("", [S.UNSUBSCRIBED])


def walked(store: Database, words: str, limit: int, **wanted: Any) -> list[str]:
    found, after = [], ""
    for _ in range(100):
        page = search(store, words, limit, after=after, **wanted)
        assert len(page.people) <= limit
        found += addresses(page)
        after = page.further
        if not after:
            return found
    raise AssertionError("the pages do not end")


@pytest.mark.parametrize("looked_at", [1, 5_000])
@pytest.mark.parametrize("limit", [1, 2, 3])
@pytest.mark.parametrize("words", ["", "ada", "élan"])
def test_page_after_page_everybody_is_found_once(
    store: Database, words: str, limit: int, looked_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = addresses(search(store, words))
    active = addresses(search(store, words, newsletters=["news"], state=S.ACTIVE))
    left = addresses(search(store, words, newsletters=["news"], state=S.UNSUBSCRIBED))
    monkeypatch.setattr(searching, "LOOKED_AT", looked_at)
    assert walked(store, words, limit) == whole
    assert walked(store, words, limit, newsletters=["news"], state=S.ACTIVE) == active
    assert walked(store, words, limit, newsletters=["news"], state=S.UNSUBSCRIBED) == left


@pytest.mark.parametrize("after", ["", "0-", "9-x", "x", "-1-a", "0-nobody", "²-a", "1-" + "0" * 16, "\0"])
def test_whatever_an_address_of_a_page_says_it_is_read(store: Database, after: str) -> None:
    assert len(search(store, "ada", after=after).people) <= 4


def test_who_comes_and_goes_meanwhile_puts_no_page_out_of_order(store: Database) -> None:
    first = search(store, limit=2)
    put(store, "a" * 16, "adb@example.org", "Neu", "Neu", S.ACTIVE)
    with store.writing() as session:
        session.rights.erase(f"{2:016x}", "bo@example.org")
    assert addresses(search(store, limit=2, after=first.further)) == ["adb", "cy"]


@ON_SQLITE
def test_no_page_looks_through_everybody(store: Database) -> None:
    asked: list[tuple[str, Any]] = []

    @event.listens_for(store._engine, "before_cursor_execute")
    def _note(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    for words in ("", "ada", "ada lovelace", "élan"):
        search(store, words)
        search(store, words, after=f"0-{0:016x}")
        search(store, words, newsletters=["news"], state=S.ACTIVE)
        search(store, words, newsletters=["news"], state=S.COMPLAINED, after=f"0-{0:016x}")
    event.remove(store._engine, "before_cursor_execute", _note)
    plans: set[str] = set()
    with store._engine.connect() as connection:
        for statement, parameters in asked:
            if statement.startswith("SELECT"):
                rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
                plans |= {row[3] for row in rows}
    whole = {one for one in plans if one.startswith("SCAN") and ("subscriber" in one or "subscription" in one)}
    # with no words the range is the whole index, and only its first people are read
    assert {one for one in whole if "USING" not in one} == set(), plans
