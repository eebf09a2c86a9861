"""Several machines: the files of one count, and a machine that differs says so and takes no task."""

from __future__ import annotations

import socket
from datetime import timedelta
from pathlib import Path

import pytest

from digest.app import in_step, workers
from digest.app import settings as app_settings
from digest.config.change import Put
from digest.domain.errors import ConfigurationError, Refused
from digest.domain.ports import Attendance, Task, Work
from digest.jobs.staffing import By
from tests.jobs.conftest import CONFIGURATION
from tests.sharing import SharedBench, Sharing

_OTHER = CONFIGURATION.replace('name = "Fernhill news"', 'name = "Another name"')


def _as(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: host)


def test_the_first_machine_whose_clock_rings_leads_and_one_with_the_same_files_is_in_step(
    sharing: Sharing, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = sharing("first"), sharing("second")
    assert in_step.refusal(second.app) == "No machine says yet whose files count: start `digest run` on one."
    _as("london", monkeypatch)
    in_step.lead(first.app)
    _as("leeds", monkeypatch)
    assert in_step.refusal(second.app) == ""
    in_step.lead(second.app)
    with second.app.store.reading() as session:
        lead = session.attending.lead()
    assert lead is not None
    assert lead.host.startswith("london:")


def test_a_machine_whose_files_differ_says_which_and_may_be_made_to_lead_by_a_person(
    sharing: Sharing, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = sharing("first"), sharing("second", text=_OTHER)
    _as("london", monkeypatch)
    in_step.lead(first.app)
    _as("leeds", monkeypatch)
    words = in_step.refusal(second.app)
    assert words.startswith("The files digest.toml of this machine differ from those of london:")
    with pytest.raises(Refused, match=r"digest\.toml") as refused:
        in_step.lead(second.app)
    assert "digest run --lead" in refused.value.mend
    in_step.lead(second.app, insist=True)
    assert in_step.refusal(second.app) == ""
    _as("london", monkeypatch)
    assert "differ from those of leeds:" in in_step.refusal(first.app)


def test_who_was_in_step_may_change_a_setting_and_the_others_wait_until_they_have_it(
    sharing: Sharing, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = sharing("first"), sharing("second")
    _as("london", monkeypatch)
    in_step.lead(first.app)
    _as("leeds", monkeypatch)
    in_step.lead(second.app)
    (second.folder / "digest.toml").write_text(CONFIGURATION)
    by = By(name="Hannah Cole")
    named = Put(at=("newsletters", "news"), values={"name": "Another name"})
    app_settings.change(second.app, by, app_settings.seen(second.app), [named])
    assert in_step.refusal(second.app) == ""
    _as("london", monkeypatch)
    assert "digest.toml" in in_step.refusal(first.app)
    # whoever is out of step changes nothing that nobody would heed
    (first.folder / "digest.toml").write_text(CONFIGURATION)
    with pytest.raises(Refused, match="differ from those of leeds"):
        app_settings.change(first.app, by, app_settings.seen(first.app), [named])
    assert (first.folder / "digest.toml").read_text() == CONFIGURATION


def test_another_version_of_the_program_takes_no_task(sharing: Sharing, monkeypatch: pytest.MonkeyPatch) -> None:
    here = sharing()
    in_step.lead(here.app)
    monkeypatch.setattr(in_step, "version", lambda name: "99.0")
    assert in_step.refusal(here.app).startswith("This machine has version 99.0 of the program, and ")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (
            '\n[server]\nurl = "smtp://post@mail.example.org"\n',
            "the password of post at mail.example.org is not known",
        ),
        ('\n[[dkim]]\ndomain = "fernhill.example.org"\nselector = "s1"\n', "s1"),
        (
            '\n[[newsletters.sources]]\nid = "notes"\nkind = "file"\naddress = "notes"\nname = "Notes"\n',
            "the file or folder “notes” of the source “notes” is not there",
        ),
    ],
    ids=["a password", "a key", "a file"],
)
def test_a_machine_that_lacks_something_says_what(sharing: Sharing, more: str, words: str) -> None:
    text = CONFIGURATION
    if "sources" in more:
        text = text.replace("[[newsletters.themes]]", f"{more}[[newsletters.themes]]", 1)
    else:
        text += more
    here = sharing(text=text)
    in_step.lead(here.app)
    assert "This machine lacks something: " in in_step.refusal(here.app)
    assert words in in_step.refusal(here.app)


def test_another_secret_is_refused_kindly_and_one_that_is_missing_is_not_made(sharing: Sharing) -> None:
    first, second, third = sharing("first"), sharing("second"), sharing("third")
    in_step.mark(first.app)
    (second.folder / ".digest" / "secret").write_text("0" * 64 + "\n")
    with pytest.raises(Refused, match="another secret") as refused:
        _ = second.app.secret
    assert "Copy .digest/secret" in refused.value.mend
    with pytest.raises(Refused, match="another secret"):
        in_step.lead(second.app, insist=True)
    kept = third.folder / ".digest" / "secret"
    kept.unlink()
    with pytest.raises(ConfigurationError):
        _ = third.app.secret
    assert not kept.exists()


def test_the_mark_tells_nothing_of_the_secret(sharing: Sharing) -> None:
    here = sharing()
    in_step.mark(here.app)
    secret = here.app.secret
    with here.app.store.reading() as session:
        mark = session.attending.known_mark()
    assert len(mark) == 64
    assert secret.decode() not in mark
    assert mark not in secret.decode()


def _attending(here: SharedBench, name: str, **changes: object) -> None:
    now = here.clock()
    usual = {
        "id": name, "name": name, "host": f"{name}:/srv", "pid": 1, "version": "1", "revision": "r",
        "since": now, "seen": now,
    }  # fmt: skip
    with here.app.store.writing() as session:
        session.attending.attend(Attendance(**{**usual, **changes}))  # type: ignore[arg-type]


def test_who_works_is_shown_in_words_and_who_was_not_seen_for_a_while_as_away(sharing: Sharing) -> None:
    here = sharing()
    _attending(here, "busy", doing="Sending news-2026-11-24-0800")
    _attending(here, "different", refuses="It has other files.")
    _attending(here, "gone", seen=here.clock() - timedelta(minutes=3))
    shown = workers.shown(here.app)
    told = {one.name: (one.words, one.seen, one.tone) for one in shown.workers}
    assert told == {
        "busy": ("Sending news-2026-11-24-0800", "a moment ago", "ok"),
        "different": ("It has other files.", "a moment ago", "warn"),
        "gone": ("Was not seen for a while: it was ended, or its machine is away", "3 minutes ago", "stop"),
    }  # fmt: skip
    assert not shown.remarks
    assert [one.name for one in workers.alive(here.app)] == ["busy", "different"]


def test_tasks_that_wait_for_nobody_are_said(sharing: Sharing) -> None:
    here = sharing()
    with here.app.store.writing() as session:
        session.tasks.want([Task(work=Work.COLLECT, of="news")])
    _attending(here, "different", refuses="It differs.")
    shown = workers.shown(here.app)
    assert shown.remarks == ["No worker takes tasks: start `digest worker` on a machine. 1 task waits."]
    assert [(one.what, one.waiting) for one in shown.queue] == [("Asking sources", 1), ("Drafting", 0), ("Sending", 0)]


def test_on_one_machine_a_worker_is_refused_with_what_to_do(digest: object, tmp_path: Path) -> None:
    digest("init", tmp_path / "here")  # type: ignore[operator]
    done = digest("worker", "-w", tmp_path / "here")  # type: ignore[operator]
    assert done.returncode == 1
    assert "The database of this workspace is a file of this machine" in done.stderr
    assert "`digest run` does everything" in done.stderr
