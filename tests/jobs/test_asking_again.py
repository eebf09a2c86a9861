from __future__ import annotations

import pytest

from digest.app import notices
from digest.jobs import readers
from digest.jobs.asking_again import Asked, ask_again
from digest.stages import track
from tests.conftest import Clock
from tests.jobs.conftest import HEADER, Wire, Workbench

PEOPLE = HEADER + "".join(
    f"{name}@example.org,{name.title()},head,,weekly,form,{day}\n"
    for name, day in (("old", "2023-03-01"), ("older", "2020-01-01"), ("new", "2026-01-01"), ("left", "2020-01-01"))
)


def _asked(bench: Workbench, *, do: bool = True) -> Asked:
    return ask_again(
        bench.app.store, bench.clock, bench.newsletter, bench.app.new_id, do=do, progress=lambda done, of: None
    )


def _mailed(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> Wire:
    wire = Wire()
    monkeypatch.setattr(bench.app, "transport", lambda: wire)
    notices.send(bench.app)
    return wire


def test_those_whose_consent_is_old_are_asked_once_in_half_a_year(
    bench: Workbench, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.people(PEOPLE)
    bench.app.import_people(bench.newsletter)
    bench.app.leave("left@example.org")
    assert _asked(bench, do=False) == Asked(old=2, asked=2)
    assert _mailed(bench, monkeypatch).addresses == []
    assert _asked(bench) == Asked(old=2, asked=2)
    assert sorted(_mailed(bench, monkeypatch).addresses) == ["old@example.org", "older@example.org"]
    assert _asked(bench) == Asked(old=2, before=2)
    assert _mailed(bench, monkeypatch).addresses == []
    clock.forward(days=190)
    assert _asked(bench, do=False).asked == 2


def test_the_button_of_the_mail_renews_the_consent_and_nobody_is_asked_again(
    bench: Workbench,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench.people(PEOPLE)
    bench.app.import_people(bench.newsletter)
    _asked(bench)
    [parcel] = [one for one in _mailed(bench, monkeypatch).parcels if one.envelope_to == "old@example.org"]
    person = parcel.letter.subscriber.id
    token = track.token(bench.app.secret, notices.KEEP, "news", person)
    assert f"/k/{token}".encode() in parcel.content.replace(b"=\r\n", b"").replace(b"=3D", b"=")
    assert b"March 2023" in parcel.content.replace(b"=\r\n", b"")
    assert readers.stay(bench.app.store, clock, "news", person, "Yes", "203.0.113.9") is not None
    assert _asked(bench, do=False) == Asked(old=2, before=2)


def test_who_takes_a_break_is_not_asked(bench: Workbench, clock: Clock) -> None:
    bench.people(PEOPLE)
    bench.app.import_people(bench.newsletter)
    with bench.app.store.reading() as session:
        [(person, [place])] = session.people.by_address(["old@example.org"]).values()
    wishes = readers.Wishes(
        first_name="",
        last_name="",
        themes=(),
        cadence=place.cadence,
        paused_until=clock().replace(year=clock().year + 1),
    )
    readers.choose(bench.app.store, "news", person.id, wishes)
    assert _asked(bench) == Asked(old=3, asked=2, away=1)


def test_where_no_consent_is_ever_old_nobody_is_asked(bench: Workbench) -> None:
    bench.configure(bench.app.loaded.files["digest.toml"].replace('id = "news"', 'id = "news"\nconsent_months = 0'))
    bench.people(PEOPLE)
    bench.app.import_people(bench.newsletter)
    assert _asked(bench) == Asked()
