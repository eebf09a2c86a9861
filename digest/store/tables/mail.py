"""Mail: who sends, and the promise of an edition to each person."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text

from digest.domain.model import DeliveryState
from digest.store.dialects import POSTGRESQL, SQLITE
from digest.store.tables.base import Utc, make_with, metadata, one_of, only

change = Table(
    "change",
    metadata,
    # one row: how often it changed whom mail may go to. Triggers count it, so that no way of changing it is forgotten
    Column("number", Integer, nullable=False),
)
#: event of a table after which it is counted
COUNTED = {
    "edition": "UPDATE OF state",
    "subscription": "UPDATE OF state, paused_until",
    "suppression": "INSERT",
}
_FIRST = "INSERT INTO change (number) VALUES (0)"
make_with(change, SQLITE, _FIRST)
make_with(change, POSTGRESQL, _FIRST)
_COUNT = "BEGIN UPDATE change SET number = number + 1; END"
for _name, _event in COUNTED.items():
    make_with(metadata, SQLITE, f"CREATE TRIGGER count_{_name} AFTER {_event} ON {_name} {_COUNT}")

worker = Table(
    "worker",
    metadata,
    # a process that sends, for one sending
    Column("id", String, primary_key=True),
    Column("host", String, nullable=False),
    Column("boot", String, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("lease", Utc, nullable=False, comment="until when what it claimed is its own"),
    Column("written", Integer, nullable=False, comment="records that its journal had at least"),
)

delivery = Table(
    "delivery",
    metadata,
    # one promise of one edition to one subscriber, ever
    Column("edition", String, ForeignKey("edition.id"), primary_key=True),
    Column("subscriber", String, ForeignKey("subscriber.id"), primary_key=True),
    Column("segment", String, nullable=False),
    Column("variant", String, nullable=False),
    Column("wave", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", Utc, nullable=False),
    # who has it, or had it last, and in which of its claims
    Column("worker", String, ForeignKey("worker.id")),
    Column("claim", Integer),
    Column("settled_at", Utc),
    Column("reply", Text, nullable=False, server_default=""),
    CheckConstraint(one_of("state", DeliveryState), name="state"),
    # a claim names who holds it; what is pending is nobody's
    CheckConstraint("state <> 'claimed' OR (worker IS NOT NULL AND claim IS NOT NULL)", name="claim"),
    CheckConstraint("state <> 'pending' OR worker IS NULL", name="free"),
    # who is not skipped has an approved variant
    CheckConstraint("state = 'skipped' OR variant <> ''", name="variant"),
    # a claim takes the first rows of it that are due, and sorts nothing. Each row leaves it when it is claimed
    Index("ix_delivery_pending", "edition", "wave", "next_at", "subscriber", **only("state = 'pending'")),
    Index("ix_delivery_claimed", "worker", "claim", **only("state = 'claimed'")),
    # those who get it before the rest
    Index("ix_delivery_early", "edition", **only("wave < 2")),
    sqlite_with_rowid=False,
)
