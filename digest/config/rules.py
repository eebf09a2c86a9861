"""What digest.toml must fulfil beyond its types. Each rule yields where, what is wrong, and how to mend it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from datetime import time
from functools import cache
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from email_validator import EmailNotValidError, validate_email

from digest.config import (
    approving,
    database,
    desk,
    hooks,
    keeping,
    leaving,
    oauth,
    pageless,
    public,
    returning,
    segments,
    sourcing,
)
from digest.config.dns import is_dns_name, is_domain
from digest.config.lines import ValuePath
from digest.domain import colour, model
from digest.domain.model import FREE_BLOCKS, OTHER, Newsletter, Workspace
from digest.stages import slotted, words
from digest.stages.slots import DAYS

#: the environment variable that holds the mail server's password
PASSWORD_VARIABLE = "DIGEST_SMTP_PASSWORD"
TOKEN_VARIABLE = "DIGEST_SMTP_TOKEN"
DKIM_VARIABLE = "DIGEST_DKIM_KEY"
#: lines to one server at the same time
MOST_CONNECTIONS = 100
#: processes that sign mail
MOST_PROCESSES = 64
#: a day of a warm-up has no more times as many messages as the day before
MOST_FACTOR = 10

#: longest wait for a mail server, longest lead of a draft
MOST_SECONDS = 3_600
MOST_HOURS = 168
#: a hundred years
MOST_MONTHS = 1_200
#: half a year: what is older is no news
MOST_WEEKS = 26
#: px of an email's width that is left for what stands in it
WIDEST = 552
#: characters before the @ of the address that mail comes back to: with a mark they are at most 64 (RFC 5321 4.5.3.1.1)
MOST_BEFORE_MARK = 20
#: a theme that counts ten times as much as another is always first
MOST_WEIGHT = 10

# plain ASCII: it is written into headers; a name in another script has its xn-- form
_BASE = re.compile(r"https://[A-Za-z0-9.-]+(:\d+)?(/[A-Za-z0-9._~-]+)*")
#: what means something else at the place where ids of a kind stand: in rules, and in addresses of the archive
_TAKEN = {"theme": ("other", "editions")}
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
# without quotes: they would stand in a style attribute
_FONT = re.compile(r"(-?[A-Za-z][A-Za-z0-9 -]*, *)*(serif|sans-serif|monospace|system-ui)")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")

#: blocks that the program fills itself
_OF_THE_PROGRAM = (
    "masthead",
    "correction",
    "introduction",
    "hero",
    "theme",
    "brief",
    "more",
    "footer",
    "notice",
    "imprint",
)

Fault = tuple[ValuePath, str, str]


def faults(workspace: Workspace) -> Iterator[Fault]:
    """Yield (path, what is wrong, how to mend it) for every fault of a configuration."""
    if not workspace.base_url:
        yield from pageless.faults(workspace)
    elif not _BASE.fullmatch(workspace.base_url):
        yield (
            ("base_url",),
            f"“{workspace.base_url}” is no https address without a slash at its end.",
            ("Write it like https://digest.example.org: unsubscribe links are built on it."),
        )
    yield from database.faults(workspace.database, ("database",))
    yield from _brand(workspace.brand)
    yield from server_faults(workspace.server)
    yield from _further_servers(workspace.servers)
    yield from _providers(workspace.domains)
    yield from _keys(workspace.dkim)
    if not 0 <= workspace.dkim_processes <= MOST_PROCESSES:
        what = f"The number of processes that sign is not 0 to {MOST_PROCESSES}."
        yield ("dkim_processes",), what, "0 is right unless signing is what takes longest."
    yield from public.faults(workspace.public, ("public",))
    yield from desk.faults(workspace.desk, ("desk",))
    for number, address in enumerate(workspace.desk.tell):
        yield from _address(address, ("desk", "tell", number))
    yield from returning.faults(workspace.returns, ("returns",))
    yield from keeping.faults(workspace.retention, ("retention",))
    yield from _ids(workspace.hooks, ("hooks",), "hook")
    yield from hooks.faults(workspace.hooks, ("hooks",))
    if not workspace.newsletters:
        yield ("newsletters",), "There is no newsletter.", "Add one under [[newsletters]]."
    yield from _ids(workspace.newsletters, ("newsletters",), "newsletter")
    files = [newsletter.subscribers for newsletter in workspace.newsletters]
    for number, file in enumerate(files):
        if file in files[:number]:
            yield (
                ("newsletters", number, "subscribers"),
                f"Two newsletters share “{file}”.",
                ("Give each a file of its own: who agreed to one has not agreed to the other."),
            )
    yield from _shared_sources(workspace.newsletters)
    for number, newsletter in enumerate(workspace.newsletters):
        yield from _newsletter(newsletter, ("newsletters", number))


def _shared_sources(newsletters: tuple[Newsletter, ...]) -> Iterator[Fault]:
    known: dict[str, tuple[int, model.Source]] = {}
    for number, newsletter in enumerate(newsletters):
        for place, source in enumerate(newsletter.sources):
            first, same = known.setdefault(source.id, (number, source))
            # two of one newsletter with one id are a fault anyway
            if first != number and same != source:
                path = ("newsletters", number, "sources", place, "id")
                yield path, f"Two different sources have the id “{source.id}”.", "Give each its own."


def _brand(brand: model.Brand) -> Iterator[Fault]:
    for name in ("organisation", "legal_name", "postal_address"):
        if not getattr(brand, name).strip():
            yield ("brand", name), f"“{name}” is empty.", "The law wants it in every email."
    for name, ground in (("accent", "#ffffff"), ("accent_dark", "#1c232b")):
        if not _COLOUR.fullmatch(getattr(brand, name)):
            yield ("brand", name), f"“{getattr(brand, name)}” is no colour.", "Write it like #0b5cad."
        elif colour.contrast(getattr(brand, name), ground) < colour.READABLE:
            yield (
                ("brand", name),
                f"“{getattr(brand, name)}” cannot be read on {ground}.",
                (f"Take a {'darker' if name == 'accent' else 'lighter'} one: headlines and links are written in it."),
            )
    for name in ("website", "privacy_url"):
        value = getattr(brand, name)
        if value and sourcing.scheme(value) not in ("http", "https"):
            yield ("brand", name), f"“{value}” is no web address.", "Write it like https://www.example.org."
    for name in ("font", "heading_font"):
        value = getattr(brand, name)
        if value and not _FONT.fullmatch(value):
            yield (
                ("brand", name),
                f"“{value}” is no list of fonts.",
                "Write names with commas between them and serif or sans-serif at the end: Georgia, serif",
            )
    if brand.logo and sourcing.scheme(brand.logo) != "https":
        yield ("brand", "logo"), f"“{brand.logo}” is no https address.", "Give the address of the picture."
    if not 16 <= brand.logo_width <= WIDEST:
        yield ("brand", "logo_width"), f"A logo is 16 to {WIDEST} px wide.", "160 is right for most."
    for key, what, mend in words.faults(brand.language, brand.words):
        yield ("brand", "words", key), what, mend


def _further_servers(servers: tuple[model.Server, ...]) -> Iterator[Fault]:
    yield from _ids(servers, ("servers",), "mail server")
    for number, server in enumerate(servers):
        for (_, *place), what, mend in server_faults(server):
            yield ("servers", number, *place), what, mend


def _providers(limits: tuple[model.DomainLimit, ...]) -> Iterator[Fault]:
    for number, limit in enumerate(limits):
        if not is_domain(limit.domain):
            what = f"“{limit.domain}” is no domain."
            yield ("domains", number, "domain"), what, "Write one of the provider's, such as gmail.com."
        for name in ("messages_a_minute", "connections"):
            if getattr(limit, name) < 0:
                yield ("domains", number, name), f"“{name}” is less than 0.", "Give a whole number; 0 is no limit."


def _keys(keys: tuple[model.Dkim, ...]) -> Iterator[Fault]:
    mend = "Write what `digest dkim new` printed."
    for number, key in enumerate(keys):
        if not is_domain(key.domain):
            yield ("dkim", number, "domain"), f"“{key.domain}” is no domain.", mend
        if not is_dns_name(key.selector):
            yield ("dkim", number, "selector"), f"“{key.selector}” is no name in the DNS.", mend


def server_faults(server: model.Server) -> Iterator[Fault]:
    """Yield the faults of a mail server's setting, with paths that begin with “server”."""
    try:
        parts = urlsplit(server.url)
        good = parts.scheme == "smtp" and bool(parts.hostname) and (parts.port is None or parts.port > 0)
        with_password = parts.password is not None
    except ValueError:
        good, with_password = False, False
    if not good:
        yield ("server", "url"), f"“{server.url}” is no mail server.", "Write it like smtp://user@mail.example.org:587."
    if with_password:
        yield (
            ("server", "url"),
            "A password stands in the file.",
            f"Put it into {PASSWORD_VARIABLE} and remove it here.",
        )
    if not 1 <= server.timeout <= MOST_SECONDS:
        yield ("server", "timeout"), f"The time to wait is not 1 to {MOST_SECONDS:,} seconds.", "600 is right for most."
    if not 1 <= server.connections <= MOST_CONNECTIONS:
        what = f"The connections at the same time are not 1 to {MOST_CONNECTIONS}."
        yield ("server", "connections"), what, "2 is right for most; providers often allow three."
    for name in ("messages_a_connection", "seconds_a_connection", "weight"):
        if getattr(server, name) < 1:
            yield ("server", name), f"“{name}” is less than 1.", "Give a whole number, or remove the line."
    for name in ("messages_a_minute", "messages_a_day"):
        if getattr(server, name) < 0:
            yield ("server", name), f"“{name}” is less than 0.", "Give a whole number; 0 is no limit."
    plan = server.warm_up
    if plan is not None and plan.first_day < 1:
        yield ("server", "warm_up", "first_day"), "The first day has no messages.", "50 is a careful beginning."
    if plan is not None and not 1 <= plan.factor <= MOST_FACTOR:
        what = f"“factor” is not 1 to {MOST_FACTOR}."
        yield ("server", "warm_up", "factor"), what, "1.5 is half as many again each day."
    for place, what, mend in oauth.faults(server):
        yield ("server", *place), what, mend


def _newsletter(newsletter: Newsletter, at: ValuePath) -> Iterator[Fault]:
    yield from _sender(newsletter.sender, (*at, "sender"))
    if not newsletter.tracking.utm_medium:
        yield (*at, "tracking", "utm_medium"), "“utm_medium” is empty.", "Write email, or remove the line."
    yield from schedule_faults(newsletter.schedule, (*at, "schedule"))
    yield from leaving.faults(newsletter, at)
    yield from approving.faults(newsletter, at)
    for name, kind in (("sources", "source"), ("themes", "theme"), ("segments", "segment")):
        yield from _ids(getattr(newsletter, name), (*at, name), kind)
    if not newsletter.sources:
        yield (*at, "sources"), "There is no source.", "Add one under [[newsletters.sources]]."
    if not newsletter.segments:
        yield (
            (*at, "segments"),
            "There is no segment, so nobody would get it.",
            ("Add one under [[newsletters.segments]]; one without a rule holds everybody."),
        )
    for number, source in enumerate(newsletter.sources):
        yield from sourcing.faults(source, (*at, "sources", number))
    yield from _grouping(newsletter, at)
    yield from segments.faults(newsletter, at)
    for name in ("introduction", "correction"):
        for what in slotted.faults(getattr(newsletter, name)):
            yield (*at, name), f"{what}.", "Mend the placeholder, or remove its braces."
    yield from _free_blocks(newsletter, at)
    yield from _limits(newsletter, at)


def _limits(newsletter: Newsletter, at: ValuePath) -> Iterator[Fault]:
    for name in ("stories_in_full", "maximum_age_days", "consent_months"):
        if getattr(newsletter, name) < 0:
            yield (*at, name), f"“{name}” is less than 0.", "Give a number of 0 or more."
    if newsletter.consent_months > MOST_MONTHS:
        what = f"A consent record cannot be {newsletter.consent_months:,} months old."
        yield (*at, "consent_months"), what, "24 is usual; 0 is for never."
    for name in ("minimum_stories", "maximum_stories", "maximum_per_theme", "maximum_variants"):
        if getattr(newsletter, name) < 1:
            yield (*at, name), f"“{name}” is less than 1.", "Give a number of 1 or more."
    if not 0 <= newsletter.catch_up_weeks <= MOST_WEEKS:
        yield (
            (*at, "catch_up_weeks"),
            f"“catch_up_weeks” is not 0 to {MOST_WEEKS}.",
            "8 is right for most: what is older is no news.",
        )


def _free_blocks(newsletter: Newsletter, at: ValuePath) -> Iterator[Fault]:
    for number, block in enumerate(newsletter.blocks):
        path = (*at, "blocks", number)
        if not _SLUG.fullmatch(block.kind) or block.kind in _OF_THE_PROGRAM:
            yield (*path, "kind"), f"“{block.kind}” is no block of your own.", f"Take one of {', '.join(FREE_BLOCKS)}."
        for name in FREE_BLOCKS.get(block.kind, ()):
            if not getattr(block, name).strip():
                yield path, f"A block of kind “{block.kind}” needs “{name}”.", f"Add a line: {name} = …"
        if block.link and not (sourcing.scheme(block.link) in ("http", "https") or block.link.startswith("mailto:")):
            yield (*path, "link"), f"“{block.link}” is no web address.", "Write it like https://www.example.org/."
        if block.link and not (block.words.strip() or block.alt.strip()):
            yield path, "The link has no words.", 'Add what it leads to: words = "Book your place"'
        if block.picture and sourcing.scheme(block.picture) != "https":
            yield (*path, "picture"), f"“{block.picture}” is no https address.", "Give the address of the picture."
        for what in slotted.faults(block.text):
            yield (*path, "text"), f"{what}.", "Mend the placeholder, or remove its braces."


def _sender(sender: model.Sender, at: ValuePath) -> Iterator[Fault]:
    for name in ("address", "reply_to", "unsubscribe_mailto", "bounces"):
        value = getattr(sender, name)
        if value or name == "address":
            yield from _address(value, (*at, name))
    if len(sender.bounces.partition("@")[0]) > MOST_BEFORE_MARK:
        what = f"“{sender.bounces}” has more than {MOST_BEFORE_MARK} characters before the @."
        yield (*at, "bounces"), what, "Take a shorter one: a mark of 44 characters is added to it."
    if sender.reply_to_name and not sender.reply_to:
        yield (*at, "reply_to_name"), f"“{sender.reply_to_name}” has no address.", "Give it in reply_to."


def _grouping(newsletter: Newsletter, at: ValuePath) -> Iterator[Fault]:
    themes = {theme.id for theme in newsletter.themes} | {OTHER}
    sources = {source.id for source in newsletter.sources}
    for number, theme in enumerate(newsletter.themes):
        if not 0 < theme.weight <= MOST_WEIGHT:
            yield (
                (*at, "themes", number, "weight"),
                f"“weight” is {theme.weight:g}; a theme weighs more than 0 and at most {MOST_WEIGHT}.",
                "1 is usual, 2 counts twice as much, 0.5 half as much.",
            )
    for number, rule in enumerate(newsletter.rules):
        path = (*at, "rules", number)
        if rule.theme not in themes:
            near = difflib.get_close_matches(rule.theme, themes, n=1)
            mend = f"Did you mean “{near[0]}”?" if near else f"It is one of {', '.join(sorted(themes))}."
            yield (*path, "theme"), f"There is no theme “{rule.theme}”.", mend
        if rule.source and rule.source not in sources:
            yield (*path, "source"), f"There is no source “{rule.source}”.", "Give the id of a source."
        if not any(word.strip() for word in (rule.like, *rule.words, rule.source)):
            yield (
                path,
                "The rule does not say for what it holds.",
                "Give it like = the title of an insight, words = [...], or source = the id of a source.",
            )
    for short in newsletter.abbreviations:
        if not short.isalnum():
            yield (*at, "abbreviations"), f"“{short}” is no abbreviation.", "Use letters and digits: SEND."


def _ids(things: tuple[Any, ...], at: ValuePath, kind: str) -> Iterator[Fault]:
    seen: set[str] = set()
    for number, thing in enumerate(things):
        path = (*at, number, "id")
        if not _SLUG.fullmatch(thing.id) or thing.id in _TAKEN.get(kind, ("other",)):
            yield path, f"“{thing.id}” cannot be the id of a {kind}.", "Use small letters, digits and hyphens."
        if thing.id in seen:
            yield path, f"Two have the id “{thing.id}”.", "Give each its own."
        seen.add(thing.id)


def _address(value: str, path: ValuePath) -> Iterator[Fault]:
    try:
        found = validate_email(value, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as fault:
        yield path, f"“{value}” is no email address: {fault}", "Write it like news@example.org."
    else:
        if found.ascii_email != value:
            yield path, f"“{value}” must be written as the wire has it.", f"Write it as {found.ascii_email}."


def schedule_faults(schedule: model.Schedule, at: ValuePath = ()) -> Iterator[Fault]:
    """Yield the faults of when editions are due; at: where the schedule stands."""
    if schedule.timezone not in _zones():
        near = difflib.get_close_matches(schedule.timezone, _zones(), n=1)
        mend = f"Did you mean “{near[0]}”?" if near else "Write it like Europe/London."
        yield (*at, "timezone"), f"There is no time zone “{schedule.timezone}”.", mend
    try:
        time.fromisoformat(schedule.at)
        good = bool(re.fullmatch(r"\d\d:\d\d", schedule.at))
    except ValueError:
        good = False
    if not good:
        yield (*at, "at"), f"“{schedule.at}” is no time of day.", "Write it like 08:00."
    strange = [day for day in schedule.days if day not in DAYS]
    if strange or not schedule.days:
        word = f"“{strange[0]}” is no day of the week." if strange else "There is no day."
        yield (*at, "days"), word, 'Write days like ["tuesday"].'
    if not 1 <= schedule.collect_every_hours <= MOST_HOURS:
        yield (
            (*at, "collect_every_hours"),
            f"“collect_every_hours” is not 1 to {MOST_HOURS} hours.",
            "24 is right for most: every day.",
        )
    for name in ("draft_hours_before", "catch_up_hours", "give_up_hours"):
        if not 0 <= getattr(schedule, name) <= MOST_HOURS:
            yield (*at, name), f"“{name}” is not 0 to {MOST_HOURS} hours.", "Give a number of hours within a week."


@cache
def _zones() -> frozenset[str]:
    # to look through the system's files takes longer than to read all of digest.toml
    return frozenset(available_timezones())
