"""What a person says about a story's theme: the draft, the record, the rule."""

from __future__ import annotations

import pytest

from digest.app.themes import decide
from digest.config import load
from digest.domain.errors import ConfigurationError, NotFound, Refused
from digest.domain.model import OTHER, Edition, EditionState, Placement, Review
from digest.jobs import edition as editions
from digest.jobs import grouping
from tests.jobs.conftest import CONFIGURATION, Workbench


@pytest.fixture
def draft(bench: Workbench) -> Edition:
    (bench.folder / "digest.toml").write_text(CONFIGURATION)
    bench.insights("Nursery play", "Maths of fractions", "A walk in the rain")
    bench.app.import_people(bench.newsletter)
    edition = bench.app.draft(bench.newsletter).edition
    assert edition is not None
    return edition


def _placement(bench: Workbench, edition: str, title: str) -> Placement:
    found = bench.app.preview(edition).placements
    return next(one for one in found if one.story.lead.title == title)


@pytest.mark.parametrize("theme", ["maths", "Maths", " MATHS "])
def test_a_story_moves_to_the_theme_a_person_names(bench: Workbench, draft: Edition, theme: str) -> None:
    before = bench.app.preview(draft.id)
    decided, rule = decide(bench.app, draft.id, "nursery", "Ada", theme)
    placement = _placement(bench, draft.id, "Nursery play")
    assert placement == decided.placement
    assert (placement.theme, placement.check, placement.runner_up) == ("maths", False, "nursery")
    assert placement.reasons == ("Ada moved it here",)
    assert rule == ""
    after = bench.app.preview(draft.id)
    assert after.fingerprint != before.fingerprint
    assert {one.slug: one.people for one in after.variants} == {
        "heads-all": 1,
        "heads-maths": 1,
        "rest-all": 1,
        "web": 0,
    }
    assert next(len(one.stories) for one in after.variants if one.slug == "heads-maths") == 2
    with bench.app.store.reading() as session:
        last = session.editions.history(draft.id)[-1]
    assert (last.who, last.what) == ("Ada", "moved “Nursery play” from Nursery to Maths")


def test_what_was_moved_stays_there_when_the_draft_is_made_anew(bench: Workbench, draft: Edition) -> None:
    decide(bench.app, draft.id, "nursery", "Ada", "maths")
    decide(bench.app, draft.id, "fractions", "Bo", "other")
    bench.app.draft(bench.newsletter, again=True)
    assert _placement(bench, draft.id, "Nursery play").theme == "maths"
    assert _placement(bench, draft.id, "Maths of fractions").theme == OTHER


def test_a_story_that_is_kept_loses_its_mark_and_no_byte_changes(bench: Workbench, draft: Edition) -> None:
    before = bench.app.preview(draft.id)
    story = _placement(bench, draft.id, "A walk in the rain")
    decided, _ = decide(bench.app, draft.id, "walk", "Ada")
    assert decided.reviewed.review == Review.KEPT
    assert decided.reviewed.checked == story.check
    kept = _placement(bench, draft.id, "A walk in the rain")
    assert (kept.theme, kept.check, kept.reasons) == (story.theme, False, ("Ada kept it here",))
    assert bench.app.preview(draft.id).fingerprint == before.fingerprint


def test_a_move_is_recorded_with_who_and_when_and_what_was_before(bench: Workbench, draft: Edition) -> None:
    decide(bench.app, draft.id, "1", "Ada", "other")
    (only,) = grouping.reviewed(bench.app.store, bench.newsletter.id)
    assert (only.who, only.at, only.before, only.theme) == ("Ada", bench.clock(), "nursery", OTHER)
    assert (only.review, only.edition, only.title) == (Review.MOVED, draft.id, "Nursery play")


def test_a_move_takes_an_approval_back_and_keeping_what_is_approved_is_refused(
    bench: Workbench, draft: Edition
) -> None:
    bench.app.approve(draft.id, "Ada")
    with pytest.raises(Refused, match="is approved with “Nursery play” where it stands"):
        decide(bench.app, draft.id, "nursery", "Bo")
    decide(bench.app, draft.id, "nursery", "Bo", "maths")
    assert editions.find(bench.app.store, draft.id).state == EditionState.DRAFT
    with bench.app.store.reading() as session:
        assert [one.what for one in session.editions.history(draft.id)][-2:] == [
            "approval taken back",
            "moved “Nursery play” from Nursery to Maths",
        ]


def test_what_is_gone_out_is_not_changed_and_nothing_is_recorded(bench: Workbench, draft: Edition) -> None:
    editions.discard(bench.app.store, bench.clock, draft, "Ada")
    with pytest.raises(Refused, match="discarded"):
        decide(bench.app, draft.id, "nursery", "Bo", "maths", always=True)
    assert grouping.reviewed(bench.app.store, bench.newsletter.id) == ()
    assert (bench.folder / "digest.toml").read_text() == CONFIGURATION


@pytest.mark.parametrize(
    ("story", "theme", "who", "told"),
    [
        ("nothing like it", "maths", "Ada", "no story “nothing like it”"),
        ("a", "maths", "Ada", "fits 3 stories"),
        ("9", "maths", "Ada", "no story “9”"),
        ("nursery", "moths", "Ada", "no theme “moths”"),
        ("nursery", "", "Ada", "no theme “”"),
        ("nursery", "maths", " ", "needs a name"),
    ],
)
def test_what_cannot_be_meant_is_told_with_what_can(
    bench: Workbench, draft: Edition, story: str, theme: str, who: str, told: str
) -> None:
    with pytest.raises((NotFound, Refused), match=told) as fault:
        decide(bench.app, draft.id, story, who, theme, always=True)
    assert fault.value.mend
    assert (bench.folder / "digest.toml").read_text() == CONFIGURATION
    if theme == "moths":
        assert fault.value.mend == "Did you mean “maths”? There are: nursery, maths, other."


def test_always_writes_a_rule_that_catches_insights_like_it_once(bench: Workbench, draft: Edition) -> None:
    _, rule = decide(bench.app, draft.id, "walk", "Ada", "nursery", always=True)
    assert 'like = "A walk in the rain. What A walk in the rain means."' in rule
    made = load(bench.folder).newsletter(None).rules
    assert [(one.theme, one.like) for one in made] == [
        ("nursery", "A walk in the rain. What A walk in the rain means.")
    ]
    bench.configure((bench.folder / "digest.toml").read_text())
    _, again = decide(bench.app, draft.id, "walk", "Ada", always=True)
    assert again == ""
    assert len(load(bench.folder).newsletter(None).rules) == 1


def test_where_the_rule_cannot_be_written_nothing_moves(bench: Workbench, draft: Edition) -> None:
    (bench.folder / "digest.toml").write_text(CONFIGURATION + "[[[")
    with pytest.raises(ConfigurationError):
        decide(bench.app, draft.id, "walk", "Ada", "nursery", always=True)
    assert _placement(bench, draft.id, "A walk in the rain").theme != "nursery"
    assert grouping.reviewed(bench.app.store, bench.newsletter.id) == ()


def test_of_two_people_who_move_a_story_at_once_one_loses_and_is_told(bench: Workbench, draft: Edition) -> None:
    from digest.jobs import reviewing

    press = bench.app.press(bench.newsletter)
    bench.clock.forward(seconds=1)
    first = reviewing.decision(bench.app.store, bench.clock, press, draft.id, "nursery", "Ada", "maths")
    second = reviewing.decision(bench.app.store, bench.clock, press, draft.id, "nursery", "Bo", "other")
    bench.clock.forward(seconds=1)
    late = reviewing.decision(bench.app.store, bench.clock, press, draft.id, "walk", "Cy", "maths")
    reviewing.decide(bench.app.store, press, first)
    for loser in (second, late):
        with pytest.raises(Refused, match="Somebody else"):
            reviewing.decide(bench.app.store, press, loser)
    assert [one.who for one in grouping.reviewed(bench.app.store, bench.newsletter.id)] == ["Ada"]
