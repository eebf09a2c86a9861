"""The clock is told to end while an edition leaves: what is on the wire is finished, and the next one goes on."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable

from digest.app import App
from digest.jobs import steering
from tests.conftest import Sink
from tests.crash.conftest import Desk, mailed, nobody_is_lost_or_mailed_twice, until


def test_a_clock_told_to_stop_amid_a_send_settles_what_it_began_and_the_next_one_goes_on(
    desk: Callable[[int], Desk], slow_sink: Sink
) -> None:
    """Fault 23: SIGTERM, as systemd and Docker end `digest run`."""
    here = desk(300)
    edition = here.approved()
    configuration = here.folder / "digest.toml"
    configuration.write_text(configuration.read_text().replace("smtp://127.0.0.1:25", slow_sink.url))
    app = App.open(here.folder)
    steering.send_now(app.store, app.clock, edition, "Noreen Fairbrass")
    app.store.close()

    clock = here.start("run", "--no-pages", "--no-desk")
    until(lambda: mailed(slow_sink) >= 5 or clock.poll() is not None, "five messages")
    told = time.monotonic()
    clock.send_signal(signal.SIGTERM)
    assert clock.wait(timeout=20) == 0, here.said
    assert time.monotonic() - told < 20
    counts = here.counts(edition)
    assert counts["unknown"] == counts["claimed"] == 0
    assert counts["sent"] == mailed(slow_sink)
    assert counts["pending"] > 0, "it was told while mail was flowing"
    assert "Traceback" not in here.said

    clock = here.start("run", "--no-pages", "--no-desk")
    until(lambda: here.state(edition) == "sent" or clock.poll() is not None, "the rest")
    clock.send_signal(signal.SIGTERM)
    assert clock.wait(timeout=20) == 0, here.said
    assert nobody_is_lost_or_mailed_twice(here, edition, slow_sink) == {"sent": 300}


#: the desk uses up its memory while it holds the database, and the kernel ends it
_HOARDING = """
import os, resource, signal, sqlite3, threading, time
def hoard():
    while not os.path.exists("now"):
        time.sleep(0.01)
    held = sqlite3.connect("digest.db", isolation_level=None, timeout=30)
    held.execute("BEGIN IMMEDIATE")
    resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))
    kept = []
    try:
        while True:
            kept.append(bytes(50_000_000))
    except MemoryError:
        os.kill(os.getpid(), signal.SIGKILL)
threading.Thread(target=hoard, daemon=True).start()
"""


def test_a_desk_that_uses_up_its_memory_takes_nothing_from_the_sending(
    desk: Callable[[int], Desk], slow_sink: Sink
) -> None:
    """Fault 69: the pages are processes of their own, as the units of deploy/ have them."""
    here = desk(300)
    edition = here.approved()
    configuration = here.folder / "digest.toml"
    configuration.write_text(f'{configuration.read_text()}\n[desk]\nlisten = "127.0.0.1:0"\n')
    pages = here.start("desk", first=_HOARDING)
    until(lambda: "The desk: http" in here.said, "the desk")
    sender = here.sender(edition, slow_sink)
    until(lambda: mailed(slow_sink) >= 5, "five messages")
    (here.folder / "now").touch()
    assert pages.wait(timeout=30) == -signal.SIGKILL, here.said
    assert mailed(slow_sink) < 300, "it ended while mail was flowing"
    assert sender.wait(timeout=60) == 0, here.said
    assert nobody_is_lost_or_mailed_twice(here, edition, slow_sink) == {"sent": 300}
