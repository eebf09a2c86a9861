"""Again: what was undone since somebody else changed the same at once is done once more."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from digest.domain.errors import Collided

Result = TypeVar("Result")
#: how often something is tried at all
TRIES = 3
#: seconds before the second try; before the third twice as many
_PAUSE_SECONDS = 0.1


def again(work: Callable[[], Result]) -> Result:
    """Do something that is one transaction, up to three times.

    Raises what it raises, and Collided where it was undone each time.
    """
    for number in range(1, TRIES):
        try:
            return work()
        except Collided:
            # whoever did not have to give way needs a moment, or both meet again
            time.sleep(_PAUSE_SECONDS * number)
    return work()
