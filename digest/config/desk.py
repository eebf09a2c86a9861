"""The desk: what may be wrong with where staff's pages are served, and whom they tell."""

from __future__ import annotations

import re
from collections.abc import Iterator

from digest.config.lines import ValuePath
from digest.config.public import served_faults
from digest.domain.model import Desk

# without a path: cookies and the policy of the pages are for a whole host
_ADDRESS = re.compile(r"https://[A-Za-z0-9.-]+(:\d+)?")


def faults(desk: Desk, at: ValuePath) -> Iterator[tuple[ValuePath, str, str]]:
    """Yield (path, what is wrong, how to mend it) for the settings of the staff's pages."""
    yield from served_faults(desk.listen, desk.trusted_proxies, at, "127.0.0.1:8026")
    if desk.address and not _ADDRESS.fullmatch(desk.address):
        what = f"“{desk.address}” is no https address without anything after its host."
        yield (*at, "address"), what, "Write it like https://desk.example.org."
