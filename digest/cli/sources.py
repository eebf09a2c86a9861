"""Commands about sources: sources, sources add, check, accept, remove."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.frame import (
    JsonOption,
    NewsletterOption,
    WorkspaceOption,
    app,
    day,
    err,
    findings_as_data,
    item_as_data,
    say,
    show_findings,
    show_items,
    show_json,
    show_table,
    tell_next,
)
from digest.domain.model import NO_VALIDATORS, Finding, Severity, Source, SourceKind

if TYPE_CHECKING:
    from digest.sources.discover import Discovery, Found

sources = typer.Typer(help="Show the sources and how each fares; add, check, accept or remove one.")
app.add_typer(sources, name="sources")

IdArgument = Annotated[str, typer.Argument(help="The source's id, as `digest sources` lists it.")]


@sources.callback(invoke_without_command=True)
def show(
    context: typer.Context,
    workspace: WorkspaceOption = Path(),
    newsletter: NewsletterOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show each source: how it fares, when it last gave something, and when it is asked next."""
    if context.invoked_subcommand is not None:
        return
    from digest.app import App
    from digest.stages import health

    opened = App.open(workspace)
    chosen = opened.newsletter(newsletter)
    conditions = opened.conditions(chosen)
    if as_json:
        show_json([_as_data(one) for one in conditions])
        return
    zone = chosen.schedule.timezone
    rows = [
        (
            one.source.id,
            one.condition,
            day(one.last_success, zone),
            day(one.last_new, zone),
            f"{one.a_week:.1f}",
            day(one.failing_since, zone),
            day(one.next_due, zone, with_time=True),
        )
        for one in conditions
    ]
    columns = ("source", "", "last success", "last new insight", "a week", "failing since", "next due")
    show_table(chosen.name, columns, rows, ("a week",))
    for one in conditions:
        if one.fault and one.condition == health.Condition.HICCUP:
            say(f"{one.source.id}: {one.fault}")
    show_findings(health.findings(conditions))
    tell_next("`digest sources add ADDRESS` adds one; `digest sources check ID` shows what one gives now.")


@sources.command()
def add(
    address: Annotated[str, typer.Argument(help="The address of a page with news, of a feed or of a sitemap.")],
    workspace: WorkspaceOption = Path(),
    newsletter: NewsletterOption = None,
    kind: Annotated[SourceKind | None, typer.Option(help="Take this way where there are several.")] = None,
    name: Annotated[str, typer.Option(help="What readers see as the origin.")] = "",
    source_id: Annotated[
        str, typer.Option("--id", help="Its name in reports; made from the name where not given.")
    ] = "",
    under: Annotated[str, typer.Option(help="Take only addresses that begin like this, such as /news/.")] = "",
    articles: Annotated[
        bool, typer.Option("--articles", help="Look at each article's own page for what the source leaves out.")
    ] = False,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Ask it even on this machine or a private network.")
    ] = False,
    only_try: Annotated[bool, typer.Option("--try", help="Show what it gives and write nothing.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Find out what an address is, show what it gives, and write it into digest.toml."""
    from digest.app import App, sourcing
    from digest.jobs.staffing import BY_COMMAND

    opened = App.open(workspace)
    chosen = opened.newsletter(newsletter)
    wanted = Source(
        id="new", kind="page", address=address, name=name, under=under, articles=articles, allow_private=allow_private
    )
    with _waiting(f"Looking at {address}"):
        discovery = sourcing.discovered(opened, wanted)
    way = sourcing.way(discovery, kind)
    if way is None:
        _nothing(discovery, kind, address, as_json)
        raise typer.Exit(1)
    made = sourcing.made(opened, replace(way.source, id=source_id, name=name), way)
    written = "" if only_try else "".join(sourcing.add(opened, chosen, made, BY_COMMAND).entries)
    if as_json:
        show_json(
            {"source": asdict(made), "why": way.why, "written": written or None, **_found_as_data(discovery, way)}
        )
        return
    _show_way(way, discovery)
    if only_try:
        tell_next(f"run it again without --try to write it into digest.toml as “{made.id}”.")
        return
    say(f"Written into {opened.loaded.folder / 'digest.toml'}, for {chosen.name}:", "bold")
    say(written.strip())
    tell_next("`digest collect` collects from it; `digest sources` shows how it fares.")


@sources.command()
def check(
    source: IdArgument,
    workspace: WorkspaceOption = Path(),
    newsletter: NewsletterOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask one source now and show what it gives; store nothing."""
    from digest.app import App, sourcing

    opened = App.open(workspace)
    chosen = sourcing.found(opened.newsletter(newsletter), source)
    with opened.asking() as asking, _waiting(f"Asking {chosen.name or chosen.id}"):
        reading = asking.gather(chosen, NO_VALIDATORS).reading
    items, findings = (reading.items, reading.findings) if reading is not None else ((), ())
    if as_json:
        show_json({"items": [item_as_data(item) for item in items], "findings": findings_as_data(findings)})
        return
    show_items(items)
    show_findings(findings)


@sources.command()
def accept(source: IdArgument, workspace: WorkspaceOption = Path(), newsletter: NewsletterOption = None) -> None:
    """Take what a source gives now, although none of its known articles is there."""
    from digest.app import App, sourcing

    opened = App.open(workspace)
    chosen = opened.newsletter(newsletter)
    sourcing.found(chosen, source)
    with _waiting(f"Asking {source}"):
        (result,) = opened.collect(chosen, only=[source], trusted=[source])
    show_findings(result.findings)
    say(f"{source}: {result.new} new insights of {result.found} shown.")


@sources.command()
def remove(source: IdArgument, workspace: WorkspaceOption = Path(), newsletter: NewsletterOption = None) -> None:
    """Take a source out of digest.toml; what it gave before is kept."""
    from digest.app import App, sourcing
    from digest.jobs.staffing import BY_COMMAND

    opened = App.open(workspace)
    chosen = opened.newsletter(newsletter)
    found = sourcing.found(chosen, source)
    rules = len(sourcing.rules_of(chosen, found))
    sourcing.take_out(opened, chosen, found, BY_COMMAND)
    gone = {0: "", 1: " The rule that speaks of it went with it."}.get(rules, f" {rules} rules went with it.")
    say(f"{source} is no longer asked. What it gave before is kept.{gone}")


@contextmanager
def _waiting(words: str) -> Iterator[None]:
    with err.status(words):
        yield


def _nothing(discovery: Discovery, kind: SourceKind | None, address: str, as_json: bool) -> None:
    others = ", ".join(sorted({one.source.kind for one in discovery.ways}))
    nothing = Finding(
        code="discover.nothing",
        severity=Severity.MUST_MEND,
        where=address,
        what=f"It gives nothing as a {kind}; it is a {others}." if others else "Nothing to collect was found there.",
        why="It was not written into digest.toml.",
        mend=f"Leave --kind out, or say --kind {others.split(', ')[0]}."
        if others
        else "Give the address of the page that lists your articles, not of the front page or of one article.",
    )
    if as_json:
        show_json({"source": None, "findings": findings_as_data((*discovery.findings, nothing))})
        return
    show_findings((*discovery.findings, nothing))


def _found_as_data(discovery: Discovery, way: Found) -> dict[str, object]:
    others = [{"kind": one.source.kind, "address": one.source.address} for one in discovery.ways if one is not way]
    return {
        "items": [item_as_data(item) for item in way.reading.items],
        "others": others,
        "findings": findings_as_data((*way.reading.findings, *discovery.findings)),
    }


def _show_way(way: Found, discovery: Discovery) -> None:
    say(f"{way.why} {way.source.address}", "bold")
    show_items(way.reading.items)
    others = [one for one in discovery.ways if one is not way]
    for one in others:
        say(f"Also there: a {one.source.kind} with {len(one.reading.items)} insights, {one.source.address}")
    if others:
        say(f"--kind {others[0].source.kind} takes that instead.")
    show_findings((*way.reading.findings, *discovery.findings))


def _as_data(one: object) -> dict[str, object]:
    from digest.stages.health import Health

    assert isinstance(one, Health)
    values = asdict(one)
    source = values.pop("source")
    return {"source": source["id"], "kind": source["kind"], "address": source["address"], **values}
