"""The command about links that were followed: clicks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from digest.cli.frame import EditionArgument, JsonOption, WorkspaceOption, app, say, show_json, show_table, tell_next

if TYPE_CHECKING:
    from digest.jobs.clicks import Followed

_CAUTION = (
    "These are visits, not people: programs that look for harmful links follow them too, often all of them within a "
    "minute of the mail."
)


@app.command()
def clicks(edition: EditionArgument, workspace: WorkspaceOption = Path(), as_json: JsonOption = False) -> None:
    """Show how often each link of an edition was followed, by day; of nobody in particular."""
    from digest.app import App
    from digest.jobs.clicks import look

    opened = App.open(workspace)
    found, followed = look(opened.store, edition)
    if as_json:
        show_json(_as_data(edition, followed))
        return
    if not any(one.clicks for one in followed):
        _tell_nothing(edition, opened.as_drafted(found).newsletter.tracking.clicks)
        return
    rows = [(one.title or "–", one.link, f"{one.clicks:,}") for one in followed]
    show_table(f"Links of {edition}", ("story", "link", "clicks"), rows, ("clicks",))
    show_table(
        "By day (UTC)", ("day", "clicks"), [(day, f"{number:,}") for day, number in _days(followed)], ("clicks",)
    )
    say(_CAUTION)


def _tell_nothing(edition: str, counted: bool) -> None:
    if counted:
        say(f"No link of {edition} was followed yet.")
        return
    say(f"The links of {edition} are not counted: they lead straight to the stories.")
    tell_next("to count those of editions to come, write clicks = true under [newsletters.tracking] in digest.toml.")


def _days(followed: Sequence[Followed]) -> list[tuple[date, int]]:
    days: Counter[date] = Counter()
    for one in followed:
        days.update(one.days)
    return sorted(days.items())


def _as_data(edition: str, followed: Sequence[Followed]) -> dict[str, object]:
    return {
        "edition": edition,
        "clicks": sum(one.clicks for one in followed),
        "links": [
            {
                "link": one.link,
                "title": one.title,
                "clicks": one.clicks,
                "days": {f"{day}": number for day, number in one.days.items()},
            }
            for one in followed
        ],
        "days": {f"{day}": number for day, number in _days(followed)},
    }
