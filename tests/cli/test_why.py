from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Digest
from tests.conftest import Sink


def test_it_answers_in_a_sentence(drafted: tuple[Path, str], digest: Digest) -> None:
    workspace, edition = drafted
    shown = digest("why", "ada@example.org", edition, folder=workspace)
    assert shown.returncode == 0, shown.stderr
    first, *facts = shown.stdout.splitlines()
    assert first == f"If {edition} were approved as it is, Ada would get it: the email for Everybody (1 story)."
    assert 1 <= len(facts) <= 3


def test_without_an_edition_it_is_about_the_one_that_is_looked_at_next(
    drafted: tuple[Path, str], digest: Digest
) -> None:
    workspace, edition = drafted
    named = digest("why", "ada@example.org", edition, folder=workspace).stdout
    assert digest("why", "ada@example.org", folder=workspace).stdout == named


def test_who_gets_nothing_is_no_error(drafted: tuple[Path, str], digest: Digest) -> None:
    workspace, edition = drafted
    digest("leave", "bo@example.org", folder=workspace)
    for address, words in (("bo", "the address is kept off (they unsubscribed on "), ("nobody", "is not on the list")):
        shown = digest("why", f"{address}@example.org", edition, folder=workspace)
        assert shown.returncode == 0, shown.stderr
        assert words in shown.stdout


def test_what_is_no_address_and_no_edition_is_an_error_with_what_to_do(
    drafted: tuple[Path, str], digest: Digest
) -> None:
    workspace, edition = drafted
    for words in (("ada", edition), ("ada@example.org", "insights-1999")):
        done = digest("why", *words, folder=workspace)
        assert done.returncode == 1
        assert "→" in done.stderr


def test_a_script_learns_what_became_of_it(drafted: tuple[Path, str], digest: Digest, sink: Sink) -> None:
    workspace, edition = drafted
    digest("approve", edition, "--as", "Ada", folder=workspace)
    before = json.loads(digest("why", "ada@example.org", edition, "--json", folder=workspace).stdout)
    assert (before["gets"], before["edition"]) == (True, edition)
    assert before["sentence"] == f"Ada gets {edition}: the email for Everybody (1 story)."
    assert before["facts"][0].endswith("not sent yet.")
    digest("send", edition, "--server", sink.url, "--tls", "none", folder=workspace)
    after = json.loads(digest("why", "ada@example.org", edition, "--json", folder=workspace).stdout)
    assert after["gets"] is True
    assert after["sentence"].startswith(f"Ada got {edition} on ")
