"""`digest sources`, as somebody would use it."""

from __future__ import annotations

import json
import re
from pathlib import Path

from digest.config import parse
from tests.cli.conftest import Digest
from tests.conftest import Site
from tests.sources.conftest import TITLES, feed, listing


def configuration(workspace: Path) -> str:
    return (workspace / "digest.toml").read_text(encoding="utf8")


def test_a_pasted_address_becomes_a_source_and_every_comment_stays(workspace: Path, digest: Digest, site: Site) -> None:
    before = configuration(workspace)
    address = site.page("/news", listing(*TITLES))
    added = digest("sources", "add", address, "--allow-private", "--name", "Fernhill news", folder=workspace)
    assert added.returncode == 0, added.stderr
    assert "The page shows a list of articles" in added.stdout
    for title in TITLES:
        assert title in added.stdout
    after = configuration(workspace)
    assert [line for line in before.splitlines() if line not in after.splitlines()] == []
    source = parse(after).newsletters[0].sources[-1]
    assert (source.id, source.kind, source.address) == ("fernhill-news", "page", address)
    collected = json.loads(digest("collect", "--json", folder=workspace).stdout)
    assert [one["new"] for one in collected if one["source"] == "fernhill-news"] == [3]


def test_a_try_writes_nothing(workspace: Path, digest: Digest, site: Site) -> None:
    before = configuration(workspace)
    tried = digest(
        "sources", "add", site.page("/feed", feed(*TITLES)), "--allow-private", "--try", "--json", folder=workspace
    )
    shown = json.loads(tried.stdout)
    assert (shown["source"]["kind"], shown["written"], len(shown["items"])) == ("feed", None, 3)
    assert configuration(workspace) == before


def test_of_two_ways_the_other_can_be_taken(workspace: Path, digest: Digest, site: Site) -> None:
    site.page("/feed", feed(*TITLES, host=site.address("")))
    head = '<link rel="alternate" type="application/rss+xml" href="/feed">'
    words = ("sources", "add", site.page("/news", listing(*TITLES, head=head)), "--allow-private", "--json")
    assert json.loads(digest(*words, "--try", folder=workspace).stdout)["source"]["kind"] == "feed"
    digest(*words, "--kind", "page", "--id", "ours", folder=workspace)
    assert parse(configuration(workspace)).newsletters[0].sources[-1].kind == "page"


def test_what_gives_nothing_is_not_written_and_says_what_to_do(workspace: Path, digest: Digest, site: Site) -> None:
    before = configuration(workspace)
    page = site.page("/about", "<html><body><h1>About us</h1><p>We help.</p></body></html>")
    refused = digest("sources", "add", page, "--allow-private", folder=workspace)
    assert refused.returncode == 1
    assert "Nothing to collect was found there" in refused.stdout
    assert "the page that lists your articles" in refused.stdout
    assert configuration(workspace) == before


def test_an_address_on_this_machine_or_that_is_none_is_refused_kindly(
    workspace: Path, digest: Digest, site: Site
) -> None:
    private = digest("sources", "add", site.page("/news", listing(*TITLES)), folder=workspace)
    assert (private.returncode, site.asked) == (1, [])
    assert "allow_private = true" in private.stderr
    words = digest("sources", "add", "our news page", folder=workspace)
    assert words.returncode == 1
    assert "is no web address" in words.stderr
    assert "Traceback" not in private.stderr + words.stderr


def test_each_source_shows_how_it_fares(workspace: Path, digest: Digest, site: Site) -> None:
    digest("sources", "add", site.page("/feed", feed(*TITLES)), "--allow-private", "--id", "theirs", folder=workspace)
    before = {one["source"]: one for one in json.loads(digest("sources", "--json", folder=workspace).stdout)}
    assert before["theirs"]["condition"] == "not asked yet"
    digest("collect", folder=workspace)
    site.page("/feed", status=500)
    digest("collect", folder=workspace)
    (theirs,) = [
        one for one in json.loads(digest("sources", "--json", folder=workspace).stdout) if one["source"] == "theirs"
    ]
    assert theirs["condition"] == "failed last time"
    assert theirs["last_new"] is not None
    assert theirs["a_week"] == 3 / 8
    assert "answered 500" in theirs["fault"]
    table = digest("sources", folder=workspace).stdout
    assert "failing since" in table
    assert "answered 500" in table


def test_a_source_can_be_looked_at_without_storing_anything(workspace: Path, digest: Digest, site: Site) -> None:
    digest("sources", "add", site.page("/feed", feed(*TITLES)), "--allow-private", "--id", "theirs", folder=workspace)
    looked = digest("sources", "check", "theirs", folder=workspace)
    assert TITLES[0] in looked.stdout
    assert json.loads(digest("sources", "--json", folder=workspace).stdout)[-1]["condition"] == "not asked yet"
    unknown = digest("sources", "check", "nobodys", folder=workspace)
    assert unknown.returncode == 1
    assert "Name one of: our-notes, theirs" in unknown.stderr


def test_a_page_that_changed_is_held_until_somebody_accepts_it(workspace: Path, digest: Digest, site: Site) -> None:
    address = site.page("/news", listing(*TITLES))
    digest("sources", "add", address, "--allow-private", "--id", "ours", folder=workspace)
    digest("collect", folder=workspace)
    others = ("What the sixth form did at sea", "Why our library lends tools", "How the caretaker won a prize")
    site.page("/news", listing(*others).replace("/news/", "/stories-"))
    held = digest("collect", folder=workspace)
    assert "none of those known" in held.stdout
    accepted = digest("sources", "accept", "ours", folder=workspace)
    assert "3 new insights of 3 shown" in accepted.stdout
    drafted = digest("draft", folder=workspace)
    assert others[0] in drafted.stdout


def test_a_source_can_be_removed_and_what_it_gave_stays(workspace: Path, digest: Digest, site: Site) -> None:
    before = configuration(workspace)
    digest("sources", "add", site.page("/feed", feed(*TITLES)), "--allow-private", "--id", "theirs", folder=workspace)
    assert "theirs" in configuration(workspace)
    removed = digest("sources", "remove", "theirs", folder=workspace)
    assert removed.returncode == 0, removed.stderr
    assert re.sub(r"\n+", "\n", configuration(workspace)) == re.sub(r"\n+", "\n", before)


def test_an_address_that_is_a_source_already_is_refused_kindly(workspace: Path, digest: Digest, site: Site) -> None:
    address = site.page("/feed", feed(*TITLES))
    digest("sources", "add", address, "--allow-private", "--id", "theirs", folder=workspace)
    site.pages["/feed?utm_source=mail"] = site.pages["/feed"]
    again = digest("sources", "add", f"{address}?utm_source=mail", "--allow-private", folder=workspace)
    assert again.returncode == 1
    assert "is a source already: “theirs”" in again.stderr


def test_a_page_of_the_organisations_own_site_bears_its_name(workspace: Path, digest: Digest, site: Site) -> None:
    text = configuration(workspace).replace('https://www.example.org"', 'http://127.0.0.1"', 1)
    (workspace / "digest.toml").write_text(text)
    digest("sources", "add", site.page("/news", listing(*TITLES)), "--allow-private", folder=workspace)
    assert parse(configuration(workspace)).newsletters[0].sources[-1].name == "Your organisation"
