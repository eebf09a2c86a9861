from __future__ import annotations

import json
import shlex
import subprocess
import tomllib
from pathlib import Path

import dkim as judge
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from digest import config
from digest.app import signing
from digest.domain.model import Finding, Severity
from tests.cli.conftest import Digest
from tests.conftest import Sink


def named(workspace: Path, digest: Digest, *words: str) -> list[dict[str, str]]:
    """Make keys and name them in digest.toml."""
    done = digest("dkim", "new", "--json", *words, folder=workspace)
    assert done.returncode == 0, done.stderr
    made: list[dict[str, str]] = json.loads(done.stdout)
    with (workspace / "digest.toml").open("a") as out:
        out.writelines(f'\n[[dkim]]\ndomain = "{one["domain"]}"\nselector = "{one["selector"]}"\n' for one in made)
    return made


def test_new_keys_are_private_and_what_is_printed_can_be_pasted(workspace: Path, digest: Digest) -> None:
    done = digest("dkim", "new", "--selector", "first", folder=workspace)
    assert done.returncode == 0, done.stderr
    assert "first-rsa._domainkey.example.org" in done.stdout
    assert "v=DKIM1; k=ed25519; p=" in done.stdout
    assert "PRIVATE" not in done.stdout
    files = sorted((workspace / ".digest" / "dkim").iterdir())
    assert [one.name for one in files] == [f"first-{kind}._domainkey.example.org.pem" for kind in ("ed25519", "rsa")]
    assert {one.stat().st_mode & 0o777 for one in files} == {0o600}
    lines = [line.strip() for line in done.stdout.splitlines()]
    pasted = tomllib.loads("\n".join(line for line in lines if line.startswith(("[[dkim]]", "domain =", "selector ="))))
    assert [one["selector"] for one in pasted["dkim"]] == ["first-rsa", "first-ed25519"]


def test_a_key_is_never_written_over(workspace: Path, digest: Digest) -> None:
    digest("dkim", "new", "--selector", "mine", folder=workspace)
    before = {one: one.read_bytes() for one in (workspace / ".digest" / "dkim").iterdir()}
    again = digest("dkim", "new", "--selector", "mine", folder=workspace)
    assert again.returncode == 1
    assert "There is a key of that name" in again.stderr
    assert "another --selector" in again.stderr
    assert {one: one.read_bytes() for one in (workspace / ".digest" / "dkim").iterdir()} == before


def test_names_that_the_dns_does_not_have_are_refused(workspace: Path, digest: Digest) -> None:
    odd = ("no domain", "../up", "org")
    names = ("../../x", "a b", "a.b", "a" * 41)
    for words in [["--domain", one] for one in odd] + [["--selector", one] for one in names]:
        done = digest("dkim", "new", *words, folder=workspace)
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
    assert not (workspace / ".digest" / "dkim").exists()


def test_the_records_are_shown_again(workspace: Path, digest: Digest) -> None:
    empty = digest("dkim", "show", folder=workspace)
    assert "There are no keys" in empty.stdout
    digest("dkim", "new", "--selector", "later", folder=workspace)
    assert digest("dkim", "show", folder=workspace).stdout.count("does not name it yet") == 2
    made = named(workspace, digest)
    shown = json.loads(digest("dkim", "show", "--json", folder=workspace).stdout)
    assert [one | {"in_use": True} for one in made] == [one for one in shown if one["in_use"]]
    assert [one["selector"] for one in shown if not one["in_use"]] == ["later-ed25519", "later-rsa"]


def test_of_two_keys_none_is_made_where_one_is_there(workspace: Path, digest: Digest) -> None:
    digest("dkim", "new", "--selector", "mine", "--algorithm", "ed25519", folder=workspace)
    assert digest("dkim", "new", "--selector", "mine", folder=workspace).returncode == 1
    assert len(list((workspace / ".digest" / "dkim").iterdir())) == 1


def test_a_newsletter_that_no_key_is_for_is_named_and_so_is_a_key_for_nobody(workspace: Path, digest: Digest) -> None:
    named(workspace, digest, "--domain", "other.example")
    said = digest("check", folder=workspace).stdout
    assert "No key signs the mail of “insights”" in said
    assert "No newsletter is sent from other.example" in said


def test_a_key_may_come_from_the_environment(workspace: Path, digest: Digest, monkeypatch: pytest.MonkeyPatch) -> None:
    rsa, ed25519 = named(workspace, digest, "--selector", "mine")
    folder = workspace / ".digest" / "dkim"
    kept = (folder / f"{rsa['name']}.pem").rename(workspace / "rsa.pem")
    text = (folder / f"{ed25519['name']}.pem").read_text()
    (folder / f"{ed25519['name']}.pem").unlink()
    assert digest("check", folder=workspace).returncode == 1
    monkeypatch.setenv("DIGEST_DKIM_KEY_MINE_RSA_FILE", str(kept))
    monkeypatch.setenv("DIGEST_DKIM_KEY_MINE_ED25519", text)
    assert digest("check", folder=workspace).returncode == 0
    shown = json.loads(digest("dkim", "show", "--json", folder=workspace).stdout)
    assert [one["value"] for one in shown] == [rsa["value"], ed25519["value"]]
    monkeypatch.setenv("DIGEST_DKIM_KEY_MINE_ED25519", "a secret that is no key")
    told = digest("check", folder=workspace)
    assert "What the environment gives for “mine-ed25519” is no key" in told.stdout
    assert "a secret that" not in told.stdout + told.stderr


def findings(workspace: Path) -> dict[str, Finding]:
    """Return what `digest check` finds about keys, by code."""
    every = list(signing.findings(config.load(workspace)))
    assert all(one.code.startswith("dkim.") for one in every)
    assert {one.severity for one in every} <= {Severity.LOOK_AT}
    return {one.code: one for one in every}


def test_good_keys_give_no_finding(workspace: Path, digest: Digest) -> None:
    named(workspace, digest)
    assert findings(workspace) == {}
    said = digest("check", "--json", folder=workspace)
    assert said.returncode == 0
    assert "dkim." not in said.stdout


def test_a_key_that_providers_no_longer_trust_is_found(workspace: Path, digest: Digest) -> None:
    rsa, _ = named(workspace, digest)
    short = generate_private_key(public_exponent=65_537, key_size=1_024)
    (workspace / ".digest" / "dkim" / f"{rsa['name']}.pem").write_bytes(
        short.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    found = findings(workspace)
    assert list(found) == ["dkim.weak"]
    assert found["dkim.weak"].where == "digest.toml: [[dkim]] 1"
    assert found["dkim.weak"].what == f"The key “{rsa['selector']}” has 1024 bits."
    assert "digest dkim new" in found["dkim.weak"].mend


def test_a_key_that_others_may_read_is_found_and_said_how_to_mend(workspace: Path, digest: Digest) -> None:
    _, ed25519 = named(workspace, digest)
    file = workspace / ".digest" / "dkim" / f"{ed25519['name']}.pem"
    for mode in (0o640, 0o604, 0o660):
        file.chmod(mode)
        found = findings(workspace)
        assert list(found) == ["dkim.readable"]
        assert found["dkim.readable"].where == "digest.toml: [[dkim]] 2"
    subprocess.run(shlex.split(found["dkim.readable"].mend), cwd=workspace, check=True)
    assert findings(workspace) == {}


def test_a_key_is_for_the_senders_domain_and_those_below_it_alone(workspace: Path, digest: Digest) -> None:
    named(workspace, digest, "--domain", "elsewhere.example", "--algorithm", "ed25519")
    found = findings(workspace)
    assert sorted(found) == ["dkim.unaligned", "dkim.unsigned"]
    assert found["dkim.unaligned"].what == "No newsletter is sent from elsewhere.example."
    assert found["dkim.unsigned"].where == "digest.toml"
    # one below the sender's own speaks for nobody above it; one that only ends alike is a stranger's
    for stranger in ("news.example.org", "ample.org"):
        named(workspace, digest, "--domain", stranger, "--algorithm", "ed25519")
        assert "dkim.unsigned" in findings(workspace)
    named(workspace, digest, "--selector", "mine", "--algorithm", "ed25519")
    assert list(findings(workspace)) == ["dkim.unaligned"]


def test_what_is_wrong_with_a_key_is_found_before_anything_is_sent(workspace: Path, digest: Digest) -> None:
    rsa, _ = named(workspace, digest)
    file = workspace / ".digest" / "dkim" / f"{rsa['name']}.pem"
    file.chmod(0o644)
    assert "Others on this machine may read" in digest("check", folder=workspace).stdout
    file.write_text("nothing")
    broken = digest("check", folder=workspace)
    assert broken.returncode == 1
    assert "is no key to sign with" in broken.stdout
    file.unlink()
    assert "cannot be read" in digest("check", folder=workspace).stdout


@pytest.mark.parametrize("processes", [0, 2])
def test_what_is_sent_bears_both_signatures_and_they_are_right(
    drafted: tuple[Path, str], digest: Digest, sink: Sink, processes: int
) -> None:
    workspace, edition = drafted
    records = {one["name"]: one["value"] for one in named(workspace, digest)}
    settings = workspace / "digest.toml"
    settings.write_text(f"dkim_processes = {processes}\n{settings.read_text()}")
    assert digest("approve", edition, "--as", "Ada", folder=workspace).returncode == 0
    sent = digest("send", edition, "--server", sink.url, "--tls", "none", folder=workspace)
    assert sent.returncode == 0, sent.stderr
    mails = [one.read_bytes() for one in sink.folder.glob("*.eml")]
    assert len(mails) == 2
    for mail in mails:
        for number in range(2):
            message = judge.DKIM(mail)
            assert message.verify(
                idx=number, dnsfunc=lambda name, timeout=5: records[name.decode().rstrip(".")].encode()
            )


def test_a_key_that_is_gone_stops_the_edition_and_loses_nobody(
    drafted: tuple[Path, str], digest: Digest, sink: Sink
) -> None:
    workspace, edition = drafted
    named(workspace, digest)
    digest("approve", edition, "--as", "Ada", folder=workspace)
    for one in (workspace / ".digest" / "dkim").iterdir():
        one.unlink()
    sent = digest("send", edition, "--server", sink.url, "--tls", "none", folder=workspace)
    assert sent.returncode == 1
    assert "cannot be read" in sent.stderr
    assert list(sink.folder.glob("*.eml")) == []
