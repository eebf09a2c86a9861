"""A line that tells how a sending stands, while it goes on."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rich.console import Console
from rich.live import Live
from rich.text import Text

from digest.cli.frame import at_time, err

if TYPE_CHECKING:
    from digest.app.sending import Outset
    from digest.jobs.ledger import Standing

#: how often a line is drawn anew on a terminal, and after how many seconds a new one is printed elsewhere
TIMES_A_SECOND, PLAIN_SECONDS = 4, 30.0
#: the rate is that of so many seconds
_SECONDS = 10.0


class Rate:
    """How many there were a second, over the last ten."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """clock: seconds that never go back."""
        self._clock = clock
        self._seen: deque[tuple[float, int]] = deque()

    def of(self, count: int) -> float:
        """Return the rate, now that there have been so many; 0 until it can be told."""
        now = self._clock()
        self._seen.append((now, count))
        while len(self._seen) > 2 and self._seen[1][0] <= now - _SECONDS:
            self._seen.popleft()
        since, before = self._seen[0]
        return (count - before) / (now - since) if now > since else 0.0


class LiveLine:
    """Shows how a sending stands, for the length of a `with` block.

    Call it with how it stands: that costs next to nothing. A thread of its own looks at that; it redraws one line on a
    terminal, and prints one now and then where there is none.
    """

    def __init__(self, zone: str, console: Console = err, every: float = PLAIN_SECONDS) -> None:
        """zone: whose time of day is shown; every: seconds between two lines where there is no terminal."""
        self._zone = zone
        self._console = console
        self._every = every
        self._now: tuple[Outset, Standing] | None = None
        self._rate = Rate()
        self._ending = threading.Event()
        self._live = Live(
            get_renderable=self._drawn, console=console, refresh_per_second=TIMES_A_SECOND, redirect_stdout=False
        )
        self._thread = threading.Thread(target=self._print, name="live line", daemon=True)

    def __call__(self, outset: Outset, standing: Standing) -> None:
        """Take how a sending stands; standing may go on changing."""
        self._now = outset, standing

    def __enter__(self) -> LiveLine:
        """Begin to show."""
        if self._console.is_interactive:
            self._live.start()
        else:
            self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, _: TracebackType | None) -> None:
        """Show it no more; on a terminal the last line stays, if there was anything to say."""
        self._ending.set()
        if self._console.is_interactive:
            self._live.transient = self._now is None
            self._live.stop()
        else:
            self._thread.join()

    def _words(self) -> str:
        if self._now is None:
            return "Making the first messages…"
        outset, standing = self._now
        return words(outset, standing, self._rate.of(_ended(standing)), self._zone)

    def _drawn(self) -> Text:
        return Text(self._words(), no_wrap=True, overflow="ellipsis")

    def _print(self) -> None:
        while not self._ending.wait(self._every):
            self._console.print(Text(self._words()), soft_wrap=True)


def words(outset: Outset, standing: Standing, rate: float, zone: str) -> str:
    """Say how a sending stands; rate: messages a second, zone: whose time of day is meant."""
    sent = outset.sent + standing.sent
    refused = outset.refused + standing.refused
    doubtful = outset.doubtful + standing.doubtful
    waiting = max(0, outset.people - sent - refused - doubtful - standing.skipped)
    counts = [f"{sent:,} sent", f"{refused:,} refused"]
    if doubtful:
        counts.append(f"{doubtful:,} in doubt")
    parts = [", ".join([*counts, f"{waiting:,} waiting"])]
    # both are set by another thread
    opens, servers = standing.opens, dict(standing.servers)
    if opens is not None:
        first = f"the first {outset.canary_percent:g} %" if outset.canary_percent else "those who get it first"
        parts.append(f"{sent:,} of {first} have it; the rest goes from {at_time(opens, zone)}")
    elif rate > 0:
        parts.append(f"{_per_second(rate)} a second")
        parts.append(f"{_duration(waiting / rate)} left")
    if len(servers) > 1:
        parts.append(", ".join(sorted(f"{_host(url)} {count:,}" for url, count in servers.items())))
    return " · ".join(parts)


def _ended(standing: Standing) -> int:
    return standing.sent + standing.refused + standing.doubtful + standing.skipped


def _per_second(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}"


def _duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def _host(url: str) -> str:
    """Return a server's host and port, without whoever signs in there."""
    return urlsplit(url).netloc.rpartition("@")[2] or url
