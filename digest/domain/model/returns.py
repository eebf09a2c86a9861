"""What digest.toml says of where returned mail lies."""

from __future__ import annotations

from dataclasses import dataclass

from digest.domain.model.tls import Tls


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
