"""Roster: the text of subscribers.csv becomes people, with a finding for each row that cannot be read.

A row that is wrong never stops the others. Rows without a consent record are read, and wait: nobody
is mailed without one.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from email_validator import EmailNotValidError, validate_email

from digest.domain.model import Cadence, Finding, Severity, Subscriber, Subscription, SubscriptionState

#: names that lists from other programs give the columns
ALIASES = {
    "e-mail": "email",
    "email address": "email",
    "e-mail address": "email",
    "mail": "email",
    "first name": "first_name",
    "firstname": "first_name",
    "given name": "first_name",
    "last name": "last_name",
    "lastname": "last_name",
    "surname": "last_name",
    "family name": "last_name",
    "how often": "cadence",
    "frequency": "cadence",
    "topics": "themes",
    "tag": "tags",
    "theme": "themes",
    "consent": "consent_source",
    "consent source": "consent_source",
    "consent date": "consent_at",
    "consent at": "consent_at",
}
OWN = ("email", "first_name", "last_name", "tags", "themes", "cadence", "consent_source", "consent_at")
#: characters of one cell that are no mistake
CELL_CHARACTERS = 10_000
#: lines that one record may have: an address block is a few, a forgotten quotation mark is thousands
RECORD_LINES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A row of the file: somebody, and what they are subscribed to."""

    #: the comparable spelling of the address: one spelling, one subscriber
    comparable: str
    #: its id is empty: the database knows it, or one is drawn at the first import
    subscriber: Subscriber
    subscription: Subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """A file of subscribers, read."""

    content_hash: str
    people: tuple[Person, ...]
    findings: tuple[Finding, ...]


def read(content: bytes, where: str, newsletter: str, themes: Sequence[str] = ()) -> Roster:
    """Read the file.

    content: CSV in UTF-8 (with or without BOM) or Windows-1252, parted by commas, semicolons or tabs;
    where: its name, for findings; newsletter: what its people are subscribed to; themes: the ids that exist.
    """
    text, findings = _decoded(content, where)
    people: dict[str, Person] = {}
    try:
        for line, row in _rows(text, where, findings):
            person = _person(row, newsletter, themes, f"{where}:{line}", findings)
            if person is None:
                continue
            if person.comparable in people:
                findings.append(
                    _finding(
                        "twice",
                        f"{where}:{line}",
                        f"{row['email']} stands here a second time.",
                        "The first row counts.",
                        "Remove one of the rows.",
                        Severity.NOTE,
                    )
                )
                continue
            people[person.comparable] = person
    except _Unusable as fault:
        findings.append(fault.finding(where))
    content_hash = hashlib.sha256(content).hexdigest()
    return Roster(content_hash=content_hash, people=tuple(people.values()), findings=tuple(findings))


@dataclass(frozen=True, slots=True)
class Spelling:
    """An address as it is written on envelopes, and as it is compared."""

    address: str
    comparable: str


def spelling(address: str) -> Spelling:
    """Return the spellings of an address, its domain in ASCII (RFC 5891).

    Raises EmailNotValidError. Local parts are case sensitive by RFC 5321 2.4; no server that matters
    makes use of it, and a person mailed twice is an embarrassment: they are compared in lower case.
    """
    found = validate_email(address, check_deliverability=False, allow_smtputf8=False)
    written = f"{found.local_part}@{found.ascii_domain}"
    return Spelling(written, written.casefold())


class _Unusable(Exception):
    def __init__(self, line: int, what: str, mend: str) -> None:
        super().__init__(what)
        self.line, self.what, self.mend = line, what, mend

    def finding(self, where: str) -> Finding:
        return _finding("file", f"{where}:{self.line}", self.what, "Rows from here on are not read.", self.mend)


def _decoded(content: bytes, where: str) -> tuple[str, list[Finding]]:
    try:
        return content.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    return text, [
        _finding("encoding", f"{where}:1", "The file is not UTF-8; it was read as Windows-1252.",
                 "Names with accents may look wrong.", "In Excel, save it as “CSV UTF-8”.", Severity.NOTE)
    ]  # fmt: skip


def _rows(text: str, where: str, findings: list[Finding]) -> Iterator[tuple[int, Mapping[str, str]]]:
    names: list[str] = []
    for line, cells in _records(text):
        if cells is None:
            findings.append(_row(f"{where}:{line}", "The row cannot be read: its quotation marks do not pair."))
        elif any(cell.strip() for cell in cells):
            if names:
                yield line, _named(names, cells)
            else:
                names = _names(cells, line)


def _records(text: str) -> Iterator[tuple[int, list[str] | None]]:
    """Yield (line, cells) of each record; None for a line that begins none that can be read.

    A record is tried with more and more lines until its quotation marks pair. Where they never do, only
    its first line is given up: a parser that reads on would swallow everybody below.
    """
    # an overlong cell is a fault of its row (_row_fault), not of the file
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    delimiter = _delimiter(text)
    lines = io.StringIO(text.replace("\0", ""), newline="").readlines()
    at = 0
    while at < len(lines):
        cells, width = _record(lines[at : at + RECORD_LINES], delimiter)
        yield at + 1, cells
        at += width


def _record(lines: Sequence[str], delimiter: str) -> tuple[list[str] | None, int]:
    for width in range(1, len(lines) + 1):
        reader = csv.reader(["".join(lines[:width])], delimiter=delimiter, strict=True)
        try:
            return next(reader, []), width
        except csv.Error as fault:
            if "unexpected end of data" not in str(fault):
                return None, 1
    return None, 1


def _delimiter(text: str) -> str:
    head = text.split("\n", 1)[0]
    return max(",;\t", key=head.count)


def _names(cells: Sequence[str], line: int) -> list[str]:
    names = [cell.strip().casefold() for cell in cells]
    names = [ALIASES.get(name, name.replace(" ", "_")) for name in names]
    if "email" not in names:
        # beside a column of email addresses, "address" is where somebody lives
        names = ["email" if name == "address" else name for name in names]
    if "email" not in names:
        raise _Unusable(line, "There is no column “email”.", "Name the column that holds the addresses “email”.")
    double = next((name for name in names if name and names.count(name) > 1), "")
    if double:
        raise _Unusable(line, f"Two columns are called “{double}”.", "Rename or remove one of them.")
    return names


def _named(names: Sequence[str], cells: Sequence[str]) -> Mapping[str, str]:
    row = {name: cell.strip() for name, cell in zip(names, cells, strict=False) if name}
    return dict.fromkeys(OWN, "") | row | {"_surplus": "yes" if len(cells) > len(names) else ""}


def _person(
    row: Mapping[str, str], newsletter: str, themes: Sequence[str], where: str, findings: list[Finding]
) -> Person | None:
    fault = _row_fault(row)
    if fault:
        findings.append(_row(where, fault))
        return None
    chosen = _list(row["themes"])
    strange = [theme for theme in chosen if themes and theme not in themes]
    if strange:
        findings.append(_finding("theme", where, f"There is no theme “{strange[0]}”.",
                                 "Until there is one it stands for nothing.", f"Use one of {', '.join(themes)}.",
                                 Severity.LOOK_AT))  # fmt: skip
    spelled = spelling(row["email"])
    consent_at = _time(row["consent_at"])
    consented = bool(row["consent_source"]) and consent_at is not None
    extra = {k: v for k, v in row.items() if k not in OWN and k != "_surplus" and v}
    return Person(
        comparable=spelled.comparable,
        subscriber=Subscriber(
            id="",
            address=spelled.address,
            first_name=row["first_name"],
            last_name=row["last_name"],
            tags=_list(row["tags"]),
            fields=extra,
        ),
        subscription=Subscription(
            newsletter=newsletter,
            state=SubscriptionState.ACTIVE if consented else SubscriptionState.PENDING,
            themes=chosen,
            cadence=Cadence(row["cadence"].casefold() or Cadence.WEEKLY),
            consent_source=row["consent_source"],
            consent_at=consent_at,
        ),
    )


def _row_fault(row: Mapping[str, str]) -> str:
    if row["_surplus"]:
        return "The row has more cells than the first row has names; a comma may lack its quotation marks."
    long = next((name for name, cell in row.items() if len(cell) > CELL_CHARACTERS), "")
    if long:
        return f"The cell “{long}” is longer than {CELL_CHARACTERS:,} characters."
    if not row["email"]:
        return "The row has no address."
    try:
        spelling(row["email"])
    except EmailNotValidError as fault:
        return f"“{row['email'][:100]}” is no address: {fault}"
    if row["cadence"] and row["cadence"].casefold() not in tuple(Cadence):
        return f"“{row['cadence'][:50]}” is no cadence; there are {', '.join(Cadence)}."
    if row["consent_at"] and _time(row["consent_at"]) is None:
        return f"“{row['consent_at'][:50]}” is no date; write it as 2026-11-24."
    return ""


def _list(cell: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in cell.split(";") if part.strip()))


def _time(cell: str) -> datetime | None:
    try:
        made = datetime.fromisoformat(cell)
        return made.replace(tzinfo=UTC) if made.tzinfo is None else made.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _row(where: str, what: str) -> Finding:
    return _finding("row", where, what, "This person is not imported; all others are.", "Mend the row.")


def _finding(code: str, where: str, what: str, why: str, mend: str, severity: Severity = Severity.MUST_MEND) -> Finding:
    return Finding(code=f"subscribers.{code}", severity=severity, where=where, what=what, why=why, mend=mend)
