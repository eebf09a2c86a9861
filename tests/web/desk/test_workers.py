"""The page of workers: who works from which machine, and what waits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from digest.app import in_step
from digest.domain.model import Role
from digest.domain.ports import Attendance, Task, Work
from tests.conftest import Clock
from tests.sharing import Sharing
from tests.web.desk import conftest
from tests.web.desk.conftest import Office

PAGE = "/settings/workers"


def busy(made: Office) -> None:
    """Have three workers, of which one differs and one is away, and tasks that wait."""
    now = made.clock()
    usual: dict[str, Any] = {
        "pid": 1,
        "version": "0.1.0",
        "revision": "1",
        "since": now - timedelta(hours=3),
        "seen": now,
    }
    in_step.lead(made.app)
    with made.app.store.writing() as session:
        for one in (
            Attendance(id="1", name="london", host="london:/srv", doing="Sending news-2026-11-24-0800", **usual),
            Attendance(id="2", name="leeds", host="leeds:/srv", refuses="The files <digest.toml> differ.", **usual),
            Attendance(id="3", name="york", host="york:/srv", **usual | {"seen": now - timedelta(hours=2)}),
        ):
            session.attending.attend(one)
        session.tasks.want([Task(work=Work.SEND, of="news-2026-11-24-0800", part=part) for part in range(3)])
        session.tasks.want([Task(work=Work.COLLECT, of="news")])


@pytest.fixture
def shared_office(sharing: Sharing, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    make: Callable[..., object] = lambda folder, clock: sharing("desk")  # noqa: E731 (it takes the place of a class)
    monkeypatch.setattr(conftest, "Workbench", make)
    return Office(tmp_path / "desk", clock)


def test_who_works_and_what_waits_is_shown_to_an_admin(shared_office: Office) -> None:
    busy(shared_office)
    admin = shared_office.enter(Role.ADMIN, "Hannah Cole")
    assert f'href="{PAGE}"' in admin.get("/settings").text
    page = admin.get(PAGE).text
    assert "Sending news-2026-11-24-0800 · london:/srv · since Mon 23 Nov, 06:00 · seen a moment ago" in page
    assert "The files &lt;digest.toml&gt; differ." in page
    assert "Was not seen for a while: it was ended, or its machine is away" in page
    assert "Whose files count" in page
    assert "No worker takes tasks" not in page


def test_that_nobody_works_is_said(shared_office: Office) -> None:
    page = shared_office.enter(Role.ADMIN, "Hannah Cole").get(PAGE).text
    assert "No worker takes tasks: start `digest worker` on a machine. Nothing waits just now." in page
    assert "Nobody works yet." in page


def test_an_editor_sees_no_workers(shared_office: Office) -> None:
    editor = shared_office.enter(Role.EDITOR)
    assert PAGE not in editor.get("/settings").text
    assert "Only an admin can do this." in editor.get(PAGE).text


def test_who_has_one_machine_is_not_bothered_with_workers(office: Office) -> None:
    admin = office.enter(Role.ADMIN, "Hannah Cole")
    assert PAGE not in admin.get("/settings").text
    assert "This workspace lives on one machine" in admin.get(PAGE).text
