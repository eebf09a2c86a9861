"""Deliveries are counted while they happen; who is in doubt may be left; a bell wakes the clock; corrections."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

_OUTCOME = (
    "CASE WHEN state = 'claimed' THEN 'waiting' WHEN state <> 'pending' THEN state "
    "WHEN attempts > 0 THEN 'put_off' ELSE 'waiting' END"
)
_SECOND = "substr(reply, 5, instr(substr(reply, 5) || ' ', ' ') - 1)"
_ANSWER = (
    f"CASE WHEN reply GLOB '[45][0-9][0-9] [45].[0-9]*.[0-9]*' AND {_SECOND} NOT GLOB '*[^0-9.]*' "
    f"AND length({_SECOND}) < 10 THEN substr(reply, 1, 4) || {_SECOND} "
    "WHEN reply GLOB '[45][0-9][0-9]*' THEN substr(reply, 1, 3) WHEN reason GLOB 'it came back*' THEN 'came back' "
    "WHEN reply GLOB 'no message could be made*' THEN 'no message' ELSE '' END"
)
_WHY = (
    "CASE outcome WHEN 'skipped' THEN reason WHEN 'unknown' THEN substr(reason, 1, instr(reason || ':', ':') - 1) "
    "WHEN 'failed' THEN answer WHEN 'put_off' THEN answer ELSE '' END"
)
_ADD = (
    "INSERT INTO outcome (edition, wave, outcome, why, people, moves, last_at) "
    "VALUES (NEW.edition, NEW.wave, NEW.outcome, NEW.why, 1, 1, NEW.settled_at) "
    "ON CONFLICT (edition, wave, outcome, why) DO UPDATE SET people = people + 1, moves = moves + 1, "
    "last_at = coalesce(max(last_at, excluded.last_at), excluded.last_at, last_at)"
)
_TAKE = (
    "UPDATE outcome SET people = people - 1 "
    "WHERE edition = OLD.edition AND wave = OLD.wave AND outcome = OLD.outcome AND why = OLD.why"
)
#: what happened before is counted once
_COUNT_ALL = (
    "INSERT INTO outcome (edition, wave, outcome, why, people, moves, last_at) "
    "SELECT edition, wave, outcome, why, count(*), count(*), max(settled_at) FROM delivery GROUP BY 1, 2, 3, 4"
)
_TRIGGERS = (
    f"CREATE TRIGGER count_planned AFTER INSERT ON delivery BEGIN {_ADD}; END",
    "CREATE TRIGGER count_moved AFTER UPDATE OF state, attempts, reason, reply ON delivery "
    f"WHEN OLD.outcome <> NEW.outcome OR OLD.why <> NEW.why BEGIN {_TAKE}; {_ADD}; END",
    "CREATE TRIGGER ring_bell AFTER UPDATE OF state ON edition WHEN NEW.state IN ('approved', 'sending') "
    "BEGIN UPDATE bell SET number = number + 1; END",
)


def upgrade() -> None:
    """Bring the schema forward."""
    for name, told in (("outcome", _OUTCOME), ("answer", _ANSWER), ("why", _WHY)):
        op.execute(f"ALTER TABLE delivery ADD COLUMN {name} TEXT GENERATED ALWAYS AS ({told}) VIRTUAL")
    exceptional = sa.text("state = 'failed' OR state = 'unknown' OR state = 'skipped'")
    op.create_index("ix_delivery_exceptional", "delivery", ["edition", "state"], sqlite_where=exceptional)
    put_off = sa.text("state = 'pending' AND attempts > 0")
    op.create_index("ix_delivery_put_off", "delivery", ["edition", "next_at"], sqlite_where=put_off)
    op.execute("ALTER TABLE edition ADD COLUMN corrects VARCHAR CONSTRAINT fk_edition_corrects REFERENCES edition (id)")
    op.create_index(op.f("ix_edition_corrects"), "edition", ["corrects"])
    _make()
    op.execute(_COUNT_ALL)
    for trigger in _TRIGGERS:
        op.execute(trigger)
    op.execute("INSERT INTO bell (number) VALUES (0)")


def _make() -> None:
    op.create_table(
        "outcome",
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("wave", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("moves", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("people >= 0", name=op.f("ck_outcome_people")),
        sa.ForeignKeyConstraint(["edition"], ["edition.id"], name=op.f("fk_outcome_edition")),
        sa.PrimaryKeyConstraint("edition", "wave", "outcome", "why", name=op.f("pk_outcome")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "pace",
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["edition"], ["edition.id"], name=op.f("fk_pace_edition")),
        sa.PrimaryKeyConstraint("edition", "at", name=op.f("pk_pace")),
    )
    op.create_table(
        "decided",
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("subscriber", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.CheckConstraint("who <> ''", name=op.f("ck_decided_who")),
        sa.ForeignKeyConstraint(["edition"], ["edition.id"], name=op.f("fk_decided_edition")),
        sa.ForeignKeyConstraint(["subscriber"], ["subscriber.id"], name=op.f("fk_decided_subscriber")),
        sa.PrimaryKeyConstraint("edition", "subscriber", name=op.f("pk_decided")),
    )
    op.create_table("bell", sa.Column("number", sa.Integer(), nullable=False))
