"""Hostile strings on every page of the desk that shows what others wrote: in stories, in comments, in names.

The strings are opened, and Chromium runs, only in a process that has no network (tests/browser/hostile_desk.py).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from digest.web.desk.settings.trials import MOST_SHOWN
from tests.browser.test_hostile import APART
from tests.conftest import ROOT


def _program() -> str:
    missing = [name for name in ("chromium", "unshare", "ip", "sh") if shutil.which(name) is None]
    if not missing and subprocess.run([*APART, "true"], capture_output=True).returncode:
        missing = ["the right to a network of one's own (unshare --net)"]
    if missing:
        words = f"hostile strings are shown in Chromium without a network; missing here: {', '.join(missing)}"
        assert os.environ.get("CI") != "true", words
        pytest.skip(words)
    return str(shutil.which("chromium"))


def test_nothing_hostile_in_stories_comments_and_names_runs_or_loads_on_any_page(shared: Path, tmp_path: Path) -> None:
    show = [sys.executable, "-m", "tests.browser.hostile_desk", str(shared / "corpora" / "xss"), _program()]
    command = [*APART, "sh", "-c", 'ip link set lo up && exec "$@"', "sh", *show, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=220)
    assert done.returncode == 0, done.stderr[-3000:]
    shown = json.loads(done.stdout)
    assert shown["said"] == []
    assert shown["requests"] == []
    assert shown["strange"] == []
    assert shown["running"] == 0
    # and they were there to be read: two that a reader sees alike are one story
    for page in ("edition", "form", "review", "presence", "read 0"):
        assert shown["seen"][page] >= 0.94 * shown["strings"], page
    # as many headlines as are shown to be ticked
    assert shown["seen"]["source"] >= 0.94 * MOST_SHOWN / 2
