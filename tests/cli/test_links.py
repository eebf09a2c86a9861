from __future__ import annotations

import json
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from tests.cli.conftest import Digest
from tests.conftest import Sink, Site


@pytest.fixture
def drafted(workspace: Path, digest: Digest, site: Site, sink: Sink) -> tuple[Path, str]:
    """A draft whose one story leads to a server on this machine, and a mail server beside it."""
    file = workspace / "digest.toml"
    text = file.read_text().replace('id = "our-notes"\n', 'id = "our-notes"\nallow_private = true\n')
    notes = workspace / "insights.txt"
    notes.write_text(notes.read_text().replace("https://www.example.org/insights/first", site.address("/insights")))
    text = text.replace('url = "smtp://user@mail.example.org:587"', f'url = "{sink.url}"')
    file.write_text(text.replace('tls = "starttls"', 'tls = "none"', 1))
    assert digest("collect", folder=workspace).returncode == 0
    done = digest("draft", "--json", folder=workspace)
    assert done.returncode == 0, done.stderr
    return workspace, json.loads(done.stdout)["edition"]["id"]


def test_links_shows_what_each_address_answers_now(drafted: tuple[Path, str], digest: Digest, site: Site) -> None:
    workspace, edition = drafted
    site.page("/insights", b"here")
    good = digest("links", edition, folder=workspace)
    assert good.returncode == 0, good.stderr
    assert site.address("/insights") in good.stdout
    assert "200 ok" in good.stdout
    assert "None of 1 leads nowhere." in good.stdout
    site.page("/insights", status=404)
    assert "1 of 1 leads nowhere." in digest("links", edition, folder=workspace).stdout
    [one] = json.loads(digest("links", edition, "--json", folder=workspace).stdout)
    assert (one["state"], one["status"]) == ("gone", 404)
    shown = json.loads(digest("preview", edition, "--json", folder=workspace).stdout)
    assert "review.link" in {finding["code"] for finding in shown["findings"]}


def test_a_test_is_the_very_mail_marked_as_a_test_and_nobody_counts_as_mailed(
    drafted: tuple[Path, str], digest: Digest, sink: Sink
) -> None:
    workspace, edition = drafted
    done = digest("test-send", edition, "hannah@example.org", folder=workspace)
    assert done.returncode == 0, done.stderr
    assert "Nobody counts as mailed." in done.stdout
    [entry] = sink.log()
    assert entry["to"] == "hannah@example.org"
    [file] = sink.folder.glob("*.eml")
    mail = message_from_bytes(file.read_bytes(), policy=default)
    assert isinstance(mail, EmailMessage)
    assert str(mail["Subject"]).startswith("Test: ")
    status = json.loads(digest("status", edition, "--json", folder=workspace).stdout)
    assert status["deliveries"] == []
    assert status["edition"]["state"] == "draft"


def test_a_variant_that_is_not_there_is_told_with_those_that_are(drafted: tuple[Path, str], digest: Digest) -> None:
    workspace, edition = drafted
    done = digest("test-send", edition, "hannah@example.org", "--variant", "nobody", folder=workspace)
    assert done.returncode == 1
    assert "has no variant “nobody”" in done.stderr
    assert "There are:" in done.stderr
