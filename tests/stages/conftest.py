from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from digest.domain.model import DateFrom, Insight

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def insight() -> Callable[..., Insight]:
    """Make an insight; what is not given is usual and its own."""
    numbers = count()

    def make(title: str, summary: str = "", **fields: Any) -> Insight:
        usual = {
            "id": f"id{next(numbers)}",
            "source": "ours",
            "link": "",
            "published": NOON,
            "date_from": DateFrom.STATED,
            "first_seen": NOON,
        }
        return Insight(title=title, summary=summary, **(usual | fields))

    return make
