"""What is done at the same moment, and what is kept of what was done."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from digest.app import factors
from digest.domain.errors import DigestError, Refused
from digest.domain.model import Matter, Noted, Role, Staff, Whence
from digest.jobs import access, account, approvals, audit, retention, staffing
from digest.jobs.access import Proof
from digest.jobs.account import Me
from digest.jobs.audit import noted
from digest.jobs.staffing import By
from tests.conftest import Clock
from tests.jobs.conftest import Workbench
from tests.web.desk.conftest import somebody

BY = By(name="Hannah Cole", whence=Whence(remote="203.0.113.7"))


def person(bench: Workbench, name: str, role: Role = Role.ADMIN) -> Staff:
    staff = somebody(bench.app.new_id(), name, role, bench.clock())
    with bench.app.store.writing() as session:
        session.access.add(staff)
    return staff


def roles(bench: Workbench) -> list[Role]:
    return [one.role for one in access.everybody(bench.app.store)]


@pytest.mark.parametrize("act", ["demote", "remove"])
def test_of_two_admins_who_take_each_other_away_at_once_one_stays(bench: Workbench, act: str) -> None:
    store, clock = bench.app.store, bench.clock
    for _ in range(5):
        both = [person(bench, name) for name in ("Hannah Cole", "Marcus Webb")]

        def do(staff: Staff) -> bool:
            try:
                if act == "demote":
                    staffing.set_role(store, clock, BY, staff.id, Role.EDITOR)
                else:
                    staffing.remove(store, clock, BY, staff.id)
            except Refused:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            done = list(pool.map(do, both))
        assert sorted(done) == [False, True]
        assert roles(bench).count(Role.ADMIN) == 1
        with store._engine.begin() as connection:
            connection.execute(sa.text("DELETE FROM staff"))


def test_one_code_typed_in_two_browsers_at_once_lets_one_in(bench: Workbench) -> None:
    store, clock, staff = bench.app.store, bench.clock, person(bench, "Hannah Cole")
    with store.writing() as session:
        session.access.set_factor(staff.id, "sealed", 5, ["r"])
        known = session.access.get(staff.id)
    assert known is not None
    for proof in (Proof(step=7), Proof(code="r")):
        with ThreadPoolExecutor(4) as pool:
            let_in = list(pool.map(lambda _, it=proof: access.begin_with(store, clock, known, it), range(4)))
        assert sum(one is not None for one in let_in) == 1
    assert access.begin_with(store, clock, known, Proof(step=6)) is None, "an older one than the last"


def test_one_invitation_opened_twice_at_once_makes_one_account(bench: Workbench) -> None:
    store, clock = bench.app.store, bench.clock
    _, token = staffing.invite(store, clock, BY, "Priya Nair", "priya@example.org", Role.APPROVER)
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda number: staffing.join(store, clock, token, f"id{number}", "x"), range(4)))
    assert sum(one is not None for one in made) == 1
    assert roles(bench) == [Role.APPROVER]


def test_who_was_removed_between_pass_phrase_and_code_gets_in_no_more(bench: Workbench) -> None:
    store, clock, staff = bench.app.store, bench.clock, person(bench, "Marcus Webb")
    person(bench, "Hannah Cole")
    with store.writing() as session:
        session.access.set_factor(staff.id, "sealed", 5, [])
        known = session.access.get(staff.id)
    assert known is not None
    staffing.remove(store, clock, BY, staff.id)
    assert access.begin_with(store, clock, known, Proof(step=7)) is None


def test_what_is_noted_goes_with_the_act_or_not_at_all(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    staff = person(bench, "Marcus Webb", Role.EDITOR)

    def broken(*_: object) -> None:
        raise RuntimeError("the machine is switched off")

    monkeypatch.setattr("digest.store.audit.SqlAudit.note", broken)
    for act in (
        lambda: staffing.set_role(bench.app.store, bench.clock, BY, staff.id, Role.ADMIN),
        lambda: staffing.invite(bench.app.store, bench.clock, BY, "Priya", "p@example.org", Role.EDITOR),
        lambda: access.begin(bench.app.store, bench.clock, staff),
    ):
        with pytest.raises(RuntimeError):
            act()
    assert roles(bench) == [Role.EDITOR]
    assert staffing.invitations(bench.app.store, bench.clock) == []
    with bench.app.store.reading() as session:
        assert session.access.sittings(staff.id) == []


def note(bench: Workbench, what: str, about: str = "", who: str = "Hannah Cole") -> None:
    with bench.app.store.writing() as session:
        session.audit.note(noted(bench.clock(), who, Matter.PEOPLE, what, about, whence=BY.whence))


def entries(bench: Workbench) -> list[Noted]:
    return list(audit.trail(bench.app.store).entries)


@pytest.mark.parametrize(
    "address", ["ada@example.org", "Ada Bell <ada@example.org>", "“ada”@example.org", "ada@münchen.example", "a@b", "@"]
)
def test_nobodys_address_is_kept_in_what_is_noted(bench: Workbench, address: str) -> None:
    note(bench, f"erased {address} for good", f"asked by {address}")
    [found] = entries(bench)
    assert "@" not in found.what + found.about
    assert "example" not in found.what + found.about or "<" in address
    assert "(an address)" in found.what
    with pytest.raises(sa.exc.IntegrityError), bench.app.store._engine.begin() as connection:
        connection.execute(sa.text("UPDATE audit SET what = 'erased ada@example.org'"))


def test_what_comes_often_is_one_line_an_hour(bench: Workbench, clock: Clock) -> None:
    hannah = person(bench, "Hannah Cole")
    for number in range(7):
        access.failed(bench.app.store, clock, hannah, "a wrong pass phrase", Whence(remote=f"192.0.2.{number}"))
        access.failed(bench.app.store, clock, None, "", Whence(remote="192.0.2.9"))
        clock.forward(minutes=10)
    found = [(one.what, one.times, one.remote) for one in entries(bench)]
    assert sorted(found) == [
        ("typed a wrong pass phrase for Hannah Cole", 1, "192.0.2.6"),
        ("typed a wrong pass phrase for Hannah Cole", 6, "192.0.2.5"),
        ("typed an address that nobody has", 1, "192.0.2.9"),
        ("typed an address that nobody has", 6, "192.0.2.9"),
    ]
    assert {one.who for one in entries(bench)} == {""}, "it is nobody's deed"


@pytest.mark.parametrize(("months", "kept"), [(24, 1), (0, 2)])
def test_what_was_done_is_forgotten_after_so_many_months_but_for_editions(
    bench: Workbench, clock: Clock, months: int, kept: int
) -> None:
    edition = bench.approved()
    note(bench, "exported 4 people")
    clock.forward(days=800)
    note(bench, "imported 4 people")
    settings = retention.Retention(audit_months=months)
    retention.forget(bench.app.store, clock, settings, bench.app.suppression_key)
    found = entries(bench)
    assert len([one for one in found if one.matter == Matter.PEOPLE]) == kept
    assert edition in {one.about for one in found if one.matter == Matter.EDITION}


def test_who_can_approve_are_staff_with_the_role_and_of_those_whom_the_settings_name(bench: Workbench) -> None:
    who_can, newsletter, now = approvals.who_can, bench.newsletter, bench.clock()
    able = [somebody("1", "Hannah Cole", Role.ADMIN, now), somebody("2", "Priya Nair", Role.APPROVER, now)]
    assert who_can(newsletter, ["Hannah Cole"], able) == "Priya Nair can approve it."
    assert who_can(newsletter, [], able) == "Hannah Cole or Priya Nair can approve it."
    assert who_can(newsletter, ["hannah cole", "Priya  Nair"], able).startswith("Nobody else is an approver")
    by_address = replace(newsletter, approver="Priya@fernhill.example.org")
    assert who_can(by_address, [], able) == "Priya Nair can approve it."
    # who is named and has no such role is not promised
    assert who_can(replace(newsletter, approver="Bo"), ["Priya Nair"], able) == "Hannah Cole can approve it."


def test_whoever_signs_twice_is_told_who_with_the_role_can(bench: Workbench) -> None:
    bench.insights("Nursery play")
    bench.app.import_people(bench.newsletter)
    edition = bench.app.draft(bench.newsletter).edition
    assert edition is not None
    two = replace(bench.newsletter, approvals=2)
    person(bench, "Ada Bell", Role.APPROVER)
    person(bench, "Bo Cole", Role.EDITOR)
    found = bench.app.current(edition.id)
    approvals.approve(bench.app.store, bench.clock, two, found, "Ada Bell")
    with pytest.raises(Refused) as refused:
        approvals.approve(bench.app.store, bench.clock, two, found, "ada bell")
    assert refused.value.mend == "Nobody else is an approver: an admin makes somebody one under Settings, Staff."


def test_codes_and_secrets_are_drawn_anew_each_time(bench: Workbench) -> None:
    assert len({code for _ in range(20) for code in factors.fresh_codes()}) == 200
    assert factors.kept_as(bench.app, "ABCD-efgh ijkl-mnop") == factors.kept_as(bench.app, "abcdefghijklmnop")


def test_the_vectors_of_the_standard_hold(bench: Workbench, clock: Clock) -> None:
    """RFC 6238, appendix B, its last six digits: what other programs make of a secret counts here."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    staff = somebody("1", "Hannah Cole", Role.ADMIN, clock())
    for seconds, code in ((59, "287082"), (1_111_111_109, "081804"), (2_000_000_000, "279037")):
        clock.now = clock.now.fromtimestamp(seconds, clock.now.tzinfo)
        known = replace(staff, factor=factors._sealed(bench.app, "1", secret))
        assert factors.proof(bench.app, known, code) == Proof(step=seconds // 30)
        assert factors.proof(bench.app, known, str((int(code) + 1) % 10**6).zfill(6)) is None


def test_another_secret_of_the_workspace_opens_no_second_factor(
    bench: Workbench, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff = somebody("1", "Hannah Cole", Role.ADMIN, clock())
    known = replace(staff, factor=factors._sealed(bench.app, "1", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"))
    monkeypatch.setitem(bench.app.__dict__, "secret", b"another secret of thirty-two octets")
    assert factors.proof(bench.app, known, "287082") is None


def test_a_sitting_that_is_over_is_not_listed(bench: Workbench, clock: Clock) -> None:
    staff = person(bench, "Hannah Cole")
    access.begin(bench.app.store, clock, staff)
    clock.forward(hours=13)
    token = access.begin(bench.app.store, clock, staff)
    known = access.found(bench.app.store, clock, token)
    assert known is not None
    me = Me(staff=staff, sitting=known[0], whence=BY.whence)
    assert [one.here for one in account.logged(bench.app.store, clock, me)] == [True]
    with pytest.raises(DigestError):
        account.end(bench.app.store, clock, me, "x" * 16)
    assert timedelta(days=7) == staffing.INVITED_FOR


def test_whom_somebody_invited_comes_in_no_more_when_they_are_gone(bench: Workbench) -> None:
    store, clock = bench.app.store, bench.clock
    for number, name in enumerate(("Hannah Cole", "Marcus Webb")):
        one = Staff(
            id=f"s{number}",
            name=name,
            address=f"s{number}@x.example.org",
            phrase="",
            created_at=clock(),
            role=Role.ADMIN,
        )
        with store.writing() as session:
            session.access.add(one)
    _, by_marcus = staffing.invite(store, clock, By(name="Marcus Webb"), "M. Webb", "other@x.example.org", Role.ADMIN)
    _, by_hannah = staffing.invite(
        store, clock, By(name="Hannah Cole"), "Priya Shah", "priya@x.example.org", Role.EDITOR
    )
    staffing.remove(store, clock, By(name="Hannah Cole"), "s1")
    assert staffing.invited(store, clock, by_marcus) is None
    assert staffing.invited(store, clock, by_hannah) is not None


def test_nobody_gets_around_their_own_second_factor_at_a_browser_that_was_left_open(bench: Workbench) -> None:
    store, clock = bench.app.store, bench.clock
    hannah = Staff(
        id="s1", name="Hannah Cole", address="h@x.example.org", phrase="", created_at=clock(), role=Role.ADMIN
    )
    with store.writing() as session:
        session.access.add(hannah)
        session.access.set_factor("s1", "sealed", 1, ["a"])
    with pytest.raises(Refused, match="My account"):
        staffing.reset_factor(store, clock, By(name="Hannah Cole"), "s1")
    assert staffing.reset_factor(store, clock, By(name="Marcus Webb"), "s1").name == "Hannah Cole"
