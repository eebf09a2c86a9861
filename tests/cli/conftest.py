"""A workspace as `digest init` makes it, with people and a source in it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Digest = Callable[..., CompletedProcess[str]]

PEOPLE = (
    "email,first_name,tags,cadence,consent_source,consent_at\n"
    "ada@example.org,Ada,head,weekly,form,2026-01-01\n"
    "bo@example.org,Bo,teacher,weekly,form,2026-01-01\n"
)


@pytest.fixture(scope="session")
def first_workspace(tmp_path_factory: pytest.TempPathFactory, digest: Digest) -> Path:
    """The workspace of which each test gets a copy; none works in it."""
    folder = tmp_path_factory.mktemp("made") / "ws"
    made = digest("init", folder)
    assert made.returncode == 0, made.stderr
    (folder / "subscribers.csv").write_text(PEOPLE)
    return folder


@pytest.fixture(scope="session")
def first_drafted(tmp_path_factory: pytest.TempPathFactory, first_workspace: Path, digest: Digest) -> tuple[Path, str]:
    """The workspace with a draft, of which each test gets a copy, and the draft's id."""
    folder = tmp_path_factory.mktemp("drafted") / "ws"
    shutil.copytree(first_workspace, folder)
    digest("collect", folder=folder)
    done = digest("draft", "--json", folder=folder)
    assert done.returncode == 0, done.stderr
    return folder, json.loads(done.stdout)["edition"]["id"]


@pytest.fixture
def workspace(tmp_path: Path, first_workspace: Path) -> Path:
    return Path(shutil.copytree(first_workspace, tmp_path / "ws"))


@pytest.fixture
def drafted(tmp_path: Path, first_drafted: tuple[Path, str]) -> tuple[Path, str]:
    """The workspace with a draft, and the draft's id."""
    folder, edition = first_drafted
    return Path(shutil.copytree(folder, tmp_path / "ws")), edition
