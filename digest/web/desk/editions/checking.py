"""Checking: what is wrong with an edition is looked for beside its page, which is shown at once.

To check two dozen emails takes a second or two. One thread does it, a moment after the page was asked for, so that
pages are answered meanwhile; what is overtaken before its turn comes is not checked.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor

from digest.app.showing import Preview
from digest.domain.model import Finding

#: seconds for which a page waits for it
PATIENCE = 0.0
#: seconds after which it begins: the page that is asked for with it is answered first, and not in turns with it
_HEAD_START = 0.25


class Check:
    """One look at what is wrong with an edition, which may go on."""

    def __init__(self, found: Future[tuple[Finding, ...]], patience: float) -> None:
        self._found = found
        self._patience = patience

    @property
    def is_done(self) -> bool:
        """Tell whether it is known what is wrong."""
        return self._found.done() and not self._found.cancelled()

    @property
    def is_under_way(self) -> bool:
        """Tell whether it is begun, or waits for its turn."""
        return not self._found.done()

    def findings(self) -> Sequence[Finding] | None:
        """Return what was found; None where it goes on, or was dropped."""
        try:
            return self._found.result(self._patience)
        except (TimeoutError, CancelledError):
            return None

    def drop(self) -> None:
        """Do not begin it any more: the edition is another."""
        self._found.cancel()


class Checks:
    """Begins them, one after the other."""

    def __init__(self, patience: float = PATIENCE) -> None:
        """patience: seconds for which a page waits."""
        self._patience = patience
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="check")

    def begin(self, preview: Preview) -> Check:
        """Have an edition checked."""
        # who waits for it needs no head start
        pause = _HEAD_START if self._patience < _HEAD_START else 0.0
        return Check(self._thread.submit(_checked, preview, pause), self._patience)


def _checked(preview: Preview, pause: float) -> tuple[Finding, ...]:
    time.sleep(pause)
    return preview.findings
