"""Nobody gets a story twice, and nobody misses one for wanting mail less often or being away for a while."""

from __future__ import annotations

from datetime import timedelta

import pytest

from digest.domain.errors import Refused
from digest.domain.model import NEAREST, Accepted, DeliveryState, InDoubt, Outcome, Parcel, Placement, Rejected
from digest.jobs import edition as editions
from digest.jobs import pinning, resending, reviewing
from digest.jobs.excluding import exclude
from tests.jobs.conftest import CONFIGURATION, HEADER, Wire, Workbench

_TITLES = (
    ("Nursery play at dawn", "Maths of fractions"),
    ("Nursery songs for rain", "Sums without paper in maths"),
    ("Nursery meals shared", "Maths in the harbour"),
    ("Nursery gardens in bloom", "Counting shells in maths"),
    ("Nursery naps explained", "Maths of the tides"),
)
NAMED = 'name = "Fernhill news"'


def _list(bench: Workbench, *rows: str) -> None:
    bench.people(HEADER + "\n".join(f"{row},form,2026-01-01" for row in rows) + "\n")


def _week(bench: Workbench, number: int, wire: Wire | None = None) -> str:
    """Draft, approve and send the edition of a week, and wait for the next."""
    edition = bench.approved(*_TITLES[number])
    bench.app.send(edition, wire or Wire(), "Ada")
    bench.clock.forward(days=7)
    return edition


def _got(bench: Workbench, edition: str) -> dict[str, set[str]]:
    """Return the titles that each person got with an edition."""
    with bench.app.store.reading() as session:
        titles = {one.story.id: one.story.lead.title for one in session.editions.placements(edition)}
        lists = session.editions.lists(edition)
    return {
        entry.address: {titles[story] for story in lists[entry.variant]}
        for entry in resending.every(bench.app.store, bench.clock, edition)
        if entry.state == DeliveryState.SENT
    }


def _reasons(bench: Workbench, edition: str) -> dict[str, str]:
    return {one.address: one.reason for one in resending.every(bench.app.store, bench.clock, edition)}


def _earlier(bench: Workbench, edition: str) -> list[Placement]:
    with bench.app.store.reading() as session:
        return [one for one in session.editions.placements(edition) if one.first_in]


def _pause(bench: Workbench, until: str | None) -> None:
    with bench.app.store._engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE subscription SET paused_until = ? WHERE subscriber ="
            " (SELECT id FROM subscriber WHERE address = 'away@example.org')",
            (until,),
        )


def _titles(*weeks: int) -> set[str]:
    return {title for week in weeks for title in _TITLES[week]}


def test_a_monthly_reader_gets_the_month_and_a_weekly_one_the_week(bench: Workbench) -> None:
    _list(bench, "weekly@example.org,,,,weekly", "monthly@example.org,,,,monthly", "maths@example.org,,,maths,monthly")
    sent = [_week(bench, number) for number in range(5)]
    for number, edition in enumerate(sent):
        assert _got(bench, edition)["weekly@example.org"] == _titles(number)
    assert [edition for edition in sent if "monthly@example.org" in _got(bench, edition)] == [sent[0], sent[4]]
    assert _got(bench, sent[4])["monthly@example.org"] == _titles(1, 2, 3, 4)
    assert _got(bench, sent[4])["maths@example.org"] == {_TITLES[number][1] for number in (1, 2, 3, 4)}
    assert _reasons(bench, sent[3])["monthly@example.org"] == (
        "wants it monthly, and it is too early: next due from 21 December 2026"
    )


def test_who_was_away_gets_what_they_missed(bench: Workbench) -> None:
    _list(bench, "weekly@example.org,,,,weekly", "away@example.org,,,,weekly")
    _week(bench, 0)
    _pause(bench, "2026-12-10 00:00:00.000000")
    second, third = _week(bench, 1), _week(bench, 2)
    assert _reasons(bench, third)["away@example.org"] == "paused until 10 December 2026"
    fourth, fifth = _week(bench, 3), _week(bench, 4)
    assert "away@example.org" not in _got(bench, second) | _got(bench, third)
    assert _got(bench, fourth)["away@example.org"] == _titles(1, 2, 3)
    assert _got(bench, fourth)["weekly@example.org"] == _titles(3)
    assert _got(bench, fifth)["away@example.org"] == _titles(4)


def test_who_comes_new_gets_this_edition_or_the_best_of_their_time(bench: Workbench) -> None:
    _list(bench, "weekly@example.org,,,,weekly")
    for number in range(4):
        _week(bench, number)
    with bench.app.store._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE subscription SET joined_at = '2026-01-01 00:00:00.000000'")
    _list(
        bench,
        "weekly@example.org,,,,weekly",
        "new@example.org,,,,weekly",
        "seldom@example.org,,,,fortnightly",
        "monthly@example.org,,,,monthly",
    )
    got = _got(bench, _week(bench, 4))
    assert got["new@example.org"] == _titles(4)
    assert got["seldom@example.org"] == _titles(3, 4)
    assert got["monthly@example.org"] == _titles(1, 2, 3, 4)


def test_of_more_than_an_edition_has_the_strongest_are_kept_and_each_themes_first(bench: Workbench) -> None:
    bench.configure(CONFIGURATION.replace(NAMED, f"{NAMED}\nmaximum_stories = 3"))
    _list(bench, "weekly@example.org,,,,weekly", "monthly@example.org,,,,monthly")
    sent = [_week(bench, number) for number in range(5)]
    got = _got(bench, sent[4])["monthly@example.org"]
    assert len(got) == 3
    assert got <= _titles(1, 2, 3, 4)
    assert any("ursery" in title for title in got)
    assert any("aths" in title for title in got)


def test_what_nobody_could_want_is_not_kept_and_what_is_turned_off_neither(bench: Workbench) -> None:
    _list(bench, "weekly@example.org,,,,weekly")
    assert _earlier(bench, [_week(bench, number) for number in range(2)][1]) == []
    bench.configure(CONFIGURATION.replace(NAMED, f"{NAMED}\ncatch_up_weeks = 0"))
    _list(bench, "weekly@example.org,,,,weekly", "new@example.org,,,,monthly")
    third = _week(bench, 2)
    assert _earlier(bench, third) == []
    assert _got(bench, third)["new@example.org"] == _titles(2)


def test_whose_list_is_too_rare_to_sign_gets_the_nearest_and_that_is_kept(bench: Workbench) -> None:
    bench.configure(CONFIGURATION.replace(NAMED, f"{NAMED}\nmaximum_variants = 1"))
    _list(
        bench,
        "weekly@example.org,,,,weekly",
        "too@example.org,,,,weekly",
        "monthly@example.org,,,,monthly",
        "maths@example.org,,,maths,monthly",
    )
    last = [_week(bench, number) for number in range(5)][4]
    assert _got(bench, last) == {f"{name}@example.org": _titles(4) for name in ("weekly", "too", "monthly")}
    assert _reasons(bench, last) == {
        "weekly@example.org": "",
        "too@example.org": "",
        "monthly@example.org": NEAREST,
        "maths@example.org": "no approved variant holds only what is new to them",
    }


def test_it_is_said_in_their_email_and_no_other(bench: Workbench) -> None:
    _list(bench, "weekly@example.org,,,,weekly", "monthly@example.org,,,,monthly")
    for number in range(4):
        _week(bench, number)
    shown = bench.app.preview(bench.approved(*_TITLES[4]))
    assert [one.story.lead.title for one in shown.placements] == sorted(_titles(4), reverse=True)
    assert {one.story.lead.title for one in shown.earlier} == _titles(1, 2, 3)
    said = "the best of our last editions"
    assert {one.slug: said in one.html for one in shown.variants} == {
        "rest-all": False,
        "rest-all-catch-up": True,
        "heads-all": False,
        "web": False,
    }
    web = next(one for one in shown.variants if one.is_web_version)
    assert not any(title in web.html for title in _titles(1, 2, 3))
    weekly = next(one for one in shown.variants if one.slug == "rest-all")
    assert "on our website" not in weekly.html, "the edition is whole"


def test_an_earlier_story_can_be_taken_out_and_nothing_else(bench: Workbench) -> None:
    _list(bench, "weekly@example.org,,,,weekly", "monthly@example.org,,,,monthly")
    for number in range(4):
        _week(bench, number)
    edition = bench.approved(*_TITLES[4])
    store, press = bench.app.store, bench.app.press_of(edition)
    with pytest.raises(Refused, match="is a story of news-"):
        pinning.pin(store, bench.clock, press, edition, "songs", "Bo")
    with pytest.raises(Refused, match="is a story of news-"):
        reviewing.decision(store, bench.clock, press, edition, "songs", "Bo", "maths")
    exclude(store, bench.clock, press, edition, "songs", "Bo")
    assert {one.story.lead.title for one in _earlier(bench, edition)} == _titles(1, 2, 3) - {"Nursery songs for rain"}
    bench.app.draft(bench.newsletter, again=True)
    bench.app.approve(edition, "Ada")
    bench.app.send(edition, Wire(), "Ada")
    assert _got(bench, edition)["monthly@example.org"] == _titles(1, 2, 3, 4) - {"Nursery songs for rain"}


def test_a_discarded_draft_frees_its_own_stories_and_not_the_earlier_ones(bench: Workbench) -> None:
    _list(bench, "weekly@example.org,,,,weekly", "monthly@example.org,,,,monthly")
    for number in range(4):
        _week(bench, number)
    bench.insights(*_TITLES[4])
    draft = bench.app.draft(bench.newsletter).edition
    assert draft is not None
    assert _earlier(bench, draft.id)
    editions.discard(bench.app.store, bench.clock, draft, "Bo")
    with bench.app.store.reading() as session:
        assert {one.title for one in session.insights.unused("news", ["ours"])} == _titles(4)
        assert len(session.reviews.left("news", 400)) == 8, "each story was left where it stood once"


def test_who_failed_and_got_a_story_with_the_next_edition_is_not_sent_it_again(bench: Workbench) -> None:
    _list(bench, "weekly@example.org,,,,weekly", "full@example.org,,,,weekly")

    def full(parcel: Parcel) -> Outcome:
        if parcel.envelope_to == "full@example.org":
            return Rejected(reply="452 4.2.2 the mailbox is full")
        return Accepted(reply="250 ok")

    _week(bench, 0)
    failed = _week(bench, 1, Wire(full))
    assert resending.choose(bench.app.store, bench.clock, failed).subscribers
    assert _got(bench, _week(bench, 2))["full@example.org"] == _titles(1, 2)
    choice = resending.choose(bench.app.store, bench.clock, failed)
    assert choice.subscribers == []
    assert choice.refused == {"they have had stories of it since, with another edition": 1}


def test_who_was_chosen_and_had_it_meanwhile_is_left_alone(bench: Workbench) -> None:
    _list(bench, "weekly@example.org,,,,weekly", "full@example.org,,,,weekly")
    _week(bench, 0)
    failed = _week(bench, 1, Wire(lambda parcel: Rejected(reply="452 4.2.2 the mailbox is full")))
    choice = resending.choose(bench.app.store, bench.clock, failed)
    assert len(choice.subscribers) == 2
    _week(bench, 2)
    with pytest.raises(Refused, match="Nobody is left"):
        resending.again(bench.app.store, bench.clock, choice, "Bo")


def test_what_is_in_doubt_counts_as_had(bench: Workbench) -> None:
    _list(bench, "weekly@example.org,,,,weekly", "doubt@example.org,,,,weekly")

    def doubt(parcel: Parcel) -> Outcome:
        if parcel.envelope_to == "doubt@example.org":
            return InDoubt(reason="the line was lost")
        return Accepted(reply="250 ok")

    first = _week(bench, 0, Wire(doubt))
    second = _week(bench, 1)
    assert _got(bench, second)["doubt@example.org"] == _titles(1)
    assert len(resending.choose(bench.app.store, bench.clock, first).subscribers) == 1


def test_an_edition_that_was_stopped_is_told_to_those_alone_whom_it_did_not_reach(bench: Workbench) -> None:
    _list(bench, "early@example.org,,,,weekly", "late@example.org,,,,weekly", "monthly@example.org,,,,monthly")
    bench.app.send(bench.approved(*_TITLES[0]), Wire(), "Ada")
    with bench.app.store._engine.begin() as connection:
        # as if it had been stopped before the turn of two
        connection.exec_driver_sql(
            "UPDATE delivery SET state = 'skipped' WHERE subscriber IN (SELECT id FROM subscriber WHERE address"
            " IN ('late@example.org', 'monthly@example.org'))"
        )
        connection.exec_driver_sql("UPDATE edition SET state = 'cancelled'")
    bench.clock.forward(days=7)
    second = _week(bench, 1)
    got = _got(bench, second)
    assert got == {
        "early@example.org": _titles(1),
        "late@example.org": _titles(0, 1),
        "monthly@example.org": _titles(0, 1),
    }


def test_an_edition_that_left_after_the_next_was_drafted_is_caught_up_with_later(bench: Workbench) -> None:
    _list(bench, "weekly@example.org,,,,weekly", "away@example.org,,,,weekly")
    _week(bench, 0)
    late, next_one = [], bench.app.next_slot(bench.newsletter)
    for number in (1, 2):
        bench.insights(*_TITLES[number])
        made = bench.app.draft(bench.newsletter, next_one).edition
        assert made is not None
        late.append(made.id)
        next_one += timedelta(days=7)
        bench.clock.forward(minutes=1)
    for edition, pause in zip(late, ("2027-01-01 00:00:00.000000", None), strict=True):
        _pause(bench, pause)
        bench.app.approve(edition, "Ada")
        bench.app.send(edition, Wire(), "Ada")
        bench.clock.forward(days=7)
    assert [_got(bench, edition).get("away@example.org") for edition in late] == [None, _titles(2)]
    assert _got(bench, _week(bench, 3)) == {"weekly@example.org": _titles(3), "away@example.org": _titles(1, 3)}
    assert _got(bench, _week(bench, 4))["away@example.org"] == _titles(4)
