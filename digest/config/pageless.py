"""What digest.toml must fulfil where there are no public pages: base_url is empty, and people leave by mail."""

from __future__ import annotations

from collections.abc import Iterator

from digest.config.lines import ValuePath
from digest.domain.model import Workspace

Fault = tuple[ValuePath, str, str]


def faults(workspace: Workspace) -> Iterator[Fault]:
    """Yield (path, what is wrong, how to mend it) for what needs pages that there are none of."""
    if workspace.brand.pictures == "linked":
        what = "Pictures are linked, and base_url is empty: there is no place that they could lie at."
        yield ("brand", "pictures"), what, 'Write pictures = "embedded" or "none", or give base_url.'
    for number, newsletter in enumerate(workspace.newsletters):
        at = ("newsletters", number)
        if not newsletter.sender.unsubscribe_mailto:
            what = "base_url is empty, and there is no address that a mail asking to unsubscribe may be sent to."
            mend = 'Add a line: unsubscribe_mailto = "leave@example.org", a mailbox that is read ([returns]).'
            yield (*at, "sender", "unsubscribe_mailto"), what, mend
        if newsletter.tracking.clicks:
            what = "Clicks are counted by the public pages, and base_url is empty."
            yield (*at, "tracking", "clicks"), what, "Remove the line, or give base_url."
