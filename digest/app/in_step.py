"""In step: several machines work for a workspace, and the files of one of them count.

What differs, and what comes of it::

    digest.toml, templates       servers, sources and looks would be others: the machine takes no task
    the program's version        the same
    keys, passwords, sign-ins    mail would leave unsigned, or not at all: where some lack, it takes no task
    files that sources name      half of the news makes no draft: the same
    the secret                   links in mails would stop working: no command that needs it works there
    the list of subscribers      nothing: it is read alone where the files are that count

An edition that is being sent goes by the bytes and the revision that were signed, which the database keeps, so a change
of the files while it is on its way changes nothing of it.
"""

from __future__ import annotations

import hashlib
import hmac
import socket
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from digest import config
from digest.app import passwords, signing, tokens
from digest.domain.errors import ConfigurationError, Refused
from digest.domain.model import Finding, Server, Severity
from digest.domain.ports import Lead

if TYPE_CHECKING:
    from digest.app import App


#: what the mark of a secret is made of
_MARKED = b"digest: the secret of a workspace"
#: files that are named, where some differ
_NAMED = 3


def place(app: App) -> str:
    """Return where the files of this workspace lie, as others see it."""
    return f"{socket.gethostname()}:{app.loaded.folder.resolve()}"


def secret(app: App) -> bytes:
    """Return the workspace's secret; it is made where there is none and no mail was ever planned with one.

    It writes nothing into the database: who asks may be amid a transaction. Raises ConfigurationError where it is
    missing, and Refused where other machines work with another one.
    """
    with app.store.reading() as session:
        fresh = not session.editions.every()
        known = session.attending.known_mark()
    found = config.secret(app.loaded.folder, create=fresh and not known)
    if known and known != _mark(found):
        raise Refused(
            "This machine has another secret than the others of this workspace: links in its mails would not work.",
            "Copy .digest/secret from the machine that `digest status` shows there, and start this again.",
        )
    return found


def _mark(secret: bytes) -> str:
    """Return that by which a secret is known, and which tells nothing of it."""
    return hmac.new(secret, _MARKED, hashlib.sha256).hexdigest()


def mark(app: App) -> None:
    """Let this machine's secret be that of all. Raises as `secret` does."""
    mine = _mark(app.secret)
    with app.store.writing() as session:
        session.attending.mark(mine)
    # another machine may have been first
    secret(app)


def lead(app: App, *, insist: bool = False) -> None:
    """Let the files of this machine count, where they may; insist: a person says so.

    They may where nobody's do yet, where it is they already, and where they were the same until somebody changed them
    here. Raises Refused where those of another machine count, and these are others.
    """
    mark(app)
    mine = Lead(host=place(app), revision=app.loaded.revision, version=version("digest"), at=app.clock())
    with app.store.writing() as session:
        found = session.attending.lead()
        is_same = found is not None and (found.revision, found.version) == (mine.revision, mine.version)
        may = found is None or found.host == mine.host or found.revision == app.step.revision or insist
        if may and not (is_same and not insist):
            session.editions.keep_revision(mine.revision, mine.at, app.loaded.files)
            session.attending.set_lead(mine)
    if may or is_same:
        app.step.revision = mine.revision
        return
    raise Refused(
        refusal(app),
        "Copy them from there. Where those of this machine are the right ones, `digest run --lead` lets them count.",
    )


def leads(app: App) -> bool:
    """Tell whether this machine's files count. The list is read there alone: others may have an old one."""
    if not app.is_shared:
        return True
    with app.store.reading() as session:
        found = session.attending.lead()
    return found is None or found.host == place(app)


def refusal(app: App) -> str:
    """Return why this machine takes no task, in words; empty where it takes them."""
    with app.store.reading() as session:
        found = session.attending.lead()
        files = session.editions.revision(found.revision) if found is not None else {}
    if found is None:
        return "No machine says yet whose files count: start `digest run` on one."
    if found.version != version("digest"):
        return f"This machine has version {version('digest')} of the program, and {found.host} has {found.version}."
    if found.revision != app.loaded.revision:
        return f"{_others(files, app.loaded.files)} differ from those of {found.host}, which count."
    lacking = next(_lacking(app), None)
    return f"This machine lacks something: {lacking.what} {lacking.mend}".rstrip() if lacking is not None else ""


def _others(theirs: Mapping[str, str], mine: Mapping[str, str]) -> str:
    """Name files that differ."""
    names = sorted(name for name in {*theirs, *mine} if theirs.get(name) != mine.get(name))
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"The files {', '.join(names[:_NAMED])}{more} of this machine"


def _lacking(app: App) -> Iterator[Finding]:
    """Yield what this machine needs and has not."""
    workspace = app.loaded.workspace
    found = [*signing.findings(app.loaded), *tokens.findings(app.loaded)]
    yield from (one for one in found if one.severity == Severity.MUST_MEND)
    for server, name in ((workspace.server, ""), *((one, one.id) for one in workspace.servers)):
        yield from _passwordless(app, server, name)
    for newsletter in workspace.newsletters:
        for source in newsletter.sources:
            if source.kind == "file" and not (app.loaded.folder / source.address).exists():
                what = f"the file or folder “{source.address}” of the source “{source.id}” is not there."
                yield _finding(what, "Copy it from the machine whose files count.")


def _passwordless(app: App, server: Server, name: str) -> Iterator[Finding]:
    """Yield where a server asks for a user, and nothing is known to say to it."""
    user = urlsplit(server.url).username
    if not user or server.oauth is not None:
        return
    try:
        known = config.password(name) or config.token(name) or passwords.kept(app.loaded.folder, name, server)
    except ConfigurationError as fault:
        yield from fault.findings
        return
    if not known:
        what = f"the password of {user} at {urlsplit(server.url).hostname} is not known here."
        variable = f"DIGEST_SMTP_PASSWORD{f'_{name.upper()}' if name else ''}"
        yield _finding(what, f"Give it in {variable}, or in the file that {variable}_FILE names.")


def _finding(what: str, mend: str) -> Finding:
    return Finding(code="worker.lacks", severity=Severity.MUST_MEND, where="worker", what=what, mend=mend)
