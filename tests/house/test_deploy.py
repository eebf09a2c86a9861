"""What deploys the program: the Dockerfile, the containers and the units name what there is, and are closed.

Images are built nowhere here; hadolint reads the Dockerfile, and systemd its units where it is installed.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomlkit
import yaml

from digest.config import parse
from digest.domain import model
from tests.conftest import ROOT
from tests.house.test_docs import COMMANDS
from tests.house.test_pages import COMING_COMMANDS, COMING_SETTINGS, is_known, names_of

DEPLOY = ROOT / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PAGE = (ROOT / "docs" / "deploy-docker.md").read_text(encoding="utf8")
#: where the program's pages are served unless digest.toml says otherwise
PORTS = {model.Public().listen.rpartition(":")[2], model.Desk().listen.rpartition(":")[2]}
#: seconds until systemd and Docker kill: what is on the wire is finished in less
PATIENCE = 30


def instructions() -> list[tuple[str, str]]:
    """Return the Dockerfile as (instruction, its words), a line each."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(encoding="utf8"), flags=re.MULTILINE)
    lines = [line for line in text.replace("\\\n", " ").splitlines() if line.strip()]
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines]


def last_stage() -> dict[str, str]:
    steps = instructions()
    start = max(at for at, (name, _) in enumerate(steps) if name == "FROM")
    return dict(steps[start:])


def runs(words: list[str]) -> None:
    """Hold that words are a command of the program, with options that it has."""
    command = " ".join(words[:2]) if " ".join(words[:2]) in COMMANDS else words[0]
    if command in COMING_COMMANDS:
        return
    options = {option for one in COMMANDS[command].params for option in one.opts}
    assert {word for word in words if word.startswith("--")} <= options, words


# The image -----------------------------------------------------------------------------------------------------------


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    hadolint = Path(sysconfig.get_path("scripts")) / "hadolint"
    done = subprocess.run([hadolint, "Dockerfile"], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_image_is_made_of_what_the_lock_names_and_no_shell_has_a_part_in_it() -> None:
    steps = instructions()
    bases = [words.split(" ")[0] for name, words in steps if name == "FROM"]
    assert bases == ["python:3.12-slim"] * 2
    commands = [json.loads(words) for name, words in steps if name == "RUN"]
    assert [
        one for one in commands if "pip" in one and "--require-hashes" in one and "requirements-postgres.lock" in one
    ]
    for one in commands:
        if "install" in one:
            assert "--no-deps" in one
    known = "FROM ENV WORKDIR RUN COPY USER VOLUME EXPOSE STOPSIGNAL HEALTHCHECK ENTRYPOINT CMD"
    assert all(name in known.split(" ") for name, _ in steps)


def test_what_is_copied_is_there_and_is_let_through() -> None:
    let = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for name, words in instructions():
        if name == "COPY" and not words.startswith("--from"):
            for source in words.split(" ")[:-1]:
                assert (ROOT / source).exists(), source
                assert source in let, source


def test_the_image_runs_as_nobody_in_particular_and_stops_when_it_is_told_to() -> None:
    stage = last_stage()
    user, _, group = stage["USER"].partition(":")
    assert int(user) == int(group) >= 1000
    assert json.loads(stage["VOLUME"]) == ["/workspace"] == [stage["WORKDIR"]]
    assert stage["STOPSIGNAL"] == "SIGTERM"
    assert set(stage["EXPOSE"].split(" ")) == PORTS
    assert json.loads(stage["ENTRYPOINT"]) == ["digest"]
    runs(json.loads(stage["CMD"]))
    health = json.loads(stage["HEALTHCHECK"].partition("CMD ")[2])
    assert health[0] == "digest"
    runs(health[1:])
    assert all(is_known(name) for name in re.findall(r"DIGEST_\w+", stage["ENV"]))


# The containers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_can_become_no_more_than_it_is(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service.get("cap_add", []) == (["NET_BIND_SERVICE"] if name == "caddy" else [])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    assert ("ports" in service) == (name == "caddy"), "one door"
    assert service["networks"] == (["inside"] if name == "database" else ["inside", "outside"])
    assert COMPOSE["networks"]["inside"]["internal"] is True
    # the image of the program has its own
    assert "healthcheck" in service or service["image"] == "digest"


@pytest.mark.parametrize("name", [name for name, one in SERVICES.items() if one["image"] == "digest"])
def test_a_container_of_the_program_runs_what_there_is_and_keeps_its_name(name: str) -> None:
    service = SERVICES[name]
    runs(service["command"])
    # after a new name, claims of a container that was killed would be another host's
    assert service["hostname"]
    assert int(service["stop_grace_period"].removesuffix("s")) >= PATIENCE
    assert service["user"] == last_stage()["USER"]
    assert all(is_known(one) for one in service["environment"])
    for variable, value in service["environment"].items():
        if variable.endswith("_FILE"):
            assert value.removeprefix("/run/secrets/") in service["secrets"]
    assert not [one for one in service["environment"] if re.search(r"PASSWORD$|TOKEN$|SECRET$", one)]


def test_secrets_are_files_and_none_is_in_the_repository() -> None:
    for one in COMPOSE["secrets"].values():
        assert not (DEPLOY / one["file"]).exists()
    assert "POSTGRES_PASSWORD_FILE" in SERVICES["database"]["environment"]
    assert "POSTGRES_PASSWORD" not in SERVICES["database"]["environment"]


def test_caddy_leads_to_the_ports_of_the_program() -> None:
    led = re.findall(r"reverse_proxy (\S+):(\d+)", (DEPLOY / "Caddyfile").read_text())
    assert {host for host, _ in led} == {"digest"} & set(SERVICES)
    assert {port for _, port in led} == PORTS


def examples() -> list[dict[str, Any]]:
    return [tomllib.loads(block) for block in re.findall(r"^```toml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)]


@pytest.mark.parametrize("number", range(len(examples())))
def test_what_the_page_writes_into_digest_toml_is_right(number: int) -> None:
    sample = tomlkit.parse((ROOT / "digest.toml").read_text(encoding="utf8"))
    for key, value in examples()[number].items():
        if key not in COMING_SETTINGS - names_of(model.Workspace):
            sample[key] = value
    workspace = parse(tomlkit.dumps(sample))
    for place in (workspace.public, workspace.desk):
        assert place.listen.startswith("0.0.0.0:")
        assert place.listen.rpartition(":")[2] in PORTS
    if "database" in examples()[number]:
        [inside] = COMPOSE["networks"]["inside"]["ipam"]["config"]
        assert list(workspace.public.trusted_proxies) == list(workspace.desk.trusted_proxies) == [inside["subnet"]]


def test_the_page_names_every_service_and_closes_the_single_container_as_well() -> None:
    assert all(f"`{name}`" in PAGE for name in SERVICES)
    [command] = re.findall(r"docker run --detach (.+?) digest\n", PAGE.replace("\\\n", " "))
    for option in ("--read-only", "--init", "--hostname", "--cap-drop ALL", "--security-opt no-new-privileges"):
        assert option in command
    assert f"--stop-timeout {PATIENCE}" in command


# The units -----------------------------------------------------------------------------------------------------------


def unit(file: Path) -> dict[str, str]:
    lines = [line for line in file.read_text(encoding="utf8").splitlines() if "=" in line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


@pytest.mark.parametrize("file", UNITS, ids=lambda file: file.stem)
def test_a_unit_runs_what_there_is_ends_in_time_and_writes_its_workspace_alone(file: Path) -> None:
    said = unit(file)
    program, *words = shlex.split(said["ExecStart"])
    assert program == "/opt/digest/bin/digest"
    runs(words)
    assert int(said["TimeoutStopSec"]) >= PATIENCE
    assert said["KillSignal"] == "SIGTERM"
    # children are told by the program: one that reads a page for it must not be told first
    assert said["KillMode"] == "mixed"
    assert said["ReadWritePaths"] == said["WorkingDirectory"] == "/var/lib/digest"
    assert said["ProtectSystem"] == "strict"
    assert said["NoNewPrivileges"] == "yes"
    assert said["CapabilityBoundingSet"] == ""
    assert all(is_known(one) for one in re.findall(r"DIGEST_\w+", file.read_text()))
    assert file.name.removesuffix(".service") in (ROOT / "docs" / "deploy-systemd.md").read_text(encoding="utf8")


@pytest.mark.parametrize("file", UNITS, ids=lambda file: file.stem)
def test_systemd_understands_a_unit_and_finds_it_closed(file: Path, tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        assert not os.environ.get("CI"), "systemd is missing here, where nothing may be"
        pytest.skip("systemd is not installed: it cannot say what it makes of the units")
    # an instance of a template has a name; the program is this one
    copy = tmp_path / file.name.replace("@.", "@1.")
    program = str(Path(sys.executable).with_name("digest"))
    copy.write_text(file.read_text(encoding="utf8").replace("/opt/digest/bin/digest", program), encoding="utf8")
    # of a machine that systemd does not run it knows no other units: only what it says of this one counts
    verified = subprocess.run([analyze, "verify", str(copy)], capture_output=True, text=True, timeout=60)
    assert file.stem.rstrip("@") not in verified.stderr, verified.stderr
    closed = subprocess.run(
        [analyze, "security", "--offline=true", "--threshold=25", str(copy)],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert closed.returncode == 0, closed.stdout[-300:]


def test_every_unit_is_closed_in_the_same_way() -> None:
    def closing(file: Path) -> list[str]:
        return file.read_text(encoding="utf8").partition("# writes its workspace")[2].splitlines()

    assert len({tuple(closing(file)) for file in UNITS}) == 1


def test_the_web_pages_are_processes_of_their_own_with_memory_of_their_own() -> None:
    assert "--no-pages --no-desk" in unit(DEPLOY / "digest.service")["ExecStart"]
    for name in ("digest-desk", "digest-pages"):
        assert "MemoryMax" in unit(DEPLOY / f"{name}.service")
