from __future__ import annotations

import pytest

from digest.domain.errors import DigestError
from digest.domain.model import Recipient, SubscriptionState
from tests.jobs.conftest import HEADER, Workbench


def everybody(bench: Workbench) -> dict[str, Recipient]:
    with bench.app.store.reading() as session:
        return {one.subscriber.address: one for one in session.people.page("news", "", 100)}


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
