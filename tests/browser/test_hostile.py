"""Hostile strings in every field of every kind of document, shown in a real browser.

The lists of strings are opened, and Chromium runs, only in a process that has no network (tests/browser/hostile.py).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from digest.sources.page.headlines import LONGEST
from tests.conftest import ROOT

#: how many strings the collections beside the project hold
STRINGS = 687
#: no user is needed to have a network of one's own, but who is not root must become it in there
APART = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--net"]


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return where Chromium lies; skip where it, or a process without a network, cannot be had."""
    missing = [name for name in ("chromium", "unshare", "ip", "bash") if shutil.which(name) is None]
    if not missing and subprocess.run([*APART, "true"], capture_output=True).returncode:
        missing = ["the right to a network of one's own (unshare --net)"]
    if missing:
        words = f"hostile strings are shown in Chromium without a network; missing here: {', '.join(missing)}"
        assert os.environ.get("CI") != "true", words
        pytest.skip(words)
    return str(shutil.which("chromium"))


def _shown(shared: Path, chromium: str, folder: Path, *ways: str) -> dict[str, Any]:
    show = [
        sys.executable,
        "-m",
        "tests.browser.hostile",
        str(shared / "corpora" / "xss"),
        chromium,
        str(folder),
        *ways,
    ]
    command = [*APART, "sh", "-c", 'ip link set lo up && exec "$@"', "sh", *show]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stderr[-3000:]
    made: dict[str, Any] = json.loads(done.stdout)
    return made


def _nothing_hostile(shown: dict[str, Any]) -> None:
    assert shown["scripts"] == []
    assert shown["dialogs"] == []
    assert shown["requests"] == []
    assert shown["connections"] == []
    assert shown["forbidden"] == []
    assert shown["strange"] == []
    # and they were all there to be seen, but for the one that no text file may hold, and one too long for a title
    # of a page
    assert shown["strings"] == STRINGS
    unseen = [line.split(": ", 1) for line in shown["unseen"]]
    short = {text for where, text in unseen if not (where.startswith("page,") and len(text) > LONGEST)}
    assert short <= {repr('<scr\0ipt>alert("XSS")</scr\0ipt>')}
    assert len({text for _, text in unseen}) <= 2
    # where it stood as the bare title or link, many leave nothing to read, or are the same article
    places = {place: count for place, count in shown["seen"].items() if not place.endswith((" bare", " link"))}
    assert len(places) >= 4
    assert all(count >= STRINGS - 2 for count in places.values()), places


@pytest.mark.timeout(420)
def test_nothing_hostile_of_a_page_a_feed_or_an_item_runs_or_loads_in_the_email_or_its_preview(
    shared: Path, chromium: str, tmp_path: Path
) -> None:
    _nothing_hostile(_shown(shared, chromium, tmp_path, "page", "feed-cdata", "items"))


def test_the_same_browser_sees_what_runs_where_nothing_was_cleaned(shared: Path, chromium: str, tmp_path: Path) -> None:
    shown = _shown(shared, chromium, tmp_path, "control")
    assert len(shown["scripts"]) >= 3
    assert len(shown["dialogs"]) >= 3
    assert len(shown["requests"]) >= 5
    assert len(shown["connections"]) >= 3
    assert len(shown["forbidden"]) >= 20
    assert len(shown["strange"]) >= 20


def test_the_strings_are_not_shown_where_there_is_a_network(shared: Path, tmp_path: Path) -> None:
    show = [sys.executable, "-m", "tests.browser.hostile", str(shared), "chromium", str(tmp_path), "control"]
    done = subprocess.run(show, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "only where there is none" in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.timeout(420)
def test_nothing_hostile_of_a_file_or_an_escaped_feed_runs_or_loads_in_the_email_or_its_preview(
    shared: Path, chromium: str, tmp_path: Path
) -> None:
    _nothing_hostile(_shown(shared, chromium, tmp_path, "markdown", "feed-escaped", "feed-twice", "table", "text"))
