"""Moving to PostgreSQL, by the command: afterwards all goes on there, and the old file is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from digest.cli import MEND, OK
from tests.cli.conftest import Digest
from tests.postgresql import GUARDED, PASSWORD, Server

_SECRET = {"DIGEST_DATABASE_PASSWORD": PASSWORD}


@pytest.fixture
def target(postgresql: Server) -> tuple[str, str]:
    """The name and the address of an empty database whose user has to say a password."""
    name = postgresql.empty()
    postgresql.run(f"ALTER DATABASE {name} OWNER TO {GUARDED}")
    postgresql.run(f"ALTER SCHEMA public OWNER TO {GUARDED}", name)
    return name, postgresql.address(name, GUARDED)


def test_all_goes_on_there_and_the_old_file_mails_nobody(
    workspace: Path, digest: Digest, postgresql: Server, target: tuple[str, str]
) -> None:
    name, address = target
    settings = workspace / "digest.toml"
    before = settings.read_text()
    assert digest("collect", folder=workspace).returncode == OK
    edition = json.loads(digest("draft", "--json", folder=workspace).stdout)["edition"]["id"]
    moved = digest("copy-to", address, folder=workspace, **_SECRET)
    assert moved.returncode == OK, moved.stderr
    assert "all are the same" in moved.stdout
    assert "`digest check`" in moved.stdout
    # the rest of the file is as somebody wrote it
    assert [line for line in settings.read_text().splitlines() if not line.startswith("database = ")] == [
        *before.splitlines()
    ]
    checked = digest("check", folder=workspace, **_SECRET)
    assert checked.returncode == OK, checked.stdout
    assert postgresql.run("SELECT id FROM edition", name) == [(edition,)]
    assert postgresql.run("SELECT matter, what FROM audit", name) == [("settings", "moved all data to PostgreSQL")]
    assert digest("collect", folder=workspace, **_SECRET).returncode == OK
    # the version of digest.toml from before
    settings.write_text(before)
    refused = digest("run", "--once", folder=workspace, **_SECRET)
    assert refused.returncode == MEND
    assert f'database = "{address}"' in " ".join(refused.stderr.split())
    # who forgot the line gets it again
    again = digest("copy-to", address, folder=workspace, **_SECRET)
    assert again.returncode == OK, again.stderr
    assert "already" in again.stdout
    assert digest("check", folder=workspace, **_SECRET).returncode == OK


def test_what_cannot_be_is_refused_in_a_sentence_and_nothing_is_changed(
    workspace: Path, digest: Digest, postgresql: Server, target: tuple[str, str]
) -> None:
    settings = workspace / "digest.toml"
    before = settings.read_text()
    _, address = target
    nothing = digest("copy-to", address, folder=workspace, **_SECRET)
    assert "nothing to move" in nothing.stderr
    digest("collect", folder=workspace)
    used = postgresql.made()
    postgresql.run("INSERT INTO clock VALUES ('insights', now())", used)
    refusals = {
        ("postgresql+psycopg://digest:secret@db/digest", PASSWORD): "A password stands",
        ("sqlite:///other.db", PASSWORD): "is no database that this program knows",
        (address, "wrong"): "did not take the password",
        (postgresql.address(used), ""): "is in use already: it holds “clock”",
        (postgresql.address("nowhere"), ""): "has no such database",
    }
    for (where, password), words in refusals.items():
        refused = digest("copy-to", where, folder=workspace, DIGEST_DATABASE_PASSWORD=password)
        assert refused.returncode == MEND, where
        assert words in " ".join(refused.stderr.split())
        assert "Traceback" not in refused.stderr
        assert "secret" not in refused.stderr
    postgresql.give_back(used)
    assert settings.read_text() == before
    assert digest("collect", folder=workspace).returncode == OK


def test_a_program_reads_what_was_moved(workspace: Path, digest: Digest, target: tuple[str, str]) -> None:
    digest("collect", folder=workspace)
    moved = digest("copy-to", target[1], "--json", folder=workspace, **_SECRET)
    assert moved.returncode == OK, moved.stderr
    tables = {one["table"]: one["rows"] for one in json.loads(moved.stdout)["tables"]}
    assert tables["insight"] > 0
    assert tables["delivery"] == 0
    twice = digest("copy-to", target[1], folder=workspace, **_SECRET)
    assert twice.returncode == MEND
    assert "pg_dump" in twice.stderr
