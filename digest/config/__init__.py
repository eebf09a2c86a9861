"""digest.toml and the environment become values; every error has its file, line and mend."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config
from pydantic_core import ErrorDetails

from digest.config import structure
from digest.config.database import DATABASE_PASSWORD_VARIABLE
from digest.config.hooks import HOOK_VARIABLE
from digest.config.lines import Lines, ValuePath
from digest.config.oauth import CLIENT_SECRET_VARIABLE
from digest.config.returning import RETURNS_PASSWORD_VARIABLE, RETURNS_TOKEN_VARIABLE
from digest.config.rules import DKIM_VARIABLE, PASSWORD_VARIABLE, TOKEN_VARIABLE, faults, server_faults
from digest.domain import model
from digest.domain.errors import ConfigurationError
from digest.domain.model import Finding, Newsletter, Severity, Workspace

FILE = "digest.toml"
TEMPLATES = "templates"
DATABASE = "digest.db"
#: what the program keeps for itself: the secret and the lock files of workers
PRIVATE = ".digest"

SECRET_VARIABLE = "DIGEST_SECRET_FILE"
_TYPES = (
    model.Selectors,
    model.Source,
    model.Theme,
    model.Rule,
    model.Segment,
    model.Schedule,
    model.Waves,
    model.Sender,
    model.Tracking,
    model.Brand,
    model.OAuth,
    model.Server,
    model.Newsletter,
    model.Public,
    model.Desk,
    model.Returns,
    model.Retention,
    model.Hook,
    model.Workspace,
)
for _type in _TYPES:
    # pydantic builds the domain's own types: there is no second family to keep in step
    with_config(ConfigDict(extra="forbid"))(_type)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A workspace's configuration, and what it was read from."""

    folder: Path
    workspace: Workspace
    #: path -> text of digest.toml and every template
    files: Mapping[str, str]

    @property
    def revision(self) -> str:
        """SHA-256 (hex) over the files."""
        digest = hashlib.sha256()
        for name, text in sorted(self.files.items()):
            for data in (name.encode(), text.encode()):
                digest.update(len(data).to_bytes(8, "big") + data)
        return digest.hexdigest()

    def template(self, name: str) -> str | None:
        """Return a template's text by its name inside templates/."""
        return self.files.get(f"{TEMPLATES}/{name}")

    def newsletter(self, name: str | None) -> Newsletter:
        """Return the newsletter with this id; the only one where no name is given.

        Raises ConfigurationError with the names there are.
        """
        known = {newsletter.id: newsletter for newsletter in self.workspace.newsletters}
        if name is None and len(known) == 1:
            return next(iter(known.values()))
        if name in known:
            return known[name]
        what = f"There is no newsletter “{name}”." if name else "There is more than one newsletter."
        raise ConfigurationError((_finding("newsletter", FILE, what, f"Name one of: {', '.join(known)}."),))


def load(folder: Path, program: Mapping[str, str] = MappingProxyType({})) -> Loaded:
    """Read a workspace.

    program: path -> text of the templates that come with the program; those of the workspace take their place, file by
    file. Raises ConfigurationError with a finding for every fault: file, line, what to do.
    """
    text = decoded(bytes_of(folder / FILE))
    workspace = parse(text)
    return Loaded(folder=folder, workspace=workspace, files={FILE: text, **program, **own_templates(folder)})


def bytes_of(file: Path) -> bytes:
    """Return the bytes of a workspace's digest.toml.

    Raises ConfigurationError where they cannot be read.
    """
    try:
        return file.read_bytes()
    except OSError as fault:
        raise ConfigurationError(
            (
                _finding(
                    "missing",
                    str(file),
                    f"This is no workspace: {FILE} cannot be read ({fault.strerror}).",
                    "Go to the workspace's folder, or make one with `digest init FOLDER`.",
                ),
            )
        ) from fault


def decoded(content: bytes) -> str:
    """Return the text of digest.toml, without the byte order mark that some editors put before it.

    Raises ConfigurationError with the line that is no UTF-8.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = content[: fault.start].count(b"\n") + 1
        raise ConfigurationError(
            (_finding("encoding", f"{FILE}:{line}", "The file is not UTF-8 text.", "Save it as UTF-8."),)
        ) from fault


def parse(text: str) -> Workspace:
    """Turn the text of digest.toml into values.

    Raises ConfigurationError with a finding for every fault.
    """
    workspace, found = judged(text)
    if workspace is None:
        raise ConfigurationError(tuple(finding for _, finding in found))
    return workspace


def judged(text: str) -> tuple[Workspace | None, list[tuple[ValuePath, Finding]]]:
    """Return what the text of digest.toml says, or (path, finding) of every fault.

    Raises ConfigurationError where it is no TOML.
    """
    raw = values(text)
    lines = Lines(text)
    try:
        workspace = _reader().validate_python(raw)
    except ValidationError as fault:
        return None, [_located(error, lines) for error in fault.errors()]
    found = [
        (path, _finding("value", f"{FILE}:{lines.of(path)}", what, mend)) for path, what, mend in faults(workspace)
    ]
    return (None, found) if found else (workspace, [])


def values(text: str) -> dict[str, Any]:
    """Return what the text of digest.toml says, before it is known whether it makes sense.

    Raises ConfigurationError where it is no TOML.
    """
    try:
        return tomllib.loads(text)
    except RecursionError as fault:
        raise ConfigurationError((_syntax("brackets within brackets without end"),)) from fault
    except tomllib.TOMLDecodeError as fault:
        raise ConfigurationError((_syntax(str(fault)),)) from fault


def check_server(server: model.Server) -> None:
    """Check a server that was given on the command line.

    Raises ConfigurationError.
    """
    found = tuple(_finding("server", "--server", what, mend) for _, what, mend in server_faults(server))
    if found:
        raise ConfigurationError(found)


def private(folder: Path) -> Path:
    """Return the folder that the program keeps for itself in a workspace; made where there is none."""
    made = folder / PRIVATE
    made.mkdir(parents=True, exist_ok=True)
    if not (made / ".gitignore").exists():
        (made / ".gitignore").write_text("*\n")
    return made


def write_private(file: Path, content: bytes | Iterable[bytes]) -> None:
    """Write a file whole or not at all, never in anybody else's sight, and down to the disk.

    content: all of it, or piece by piece. Raises OSError.
    """
    part = file.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.writelines([content] if isinstance(content, bytes) else content)
        out.flush()
        os.fsync(out.fileno())
    os.replace(part, file)
    folder = os.open(file.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def secret(folder: Path, create: bool = False) -> bytes:
    """Return the workspace's secret, from the file named in DIGEST_SECRET_FILE or from .digest/secret.

    create: make it where there is none. Raises ConfigurationError where it is missing or too short.
    """
    named = os.environ.get(SECRET_VARIABLE)
    file = Path(named) if named else folder / PRIVATE / "secret"
    if create and not named and not file.exists():
        private(folder)
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as out:
            out.write(secrets.token_hex(32) + "\n")
    try:
        found = file.read_bytes().strip()
    except OSError as fault:
        raise ConfigurationError(
            (
                _finding(
                    "secret",
                    str(file),
                    f"The workspace's secret cannot be read ({fault.strerror}).",
                    "Put the file back from a backup: with another secret, links in mails already sent stop working. "
                    "In a new workspace, `digest init` makes it.",
                ),
            )
        ) from fault
    if len(found) < 32:
        raise ConfigurationError(
            (_finding("secret", str(file), "The secret is shorter than 32 characters.", "Use a longer one."),)
        )
    return found


def password(server: str = "") -> str:
    """Return a mail server's password, from DIGEST_SMTP_PASSWORD or the file named in …_FILE; else nothing.

    server: the id of a further one, whose variable ends with it: DIGEST_SMTP_PASSWORD_SECOND. Raises ConfigurationError
    where the named file cannot be read.
    """
    return _secret_of(PASSWORD_VARIABLE, server)


def token(server: str = "") -> str:
    """Return a token of OAuth 2.0 for a mail server, which another program keeps fresh; from DIGEST_SMTP_TOKEN.

    Otherwise as `password`.
    """
    return _secret_of(TOKEN_VARIABLE, server)


def dkim_key(selector: str) -> bytes:
    """Return a private key to sign with (PEM), from DIGEST_DKIM_KEY_SELECTOR; empty where it is not there.

    Otherwise as `password`.
    """
    return _secret_of(DKIM_VARIABLE, selector.replace(".", "_")).encode()


def returns_password() -> str:
    """Return the password of the mailbox that mail comes back to, from DIGEST_IMAP_PASSWORD.

    Otherwise as `password`.
    """
    return _secret_of(RETURNS_PASSWORD_VARIABLE, "")


def returns_token() -> str:
    """Return a token of OAuth 2.0 for that mailbox, which another program keeps fresh; from DIGEST_IMAP_TOKEN.

    Otherwise as `password`.
    """
    return _secret_of(RETURNS_TOKEN_VARIABLE, "")


def database_password() -> str:
    """Return the password of the database's user, from DIGEST_DATABASE_PASSWORD; empty where it is not there.

    Otherwise as `password`.
    """
    return _secret_of(DATABASE_PASSWORD_VARIABLE, "")


def hook_secret(hook: str) -> str:
    """Return what a provider's requests are signed with, from DIGEST_HOOK_SECRET_ID; empty where it is not there.

    hook: its id. Otherwise as `password`.
    """
    return _secret_of(HOOK_VARIABLE, hook)


def client_secret(server: str = "") -> str:
    """Return what proves to a mail server's provider that this program asks; from DIGEST_SMTP_CLIENT_SECRET.

    Otherwise as `password`. Not all providers give one.
    """
    return _secret_of(CLIENT_SECRET_VARIABLE, server)


def _secret_of(name: str, server: str) -> str:
    variable = name + (f"_{server.upper().replace('-', '_')}" if server else "")
    file = os.environ.get(f"{variable}_FILE")
    if not file:
        return os.environ.get(variable, "")
    try:
        return Path(file).read_text().strip()
    except (OSError, UnicodeDecodeError) as fault:
        what = f"The file that {variable}_FILE names cannot be read."
        raise ConfigurationError((_finding("password", file, what, "Check its path."),)) from fault


def own_templates(folder: Path) -> dict[str, str]:
    """Return path -> text of the templates that a workspace has of its own.

    Raises ConfigurationError where one cannot be read.
    """
    root = folder / TEMPLATES
    texts = {}
    for file in sorted(root.rglob("*.j2")):
        try:
            texts[f"{TEMPLATES}/{file.relative_to(root).as_posix()}"] = file.read_text(encoding="utf8")
        except (OSError, UnicodeDecodeError) as fault:
            raise ConfigurationError(
                (_finding("template", str(file), "The template cannot be read as UTF-8 text.", "Save it as UTF-8."),)
            ) from fault
    return texts


@cache
def _reader() -> TypeAdapter[Workspace]:
    # it takes ten times as long to make as to use
    return TypeAdapter(Workspace)


def _located(error: ErrorDetails, lines: Lines) -> tuple[ValuePath, Finding]:
    path: ValuePath = tuple(error["loc"])
    code, what, mend = structure.told(error)
    return path, _finding(code, f"{FILE}:{lines.of(path)}", what, mend)


def _syntax(words: str) -> Finding:
    place = re.search(r"line (\d+), column \d+", words)
    line = place.group(1) if place else "1"
    what = re.sub(r"\s*\(at .*\)$", "", words)
    return _finding(
        "syntax", f"{FILE}:{line}", f"The line cannot be read: {what}.", "Texts stand in quotes; one value a line."
    )


def _finding(code: str, where: str, what: str, mend: str) -> Finding:
    return Finding(code=f"config.{code}", severity=Severity.MUST_MEND, where=where, what=what, mend=mend)
