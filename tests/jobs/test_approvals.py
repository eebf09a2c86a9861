"""Who signs which bytes: nothing unseen, by nobody who may not, and what is another since is told word by word."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.config import parse
from digest.domain.errors import ApprovalTakenBack, Refused
from digest.domain.model import EditionState, Shape, Signed
from digest.jobs import approvals, editing, planning
from digest.jobs import edition as editions
from digest.jobs.approvals import Seen
from digest.jobs.editing import Editing
from digest.jobs.press import Press
from tests.jobs.conftest import CONFIGURATION, PEOPLE, Wire, Workbench, utc

NAME = 'name = "Fernhill news"'
TWO = CONFIGURATION.replace(NAME, f"{NAME}\napprovals = 2")
OTHERS = CONFIGURATION.replace(
    NAME, f'{NAME}\nauthor_may_approve = false\napprover = "Marcus Bell"\nstand_in = "Priya"'
)


class Desk:
    """People at one edition."""

    def __init__(self, bench: Workbench) -> None:
        self.bench, self.store = bench, bench.app.store
        bench.insights("Nursery play", "Nursery meals", "Maths of fractions")
        bench.app.import_people(bench.newsletter)
        drafted = bench.app.draft(bench.newsletter).edition
        assert drafted is not None
        self.edition = drafted.id

    def at(self, who: str, press: Press | None = None) -> Editing:
        self.bench.clock.forward(minutes=1)
        return Editing(
            store=self.store,
            clock=self.bench.clock,
            press=press or self.bench.app.press(self.bench.newsletter),
            edition=self.edition,
            who=who,
            new_id=self.bench.app.new_id,
        )

    def write(self, who: str, subject: str = "Three stories") -> None:
        editing.write(self.at(who), {"subject": subject}, self.step)

    def approve(self, who: str, seen: Seen | str = "") -> EditionState:
        self.bench.clock.forward(minutes=1)
        return self.bench.app.approve(self.edition, who, seen).edition.state

    def story(self, title: str) -> str:
        with self.store.reading() as session:
            return next(one.story.id for one in session.editions.placements(self.edition) if one.shown.title == title)

    @property
    def step(self) -> int:
        return editions.find(self.store, self.edition).step

    @property
    def state(self) -> EditionState:
        return editions.find(self.store, self.edition).state

    @property
    def screen(self) -> Seen:
        shown = self.bench.app.stored(self.edition)
        return approvals.on_screen(shown.edition, shown.variants)

    @property
    def stored(self) -> list[tuple[str, str]]:
        return sorted((one.slug, one.sha256) for one in self.bench.app.stored(self.edition).variants)

    @property
    def signed(self) -> list[tuple[str, str]]:
        with self.store.reading() as session:
            return session.editions.signed(self.edition)

    @property
    def history(self) -> list[tuple[str, str]]:
        with self.store.reading() as session:
            return [(one.who, one.what) for one in session.editions.history(self.edition)]

    def since(self) -> approvals.Since:
        found = approvals.since(self.store, self.bench.newsletter, self.edition)
        assert found is not None
        return found


@pytest.fixture
def desk(bench: Workbench) -> Desk:
    return Desk(bench)


def desk_with(bench: Workbench, configuration: str) -> Desk:
    bench.configure(configuration)
    return Desk(bench)


# what was on the screen


def test_what_was_on_the_screen_is_what_is_signed(desk: Desk) -> None:
    seen = desk.screen
    assert desk.approve("Ada", seen) == EditionState.APPROVED
    with desk.store.reading() as session:
        [approval] = session.editions.approvals(desk.edition)
    assert approval.signed == seen.variants
    assert {one.people for one in approval.signed} == {0, 1}
    assert (approval.who, approval.step, approval.complete, approval.stands) == ("Ada", 0, True, True)
    assert approval.revision == desk.bench.app.loaded.revision


def test_an_edit_after_the_screen_was_made_refuses_the_approval_and_can_be_shown(desk: Desk) -> None:
    seen = desk.screen
    desk.write("Marcus", "Three stories for you")
    with pytest.raises(ApprovalTakenBack, match="no longer what you saw: Marcus changed it"):
        desk.approve("Ada", seen)
    assert desk.state == EditionState.DRAFT
    [changed] = approvals.changed_since(desk.store, desk.bench.newsletter, desk.edition, seen.step)
    assert changed.what == "Subject"
    assert desk.approve("Ada", desk.screen) == EditionState.APPROVED


def test_other_people_on_the_list_are_another_screen(desk: Desk) -> None:
    seen = desk.screen
    desk.bench.people(f"{PEOPLE}\neve@example.org,Eve,head,,weekly,form,2026-01-01\n")
    desk.bench.app.import_people(desk.bench.newsletter)
    before = desk.stored
    desk.bench.clock.forward(minutes=1)
    desk.bench.app.draft(desk.bench.newsletter, again=True)
    assert desk.stored == before
    with pytest.raises(ApprovalTakenBack, match="it was drafted again"):
        desk.approve("Ada", seen)
    assert desk.approve("Ada", desk.screen) == EditionState.APPROVED


@given(
    st.integers(0, 999),
    st.dictionaries(
        st.from_regex(r"[a-z0-9]+(-[a-z0-9]+)*", fullmatch=True),
        st.tuples(st.from_regex(r"[0-9a-f]{64}", fullmatch=True), st.integers(0, 10**7)),
        max_size=8,
    ),
)
def test_a_form_brings_back_what_was_on_the_screen(step: int, variants: dict[str, tuple[str, int]]) -> None:
    signed = (Signed(slug=slug, sha256=sha256, people=people) for slug, (sha256, people) in variants.items())
    seen = Seen(step=step, variants=tuple(sorted(signed)))
    assert approvals.of_text(approvals.as_text(seen)) == seen


@pytest.mark.parametrize("text", ["", "x", "1 a", "1 a:b", "1 a:b:c", "1 a:b:1:2", "a:b:1", "1\x00"])
def test_a_form_that_says_nothing_of_the_kind_is_refused_kindly(text: str) -> None:
    with pytest.raises(Refused, match="does not say what you saw"):
        approvals.of_text(text)


# at the same moment (../shared/faults.md, row 36)


class _Meanwhile:
    """A clock at whose first look something else happens."""

    def __init__(self, desk: Desk, act: Callable[[], object]) -> None:
        self._desk, self._act = desk, act

    def __call__(self) -> datetime:
        act, self._act = self._act, lambda: None
        act()
        return self._desk.bench.clock()


@pytest.mark.usefixtures("each_database")
def test_an_edit_that_comes_while_an_approval_is_made_wins_and_nothing_is_signed(desk: Desk) -> None:
    found = desk.bench.app.current(desk.edition)
    clock = _Meanwhile(desk, lambda: desk.write("Marcus", "Unseen"))
    with pytest.raises(ApprovalTakenBack, match="Somebody else changed"):
        approvals.approve(desk.store, clock, desk.bench.newsletter, found, "Ada", desk.screen)
    assert desk.state == EditionState.DRAFT
    assert desk.signed == []


@pytest.mark.usefixtures("each_database")
def test_an_approval_that_comes_while_an_edit_is_made_wins_and_nothing_is_changed(bench: Workbench) -> None:
    block = (
        '[[newsletters.blocks]]\nkind = "picture"\npicture = "https://fernhill.example.org/hall.jpg"\nalt = "A hall"\n'
    )
    desk = desk_with(bench, CONFIGURATION + block)
    before, work = desk.stored, desk.at("Marcus")

    def names(addresses: object, by: object) -> dict[str, Mapping[Shape, str]]:
        # the press asks for pictures in the middle of its work
        if desk.state == EditionState.DRAFT:
            desk.bench.app.approve(desk.edition, "Ada")
        return {}

    work = replace(work, press=replace(work.press, pictures=names))
    with pytest.raises(Refused, match="Somebody else changed"):
        editing.write(work, {"subject": "Unseen"}, desk.step)
    assert desk.state == EditionState.APPROVED
    assert desk.stored == desk.signed == before


class _Turn:
    """An approval and an edit at the same moment, by two threads."""

    def __init__(self, desk: Desk, number: int) -> None:
        self._desk, self._barrier = desk, threading.Barrier(2)
        self.seen, self.refused = desk.screen, set[str]()
        self._work, self._subject = desk.at("Marcus"), f"Turn {number}"

    def take(self) -> None:
        acts = {"approve": self._approve, "edit": self._edit}
        threads = [threading.Thread(target=self._run, args=one) for one in acts.items()]
        for one in threads:
            one.start()
        for one in threads:
            one.join()

    def _run(self, name: str, act: Callable[[], object]) -> None:
        self._barrier.wait()
        try:
            act()
        except Refused:
            self.refused.add(name)

    def _approve(self) -> None:
        self._desk.bench.app.approve(self._desk.edition, "Ada", self.seen)

    def _edit(self) -> None:
        editing.write(self._work, {"subject": self._subject}, self.seen.step)


@pytest.mark.usefixtures("each_database")
def test_of_edits_and_approvals_at_once_only_what_was_seen_is_ever_sent(desk: Desk) -> None:
    for number in range(6):
        turn = _Turn(desk, number)
        turn.take()
        if desk.state == EditionState.APPROVED:
            assert turn.refused == {"edit"}
            assert [(one.slug, one.sha256) for one in turn.seen.variants] == desk.signed == desk.stored
            found = editions.find(desk.store, desk.edition)
            editions.take_back(desk.store, desk.bench.clock, found, "Ada", "another turn")
        else:
            assert approvals.standing(desk.store, desk.edition) == []
    assert desk.approve("Ada", desk.screen) == EditionState.APPROVED
    subject = desk.bench.app.stored(desk.edition).variants[0].subject
    wire = Wire()
    desk.bench.clock.now = utc(2026, 11, 24, 8)
    desk.bench.app.send(desk.edition, wire, "Ada")
    assert len(wire.parcels) == 3
    assert all(subject.encode() in parcel.content for parcel in wire.parcels)
    assert desk.signed == desk.stored


def test_what_was_edited_after_its_approval_is_not_sent(desk: Desk) -> None:
    desk.approve("Ada")
    desk.write("Marcus", "Unseen")
    wire = Wire()
    with pytest.raises(Refused):
        desk.bench.app.send(desk.edition, wire, "Ada")
    assert wire.parcels == []


# what is another since


def test_what_was_never_approved_has_no_since(desk: Desk) -> None:
    assert approvals.since(desk.store, desk.bench.newsletter, desk.edition) is None


def test_an_approval_that_stands_says_that_all_is_the_same(desk: Desk) -> None:
    desk.approve("Ada")
    since = desk.since()
    assert (since.approval.who, since.approval.stands) == ("Ada", True)
    assert since.changed == ()
    assert {one.became for one in since.variants} == {"same"}
    assert not since.is_unexplained
    first = since.variants[0]
    assert len(first.sha256) == 64
    assert first.kilobytes > 1


def test_what_took_an_approval_back_is_told_with_who_when_and_word_by_word(desk: Desk) -> None:
    desk.write("Ada", "Three stories for you")
    desk.approve("Ada")
    desk.write("Marcus", "Four stories for you")
    since = desk.since()
    assert not since.approval.stands
    assert (since.approval.ended_by, since.approval.ended_at) == ("Marcus", desk.bench.clock())
    assert since.approval.ended_why == "changed by Marcus"
    [changed] = since.changed
    assert [(one.kind, one.text) for one in changed.pieces] == [
        ("gone", "Three"),
        ("new", "Four"),
        ("same", " stories for you"),
    ]
    # the subject of people's mail; the web version's title is the edition's own
    assert {one.became for one in since.variants} == {"changed"}
    assert since.files == ()


def test_variants_that_came_and_went_are_told(desk: Desk) -> None:
    desk.bench.people(PEOPLE.replace("bo@example.org,Bo,head,maths", "bo@example.org,Bo,head,nursery"))
    desk.approve("Ada")
    before = {one.slug for one in desk.since().variants}
    desk.bench.app.import_people(desk.bench.newsletter)
    editing.leave_out(desk.at("Marcus"), desk.story("Nursery meals"))
    became = {one.slug: one.became for one in desk.since().variants}
    assert became["heads-nursery"] == "new"
    assert {slug for slug, word in became.items() if word == "gone"} == before - {
        one.slug for one in desk.bench.app.stored(desk.edition).variants
    }
    assert "gone" in became.values()


def test_a_changed_file_is_named_where_nobody_changed_the_content(desk: Desk) -> None:
    desk.approve("Ada")
    desk.bench.configure(CONFIGURATION.replace("Fernhill Trust", "Fernhill Trust CIO"))
    with pytest.raises(ApprovalTakenBack):
        desk.bench.app.current(desk.edition)
    since = desk.since()
    assert since.changed == ()
    assert since.files == ("digest.toml",)
    assert "digest.toml" in since.approval.ended_why
    assert {one.became for one in since.variants} == {"changed"}
    assert not since.is_unexplained


def test_a_source_that_corrects_a_story_is_not_blamed_on_a_person_or_a_file(desk: Desk) -> None:
    desk.approve("Ada")
    editions.take_back(desk.store, desk.bench.clock, editions.find(desk.store, desk.edition), "Bo", "a slip")
    with desk.store.reading() as session:
        lead = session.editions.placements(desk.edition)[0].story.lead
    with desk.store.writing() as session:
        session.insights.correct([replace(lead, title="Corrected at its source")])
    desk.write("Marcus", "Another")
    editing.undo(desk.at("Marcus"))
    since = desk.since()
    assert since.approval.ended_why == "a slip"
    assert (since.changed, since.files) == ((), ())
    assert since.is_unexplained


# two people


def test_with_two_approvals_the_first_signature_sends_nothing(bench: Workbench) -> None:
    desk = desk_with(bench, TWO)
    assert desk.approve("Ada") == EditionState.DRAFT
    assert desk.history[-1] == ("Ada", "first approval")
    assert [one.who for one in approvals.standing(desk.store, desk.edition)] == ["Ada"]
    wire = Wire()
    with pytest.raises(Refused, match="cannot be sent"):
        planning.begin(desk.store, bench.clock, editions.find(desk.store, desk.edition), "Ada")
    assert wire.parcels == []
    assert desk.approve("Bo", desk.screen) == EditionState.APPROVED
    assert desk.history[-1] == ("Bo", "approved")
    with desk.store.reading() as session:
        assert [(one.who, one.complete) for one in session.editions.approvals(desk.edition)] == [
            ("Ada", False),
            ("Bo", True),
        ]


@pytest.mark.parametrize("name", ["Ada Bell", "ada  bell", " ADA BELL "])
def test_nobody_is_two_people(bench: Workbench, name: str) -> None:
    desk = desk_with(bench, TWO)
    desk.approve("Ada Bell")
    with pytest.raises(Refused, match="another person's") as refused:
        desk.approve(name)
    assert refused.value.mend == "Anybody but Ada Bell can approve it."
    assert desk.state == EditionState.DRAFT


def test_other_bytes_end_the_first_signature(bench: Workbench) -> None:
    desk = desk_with(bench, TWO)
    desk.approve("Ada")
    desk.write("Marcus", "Another subject")
    assert approvals.standing(desk.store, desk.edition) == []
    assert desk.since().approval.ended_by == "Marcus"
    assert [one.what for one in desk.since().changed] == ["Subject"]
    # nor does it come back with the bytes
    editing.undo(desk.at("Marcus"))
    assert approvals.standing(desk.store, desk.edition) == []
    assert desk.approve("Bo") == EditionState.DRAFT
    assert desk.approve("Ada") == EditionState.APPROVED


def test_a_changed_template_ends_the_first_signature(bench: Workbench) -> None:
    desk = desk_with(bench, TWO)
    desk.approve("Ada")
    bench.configure(TWO.replace("Fernhill Trust", "Fernhill Trust CIO"))
    desk.bench.app.current(desk.edition)
    assert approvals.standing(desk.store, desk.edition) == []
    assert desk.since().files == ("digest.toml",)


def test_who_signed_first_may_take_it_back(bench: Workbench) -> None:
    desk = desk_with(bench, TWO)
    desk.approve("Ada")
    editions.take_back(desk.store, bench.clock, editions.find(desk.store, desk.edition), "Ada", "a slip")
    assert approvals.standing(desk.store, desk.edition) == []
    assert desk.history[-1] == ("Ada", "approval taken back")
    with pytest.raises(Refused):
        editions.take_back(desk.store, bench.clock, editions.find(desk.store, desk.edition), "Ada", "again")
    assert desk.approve("Bo") == EditionState.DRAFT


def test_what_was_taken_back_needs_both_again(bench: Workbench) -> None:
    desk = desk_with(bench, TWO)
    desk.approve("Ada")
    desk.approve("Bo")
    editions.take_back(desk.store, bench.clock, editions.find(desk.store, desk.edition), "Bo", "")
    assert desk.approve("Bo") == EditionState.DRAFT
    assert desk.approve("Ada") == EditionState.APPROVED


@pytest.mark.usefixtures("each_database")
def test_of_two_who_sign_first_at_once_both_count_once(bench: Workbench) -> None:
    desk = desk_with(bench, TWO)
    found = desk.bench.app.current(desk.edition)
    clock = _Meanwhile(desk, lambda: desk.bench.app.approve(desk.edition, "Bo"))
    approvals.approve(desk.store, clock, bench.newsletter, found, "Ada")
    assert desk.state == EditionState.APPROVED


# authors


def test_who_changed_it_does_not_approve_it_where_that_is_wanted(bench: Workbench) -> None:
    desk = desk_with(bench, OTHERS)
    desk.write("Ada Price")
    with pytest.raises(Refused, match="ada price changed") as refused:
        desk.approve("ada price")
    assert refused.value.mend == "Marcus Bell or Priya can approve it."
    assert approvals.authors(desk.store, desk.edition) == ["Ada Price"]
    assert desk.approve("Marcus Bell") == EditionState.APPROVED


def test_an_author_who_is_the_approver_is_sent_to_the_stand_in(bench: Workbench) -> None:
    desk = desk_with(bench, OTHERS)
    desk.write("marcus bell")
    with pytest.raises(Refused) as refused:
        desk.approve("Marcus  Bell")
    assert refused.value.mend == "Priya can approve it."


def test_only_changes_since_the_last_approval_make_an_author(bench: Workbench) -> None:
    desk = desk_with(bench, OTHERS)
    desk.write("Ada", "By Ada")
    desk.approve("Priya")
    desk.write("Priya", "By Priya")
    assert approvals.authors(desk.store, desk.edition) == ["Priya"]
    with pytest.raises(Refused):
        desk.approve("Priya")
    assert desk.approve("Ada") == EditionState.APPROVED


def test_a_first_signature_that_was_lost_lets_no_author_sign(bench: Workbench) -> None:
    desk = desk_with(bench, OTHERS.replace("author_may_approve", "approvals = 2\nauthor_may_approve"))
    desk.write("Ada", "By Ada")
    desk.approve("Priya")
    desk.write("Cy", "By Cy")
    assert approvals.authors(desk.store, desk.edition) == ["Ada", "Cy"]
    with pytest.raises(Refused):
        desk.approve("Ada")


def test_what_the_program_drafts_again_makes_no_author(bench: Workbench) -> None:
    desk = desk_with(bench, OTHERS)
    bench.clock.forward(minutes=1)
    bench.app.draft(bench.newsletter, again=True)
    assert approvals.authors(desk.store, desk.edition) == []


def test_usually_an_author_may_approve(desk: Desk) -> None:
    desk.write("Ada")
    assert desk.approve("Ada") == EditionState.APPROVED


# who is asked


@pytest.mark.parametrize(
    ("names", "hours_before", "expected"),
    [
        ("", 24, ""),
        ('approver = "Marcus"', 24, "Marcus"),
        ('approver = "Marcus"', 1, "Marcus"),
        ('approver = "Marcus"\nstand_in = "Priya"', 4.01, "Marcus"),
        ('approver = "Marcus"\nstand_in = "Priya"', 4, "Priya"),
        ('approver = "Marcus"\nstand_in = "Priya"', -1, "Priya"),
        ('approver = "Marcus"\nstand_in = "Priya"\nstand_in_hours = 0', 0.01, "Marcus"),
    ],
)
def test_the_stand_in_is_asked_when_it_gets_late(names: str, hours_before: float, expected: str) -> None:
    newsletter = parse(CONFIGURATION.replace(NAME, f"{NAME}\n{names}")).newsletters[0]
    slot = utc(2026, 11, 24, 8)
    assert approvals.asked(newsletter, slot - timedelta(hours=hours_before), slot) == expected
