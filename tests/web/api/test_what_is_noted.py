"""Whatever a program changes is noted in the name of who answers for it, and nothing else is."""

from __future__ import annotations

import pytest

from digest.jobs import steering
from tests.conftest import Site
from tests.web.api.conftest import Served
from tests.web.api.test_editions import _seen
from tests.web.api.test_guard import NEEDS
from tests.web.api.test_people import EVE
from tests.web.api.test_sources import FEED, _let
from tests.web.desk.walk import Walk

#: what changes something and stands in no history, and why not
UNNOTED = {
    "POST /newsletters/{newsletter}/sources/{source}/ask": "what sources give comes by itself as well",
}
#: what is asked with a body, and changes nothing
ASKED = ("POST /find/subscriber", "POST /suppressions/check")


def test_exactly_what_changes_anything_is_noted_whatever_a_program_does(
    served: Served, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    _let(monkeypatch)
    (served.app.loaded.folder / "digest.toml").write_text(served.app.loaded.files["digest.toml"])
    served.app.import_people(served.bench.newsletter)
    program, walk = served.program(), Walk(served.app, served.office.browser())

    def do(act: str, value: object = None, /, **names: str) -> dict[str, object]:
        method, path = act.split(" ")
        with walk.watched(act):
            told = program.ask(method, path.format(newsletter="news", **names), value)
        assert told.status_code in (200, 201), (act, told.text)
        return told.json()

    for value in (EVE, EVE, EVE | {"first_name": "Evelyn"}):
        do("PUT /newsletters/{newsletter}/subscribers", value)
    eve = program.post("/find/subscriber", {"address": EVE["address"]}).json()["id"]
    for _ in range(2):
        do("POST /newsletters/{newsletter}/subscribers/{subscriber}/unsubscribe", subscriber=eve)
    do("DELETE /subscribers/{subscriber}", subscriber=eve)
    for act in ("POST /suppressions", "POST /suppressions", *ASKED):
        do(act, {"address": "bo@example.org"})
    sources = "/newsletters/{newsletter}/sources"
    address = site.page("/feed", FEED, Content_Type="application/rss+xml")
    source = str(do(f"POST {sources}", {"address": address})["id"])
    do(f"POST {sources}/{{source}}/ask", source=source)
    do(f"DELETE {sources}/{{source}}", source=source)
    served.bench.insights("Nursery play", "Maths of fractions")
    for _ in range(2):
        do("POST /newsletters/{newsletter}/editions", {})
    edition = str(program.get("/editions").json()["editions"][0]["id"])
    do("POST /editions/{edition}/approve", _seen(program, edition), edition=edition)
    do("POST /editions/{edition}/take-back", {}, edition=edition)
    do("POST /editions/{edition}/approve", _seen(program, edition), edition=edition)
    steering.send_now(served.app.store, served.clock, edition, "Ada")
    for act in ("pause", "pause", "resume", "cancel"):
        do(f"POST /editions/{{edition}}/{act}", {}, edition=edition)
    assert set(walk.done) == {f"{method} {path}" for method, path in NEEDS if method != "GET"}
    told = walk.wrong(UNNOTED)
    assert told == [], "\n".join(told)
