"""Leavers: lists of people who must not be mailed, as other programs write them.

Mailchimp's unsubscribed and cleaned lists, listmonk's and Brevo's blocklists, or one address a line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from digest.domain.model import Finding, Severity, SubscriptionState, SuppressionReason
from digest.stages.roster.addresses import EmailNotValidError, spelling
from digest.stages.roster.cells import moment, unescaped
from digest.stages.roster.columns import ALIASES, SECOND_BEST, plain
from digest.stages.roster.records import Record, records
from digest.stages.roster.rows import GONE

#: a state of a subscription -> the reason for which an address is kept off
REASONS: Mapping[str, SuppressionReason] = {
    SubscriptionState.UNSUBSCRIBED: SuppressionReason.LEFT,
    SubscriptionState.BOUNCED: SuppressionReason.HARD_BOUNCE,
    SubscriptionState.COMPLAINED: SuppressionReason.COMPLAINT,
    SubscriptionState.ERASED: SuppressionReason.ERASED,
}
#: columns that only such a list has -> what they say of everybody in it
_TELLING = {
    "unsub time": SuppressionReason.LEFT,
    "unsub reason": SuppressionReason.LEFT,
    "unsubscribed at": SuppressionReason.LEFT,
    "unsubscribe date": SuppressionReason.LEFT,
    "clean time": SuppressionReason.HARD_BOUNCE,
    "clean campaign title": SuppressionReason.HARD_BOUNCE,
    "bounce date": SuppressionReason.HARD_BOUNCE,
    "bounced at": SuppressionReason.HARD_BOUNCE,
    "complaint date": SuppressionReason.COMPLAINT,
    "complained at": SuppressionReason.COMPLAINT,
}
_TIMES = (
    "unsub time",
    "unsubscribed at",
    "unsubscribe date",
    "clean time",
    "bounce date",
    "bounced at",
    "complaint date",
    "complained at",
)
_WHY = ("unsub reason", "reason", "bounce type", "blocklist reason", "type")
_COMPLAINT = ("spam", "abuse", "complain")
_BOUNCE = ("bounce", "invalid", "undeliver", "cleaned")


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaver:
    """An address that must not be mailed."""

    line: int
    comparable: str
    #: left, hard bounce or complaint; empty where the file does not say
    reason: str
    #: when it came to that, where the file says so
    at: datetime | None


class Leavers:
    """One reading of such a list."""

    def __init__(self, file: str, reason: str = "") -> None:
        self._file, self._reason = file, reason
        self._findings: list[Finding] = []
        self.refused = 0
        #: rows of people who may be mailed
        self.staying = 0
        self._email, self._at, self._states, self._whys = 0, -1, -1, -1
        self._all = ""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The first findings, in the order of the lines."""
        return tuple(self._findings)

    def read(self, chunks: Iterable[bytes], encoding: str) -> Iterator[Leaver]:
        """Yield the people of a list that comes in pieces."""
        begun = False
        for record in records(chunks, encoding):
            if not record.fault and not any(cell.strip() for cell in record.cells):
                continue
            if not begun:
                begun = True
                if self._names(record):
                    continue
            found = self._leaver(record)
            if isinstance(found, str):
                self._refuse(record.line, found)
            elif found is not None:
                yield found

    def _names(self, record: Record) -> bool:
        """Tell whether the first row names the columns, and take note of them."""
        names = [plain(cell) for cell in record.cells]
        column = next((names.index(one) for one in _addresses() if one in names), None)
        if column is None:
            self._email = next((at for at, cell in enumerate(record.cells) if "@" in cell), 0)
            return False
        self._email = column
        self._at = _first(names, _TIMES)
        self._states = _first(names, ("state", *ALIASES["state"]))
        self._whys = _first(names, _WHY)
        self._all = next((reason for name, reason in _TELLING.items() if name in names), "")
        return True

    def _leaver(self, record: Record) -> Leaver | str | None:
        if record.fault or "\0" in record.text:
            return record.fault or "The row holds NUL characters: the file is damaged, or no text."
        cells = [unescaped(cell.strip()) for cell in record.cells]
        state = plain(_cell(cells, self._states))
        reason = self._why(cells, state)
        if state and state not in GONE and not self._all and not self._reason:
            # a list of everybody: who may be mailed is not kept off
            self.staying += 1
            return None
        address = _cell(cells, self._email)
        try:
            comparable = spelling(address).comparable
        except EmailNotValidError as wrong:
            return f"“{address[:100]}” is no address: {wrong}" if address else "The row has no address."
        return Leaver(line=record.line, comparable=comparable, reason=reason, at=moment(_cell(cells, self._at)))

    def _why(self, cells: Sequence[str], state: str) -> str:
        words = _cell(cells, self._whys).casefold()
        if any(one in words for one in _COMPLAINT) or GONE.get(state) == "complained":
            # whatever else is said, who complained is never mailed again
            return SuppressionReason.COMPLAINT
        if self._reason:
            return self._reason
        if any(one in words for one in _BOUNCE):
            return SuppressionReason.HARD_BOUNCE
        return REASONS[GONE[state]] if state in GONE else self._all

    def _refuse(self, line: int, what: str) -> None:
        self.refused += 1
        if len(self._findings) < 1_000:
            self._findings.append(
                Finding(
                    code="suppressions.row",
                    severity=Severity.MUST_MEND,
                    where=f"{self._file}:{line}",
                    what=what,
                    why="This address is not kept off; all others are.",
                    mend="Mend the row.",
                )
            )


def _addresses() -> tuple[str, ...]:
    return ("email", *ALIASES["email"], *SECOND_BEST["email"])


def _first(names: Sequence[str], wanted: Sequence[str]) -> int:
    return next((names.index(one) for one in wanted if one in names), -1)


def _cell(cells: Sequence[str], at: int) -> str:
    return cells[at] if 0 <= at < len(cells) else ""
