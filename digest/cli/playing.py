"""Playing the demo: the whole job with a sample organisation, told as it goes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from digest.app import App
from digest.app.preview import write
from digest.app.showing import Preview
from digest.cli.frame import progress_bar, say, show_findings, show_table, tell_next
from digest.cli.live import LiveLine
from digest.demo import sample, under_way
from digest.domain.model import OTHER, Edition, EditionState, Newsletter
from digest.domain.ports import Tally
from digest.jobs.harvest import Harvested

_USER = "Demo user"


def play(folder: Path, keep: Path | None = None, show: bool = False) -> None:
    """Play the whole job.

    folder: where the rendered emails and the sink's mail go; keep: the workspace's folder, where another
    than the demo's own is wanted; show: serve the preview page at the end.
    """
    workspace = keep or folder / "workspace"
    with sample(workspace, folder / "mail") as app:
        edition = _play(app, folder)
    say(f"The mail that was received: {folder / 'mail'} ({len(list((folder / 'mail').glob('*.eml')))} files)")
    say(f"The workspace, to try things out: {workspace}")
    tell_next(f"`digest status -w {workspace}`, or open one of the .html files in a browser.")
    if show:
        from digest.web.preview import serve

        serve(app, edition or app.latest(), say)


def _play(app: App, folder: Path) -> str | None:
    newsletter = app.newsletter()
    with progress_bar("Asking sources") as progress:
        harvested = app.collect(newsletter, progress)
    imported = app.import_people(newsletter)
    show_findings(imported.findings)
    edition = under_way(app, newsletter)
    if edition is None:
        with progress_bar("Drafting") as progress:
            progress(0, 1)
            edition = app.draft(newsletter).edition
            progress(1, 1)
    _show_sources(harvested)
    if edition is None:
        say("Nothing new since the last edition: nobody is mailed.", "bold")
        return None
    _send(app, edition, folder)
    return edition.id


def _send(app: App, edition: Edition, folder: Path) -> None:
    shown = app.preview(edition.id)
    files = write(app, shown, folder)
    _show_themes(app.newsletter(edition.newsletter), shown)
    show_findings(shown.findings)
    if edition.state == EditionState.DRAFT:
        shown = app.approve(edition.id, _USER, seen=shown.fingerprint)
        say(f"Approved by {_USER}: {edition.id}, fingerprint {shown.fingerprint[:12]}.")
    with LiveLine(app.newsletter(edition.newsletter).schedule.timezone) as line:
        sent = app.send(edition.id, app.transport(), _USER, line)
    _show_segments(app.newsletter(edition.newsletter), sent.tallies)
    say("The emails as rendered:")
    for file in files:
        say(f"  {file}")


def _show_sources(harvested: Sequence[Harvested]) -> None:
    rows = [(one.source, one.new, "unchanged" if one.unchanged else f"{one.found} shown") for one in harvested]
    show_table("Sources", ("source", "new insights", ""), rows, ("new insights",))
    show_findings(finding for one in harvested for finding in one.findings)


def _show_themes(newsletter: Newsletter, shown: Preview) -> None:
    counts = Counter(placement.theme for placement in shown.placements)
    names = {theme.id: theme.name for theme in newsletter.themes} | {OTHER: "Other news"}
    rows = [(name, counts[theme]) for theme, name in names.items()]
    show_table("Themes", ("theme", "stories"), rows, ("stories",))


def _show_segments(newsletter: Newsletter, tallies: Sequence[Tally]) -> None:
    names = {segment.id: segment.name for segment in newsletter.segments} | {"": "in no segment"}
    rows = []
    for segment, name in names.items():
        mine = [tally for tally in tallies if tally.segment == segment]
        planned = sum(tally.count for tally in mine if tally.state != "skipped")
        sent = sum(tally.count for tally in mine if tally.state == "sent")
        skipped = [tally for tally in mine if tally.state == "skipped"]
        why = "; ".join(f"{tally.count}: {tally.reason}" for tally in skipped)
        rows.append((name, planned, sent, sum(tally.count for tally in skipped), why))
    columns = ("segment", "planned", "sent", "skipped", "why skipped")
    show_table("People", columns, rows, ("planned", "sent", "skipped"))
