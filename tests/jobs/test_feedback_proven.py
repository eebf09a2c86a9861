"""What a provider signed counts by the address."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import event

from digest.domain.model import FeedbackKind, Report, SubscriptionState
from digest.feedback.hooks.telling import report
from digest.jobs import feedback
from digest.jobs.feedback import SOFT_BOUNCES
from tests.jobs.conftest import Workbench
from tests.jobs.test_feedback import ADA, Returning, bounce

BO = "bo@example.org"
HARD, SOFT, COMPLAINT, LEFT = FeedbackKind.HARD, FeedbackKind.SOFT, FeedbackKind.COMPLAINT, FeedbackKind.NONE


@pytest.fixture
def returning(bench: Workbench) -> Returning:
    return Returning(bench)


def counted(returning: Returning, *reports: Report) -> list[tuple[str, ...]]:
    return [one.counted for one in feedback.apply_proven(returning.work, reports)]


def message_id(returning: Returning) -> str:
    head = returning.mailed().split(b"Message-ID:")[1]
    return head.split(b">")[0].decode()


def rows(returning: Returning, address: str = ADA) -> Sequence[dict[str, str]]:
    with returning.bench.app.store.reading() as session:
        held = session.rights.held(session.rights.subscriber(address), address, "")
    found: Sequence[dict[str, str]] = held["feedback"]
    return found


@pytest.mark.parametrize(
    ("kind", "state", "kept_off", "as_what"),
    [
        (HARD, SubscriptionState.BOUNCED, "hard bounce", "hard"),
        (SOFT, SubscriptionState.ACTIVE, "", "soft"),
        (COMPLAINT, SubscriptionState.COMPLAINED, "complaint", "complaint"),
        (LEFT, SubscriptionState.UNSUBSCRIBED, "", "left"),
    ],
)
def test_what_is_signed_needs_no_other_proof(
    returning: Returning, kind: FeedbackKind, state: SubscriptionState, kept_off: str, as_what: str
) -> None:
    assert counted(returning, report("e", "ADA@example.org", kind, "5.1.1")) == [(as_what,)]
    assert (returning.state(), returning.kept_off()) == (state, kept_off)
    assert returning.state(BO) == SubscriptionState.ACTIVE


@pytest.mark.parametrize("kind", [HARD, SOFT, COMPLAINT, LEFT])
def test_the_same_event_counts_once_also_in_one_batch_and_after_coming_back(
    returning: Returning, kind: FeedbackKind
) -> None:
    told = report("e", ADA, kind)
    assert counted(returning, told, told)[1] == ()
    assert counted(returning, told) == [()]
    with returning.bench.app.store.writing() as session:
        [(person, _)] = session.people.by_address([ADA]).values()
        if kind == LEFT:
            session.people.set_state(person.id, "news", SubscriptionState.PENDING)
            session.people.set_state(person.id, "news", SubscriptionState.ACTIVE)
    assert counted(returning, told) == [()]
    assert len(rows(returning)) == 1


def test_a_message_id_says_the_edition(returning: Returning) -> None:
    counted(returning, report("e", ADA, SOFT, "4.2.2", [message_id(returning)]))
    assert [(one["edition"], one["newsletter"]) for one in rows(returning)] == [(returning.edition, "news")]
    # and without one it counts as well
    counted(returning, report("f", BO, SOFT, "4.2.2", ["<another@provider.example>"]))
    assert [(one["edition"], one["newsletter"]) for one in rows(returning, BO)] == [("", "")]


def test_a_bounce_told_twice_by_mail_and_by_the_provider_is_one_soft_bounce(returning: Returning) -> None:
    mails = [message_id(returning)]
    for number in range(SOFT_BOUNCES):
        counted(returning, report(f"e{number}", ADA, SOFT, "4.2.2", mails))
        returning.apply(bounce(returning.mailed(), status="4.2.2").replace(b"Undelivered", b"%d" % number))
        returning.bench.clock.forward(days=1)
    assert returning.state() == SubscriptionState.ACTIVE


def test_five_soft_bounces_on_five_days_are_a_hard_one(returning: Returning) -> None:
    for number in range(SOFT_BOUNCES):
        assert returning.state() == SubscriptionState.ACTIVE
        counted(returning, report(f"e{number}", ADA, SOFT))
        returning.bench.clock.forward(days=1)
    assert returning.state() == SubscriptionState.BOUNCED


def test_who_complained_and_then_bounced_stays_off_for_ever(returning: Returning) -> None:
    counted(returning, report("e", ADA, COMPLAINT), report("f", ADA, HARD))
    assert returning.kept_off() == "complaint"
    assert returning.state() == SubscriptionState.COMPLAINED


@pytest.mark.parametrize("address", ["nobody@example.org", "", "no address", "ada@", "\ud800@example.org", "a" * 900])
@pytest.mark.parametrize("kind", [HARD, COMPLAINT, LEFT])
def test_who_is_not_known_counts_nowhere_and_is_not_kept(
    returning: Returning, address: str, kind: FeedbackKind
) -> None:
    assert not any(counted(returning, report("e", address, kind)))
    assert returning.kept_off("nobody@example.org") == ""


def test_a_thousand_events_are_a_few_commits(returning: Returning) -> None:
    commits: list[object] = []
    event.listen(returning.bench.app.store._engine, "commit", commits.append)
    many = [report(f"e{number}", ADA if number % 2 else "nobody@example.org", SOFT) for number in range(1_000)]
    feedback.apply_proven(returning.work, many)
    assert len(commits) == 4
    assert len(rows(returning)) == 500
