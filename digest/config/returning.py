"""Returning: what may be wrong with where returned mail lies."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from digest.config.lines import ValuePath
from digest.domain.model import Returns

#: the environment variables that hold the mailbox's password, or a token of OAuth 2.0
RETURNS_PASSWORD_VARIABLE = "DIGEST_IMAP_PASSWORD"
RETURNS_TOKEN_VARIABLE = "DIGEST_IMAP_TOKEN"
_MOST_MINUTES = 1_440


def faults(returns: Returns, at: ValuePath) -> Iterator[tuple[ValuePath, str, str]]:
    """Yield (path, what is wrong, how to mend it) for the mailbox that mail comes back to."""
    if returns.url and returns.maildir:
        yield (*at, "maildir"), "Both “url” and “maildir” are given.", "Keep the one in which the mail arrives."
    if returns.url and not _is_mailbox(returns.url):
        what = f"“{returns.url.split('@')[-1]}” is no mailbox."
        yield (*at, "url"), what, "Write it like imap://bounces%40example.org@imap.example.org."
    if returns.url and _has_password(returns.url):
        mend = f"Put it into {RETURNS_PASSWORD_VARIABLE} and remove it here."
        yield (*at, "url"), "A password stands in the file.", mend
    if not returns.folder.strip():
        yield (*at, "folder"), "“folder” is empty.", "Write INBOX, or remove the line."
    if not 1 <= returns.every_minutes <= _MOST_MINUTES:
        yield (*at, "every_minutes"), f"“every_minutes” is not 1 to {_MOST_MINUTES:,}.", "15 is right for most."


def _is_mailbox(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme == "imap" and bool(parts.hostname) and bool(parts.username) and parts.port != 0
    except ValueError:
        return False


def _has_password(url: str) -> bool:
    try:
        return urlsplit(url).password is not None
    except ValueError:
        return False
