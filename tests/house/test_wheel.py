from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

from tests.conftest import ROOT


def test_the_built_wheel_makes_and_checks_a_workspace_outside_the_repository(tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    build = [*pip, "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", str(wheels), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True, timeout=120)
    wheel = next(wheels.glob("*.whl"))
    # the dependencies are borrowed from this environment; its own editable digest is not, since a
    # path file's own path files are not read
    environment = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True, timeout=60)
    site = next(environment.glob("lib/python*/site-packages"))
    install = [*pip, "install", "--no-deps", "--no-index", "--target", str(site), str(wheel)]
    subprocess.run(install, check=True, capture_output=True, timeout=60)
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    python = environment / "bin" / "python"

    def digest(*words: str) -> subprocess.CompletedProcess[str]:
        command = [str(python), "-m", "digest", *words]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)

    where = subprocess.run(
        [str(python), "-c", "import digest; print(digest.__file__)"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert where.stdout.startswith(str(site)), "it is the wheel that is tested"
    assert digest("init", "ws").returncode == 0
    checked = digest("check", "-w", "ws")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "Nothing has to be mended" in checked.stdout
    assert digest("templates", "eject", "email.mjml.j2", "-w", "ws").returncode == 0
    assert (tmp_path / "ws" / "templates" / "email.mjml.j2").exists()
    assert digest("demo").returncode == 0
