"""`digest dates` and `digest check` say what was understood of when a newsletter goes out."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.app import App, check
from digest.cli import dates as command
from digest.config import SECRET_VARIABLE
from tests.conftest import migrated
from tests.jobs.conftest import CONFIGURATION, PEOPLE

TERMS = """
[[terms]]
name = "Summer"
begins = 2027-04-12
ends = 2027-07-20
"""
#: a Wednesday; Monday 3 May is a bank holiday
NOW = datetime(2027, 4, 28, 12, tzinfo=UTC)


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    migrated(tmp_path / "digest.db")
    (tmp_path / "subscribers.csv").write_text(PEOPLE)
    (tmp_path / "secret").write_text("s" * 40)
    monkeypatch.setenv(SECRET_VARIABLE, str(tmp_path / "secret"))
    say(tmp_path, "every Monday at 8, in term time, not on bank holidays")
    real = App.open

    def opened(folder: Path) -> App:
        made = real(folder)
        made.clock = lambda: NOW  # type: ignore[method-assign]
        return made

    monkeypatch.setattr(App, "open", opened)
    return tmp_path


def say(folder: Path, words: str, more: str = TERMS) -> None:
    schedule = f'at = "08:00"\nwhen = "{words}"\n'
    (folder / "digest.toml").write_text(CONFIGURATION.replace('at = "08:00"\n', schedule) + more)


def dates(folder: Path, capsys: pytest.CaptureFixture[str], newsletter: str | None = None, **more: bool) -> str:
    command.dates(newsletter, folder, **more)
    return capsys.readouterr().out


def test_the_next_ten_dates_are_shown_with_what_hangs_on_them_and_why_others_are_left_out(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = " ".join(dates(workspace, capsys).split())
    assert "Every Monday at 08:00 (Europe/London), in term time only." in shown
    assert "left out: May Day: it comes on Tuesday 4 May instead" in shown
    assert "moved from Monday 3 May (May Day)" in shown
    found = json.loads(dates(workspace, capsys, "news", as_json=True))[0]["dates"]
    kept = [one for one in found if not one["left_out"]]
    assert len(kept) == 10
    assert kept[0]["due"] == "2027-05-04T07:00:00+00:00"
    assert kept[0]["drafted"] == "2027-05-03T05:00:00+00:00"
    assert kept[0]["moved_from"] == "2027-05-03"


def test_after_the_last_term_it_says_that_no_date_is_ahead(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    say(workspace, "every Monday at 8, in term time", TERMS.replace("2027-0", "2026-0"))
    assert "No date is ahead: add your next terms." in dates(workspace, capsys)


def test_check_says_the_sentence_and_the_dates_and_that_all_terms_are_over(workspace: Path) -> None:
    say(workspace, "first Monday of the month at 9:30", "")
    (told,) = [one for one in check.check(workspace) if one.code == "check.dates"]
    assert told.what == "On the first Monday of each month at 09:30 (Europe/London)."
    assert told.why.count("Mon ") == 10
    say(workspace, "every Monday in term time", TERMS.replace("2027-0", "2021-0"))
    (told,) = [one for one in check.check(workspace) if one.code == "check.terms"]
    assert told.what == "All terms are over: the last one ended on 20 July 2021."
    say(workspace, "every Monday in term time", "")
    (told,) = check.check(workspace)
    assert told.where == "digest.toml:17"
    assert told.what == "There are no terms for “in term time”."


def test_what_is_wrong_is_named_with_its_line(workspace: Path) -> None:
    say(workspace, "every Monday", TERMS + TERMS.replace("Summer", "Again"))
    (told,) = check.check(workspace)
    assert (told.where, told.what[:7]) == ("digest.toml:54", "“Again”")
    say(workspace, "every Monday", '[holidays]\ncountry = "Narnia"\n')
    (told,) = check.check(workspace)
    assert told.what == "The bank holidays of “Narnia” are not known."
    say(workspace, "every Monday", '[[terms]]\nname = "Spring"\nbegin = 2027-01-04\nends = 2027-02-12\n')
    assert "Did you mean “begins”?" in {one.mend for one in check.check(workspace)}
    own = """[newsletters.schedule.calendar]
[[newsletters.schedule.calendar.terms]]
name = "A"
begins = 2027-02-01
ends = 2027-01-01
"""
    say(workspace, "every Monday", "")
    text = (workspace / "digest.toml").read_text()
    sources = "[[newsletters.sources]]"
    (workspace / "digest.toml").write_text(text.replace(sources, own + sources, 1))
    (told,) = check.check(workspace)
    assert told.what == "“A” ends before it begins."
