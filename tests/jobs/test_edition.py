from __future__ import annotations

import threading

import pytest

from digest.domain.errors import ApprovalTakenBack, NotFound, Refused
from digest.domain.model import Edition, EditionState
from digest.jobs import edition as editions
from tests.jobs.conftest import CONFIGURATION, Workbench, utc

pytestmark = pytest.mark.usefixtures("each_database")


def drafted(bench: Workbench) -> Edition:
    bench.app.import_people(bench.newsletter)
    edition = bench.app.draft(bench.newsletter).edition
    assert edition is not None
    return edition


def test_a_draft_has_a_variant_for_each_distinct_list_of_stories(bench: Workbench) -> None:
    bench.insights("Nursery play", "Maths of fractions")
    shown = bench.app.preview(drafted(bench).id)
    assert {(one.slug, one.people, len(one.stories)) for one in shown.variants} == {
        ("heads-all", 1, 2),
        ("heads-maths", 1, 1),
        ("rest-all", 1, 2),
        ("web", 0, 2),
    }


def test_the_same_input_gives_the_same_bytes(bench: Workbench) -> None:
    bench.insights("Nursery play", "Maths of fractions")
    first = bench.app.preview(drafted(bench).id)
    bench.app.draft(bench.newsletter, again=True)
    assert bench.app.preview(first.edition.id).fingerprint == first.fingerprint


def test_two_schedulers_make_one_edition(bench: Workbench) -> None:
    bench.insights("Nursery play")
    bench.app.import_people(bench.newsletter)
    assert bench.app.secret
    made: list[bool] = []
    start = threading.Barrier(4)

    def ring() -> None:
        start.wait()
        made.append(bench.app.draft(bench.newsletter, utc(2026, 11, 24, 8)).created)

    threads = [threading.Thread(target=ring) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [False, False, False, True]
    with bench.app.store.reading() as session:
        assert len(session.editions.every()) == 1


def test_a_story_of_an_edition_is_not_new_for_the_next(bench: Workbench) -> None:
    bench.insights("Nursery play")
    drafted(bench)
    bench.insights("Maths of fractions")
    drafted_next = bench.app.draft(bench.newsletter, utc(2026, 12, 1, 8)).edition
    assert drafted_next is not None
    titles = [one.story.lead.title for one in bench.app.preview(drafted_next.id).placements]
    assert titles == ["Maths of fractions"]


def test_a_story_told_again_by_another_source_is_not_new(bench: Workbench) -> None:
    bench.insights("How nursery play changed our mornings")
    drafted(bench)
    bench.insights("How nursery play changed our mornings!", source="theirs")
    assert bench.app.draft(bench.newsletter, utc(2026, 12, 1, 8)).edition is None


@pytest.mark.parametrize("change", ["again", "pin"])
def test_what_only_tells_again_stays_told_when_a_draft_changes_and_months_go_by(bench: Workbench, change: str) -> None:
    bench.insights("How nursery play changed our mornings")
    drafted(bench)
    bench.insights("How nursery play changed our mornings!", source="theirs")
    bench.insights("Maths of fractions")
    slot = utc(2026, 12, 1, 8)
    second = bench.app.draft(bench.newsletter, slot).edition
    assert second is not None
    bench.clock.forward(minutes=1)
    if change == "again":
        bench.app.draft(bench.newsletter, slot, again=True)
    else:
        bench.app.pin(second.id, "maths", "Ada")
    bench.clock.forward(days=100)
    bench.insights("A new nursery")
    third = bench.app.draft(bench.newsletter, utc(2027, 3, 9, 8)).edition
    assert third is not None
    assert [one.story.lead.title for one in bench.app.preview(third.id).placements] == ["A new nursery"]


def test_a_discarded_draft_gives_its_stories_back(bench: Workbench) -> None:
    bench.insights("Nursery play")
    edition = drafted(bench)
    editions.discard(bench.app.store, bench.clock, edition, "Ada")
    assert bench.app.draft(bench.newsletter, utc(2026, 12, 1, 8)).stories == 1


def test_too_little_news_is_said_and_nothing_recorded_when_a_person_asks(bench: Workbench) -> None:
    result = bench.app.draft(bench.newsletter)
    assert result.edition is None
    assert result.note.startswith("Skipped: 0 new stories, 1 needed.")


def test_a_draft_made_again_takes_in_what_came_later(bench: Workbench) -> None:
    bench.insights("Nursery play")
    edition = drafted(bench)
    bench.insights("Maths of fractions")
    assert bench.app.draft(bench.newsletter).created is False
    assert bench.app.draft(bench.newsletter, again=True).stories == 2
    assert bench.app.preview(edition.id).edition.number == 1


def test_an_approval_signs_every_variant_and_names_who(bench: Workbench) -> None:
    bench.insights("Nursery play")
    edition = drafted(bench)
    signed = bench.app.approve(edition.id, "  Ada Bell ").edition
    assert (signed.state, signed.approved_by, signed.approved_at) == (EditionState.APPROVED, "Ada Bell", bench.clock())
    with bench.app.store.reading() as session:
        assert [one.what for one in session.editions.history(edition.id)] == ["draft", "approved"]


def test_an_approval_of_other_bytes_than_were_seen_is_refused(bench: Workbench) -> None:
    bench.insights("Nursery play")
    edition = drafted(bench)
    seen = bench.app.preview(edition.id).fingerprint
    bench.insights("Maths of fractions")
    bench.app.draft(bench.newsletter, again=True)
    with pytest.raises(ApprovalTakenBack):
        bench.app.approve(edition.id, "Ada", seen=seen[:12])
    assert bench.app.preview(edition.id).edition.state == EditionState.DRAFT


def test_a_changed_template_takes_the_approval_back(bench: Workbench) -> None:
    edition = bench.approved("Nursery play")
    before = bench.app.preview(edition).fingerprint
    bench.configure(CONFIGURATION.replace("Fernhill Trust", "Fernhill Trust CIO"))
    with pytest.raises(ApprovalTakenBack):
        bench.app.preview(edition)
    shown = bench.app.preview(edition)
    assert shown.edition.state == EditionState.DRAFT
    assert shown.fingerprint != before
    assert "Fernhill Trust CIO" in shown.variants[0].html


def test_a_change_that_alters_no_byte_leaves_the_approval(bench: Workbench) -> None:
    edition = bench.approved("Nursery play")
    bench.configure(CONFIGURATION + "# a note\n")
    assert bench.app.preview(edition).edition.state == EditionState.APPROVED


def test_what_must_be_mended_blocks_the_approval(bench: Workbench) -> None:
    bench.insights("Nursery play")
    edition = drafted(bench)
    footer = "<mj-section><mj-column><mj-text>No links here.</mj-text></mj-column></mj-section>"
    masthead = "<mj-section><mj-column><mj-text>Fernhill</mj-text></mj-column></mj-section>"
    bench.configure(CONFIGURATION, **{"blocks/footer.mjml.j2": footer, "blocks/masthead.mjml.j2": masthead})
    with pytest.raises(Refused, match="no unsubscribe link"):
        bench.app.approve(edition.id, "Ada")


@pytest.mark.parametrize("who", ["", "   "])
def test_an_approval_needs_a_name(bench: Workbench, who: str) -> None:
    bench.insights("Nursery play")
    edition = drafted(bench)
    with pytest.raises(Refused, match="needs a name"):
        bench.app.approve(edition.id, who)


def test_what_is_approved_cannot_be_approved_again_or_discarded(bench: Workbench) -> None:
    edition = bench.approved("Nursery play")
    with pytest.raises(Refused):
        bench.app.approve(edition, "Bo")
    with pytest.raises(Refused):
        editions.discard(bench.app.store, bench.clock, editions.find(bench.app.store, edition), "Bo")


def test_an_unknown_edition_is_answered_with_the_ones_there_are(bench: Workbench) -> None:
    bench.insights("Nursery play")
    edition = drafted(bench)
    with pytest.raises(NotFound) as fault:
        bench.app.preview("news-1999-01-01")
    assert edition.id in fault.value.mend


def test_more_lists_of_stories_than_variants_fall_to_larger_ones(bench: Workbench) -> None:
    bench.configure(CONFIGURATION.replace('name = "Fernhill news"', 'name = "Fernhill news"\nmaximum_variants = 2'))
    bench.insights("Nursery play", "Maths of fractions")
    variants = bench.app.preview(drafted(bench).id).variants
    assert [one.segment for one in variants if not one.is_web_version] == ["heads", "rest"]


def test_an_insight_in_another_language_is_marked_with_the_reason(bench: Workbench) -> None:
    title = "Mae'r cylch meithrin newydd yn agor ei ddrysau i blant y pentref ym mis Medi"
    bench.configure(CONFIGURATION.replace('["nursery", "play"]', '["nursery", "play", "meithrin"]'))
    bench.insights(title, "Maths of fractions: what they mean for the children of the village")
    edition = drafted(bench)
    placed = {one.story.lead.title: one for one in bench.app.stored(edition.id).placements}
    welsh = placed.pop(title)
    assert (welsh.theme, welsh.check) == ("nursery", True)
    assert welsh.reasons == ("keyword “meithrin”", "it is in Welsh, and this newsletter is in English")
    assert all("newsletter is in" not in reason for one in placed.values() for reason in one.reasons)
