"""Terms, closed days and bank holidays are set on the desk, and the newsletter’s page says what its words mean."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from digest.domain.model import Role, Schedule, Span
from digest.jobs import edition as editions
from digest.jobs import waiting
from tests.conftest import Clock
from tests.jobs.conftest import utc
from tests.web.desk.setting import Setting, faults, words

NEWS, CALENDAR = "/settings/newsletters/news", "/settings/calendar"
SPRING = {"kind": "terms", "name": "Spring", "begins": "2027-01-04", "ends": "2027-02-12"}


@pytest.fixture
def setting(tmp_path: Path, clock: Clock) -> Setting:
    return Setting(tmp_path, clock)


def add(setting: Setting, **typed: str) -> object:
    seen = setting.fields(CALENDAR)
    return setting.browser.post(f"{CALENDAR}/add", csrf=seen["csrf"], seen=seen["seen"], **typed)


def test_terms_are_added_in_their_order_and_taken_out_again(setting: Setting) -> None:
    assert "No terms yet." in setting.page(CALENDAR)
    assert setting.said(add(setting, **SPRING)) == "Added Spring."  # type: ignore[arg-type]
    autumn = SPRING | {"name": "Autumn", "begins": "2026-11-02", "ends": "2026-12-18"}
    setting.said(add(setting, **autumn))  # type: ignore[arg-type]
    assert setting.workspace.terms == (
        Span(name="Autumn", begins=date(2026, 11, 2), ends=date(2026, 12, 18)),
        Span(name="Spring", begins=date(2027, 1, 4), ends=date(2027, 2, 12)),
    )
    assert "begins = 2026-11-02" in setting.text
    assert setting.newsletter.schedule.calendar.terms == setting.workspace.terms
    assert "Mon 4 January 2027 to Fri 12 February 2027" in setting.page(CALENDAR)
    seen = setting.fields(CALENDAR)
    removing = {"csrf": seen["csrf"], "seen": seen["seen"], "kind": "terms", "number": "0"}
    assert setting.said(setting.browser.post(f"{CALENDAR}/remove", **removing)) == "Took out Autumn."
    assert [one.name for one in setting.workspace.terms] == ["Spring"]
    seen = setting.fields(CALENDAR)
    last = {"csrf": seen["csrf"], "seen": seen["seen"], "kind": "terms", "number": "0"}
    assert setting.said(setting.browser.post(f"{CALENDAR}/remove", **last)) == "Took out Spring."
    assert setting.workspace.terms == ()
    assert setting.put_back().status_code == 303
    assert len(setting.workspace.terms) == 1
    setting.said(add(setting, **autumn))  # type: ignore[arg-type]
    seen = setting.fields(CALENDAR)
    removing = {"csrf": seen["csrf"], "seen": seen["seen"], "kind": "terms", "number": "0"}
    assert setting.said(setting.browser.post(f"{CALENDAR}/remove", **removing)) == "Took out Autumn."
    assert setting.put_back().status_code == 303
    assert len(setting.workspace.terms) == 2
    assert "changed" in setting.office.trail()[0] or "added" in setting.office.trail()[0]


def test_what_is_wrong_with_a_term_stands_beside_its_field_and_what_was_typed_is_kept(setting: Setting) -> None:
    setting.said(add(setting, **SPRING))  # type: ignore[arg-type]
    before = setting.text
    for typed, name, told in (
        ({"begins": "2027-02-30"}, "terms.begins", "Choose a day"),
        ({"name": " "}, "terms.name", "Write what it is called"),
        ({"ends": "2027-01-01", "begins": "2027-01-02"}, "terms.ends", "ends before it begins"),
        ({"begins": "2027-02-12", "ends": "2027-03-01"}, "terms.begins", "before “Spring” ends"),
    ):
        answer = add(setting, **{**SPRING, "name": "Another", **typed})
        assert answer.status_code == 422, words(answer)  # type: ignore[attr-defined, arg-type]
        assert told in faults(answer)[name]  # type: ignore[arg-type]
    assert 'value="Another"' in answer.text  # type: ignore[attr-defined]
    assert setting.text == before
    strange = add(setting, **{**SPRING, "kind": "newsletters"})
    assert strange.status_code == 409  # type: ignore[attr-defined]
    seen = setting.fields(CALENDAR)
    gone = {"csrf": seen["csrf"], "seen": seen["seen"], "kind": "terms", "number": "7"}
    assert setting.browser.post(f"{CALENDAR}/remove", **gone).status_code == 409


def test_closed_days_and_another_country_change_the_dates(setting: Setting) -> None:
    days = {"kind": "closed", "name": "Office closed", "begins": "2026-11-24", "ends": "2026-11-30"}
    setting.said(add(setting, **days))  # type: ignore[arg-type]
    page = setting.page(NEWS)
    assert "Tue 24 Nov, 08:00: closed: Office closed" in page
    assert "Mon 28 December 2026: Boxing Day (observed)" in setting.page(CALENDAR)
    seen = setting.fields(CALENDAR)
    typed = {"csrf": seen["csrf"], "seen": seen["seen"], "country": "GB", "region": "SCT"}
    assert setting.said(setting.browser.post(CALENDAR, **typed)) == "Saved whose bank holidays count."
    assert "Sat 2 January 2027: New Year Holiday" in setting.page(CALENDAR)
    seen = setting.fields(CALENDAR)
    answer = setting.browser.post(CALENDAR, **{**typed, "seen": seen["seen"], "region": "YRK"})
    assert "Known are ENG" in faults(answer)["region"]


def test_only_an_admin_changes_the_calendar(setting: Setting) -> None:
    for role, name in ((Role.EDITOR, "Eve Long"), (Role.APPROVER, "Amir Short")):
        assert setting.office.enter(role, name).get(CALENDAR).status_code == 403


def test_words_are_said_back_with_their_dates_while_they_are_typed_and_nothing_is_saved(setting: Setting) -> None:
    before = setting.text
    shown = words(
        setting.send(
            NEWS,
            NEWS,
            schedule__when="first Monday of the month at 9:30, not on bank holidays",
            schedule__draft="2 working days before at 18:00",
            schedule__approve_by="the working day before at 16:00",
            schedule__window="between 10:00 and 19:00",
            act="dates",
        )
    )
    assert "On the first Monday of each month at 09:30 (Europe/London)." in shown
    assert "Mon 7 Dec, 09:30" in shown
    assert "approval is due by Fri 4 Dec, 16:00" in shown
    assert "It leaves on Mon 7 Dec, 10:00, when its hours for mail begin." in shown
    assert "Mon 3 May, 09:30: May Day: it comes on Tuesday 4 May instead" in shown
    assert setting.text == before
    saved = setting.send(NEWS, NEWS, schedule__when="every Friday at 10", schedule__days="")
    assert setting.said(saved) == "Saved Fernhill news."
    assert setting.newsletter.schedule.when == "every Friday at 10"


def test_words_that_cannot_be_read_are_told_with_the_word_and_kept(setting: Setting) -> None:
    typed = {"schedule__when": "every tuseday", "schedule__draft": "sometime", "schedule__remind_hours_before": "soon"}
    answer = setting.send(NEWS, NEWS, **typed)
    assert answer.status_code == 422
    told = faults(answer)
    assert told.keys() == {"schedule.when", "schedule.draft", "schedule.remind_hours_before"}
    assert "“tuseday” cannot be read here. Did you mean “tuesday”?" in told["schedule.when"]
    assert 'value="every tuseday"' in answer.text
    impossible = setting.send(NEWS, NEWS, schedule__approve_by="3 days before at 9:00")
    assert "before the draft is made" in faults(impossible)["schedule.approve_by"]
    zone = setting.send(NEWS, NEWS, schedule__timezone="Europe/Lodnon")
    assert "Did you mean “Europe/London”?" in faults(zone)["schedule.timezone"]


def test_everything_of_the_schedule_is_saved_and_can_be_emptied_again(setting: Setting) -> None:
    typed = {
        "schedule__draft": "the evening before at 18:00",
        "schedule__approve_by": "30 minutes before",
        "schedule__remind_hours_before": "6, 1",
        "schedule__unapproved": "miss",
        "schedule__window": "between 07:00 and 19:00",
        "schedule__local_time_field": "timezone",
        "schedule__catch_up_hours": "3",
    }
    setting.said(setting.send(NEWS, NEWS, **typed))
    schedule = setting.newsletter.schedule
    assert (schedule.draft, schedule.remind_hours_before, schedule.unapproved) == (
        "the evening before at 18:00",
        (6, 1),
        "miss",
    )
    assert (schedule.window, schedule.local_time_field, schedule.catch_up_hours) == (
        "between 07:00 and 19:00",
        "timezone",
        3,
    )
    assert "Whose morning is over already gets it at once" in setting.page(NEWS)
    emptied = dict.fromkeys(typed, "") | {"schedule__unapproved": "hold", "schedule__catch_up_hours": "12"}
    setting.said(setting.send(NEWS, NEWS, **emptied))
    schedule = setting.newsletter.schedule
    assert (schedule.draft, schedule.approve_by, schedule.window) == ("", "", "")
    assert schedule.remind_hours_before == ()
    assert schedule.days == Schedule().days


def test_home_and_the_edition_say_when_it_leaves_and_by_when_it_is_to_be_approved(tmp_path: Path, clock: Clock) -> None:
    more = 'at = "06:30"\napprove_by = "the evening before at 20:00"\nwindow = "between 07:00 and 19:00"\n'
    setting = Setting(tmp_path, clock)
    setting.by_hand('at = "08:00"\n', more)
    app = setting.office.app
    app.reload(print)
    bench = setting.office.bench
    bench.newsletter = app.newsletter()
    bench.insights("Nursery play", "Maths of fractions")
    app.import_people(bench.newsletter)
    made = app.draft(bench.newsletter).edition
    assert made is not None
    due = "Approval is due by Mon 23 Nov, 20:00. Approved later, but before Tue 24 Nov, 06:30, it still leaves on time."
    for path in ("/", f"/editions/{made.id}"):
        assert due in setting.page(path)
    app.approve(made.id, "Hannah Cole")
    leaves = "It leaves at Tue 24 Nov, 07:00, when its hours for mail begin."
    for path in ("/", f"/editions/{made.id}", f"/editions/{made.id}/sending"):
        assert leaves in setting.page(path), path
    clock.now = utc(2026, 11, 24, 6, 40)
    found = editions.find(app.store, made.id)
    (waits,) = waiting.sentences(bench.newsletter, found, clock())
    assert waits.startswith("It waits for its hours for mail until Tue 24 Nov, 07:00.")
    setting.browser = setting.office.sit(setting.office.person("Hannah Cole"))
    home = setting.page("/")
    assert "No. 1 waits. It waits for its hours for mail until Tue 24 Nov, 07:00." in home
