"""Report: one page of what a send came to, to print or to save with its messages."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jinja2

from digest.app import App
from digest.app import report as reports
from digest.domain.ports import CountsAs
from digest.jobs.report import Report, Result
from digest.web import plots
from digest.web.plots import Colours, Point

_PAGES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "printed"), autoescape=True, undefined=jinja2.StrictUndefined
)
#: what people count as, as a screen says it
OUTCOMES: Mapping[CountsAs, str] = {
    CountsAs.SENT: "Sent",
    CountsAs.WAITING: "Waiting",
    CountsAs.PUT_OFF: "Refused for now",
    CountsAs.FAILED: "Refused",
    CountsAs.UNKNOWN: "Unknown",
    CountsAs.SKIPPED: "Skipped",
}
#: the earliest time that a ZIP can hold
_ZIP_BEGINS = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A plot and the same numbers as a table."""

    title: str
    #: SVG, and HTML
    drawn: str
    numbers: str


def drawings(report: Report, colours: Colours = plots.OF_THE_PAGE) -> list[Plot]:
    """Return the plots of a report; those of clicks only where any were counted."""
    over = (
        ("sent", "Sent, over editions", "people", lambda one: one.sent),
        ("bounced", "Refused or came back, over editions", "people", lambda one: one.bounced),
        ("left", "Left the list, over editions", "people", lambda one: one.left),
    )
    made = [_over_editions(report, *each, colours=colours) for each in over]
    if any(count for _, count in report.by_theme):
        title, points = "Clicks by theme", [Point(label=name, value=count) for name, count in report.by_theme]
        drawn = plots.bars("clicks", title, points, colours)
        made.append(Plot(title=title, drawn=drawn, numbers=plots.numbers(title, "Theme", "Clicks", points)))
    return made


def page(report: Report, zone: str) -> str:
    """Return a report as one page of HTML that asks for nothing else; zone: whose times are shown."""
    counts = report.following.counts
    shown = [(OUTCOMES[one].lower(), counts[one]) for one in CountsAs if counts[one] or one == CountsAs.SENT]
    return _PAGES.get_template("report.html.j2").render(
        report=report,
        counts=[*shown, ("left the list", report.left), ("clicks, no names kept", report.clicks)],
        outcomes=OUTCOMES,
        plots=drawings(report),
        when=lambda moment: _when(moment, zone),
    )


def saved(app: App, edition: str) -> bytes:
    """Return a report as a ZIP: the page, the numbers as JSON, and the message of each variant as it was signed.

    Nobody's address is in it. Raises NotFound, and Refused for an edition that nobody got.
    """
    report = reports.look(app, edition)
    zone = app.newsletter_of(report.edition).schedule.timezone
    files = {"report.html": page(report, zone).encode(), "report.json": _dumped(report)}
    files |= {f"messages/{slug}.eml": content for slug, content in reports.messages(app, report).items()}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(f"{edition}/{name}", _moment(report.at)), content)
    return packed.getvalue()


def as_data(report: Report) -> dict[str, Any]:
    """Return a report's numbers for a script; nobody's address is among them."""
    following = report.following
    return {
        "edition": report.edition.id,
        "number": report.edition.number,
        "state": str(report.edition.state),
        "slot": report.edition.slot,
        "sentence": report.sentence,
        "began_at": report.began_at,
        "ended_at": report.ended_at,
        "people": following.people,
        "counts": {str(name): count for name, count in following.counts.items()},
        "reasons": [asdict(one) for one in following.reasons],
        "left": report.left,
        "clicks": report.clicks,
        "by_theme": dict(report.by_theme),
        "editions": [asdict(one) for one in report.editions],
        "to_decide": len(report.to_decide),
        "approvals": [{"who": one.who, "at": one.at} for one in report.approvals],
        "fingerprints": [asdict(one) for one in report.fingerprints],
        "matches": report.matches,
    }


def _over_editions(
    report: Report, key: str, title: str, unit: str, value: Any, *, colours: Colours = plots.OF_THE_PAGE
) -> Plot:
    def label(one: Result) -> str:
        return f"{one.number}"

    points = [Point(label=label(one), value=value(one)) for one in report.editions]
    drawn = plots.columns(key, title, points, colours)
    return Plot(title=title, drawn=drawn, numbers=plots.numbers(title, "Edition", unit.capitalize(), points))


def _dumped(report: Report) -> bytes:
    return json.dumps(as_data(report), indent=2, ensure_ascii=False, default=_plain).encode()


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _moment(at: datetime) -> tuple[int, int, int, int, int, int]:
    return max(_ZIP_BEGINS, (at.year, at.month, at.day, at.hour, at.minute, at.second))


def _when(moment: datetime, zone: str) -> str:
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%b}, {local:%H:%M}"
