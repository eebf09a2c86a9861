"""Commands about an edition: draft, preview, approve, take-back, discard, status."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.frame import (
    AsOption,
    EditionArgument,
    JsonOption,
    NewsletterOption,
    WorkspaceOption,
    app,
    at_time,
    findings_as_data,
    say,
    show_findings,
    show_json,
    show_table,
    tell_next,
    when,
)
from digest.cli.sending import show_tallies
from digest.domain.model import DeliveryState, Edition, EditionState, Placement

if TYPE_CHECKING:
    from digest.app import App, Preview

LatestArgument = Annotated[str | None, typer.Argument(help="The edition's id; the latest where none is given.")]


@app.command()
def draft(
    workspace: WorkspaceOption = Path(),
    newsletter: NewsletterOption = None,
    again: Annotated[bool, typer.Option("--again", help="Make a draft anew from what is there now.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make the next edition from what is new."""
    from digest.app import App

    opened = App.open(workspace)
    chosen = opened.newsletter(newsletter)
    imported = opened.import_people(chosen)
    drafted = opened.draft(chosen, again=again)
    if as_json:
        waiting = [{"story": one.shown.title, "theme": one.theme, "why": why} for one, why in drafted.waiting]
        show_json({"edition": drafted.edition, "created": drafted.created, "note": drafted.note, "waiting": waiting})
        return
    # how the stories were compared is said when they were
    compared = opened.encoder(chosen).findings if drafted.created else ()
    show_findings([*imported.findings, *compared])
    if drafted.edition is None:
        say(drafted.note)
        tell_next("`digest collect` asks the sources for more.")
        return
    made = drafted.edition
    slot = when(made.slot, chosen.schedule.timezone)
    if drafted.created:
        say(f"Drafted {made.id}: no. {made.number}, due {slot}, with {_count(drafted.stories)}.")
    else:
        say(f"{made.id} is there already: {made.state}, due {slot}. `digest draft --again` makes it anew.")
    show_placements(opened.preview(made.id))
    if drafted.waiting:
        rows = [(one.theme, one.shown.title, why) for one, why in drafted.waiting]
        show_table("Waiting for the next edition", ("theme", "title", "why it waits"), rows)
    tell_next(f"`digest preview {made.id}` to look at it.")


@app.command()
def preview(
    edition: LatestArgument = None,
    workspace: WorkspaceOption = Path(),
    serve: Annotated[bool, typer.Option("--open", help="Serve the preview page until Ctrl-C.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write an edition's emails to look at: out/EDITION/{variant}.html, .txt and .eml."""
    from digest.app import App
    from digest.app.preview import write

    opened = App.open(workspace)
    shown = opened.preview(edition or opened.latest())
    folder = opened.loaded.folder / "out" / shown.edition.id
    files = write(opened, shown, folder)
    if as_json:
        show_json(
            {
                "edition": shown.edition,
                "fingerprint": shown.fingerprint,
                "variants": [
                    {
                        "slug": one.slug,
                        "segment": one.segment,
                        "people": one.people,
                        "sha256": one.sha256,
                        "reasons": shown.reasons[one.slug],
                    }
                    for one in shown.variants
                ],
                "files": files,
                "findings": findings_as_data(shown.findings),
            }
        )
        return
    rows = [(one.slug, one.people, one.subject, f"{len(one.html.encode()) / 1000:.0f} kB") for one in shown.variants]
    show_table(
        f"{shown.edition.id}: {shown.edition.state}", ("variant", "people", "subject", "size"), rows, ("people", "size")
    )
    _show_reasons(shown)
    show_findings(shown.findings)
    for file in files:
        say(f"  {file}")
    say(f"Fingerprint of all of it: {shown.fingerprint[:12]}")
    tell_next(f"`digest approve {shown.edition.id} --as NAME --seen {shown.fingerprint[:12]}`.")
    if serve:
        from digest.web.preview import serve as serve_page

        serve_page(opened, shown.edition.id, say)


@app.command()
def approve(
    edition: EditionArgument,
    who: AsOption,
    workspace: WorkspaceOption = Path(),
    seen: Annotated[str, typer.Option(help="The fingerprint you looked at; refused if it is another now.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Sign the exact bytes of an edition; it may then be sent."""
    from digest.app import App

    opened = App.open(workspace)
    shown = opened.approve(edition, who, seen)
    if as_json:
        show_json({"edition": shown.edition, "fingerprint": shown.fingerprint})
        return
    number = sum(variant.people for variant in shown.variants)
    people = "1 person gets" if number == 1 else f"{number} people get"
    zone = opened.newsletter(shown.edition.newsletter).schedule.timezone
    show_table(
        "Signed",
        ("variant", "people", "fingerprint"),
        [(one.slug, one.people, one.sha256[:12]) for one in shown.variants],
        ("people",),
    )
    say(f"Approved by {shown.edition.approved_by}. {people} it on {when(shown.edition.slot, zone)}.", "bold")
    tell_next(f"`digest run` sends it at its time; `digest send {edition}` sends it now.")


@app.command("take-back")
def take_back(
    edition: EditionArgument,
    who: AsOption,
    workspace: WorkspaceOption = Path(),
    why: Annotated[str, typer.Option(help="Why; it is recorded.")] = "",
) -> None:
    """Take an approval back, also in the minutes before it leaves: the edition is a draft again."""
    from digest.app import App
    from digest.jobs import edition as editions

    opened = App.open(workspace)
    editions.take_back(opened.store, opened.clock, editions.find(opened.store, edition), who, why)
    say(f"{edition} is a draft again. Nobody gets it until it is approved.")


@app.command()
def discard(edition: EditionArgument, who: AsOption, workspace: WorkspaceOption = Path()) -> None:
    """Throw a draft away; its stories are new again."""
    from digest.app import App
    from digest.jobs import edition as editions

    opened = App.open(workspace)
    editions.discard(opened.store, opened.clock, editions.find(opened.store, edition), who)
    say(f"{edition} is discarded. Its stories are new again.")


@app.command()
def status(edition: LatestArgument = None, workspace: WorkspaceOption = Path(), as_json: JsonOption = False) -> None:
    """Show the editions, or one edition with its history and what became of its mails."""
    from digest.app import App

    opened = App.open(workspace)
    if edition is not None:
        _show_edition(opened, edition, as_json)
        return
    with opened.store.reading() as session:
        editions = session.editions.every()
    if as_json:
        show_json(editions)
        return
    for newsletter in opened.loaded.workspace.newsletters:
        zone = newsletter.schedule.timezone
        rows = [
            (one.id, one.number or "–", when(one.slot, zone), one.state, one.note or _leaving(one, zone))
            for one in editions
            if one.newsletter == newsletter.id
        ]
        show_table(newsletter.name, ("edition", "no.", "due", "state", "why"), rows, ("no.",))
        say(f"Next slot: {when(opened.next_slot(newsletter), zone)}.")
    tell_next("`digest status EDITION` shows one of them." if editions else "`digest collect`, then `digest draft`.")


def _show_edition(opened: App, edition: str, as_json: bool) -> None:
    from digest.jobs import edition as editions

    found = editions.find(opened.store, edition)
    with opened.store.reading() as session:
        tallies = session.deliveries.tally(edition)
        history = session.editions.history(edition)
        named = session.deliveries.named(edition, (DeliveryState.UNKNOWN, DeliveryState.FAILED))
    if as_json:
        show_json({"edition": found, "deliveries": tallies, "named": named, "history": history})
        return
    zone = opened.newsletter(found.newsletter).schedule.timezone
    note = found.note or _leaving(found, zone)
    say(f"{found.id}: no. {found.number}, due {when(found.slot, zone)}, {found.state}. {note}".rstrip(), "bold")
    show_table("History", ("when", "who", "what", "why"), [(when(e.at, zone), e.who, e.what, e.why) for e in history])
    show_tallies(tallies)
    if named:
        rows = [(one.address, one.state, one.reason, one.reply) for one in named]
        show_table("In doubt or refused", ("address", "state", "why", "the server's answer"), rows)


def _leaving(edition: Edition, zone: str) -> str:
    """Say when an edition leaves that is about to; nothing of others."""
    return f"leaves at {at_time(edition.slot, zone)}" if edition.state == EditionState.HOLDING else ""


def _count(stories: int) -> str:
    return "1 story" if stories == 1 else f"{stories} stories"


def show_placements(shown: Preview) -> None:
    """Print an edition's stories, each with the number by which it can be named, and why the top one is the top."""
    rows = [
        (number, one.theme, one.shown.title, "; ".join(one.reasons), ", ".join(_marks(one)))
        for number, one in enumerate(shown.placements, 1)
    ]
    show_table("Stories", ("no.", "theme", "title", "why it stands there", ""), rows, ("no.",))
    if shown.earlier:
        say(
            f"And {_count(len(shown.earlier))} of the last editions, for those who get it less often or were away: "
            "their emails are the variants with “catch-up” in their names."
        )
    _show_reasons(shown)


def _marks(placement: Placement) -> list[str]:
    return [word for word, so in (("pinned", placement.pinned), ("check this", placement.check)) if so]


def _show_reasons(shown: Preview) -> None:
    slugs: dict[str, list[str]] = {}
    for slug, reasons in shown.reasons.items():
        for reason in reasons:
            slugs.setdefault(reason, []).append(slug)
    for reason, those in slugs.items():
        say(reason if len(those) == len(shown.reasons) else f"{', '.join(those)}: {reason}")
