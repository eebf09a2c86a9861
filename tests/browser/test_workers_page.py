"""The page of workers, as Chromium shows it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from digest.web.desk.site import site
from tests.browser.desks import SIZES, USUAL, Shown, chromium, judged, overhang
from tests.browser.viewing import SCHEMES
from tests.conftest import Clock
from tests.jobs.conftest import utc
from tests.postgresql import Server
from tests.sharing import SharedBench, shared_database
from tests.web.desk import conftest
from tests.web.desk.conftest import PATIENT, Office
from tests.web.desk.test_workers import PAGE, busy


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory, postgresql: Server) -> Iterator[Shown]:
    address = shared_database(postgresql)
    with pytest.MonkeyPatch.context() as patch, chromium() as browser:
        patch.setattr(conftest, "Workbench", lambda folder, clock: SharedBench(folder, clock, address))
        made = Office(tmp_path_factory.mktemp("desk"), Clock(utc(2026, 11, 23, 9)), "", USUAL, PATIENT)
        made.web = site(made.app, PATIENT)
        busy(made)
        yields = Shown(made, browser)
        yields.account()
        yield yields
        yields.close()


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("size", SIZES)
def test_the_page_of_workers_is_for_everybody(shown: Shown, size: str, scheme: str) -> None:
    page = shown.open(PAGE, size, scheme)
    assert judged(page) == []
    assert overhang(page) == 0
    page.close()
