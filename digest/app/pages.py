"""Pages: whether there are any for readers, what is lost where there are none, and what is counted by them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from digest import config
from digest.domain.errors import Refused
from digest.domain.model import Edition, Finding, Placement, Severity, Workspace
from digest.jobs import press

if TYPE_CHECKING:
    from digest.app import App

#: what is lost without public pages: (what, why)
_LOST = (
    ("Emails have no link to a web version.", "Who cannot read them in a mail program has no other place."),
    ("There is no archive and no feed of past editions.", "They are public pages."),
    ("Readers cannot choose their themes, how often it comes, or a break.", "You change it in the subscribers' file."),
    ("There is no sign-up form.", "Nobody can confirm by a link that an address is theirs; people come by your file."),
    (
        "Nobody can leave by one click: a mail is written, and it counts when your mailbox is read.",
        "Gmail and Yahoo want one click from who sends more than 5,000 messages a day (RFC 8058).",
    ),
)


def needed(workspace: Workspace, what: str) -> None:
    """Raise Refused where there are no public pages; what: what cannot be without them, a sentence."""
    if not workspace.base_url:
        raise Refused(
            f"{what} That needs public pages, and base_url is empty in {config.FILE}: there are none.",
            "Give base_url the https address at which you will serve them (docs/public.md).",
        )


def findings(workspace: Workspace) -> list[Finding]:
    """Say what is lost where there are no public pages."""
    if workspace.base_url:
        return []
    lost = [_found("check.no-pages", Severity.NOTE, what, why) for what, why in _LOST]
    if not (workspace.returns.url or workspace.returns.maildir):
        what = "People leave by writing a mail, and this program reads no mailbox."
        why = "Until somebody does what they ask for, they are mailed against their will."
        mend = "Name the mailbox under [returns], or take each of them off with `digest leave ADDRESS`."
        lost.append(_found("check.no-mailbox", Severity.LOOK_AT, what, why, mend))
    return lost


def counted(app: App, edition: Edition, placements: Sequence[Placement]) -> dict[str, str]:
    """Return where the counted links of an edition's emails lead: address in the email -> address in the end."""
    # what is stored leads where it led when it was made
    drafted = app.as_drafted(edition)
    by = replace(app.press(drafted.newsletter), base_url=drafted.base_url)
    return press.counted_links(by, edition.id, placements)


def _found(code: str, severity: Severity, what: str, why: str, mend: str = "") -> Finding:
    return Finding(
        code=code,
        severity=severity,
        where=f"{config.FILE}: base_url",
        what=what,
        why=why,
        mend=mend or "Nothing, if you want no public pages; else give base_url their https address.",
    )
