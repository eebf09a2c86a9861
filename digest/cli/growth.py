"""The command about how a list grows: growth."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.deliveries import as_cell
from digest.cli.frame import (
    JsonOption,
    NewsletterOption,
    WorkspaceOption,
    app,
    findings_as_data,
    say,
    show_findings,
    show_json,
    show_table,
    tell_next,
)
from digest.domain.errors import Refused
from digest.domain.model import Newsletter

if TYPE_CHECKING:
    from digest.app import App
    from digest.domain.ports import Agreed, Headcount
    from digest.jobs.growth import Growth
    from digest.stages.growth import Week

#: the longest bar, in characters
WIDTH = 14
#: weeks; with more of them a day needs its year
_A_YEAR = 52
_JOINED, _GONE = "█", "░"
_COLUMNS = ("email", "first_name", "last_name", "consent_source", "consent_at")


@app.command()
def growth(
    workspace: WorkspaceOption = Path(),
    newsletter: NewsletterOption = None,
    weeks: Annotated[int, typer.Option(min=1, max=520, help="How many weeks to look back.")] = 12,
    old_consent: Annotated[
        Path | None, typer.Option("--old-consent", help="Write those whose consent is old into this file, as CSV.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show how the list grows: who came and left and how, which domains refuse, whose consent is old."""
    from digest.app import App
    from digest.jobs.growth import look

    opened = App.open(workspace)
    chosen = opened.newsletter(newsletter)
    if old_consent is not None:
        _write(opened, chosen, old_consent, as_json)
        return
    found = look(opened.store, opened.clock, chosen, weeks)
    if as_json:
        show_json(_as_data(found))
        return
    for one in found.sentences:
        say(one, "bold")
    show_findings(found.findings)
    _show_people(found.headcount)
    _show_weeks(found.weeks)
    _show_ways("How people came", found.joined_by)
    _show_ways("How people left", found.ended_by)
    _show_refusals(found)
    _show_consent(found, chosen.consent_months)


def bars(weeks: Sequence[Week]) -> list[str]:
    """Draw for each week who joined and, after them, who left, all weeks to one measure; whoever there is is seen."""
    longest = max((week.joined + week.gone for week in weeks), default=0)
    return [_bar(_JOINED, week.joined, longest) + _bar(_GONE, week.gone, longest) for week in weeks]


def _bar(mark: str, people: int, longest: int) -> str:
    return mark * max(1, round(people / longest * WIDTH)) if people else ""


def _show_people(headcount: Headcount) -> None:
    rows = [
        ("get it", headcount.active - headcount.kept_off),
        ("of the list, paused for now", headcount.paused),
        ("kept off", headcount.kept_off),
        ("wait for a consent record", headcount.pending),
        ("left", headcount.unsubscribed),
        ("address does not exist", headcount.bounced),
        ("reported it as spam", headcount.complained),
        ("erased", headcount.erased),
    ]
    show_table("People now", ("", "people"), [(words, f"{people:,}") for words, people in rows], ("people",))


def _show_weeks(weeks: Sequence[Week]) -> None:
    # what never happened needs no column
    rare = [name for name in ("bounced", "complained", "erased") if any(getattr(week, name) for week in weeks)]
    counts = ("joined", "left", *rare)
    rows = [
        (
            f"{week.begins.day} {week.begins:%b}" + (f" {week.begins.year}" if len(weeks) > _A_YEAR else ""),
            *(f"{getattr(week, name):,}" for name in counts),
            f"{week.net:+,}" if week.net else "0",
            bar,
        )
        for week, bar in zip(weeks, bars(weeks), strict=True)
    ]
    columns = ("week of", *counts, "net", f"{_JOINED} came {_GONE} gone")
    show_table("By week, from Monday", columns, rows, (*counts, "net"))


def _show_ways(title: str, ways: Sequence[tuple[str, int]]) -> None:
    if ways:
        show_table(title, ("how", "people"), [(how or "–", f"{people:,}") for how, people in ways], ("people",))


def _show_refusals(found: Growth) -> None:
    many = len(found.editions)
    if not many:
        return
    which = f"the last {many} editions" if many > 1 else found.editions[0]
    if not found.refusals:
        say(f"No domain refused anything of {which}.")
        return
    rows = [(one.domain, f"{one.sent:,}", f"{one.refused:,}", f"{one.put_off:,}", one.reply) for one in found.refusals]
    numbers = ("sent", "refused", "put off")
    show_table(f"Refusals of {which}", ("domain", *numbers, "the worst answer"), rows, numbers)


def _show_consent(found: Growth, months: int) -> None:
    if found.old_before is None:
        return
    people = sum(found.old_consent.values())
    if not people:
        say(f"Nobody's consent is older than {months} months.")
        return
    rows = [(year, f"{number:,}") for year, number in found.old_consent.items()]
    show_table(f"Consent older than {months} months", ("agreed in", "people"), rows, ("people",))
    tell_next("`digest growth --old-consent FILE` writes a list of these people, to look at.")


def _write(opened: App, newsletter: Newsletter, file: Path, as_json: bool) -> None:
    from digest.config import write_private
    from digest.jobs.growth import of_old_consent, old_before

    before = old_before(newsletter, opened.clock())
    if before is None:
        raise Refused(
            "No consent is ever old: `consent_months` is 0.", f"Set it in digest.toml, under {newsletter.id}, to count."
        )
    if file.exists():
        raise Refused(f"{file} is there already, and is not written over.", "Name a file that is not there.")
    content, people = _csv(of_old_consent(opened.store, newsletter, before))
    write_private(file, content)
    if as_json:
        show_json({"file": file, "people": people, "before": before})
        return
    say(f"Wrote {'1 person' if people == 1 else f'{people:,} people'} into {file}, readable by you alone.", "bold")
    say(f"They agreed more than {newsletter.consent_months} months ago, and are mailed as before.")
    tell_next("look at it; `digest leave ADDRESS` takes somebody off who should not be on the list. Then remove it.")


def _csv(people: Iterable[Agreed]) -> tuple[bytes, int]:
    """Return people as CSV, and how many they are."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    count = 0
    for count, one in enumerate(people, 1):  # noqa: B007 (the last one is how many)
        row = (one.address, one.first_name, one.last_name, one.source, f"{one.at:%Y-%m-%d}")
        writer.writerow([as_cell(cell) for cell in row])
    return text.getvalue().encode(), count


def _as_data(found: Growth) -> dict[str, object]:
    return {
        "sentences": found.sentences,
        "findings": findings_as_data(found.findings),
        "people": found.headcount,
        "weeks": [
            {
                "begins": f"{week.begins}",
                "joined": week.joined,
                "left": week.left,
                "bounced": week.bounced,
                "complained": week.complained,
                "erased": week.erased,
                "net": week.net,
            }
            for week in found.weeks
        ],
        "joined_by": [{"how": how, "people": people} for how, people in found.joined_by],
        "ended_by": [{"how": how, "people": people} for how, people in found.ended_by],
        "editions": found.editions,
        "refusals": found.refusals,
        "old_before": found.old_before,
        "old_consent": found.old_consent,
    }
