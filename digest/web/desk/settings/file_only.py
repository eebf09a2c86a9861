"""File only: the settings that no page changes, each with its reason. Whoever may write digest.toml sets them there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOnly:
    """Settings that stand in digest.toml alone, for one reason."""

    #: table and name of each, as docs/settings.md has them
    settings: tuple[str, ...]
    why: str


FILE_ONLY = (
    FileOnly(
        settings=("newsletter.id", "source.id", "theme.id", "segment.id", "server.id"),
        why="People, editions and links are known by it for good. A page makes it once, of the name.",
    ),
    FileOnly(
        settings=("source.kind",),
        why="What lies at an address decides it. Paste the address anew to have it looked at.",
    ),
    FileOnly(
        settings=("newsletter.subscribers", "returns.maildir"),
        why="Where files lie on this machine: with it, whoever may use the desk could read what the machine can.",
    ),
    FileOnly(
        settings=("source.allow_private", "desk.private_webhooks"),
        why="It lets Digest ask machines of your own network that nobody from outside can reach.",
    ),
    FileOnly(
        settings=("public.listen", "public.trusted_proxies", "desk.listen", "desk.address", "desk.trusted_proxies"),
        why="How these pages themselves are reached: a wrong one locks everybody out, you too.",
    ),
    FileOnly(
        settings=("returns.url", "returns.tls", "hook.id", "hook.provider", "hook.topic"),
        why="Its password or secret is set where the program is started, and would go to whatever is named here.",
    ),
    FileOnly(
        settings=("oauth.authorize_url", "oauth.token_url", "oauth.scopes"),
        why="The client secret is shown to these addresses. Those of Google and Microsoft are known; others are rare.",
    ),
    FileOnly(
        settings=("schedule.calendar", "calendar.terms", "calendar.closed", "calendar.holidays"),
        why="A calendar of its own is for a newsletter that goes to another region; the one on the page is for all.",
    ),
    FileOnly(
        settings=("database",),
        why="Where all of this lies: a page cannot move it. `digest copy-to` does, and compares every row.",
    ),
    FileOnly(
        settings=("dkim_processes",),
        why="It is worth something only where more than two thousand messages leave a second.",
    ),
)
