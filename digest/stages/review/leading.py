"""Counted links: an email that leads straight to its stories, for whoever looks it over before anybody has it."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping


def led(part: str, leads: Mapping[str, str], *, escape: bool) -> str:
    """Return a part with the addresses that count a click replaced by those that they lead to.

    leads: address that counts -> where it leads; escape: for HTML.
    """
    if not leads:
        return part

    def target(found: re.Match[str]) -> str:
        return html.escape(leads[found[0]]) if escape else leads[found[0]]

    return re.sub("|".join(map(re.escape, leads)), target, part)
