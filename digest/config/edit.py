"""A source or a rule is written into digest.toml, or taken out, and everything else in the file stays as it is.

It is what commands change; pages change any setting (change.py). Nothing is written before it is proven (writing.py).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import tomlkit

from digest.config import parse, values
from digest.config.edges import CannotSplice
from digest.config.splice import with_entry, without_entry
from digest.config.writing import Draft, by_hand, fault, written

#: an id is part of reports and of links to findings: a longer one is not read
ID_CHARACTERS = 40
#: an id that themes and sources cannot bear (rules.py)
_NEVER = "other"

# the host of a web address; urlsplit raises on what people may well have pasted
_ADDRESS = re.compile(r"https?://(?:[^/?#]*@)?([^/?#:]*)", re.IGNORECASE)

#: a draft, and what went in or out, as it stands in the file
_Change = tuple[Draft, str]


def add_source(folder: Path, newsletter: str, values: Mapping[str, object]) -> str:
    """Write a source after the last one of a newsletter; return the text that was added.

    Raises ConfigurationError where the file or the source is wrong, Refused where the file cannot be written now;
    then nothing was written.
    """
    return _rewritten(folder, lambda text: _added(text, newsletter, "sources", values))


def remove_source(folder: Path, newsletter: str, source_id: str) -> str:
    """Take a source out of a newsletter; return the text that was taken out.

    Remarks inside its table go with it; those around it stay. Raises as add_source does.
    """

    def change(text: str) -> _Change:
        _, sources = _entries(text, newsletter, "sources")
        ids = [source.get("id") if isinstance(source, dict) else None for source in sources]
        if source_id not in ids:
            known = ", ".join(map(str, filter(None, ids))) or "none"
            raise fault("source", f"There is no source “{source_id}” in “{newsletter}”.", f"There are: {known}.")
        return _removed(text, newsletter, "sources", ids.index(source_id))

    return _rewritten(folder, change)


def add_rule(folder: Path, newsletter: str, values: Mapping[str, object]) -> str:
    """Write a rule of grouping after the last one of a newsletter; return the text that was added.

    Raises as add_source does.
    """
    return _rewritten(folder, lambda text: _added(text, newsletter, "rules", values))


def remove_rule(folder: Path, newsletter: str, number: int) -> str:
    """Take a rule of grouping out of a newsletter; return the text that was taken out.

    number: the first is 1. Raises as add_source does.
    """

    def change(text: str) -> _Change:
        _, rules = _entries(text, newsletter, "rules")
        if not 1 <= number <= len(rules):
            known = f"There are {len(rules)}: `digest themes rules` shows them." if rules else "There is none."
            raise fault("rule", f"There is no rule {number} in “{newsletter}”.", known)
        return _removed(text, newsletter, "rules", number - 1)

    return _rewritten(folder, change)


def unique_id(words: str, taken: Collection[str], otherwise: str = "source") -> str:
    """Make an id from a name or the address of a site: short, readable, not taken; otherwise: where nothing is left."""
    address = _ADDRESS.match(words)
    # letters with accents lose them; what has no Latin letter under it goes
    plain = unicodedata.normalize("NFKD", (address[1] if address else words).casefold().removeprefix("www."))
    letters = "".join(character for character in plain if not unicodedata.combining(character))
    slug = re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:ID_CHARACTERS].strip("-") or otherwise
    made = slug
    number = 1
    while made in taken or made == _NEVER:
        number += 1
        ending = f"-{number}"
        made = slug[: ID_CHARACTERS - len(ending)].strip("-") + ending
    return made


def _added(text: str, newsletter: str, kind: str, values: Mapping[str, object]) -> _Change:
    number, entries = _entries(text, newsletter, kind)
    word = kind.removesuffix("s")
    try:
        made, block = with_entry(text, ("newsletters", number), kind, values)
        new = tomlkit.item(dict(values)).unwrap()
    except CannotSplice as trouble:
        raise by_hand(f"There is no place in it for a new {word}.") from trouble
    except (TypeError, ValueError) as trouble:
        raise by_hand(f"The new {word} cannot be written: {trouble}.") from trouble
    return Draft(made, _wanted(text, number, kind, [*entries, new])), block


def _removed(text: str, newsletter: str, kind: str, place: int) -> _Change:
    number, entries = _entries(text, newsletter, kind)
    try:
        made, block = without_entry(text, ("newsletters", number), kind, place)
    except CannotSplice as trouble:
        raise by_hand(f"Where {kind.removesuffix('s')} {place + 1} begins and ends cannot be told.") from trouble
    return Draft(made, _wanted(text, number, kind, entries[:place] + entries[place + 1 :])), block


def _wanted(text: str, number: int, kind: str, entries: list[Any]) -> dict[str, Any]:
    wanted = values(text)
    wanted["newsletters"][number][kind] = entries
    return wanted


def _entries(text: str, newsletter: str, kind: str) -> tuple[int, list[Any]]:
    """Return a newsletter's position and what the file says it has of a kind."""
    written = values(text).get("newsletters")
    known = written if isinstance(written, list) else []
    for number, one in enumerate(known):
        if isinstance(one, dict) and one.get("id") == newsletter and isinstance(one.get(kind, []), list):
            return number, one.get(kind, [])
    # what is wrong with the file is told with its line
    workspace = parse(text)
    names = ", ".join(one.id for one in workspace.newsletters)
    raise fault("newsletter", f"There is no newsletter “{newsletter}”.", f"Name one of: {names}.")


def _rewritten(folder: Path, change: Callable[[str], _Change]) -> str:
    blocks = []

    def draft(text: str) -> Draft:
        made, block = change(text)
        blocks.append(block)
        return made

    written(folder, draft)
    return blocks[-1]
