"""Signing: the DKIM keys of a workspace. Their private halves lie in .digest/dkim, which nobody else may read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from digest import config
from digest.domain.errors import ConfigurationError, Refused
from digest.domain.model import Dkim, Finding, Newsletter, Severity
from digest.transports import dkim
from digest.transports.mime import Composer, Sign, unsigned

if TYPE_CHECKING:
    from pathlib import Path

    from digest.app import App

#: bits of an RSA key below which a finding says so (RFC 8301 3.2)
GOOD_RSA_BITS = 2_048
_FOLDER = "dkim"
_MIDDLE = "._domainkey."
_OTHERS = 0o077


def signer(app: App, newsletter: Newsletter) -> Sign:
    """Return what signs a newsletter's messages; nothing does where no key is for its sender, so that the relay may.

    Raises ConfigurationError for a key that cannot be used.
    """
    keys = _keys(app, newsletter)
    return dkim.Signer(keys, app.clock) if keys else unsigned


def alone(app: App, newsletter: Newsletter) -> Callable[[bytes, bytes], bytes]:
    """Return what signs one message at a time: given its head and its body, it returns the fields that sign it.

    Raises ConfigurationError for a key that cannot be used.
    """
    sign = signer(app, newsletter)

    def signed(head: bytes, body: bytes) -> bytes:
        [signature] = sign([(head, [body])])
        return signature or b""

    return signed


@contextmanager
def sending(app: App, composer: Composer) -> Iterator[Composer]:
    """Yield the composer of a sending; messages are signed by processes, which end with the block, where the
    workspace wants it so.
    """
    count = app.loaded.workspace.dkim_processes
    keys = _keys(app, composer.newsletter) if count else []
    if not keys:
        yield composer
        return
    processes = dkim.Processes(keys, app.clock, count, composer.constants())
    try:
        yield composer.signed_by(processes)
    finally:
        processes.close()


def signs(app: App, newsletter: Newsletter) -> bool:
    """Tell whether a key of the workspace signs a newsletter's messages."""
    return any(_is_for(one, newsletter) for one in app.loaded.workspace.dkim)


def _keys(app: App, newsletter: Newsletter) -> list[dkim.DomainKey]:
    return [_key(app.loaded.folder, one) for one in app.loaded.workspace.dkim if _is_for(one, newsletter)]


def make(folder: Path, domain: str, wanted: Mapping[str, str]) -> list[dkim.DomainKey]:
    """Make keys and keep them, all or none; wanted: algorithm ("rsa" or "ed25519") -> selector.

    Raises Refused where there is one of such a name.
    """
    files = {algorithm: _file(folder, domain, selector) for algorithm, selector in wanted.items()}
    there = [str(file) for file in files.values() if file.exists()]
    if there:
        raise Refused(
            f"There is a key of that name: {', '.join(there)}.",
            "Give another --selector: mail that is on its way is checked against the old one.",
        )
    made = []
    for algorithm, file in files.items():
        key = dkim.DomainKey(domain, wanted[algorithm], dkim.new_key(algorithm))
        file.parent.mkdir(mode=0o700, exist_ok=True)
        config.write_private(file, dkim.written(key.key))
        made.append(key)
    return made


def kept(app: App) -> list[tuple[dkim.DomainKey, bool]]:
    """Return the keys of a workspace, each with whether digest.toml names it.

    Raises ConfigurationError for one that cannot be used.
    """
    folder = app.loaded.folder
    named = list(app.loaded.workspace.dkim)
    lying = []
    for file in sorted((config.private(folder) / _FOLDER).glob(f"*{_MIDDLE}*.pem")):
        selector, _, domain = file.name.removesuffix(".pem").partition(_MIDDLE)
        lying.append(Dkim(domain=domain, selector=selector))
    every = [*named, *(one for one in lying if one not in named)]
    return [(_key(folder, one), one in named) for one in every]


def findings(loaded: config.Loaded) -> Iterator[Finding]:
    """Yield what is wrong with the keys that digest.toml names, and whose mail they leave unsigned."""
    for newsletter in loaded.workspace.newsletters if loaded.workspace.dkim else ():
        if not any(_is_for(one, newsletter) for one in loaded.workspace.dkim):
            what = f"No key signs the mail of “{newsletter.id}” from {newsletter.sender.address}."
            why = "Other newsletters are signed, and this one lands among the spam more easily."
            mend = "`digest dkim new --domain DOMAIN` makes keys for its sender's domain."
            yield _finding("unsigned", Severity.LOOK_AT, config.FILE, what, why, mend)
    for number, one in enumerate(loaded.workspace.dkim, start=1):
        where = f"{config.FILE}: [[dkim]] {number}"
        try:
            key = _key(loaded.folder, one)
        except ConfigurationError as fault:
            yield from fault.findings
            continue
        file = _file(loaded.folder, one.domain, one.selector)
        if not config.dkim_key(one.selector) and file.stat().st_mode & _OTHERS:
            what = f"Others on this machine may read {file}."
            why = "Whoever has it can send mail that looks like yours."
            yield _finding("readable", Severity.LOOK_AT, where, what, why, f"chmod 600 {file}")
        bits = getattr(key.key, "key_size", GOOD_RSA_BITS)
        if bits < GOOD_RSA_BITS:
            what = f"The key “{one.selector}” has {bits} bits."
            why = "Some mail providers no longer trust it."
            yield _finding("weak", Severity.LOOK_AT, where, what, why, "`digest dkim new` makes a stronger one.")
        if not any(_is_for(one, newsletter) for newsletter in loaded.workspace.newsletters):
            what = f"No newsletter is sent from {one.domain}."
            why = "A signature counts only where its domain is that of the sender (DMARC)."
            mend = "Write the domain of a sender's address, or remove the table."
            yield _finding("unaligned", Severity.LOOK_AT, where, what, why, mend)


def _is_for(one: Dkim, newsletter: Newsletter) -> bool:
    """Tell whether a key speaks for a sender: of the same domain, or of one below it (RFC 7489 3.1.1, relaxed)."""
    domain = newsletter.sender.address.rpartition("@")[2].lower()
    return domain == one.domain.lower() or domain.endswith(f".{one.domain.lower()}")


def _key(folder: Path, one: Dkim) -> dkim.DomainKey:
    file = _file(folder, one.domain, one.selector)
    mend = "Put the file back from a backup, or make another key with `digest dkim new`."
    given = config.dkim_key(one.selector)
    try:
        return dkim.DomainKey(one.domain, one.selector, dkim.read(given or file.read_bytes()))
    except OSError as fault:
        what = f"The key {file} cannot be read ({fault.strerror})."
        raise ConfigurationError((_unusable(what, mend),)) from fault
    except dkim.BadKey as fault:
        name = f"What the environment gives for “{one.selector}”" if given else str(file)
        raise ConfigurationError((_unusable(f"{name} is no key to sign with. {fault}", mend),)) from fault


def _file(folder: Path, domain: str, selector: str) -> Path:
    return config.private(folder) / _FOLDER / f"{selector}{_MIDDLE}{domain}.pem"


def _unusable(what: str, mend: str) -> Finding:
    why = "Nothing is sent without the signature that digest.toml asks for."
    return _finding("key", Severity.MUST_MEND, config.FILE, what, why, mend)


def _finding(code: str, severity: Severity, where: str, what: str, why: str, mend: str) -> Finding:
    return Finding(code=f"dkim.{code}", severity=severity, where=where, what=what, why=why, mend=mend)
