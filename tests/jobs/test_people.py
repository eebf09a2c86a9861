from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.children.limited import Unfinished
from digest.domain.errors import DigestError, Refused
from digest.domain.model import Cadence, Delivery, DeliveryState, Letter, Recipient, SubscriptionState
from digest.jobs import people
from digest.jobs.people import Imported, files, reading
from digest.stages.roster import consent
from digest.store import tables as t
from digest.store.people import PEOPLE_COLUMNS, PLACE_COLUMNS
from tests.conftest import ON_SQLITE
from tests.jobs.conftest import HEADER, PEOPLE, Workbench

pytestmark = pytest.mark.usefixtures("each_database")

#: what the database works out by itself
FOLDED = ("first_folded", "last_folded")


def everybody(bench: Workbench, most: int = 100) -> dict[str, Recipient]:
    with bench.app.store.reading() as session:
        return {one.subscriber.address: one for one in session.people.page("news", "", most)}


def test_who_has_no_consent_record_is_pending(bench: Workbench) -> None:
    assert bench.app.import_people(bench.newsletter).new == 4
    people = everybody(bench)
    assert people["di@example.org"].subscription.state == SubscriptionState.PENDING
    assert people["ada@example.org"].subscription.state == SubscriptionState.ACTIVE


def test_the_same_file_again_changes_nothing(bench: Workbench) -> None:
    bench.app.import_people(bench.newsletter)
    again = bench.app.import_people(bench.newsletter)
    assert (again.same_file, again.new, again.changed) == (True, 0, 0)


def test_a_changed_row_changes_one_person_and_a_new_row_adds_one(bench: Workbench) -> None:
    bench.app.import_people(bench.newsletter)
    bench.people(
        HEADER
        + "ADA@example.org,Augusta,head,,weekly,form,2026-01-01\n"
        + "bo@example.org,Bo,head,maths,weekly,form,2026-01-01\n"
        + "eve@example.org,Eve,,,weekly,form,2026-01-01\n"
    )
    imported = bench.app.import_people(bench.newsletter)
    assert (imported.new, imported.changed) == (1, 1)
    people = everybody(bench)
    # an address in capitals is the same person, and a row that vanished removes nobody
    assert people["ADA@example.org"].subscriber.first_name == "Augusta"
    assert "ada@example.org" not in people
    assert len(people) == 5


@pytest.mark.parametrize(
    "state", [SubscriptionState.UNSUBSCRIBED, SubscriptionState.BOUNCED, SubscriptionState.COMPLAINED]
)
def test_an_import_brings_nobody_back(bench: Workbench, state: SubscriptionState) -> None:
    bench.app.import_people(bench.newsletter)
    ada = everybody(bench)["ada@example.org"].subscriber.id
    with bench.app.store.writing() as session:
        session.people.set_state(ada, "news", state)
    bench.people(HEADER + "ada@example.org,Ada Maria,head,,weekly,a new form,2026-11-01\n")
    bench.app.import_people(bench.newsletter)
    found = everybody(bench)["ada@example.org"]
    assert found.subscription.state == state
    assert found.subscriber.first_name == "Ada Maria"


def test_a_consent_record_is_not_lost_with_its_column(bench: Workbench) -> None:
    bench.app.import_people(bench.newsletter)
    bench.people("email,first_name,tags\nada@example.org,Ada,head\n")
    bench.app.import_people(bench.newsletter)
    subscription = everybody(bench)["ada@example.org"].subscription
    assert (subscription.state, subscription.consent_source) == (SubscriptionState.ACTIVE, "form")


def test_a_consent_record_that_comes_later_makes_active(bench: Workbench) -> None:
    bench.app.import_people(bench.newsletter)
    bench.people(HEADER + "di@example.org,Di,teacher,,weekly,phone call,2026-11-20\n")
    bench.app.import_people(bench.newsletter)
    assert everybody(bench)["di@example.org"].subscription.state == SubscriptionState.ACTIVE


def test_a_bad_row_is_named_and_the_others_go_on(bench: Workbench) -> None:
    bench.people(HEADER + "no-address,X,,,weekly,form,2026-01-01\neve@example.org,Eve,,,weekly,form,2026-01-01\n")
    imported = bench.app.import_people(bench.newsletter)
    assert imported.new == 1
    assert imported.findings[0].where == "subscribers.csv:2"


def test_a_missing_file_is_a_clear_error(bench: Workbench) -> None:
    (bench.folder / "subscribers.csv").unlink()
    with pytest.raises(DigestError, match=r"subscribers\.csv cannot be read"):
        bench.app.import_people(bench.newsletter)


def held(
    bench: Workbench, text: str = "", name: str = "other.csv", **given: object
) -> AbstractContextManager[people.Held]:
    if text:
        (bench.folder / name).write_text(text)
    return people.held(bench.app.importing(bench.newsletter), bench.folder / name, **given)  # type: ignore[arg-type]


def take_in(bench: Workbench, text: str, name: str = "other.csv", **given: object) -> Imported:
    with held(bench, text, name, **given) as one:
        seen = one.look()
        done = one.take_in()
    # what is said before is what is done
    assert seen == done
    return done


def change(bench: Workbench, address: str, state: SubscriptionState | None = None, **chosen: object) -> None:
    """Change a subscription as its reader would on the website."""
    with bench.app.store.writing() as session:
        [(subscriber, [place])] = session.people.by_address([address]).values()
        key = bench.app.suppression_key(address)
        session.people.save(address, subscriber, key, [replace(place, **chosen)])  # type: ignore[arg-type]
        if state:
            session.people.set_state(subscriber.id, "news", state)


def test_every_row_is_counted_once(bench: Workbench) -> None:
    bench.app.import_people(bench.newsletter)
    bench.app.leave("bo@example.org")
    done = take_in(
        bench,
        HEADER
        + "ada@example.org,Ada,head,,weekly,form,2026-01-01\n"
        + "bo@example.org,Bo,head,maths,weekly,form,2026-01-01\n"
        + "cy@example.org,Cyd,teacher,,monthly,form,2026-01-01\n"
        + "eve@example.org,Eve,,,weekly,form,2026-01-01\n"
        + "fay@example.org,Fay,,,weekly,,\n"
        + "EVE@example.org,Eva,,,weekly,form,2026-01-01\n"
        + "nobody,,,,,,\n",
    )
    assert dict(done.counts) == {
        "new": 2,
        "changed": 1,
        "unchanged": 1,
        "refused": 1,
        "twice": 1,
        "kept off": 1,
        "waiting": 1,
        "vanished": 0,
    }
    assert done.kept_off == {"left": 1}
    assert [one.where for one in done.findings] == ["other.csv:8", "other.csv:7"]


def test_looking_changes_nothing(bench: Workbench) -> None:
    with held(bench, PEOPLE) as one:
        assert one.look().new == 4
    assert everybody(bench) == {}
    with bench.app.store.reading() as session:
        assert session.people.last_import("news") == ""


def test_a_row_that_did_not_change_takes_back_nothing_that_a_reader_chose(bench: Workbench) -> None:
    bench.app.import_people(bench.newsletter)
    change(bench, "ada@example.org", cadence=Cadence.MONTHLY, themes=("maths",))
    bench.people(PEOPLE + "\neve@example.org,Eve,,,weekly,form,2026-01-01\n")
    assert (bench.app.import_people(bench.newsletter).new, everybody(bench)["eve@example.org"].suppressed) == (1, False)
    place = everybody(bench)["ada@example.org"].subscription
    assert (place.cadence, place.themes) == (Cadence.MONTHLY, ("maths",))


def test_a_row_that_changed_counts(bench: Workbench) -> None:
    bench.app.import_people(bench.newsletter)
    change(bench, "ada@example.org", cadence=Cadence.MONTHLY)
    bench.people(HEADER + "ada@example.org,Ada,head;governor,nursery,fortnightly,form,2026-01-01\n")
    assert bench.app.import_people(bench.newsletter).changed == 1
    found = everybody(bench)["ada@example.org"]
    assert (found.subscription.cadence, found.subscription.themes) == (Cadence.FORTNIGHTLY, ("nursery",))
    assert found.subscriber.tags == ("head", "governor")


def test_a_column_that_the_file_lacks_leaves_what_is_known(bench: Workbench) -> None:
    bench.app.import_people(bench.newsletter)
    assert take_in(bench, "email,last_name\ncy@example.org,Tree\nbo@example.org,\n").changed == 1
    cy, bo = (everybody(bench)[f"{name}@example.org"] for name in ("cy", "bo"))
    assert (cy.subscriber.last_name, cy.subscriber.tags, cy.subscription.cadence) == ("Tree", ("teacher",), "monthly")
    assert (bo.subscriber.first_name, bo.subscription.themes) == ("Bo", ("maths",))


def test_a_field_that_another_file_has_no_column_for_stays(bench: Workbench) -> None:
    take_in(bench, "email,role,region\na@example.org,Head,North\n")
    take_in(bench, "email,role\na@example.org,\n")
    assert everybody(bench)["a@example.org"].subscriber.fields == {"region": "North"}


def test_a_row_that_vanished_removes_nobody_and_is_told(bench: Workbench) -> None:
    bench.app.import_people(bench.newsletter)
    bench.people(HEADER + "ada@example.org,Ada,head,,weekly,form,2026-01-01\n")
    done = bench.app.import_people(bench.newsletter)
    assert (done.vanished, set(done.vanished_first)) == (3, {f"{one}@example.org" for one in ("bo", "cy", "di")})
    (finding,) = done.findings
    assert (finding.code, "@" in f"{finding.what}{finding.where}") == ("subscribers.vanished", False)
    assert len(everybody(bench)) == 4
    # another file never names everybody
    assert take_in(bench, "email\nzoe@example.org\n").vanished == 0


@pytest.mark.parametrize("reason", ["left", "complaint", "hard bounce", "erased"])
def test_who_is_kept_off_is_not_even_stored(bench: Workbench, reason: str) -> None:
    with bench.app.store.writing() as session:
        session.people.suppress(bench.app.suppression_key("ada@example.org"), reason, bench.clock())
    done = bench.app.import_people(bench.newsletter)
    assert (done.kept_off, done.new) == ({reason: 1}, 3)
    assert "ada@example.org" not in everybody(bench)


def test_who_was_erased_gets_no_name_back(bench: Workbench) -> None:
    bench.app.import_people(bench.newsletter)
    change(bench, "ada@example.org", SubscriptionState.ERASED)
    done = take_in(bench, HEADER + "ada@example.org,Augusta,head,,weekly,form,2026-01-01\n")
    assert (done.kept_off, everybody(bench)["ada@example.org"].subscriber.first_name) == ({"erased": 1}, "Ada")


def test_of_who_was_erased_nothing_is_exported(bench: Workbench) -> None:
    bench.app.import_people(bench.newsletter)
    change(bench, "ada@example.org", SubscriptionState.ERASED)
    text = "".join(people.export(bench.app.store, bench.newsletter))
    assert ("ada@" in text, "bo@" in text) == (False, True)


def test_who_asked_again_after_leaving_must_confirm_themselves(bench: Workbench) -> None:
    bench.app.import_people(bench.newsletter)
    change(bench, "ada@example.org", SubscriptionState.UNSUBSCRIBED)
    change(bench, "ada@example.org", SubscriptionState.PENDING)
    take_in(bench, HEADER + "ada@example.org,Ada Maria,head,,weekly,form,2026-01-01\n")
    assert everybody(bench)["ada@example.org"].subscription.state == SubscriptionState.PENDING


def test_who_left_elsewhere_is_not_brought_in(bench: Workbench) -> None:
    done = take_in(
        bench,
        "email,status,consent,consent date\n"
        "a@example.org,unsubscribed,f,2026-01-01\n"
        "b@example.org,subscribed,f,2026-01-01\n",
    )
    assert (done.new, done.kept_off) == (1, {"left": 1})


def test_a_consent_for_all_makes_active_who_waits_although_their_rows_did_not_change(bench: Workbench) -> None:
    bench.app.import_people(bench.newsletter)
    given = consent("the fair, 3 May 2026, yes please", bench.clock())
    done = take_in(bench, "", "subscribers.csv", consent=given)
    assert (done.new, done.changed, done.unchanged, done.waiting) == (0, 1, 3, 0)
    place = everybody(bench)["di@example.org"].subscription
    assert (place.state, place.consent_source) == (SubscriptionState.ACTIVE, "the fair, 3 May 2026, yes please")
    assert everybody(bench)["ada@example.org"].subscription.consent_source == "form"


def test_who_comes_is_counted_by_day_and_way(bench: Workbench) -> None:
    bench.app.import_people(bench.newsletter)
    take_in(bench, HEADER + "zoe@example.org,Zoe,,,,phone,2026-01-01\nada@example.org,Ada,,,,,\n")
    day = f"{bench.clock():%Y-%m-%d}"
    with bench.app.store._engine.connect() as connection:
        rows = set(connection.execute(sa.select(t.growth)))
    assert rows == {
        ("news", day, "joined", "form", 3),
        ("news", day, "joined", "phone", 1),
    }


def _indices(bench: Workbench) -> set[str | None]:
    """Return the names of the indices by which people are found."""
    return {one["name"] for one in sa.inspect(bench.app.store._engine).get_indexes("subscriber")}


@ON_SQLITE
def test_where_most_are_new_they_are_found_afterwards_as_before(bench: Workbench) -> None:
    before = _indices(bench)
    bench.app.import_people(bench.newsletter)
    assert _indices(bench) == before
    assert before == {f"ix_subscriber_{name}" for name in ("comparable", "suppression_key", *FOLDED)}
    with bench.app.store._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    with bench.app.store.reading() as session:
        assert len(session.people.by_address(["ada@example.org", "bo@example.org"])) == 2


def test_where_few_are_new_what_they_are_found_by_is_not_made_anew(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.app.import_people(bench.newsletter)
    bench.people(HEADER + "eve@example.org,Eve,,,weekly,form,2026-01-01\n")

    def never(*_: object) -> None:
        raise AssertionError("an index is dropped")

    monkeypatch.setattr(sa.Index, "drop", never)
    assert bench.app.import_people(bench.newsletter).new == 1
    assert len(everybody(bench)) == 5


def test_people_lie_in_the_order_of_the_file_and_bear_their_traits(bench: Workbench) -> None:
    bench.app.import_people(bench.newsletter)
    with bench.app.store._engine.connect() as connection:
        rows = connection.execute(sa.select(t.subscriber.c.address, t.subscriber.c.traits).order_by(t.subscriber.c.id))
        assert [row.address[:2] for row in rows] == ["ad", "bo", "cy", "di"]
        places = list(connection.execute(sa.select(t.subscription)))
    with bench.app.store.reading() as session:
        found = {one.subscriber.id: one for one in session.people.page("news", "", 9)}
    assert {row.traits for row in places} == {one.subscription.traits for one in found.values()}
    assert {(row.joined_by, row.joined_at, len(row.file_row)) for row in places} == {
        ("subscribers.csv", bench.clock(), 16)
    }


def test_all_columns_are_filled_by_every_way() -> None:
    assert set(PEOPLE_COLUMNS) == set(t.subscriber.c.keys()) - {*FOLDED}
    # nobody comes who has left already
    assert set(PLACE_COLUMNS) == set(t.subscription.c.keys()) - {"ended_at"}


def test_a_second_newsletter_takes_nothing_away_that_the_first_gave(bench: Workbench) -> None:
    bench.app.import_people(bench.newsletter)
    more = replace(bench.newsletter, id="more", subscribers="more.csv")
    (bench.folder / "more.csv").write_text(
        "email,tags,role,consent,consent date\nada@example.org,board,Chair,f,2026-01-01\n"
    )
    assert bench.app.import_people(more).new == 1
    found = everybody(bench)["ada@example.org"]
    assert (found.subscriber.tags, found.subscriber.fields) == (("head", "board"), {"role": "Chair"})


def test_a_file_whose_columns_cannot_be_told_changes_nothing_and_is_told_again(bench: Workbench) -> None:
    bench.app.import_people(bench.newsletter)
    bench.people("name,tags\nAda,head\n")
    for _ in range(2):
        done = bench.app.import_people(bench.newsletter)
        assert (done.unusable, done.vanished, [one.where for one in done.findings]) == (True, 0, ["subscribers.csv:1"])
    assert len(everybody(bench)) == 4


def test_a_file_that_is_changed_while_it_is_read_is_refused(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    def chunks(file: Path) -> Iterator[bytes]:
        yield file.read_bytes()
        with file.open("a") as more:
            more.write("\n")

    monkeypatch.setattr(files, "chunks", chunks)
    with pytest.raises(Refused, match="changed while it was read"):
        bench.app.import_people(bench.newsletter)
    assert everybody(bench) == {}


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from(["Ann", "=1", "Bo;", ""]), st.sampled_from(["", "x", "x;y"])),
        max_size=4,
    )
)
def test_an_export_imports_to_the_same(bench: Workbench, rows: list[tuple[str, str, str]]) -> None:
    text = HEADER + "".join(f'{who}@example.org,"{name}","{tags}",,,form,2026-01-01\n' for who, name, tags in rows)
    take_in(bench, text)
    before = everybody(bench)
    lines = "".join(people.export(bench.app.store, bench.newsletter))
    assert take_in(bench, lines, "back.csv").changes is False
    assert everybody(bench) == before
    with TemporaryDirectory() as made:
        other = Workbench(Path(made), bench.clock)
        assert take_in(other, lines, "back.csv").new == len(before)
        found = everybody(other)
    assert {one: (who.subscriber.tags, who.subscriber.first_name, who.subscription) for one, who in found.items()} == {
        one: (who.subscriber.tags, who.subscriber.first_name, who.subscription) for one, who in before.items()
    }


def test_naughty_strings_of_a_list_are_names_like_any_other(bench: Workbench, shared: Path) -> None:
    """Fault 65: what is in a list puts nothing into a message's head."""
    naughty: list[str] = json.loads((shared / "corpora/xss/blns/blns.json").read_text("utf8"))
    naughty += ["Ann\r\nBcc: x@example.org", "Ann\nSubject: no", "Ann\r\n\r\nbody", "=?utf-8?q?x?=", "<a@b.example>"]
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["email", "first_name", "last_name", "role", "consent", "consent date"])
    writer.writerows([f"p{n}@example.org", one, one, one, "form", "2026-01-01"] for n, one in enumerate(naughty))
    (bench.folder / "subscribers.csv").write_bytes(out.getvalue().encode("utf-8", "surrogatepass"))
    edition = bench.approved()
    people = everybody(bench, 1_000)
    assert len(people) > 0.98 * len(naughty)
    composer = bench.app.composer(edition)
    slug = next(iter(composer.variants))
    wanted = None
    for one in people.values():
        delivery = Delivery(edition=edition, subscriber=one.subscriber.id, state=DeliveryState.CLAIMED, variant=slug)
        content = composer.content(Letter(delivery=delivery, subscriber=one.subscriber), bench.clock())
        message = message_from_bytes(content, policy=default)
        assert not message.defects
        wanted = wanted or message.keys()
        assert message.keys() == wanted
        assert message["To"].addresses[0].addr_spec == one.subscriber.address


def test_growth_counts_who_becomes_active_and_nobody_who_waits(bench: Workbench) -> None:
    def joined() -> int:
        with bench.app.store.reading() as session:
            return sum(one.people for one in session.growth.since("news", bench.clock().date().replace(year=2020)))

    def active() -> int:
        return sum(one.subscription.state == SubscriptionState.ACTIVE for one in everybody(bench).values())

    bench.app.import_people(bench.newsletter)
    assert joined() == active() == 3
    bench.people(
        HEADER
        + "di@example.org,Di,teacher,,weekly,form,2026-05-01\nada@example.org,Augusta,head,,weekly,form,2026-01-01\n"
    )
    bench.app.import_people(bench.newsletter)
    assert joined() == active() == 4


def test_a_large_file_is_read_by_a_child_process_and_comes_to_the_same(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (
        HEADER + "".join(f"p{n}@example.org,Ada,head,nurserie,weekly,form,2026-01-01\n" for n in range(5_000)) + "x,\n"
    )
    here = take_in(bench, text)
    before = everybody(bench, 6_000)
    monkeypatch.setattr(reading, "LARGE", 0)
    assert take_in(bench, text).unchanged == 5_000
    assert everybody(bench, 6_000) == before
    there = take_in(bench, text.replace("p1@", "q1@"))
    assert (there.new, there.unchanged, there.refused) == (1, 4_999, 1)
    assert {one.what for one in there.findings} >= {one.what for one in here.findings}


def test_a_file_whose_reader_ends_is_not_taken_in(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> Iterator[object]:
        raise Unfinished("its process was ended")
        yield

    monkeypatch.setattr(reading, "LARGE", 0)
    monkeypatch.setattr(reading, "ahead", broken)
    with pytest.raises(Refused, match="was not read to its end"):
        take_in(bench, PEOPLE)
    assert everybody(bench) == {}
