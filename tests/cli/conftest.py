"""A workspace as `digest init` makes it, with people and a source in it."""

from __future__ import annotations

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


@pytest.fixture
def workspace(tmp_path: Path, digest: Digest) -> Path:
    folder = tmp_path / "ws"
    made = digest("init", folder)
    assert made.returncode == 0, made.stderr
    (folder / "subscribers.csv").write_text(PEOPLE)
    return folder


@pytest.fixture
def drafted(workspace: Path, digest: Digest) -> tuple[Path, str]:
    """The workspace with a draft, and the draft's id."""
    digest("collect", folder=workspace)
    done = digest("draft", "--json", folder=workspace)
    import json

    return workspace, json.loads(done.stdout)["edition"]["id"]
