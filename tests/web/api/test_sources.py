from __future__ import annotations

import pytest

from digest.app import sourcing
from tests.conftest import Site
from tests.jobs.conftest import CONFIGURATION
from tests.web.api.conftest import Program, Served

AT = "/newsletters/news/sources"
FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Partner</title>
<item><title>Sums at home</title><link>https://partner.example.org/1</link>
<pubDate>Mon, 23 Nov 2026 08:00:00 GMT</pubDate></item>
<item><title>Play at home</title><link>https://partner.example.org/2</link>
<pubDate>Mon, 23 Nov 2026 08:00:00 GMT</pubDate></item>
</channel></rss>"""


@pytest.fixture
def program(served: Served) -> Program:
    (served.app.loaded.folder / "digest.toml").write_text(f"# a remark that stays\n{CONFIGURATION}")
    return served.program()


def _let(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let sources be on this machine: the API itself never does."""
    look_at = sourcing.discovered

    def private(app: object, wanted: object) -> object:
        from dataclasses import replace

        return look_at(app, replace(wanted, allow_private=True))  # type: ignore[arg-type, type-var]

    monkeypatch.setattr(sourcing, "discovered", private)


def test_a_source_is_added_once_asked_and_removed(
    served: Served, program: Program, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    _let(monkeypatch)
    address = site.page("/feed", FEED, Content_Type="application/rss+xml")
    added = program.post(AT, {"address": address}, Idempotency_Key="s-1")
    assert added.status_code == 201, added.text
    source = added.json()["id"]
    assert (added.json()["kind"], added.json()["insights"]) == ("feed", 2)
    file = (served.app.loaded.folder / "digest.toml").read_text()
    assert file.startswith("# a remark that stays")
    assert f'id = "{source}"' in file
    # sent again by who lost the answer, and by who did not
    assert program.post(AT, {"address": address}, Idempotency_Key="s-1").json() == added.json()
    assert "is a source already" in program.post(AT, {"address": address}).json()["detail"]
    assert [one["id"] for one in program.get(AT).json()["sources"]] == ["ours", "theirs", source]
    told = program.post(f"{AT}/{source}/ask")
    assert (told.json()["found"], told.json()["new"]) == (2, 2)
    assert program.ask("DELETE", f"{AT}/{source}").json() == {"id": source}
    assert program.ask("DELETE", f"{AT}/{source}").status_code == 404
    assert [one["id"] for one in program.get(AT).json()["sources"]] == ["ours", "theirs"]


def test_a_source_goes_with_its_rules_and_it_is_noted_who_took_it_out(served: Served, program: Program) -> None:
    file = served.app.loaded.folder / "digest.toml"
    file.write_text(f'{CONFIGURATION}\n[[newsletters.rules]]\ntheme = "maths"\nsource = "theirs"\n')
    served.app.reload(print)
    assert program.ask("DELETE", f"{AT}/theirs").status_code == 200
    assert "theirs" not in file.read_text()
    [told] = served.office.trail("Hannah Cole, by API")
    assert told == "took out of sources theirs of news, took out of rules of news"


def test_no_program_has_an_address_inside_asked(program: Program, site: Site) -> None:
    told = program.post(AT, {"address": site.page("/feed", FEED)})
    assert told.status_code == 409
    assert told.json()["mend"]
    assert site.asked == []


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "/etc/passwd", "notes.md", "ftp://x.example.org/", "https://"]
)
def test_what_is_no_web_address_is_no_source(program: Program, address: str) -> None:
    told = program.post(AT, {"address": address})
    assert told.status_code == 422
    assert [one["field"] for one in told.json()["errors"]] == ["address"]


def test_an_address_that_gives_nothing_is_not_written(
    served: Served, program: Program, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    _let(monkeypatch)
    before = (served.app.loaded.folder / "digest.toml").read_text()
    told = program.post(AT, {"address": site.page("/", "<p>Nothing</p>", Content_Type="text/html")})
    assert (told.status_code, told.json()["code"]) == (409, "refused")
    assert (served.app.loaded.folder / "digest.toml").read_text() == before


def test_of_another_newsletter_nothing_is_known(program: Program) -> None:
    for method, path in (("GET", ""), ("POST", "/ours/ask"), ("DELETE", "/ours")):
        told = program.ask(method, f"/newsletters/other/sources{path}")
        assert (told.status_code, told.json()["mend"]) == (404, "Name one of: news.")
