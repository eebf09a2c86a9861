"""Returning: the mailbox that mail comes back to is read, and what counts is put away after it was committed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from digest import config
from digest.app import former
from digest.domain.errors import Refused
from digest.domain.model import What
from digest.domain.ports import Mailbox
from digest.jobs import feedback

if TYPE_CHECKING:
    from digest.app import App

#: messages of one look: what is left is read the next time
MOST_MESSAGES = 5_000
#: what is put away; all else is for a person to read
_READ = (What.BOUNCE, What.COMPLAINT, What.UNSUBSCRIBE, What.AUTO_REPLY)


@dataclass(slots=True, kw_only=True)
class Returned:
    """What one look at the mailbox came to."""

    #: messages that were looked at, and those that are left for a person
    messages: int = 0
    left: int = 0
    #: hard, soft, complaint, left -> how often
    counted: Counter[str] = field(default_factory=Counter)
    #: messages that tell of somebody, and nothing in them shows that the mail was ours
    unproven: int = 0


def read(app: App) -> Returned:
    """Read what came back, each message in a commit of its own.

    Raises Refused where no mailbox is set, ServerTrouble where it cannot be read; what was not read waits.
    """
    # with the packages for it, reading takes a third of a second to load
    from digest.feedback.report import read as read_report

    done = Returned()
    work = work_of(app)
    with _mailbox(app) as mailbox:
        for key, message in mailbox.messages():
            report = read_report(message)
            applied = feedback.apply(work, report, message)
            done.messages += 1
            done.counted.update(applied.counted)
            done.unproven += applied.unproven
            if report.what in _READ and not applied.unproven:
                mailbox.done(key)
            else:
                done.left += 1
            if app.stopping.is_set() or done.messages >= MOST_MESSAGES:
                break
    return done


def work_of(app: App) -> feedback.Work:
    """Return what reports are applied with."""
    return feedback.Work(
        store=app.store,
        clock=app.clock,
        # mail of one that has ended comes back as well, and its readers may still leave
        newsletters=(*app.loaded.workspace.newsletters, *former.newsletters(app).values()),
        secret=app.secret,
        suppression_key=app.suppression_key,
    )


def sentence(done: Returned) -> str:
    """Say in a line what came back; empty where nothing counted."""
    words = {
        "hard": ("address does not exist", "addresses do not exist"),
        "soft": ("was refused for now", "were refused for now"),
        "complaint": ("reported it as spam", "reported it as spam"),
        "left": ("asked to leave", "asked to leave"),
    }
    told = [f"{count:,} {words[kind][count > 1]}" for kind, count in sorted(done.counted.items())]
    if done.unproven:
        told.append(f"{done.unproven:,} could not be shown to be about your mail")
    return ", ".join(told)


def is_set(app: App) -> bool:
    """Tell whether there is a mailbox to read."""
    returns = app.loaded.workspace.returns
    return bool(returns.url or returns.maildir)


@contextmanager
def _mailbox(app: App) -> Iterator[Mailbox]:
    returns = app.loaded.workspace.returns
    if returns.maildir:
        from digest.feedback.maildir import Maildir

        yield Maildir(app.loaded.folder / returns.maildir, returns.done.replace("/", "."))
        return
    if not returns.url:
        raise Refused(
            "No mailbox is set that mail comes back to.",
            'Write [returns] with url = "imap://…" into digest.toml; docs/bounces.md shows how.',
        )
    from digest.feedback.imap import Account, Imap, Proof

    token = config.returns_token()
    proof = Proof(password=config.returns_password(), token=(lambda refused: config.returns_token()) if token else None)
    account = Account(url=returns.url, tls=returns.tls, folder=returns.folder, done=returns.done)
    with Imap(account, proof) as mailbox:
        yield mailbox
