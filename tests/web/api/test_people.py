from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from digest.domain.model import Matter, SubscriptionState
from digest.jobs.people import held
from tests.web.api.conftest import Program, Served

LIST = "/newsletters/news/subscribers"
EVE = {"address": "eve@example.org", "first_name": "Eve", "consent": {"source": "form", "at": "2026-01-01T00:00:00Z"}}


@pytest.fixture
def program(served: Served) -> Program:
    served.app.import_people(served.bench.newsletter)
    return served.program()


def _state(served: Served, address: str, state: SubscriptionState) -> None:
    with served.app.store.writing() as session:
        person = session.people.by_address([address])[address][0]
        session.people.set_state(person.id, "news", state, served.clock())


def test_somebody_is_put_on_the_list_once_however_often_it_is_sent(program: Program) -> None:
    told = [program.put(LIST, EVE) for _ in range(2)]
    assert [(one.status_code, one.json()["outcome"]) for one in told] == [(201, "new"), (200, "unchanged")]
    person = told[0].json()["person"]
    assert (person["place"]["state"], person["place"]["joined_by"]) == ("active", "API: CRM")
    assert person["place"]["consent"] == {"source": "form", "at": "2026-01-01T00:00:00Z"}
    found = program.post("/find/subscriber", {"address": "EVE@Example.org"}).json()
    assert (found["id"], [one["newsletter"] for one in found["places"]]) == (person["id"], ["news"])
    assert program.get(f"{LIST}/{person['id']}").json() == person


def test_who_has_no_consent_record_waits(program: Program) -> None:
    told = program.put(LIST, {"address": "eve@example.org"}).json()
    assert told["person"]["place"]["state"] == "pending"
    assert told["person"]["place"]["consent"] is None
    # and who agreed since is let in
    assert program.put(LIST, EVE).json()["person"]["place"]["state"] == "active"


def test_what_is_not_said_stays_as_it_is(program: Program) -> None:
    program.put(LIST, EVE | {"tags": ["head"], "fields": {"school": "Oak", "town": "Hull"}, "themes": ["maths"]})
    told = program.put(LIST, {"address": "eve@example.org", "fields": {"town": ""}, "cadence": "monthly"}).json()
    person = told["person"]
    assert told["outcome"] == "changed"
    assert (person["first_name"], person["tags"], person["fields"]) == ("Eve", ["head"], {"school": "Oak"})
    assert (person["place"]["themes"], person["place"]["cadence"]) == (["maths"], "monthly")


@pytest.mark.parametrize("state", [one for one in SubscriptionState if one not in ("pending", "active")])
def test_nobody_comes_back_who_left_bounced_complained_or_was_erased(
    served: Served, program: Program, state: SubscriptionState
) -> None:
    _state(served, "ada@example.org", state)
    told = program.put(LIST, EVE | {"address": "ada@example.org"})
    assert (told.status_code, told.json()["outcome"], told.json()["kept_off"]) == (200, "kept_off", str(state))
    with served.app.store.reading() as session:
        assert session.people.by_address(["ada@example.org"])["ada@example.org"][1][0].state == state


def test_whose_address_is_kept_off_is_not_added(served: Served, program: Program) -> None:
    assert program.post("/suppressions", {"address": "eve@example.org"}).json()["reason"] == "left"
    told = program.put(LIST, EVE).json()
    assert told == {"outcome": "kept_off", "kept_off": "left", "person": None}


@pytest.mark.parametrize("before", ["nobody", "pending", "active", "unsubscribed", "bounced", "complained", "left"])
@pytest.mark.parametrize("consent", [False, True])
def test_it_comes_to_what_an_import_of_the_same_row_comes_to(served: Served, before: str, consent: bool) -> None:
    """Two newborn people with the same past: one is put by a program, one stands in a file."""
    program = served.program()
    for address in ("put@example.org", "row@example.org"):
        if before not in ("nobody", "left"):
            program.put(LIST, EVE | {"address": address} if before != "pending" else {"address": address})
        if before == "left":
            program.post("/suppressions", {"address": address})
        if before not in ("nobody", "left", "pending", "active"):
            _state(served, address, SubscriptionState(before))
    said: dict[str, Any] = {
        "first_name": "New",
        "tags": ["head", "a;b"],
        "themes": ["maths"],
        "fields": {"school": "Oak"},
    }
    if consent:
        said["consent"] = {"source": "desk", "at": "2026-02-02T00:00:00Z"}
    program.put(LIST, said | {"address": "put@example.org"})
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["email", "first_name", "tags", "themes", "school", "consent_source", "consent_at"])
    agreed = ["desk", "2026-02-02"] if consent else ["", ""]
    writer.writerow(["row@example.org", "New", '"head","a;b"', "maths", "Oak", *agreed])
    file = served.app.loaded.folder / "other.csv"
    file.write_text(out.getvalue())
    with held(served.app.importing(served.bench.newsletter), file) as one:
        one.take_in()

    def became(address: str) -> object:
        with served.app.store.reading() as session:
            known = session.people.by_address([address]).get(address)
        if known is None:
            return None
        person, places = known
        told = (person.first_name, person.tags, person.fields)
        return told, [(one.state, one.themes, one.consent_source, one.consent_at) for one in places]

    assert became("put@example.org") == became("row@example.org")


#: what is said of somebody, and the field that is wrong
_WRONG = (
    ({"address": "eve@localhost"}, "address"),
    ({"address": "eve"}, "address"),
    ({"address": "eve@example.org", "themes": ["nothing"]}, "themes"),
    ({"address": "eve@example.org", "cadence": "hourly"}, "cadence"),
    ({"address": "eve@example.org", "consent": {"source": "form"}}, "consent.at"),
    ({"address": "eve@example.org", "consent": {"source": "form", "at": "2026-01-01"}}, "consent.at"),
    ({"address": "eve@example.org", "consent": {"source": "form", "at": "2030-01-01T00:00:00Z"}}, "consent.at"),
    ({"address": "eve@example.org", "consent": {"source": " ", "at": "2026-01-01T00:00:00Z"}}, "consent.source"),
    ({"address": "eve@example.org", "first_name": "E\nve"}, "first_name"),
    ({"address": "eve@example.org", "state": "active"}, "state"),
    ({"address": "eve@example.org", "first_name": "\ud800"}, "first_name"),
    ({"address": "eve@example.org", "fields": {"school": "\ud800"}}, "fields.school"),
    ({"address": "eve@example.org", "\ud800": "x"}, "body"),
    ({"address": "eve@example.org", "fields": {"\ud800": "x"}}, "fields.\ufffd\ufffd\ufffd.[key]"),
)


def test_what_is_wrong_is_said_beside_its_field(program: Program) -> None:
    for said, field in _WRONG:
        told = program.put(LIST, said)
        assert (told.status_code, [one["field"] for one in told.json()["errors"]]) == (422, [field]), said
    assert program.post("/find/subscriber", {"address": "eve@example.org"}).status_code == 404


def test_all_people_are_told_once_page_by_page(served: Served, program: Program) -> None:
    _state(served, "bo@example.org", SubscriptionState.ERASED)
    seen, after = [], ""
    while True:
        page = program.get(f"{LIST}?limit=1&after={after}").json()
        seen += [one["address"] for one in page["people"]]
        if page["next"] is None:
            break
        after = page["next"]
    assert sorted(seen) == ["ada@example.org", "cy@example.org", "di@example.org"]
    assert program.get(f"{LIST}?limit=501").status_code == 422


def test_to_leave_twice_is_to_leave_and_counts_once(served: Served, program: Program) -> None:
    ada = program.post("/find/subscriber", {"address": "ada@example.org"}).json()["id"]
    told = [program.post(f"{LIST}/{ada}/unsubscribe") for _ in range(2)]
    assert [(one.status_code, one.json()["place"]["state"]) for one in told] == [(200, "unsubscribed")] * 2
    di = program.post("/find/subscriber", {"address": "di@example.org"}).json()["id"]
    waiting = program.post(f"{LIST}/{di}/unsubscribe")
    assert (waiting.status_code, waiting.json()["code"]) == (409, "refused")
    assert "POST /suppressions" in waiting.json()["mend"]


def test_who_is_erased_is_gone_and_told_where_a_file_still_names_them(served: Served, program: Program) -> None:
    ada = program.post("/find/subscriber", {"address": "ada@example.org"}).json()["id"]
    told = program.ask("DELETE", f"/subscribers/{ada}")
    assert told.json() == {"still_in": [{"file": "subscribers.csv", "line": 2}]}
    assert program.ask("DELETE", f"/subscribers/{ada}").status_code == 404
    assert program.get(f"{LIST}/{ada}").status_code == 404
    check = program.post("/suppressions/check", {"address": "ada@example.org"}).json()
    assert (check["kept_off"], check["reason"]) == (True, "erased")


def test_of_two_reasons_the_graver_one_stays(served: Served, program: Program) -> None:
    program.post("/suppressions", {"address": "ada@example.org", "reason": "complained"})
    assert program.post("/suppressions", {"address": "ada@example.org"}).json()["reason"] == "complaint"
    assert program.get("/suppressions").json() == {"reasons": {"complaint": 1}}
    assert program.post("/suppressions/check", {"address": "bo@example.org"}).json()["kept_off"] is False


def test_who_answers_for_a_program_is_in_the_history_with_what_it_does_and_no_address(
    served: Served, program: Program
) -> None:
    person = program.put(LIST, EVE).json()["person"]["id"]
    program.put(LIST, EVE)
    program.put(LIST, {"address": EVE["address"], "first_name": "Evelyn"})
    assert program.post(f"{LIST}/{person}/unsubscribe").status_code == 200
    assert program.post(f"{LIST}/{person}/unsubscribe").status_code == 200
    assert program.ask("DELETE", f"/subscribers/{person}").status_code == 200
    for _ in range(2):
        assert program.post("/suppressions", {"address": "bo@example.org"}).status_code == 200
    name = served.bench.newsletter.name
    assert served.office.trail("Hannah Cole, by API", Matter.PEOPLE) == [
        "kept a person off all mail",
        "erased a person",
        f"unsubscribed a person from {name}",
        f"changed what is known of a person of {name}",
        f"put a person on the list of {name}",
    ]
