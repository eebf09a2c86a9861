"""Columns: what the first row of a file says its columns hold.

Names are compared without case, and with blanks, hyphens and underscores alike: docs/list.md lists them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from digest.stages.roster.cells import unescaped

#: what else other programs call the columns (Mailchimp, MailPoet, listmonk, Brevo, Outlook, Google Contacts)
ALIASES: Mapping[str, tuple[str, ...]] = {
    "email": ("e mail", "email address", "e mail address", "mail", "subscriber email", "contact email"),
    "first_name": ("first name", "firstname", "given name", "forename", "fname"),
    "last_name": ("last name", "lastname", "surname", "family name", "lname"),
    "tags": ("tag",),
    "themes": ("theme", "topics", "interests"),
    "cadence": ("how often", "frequency"),
    "consent_source": ("consent", "consent source"),
    "consent_at": ("consent date", "consent at"),
    "state": ("state", "status", "email status", "global status", "list status", "subscription status"),
    "joined_at": ("joined at",),
    "joined_by": ("joined by",),
    "paused_until": ("paused until",),
}
#: names that mean a column only where no other does: else they are fields like any other
SECOND_BEST: Mapping[str, tuple[str, ...]] = {
    "email": ("e mail 1 value", "address"),
    "tags": ("labels", "categories", "group membership"),
    "consent_at": ("confirm time", "confirmed at", "optin time"),
    "name": ("name", "full name", "display name", "contact name"),
}
#: place of a column -> the program's own column that it is read as, “field:” with the name of a field, or nothing for
#: one that is left out; a column that is not there is read by its name
Chosen = Mapping[int, str]
#: how a file names a field whose name would mean something else
FIELD = "field:"
MOST_COLUMNS = 500
_BLANKS = re.compile(r"[\s_-]+")
_NAMES = {alias: name for name, aliases in ALIASES.items() for alias in (*aliases, name.replace("_", " "))}


class Unusable(Exception):
    """The columns cannot be told: of the file nothing is read. line, what is wrong, and how to mend it."""

    def __init__(self, line: int, what: str, mend: str) -> None:
        super().__init__(what)
        self.line, self.what, self.mend = line, what, mend


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Where a file has what."""

    count: int
    #: the program's own columns, by name, with their places
    own: Mapping[str, int]
    #: fields and their places, in the order of their names
    fields: tuple[tuple[str, int], ...]


def columns(cells: Sequence[str], line: int, chosen: Chosen = MappingProxyType({})) -> Columns:
    """Tell what the columns of a file hold by its first row, or as somebody chose. Raises Unusable."""
    if len(cells) > MOST_COLUMNS:
        raise Unusable(
            line,
            f"The file has {len(cells):,} columns; at most {MOST_COLUMNS} are read.",
            "Leave out the columns that no segment asks for.",
        )
    names = [unescaped(cell.strip()) for cell in cells]
    own: dict[str, int] = {}
    fields: dict[str, int] = {}
    for place, name in enumerate(names):
        if place in chosen:
            _put_chosen(own, fields, chosen[place], place, line)
        elif name:
            meant = _NAMES.get(plain(name))
            _put(own if meant else fields, meant or field_of(name), place, line)
    for meant, aliases in SECOND_BEST.items():
        _second_best(own, fields, meant, aliases, chosen)
    if chosen and "email" not in own:
        raise Unusable(line, "No column is read as the address.", "Choose the one that holds the addresses.")
    if "name" in own and {"first_name", "last_name"} & own.keys():
        what = "One column is read as first and last name, and another as one of them."
        raise Unusable(line, what, "Choose one column for both, or two.")
    if "email" not in own:
        raise Unusable(
            line,
            "There is no column “email”.",
            "The first row must name the columns; call the one that holds the addresses “email”.",
        )
    return Columns(count=len(names), own=own, fields=tuple(sorted(fields.items())))


def likely(cells: Sequence[str], chosen: Chosen) -> Columns:
    """Return what columns that cannot be told together are likely to hold; of two with one meaning the first counts."""
    own: dict[str, int] = {}
    fields: dict[str, int] = {}
    for place, name in enumerate(unescaped(cell.strip()) for cell in cells):
        meant = _NAMES.get(plain(name), "")
        if place in chosen or not name:
            continue
        (own if meant else fields).setdefault(meant or field_of(name), place)
    for meant, aliases in SECOND_BEST.items():
        _second_best(own, fields, meant, aliases, chosen)
    return Columns(count=len(cells), own=own, fields=tuple(sorted(fields.items())))


def plain(name: str) -> str:
    """Return a column's name as it is compared."""
    return _BLANKS.sub(" ", name.casefold()).strip()


def field_of(name: str) -> str:
    """Return the field that a column with this name holds."""
    if name[: len(FIELD)].casefold() == FIELD:
        return name[len(FIELD) :].strip()
    return name.casefold().replace(" ", "_")


def column_of(field: str) -> str:
    """Return the name of a column that holds this field, whatever it is called."""
    ordinary = all(plain(field) not in (*aliases, name) for name, aliases in SECOND_BEST.items())
    read_back = field_of(field.strip()) == field and plain(field) not in _NAMES
    return field if ordinary and read_back else f"{FIELD}{field}"


def _put(into: dict[str, int], name: str, place: int, line: int) -> None:
    if name in into:
        raise Unusable(line, f"Two columns are called “{name}”.", "Rename or remove one of them.")
    into[name] = place


def _put_chosen(own: dict[str, int], fields: dict[str, int], meant: str, place: int, line: int) -> None:
    is_field = meant.startswith(FIELD)
    name = field_of(meant) if is_field else meant
    into = fields if is_field else own
    if name in into:
        raise Unusable(line, f"Two columns are read as “{name.replace('_', ' ')}”.", "Choose another for one of them.")
    if name:
        into[name] = place


def _second_best(
    own: dict[str, int], fields: dict[str, int], meant: str, aliases: Sequence[str], chosen: Chosen
) -> None:
    if meant in own or (meant == "name" and ("first_name" in own or "last_name" in own)):
        return
    for alias in aliases:
        for field, place in fields.items():
            if plain(field) == alias and place not in chosen:
                own[meant] = place
                del fields[field]
                return
