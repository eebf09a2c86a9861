"""Who has no account reads an edition by a link that ends, and what they say comes back to it as text."""

from __future__ import annotations

import hashlib
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.domain.errors import NotFound, Refused, Unfit
from digest.domain.model import Retention
from digest.jobs import editing, reading, retention
from digest.jobs import edition as editions
from digest.jobs.editing import Editing
from tests.jobs.conftest import Workbench

UNKNOWN = "A" * 22


@pytest.fixture
def edition(bench: Workbench) -> str:
    bench.insights("Nursery play", "Maths of fractions")
    bench.app.import_people(bench.newsletter)
    drafted = bench.app.draft(bench.newsletter).edition
    assert drafted is not None
    return drafted.id


def invited(bench: Workbench, edition: str, name: str = "Dame Olive Trustee", days: int = 7) -> str:
    return reading.invite(bench.app.store, bench.clock, edition, "Ada", name, days)


def story(bench: Workbench, edition: str) -> str:
    with bench.app.store.reading() as session:
        return session.editions.placements(edition)[0].story.id


def everything(folder: Path) -> list[str]:
    with sqlite3.connect(folder / "digest.db") as connection:
        return list(connection.iterdump())


def test_a_link_opens_one_edition_for_one_person_until_it_ends(bench: Workbench, edition: str) -> None:
    token = invited(bench, edition)
    link = reading.opened(bench.app.store, bench.clock, token)
    assert link is not None
    assert (link.edition, link.name, link.made_by) == (edition, "Dame Olive Trustee", "Ada")
    bench.clock.now = link.ends_at - timedelta(seconds=1)
    assert reading.opened(bench.app.store, bench.clock, token) == link
    bench.clock.now = link.ends_at
    assert reading.opened(bench.app.store, bench.clock, token) is None


def test_a_token_has_128_bits_and_only_its_hash_is_kept(bench: Workbench, edition: str) -> None:
    tokens = {invited(bench, edition) for _ in range(20)}
    assert len(tokens) == 20
    assert all(len(token) >= 22 for token in tokens)
    kept = "\n".join(everything(bench.folder))
    for token in tokens:
        assert token not in kept
        assert hashlib.sha256(token.encode()).hexdigest() in kept


def test_opening_a_link_changes_nothing(bench: Workbench, edition: str) -> None:
    token = invited(bench, edition)
    before = everything(bench.folder)
    for one in (token, UNKNOWN):
        reading.opened(bench.app.store, bench.clock, one)
    reading.comments(bench.app.store, edition)
    reading.links(bench.app.store, edition)
    assert everything(bench.folder) == before


def test_what_is_unknown_over_or_withdrawn_is_answered_alike(bench: Workbench, edition: str) -> None:
    over, withdrawn = invited(bench, edition, days=1), invited(bench, edition, "Cy")
    bench.clock.forward(days=2)
    key = next(one.key for one in reading.links(bench.app.store, edition) if one.name == "Cy")
    reading.withdraw(bench.app.store, bench.clock, key, "Bo")
    for token in (over, withdrawn, UNKNOWN, "", "\ud800", "x" * 10_000):
        assert reading.opened(bench.app.store, bench.clock, token) is None
        with pytest.raises(NotFound, match="works no more"):
            reading.comment(bench.app.store, bench.clock, token, "Hello")
    assert reading.comments(bench.app.store, edition) == []


def test_the_history_of_an_edition_says_who_let_whom_read_it(bench: Workbench, edition: str) -> None:
    invited(bench, edition)
    [link] = reading.links(bench.app.store, edition)
    for _ in range(2):
        reading.withdraw(bench.app.store, bench.clock, link.key, "Bo")
    with bench.app.store.reading() as session:
        told = [(one.who, one.what) for one in session.editions.history(edition)]
    assert told[1:] == [
        ("Ada", "invited Dame Olive Trustee to read it"),
        ("Bo", "withdrew the reading link of Dame Olive Trustee"),
    ]
    with pytest.raises(NotFound):
        reading.withdraw(bench.app.store, bench.clock, "nobody's", "Bo")


def test_a_comment_comes_back_to_its_story_with_what_was_read(bench: Workbench, edition: str) -> None:
    token, first = invited(bench, edition), story(bench, edition)
    work = Editing(
        store=bench.app.store,
        clock=bench.clock,
        press=bench.app.press(bench.newsletter),
        edition=edition,
        who="Bo",
        new_id=bench.app.new_id,
    )
    editing.write(work, {"subject": "Another subject"}, 0)
    said = reading.comment(bench.app.store, bench.clock, token, " Is this\r\nright? <script>alert(1)</script> ", first)
    assert reading.comments(bench.app.store, edition) == [said]
    assert (said.name, said.story, said.step) == ("Dame Olive Trustee", first, 1)
    # it is text: pages escape it, and nothing is taken out that somebody meant
    assert said.text == "Is this\nright? <script>alert(1)</script>"
    assert said.settled_at is None
    assert reading.settle(bench.app.store, bench.clock, said.edition, said.id, "Ada")
    assert not reading.settle(bench.app.store, bench.clock, said.edition, said.id, "Bo")
    [settled] = reading.comments(bench.app.store, edition)
    assert (settled.settled_by, settled.settled_at) == ("Ada", bench.clock())


def test_a_comment_about_what_is_not_in_the_edition_is_about_all_of_it(bench: Workbench, edition: str) -> None:
    token = invited(bench, edition)
    said = reading.comment(bench.app.store, bench.clock, token, "Hello", "../../etc/passwd")
    assert said.story == ""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Write what you want to say."),
        (" \n\x00\u202e ", "Write what you want to say."),
        ("x" * 2_001, "2,001 characters. It may have 2,000."),
    ],
)
def test_what_cannot_be_kept_is_told_beside_the_field(bench: Workbench, edition: str, text: str, says: str) -> None:
    token = invited(bench, edition)
    with pytest.raises(Unfit) as unfit:
        reading.comment(bench.app.store, bench.clock, token, text)
    assert unfit.value.faults == {"text": says}


def test_a_link_takes_fifty_comments_and_no_more(bench: Workbench, edition: str) -> None:
    token, other = invited(bench, edition), invited(bench, edition, "Cy")
    for number in range(50):
        reading.comment(bench.app.store, bench.clock, token, f"{number}")
    with pytest.raises(Refused, match="50 comments"):
        reading.comment(bench.app.store, bench.clock, token, "one more")
    reading.comment(bench.app.store, bench.clock, other, "mine")
    assert len(reading.comments(bench.app.store, edition)) == 51


@given(st.text(max_size=300))
def test_no_control_and_nothing_that_turns_the_direction_gets_through(text: str) -> None:
    plain = reading._plain(text)
    assert all(c == "\n" or c.isprintable() or not (ord(c) < 32 or 127 <= ord(c) < 160) for c in plain)
    assert not set(plain) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@pytest.mark.parametrize(
    ("name", "days", "field"), [(" ", 7, "name"), ("x" * 101, 7, "name"), ("Cy", 0, "days"), ("Cy", 61, "days")]
)
def test_a_link_says_whom_it_is_for_and_ends(bench: Workbench, edition: str, name: str, days: int, field: str) -> None:
    with pytest.raises(Unfit) as unfit:
        reading.invite(bench.app.store, bench.clock, edition, "Ada", name, days)
    assert list(unfit.value.faults) == [field]
    assert reading.links(bench.app.store, edition) == []


def test_nobody_is_invited_to_what_is_thrown_away(bench: Workbench, edition: str) -> None:
    editions.discard(bench.app.store, bench.clock, editions.find(bench.app.store, edition), "Ada")
    with pytest.raises(Refused, match="nothing to read"):
        invited(bench, edition)
    with pytest.raises(NotFound):
        invited(bench, "nothing")


def test_links_and_comments_are_forgotten_a_year_after_their_edition(bench: Workbench, edition: str) -> None:
    token = invited(bench, edition, days=60)
    reading.comment(bench.app.store, bench.clock, token, "Kept for a year")
    bench.clock.forward(days=365)
    retention.forget(bench.app.store, bench.clock, Retention(), bench.app.suppression_key)
    assert len(reading.comments(bench.app.store, edition)) == 1
    bench.clock.forward(days=3)
    retention.forget(bench.app.store, bench.clock, Retention(), bench.app.suppression_key)
    assert reading.comments(bench.app.store, edition) == []
    assert reading.links(bench.app.store, edition) == []
