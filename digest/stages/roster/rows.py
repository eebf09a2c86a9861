"""Rows: a record of the file becomes a person's row, or what is wrong with it.

A million of them are read, so that what stands in many (a consent record, tags, themes) is worked out once, and a
person's traits are put together from texts; `Subscriber.traits` says what they must be.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from operator import itemgetter

from digest.domain import traits
from digest.domain.model import Cadence, Subscriber, Subscription, SubscriptionState
from digest.domain.model.people import SUBSCRIPTION_FIELDS
from digest.domain.ports.roster import StagedPlace, StagedRow, Staying
from digest.stages.roster.addresses import EmailNotValidError, spelling
from digest.stages.roster.cells import listed, moment, unescaped
from digest.stages.roster.columns import Chosen, Columns, plain
from digest.stages.roster.records import Record

#: characters of one cell that are no mistake
CELL_CHARACTERS = 10_000
#: what other programs call it when somebody may not be mailed, as this one does
GONE: Mapping[str, str] = {
    **dict.fromkeys(("unsubscribed", "unsubscribe", "opted out", "opt out"), "unsubscribed"),
    **dict.fromkeys(("bounced", "bounce", "cleaned", "hard bounced", "undeliverable"), "bounced"),
    **dict.fromkeys(("complained", "complaint", "spam", "abuse"), "complained"),
    **dict.fromkeys(("blocklisted", "blacklisted", "blocked", "disabled", "non subscribed"), "unsubscribed"),
    "erased": "erased",
}
#: … and when they have not confirmed yet, or may be mailed
_WAITING = ("pending", "unconfirmed", "not confirmed")
_THERE = ("active", "subscribed", "confirmed", "enabled", "inactive")
#: clocks and time zones differ
_AHEAD = timedelta(days=1)
_PERSON_FIELDS = frozenset(("address", "first_name", "last_name", "tags", *SUBSCRIPTION_FIELDS))
#: what makes a subscription, in the order of Rows._place_of; and what a row means besides names and fields
_PLACE = ("themes", "cadence", "consent_source", "consent_at", "joined_at", "joined_by", "paused_until")
_MEANT = ("tags", *_PLACE)
_OWN = ("email", "first_name", "last_name", "name", "state", *_MEANT)
_quoted = json.encoder.encode_basestring_ascii
_CADENCES: Mapping[str, str] = {"": Cadence.WEEKLY.value, **{one.value: one.value for one in Cadence}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """Where and in which words people agreed whose rows do not say it, and when."""

    source: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What is the same for all rows of a file."""

    newsletter: str
    #: the file's name: the way by which they came
    file: str
    now: datetime
    #: the keyed hash of an address
    suppression_key: Callable[[str], str]
    #: ids of the themes that exist; none where it is not known
    themes: Sequence[str] = ()
    consent: Consent | None = None
    #: what somebody chose that columns are read as
    chosen: Chosen = field(default_factory=dict)


class Rows:
    """Reads the rows of a file."""

    def __init__(self, columns: Columns, about: About) -> None:
        self._columns, self._about = columns, about
        self._now = stored(about.now)
        self._at = {name: columns.own.get(name, -1) for name in _OWN}
        self._places = itemgetter(*(self._at[name] for name in _PLACE))
        self._meant = itemgetter(*(self._at[name] for name in _MEANT))
        self._fields = columns.fields
        self._quoted = [(at, f"{_quoted(name)}: ") for name, at in columns.fields]
        self._field_traits = [
            (at, f"{traits.RECORD}{traits.folded(name)}{traits.UNIT}")
            for name, at in columns.fields
            if traits.folded(name) not in _PERSON_FIELDS
        ]
        # what is folded twice is the same as what is folded once only where it is ASCII
        self._plain = all(name.isascii() for name, _ in columns.fields)
        self._place = lru_cache(maxsize=4_000)(self._place_of)
        self._strange = lru_cache(maxsize=1_000)(self._strange_of)

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the columns that are people's own fields."""
        return tuple(name for name, _ in self._fields)

    @property
    def staying(self) -> Staying:
        """What the file says nothing of."""
        lacking = {name: self._at[name] < 0 for name in ("tags", "themes")}
        lacking["last_name"] = not {"last_name", "name"} & self._columns.own.keys()
        return Staying(
            first_name=not {"first_name", "name"} & self._columns.own.keys(),
            fields=frozenset(name for name, _ in self._fields) | ({"state"} if self._at["state"] >= 0 else set()),
            **lacking,
        )

    def read(self, record: Record) -> StagedRow | str:
        """Return the row of a record, or what is wrong with it."""
        fault = record.fault or self._fault(record)
        if fault:
            return fault
        cells = [cell.strip() for cell in record.cells]
        cells += [""] * (self._columns.count + 1 - len(cells))
        if "'" in record.text:
            cells = [unescaped(cell) for cell in cells]
        # the last cell is nobody's: what the file has no column for is read from there
        cells[-1] = ""
        address = cells[self._at["email"]]
        try:
            spelled = spelling(address)
        except EmailNotValidError as wrong:
            return f"“{address[:100]}” is no address: {wrong}" if address else "The row has no address."
        try:
            return self._row(record, cells, spelled.address, spelled.comparable)
        except _Wrong as wrong:
            return str(wrong)

    def strange_theme(self, row: StagedRow) -> str:
        """Return a chosen theme that does not exist; empty where all do."""
        if not self._about.themes or row.place.themes == "[]":
            return ""
        return self._strange(row.place.themes)

    def _strange_of(self, themes: str) -> str:
        return next((one for one in json.loads(themes) if one not in self._about.themes), "")

    def _fault(self, record: Record) -> str:
        cells, text = record.cells, record.text
        if "\0" in text:
            return "The row holds NUL characters: the file is damaged, or no text."
        count = self._columns.count
        if len(cells) > count and any(cell.strip() for cell in cells[count:]):
            return "The row has more cells than the first row has names; a comma may lack its quotation marks."
        if len(cells) < count and not text.endswith(("\n", "\r")):
            return "The file ends in the middle of this row. It may not have been copied whole."
        if len(text) > CELL_CHARACTERS and any(len(cell) > CELL_CHARACTERS for cell in cells):
            return f"A cell of the row is longer than {CELL_CHARACTERS:,} characters."
        return ""

    def _row(self, record: Record, cells: list[str], address: str, comparable: str) -> StagedRow:
        at = self._at
        first_name, last_name = cells[at["first_name"]], cells[at["last_name"]]
        if at["name"] >= 0:
            first_name, _, last_name = cells[at["name"]].partition(" ")
            last_name = last_name.strip()
        if at["state"] >= 0:
            gone, waiting, where = self._standing(cells[at["state"]])
        else:
            gone, waiting, where = "", False, ""
        tags = listed(cells[at["tags"]])
        if where:
            # “state” is where they live
            fields = {name: cells[one] for name, one in self._fields if cells[one]} | {"state": where}
            known = json.dumps(fields)
            shown = Subscriber(
                id="", address=address, first_name=first_name, last_name=last_name, tags=tags, fields=fields
            ).traits
        else:
            known = f"{{{', '.join([name + _quoted(cells[one]) for one, name in self._quoted if cells[one]])}}}"
            shown = self._traits(record.text, cells, address, first_name, last_name, tags)
        said = "\x1f".join((address, first_name, last_name, known, gone, *self._meant(cells)))
        return StagedRow(
            record.line,
            comparable,
            self._about.suppression_key(comparable),
            blake2b(said.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest(),
            gone,
            address,
            first_name,
            last_name,
            _json(tags),
            known,
            shown,
            self._place(*self._places(cells), waiting),
        )

    @staticmethod
    def _standing(cell: str) -> tuple[str, bool, str]:
        """Return why somebody is not to be brought in, whether they still have to confirm, and where they live."""
        word = plain(cell)
        if not word or word in _THERE:
            return "", False, ""
        if word in _WAITING:
            return "", True, ""
        return (GONE[word], False, "") if word in GONE else ("", False, cell)

    def _place_of(
        self, themes: str, cadence: str, source: str, at: str, joined: str, by: str, paused: str, waiting: bool
    ) -> StagedPlace:
        how_often = _CADENCES.get(cadence.casefold())
        if how_often is None:
            raise _Wrong(f"“{cadence[:50]}” is no cadence; there are {', '.join(Cadence)}.")
        consent_at = self._moment(at)
        if consent_at is not None and consent_at > self._about.now + _AHEAD:
            raise _Wrong(f"“{at[:50]}”, the date of the consent, lies in the future.")
        given = self._about.consent
        if given is not None and not (source and consent_at):
            source, consent_at = source or given.source, consent_at or given.at
        made = Subscription(
            newsletter=self._about.newsletter,
            state=SubscriptionState.ACTIVE if source and consent_at and not waiting else SubscriptionState.PENDING,
            themes=listed(themes),
            cadence=Cadence(how_often),
            consent_source=source,
            consent_at=consent_at,
            joined_at=self._moment(joined) or self._about.now,
            joined_by=by or self._about.file,
            paused_until=self._moment(paused),
        )
        assert made.joined_at is not None
        return StagedPlace(
            made.state.value,
            _json(made.themes),
            how_often if cadence else "",
            source,
            stored(consent_at) if consent_at else None,
            made.traits,
            stored(made.joined_at),
            made.joined_by,
            stored(made.paused_until) if made.paused_until else None,
        )

    def _moment(self, cell: str) -> datetime | None:
        found = moment(cell) if cell else None
        if cell and found is None:
            raise _Wrong(f"“{cell[:50]}” is no date; write it as 2026-11-24.")
        return found

    def _traits(
        self, text: str, cells: list[str], address: str, first_name: str, last_name: str, tags: tuple[str, ...]
    ) -> str:
        """Return `Subscriber.traits`, from pieces."""
        if traits.RECORD in text or traits.UNIT in text or not (self._plain and address.isascii()):
            fields = {name: cells[at] for name, at in self._fields if cells[at]}
            return Subscriber(
                id="", address=address, first_name=first_name, last_name=last_name, tags=tags, fields=fields
            ).traits
        made = f"\x1eaddress\x1f{address}"
        if first_name:
            made += f"\x1efirst_name\x1f{first_name}"
        if last_name:
            made += f"\x1elast_name\x1f{last_name}"
        for tag in tags:
            made += f"\x1etags\x1f{tag}"
        for at, beginning in self._field_traits:
            if cells[at]:
                made += beginning + cells[at]
        # separators compose with nothing, so that the whole is folded as its parts are
        return f"{made}\x1e".lower() if text.isascii() else unicodedata.normalize("NFC", f"{made}\x1e".casefold())


class _Wrong(Exception):
    """What is wrong with a row."""


def stored(moment: datetime) -> str:
    """Return a time as a staged row has it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


@lru_cache(maxsize=2_000)
def _json(words: tuple[str, ...]) -> str:
    return json.dumps(words)
