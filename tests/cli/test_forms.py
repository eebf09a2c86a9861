"""The sign-up form for the organisation's own website, and that the site takes what it posts."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import html
from starlette.testclient import TestClient

from digest.web.public import site
from digest.web.public.embedded import form
from tests.cli.conftest import Digest
from tests.conftest import Clock
from tests.jobs.conftest import CONFIGURATION, Workbench


@pytest.fixture
def bench(tmp_path: Path, clock: Clock) -> Workbench:
    return Workbench(tmp_path, clock)


def filled(page: str, **values: str) -> dict[str, str]:
    [one] = html.fromstring(f"<html><body>{page}</body></html>").forms
    assert one.method == "POST"
    assert one.action == "https://digest.example.org/subscribe/news"
    for name, value in values.items():
        one.fields[name] = value
    one.inputs["agreed"].checked = True
    return dict(one.form_values())


def test_what_the_form_posts_is_taken_by_the_site(bench: Workbench) -> None:
    posted = filled(form(bench.app, bench.newsletter), email="eve@reader.example.net")
    with site(bench.app, lambda: None) as web:
        answer = TestClient(web).post("/subscribe/news", data=posted, headers={"Origin": "https://www.example.org"})
    assert answer.status_code == 200
    assert "One more step" in answer.text
    with bench.app.store.reading() as session:
        [asking] = session.readers.waiting((), bench.clock(), 10)
    assert (asking.address, asking.newsletter) == ("eve@reader.example.net", "news")
    assert asking.words == "I would like to get Fernhill news by email. I know that I can leave at any time."


def test_what_a_program_fills_in_is_dropped(bench: Workbench) -> None:
    posted = filled(form(bench.app, bench.newsletter), email="eve@reader.example.net", website="https://spam.example")
    with site(bench.app, lambda: None) as web:
        assert TestClient(web).post("/subscribe/news", data=posted).status_code == 200
    with bench.app.store.reading() as session:
        assert session.readers.waiting((), bench.clock(), 10) == []


def test_the_form_needs_nothing_and_every_field_has_a_label(bench: Workbench) -> None:
    bench.configure(CONFIGURATION.replace('name = "Fernhill news"', "name = '<script>\"&'"))
    page = form(bench.app, bench.newsletter)
    read = html.fromstring(f"<html><body>{page}</body></html>")
    assert not list(read.iter("script", "link", "style", "img"))
    labels = {one.get("for") for one in read.iter("label")}
    assert {one.get("id") for one in read.iter("input")} == labels
    [box] = read.xpath("//input[@name='agreed']")
    assert box.get("checked") is None
    assert box.get("required") is not None


def test_the_command_prints_it_as_it_is(workspace: Path, digest: Digest) -> None:
    done = digest("form", folder=workspace)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("<!-- Sign-up form for ")
    assert done.stdout.rstrip().endswith("</form>")
    unknown = digest("form", "--newsletter", "nobody", folder=workspace)
    assert unknown.returncode == 1
    assert "nobody" in unknown.stderr
