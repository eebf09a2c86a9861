"""What many workers count at once lies in parts; a claim goes on behind the row of the last one.

A database of PostgreSQL begins here: none is older. What it begins with stands in postgresql_0021.sql, as it was then.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

_BEGINNING = Path(__file__).parent.parent / "postgresql_0021.sql"
_OUTCOME = "edition, wave, outcome, why, people, moves, last_at"
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
_TRIGGERS = (
    f"CREATE TRIGGER count_planned AFTER INSERT ON delivery BEGIN {_ADD}; END",
    "CREATE TRIGGER count_moved AFTER UPDATE OF state, attempts, reason, reply ON delivery "
    f"WHEN OLD.outcome <> NEW.outcome OR OLD.why <> NEW.why BEGIN {_TAKE}; {_ADD}; END",
)


def upgrade() -> None:
    """Bring the schema forward."""
    if op.get_bind().dialect.name == "postgresql":
        op.get_bind().exec_driver_sql(_BEGINNING.read_text(encoding="utf8").replace("%", "%%"))
        return
    for trigger in ("count_planned", "count_moved"):
        op.execute(f"DROP TRIGGER {trigger}")
    _part_outcomes()
    _part("pace", "at", "edition", "edition, at, messages")
    _part("usage", "minute", "server", "server, minute, messages")
    for trigger in _TRIGGERS:
        op.execute(trigger)
    op.drop_index("ix_delivery_pending", "delivery")
    columns = ["edition", "wave", "next_at", "subscriber"]
    op.create_index("ix_delivery_pending", "delivery", columns, sqlite_where=sa.text("state = 'pending'"))


def _part_outcomes() -> None:
    op.rename_table("outcome", "outcome_before")
    op.create_table(
        "outcome",
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("wave", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False, server_default="0"),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("moves", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("people >= 0 OR part <> 0", name=op.f("ck_outcome_people")),
        sa.ForeignKeyConstraint(["edition"], ["edition.id"], name=op.f("fk_outcome_edition")),
        sa.PrimaryKeyConstraint("edition", "wave", "outcome", "why", "part", name=op.f("pk_outcome")),
        sqlite_with_rowid=False,
    )
    op.execute(f"INSERT INTO outcome ({_OUTCOME}) SELECT {_OUTCOME} FROM outcome_before")  # noqa: S608 (all of it stands here)
    op.drop_table("outcome_before")


def _part(name: str, time: str, whose: str, columns: str) -> None:
    """Give a table of counts by time parts; whose: the column that says whose they are."""
    op.rename_table(name, f"{name}_before")
    more: list[sa.schema.SchemaItem] = (
        [sa.ForeignKeyConstraint(["edition"], ["edition.id"], name=op.f("fk_pace_edition"))]
        if name == "pace"
        else [sa.CheckConstraint("messages > 0", name=op.f("ck_usage_messages"))]
    )
    op.create_table(
        name,
        sa.Column(whose, sa.String(), nullable=False),
        sa.Column(time, sa.DateTime(timezone=True), nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False, server_default="0"),
        sa.Column("messages", sa.Integer(), nullable=False),
        *more,
        sa.PrimaryKeyConstraint(whose, time, "part", name=op.f(f"pk_{name}")),
    )
    op.execute(f"INSERT INTO {name} ({columns}) SELECT {columns} FROM {name}_before")  # noqa: S608 (all of it stands here)
    op.drop_table(f"{name}_before")
