"""A correction reaches exactly those who got what was wrong, and the page that everybody may read says so."""

from __future__ import annotations

import re
from email import message_from_bytes, policy

import pytest

from digest.app.correcting import correct
from digest.domain.errors import ApprovalTakenBack, NotFound, Refused, Unfit
from digest.domain.model import Accepted, Deferred, Edition, EditionState, InDoubt, Outcome, Parcel, Rejected, Variant
from digest.domain.ports import CountsAs
from digest.jobs import correcting, editing, following, steering
from digest.jobs import edition as editions
from digest.jobs.editing import Editing
from digest.jobs.rehearsal import deliveries
from tests.jobs.conftest import CONFIGURATION, HEADER, Wire, Workbench, utc
from tests.jobs.test_pageless import PAGELESS

#: who got it, or may have, and who did not
ANSWERS: dict[str, Outcome] = {
    "ada@example.org": Accepted(reply="250 ok"),
    "bo@example.org": Rejected(reply="550 5.1.1 no such user"),
    "cy@example.org": InDoubt(reason="silence"),
}
TEXT = "The open day is on 12 December, and not on 2 December."


def sent(bench: Workbench) -> str:
    bench.clock.now = utc(2026, 11, 24, 8, 0)
    edition = bench.approved("Nursery play in the rain", "Maths of fractions")
    bench.app.send(edition, Wire(lambda parcel: ANSWERS[parcel.envelope_to]), "Ada")
    bench.clock.now = utc(2026, 11, 25, 9, 30)
    return edition


def drafted(bench: Workbench, edition: str, text: str = TEXT) -> Edition:
    return correct(bench.app, edition, text, "Bo")


def approved(bench: Workbench, edition: str, text: str = TEXT) -> str:
    made = drafted(bench, edition, text)
    bench.app.approve(made.id, "Cy")
    return made.id


def variants(bench: Workbench, edition: str) -> dict[str, Variant]:
    with bench.app.store.reading() as session:
        return {one.slug: one for one in session.editions.variants(edition)}


def page(bench: Workbench, edition: str) -> str | None:
    with bench.app.store.reading() as session:
        return session.archive.page(edition)


def test_exactly_those_who_got_it_or_may_have_are_mailed_the_correction(bench: Workbench) -> None:
    edition = sent(bench)
    bench.people((bench.folder / "subscribers.csv").read_text() + "\nel@example.org,El,head,,weekly,form,2026-01-01")
    correction = approved(bench, edition)
    wire = Wire()
    bench.app.send(correction, wire, "the clock")
    assert sorted(wire.addresses) == ["ada@example.org", "cy@example.org"]
    again = Wire()
    bench.app.send(correction, again, "the clock")
    assert again.parcels == []
    found = following.follow(bench.app.store, bench.clock, bench.newsletter, correction)
    assert (found.people, found.counts[CountsAs.SENT]) == (2, 2)


def test_the_mail_says_what_was_wrong_to_each_by_name_and_leads_to_the_corrected_page(bench: Workbench) -> None:
    edition = sent(bench)
    correction = approved(bench, edition, "Dear {{ first_name | reader }}, the open day is on 12 December.")
    wire = Wire()
    bench.app.send(correction, wire, "the clock")
    mails = {one.envelope_to: message_from_bytes(one.content, policy=policy.default) for one in wire.parcels}
    assert {one["Subject"] for one in mails.values()} == {"Fernhill news: Correction to no. 1"}
    # lines are broken where they are
    texts = {to: " ".join(mail.get_body(("plain",)).get_content().split()) for to, mail in mails.items()}  # type: ignore[union-attr]
    assert "Dear Ada, the open day is on 12 December." in texts["ada@example.org"]
    assert "Dear reader, the open day" in texts["cy@example.org"]
    for text in texts.values():
        assert f"https://digest.example.org/e/{edition}" in text
        assert "Unsubscribe" in text or "unsubscribe" in text
        assert "Nursery play in the rain" not in text
    assert all(mail["List-Unsubscribe"] for mail in mails.values())


def test_the_web_version_stays_as_it_was_until_the_correction_leaves_and_then_says_so(bench: Workbench) -> None:
    edition = sent(bench)
    before = page(bench, edition)
    correction = approved(bench, edition)
    assert page(bench, edition) == before
    bench.app.send(correction, Wire(), "the clock")
    after = page(bench, edition)
    assert after is not None
    assert before is not None
    assert f"Corrected on 25 November: {TEXT}" in after
    # only the note is new
    assert _words(after.replace(f"Corrected on 25 November: {TEXT}", "").replace("Correction", "", 1)) == _words(before)
    assert page(bench, correction) is None, "it is shown as that one's page"
    # what was sent is kept, with its own fingerprint
    old, new = variants(bench, edition)["web"], variants(bench, correction)["web"]
    assert old.html == before
    assert old.sha256 != new.sha256
    assert new.html == after


def _words(html: str) -> list[str]:
    return re.sub(r"<style.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL).split()


def test_the_note_stands_above_the_introduction(bench: Workbench) -> None:
    edition = sent(bench)
    bench.app.send(approved(bench, edition), Wire(), "the clock")
    after = page(bench, edition)
    assert after is not None
    # the head names the top story, too
    after = after.partition("<body")[2]
    assert 0 < after.index("Corrected on") < after.index("Hello there") < after.index("Nursery play in the rain")


def test_the_page_is_made_with_the_files_that_made_it_then(bench: Workbench) -> None:
    edition = sent(bench)
    bench.configure(CONFIGURATION.replace('name = "Fernhill news"', 'name = "Letters from Fernhill"'))
    bench.app.send(approved(bench, edition), Wire(), "the clock")
    after = page(bench, edition)
    assert after is not None
    assert "Letters from Fernhill" not in after
    assert "Fernhill news" in after


def test_a_second_correction_keeps_the_first_note(bench: Workbench) -> None:
    edition = sent(bench)
    bench.app.send(approved(bench, edition), Wire(), "the clock")
    bench.clock.now = utc(2026, 11, 27, 9, 0)
    second = Wire()
    bench.app.send(approved(bench, edition, "And it begins at ten."), second, "the clock")
    assert sorted(second.addresses) == ["ada@example.org", "cy@example.org"]
    after = page(bench, edition)
    assert after is not None
    assert (
        0 < after.index("Corrected on 27 November: And it begins") < after.index("Corrected on 25 November: The open")
    )
    assert [one.text for one in correcting.of(bench.app.store, edition)] == ["And it begins at ten.", TEXT]


def test_it_counts_as_no_edition_of_anybodys_and_tells_no_story(bench: Workbench) -> None:
    edition = sent(bench)
    correction = approved(bench, edition)
    bench.app.send(correction, Wire(), "the clock")
    with bench.app.store.reading() as session:
        assert session.editions.placements(correction) == []
        assert [one.id for one in session.archive.editions("news", 9)] == [edition]
        assert session.archive.how_many("news") == 1
        assert len(session.archive.stories("news", ["nursery", "maths"], None, 9)) == 2
        assert [one.edition for one in session.growth.mailed("news", 9)] == [edition]
    bench.clock.now = utc(2026, 12, 1, 7, 0)
    later = bench.approved("Sums without books", "Songs of the nursery garden")
    wire = Wire()
    bench.app.send(later, wire, "the clock")
    # Bo missed the first edition and catches up with it, although a correction of it went out; Cy wants it monthly
    assert sorted(wire.addresses) == ["ada@example.org", "bo@example.org"]
    assert editions.find(bench.app.store, later).number == 2


def test_the_archive_says_when_it_was_corrected(bench: Workbench) -> None:
    edition = sent(bench)
    correction = approved(bench, edition)
    bench.app.send(correction, Wire(), "the clock")
    with bench.app.store.reading() as session:
        [shown] = session.archive.editions("news", 9)
        stories = session.archive.stories("news", ["nursery", "maths"], None, 9)
    assert shown.corrected == utc(2026, 11, 25, 9, 30)
    assert {one.edition.corrected for one in stories} == {shown.corrected}


def test_who_left_or_is_paused_or_kept_off_since_gets_nothing(bench: Workbench) -> None:
    edition = sent(bench)
    correction = approved(bench, edition)
    bench.app.leave("ada@example.org")
    wire = Wire()
    bench.app.send(correction, wire, "the clock")
    assert wire.addresses == ["cy@example.org"]
    [row] = following.follow(bench.app.store, bench.clock, bench.newsletter, correction).reasons
    assert (row.counts_as, row.people) == (CountsAs.SKIPPED, 1)


def test_it_is_looked_at_and_its_bytes_are_signed_as_any_editions(bench: Workbench) -> None:
    edition = sent(bench)
    made = drafted(bench, edition)
    assert (made.state, made.special, made.corrects, made.number) == (EditionState.DRAFT, True, edition, 1)
    shown = bench.app.preview(made.id)
    assert {one.slug: one.people for one in shown.variants} == {"heads-correction": 1, "rest-correction": 1, "web": 0}
    assert [one.code for one in shown.findings if one.severity == "must mend"] == []
    bench.app.approve(made.id, "Cy")
    bench.configure(CONFIGURATION.replace("1 Fern Hill", "2 Fern Hill"))
    with pytest.raises(ApprovalTakenBack):
        bench.app.send(made.id, Wire(), "the clock")
    assert editions.find(bench.app.store, made.id).state == EditionState.DRAFT
    assert bench.app.preview(made.id).edition.state == EditionState.DRAFT


def test_its_words_can_be_edited_and_undone_until_it_leaves(bench: Workbench) -> None:
    edition = sent(bench)
    made = drafted(bench, edition)
    work = Editing(
        store=bench.app.store,
        clock=bench.clock,
        press=bench.app.press_of(made.id),
        edition=made.id,
        who="Cy",
        new_id=bench.app.new_id,
    )
    editing.write(work, {"introduction": "The open day is on 13 December.", "subject": "The right day"}, 1)
    held = variants(bench, made.id)
    assert "13 December" in held["web"].html
    assert "13 December" in held["rest-correction"].text
    assert held["rest-correction"].subject == "The right day"
    editing.undo(work)
    assert "12 December" in variants(bench, made.id)["web"].html
    editing.undo(work)
    found = bench.app.preview(made.id).findings
    assert [one.code for one in found if one.severity == "must mend"] == ["correction.empty"]


def test_it_is_rehearsed_for_exactly_those_whom_it_goes_to(bench: Workbench) -> None:
    edition = sent(bench)
    correction = approved(bench, edition)
    found = editions.find(bench.app.store, correction)
    chosen = list(deliveries(bench.app.store, bench.clock, bench.newsletter, found))
    assert sorted(one.address for one, _ in chosen) == ["ada@example.org", "cy@example.org"]


def test_it_goes_at_once_when_it_is_approved_or_at_the_time_that_was_wanted(bench: Workbench) -> None:
    edition = sent(bench)
    assert drafted(bench, edition).slot == utc(2026, 11, 25, 9, 30)
    editions.discard(bench.app.store, bench.clock, drafted_of(bench, edition), "Bo")
    later = correct(bench.app, edition, TEXT, "Bo", "2026-11-26 10:00")
    assert later.slot == utc(2026, 11, 26, 10, 0)


def drafted_of(bench: Workbench, edition: str) -> Edition:
    return correcting.of(bench.app.store, edition)[0].edition


@pytest.mark.parametrize(
    ("text", "at", "field", "words"),
    [
        (" ", "", "introduction", "what was wrong"),
        ("Dear {{ address }}", "", "introduction", "is no placeholder"),
        ("x" * 4_001, "", "introduction", "may have 4,000"),
        (TEXT, "soon", "at", "Write the time as"),
    ],
)
def test_what_does_not_fit_is_said_beside_its_field(
    bench: Workbench, text: str, at: str, field: str, words: str
) -> None:
    edition = sent(bench)
    with pytest.raises(Unfit) as told:
        correct(bench.app, edition, text, "Bo", at)
    assert words in told.value.faults[field]


def test_only_what_people_have_is_corrected_and_by_one_at_a_time(bench: Workbench) -> None:
    edition = bench.approved()
    with pytest.raises(Refused, match="is approved"):
        drafted(bench, edition)
    with pytest.raises(NotFound):
        drafted(bench, "news-1999")
    bench.app.send(edition, Wire(), "Ada")
    with pytest.raises(Refused, match="needs a name"):
        correct(bench.app, edition, TEXT, " ")
    first = drafted(bench, edition)
    with pytest.raises(Refused, match=f"{first.id} corrects {edition} already"):
        drafted(bench, edition)
    with pytest.raises(Refused, match="is a correction itself"):
        drafted(bench, first.id)


def test_nobody_got_it_so_there_is_nobody_to_tell(bench: Workbench) -> None:
    edition = bench.approved()
    bench.app.send(edition, Wire(lambda parcel: Rejected(reply="550 5.1.1 nobody")), "Ada")
    with pytest.raises(Refused, match="Nobody got"):
        drafted(bench, edition)


def test_who_got_an_edition_that_was_cancelled_half_way_is_told_and_nobody_else(bench: Workbench) -> None:
    rows = [f"p{number:02}@example.org,,,,weekly,form,2026-01-01\n" for number in range(20)]
    bench.people(HEADER + "".join(rows))
    edition = bench.approved()

    def cancel(parcel: Parcel) -> Outcome:
        if len(first.parcels) == 4:
            steering.cancel(bench.app.store, bench.clock, edition, "Ada")
        return Accepted(reply="250 ok") if len(first.parcels) < 4 else Deferred(reply="450 later")

    first = Wire(cancel)
    bench.app.send(edition, first, "the clock")
    wire = Wire()
    bench.app.send(approved(bench, edition), wire, "the clock")
    assert len(wire.addresses) == 4
    assert set(wire.addresses) <= set(first.addresses)


def test_a_page_of_people_at_a_time_is_planned(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.jobs.corrected.PAGE", 1)
    edition = sent(bench)
    wire = Wire()
    bench.app.send(approved(bench, edition), wire, "the clock")
    assert sorted(wire.addresses) == ["ada@example.org", "cy@example.org"]


def test_without_public_pages_the_mail_says_it_all(bench: Workbench) -> None:
    bench.configure(PAGELESS)
    edition = sent(bench)
    correction = approved(bench, edition)
    wire = Wire()
    bench.app.send(correction, wire, "the clock")
    mail = message_from_bytes(wire.parcels[0].content, policy=policy.default)
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "12 December" in text
    assert "See the corrected edition" not in text
