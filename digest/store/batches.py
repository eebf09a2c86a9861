"""Batches: values that are asked for at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

#: SQLite takes no more than 32,766 values in a statement
AT_ONCE = 10_000


def batches(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield values in batches that a statement can take."""
    for start in range(0, len(values), AT_ONCE):
        yield values[start : start + AT_ONCE]
