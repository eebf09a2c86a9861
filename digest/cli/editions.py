"""Commands about an edition: draft, preview, approve, take-back, discard, status."""

from __future__ import annotations

from collections.abc import Sequence
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
    err,
    findings_as_data,
    say,
    show_findings,
    show_json,
    show_table,
    tell_next,
    when,
)
from digest.cli.sending import show_tallies
from digest.cli.working import show_workers
from digest.domain.errors import Refused
from digest.domain.model import Approval, DeliveryState, Edition, EditionState, Newsletter, Placement

if TYPE_CHECKING:
    from digest.app import App
    from digest.app.showing import Preview
    from digest.jobs.edition import Drafted

LatestArgument = Annotated[str | None, typer.Argument(help="The edition's id; the latest where none is given.")]


@app.command()
def draft(
    workspace: WorkspaceOption = Path(),
    newsletter: NewsletterOption = None,
    again: Annotated[bool, typer.Option("--again", help="Make a draft anew from what is there now.")] = False,
    at: Annotated[str, typer.Option("--at", help="A special edition at this local time: “2026-12-03 10:00”.")] = "",
    like: Annotated[str, typer.Option("--like", help="It begins with what was written for this old edition.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Make the next edition from what is new, or one at a time of your own."""
    from digest.app import App

    opened = App.open(workspace)
    chosen = opened.newsletter(newsletter)
    imported = opened.import_people(chosen)
    drafted = _special(opened, chosen, at, like, again) if at or like else opened.draft(chosen, again=again)
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
    _show_drafted(made, drafted, chosen.schedule.timezone)
    show_placements(opened.preview(made.id))
    if drafted.waiting:
        rows = [(one.theme, one.shown.title, why) for one, why in drafted.waiting]
        show_table("Waiting for the next edition", ("theme", "title", "why it waits"), rows)
    tell_next(f"`digest preview {made.id}` to look at it.")


def _special(opened: App, newsletter: Newsletter, at: str, like: str, again: bool) -> Drafted:
    """Draft a special edition, or make one anew; say what of an old one stands in it."""
    from digest.app import special

    if not at:
        raise Refused("A special edition needs a time.", 'Say when: --at "2026-12-03 10:00".')
    if again:
        return special.again(opened, newsletter, at)
    made = special.draft(opened, newsletter, at, like)
    if like:
        # not to standard output, where a script may read
        err.print(f"Taken over from {like}: {', '.join(made.copied) or 'nothing was written for it'}.")
    return made.drafted


def _show_drafted(made: Edition, drafted: Drafted, zone: str) -> None:
    slot, special = when(made.slot, zone), "a special edition, " if made.special else ""
    if drafted.created:
        say(f"Drafted {made.id}: {special}no. {made.number}, due {slot}, with {_count(drafted.stories)}.")
    else:
        say(f"{made.id} is there already: {made.state}, due {slot}. `digest draft --again` makes it anew.")


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
    from digest.jobs import approvals

    opened = App.open(workspace)
    shown = opened.approve(edition, who, seen)
    needed = opened.newsletter(shown.edition.newsletter).approvals
    signed = approvals.standing(opened.store, edition)
    if as_json:
        told = {"approvals": [one.who for one in signed], "approvals_needed": needed}
        show_json({"edition": shown.edition, "fingerprint": shown.fingerprint, **told})
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
    if shown.edition.state == EditionState.DRAFT:
        _show_first(opened, shown, signed)
        return
    say(f"Approved by {_names(signed)}. {people} it on {when(shown.edition.slot, zone)}.", "bold")
    tell_next(f"`digest run` sends it at its time; `digest send {edition}` sends it now.")


def _show_first(opened: App, shown: Preview, signed: Sequence[Approval]) -> None:
    """Say that another person must sign, too, and who may not."""
    from digest.jobs import approvals

    newsletter, edition = opened.newsletter(shown.edition.newsletter), shown.edition.id
    out = approvals.may_not(opened.store, newsletter, edition)
    say(f"Approved by {_names(signed)}, the first of {newsletter.approvals}. Nobody gets it yet.", "bold")
    say(f"The second approval is another person's. {approvals.who_can(newsletter, out)}")
    tell_next(f"`digest approve {edition} --as NAME --seen {shown.fingerprint[:12]}`, by somebody else.")


def _names(signed: Sequence[Approval]) -> str:
    return " and ".join(one.who for one in signed)


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
    if opened.is_shared:
        show_workers(opened, opened.loaded.workspace.newsletters[0].schedule.timezone)
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
