from __future__ import annotations

import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from digest.app.preview import write
from digest.web.preview import pages
from tests.conftest import Clock, Site
from tests.jobs.conftest import CONFIGURATION, Workbench
from tests.jobs.test_pictures import PRIVATE, TEMPLATES, draft, tell
from tests.pictures.conftest import file, landscape, seen


@pytest.fixture
def client(tmp_path: Path, clock: Clock) -> TestClient:
    bench = Workbench(tmp_path, clock)
    bench.insights("Nursery <script>alert(1)</script> play", "Maths {{ 7*7 }}")
    bench.app.import_people(bench.newsletter)
    edition = bench.app.draft(bench.newsletter).edition
    assert edition is not None
    return TestClient(pages(bench.app, edition.id), base_url="http://127.0.0.1")


def test_the_wall_shows_every_variant_in_frames_that_run_nothing(client: TestClient) -> None:
    wall = client.get("/")
    assert wall.status_code == 200
    for slug in ("heads-all", "heads-maths", "rest-all", "web"):
        assert wall.text.count(f'<iframe sandbox src="{slug}.html"') == 2
    assert "<script" not in wall.text
    assert "default-src 'none'" in wall.headers["Content-Security-Policy"]


def test_the_wall_numbers_the_stories_and_says_why_the_top_one_is_the_top(tmp_path: Path, clock: Clock) -> None:
    bench = Workbench(tmp_path, clock)
    edition = bench.approved("Nursery <b>play", "Maths of fractions")
    bench.app.pin(edition, "play", "Bo")
    wall = TestClient(pages(bench.app, edition), base_url="http://127.0.0.1").get("/").text
    assert "<td>1</td><td>nursery</td><td>Nursery &lt;b&gt;play (pinned)</td>" in wall
    assert "<td>2</td><td>maths</td><td>Maths of fractions</td>" in wall
    assert wall.count("“Nursery &lt;b&gt;play” is at the top: pinned by hand") == 3
    assert wall.count("“Maths of fractions” is at the top: less than a day old.") == 1


def test_an_email_is_shown_filled_in_and_may_fetch_and_run_nothing(client: TestClient) -> None:
    email = client.get("/heads-all.html")
    assert "Hello Sam" in email.text
    assert "[[digest:" not in email.text
    assert "<script" not in email.text
    policy = email.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert policy.endswith("sandbox")
    assert "Maths {{ 7*7 }}" in client.get("/heads-all.txt").text


def test_it_answers_to_no_other_name(client: TestClient) -> None:
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400


@pytest.mark.parametrize("address", ["/nobody.html", "/../digest.toml", "/docs", "/openapi.json"])
def test_what_is_not_there_is_not_found(client: TestClient, address: str) -> None:
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_it_is_read_only(client: TestClient, method: str) -> None:
    assert client.request(method, "/").status_code == 405


# ---------------------------------------------------------------------------------------------
# Pictures


@pytest.fixture
def illustrated(tmp_path: Path, clock: Clock, site: Site) -> TestClient:
    bench = Workbench(tmp_path, clock)
    bench.configure(PRIVATE, **TEMPLATES)
    tell(bench, Nursery_play=site.page("/play.jpg", file(landscape(), "JPEG")))
    return TestClient(pages(bench.app, draft(bench).id), base_url="http://127.0.0.1")


def test_the_page_serves_the_pictures_of_its_emails_and_they_may_be_shown(illustrated: TestClient) -> None:
    email = illustrated.get("/heads-all.html")
    [address] = re.findall(r'<img src="(pictures/[^"]+)"', email.text)
    assert "img-src 'self' data:;" in email.headers["Content-Security-Policy"]
    picture = illustrated.get(f"/{address}")
    assert seen(picture.content).size == (1104, 622)
    assert picture.headers["Content-Type"] == "image/jpeg"
    assert picture.headers["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in picture.headers["Cache-Control"]
    assert picture.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize("name", ["0" * 32 + ".jpg", "x", "..%2Fdigest.toml", "%00"])
def test_a_picture_that_is_not_there_is_not_found(illustrated: TestClient, name: str) -> None:
    assert illustrated.get(f"/pictures/{name}").status_code == 404


def test_links_that_are_counted_lead_straight_to_the_stories_here(tmp_path: Path, clock: Clock) -> None:
    bench = Workbench(tmp_path, clock)
    plain = "[newsletters.schedule]"
    bench.configure(CONFIGURATION.replace(plain, f"[newsletters.tracking]\nclicks = true\n{plain}"))
    edition = bench.approved("Maths of fractions")
    client = TestClient(pages(bench.app, edition), base_url="http://127.0.0.1")
    write(bench.app, bench.app.stored(edition), tmp_path / "preview")
    for ending in ("html", "txt"):
        for shown in (client.get(f"/heads-all.{ending}").text, (tmp_path / f"preview/heads-all.{ending}").read_text()):
            assert "https://fernhill.example.org/Maths-of-fractions" in shown
            assert "/l/" not in shown
    assert b"/l/" in (tmp_path / "preview" / "heads-all.eml").read_bytes()
