from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from tests.cli.conftest import Digest
from tests.conftest import Sink


@pytest.fixture
def sent(drafted: tuple[Path, str], digest: Digest, sink: Sink) -> tuple[Path, str]:
    """A workspace with an edition that was sent, and its id."""
    workspace, edition = drafted
    digest("approve", edition, "--as", "Ada", folder=workspace)
    done = digest("send", edition, "--server", sink.url, "--tls", "none", folder=workspace)
    assert done.returncode == 0, done.stderr
    return workspace, edition


def test_what_a_send_came_to_is_said_and_saved(sent: tuple[Path, str], digest: Digest) -> None:
    workspace, edition = sent
    shown = digest("report", edition, "--save", "report.zip", folder=workspace)
    assert shown.returncode == 0, shown.stderr
    assert "Sent to 2 of 2 people in " in shown.stdout
    assert "Nobody was mailed twice." in shown.stdout
    assert "Approved by Ada; the bytes sent match what was approved." in shown.stdout
    with zipfile.ZipFile(workspace / "report.zip") as saved:
        assert f"{edition}/report.html" in saved.namelist()
    again = digest("report", edition, "--save", "report.zip", folder=workspace)
    assert again.returncode == 1
    assert "is there already" in again.stderr


def test_a_script_reads_the_numbers(sent: tuple[Path, str], digest: Digest) -> None:
    workspace, edition = sent
    told = json.loads(digest("report", edition, "--json", folder=workspace).stdout)
    assert (told["people"], told["counts"]["sent"], told["matches"]) == (2, 2, True)


def test_what_nobody_got_has_no_report(drafted: tuple[Path, str], digest: Digest) -> None:
    workspace, edition = drafted
    shown = digest("report", edition, folder=workspace)
    assert shown.returncode == 1
    assert "nobody got it" in shown.stderr
