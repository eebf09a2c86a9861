"""Commands about segments: who is in each now."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
from digest.domain.model import Newsletter, Recipient, Segment
from digest.domain.ports import Counted


@app.command()
def segments(
    identifier: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="A segment's id: shows ten of its people instead.")
    ] = None,
    workspace: WorkspaceOption = Path(),
    newsletter: NewsletterOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show who is in each segment, in words and numbers, or ten people of one."""
    from digest.app import App
    from digest.jobs import segments as job

    opened = App.open(workspace)
    chosen = opened.newsletter(newsletter)
    if identifier is not None:
        one = job.named(chosen, identifier)
        people = job.sample(opened.store, opened.clock, chosen, one)
        _show_sample(chosen, one, people, as_json)
        return
    counted = job.counted(opened.store, opened.clock, chosen)
    # before anybody is on the list, nobody has any field
    found = job.findings(opened.store, chosen) if counted.people else []
    if as_json:
        show_json(_as_data(chosen, counted) | {"findings": findings_as_data(found)})
        return
    if not counted.people:
        say(f"Nobody is on the list of {chosen.name} yet.")
    _show_counts(chosen, counted)
    show_findings(found)
    if counted.people:
        tell_next("`digest segments ID` shows ten people of one.")
    else:
        tell_next(f"`digest draft` reads {chosen.subscribers}.")


def _show_counts(newsletter: Newsletter, counted: Counted) -> None:
    from digest.jobs.segments import sentence

    rows = [
        (one.id, sentence(newsletter, one), f"{count.now:,}", f"{count.counts_here:,}", f"{count.people:,}")
        for one, count in zip(newsletter.segments, counted.segments, strict=True)
    ]
    numbers = ("would get mail now", "as this segment", "all who fit")
    show_table(newsletter.name, ("segment", "who", *numbers), rows, numbers)
    if not counted.people:
        return
    everybody = "1 person is" if counted.people == 1 else f"{counted.people:,} people are"
    say(f"{everybody} on the list; {counted.now:,} would get mail now.")
    if counted.nowhere:
        gets = "is in no segment and gets" if counted.nowhere == 1 else "are in no segment and get"
        say(f"Of these, {counted.nowhere:,} {gets} nothing.")
    if counted.several:
        gets = "is in several segments and gets" if counted.several == 1 else "are in several segments and get"
        say(f"Of these, {counted.several:,} {gets} one email: the first of the segments in digest.toml counts.")
        for one, count in zip(newsletter.segments, counted.segments, strict=True):
            elsewhere = count.now - count.counts_here
            if elsewhere:
                say(f"  Of “{one.id}”, {elsewhere:,} {'counts' if elsewhere == 1 else 'count'} for an earlier one.")


def _as_data(newsletter: Newsletter, counted: Counted) -> dict[str, object]:
    from digest.jobs.segments import sentence

    return {
        "people": counted.people,
        "now": counted.now,
        "nowhere": counted.nowhere,
        "several": counted.several,
        "segments": [
            {
                "id": one.id,
                "name": one.name,
                "who": sentence(newsletter, one),
                "people": count.people,
                "now": count.now,
                "counts_here": count.counts_here,
            }
            for one, count in zip(newsletter.segments, counted.segments, strict=True)
        ],
    }


def _show_sample(newsletter: Newsletter, one: Segment, people: list[Recipient], as_json: bool) -> None:
    from digest.jobs.segments import sentence
    from digest.stages.segment import each_test

    who = sentence(newsletter, one)
    if as_json:
        show_json({"id": one.id, "name": one.name, "who": who, "sample": [_person(person) for person in people]})
        return
    if not people:
        say(f"{one.name}: {who}. Nobody of them would get mail now.")
        tell_next("`digest segments` shows how many fit, and whether a field is one that nobody has.")
        return
    asked = dict.fromkeys(test.field for test in each_test(one.rule))
    columns = [field for field in asked if field not in ("address", "first_name", "last_name")] or ["tags"]
    rows = [(_name(person), person.subscriber.address, *_values(person, columns)) for person in people]
    titles = [column.replace("_", " ") for column in columns]
    show_table(f"{one.name}: {who}", ("name", "address", *titles), rows)
    say("They are some of those who would get mail now; tomorrow others are shown.")
    tell_next("`digest segments` shows how many there are.")


def _name(person: Recipient) -> str:
    return f"{person.subscriber.first_name} {person.subscriber.last_name}".strip() or "–"


def _values(person: Recipient, columns: list[str]) -> list[str]:
    subscription = person.subscription
    days = {"consent_at": subscription.consent_at, "joined_at": subscription.joined_at}
    known = {name.casefold(): value for name, value in person.subscriber.fields.items()} | {
        "tags": ", ".join(person.subscriber.tags),
        "themes": ", ".join(subscription.themes),
        "cadence": str(subscription.cadence),
        "consent_source": subscription.consent_source,
        **{name: f"{moment:%Y-%m-%d}" for name, moment in days.items() if moment is not None},
    }
    return [known.get(column) or "–" for column in columns]


def _person(person: Recipient) -> dict[str, object]:
    subscriber, subscription = person.subscriber, person.subscription
    return {
        "address": subscriber.address,
        "first_name": subscriber.first_name,
        "last_name": subscriber.last_name,
        "tags": subscriber.tags,
        "fields": subscriber.fields,
        "themes": subscription.themes,
        "cadence": subscription.cadence,
        "consent_source": subscription.consent_source,
        "consent_at": subscription.consent_at,
    }
