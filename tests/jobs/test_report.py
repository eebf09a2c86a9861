"""A report says what a send came to, and claims nothing that the ledger does not prove."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
import sqlalchemy as sa
from lxml import html

from digest.app import correcting
from digest.app import report as reports
from digest.domain.errors import NotFound, Refused
from digest.domain.model import Accepted, EditionState, InDoubt, Outcome, Parcel, Rejected
from digest.domain.ports import CountsAs
from digest.jobs import clicks, steering
from digest.jobs import report as job
from digest.jobs.clicks import Click
from digest.jobs.report import Report
from digest.stages.report import duration, sentence
from digest.store import tables as t
from digest.web import report as web
from tests.jobs.conftest import CONFIGURATION, Wire, Workbench

ANSWERS: dict[str, Outcome] = {
    "ada@example.org": InDoubt(reason="the message was written and no answer came: reset"),
    "bo@example.org": Rejected(reply="550 5.1.1 no such user"),
}

TITLES = (
    "Nursery play in the rain",
    "Fractions with bread and butter",
    "A violin comes to assembly",
    "Ten poems about the sea",
    "Chess club wins its final",
    "Planting apple trees together",
    "Why we moved the school bell",
    "New kitchen, warmer lunches",
    "Robots built from cardboard",
    "Grandparents teach knitting",
)


def sent(bench: Workbench, *titles: str) -> str:
    edition = bench.approved(*titles)

    def answer(parcel: Parcel) -> Outcome:
        bench.clock.forward(seconds=20)
        return ANSWERS.get(parcel.envelope_to, Accepted(reply="250 ok"))

    bench.app.send(edition, Wire(answer), "Ada")
    return edition


def look(bench: Workbench, edition: str) -> Report:
    return reports.look(bench.app, edition)


def test_the_whole_result_is_one_sentence_whose_numbers_add_up(bench: Workbench) -> None:
    found = look(bench, sent(bench))
    assert found.sentence == (
        "Sent to 1 of 4 people in 1 minute. 1 was refused, 1 is unknown, 1 was skipped. Nobody was mailed twice."
    )
    assert sum(found.following.counts.values()) == 4
    assert [one.address for one in found.to_decide] == ["ada@example.org"]


def test_that_nobody_was_mailed_twice_is_not_said_once_a_person_sent_it_again(bench: Workbench) -> None:
    edition = sent(bench)
    [person] = look(bench, edition).to_decide
    steering.send_again(bench.app.store, bench.clock, edition, [person.subscriber], "Bo")
    bench.clock.forward(days=2)
    bench.app.send(edition, Wire(), "the clock")
    found = look(bench, edition)
    assert found.sentence == "Sent to 2 of 4 people in 1 minute. 1 was refused, 1 was skipped."
    assert found.to_decide == ()


def test_who_is_left_as_they_are_is_no_longer_to_decide(bench: Workbench) -> None:
    edition = sent(bench)
    steering.leave(bench.app.store, bench.clock, edition, look(bench, edition).to_decide[0].subscriber, "Bo")
    assert look(bench, edition).to_decide == ()


def test_it_says_who_approved_and_that_the_bytes_sent_are_the_bytes_approved(bench: Workbench) -> None:
    edition = sent(bench)
    found = look(bench, edition)
    assert [one.who for one in found.approvals] == ["Ada"]
    assert len(found.fingerprints) >= 2
    assert found.matches
    with bench.app.store._engine.begin() as connection:  # type: ignore[attr-defined]
        connection.execute(
            sa.update(t.variant).where(t.variant.c.slug == found.fingerprints[0].slug).values(html="<p>")
        )
    changed = look(bench, edition)
    assert not changed.matches
    assert [one.matches for one in changed.fingerprints].count(False) == 1


def test_a_configuration_that_changed_since_changes_nothing_about_what_was_approved(bench: Workbench) -> None:
    edition = sent(bench)
    bench.configure(CONFIGURATION.replace("news@fernhill", "letters@fernhill"))
    assert look(bench, edition).matches


def test_clicks_are_counted_by_theme_and_editions_stand_beside_each_other(bench: Workbench) -> None:
    first = sent(bench, "Nursery play", "Maths of fractions")
    bench.app.leave("cy@example.org")
    bench.clock.forward(days=7)
    second = sent(bench, "Nursery songs by the river", "Sums without maths books", "Rhymes in a nursery garden")
    links = [*["Nursery-songs-by-the-river"] * 2, "Rhymes-in-a-nursery-garden", "Sums-without-maths-books"]
    followed = [Click(edition=second, link=f"https://fernhill.example.org/{one}") for one in links]
    clicks.count(bench.app.store, bench.clock, followed)
    found = look(bench, second)
    assert found.by_theme == (("Nursery", 3), ("Maths", 1))
    assert found.clicks == 4
    assert [(one.edition, one.clicks, one.left) for one in found.editions] == [(first, 0, 1), (second, 4, 0)]
    assert [one.bounced for one in found.editions] == [1, 1]
    beside = job.came_to(bench.app.store, [first, second, "news-1999"])
    assert {edition: (came.clicks, came.left) for edition, came in beside.items()} == {first: (0, 1), second: (4, 0)}
    assert all(beside[second].people.get(one, 0) == count for one, count in found.following.counts.items())
    assert [one.edition for one in look(bench, first).editions] == [first], "what came after is no part of it"


def test_a_correction_between_two_editions_takes_nobody_from_the_first_who_left(bench: Workbench) -> None:
    first = sent(bench, "Nursery play", "Maths of fractions")
    bench.clock.forward(days=2)
    made = correcting.correct(bench.app, first, "It begins at nine.", "Ada").id
    bench.app.approve(made, "Ada")
    bench.app.send(made, Wire(), "Ada")
    bench.clock.forward(days=2)
    bench.app.leave("cy@example.org")
    bench.clock.forward(days=3)
    third = sent(bench, "Nursery songs by the river")
    came = job.came_to(bench.app.store, [first, made, third])
    assert {edition: one.left for edition, one in came.items()} == {first: 1, made: 1, third: 0}
    assert look(bench, made).left == 1


def test_what_has_not_begun_to_leave_came_to_nothing(bench: Workbench) -> None:
    edition = bench.approved()
    assert job.came_to(bench.app.store, [edition]) == {}
    steering.cancel(bench.app.store, bench.clock, edition, "Ada")
    assert job.came_to(bench.app.store, [edition]) == {}


def test_at_most_nine_editions_stand_beside_each_other(bench: Workbench) -> None:
    for title in TITLES:
        edition = sent(bench, title)
        bench.clock.forward(days=7)
    found = look(bench, edition)
    assert [one.number for one in found.editions] == list(range(2, 11))


def test_what_nobody_got_has_no_report(bench: Workbench) -> None:
    edition = bench.approved()
    with pytest.raises(Refused, match="nobody got it"):
        look(bench, edition)
    steering.cancel(bench.app.store, bench.clock, edition, "Ada")
    with pytest.raises(Refused, match="cancelled before it left"):
        look(bench, edition)
    with pytest.raises(NotFound):
        look(bench, "news-1999")


def test_it_is_saved_as_a_page_numbers_and_the_messages_that_were_signed(bench: Workbench) -> None:
    edition = sent(bench)
    with zipfile.ZipFile(io.BytesIO(web.saved(bench.app, edition))) as saved:
        names = saved.namelist()
        page, data = saved.read(f"{edition}/report.html").decode(), json.loads(saved.read(f"{edition}/report.json"))
        messages = [saved.read(name) for name in names if name.endswith(".eml")]
    assert len(names) == 2 + len(messages)
    assert data["sentence"] in page
    assert data["counts"] == {"sent": 1, "waiting": 0, "put_off": 0, "failed": 1, "unknown": 1, "skipped": 1}
    assert data["matches"] is True
    found = look(bench, edition)
    assert all(one.signed in page for one in found.fingerprints)
    with bench.app.store.reading() as session:
        mailed = [one for one in session.editions.variants(edition) if one.segment]
    assert len(messages) == len(mailed)
    subjects = {message_from_bytes(one, policy=policy.default)["Subject"] for one in messages}
    assert subjects == {one.subject for one in mailed}
    whole = page + json.dumps(data) + "".join(one.decode(errors="replace") for one in messages)
    assert not any(f"{name}@example.org" in whole for name in ("ada", "bo", "cy", "di")), "it goes from hand to hand"


def test_the_page_asks_for_nothing_and_runs_nothing(bench: Workbench) -> None:
    edition = sent(bench, "Nursery <script>alert(1)</script>", "Maths of fractions")
    tree = html.fromstring(web.page(look(bench, edition), "Europe/London"))
    assert not tree.xpath("//script | //link | //img | //iframe | //@src | //@onload")
    assert len(tree.xpath("//h1")) == 1
    assert len(tree.xpath("//*[local-name()='svg']")) == len(tree.xpath("//details/table")) == 3
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("took", "words"),
    [
        (timedelta(minutes=10, seconds=41), "10 minutes 41 seconds"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(hours=2, minutes=1, seconds=7), "2 hours 1 minute"),
        (timedelta(seconds=1), "1 second"),
        (timedelta(milliseconds=3), "less than a second"),
    ],
)
def test_how_long_it_took_is_said_by_its_two_largest_parts(took: timedelta, words: str) -> None:
    assert duration(took) == words


def test_what_is_not_through_says_so() -> None:
    counts = dict.fromkeys(CountsAs, 0) | {CountsAs.SENT: 738, CountsAs.WAITING: 455, CountsAs.PUT_OFF: 3}
    told = sentence(counts, EditionState.SENDING, None, once=True)
    assert told == ("Sent to 738 of 1,196 people so far. 3 were refused for now, 455 wait. Nobody was mailed twice.")
    counts = dict.fromkeys(CountsAs, 0) | {CountsAs.SENT: 10, CountsAs.SKIPPED: 1}
    told = sentence(counts, EditionState.CANCELLED, timedelta(seconds=5), once=True)
    assert told == (
        "Sent to 10 of 11 people in 5 seconds. The rest was cancelled. 1 was skipped. Nobody was mailed twice."
    )
