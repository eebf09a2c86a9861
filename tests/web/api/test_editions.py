from __future__ import annotations

from typing import Any

import pytest

from digest.domain.model import Scope
from digest.jobs import edition as editions
from digest.jobs import steering
from tests.jobs.conftest import CONFIGURATION
from tests.web.api.conftest import Program, Served

NEW = "/newsletters/news/editions"


def _draft(served: Served, program: Program, *titles: str) -> str:
    served.bench.insights(*(titles or ("Nursery play", "Maths of fractions")))
    return str(program.post(NEW, {}).json()["edition"]["id"])


def _seen(program: Program, edition: str) -> dict[str, Any]:
    whole = program.get(f"/editions/{edition}").json()
    variants = [{name: one[name] for name in ("slug", "sha256", "people")} for one in whole["variants"]]
    return {"step": whole["edition"]["step"], "variants": variants}


def test_a_draft_is_made_once_and_shown_with_all_that_is_approved(served: Served) -> None:
    program = served.program()
    edition = _draft(served, program)
    again = program.post(NEW, {})
    assert (again.status_code, again.json()["created"]) == (200, False)
    whole = program.get(f"/editions/{edition}").json()
    assert [one["title"] for one in whole["stories"]] == ["Nursery play", "Maths of fractions"]
    assert {one["segment"] for one in whole["variants"]} >= {"heads", "rest"}
    assert (whole["approvals_needed"], whole["approved_by"]) == (1, [])
    assert [one["what"] for one in whole["history"]] == ["draft"]
    slug = whole["variants"][0]["slug"]
    email = program.get(f"/editions/{edition}/emails/{slug}").json()
    assert email["sha256"] == whole["variants"][0]["sha256"]
    assert "<html" in email["html"]
    assert "Maths of fractions" in email["text"]
    assert program.get(f"/editions/{edition}/emails/nobody").status_code == 404
    assert program.get("/editions/nothing").status_code == 404


def test_too_little_news_is_said_and_makes_nothing(served: Served) -> None:
    told = served.program().post(NEW, {})
    assert (told.status_code, told.json()["code"]) == (409, "refused")
    assert "They wait for the next edition" in told.json()["detail"]


def test_an_edition_that_never_was_is_shown_with_nothing_in_it(served: Served) -> None:
    made = served.app.draft(served.bench.newsletter, record=True).edition
    assert made is not None
    whole = served.program().get(f"/editions/{made.id}").json()
    assert (whole["edition"]["state"], whole["variants"], whole["stories"]) == ("skipped", [], [])


def test_an_approval_is_of_what_was_seen_and_recorded_as_the_owners(served: Served) -> None:
    program = served.program()
    edition = _draft(served, program)
    done = program.post(f"/editions/{edition}/approve", _seen(program, edition)).json()
    assert (done["edition"]["state"], done["approved_by"]) == ("approved", ["Hannah Cole, by API"])
    history = program.get(f"/editions/{edition}").json()["history"]
    assert (history[-1]["who"], history[-1]["what"]) == ("Hannah Cole, by API", "approved")


def test_what_is_another_than_what_was_seen_is_not_approved_and_named(served: Served) -> None:
    program = served.program()
    edition = _draft(served, program)
    right = _seen(program, edition)
    first, *rest = right["variants"]
    stranger = {"slug": "nobody", "sha256": "0" * 64, "people": 1}
    others = (
        ([first | {"sha256": "0" * 64}, *rest], first["slug"], "changed"),
        ([first | {"people": first["people"] + 1}, *rest], first["slug"], "other people"),
        (rest, first["slug"], "new"),
        ([first, *rest, stranger], "nobody", "gone"),
    )
    for variants, slug, became in others:
        told = program.post(f"/editions/{edition}/approve", right | {"variants": variants})
        assert (told.status_code, told.json()["code"]) == (409, "changed")
        assert [(one["slug"], one["became"]) for one in told.json()["differences"]] == [(slug, became)]
    assert editions.find(served.app.store, edition).state == "draft"


def test_nobody_is_two_people_by_a_token_of_theirs(served: Served) -> None:
    bench = served.bench
    text = CONFIGURATION.replace('name = "Fernhill news"', 'name = "Fernhill news"\napprovals = 2')
    bench.configure(text)
    served.app.loaded = bench.app.loaded
    program = served.program()
    edition = _draft(served, program)
    served.app.approve(edition, "Hannah Cole")
    told = program.post(f"/editions/{edition}/approve", _seen(program, edition))
    assert (told.status_code, told.json()["code"]) == (409, "refused")
    assert "the second approval is another person's" in told.json()["detail"]
    other = Program(served.web, served.token(Scope.EDITIONS_APPROVE, staff=served.somebody("Bo")))
    assert other.post(f"/editions/{edition}/approve", _seen(program, edition)).json()["edition"]["state"] == "approved"


def test_an_edition_is_taken_back_paused_resumed_and_cancelled(served: Served) -> None:
    program = served.program()
    edition = _draft(served, program)

    def act(name: str, value: object = None) -> str:
        told = program.post(f"/editions/{edition}/{name}", value)
        return str(told.json().get("state", told.json().get("detail")))

    program.post(f"/editions/{edition}/approve", _seen(program, edition))
    assert act("take-back", {"why": "a slip"}) == "draft"
    assert act("pause") == f"{edition} is draft."
    program.post(f"/editions/{edition}/approve", _seen(program, edition))
    steering.send_now(served.app.store, served.clock, edition, "Bo")
    assert [act(one) for one in ("pause", "pause", "resume", "cancel")] == ["paused", "paused", "sending", "cancelled"]
    who = {one["who"] for one in program.get(f"/editions/{edition}").json()["history"] if one["what"] != "draft"}
    assert who == {"Hannah Cole, by API", "Bo"}


def test_a_request_that_is_sent_again_is_done_once_and_answered_the_same(served: Served) -> None:
    program = served.program()
    edition = _draft(served, program)
    seen = _seen(program, edition)
    at = f"/editions/{edition}/approve"
    first = program.post(at, seen, Idempotency_Key="k-1")
    second = program.post(at, seen, Idempotency_Key="k-1")
    assert (second.status_code, second.text) == (first.status_code, first.text) == (200, first.text)
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    # without the key it is refused, since it is done
    assert program.post(at, seen).status_code == 409
    # another request with the same key, another program with it, and a day later
    other = program.post(f"/editions/{edition}/pause", None, Idempotency_Key="k-1")
    assert (other.status_code, other.json()["code"]) == (422, "key")
    assert served.program().post(at, seen, Idempotency_Key="k-1").status_code == 409
    served.clock.forward(hours=24, seconds=1)
    assert program.post(at, seen, Idempotency_Key="k-1").status_code == 409
    assert program.post(at, seen, Idempotency_Key="a key with blanks").status_code == 422


def test_what_came_to_nothing_may_be_sent_again_with_its_key(served: Served) -> None:
    program = served.program()
    assert program.post(NEW, {}, Idempotency_Key="k-2").status_code == 409
    served.bench.insights("Nursery play", "Maths of fractions")
    assert program.post(NEW, {}, Idempotency_Key="k-2").status_code == 201


def test_a_request_that_is_under_way_is_not_done_a_second_time(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    program = served.program()
    edition = _draft(served, program)
    at, seen = f"/editions/{edition}/approve", _seen(program, edition)
    approve, second = served.app.approve, []

    def slowly(*values: Any) -> Any:
        # the same comes in once more before the first has ended
        second.append(program.post(at, seen, Idempotency_Key="k-3"))
        return approve(*values)

    monkeypatch.setattr(served.app, "approve", slowly)
    assert program.post(at, seen, Idempotency_Key="k-3").status_code == 200
    [told] = second
    assert (told.status_code, told.json()["title"]) == (409, "The first request has not ended")


def test_all_editions_are_told_once_page_by_page(served: Served) -> None:
    program = served.program()
    first = _draft(served, program)
    served.clock.forward(days=7)
    second = _draft(served, program, "Nursery songs", "Maths in play")
    page = program.get("/editions?limit=1").json()
    assert [one["id"] for one in page["editions"]] == [second]
    # what comes in between moves nothing
    served.clock.forward(days=7)
    _draft(served, program, "Nursery meals", "Maths of sums")
    rest = program.get(f"/editions?limit=1&after={page['next']}").json()
    assert ([one["id"] for one in rest["editions"]], rest["next"]) == ([first], None)
    assert program.get("/editions?state=sent&newsletter=news").json() == {"editions": [], "next": None}
    assert program.get("/editions?newsletter=nobody").status_code == 404
    assert program.get("/editions?after=nothing").status_code == 404
    assert program.get("/editions?state=lost").status_code == 422


def test_how_things_stand_is_told(served: Served) -> None:
    program = served.program()
    edition = _draft(served, program)
    told = program.get("/status").json()
    [news] = told["newsletters"]
    assert (news["id"], news["next_slot"]) == ("news", "2026-11-24T08:00:00Z")
    assert [(one["id"], one["state"]) for one in news["editions"]] == [(edition, "draft")]
    assert set(news["editions"][0]["people"]) == {"sent", "waiting", "put_off", "failed", "unknown", "skipped"}
    assert [one["condition"] for one in news["sources"]] == ["not asked yet"] * 2
    assert told["now"] == served.clock().isoformat().replace("+00:00", "Z")
