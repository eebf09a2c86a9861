"""Several machines, by the commands: whose files count, who may work, and what waits."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from digest.cli import MEND, OK
from tests.cli.conftest import Digest
from tests.postgresql import Server
from tests.sharing import shared_database


@pytest.fixture
def machines(workspace: Path, tmp_path: Path, postgresql: Server) -> Callable[[], tuple[Path, Path]]:
    """Make two folders that use the same database, as two machines have them."""

    def make() -> tuple[Path, Path]:
        file = workspace / "digest.toml"
        file.write_text(f'database = "{shared_database(postgresql)}"\n{file.read_text()}')
        second = tmp_path / "second"
        shutil.copytree(workspace, second)
        return workspace, second

    return make


def test_the_clock_hands_over_what_is_due_and_status_says_that_nobody_takes_it(
    machines: Callable[[], tuple[Path, Path]], digest: Digest
) -> None:
    first, second = machines()
    done = digest("run", "--once", folder=first)
    assert done.returncode == OK, done.stderr
    assert digest("run", "--once", folder=second).returncode == OK
    shown = digest("status", folder=second).stdout
    assert "No worker takes tasks: start `digest worker` on a machine. " in shown
    assert "Asking sources" in shown


def test_a_machine_whose_files_differ_is_refused_until_a_person_lets_them_count(
    machines: Callable[[], tuple[Path, Path]], digest: Digest
) -> None:
    first, second = machines()
    assert digest("run", "--once", folder=first).returncode == OK
    file = second / "digest.toml"
    file.write_text(file.read_text() + "\n# another\n")
    refused = digest("run", "--once", folder=second)
    assert refused.returncode == MEND
    assert "The files digest.toml of this machine differ from those of " in refused.stderr
    assert "`digest run --lead`" in refused.stderr
    assert digest("run", "--once", "--lead", folder=second).returncode == OK
    assert digest("run", "--once", folder=first).returncode == MEND


def test_a_machine_with_another_secret_does_not_work(machines: Callable[[], tuple[Path, Path]], digest: Digest) -> None:
    first, second = machines()
    assert digest("run", "--once", folder=first).returncode == OK
    (second / ".digest").mkdir(exist_ok=True)
    (second / ".digest" / "secret").write_text("0123456789abcdef" * 4)
    for command in (("worker",), ("run", "--once")):
        refused = digest(*command, folder=second)
        assert refused.returncode == MEND
        assert "This machine has another secret than the others of this workspace" in refused.stderr
        assert "Copy .digest/secret" in refused.stderr
        assert "0123456789abcdef" not in refused.stderr + refused.stdout
