"""What a page changes in digest.toml holds at once, is told with who did it, and can be put back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from digest.app import settings
from digest.config.change import Put
from digest.domain.errors import Refused
from tests.conftest import Clock
from tests.jobs.conftest import CONFIGURATION, Workbench

NEWS = ("newsletters", "news")


@pytest.fixture
def bench(tmp_path: Path, clock: Clock) -> Iterator[Workbench]:
    made = Workbench(tmp_path, clock)
    (tmp_path / "digest.toml").write_text(CONFIGURATION)
    yield made
    made.app.store.close()


def _at(bench: Workbench) -> str:
    return bench.app.newsletter("news").schedule.at


def test_what_was_changed_holds_at_once_and_is_told_with_who_did_it(bench: Workbench) -> None:
    done = settings.change(
        bench.app, "Hannah", settings.seen(bench.app), [Put(at=NEWS, values={"schedule.at": "09:00"})]
    )
    assert _at(bench) == "09:00"
    assert (done.who, done.at) == ("Hannah", bench.clock())
    assert [(one.at, one.before, one.after) for one in done.changed.differences] == [
        ((*NEWS, "schedule", "at"), "08:00", "09:00")
    ]


def test_a_change_is_put_back_and_that_holds_at_once(bench: Workbench) -> None:
    done = settings.change(bench.app, "Hannah", settings.seen(bench.app), [Put(at=NEWS, values={"name": "Other"})])
    back = settings.put_back(bench.app, "Marcus", done.changed.before, done.changed.after)
    assert bench.app.newsletter("news").name == "Fernhill news"
    assert back.changed.before == done.changed.after
    assert (bench.folder / "digest.toml").read_text() == CONFIGURATION


def test_a_page_is_made_from_what_the_file_says_by_now(bench: Workbench) -> None:
    first = settings.seen(bench.app)
    (bench.folder / "digest.toml").write_text(CONFIGURATION.replace("08:00", "07:00"))
    assert settings.seen(bench.app) != first
    assert _at(bench) == "07:00"


def test_while_the_file_has_a_fault_pages_show_what_held_before_and_say_so(bench: Workbench) -> None:
    first = settings.seen(bench.app)
    assert settings.fault(bench.app) is None
    (bench.folder / "digest.toml").write_text(CONFIGURATION.replace("08:00", "8"))
    assert settings.seen(bench.app) == first
    assert _at(bench) == "08:00"
    fault = settings.fault(bench.app)
    assert fault is not None
    assert "no time of day" in fault.what


def test_a_version_stays_kept_over_a_restart(bench: Workbench) -> None:
    first = settings.seen(bench.app)
    (bench.folder / "digest.toml").write_text(CONFIGURATION.replace("08:00", "07:00"))
    bench.configure(CONFIGURATION.replace("08:00", "07:00"))
    settings.change(bench.app, "Hannah", first, [Put(at=NEWS, values={"name": "Other"})])
    assert (_at(bench), bench.app.newsletter("news").name) == ("07:00", "Other")
    with pytest.raises(Refused, match="not kept any more"):
        settings.change(bench.app, "Hannah", "0" * 64, [Put(at=NEWS, values={"name": "Third"})])
