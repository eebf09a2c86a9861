"""Check: everything that can be wrong in a workspace, found before it matters."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from digest import bundle, config, encoders
from digest.app import hooks, pages, setting_up, signing, tokens
from digest.config import Loaded
from digest.domain import spoken, traits
from digest.domain.errors import ConfigurationError, DigestError, RenderError
from digest.domain.model import (
    FREE_BLOCKS,
    DateFrom,
    Finding,
    FreeBlock,
    Insight,
    Layout,
    Newsletter,
    Placement,
    Severity,
    ShownPicture,
    Story,
)
from digest.jobs import segments
from digest.jobs.people import check_people
from digest.jobs.press import brand_values
from digest.stages import layout, pictured, render, slots, slotted, words

#: dates that are named
_AHEAD = 10
_PICTURE = "https://example.org/picture.jpg"
#: one of each that staff may put beside stories, with all that it may be given
_FREE = tuple(
    FreeBlock(
        kind=kind,
        title="A title",
        text="A sentence.",
        when="Tuesday",
        where="In the hall",
        who="Somebody",
        link="https://example.org/",
        words="What to do",
        picture=_PICTURE,
        alt="What it shows",
    )
    for kind in FREE_BLOCKS
)


def check(folder: Path) -> tuple[Finding, ...]:
    """Return the findings about a workspace: digest.toml, templates, files of subscribers and sources, the secret."""
    try:
        loaded = config.load(folder, bundle.templates())
    except ConfigurationError as fault:
        return fault.findings
    findings = [*_templates(loaded), *_secret(folder), *_untouched(loaded), *_language(loaded), *_pictures(loaded)]
    findings += signing.findings(loaded)
    findings += tokens.findings(loaded)
    findings += hooks.findings(loaded)
    findings += pages.findings(loaded.workspace)
    for newsletter in loaded.workspace.newsletters:
        findings += _dates(newsletter)
        findings += _files(newsletter, folder)
        findings += _people(newsletter, folder)
    findings += encoders.chosen((), loaded.workspace.brand.language).findings
    return tuple(findings)


def _templates(loaded: Loaded) -> list[Finding]:
    templates = render.Templates(loaded.template)
    findings = []
    for newsletter in loaded.workspace.newsletters:
        brand = brand_values(loaded.workspace.brand)
        say = words.speaking(loaded.workspace.brand.language, loaded.workspace.brand.words)
        made = _sample(newsletter, brand, say)
        for part in (render.html, render.text):
            try:
                part(made, brand, say, templates)
            except RenderError as fault:
                findings.append(_finding("template", fault.where, fault.what, fault.mend))
    # the HTML of two newsletters fails alike
    return list(dict.fromkeys(findings))


def _sample(newsletter: Newsletter, brand: dict[str, str], say: words.Say) -> Layout:
    """Lay out an edition that uses every block and every field, its own blocks of the newsletter among them."""
    moment = datetime(2026, 1, 6, 8, tzinfo=UTC)
    shown = ShownPicture(src=_PICTURE, width=160, height=90)
    themes = [theme.id for theme in newsletter.themes[:2]] or ["other"]
    placements = []
    for number, theme in enumerate([themes[0], *themes, themes[0]]):
        lead, other = (
            Insight(
                id=f"{number}{name}",
                source=newsletter.sources[0].id,
                title=f"Sample story {number}",
                summary="A sentence about it.",
                link="https://example.org/",
                published=moment,
                date_from=DateFrom.STATED,
                first_seen=moment,
                author="Somebody",
                image=_PICTURE,
            )
            for name in "ab"
        )
        placements.append(Placement(story=Story(lead=lead, also=(other,)), theme=theme, reasons=("a sample",)))
    return layout.lay_out(
        placements,
        # one stands under a theme, the others in brief
        replace(newsletter, stories_in_full=1),
        slot=moment,
        number=1,
        correction=newsletter.correction or "Sorry.",
        introduction=newsletter.introduction or "Hello.",
        free=[*newsletter.blocks, *_FREE],
        elsewhere=1,
        brand=brand,
        say=say,
        links=layout.Links(
            web_version="https://example.org/",
            subscribe="https://example.org/",
            unsubscribe=slotted.marker("unsubscribe", "sample"),
            preferences=slotted.marker("preferences", "sample"),
        ),
        pictures={_PICTURE: {"hero": shown, "thumbnail": shown}},
    )


def _untouched(loaded: Loaded) -> list[Finding]:
    """Find what still stands as `digest init` wrote it."""
    return [
        Finding(
            code="check.untouched",
            severity=Severity.LOOK_AT,
            where=config.FILE,
            what=f"{name} is still the example.",
            why="Readers would see it, or no mail would leave.",
            mend="Write your own.",
        )
        for name in setting_up.untouched(loaded.workspace)
    ]


def _language(loaded: Loaded) -> list[Finding]:
    """Find whether readers would see the program's own words in another language than the email's."""
    brand = loaded.workspace.brand
    unspoken = words.unspoken(brand.language, brand.words)
    if not unspoken:
        return []
    return [
        Finding(
            code="check.words",
            severity=Severity.LOOK_AT,
            where=f"{config.FILE}: brand.language",
            what=f"The program has no words of its own in “{brand.language}”: they would be in English.",
            why="Readers would see “Unsubscribe” or “View in your browser” around your stories.",
            mend=f"Give your own under [brand.words]; {len(unspoken)} are left. They are listed in docs/words.md.",
        )
    ]


def _pictures(loaded: Loaded) -> list[Finding]:
    """Find whether readers would see pictures only if somebody puts them on a website."""
    if loaded.workspace.brand.pictures != "linked":
        return []
    return [
        Finding(
            code="check.pictures",
            severity=Severity.LOOK_AT,
            where=f"{config.FILE}: brand.pictures",
            what=f"The emails link to pictures at {pictured.linked(loaded.workspace.base_url, '')}.",
            why="This program does not serve them yet: readers see nothing there until you do.",
            mend="Put what `digest pictures export FOLDER` writes on your website before each edition is sent, "
            'or write pictures = "embedded".',
        )
    ]


def _secret(folder: Path) -> list[Finding]:
    if not (folder / config.DATABASE).exists():
        return []
    try:
        config.secret(folder)
    except ConfigurationError as fault:
        return list(fault.findings)
    return []


def _dates(newsletter: Newsletter) -> list[Finding]:
    """Say what is understood of when it goes out, with the next dates; find whether all terms are over."""
    schedule, now = newsletter.schedule, datetime.now(UTC)
    over = slots.past(schedule.calendar, now.astimezone(ZoneInfo(schedule.timezone)).date())
    if over:
        why = "“In term time” means these terms: nothing goes out in any other."
        mend = "Add your next terms under [[terms]], or on the desk."
        return [_found("terms", newsletter, Severity.LOOK_AT, over, why, mend)]
    if not schedule.when.strip():
        return []
    coming = islice((one.slot for one in slots.dates(schedule, now) if not one.left_out), _AHEAD)
    ahead = ", ".join(spoken.when(slot, schedule.timezone) for slot in coming)
    words = f"{slots.sentence(schedule)} {slots.window_sentence(schedule)}".strip()
    why = f"The next dates are {ahead}."
    return [_found("dates", newsletter, Severity.NOTE, words, why, "`digest dates` shows what hangs on each.")]


def _found(code: str, newsletter: Newsletter, severity: Severity, what: str, why: str, mend: str) -> Finding:
    where = f"{config.FILE}: {newsletter.id}, schedule"
    return Finding(code=f"check.{code}", severity=severity, where=where, what=what, why=why, mend=mend)


def _files(newsletter: Newsletter, folder: Path) -> list[Finding]:
    return [
        _finding(
            "source",
            source.id,
            f"The file or folder “{source.address}” is not there.",
            "Make it, or correct its address in digest.toml.",
        )
        for source in newsletter.sources
        if source.kind == "file" and not (folder / source.address).exists()
    ]


def _people(newsletter: Newsletter, folder: Path) -> list[Finding]:
    try:
        found = check_people(newsletter, folder, datetime.now(UTC))
    except DigestError as fault:
        return [_finding("subscribers", newsletter.subscribers, fault.what, fault.mend)]
    held = {traits.folded(name) for name in found.fields}
    asked_in_vain = segments.vain(
        newsletter, lambda fields: [name for name in fields if name not in held], lambda _: found.fields
    )
    # a file without people lacks every field
    return [*found.findings, *(asked_in_vain if found.people else [])]


def _finding(code: str, where: str, what: str, mend: str) -> Finding:
    return Finding(code=f"check.{code}", severity=Severity.MUST_MEND, where=where, what=what, mend=mend)
