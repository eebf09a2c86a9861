"""Following: what became of deliveries, counted while it happens; what a person decides; the clock's bell."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Computed, ForeignKey, Index, Integer, String, Table, Text

from digest.store.dialects import POSTGRESQL, SQLITE, spelt
from digest.store.tables.base import Utc, make_with, metadata, only
from digest.store.tables.mail import delivery

# what a delivery counts as: nobody who looks on cares which program has it in hand
_OUTCOME = (
    "CASE WHEN state = 'claimed' THEN 'waiting' WHEN state <> 'pending' THEN state "
    "WHEN attempts > 0 THEN 'put_off' ELSE 'waiting' END"
)
# how a server's answer begins: its code and, where one follows, its enhanced status code (RFC 3463). Only digits and
# dots: an answer may go on with the address
_SECOND = "substr(reply, 5, instr(substr(reply, 5) || ' ', ' ') - 1)"
_ANSWER = (
    f"CASE WHEN reply GLOB '[45][0-9][0-9] [45].[0-9]*.[0-9]*' AND {_SECOND} NOT GLOB '*[^0-9.]*' "
    f"AND length({_SECOND}) < 10 THEN substr(reply, 1, 4) || {_SECOND} "
    "WHEN reply GLOB '[45][0-9][0-9]*' THEN substr(reply, 1, 3) WHEN reason GLOB 'it came back*' THEN 'came back' "
    "WHEN reply GLOB 'no message could be made*' THEN 'no message' ELSE '' END"
)
# of who is in doubt, what comes after the colon is a server's word
_WHY = (
    "CASE outcome WHEN 'skipped' THEN reason WHEN 'unknown' THEN substr(reason, 1, instr(reason || ':', ':') - 1) "
    "WHEN 'failed' THEN answer WHEN 'put_off' THEN answer ELSE '' END"
)
# PostgreSQL's own words for the same; there, what is worked out cannot be made of what is worked out
_SECOND_WORD = "split_part(substr(reply, 5), ' ', 1)"
_ANSWERED = (
    rf"CASE WHEN reply ~ '^[45][0-9][0-9] [45]\.[0-9].*\.[0-9]' AND {_SECOND_WORD} !~ '[^0-9.]' "
    f"AND length({_SECOND_WORD}) < 10 THEN substr(reply, 1, 4) || {_SECOND_WORD} "
    "WHEN reply ~ '^[45][0-9][0-9]' THEN substr(reply, 1, 3) WHEN starts_with(reason, 'it came back') THEN 'came back' "
    "WHEN starts_with(reply, 'no message could be made') THEN 'no message' ELSE '' END"
)
_BECAUSE = (
    "CASE WHEN state = 'skipped' THEN reason WHEN state = 'unknown' THEN split_part(reason, ':', 1) "
    f"WHEN state = 'failed' OR (state = 'pending' AND attempts > 0) THEN {_ANSWERED} ELSE '' END"
)
#: column of a delivery -> what it is worked out from, in SQLite and in PostgreSQL
WORKED_OUT = {"outcome": (_OUTCOME, _OUTCOME), "answer": (_ANSWER, _ANSWERED), "why": (_WHY, _BECAUSE)}
for _name, (_told, _said) in WORKED_OUT.items():
    _made = spelt(sqlite=_told, postgresql=_said)
    delivery.append_column(Column(_name, Text, Computed(_made, persisted=False)))
# those that a person looks into: not sent, and not on their way
Index(
    "ix_delivery_exceptional",
    delivery.c.edition,
    delivery.c.state,
    **only("state = 'failed' OR state = 'unknown' OR state = 'skipped'"),
)
Index(
    "ix_delivery_put_off",
    delivery.c.edition,
    delivery.c.next_at,
    **only("state = 'pending' AND attempts > 0"),
)

outcome = Table(
    "outcome",
    metadata,
    # how many deliveries count as what; triggers count, so that no way of changing one is forgotten
    Column("edition", String, ForeignKey("edition.id"), primary_key=True),
    Column("wave", Integer, primary_key=True, autoincrement=False),
    Column("outcome", Text, primary_key=True),
    Column("why", Text, primary_key=True, comment="the reason, or the codes of the server's answer; nobody's address"),
    # many workers count at once, each in rows of its own, and a look adds them up: a row of all would be waited for
    Column("part", Integer, primary_key=True, autoincrement=False, server_default="0", comment="whose; 0 in SQLite"),
    Column("people", Integer, nullable=False),
    Column("moves", Integer, nullable=False, comment="how often one came to count here"),
    Column("last_at", Utc, comment="when one was settled here last"),
    # what one worker planned another settles: a part alone may be less than nothing
    CheckConstraint("people >= 0 OR part <> 0", name="people"),
    sqlite_with_rowid=False,
)

pace = Table(
    "pace",
    metadata,
    # messages that had their answer in a second; of the last minutes
    Column("edition", String, ForeignKey("edition.id"), primary_key=True),
    Column("at", Utc, primary_key=True),
    Column("part", Integer, primary_key=True, autoincrement=False, server_default="0", comment="as of an outcome"),
    Column("messages", Integer, nullable=False),
)

decided = Table(
    "decided",
    metadata,
    # a person decided that somebody who is in doubt is left as they are; it counts until they are mailed again
    Column("edition", String, ForeignKey("edition.id"), primary_key=True),
    Column("subscriber", String, ForeignKey("subscriber.id"), primary_key=True),
    Column("at", Utc, nullable=False),
    Column("who", Text, nullable=False),
    # what is decided by hand is known by name
    CheckConstraint("who <> ''", name="who"),
)

bell = Table(
    "bell",
    metadata,
    # one row: how often somebody did what the clock should look at soon
    Column("number", Integer, nullable=False),
)

_ADD = (
    "INSERT INTO outcome (edition, wave, outcome, why, people, moves, last_at) "
    "VALUES (NEW.edition, NEW.wave, NEW.outcome, NEW.why, 1, 1, NEW.settled_at) "
    "ON CONFLICT (edition, wave, outcome, why, part) DO UPDATE SET people = people + 1, moves = moves + 1, "
    "last_at = coalesce(max(last_at, excluded.last_at), excluded.last_at, last_at)"
)
_TAKE = (
    "UPDATE outcome SET people = people - 1 "
    "WHERE edition = OLD.edition AND wave = OLD.wave AND outcome = OLD.outcome AND why = OLD.why AND part = 0"
)
#: the triggers that count, and the one that rings
COUNTING = (
    f"CREATE TRIGGER count_planned AFTER INSERT ON delivery BEGIN {_ADD}; END",
    "CREATE TRIGGER count_moved AFTER UPDATE OF state, attempts, reason, reply ON delivery "
    f"WHEN OLD.outcome <> NEW.outcome OR OLD.why <> NEW.why BEGIN {_TAKE}; {_ADD}; END",
    # what may leave now, the clock should know soon
    "CREATE TRIGGER ring_bell AFTER UPDATE OF state ON edition WHEN NEW.state IN ('approved', 'sending') "
    "BEGIN UPDATE bell SET number = number + 1; END",
)
make_with(metadata, SQLITE, *COUNTING)
_FIRST = "INSERT INTO bell (number) VALUES (0)"
make_with(bell, SQLITE, _FIRST)
make_with(bell, POSTGRESQL, _FIRST)
