"""A story that somebody took out stays out, whoever tells it and whatever is drafted, until it is let in again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from digest.domain.errors import NotFound, Refused
from digest.domain.model import EditionState
from digest.jobs import edition as editions
from digest.jobs.excluding import exclude, include
from tests.jobs.conftest import Wire, Workbench


def _draft(bench: Workbench, *titles: str) -> str:
    bench.insights(*titles)
    bench.app.import_people(bench.newsletter)
    edition = bench.app.draft(bench.newsletter).edition
    assert edition is not None
    return edition.id


def _titles(bench: Workbench, edition: str) -> set[str]:
    return {one.story.lead.title for one in bench.app.preview(edition).placements}


def _exclude(bench: Workbench, edition: str, words: str, who: str = "Bo") -> str:
    return exclude(bench.app.store, bench.clock, bench.app.press_of(edition), edition, words, who)


def test_it_leaves_the_draft_and_the_emails_and_is_recorded(bench: Workbench) -> None:
    edition = _draft(bench, "Nursery play", "Maths of fractions")
    assert _exclude(bench, edition, "nursery") == "Nursery play"
    assert _titles(bench, edition) == {"Maths of fractions"}
    assert all("Nursery play" not in one.html + one.text for one in bench.app.preview(edition).variants)
    with bench.app.store.reading() as session:
        assert [(one.title, one.edition, one.who) for one in session.exclusions.every("news")] == [
            ("Nursery play", edition, "Bo")
        ]
        assert session.editions.history(edition)[-1].what == "excluded “Nursery play”"


def test_it_does_not_come_back_however_the_draft_is_made_anew(bench: Workbench) -> None:
    edition = _draft(bench, "Nursery play", "Maths of fractions")
    _exclude(bench, edition, "nursery")
    bench.insights("Reading aloud")
    bench.app.draft(bench.newsletter, again=True)
    assert _titles(bench, edition) == {"Maths of fractions", "Reading aloud"}
    editions.discard(bench.app.store, bench.clock, editions.find(bench.app.store, edition), "Bo")
    bench.clock.forward(days=7)
    drafted = bench.app.draft(bench.newsletter).edition
    assert drafted is not None
    assert _titles(bench, drafted.id) == {"Maths of fractions", "Reading aloud"}


def test_nor_when_another_source_tells_the_same(bench: Workbench) -> None:
    edition = _draft(bench, "Nursery play", "Maths of fractions")
    _exclude(bench, edition, "nursery")
    bench.insights("Nursery play", source="theirs", published=bench.clock() + timedelta(hours=1))
    bench.app.draft(bench.newsletter, again=True)
    assert _titles(bench, edition) == {"Maths of fractions"}


def test_all_who_tell_it_are_out(bench: Workbench) -> None:
    bench.insights("Nursery play", source="theirs")
    edition = _draft(bench, "Nursery play", "Maths of fractions")
    _exclude(bench, edition, "nursery")
    with bench.app.store.reading() as session:
        assert {one.title for one in session.insights.unused("news", ["ours", "theirs"])} == set()
        assert len(session.exclusions.every("news")) == 1


def test_it_is_new_again_when_it_is_let_in(bench: Workbench) -> None:
    edition = _draft(bench, "Nursery play", "Maths of fractions")
    _exclude(bench, edition, "nursery")
    assert include(bench.app.store, bench.newsletter, "PLAY").title == "Nursery play"
    bench.app.draft(bench.newsletter, again=True)
    assert _titles(bench, edition) == {"Nursery play", "Maths of fractions"}


def test_another_newsletter_may_still_tell_it(bench: Workbench) -> None:
    edition = _draft(bench, "Nursery play", "Maths of fractions")
    _exclude(bench, edition, "nursery")
    with bench.app.store.reading() as session:
        assert "Nursery play" in {one.title for one in session.insights.unused("other", ["ours"])}


def test_an_approval_is_taken_back_by_it(bench: Workbench) -> None:
    edition = bench.approved()
    _exclude(bench, edition, "nursery")
    found = editions.find(bench.app.store, edition)
    assert (found.state, found.note) == (EditionState.DRAFT, "changed by Bo")


def test_what_is_sent_or_the_last_story_cannot_be_taken_out(bench: Workbench) -> None:
    edition = bench.approved()
    bench.app.send(edition, Wire(), "Ada")
    with pytest.raises(Refused, match="can no longer be changed"):
        _exclude(bench, edition, "nursery")
    bench.clock.forward(days=7)
    alone = _draft(bench, "Reading aloud")
    with pytest.raises(Refused, match="the only story"):
        _exclude(bench, alone, "reading")
    with pytest.raises(Refused, match="needs a name"):
        _exclude(bench, alone, "reading", " ")


def test_words_that_fit_none_or_several_are_answered_with_the_titles(bench: Workbench) -> None:
    with pytest.raises(NotFound) as fault:
        include(bench.app.store, bench.newsletter, "play")
    assert fault.value.mend == "None is out."
    edition = _draft(bench, "Nursery play", "Nursery songs", "Maths of fractions")
    for title in ("play", "songs"):
        _exclude(bench, edition, title)
    with pytest.raises(NotFound, match="fits 2 stories") as fault:
        include(bench.app.store, bench.newsletter, "nursery")
    assert "“Nursery play”" in fault.value.mend
