"""Importing: a file of people is read in a stream, compared with what is stored, looked at, and taken in at once.

::

    file ─ probe: read before? ─ roster: rows ─► staging (no lock, nothing changed) ─ judge ─► look: what it would do
    staging ─ judge again, in the transaction ─ new ones by SQL, changed ones merged ─► one commit
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType

from digest.domain.errors import Refused
from digest.domain.model import Finding, Newsletter, Severity, SubscriptionState
from digest.domain.ports import Clock, Progress, Session, Staging, Store
from digest.domain.ports.roster import Fates, Staying
from digest.jobs.noting import Note, unnoted
from digest.jobs.people.files import chunks, look_over
from digest.jobs.people.merging import merged
from digest.jobs.people.reading import read
from digest.stages import roster, slots
from digest.stages.growth import JOINED
from digest.stages.roster import About, Came, Chosen, Consent, Probe, Reading
from digest.stages.roster.columns import Unusable
from digest.stages.roster.leavers import REASONS

#: lines of the file whose new people one statement takes in, and people that are merged at a time
PAGE = 20_000
_MERGED = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What a file comes to, or came to. Nothing is counted where the file is the one read last time."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    #: rows that cannot be read
    refused: int = 0
    #: rows whose address stands in the file before
    twice: int = 0
    #: reason -> people who are kept off
    kept_off: Mapping[str, int] = field(default_factory=dict)
    #: of the new ones and the changed ones: people without a consent record, who are not mailed
    waiting: int = 0
    #: people whom an earlier file had; nobody is removed
    vanished: int = 0
    #: the first of their addresses; not for a log
    vanished_first: tuple[str, ...] = ()
    same_file: bool = False
    #: the columns cannot be told: nothing is read
    unusable: bool = False
    findings: tuple[Finding, ...] = ()

    @property
    def changes(self) -> bool:
        """Tell whether anything is, or would be, another afterwards."""
        return bool(self.new or self.changed)

    @property
    def counts(self) -> Mapping[str, int]:
        """What it came to, in words."""
        kept_off = sum(self.kept_off.values())
        found = {name: getattr(self, name) for name in ("new", "changed", "unchanged", "refused", "twice", "vanished")}
        return found | {"kept off": kept_off, "waiting": self.waiting}


@dataclass(frozen=True, slots=True, kw_only=True)
class Importing:
    """What importing needs."""

    store: Store
    clock: Clock
    newsletter: Newsletter
    #: the workspace
    folder: Path
    #: the keyed hash of an address
    suppression_key: Callable[[str], str]


def import_people(work: Importing) -> Imported:
    """Take in the newsletter's own file where its content changed.

    Raises DigestError where it cannot be opened.
    """
    if not is_another(work):
        return Imported(same_file=True)
    with held(work, work.folder / work.newsletter.subscribers) as one:
        return one.take_in()


def is_another(work: Importing) -> bool:
    """Tell whether the newsletter's own file is another than the one that was taken in last.

    Raises DigestError where it cannot be opened.
    """
    with work.store.reading() as session:
        last = session.people.last_import(work.newsletter.id)
    return last != look_over(work.folder / work.newsletter.subscribers, _mend(work.newsletter)).content_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What reading a file without storing anything came to."""

    people: int
    #: names of its columns that are people's own fields
    fields: tuple[str, ...]
    findings: tuple[Finding, ...]


def check_people(newsletter: Newsletter, folder: Path, now: datetime) -> Checked:
    """Return what there is to say about the newsletter's own file; nothing is stored.

    Raises DigestError where it cannot be opened.
    """
    file = folder / newsletter.subscribers
    looked = look_over(file, _mend(newsletter))
    themes = [theme.id for theme in newsletter.themes]
    reading = Reading(About(newsletter=newsletter.id, file=file.name, now=now, suppression_key=str, themes=themes))
    mornings = slots.Mornings(newsletter.schedule, now)
    people = 0
    for row in reading.read(chunks(file), looked.encoding):
        people += 1
        if newsletter.schedule.local_time_field:
            mornings.of(json.loads(row.fields))
    fields = () if reading.rows is None else reading.rows.fields
    return Checked(people=people, fields=fields, findings=(*reading.findings, *_zones(newsletter, mornings)))


def _zones(newsletter: Newsletter, mornings: slots.Mornings) -> Iterator[Finding]:
    """Yield that time zones of people do not exist."""
    if mornings.sentence:
        yield roster.finding(
            "zone",
            f"{newsletter.subscribers}: {newsletter.schedule.local_time_field}",
            f"{mornings.sentence}.",
            "They get an edition when it is due, and not at their own time of day.",
            "Write names such as Europe/Paris.",
            Severity.LOOK_AT,
        )


def lines_of(newsletter: Newsletter, folder: Path, comparable: str, now: datetime) -> list[int]:
    """Return the lines of the newsletter's own file in which an address stands, by its comparable spelling."""
    file = folder / newsletter.subscribers
    if not file.is_file():
        return []
    reading = Reading(About(newsletter=newsletter.id, file=file.name, now=now, suppression_key=str))
    looked = look_over(file, _mend(newsletter))
    return [row.line for row in reading.read(chunks(file), looked.encoding) if row.comparable == comparable]


def refused(work: Importing, file: Path, chosen: Chosen = MappingProxyType({})) -> Iterator[str]:
    """Yield the lines of a file with those rows of another that cannot be read, below its first row.

    chosen: what columns are read as, as in roster.About. Raises DigestError where it cannot be opened, or its columns
    cannot be told.
    """
    encoding = look_over(file).encoding
    try:
        yield from roster.refused(chunks(file), encoding, _about(work, file, None, chosen))
    except Unusable as fault:
        raise Refused(fault.what, fault.mend) from fault


@contextmanager
def held(
    work: Importing,
    file: Path,
    consent: Consent | None = None,
    progress: Progress | None = None,
    chosen: Chosen = MappingProxyType({}),
) -> Iterator[Held]:
    """Read a file, and hold what is in it until the end of the block; nothing is changed.

    consent: for rows that have no record; chosen: what columns are read as, as in roster.About. Raises DigestError
    where it cannot be opened, Refused where it changes meanwhile.
    """
    looked = look_over(file)
    about, came = _about(work, file, consent, chosen), Came()
    with work.store.staging() as staging:
        for piece in read(file, about, looked):
            if isinstance(piece, Came):
                came = piece
                continue
            staging.add(piece)
            if progress is not None:
                progress(min(piece.last, looked.lines), looked.lines)
        if look_over(file).content_hash != looked.content_hash:
            raise Refused(f"{file} was changed while it was read.", "Nothing is imported. Run this again.")
        yield Held(work, file, staging, (came, came.findings(about)), looked)


class Held:
    """A file that was read, before and while it is taken in."""

    def __init__(
        self, work: Importing, file: Path, staging: Staging, came: tuple[Came, Sequence[Finding]], looked: Probe
    ) -> None:
        """came: what reading it came to, and what there is to say of it."""
        self._work, self._staging, self._looked = work, staging, looked
        self._came, self._findings = came
        self._name = file.name
        self._own = file.resolve() == (work.folder / work.newsletter.subscribers).resolve()

    def look(self) -> Imported:
        """Return what taking it in would do."""
        with self._staging.reading():
            fates = self._judged()
            return self._imported(fates, _Tally(self._staying).of(self._staging))

    def take_in(self, progress: Progress | None = None, note: Note = unnoted) -> Imported:
        """Take everything in, in one commit; note: notes it there."""
        with self._staging.writing() as session:
            fates = self._judged()
            tally = _Tally(self._staying, session, self._work).of(self._staging)
            for day, how, people in self._staging.joined():
                session.growth.count(self._work.newsletter.id, date.fromisoformat(day), JOINED, how, people)
            last = self._staging.last()
            with self._staging.taking_in():
                for after in range(0, last, PAGE):
                    self._staging.insert_new(after, PAGE)
                    if progress is not None:
                        progress(min(after + PAGE, last), last)
            done = self._imported(fates, tally)
            if self._own and not done.unusable:
                newsletter, now = self._work.newsletter.id, self._work.clock()
                session.people.imported(newsletter, self._looked.content_hash, now, done.counts)
            note(session)
        return done

    @property
    def _staying(self) -> Staying:
        return self._came.staying

    def _judged(self) -> Fates:
        # where nothing could be read, nobody has vanished
        fates = self._staging.judge(self._work.newsletter.id, self._name, self._own)
        return Fates() if self._came.unusable else fates

    def _imported(self, fates: Fates, tally: _Tally) -> Imported:
        return Imported(
            new=fates.new + tally.joined,
            changed=tally.changed,
            unchanged=fates.unchanged + tally.unchanged,
            refused=self._came.refused,
            twice=fates.twice,
            kept_off=dict(Counter(_reasons(fates.off)) + Counter(_reasons(tally.off))),
            waiting=fates.waiting + tally.waiting,
            vanished=fates.vanished,
            vanished_first=tuple(fates.vanished_first),
            unusable=self._came.unusable,
            findings=(*self._findings, *_twice(fates, self._name), *_vanished(fates, self._name)),
        )


class _Tally:
    """Merges the rows that say something new of people who are known, and counts them."""

    def __init__(self, staying: Staying, session: Session | None = None, work: Importing | None = None) -> None:
        self._staying, self._session, self._work = staying, session, work
        self.joined = self.changed = self.unchanged = self.waiting = 0
        self.off: Counter[str] = Counter()

    def of(self, staging: Staging) -> _Tally:
        after = 0
        while page := staging.known(after, _MERGED):
            for known in page:
                found = merged(known, self._staying)
                self._count(known.off, found.joins, found.changed, found.subscription.state)
                if self._session is None or self._work is None:
                    continue
                self._session.people.save(
                    known.comparable, found.subscriber, known.suppression_key, [found.subscription], known.file_row
                )
                if found.begins:
                    day, how = self._work.clock().date(), found.subscription.consent_source
                    self._session.growth.count(self._work.newsletter.id, day, JOINED, how)
            after = page[-1].line
        return self

    def _count(self, off: str, joins: bool, changed: bool, state: SubscriptionState) -> None:
        if off:
            self.off[off] += 1
            return
        self.joined += joins
        self.changed += changed and not joins
        self.unchanged += not changed
        self.waiting += changed and state == SubscriptionState.PENDING


def _mend(newsletter: Newsletter) -> str:
    return f"Put it there, or write its name under [[newsletters]] of {newsletter.id}."


def _about(work: Importing, file: Path, consent: Consent | None, chosen: Chosen) -> About:
    return About(
        newsletter=work.newsletter.id,
        file=file.name,
        now=work.clock(),
        suppression_key=work.suppression_key,
        themes=[theme.id for theme in work.newsletter.themes],
        consent=consent,
        chosen=dict(chosen),
    )


def _reasons(off: Mapping[str, int]) -> dict[str, int]:
    """Return people by one word a reason, whether it is a subscription's state or the address's."""
    found: Counter[str] = Counter()
    for reason, people in off.items():
        found[REASONS.get(reason, reason)] += people
    return found


def _twice(fates: Fates, name: str) -> list[Finding]:
    return [
        roster.finding("twice", f"{name}:{line}", "This address stands in the file before.",
                       "The first row counts.", "Remove one of the rows.", Severity.NOTE)
        for line in fates.twice_lines
    ]  # fmt: skip


def _vanished(fates: Fates, name: str) -> list[Finding]:
    if not fates.vanished:
        return []
    people = "1 person is" if fates.vanished == 1 else f"{fates.vanished:,} people are"
    return [
        roster.finding("vanished", name, f"{people} on the list and no longer in the file.",
                       "A row that is taken out removes nobody: they are mailed as before.",
                       "`digest leave ADDRESS` takes somebody off the list.", Severity.LOOK_AT)
    ]  # fmt: skip
