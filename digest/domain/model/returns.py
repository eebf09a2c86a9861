"""What digest.toml says of where returned mail lies, and who tells of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from digest.domain.model.tls import Tls

#: whose way of signing it is; feedback/hooks has a module for each
HookProvider = Literal["standard", "mailgun", "sendgrid", "ses", "postmark"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Returns:
    """The mailbox in which bounces, complaints and replies arrive; one of `url` and `maildir`, or neither."""

    #: imap://user@host[:port]; the password comes from the environment (DIGEST_IMAP_PASSWORD or _FILE)
    url: str = ""
    tls: Tls = "tls"
    #: the folder that is read, and the one that what counted is moved to
    folder: str = "INBOX"
    done: str = "Digest/Done"
    #: a folder on this machine, inside the workspace or an absolute path
    maildir: str = ""
    #: minutes between two looks
    every_minutes: int = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """Where a provider tells what became of the mail: at /hooks/ID of the readers' pages.

    What its requests are signed with comes from the environment (DIGEST_HOOK_SECRET_ID or …_FILE).
    """

    id: str
    provider: HookProvider
    #: of Amazon the topic (ARN) whose word counts; its requests need no secret
    topic: str = ""
