"""Commands that group and dedupe files, to see and to measure what the program does."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digest.cli.frame import app, err, how_many, say, show_findings, show_table
from digest.domain.errors import DigestError
from digest.domain.model import DateFrom, Insight, Newsletter, Reviewed, Sender, Theme

if TYPE_CHECKING:
    from digest.encoders.language import Detector
    from digest.stages.group import Judgement

LinesOption = Annotated[bool, typer.Option("--json", help="Print a line of JSON for each, for a script.")]
#: what has no date is compared as if it were of one day
_UNDATED = datetime(2000, 1, 1, tzinfo=UTC)


@app.command()
def group(
    items: Annotated[Path, typer.Argument(help='JSON Lines: {"id", "title", "summary", "category", "language"}.')],
    themes: Annotated[Path, typer.Option(help="JSON: a list of themes as digest.toml has them.")],
    categories: Annotated[bool, typer.Option(help="Heed the category that a source gives.")] = True,
    reviewed: Annotated[
        Path | None, typer.Option(help='JSON Lines: what people placed, {"title", "summary", "theme"}.')
    ] = None,
    language: Annotated[str, typer.Option(help="The newsletter's language, such as en or cy.")] = "en",
    detect: Annotated[bool, typer.Option("--detect", help="Find out which language each item is in.")] = False,
    as_json: LinesOption = False,
) -> None:
    """Group the insights of a file under the themes of another, and say why; nothing is stored."""
    from digest import encoders
    from digest.encoders.language import Detector
    from digest.stages import group as stage

    newsletter = Newsletter(
        id="file", name="file", sender=Sender(name="", address=""), themes=tuple(_themes(_list(themes)))
    )
    given = _lines(items, "id", "title")
    detector = Detector() if detect else None
    subjects = [
        stage.Subject(
            title=_words(one, "title"),
            summary=_words(one, "summary"),
            categories=tuple(_categories(one)) if categories else (),
            language=_language(one, detector),
        )
        for one in given
    ]
    told = [
        Reviewed(title=_words(one, "title"), summary=_words(one, "summary"), theme=_words(one, "theme"))
        for one in (_lines(reviewed, "title", "theme") if reviewed else [])
    ]
    chosen = encoders.chosen(newsletter.themes, language)
    found = stage.judge(subjects, stage.ways(newsletter, told, language), chosen.encoder)
    if as_json:
        for finding in chosen.findings:
            err.print(finding.what, markup=False)
        for one, subject, where in zip(given, subjects, found, strict=True):
            known = {"language": subject.language} if subject.language else {}
            _print_line({"id": one["id"], **_as_data(where), **known})
        return
    show_findings(chosen.findings)
    _show(newsletter, given, found)


@app.command()
def dedupe(
    pairs: Annotated[Path, typer.Option(help='JSON Lines: {"a": {"title", "summary", "published"}, "b": {…}}.')],
    as_json: LinesOption = False,
) -> None:
    """Say of each pair of insights in a file whether they tell the same; nothing is stored."""
    from digest.stages.dedupe import same

    given = _lines(pairs, "a", "b")
    verdicts = [same(_insight(one["a"], "a"), _insight(one["b"], "b")) for one in given]
    if as_json:
        for verdict in verdicts:
            _print_line({"same": verdict})
        return
    rows = [
        (_words(one["a"], "title"), _words(one["b"], "title"), "the same" if verdict else "two")
        for one, verdict in zip(given, verdicts, strict=True)
    ]
    show_table("Pairs", ("one", "the other", "they are"), rows)


def _show(newsletter: Newsletter, given: Sequence[dict[str, Any]], found: Sequence[Judgement]) -> None:
    names = {theme.id: theme.name for theme in newsletter.themes}
    rows = [
        (
            _words(one, "title"),
            names.get(where.theme, "Other"),
            "check this" if where.check else "",
            "; ".join(where.reasons),
        )
        for one, where in zip(given, found, strict=True)
    ]
    show_table("Insights", ("insight", "theme", "", "why"), rows)
    checked = sum(where.check for where in found)
    say(f"{how_many(len(rows))}, {checked} to check." if checked else f"{how_many(len(rows))}.", "bold")


def _as_data(found: Judgement) -> dict[str, object]:
    return {
        "theme": found.theme,
        "best": found.best,
        "runner_up": found.runner_up,
        "confidence": found.confidence,
        "check": found.check,
        "reasons": list(found.reasons),
    }


def _print_line(value: dict[str, object]) -> None:
    print(json.dumps(value, ensure_ascii=False))


def _themes(given: Sequence[Any]) -> list[Theme]:
    made = []
    for number, one in enumerate(given, 1):
        if not isinstance(one, dict) or not one.get("id") or not one.get("name"):
            raise DigestError(f"Theme {number} has no id or no name.", "Give each theme both.")
        made.append(
            Theme(
                id=_words(one, "id"),
                name=_words(one, "name"),
                description=_words(one, "description"),
                keywords=_texts(one, "keywords"),
                categories=_texts(one, "categories"),
                examples=_texts(one, "examples"),
            )
        )
    return made


def _texts(one: dict[str, Any], name: str) -> tuple[str, ...]:
    return tuple(map(str, one.get(name) or ()))


def _language(one: dict[str, Any], detector: Detector | None) -> str:
    """Return the language of an item: what it says, else what is found out where that is asked for."""
    said = _words(one, "language")
    if said or detector is None:
        return said
    return detector.tell(f"{_words(one, 'title')}. {_words(one, 'summary')}")


def _categories(one: dict[str, Any]) -> list[str]:
    """Return the categories of an item: a list, or a text with semicolons between them."""
    given = one.get("category") or ""
    parts = given if isinstance(given, list) else str(given).split(";")
    return [name for name in (str(part).strip() for part in parts) if name]


def _insight(given: Any, name: str) -> Insight:
    if not isinstance(given, dict):
        raise DigestError(f"“{name}” of a pair is no object.", 'Write it like {"title": "…", "summary": "…"}.')
    from digest.sources.file import moment_of

    published = moment_of(given.get("published")) if given.get("published") else _UNDATED
    if published is None:
        raise DigestError(f"“{given['published']}” is no date.", "Write it like 2026-11-24T09:00:00Z.")
    return Insight(
        id=name,
        source=name,
        title=_words(given, "title"),
        summary=_words(given, "summary"),
        link="",
        published=published,
        date_from=DateFrom.STATED,
        first_seen=_UNDATED,
    )


def _words(given: dict[str, Any], key: str) -> str:
    """Return a text of an object; nothing where it has none, its words where it is a number."""
    return str(given.get(key) or "")


def _list(file: Path) -> list[Any]:
    try:
        found = json.loads(_text(file))
    except json.JSONDecodeError as fault:
        raise DigestError(f"{file} is no JSON ({fault.msg}, line {fault.lineno}).", "Mend that line.") from fault
    if not isinstance(found, list):
        raise DigestError(f"{file} holds no list.", 'Write the themes like [{"id": "…", "name": "…"}].')
    return found


def _lines(file: Path, *needed: str) -> list[dict[str, Any]]:
    """Read JSON Lines, each an object with these keys."""
    made = []
    for number, line in enumerate(_text(file).split("\n"), 1):
        if not line.strip():
            continue
        try:
            one = json.loads(line)
        except (json.JSONDecodeError, RecursionError) as fault:
            raise DigestError(f"{file}:{number} is no JSON.", "Write one object a line.") from fault
        missing = [key for key in needed if not isinstance(one, dict) or key not in one]
        if missing:
            raise DigestError(f"{file}:{number} lacks “{missing[0]}”.", "Each line needs it.")
        made.append(one)
    return made


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as fault:
        raise DigestError(f"{file} is not UTF-8 text.", "Save it as UTF-8.") from fault
