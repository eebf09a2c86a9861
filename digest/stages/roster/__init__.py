"""Roster: files of people become rows, with a finding for each row that cannot be read; and people become a file.

::

    octets ─ probe: the same file? which encoding? ─ records ─ columns: what the first row says ─ rows ─► StagedRow

A row that is wrong never stops the others. Rows without a consent record are read, and wait: nobody is mailed without
one. All of it is a stream: of a file no more is held than a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from digest.domain.model import Finding, Severity
from digest.domain.ports.roster import StagedRow, Staying
from digest.stages.roster.addresses import EmailNotValidError, Spelling, spelling
from digest.stages.roster.columns import Chosen, Unusable, columns
from digest.stages.roster.consenting import consent
from digest.stages.roster.exported import csv_line, exported
from digest.stages.roster.glimpse import Column, glimpse
from digest.stages.roster.records import Probe, Record, probe, records
from digest.stages.roster.rows import About, Consent, Rows

__all__ = [
    "ALL",
    "About",
    "Came",
    "Chosen",
    "Column",
    "Consent",
    "EmailNotValidError",
    "Probe",
    "Reading",
    "Record",
    "Rows",
    "Share",
    "Spelling",
    "consent",
    "exported",
    "finding",
    "glimpse",
    "probe",
    "refused",
    "spelling",
    "together",
]
#: findings that are kept; more are counted
MOST_FINDINGS = 1_000
MOST_THEMES = 20


#: (which, of how many): a reading of a share of the records; and of all
Share = tuple[int, int]
ALL: Share = (0, 1)
#: records of a block: those who share a file take its blocks in turn
BLOCK = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """What reading a file came to, or a share of it, beside the rows."""

    #: the first findings, with their lines
    told: tuple[tuple[int, Finding], ...] = ()
    #: theme that does not exist -> the first line that chooses it, and how many do
    strange: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    #: rows that cannot be read
    refused: int = 0
    #: nothing of the file could be read
    unusable: bool = False
    staying: Staying = field(default_factory=Staying)

    def findings(self, about: About) -> tuple[Finding, ...]:
        """The first findings, in the order of the lines, and one for each chosen theme that does not exist."""
        strange = [_strange_theme(about, theme, *told) for theme, told in self.strange.items()]
        return (*(one for _, one in self.told), *strange)


def together(shares: Sequence[Came]) -> Came:
    """Return what reading a file came to from what reading all shares of it did."""
    told = sorted({one for share in shares for one in share.told}, key=lambda one: one[0])
    strange: dict[str, tuple[int, int]] = {}
    for share in shares:
        for theme, (line, rows) in share.strange.items():
            first, before = strange.get(theme, (line, 0))
            strange[theme] = (min(first, line), before + rows)
    return Came(
        told=tuple(told[:MOST_FINDINGS]),
        strange=dict(sorted(strange.items(), key=lambda one: one[1])),
        refused=sum(share.refused for share in shares),
        unusable=any(share.unusable for share in shares),
        staying=shares[0].staying,
    )


def refused(chunks: Iterable[bytes], encoding: str, about: About) -> Iterator[str]:
    """Yield the lines of a file with those rows of another that cannot be read, below its first row.

    Raises Unusable.
    """
    found = (record for record in records(chunks, encoding) if any(cell.strip() for cell in record.cells))
    head = next(found, None)
    if head is None:
        return
    rows = Rows(columns(head.cells, head.line, about.chosen), about)
    yield csv_line(head.cells)
    for record in found:
        if isinstance(rows.read(record), str):
            yield csv_line(record.cells)


class Reading:
    """One reading of a file: its rows as they come, and what there is to say about it."""

    def __init__(self, about: About, share: Share = ALL) -> None:
        self._about = about
        self._share = share
        self._told: list[tuple[int, Finding]] = []
        self._strange: dict[str, tuple[int, int]] = {}
        self._refused = 0
        self._unusable = False
        self.rows: Rows | None = None

    @property
    def came(self) -> Came:
        """What it came to so far."""
        return Came(
            told=tuple(self._told),
            strange=self._strange,
            refused=self._refused,
            unusable=self._unusable,
            staying=Staying() if self.rows is None else self.rows.staying,
        )

    @property
    def refused(self) -> int:
        """How many rows could not be read."""
        return self._refused

    @property
    def unusable(self) -> bool:
        """Nothing of the file could be read."""
        return self._unusable

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What there is to say about it so far (Came.findings)."""
        return self.came.findings(self._about)

    def read(self, chunks: Iterable[bytes], encoding: str) -> Iterator[StagedRow]:
        """Yield the rows of a file that comes in pieces: CSV in UTF-8, UTF-16 or Windows-1252."""
        if encoding == "cp1252":
            self._tell("encoding", 1, "The file is not UTF-8; it was read as Windows-1252.",
                       "Names with accents may look wrong.", "In Excel, save it as “CSV UTF-8”.",
                       Severity.NOTE)  # fmt: skip
        found = records(chunks, encoding)
        try:
            rows = self.rows = self._first(found)
        except Unusable as fault:
            self._unusable = True
            self._tell("file", fault.line, fault.what, "Nothing of the file is read.", fault.mend)
            return
        if rows is not None:
            yield from self._rest(found, rows)

    def _first(self, found: Iterator[Record]) -> Rows | None:
        for record in found:
            if record.fault:
                raise Unusable(record.line, record.fault, "Mend the first row: it names the columns.")
            if "\0" in record.text:
                raise Unusable(record.line, "The file holds NUL characters.", "Save it as “CSV UTF-8”.")
            if any(cell.strip() for cell in record.cells):
                return Rows(columns(record.cells, record.line, self._about.chosen), self._about)
        return None

    def _rest(self, found: Iterator[Record], rows: Rows) -> Iterator[StagedRow]:
        known = bool(self._about.themes)
        which, of = self._share
        for number, record in enumerate(found):
            if number // BLOCK % of != which:
                continue
            if not record.fault and not record.text.strip(",;\t \r\n"):
                continue
            row = rows.read(record)
            if isinstance(row, str):
                self._refuse(record.line, row)
                continue
            if known and row.place.themes != "[]":
                self._look_at(rows.strange_theme(row), record.line)
            yield row

    def _refuse(self, line: int, what: str) -> None:
        self._refused += 1
        self._tell("row", line, what, "This person is not imported; all others are.", "Mend the row.")

    def _look_at(self, theme: str, line: int) -> None:
        if theme and (theme in self._strange or len(self._strange) < MOST_THEMES):
            first, rows = self._strange.get(theme, (line, 0))
            self._strange[theme] = (first, rows + 1)

    def _tell(
        self, code: str, line: int, what: str, why: str, mend: str, severity: Severity = Severity.MUST_MEND
    ) -> None:
        if len(self._told) < MOST_FINDINGS:
            told = finding(code, f"{self._about.file}:{line}", what, why, mend, severity)
            self._told.append((line, told))


def _strange_theme(about: About, theme: str, line: int, rows: int) -> Finding:
    more = f" {rows:,} rows from here on choose it." if rows > 1 else ""
    return finding("theme", f"{about.file}:{line}", f"There is no theme “{theme}”.{more}",
                   "Until there is one it stands for nothing.", f"Use one of {', '.join(about.themes)}.",
                   Severity.LOOK_AT)  # fmt: skip


def finding(code: str, where: str, what: str, why: str, mend: str, severity: Severity = Severity.MUST_MEND) -> Finding:
    """Return a finding about a file of people."""
    return Finding(code=f"subscribers.{code}", severity=severity, where=where, what=what, why=why, mend=mend)
