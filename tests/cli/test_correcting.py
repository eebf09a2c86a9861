from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Digest
from tests.conftest import Sink


def test_an_edition_is_corrected_approved_and_the_correction_sent(
    drafted: tuple[Path, str], digest: Digest, sink: Sink
) -> None:
    workspace, edition = drafted
    digest("approve", edition, "--as", "Ada", folder=workspace)
    assert digest("correct", edition, "It is on Monday.", "--as", "Bo", folder=workspace).returncode == 1
    way = ("--server", sink.url, "--tls", "none")
    assert digest("send", edition, *way, folder=workspace).returncode == 0
    shown = digest("correct", edition, "It is on Monday.", "--as", "Bo", "--json", folder=workspace)
    assert shown.returncode == 0, shown.stderr
    told = json.loads(shown.stdout)
    assert (told["edition"]["corrects"], told["people"]) == (edition, 2)
    correction = told["edition"]["id"]
    again = digest("correct", edition, "It is on Monday.", "--as", "Bo", folder=workspace)
    assert f"{correction} corrects {edition} already" in again.stderr
    looked = digest("preview", correction, folder=workspace)
    assert looked.returncode == 0, looked.stderr
    assert digest("approve", correction, "--as", "Ada", folder=workspace).returncode == 0
    done = digest("send", correction, *way, folder=workspace)
    assert done.returncode == 0, done.stderr
    recipients = [one["to"] for one in sink.log()]
    assert sorted(recipients) == sorted(["ada@example.org", "bo@example.org"] * 2)
