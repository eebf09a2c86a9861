"""Articles that their sources tell otherwise while they stand in an edition."""

from __future__ import annotations

import pytest

from digest.domain.errors import NotFound
from digest.domain.model import EditionState, Finding, Item, Reading, Severity
from digest.jobs import changed, editing
from digest.jobs import edition as editions
from digest.stages import collect
from tests.jobs.conftest import Wire, Workbench
from tests.jobs.test_editing import Desk

LINK = "https://fernhill.example.org/Nursery-play"


def tell(bench: Workbench, title: str, summary: str = "What Nursery play means.") -> None:
    """Let the source say this of the article about play, as a harvest would."""
    reading = Reading(items=(Item(title=title, link=LINK, summary=summary, date=bench.clock()),))
    source = bench.newsletter.sources[0]
    with bench.app.store.reading() as session:
        stored = session.insights.stored(list(collect.identified(source, reading)))
    made = collect.insights(source, reading, stored, bench.clock()).insights
    with bench.app.store.writing() as session:
        session.insights.add(made)


def said(desk: Desk) -> list[Finding]:
    return [one for one in desk.bench.app.preview(desk.edition).findings if one.code == "review.changed"]


@pytest.fixture
def desk(bench: Workbench) -> Desk:
    return Desk(bench)


def test_an_article_that_is_changed_is_said_with_both_titles_and_changes_nothing(desk: Desk) -> None:
    before, story = desk.html, desk.story("Nursery play")
    assert said(desk) == []
    tell(desk.bench, "Nursery play is cancelled")
    [found] = said(desk)
    assert found.what == ("“Nursery play” was changed at its source: its title is “Nursery play is cancelled” now.")
    assert (found.severity, found.about) == (Severity.LOOK_AT, f"story/{story}/title")
    assert desk.html == before
    editing.write(desk.at(), {"subject": "Another"}, desk.step)
    assert "is cancelled" not in desk.html


def test_a_changed_summary_is_said_and_one_that_is_changed_back_is_not(desk: Desk) -> None:
    tell(desk.bench, "Nursery play", "Something else.")
    [found] = said(desk)
    assert found.what == "“Nursery play” was changed at its source: its summary is another now."
    tell(desk.bench, "Nursery play")
    assert said(desk) == []


def test_what_a_source_says_now_is_taken_over_as_one_step_that_can_be_undone(desk: Desk) -> None:
    story = desk.story("Nursery play")
    tell(desk.bench, "Nursery play is cancelled", "It comes in spring.")
    changed.take(desk.at(), story)
    assert "Nursery play is cancelled" in desk.html
    assert "It comes in spring." in desk.mail
    assert said(desk) == []
    assert [one.what for one in editing.history(desk.bench.app.store, desk.edition).steps][-1].startswith("changed: ")
    editing.undo(desk.at())
    assert "is cancelled" not in desk.html
    assert len(said(desk)) == 1


def test_an_approved_edition_is_taken_back_by_a_person_alone(desk: Desk) -> None:
    bench, story = desk.bench, desk.story("Nursery play")
    bench.app.approve(desk.edition, "Ada")
    before = desk.html
    tell(bench, "Nursery play is cancelled")
    assert len(said(desk)) == 1
    assert editions.find(bench.app.store, desk.edition).state == EditionState.APPROVED
    assert desk.html == before
    changed.take(desk.at("Bo"), story)
    assert editions.find(bench.app.store, desk.edition).state == EditionState.DRAFT


def test_what_staff_worded_themselves_stays_as_they_want_it(desk: Desk) -> None:
    story = desk.story("Nursery play")
    editing.write(desk.at(), {f"story/{story}/title": "Our own title"}, desk.step)
    tell(desk.bench, "Nursery play is cancelled")
    assert said(desk) == []
    tell(desk.bench, "Nursery play is cancelled", "It comes in spring.")
    assert len(said(desk)) == 1
    changed.take(desk.at(), story)
    assert "Our own title" in desk.titles
    assert "It comes in spring." in desk.mail


def test_nothing_is_taken_over_where_nothing_changed(desk: Desk) -> None:
    with pytest.raises(NotFound, match="says nothing else"):
        changed.take(desk.at(), desk.story("Nursery play"))


def test_a_draft_that_is_made_anew_says_what_its_sources_say_now(desk: Desk) -> None:
    tell(desk.bench, "Nursery play is cancelled")
    desk.bench.clock.forward(minutes=1)
    desk.bench.app.draft(desk.bench.newsletter, again=True)
    assert "Nursery play is cancelled" in desk.titles
    assert "Nursery play is cancelled" in desk.html
    assert said(desk) == []


def test_a_story_that_is_free_again_says_what_its_source_said_meanwhile(desk: Desk) -> None:
    bench = desk.bench
    tell(bench, "Nursery play is cancelled")
    editions.discard(bench.app.store, bench.clock, editions.find(bench.app.store, desk.edition), "Ada")
    bench.clock.forward(days=3)
    made = bench.app.draft(bench.newsletter).edition
    assert made is not None
    desk.edition = made.id
    assert "Nursery play is cancelled" in desk.html
    assert said(desk) == []


def test_a_sent_edition_needs_nobody(desk: Desk) -> None:
    desk.bench.app.approve(desk.edition, "Ada")
    desk.bench.app.send(desk.edition, Wire(), "Ada")
    tell(desk.bench, "Nursery play is cancelled")
    assert said(desk) == []
