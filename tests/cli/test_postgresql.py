"""A workspace whose state lies in PostgreSQL, by the commands."""

from __future__ import annotations

import json
from pathlib import Path

from digest.cli import MEND, OK
from tests.cli.conftest import Digest
from tests.postgresql import GUARDED, PASSWORD, Server


def _moved(workspace: Path, address: str) -> None:
    file = workspace / "digest.toml"
    file.write_text(f'database = "{address}"\n{file.read_text()}')


def test_a_workspace_works_as_before_with_nothing_in_a_file(
    workspace: Path, digest: Digest, postgresql: Server
) -> None:
    name = postgresql.empty()
    postgresql.run(f"ALTER DATABASE {name} OWNER TO {GUARDED}")
    postgresql.run(f"ALTER SCHEMA public OWNER TO {GUARDED}", name)
    _moved(workspace, postgresql.address(name, GUARDED))
    secret = {"DIGEST_DATABASE_PASSWORD": PASSWORD}
    assert digest("collect", folder=workspace, **secret).returncode == OK
    done = digest("draft", "--json", folder=workspace, **secret)
    assert done.returncode == OK, done.stderr
    edition = json.loads(done.stdout)["edition"]["id"]
    assert postgresql.run("SELECT id FROM edition", name) == [(edition,)]
    assert not (workspace / "digest.db").exists()


def test_a_wrong_password_is_a_sentence_and_shows_none(workspace: Path, digest: Digest, postgresql: Server) -> None:
    _moved(workspace, postgresql.address("postgres", GUARDED))
    refused = digest("draft", folder=workspace, DIGEST_DATABASE_PASSWORD="let me in")
    assert refused.returncode == MEND
    assert "did not take the password" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert "let me in" not in refused.stderr + refused.stdout


def test_a_password_in_the_file_is_refused_with_its_line(workspace: Path, digest: Digest) -> None:
    _moved(workspace, "postgresql+psycopg://digest:let-me-in@db.example.org/digest")
    refused = digest("draft", folder=workspace)
    assert refused.returncode == MEND
    assert "digest.toml:1" in refused.stderr
    assert "DIGEST_DATABASE_PASSWORD" in refused.stderr
    assert "let-me-in" not in refused.stderr + refused.stdout
