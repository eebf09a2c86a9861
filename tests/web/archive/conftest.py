"""The readers' pages over a real database, asked as a browser asks them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from digest.web.public import site as public_site
from tests.conftest import Clock
from tests.jobs.conftest import Workbench

BASE = "https://digest.example.org"


@pytest.fixture
def bench(tmp_path: Path, clock: Clock) -> Workbench:
    return Workbench(tmp_path, clock)


@pytest.fixture
def visit() -> Iterator[Callable[[Workbench], TestClient]]:
    """Return what opens the readers' pages of a workspace."""
    with ExitStack() as open_sites:

        def opened(bench: Workbench) -> TestClient:
            web = open_sites.enter_context(public_site(bench.app, lambda: None))
            return TestClient(web, base_url=BASE, follow_redirects=False)

        yield opened
