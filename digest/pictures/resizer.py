"""Resizer: pictures are opened in child processes with limits on time and memory, as documents are.

A decoder is a parser in C of what strangers made: what it does to its process it does to a child, which is ended.
"""

from __future__ import annotations

from digest.children.limited import MOST_SECONDS, Children, Unfinished
from digest.domain.errors import PictureError
from digest.domain.model import Shaped


class Resizer:
    """A few child processes that make pictures smaller; they start with the first one and end with `close`."""

    def __init__(self, workers: int = 2, seconds: float = MOST_SECONDS) -> None:
        self._children = Children(("digest.pictures.shaping",), workers, seconds)

    def __enter__(self) -> Resizer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def shaped(self, content: bytes) -> Shaped:
        """Make all shapes of a picture (see pictures.shaping.shaped), within the limits.

        Raises PictureError where it cannot be used, or took too long or too much memory.
        """
        try:
            return self._children.done(_shaped, content)
        except Unfinished as fault:
            raise PictureError(f"it cannot be opened: {fault.why}") from fault

    def close(self) -> None:
        """Have the children end; nothing is made from then on."""
        self._children.close()


def _shaped(content: bytes) -> Shaped:
    from digest.pictures import shaping  # only children load Pillow

    return shaping.shaped(content)
