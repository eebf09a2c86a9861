"""Links that were checked, articles that were changed at their sources, and what staff were told."""

from __future__ import annotations

from sqlalchemy import JSON, CheckConstraint, Column, ForeignKey, Integer, String, Table, Text

from digest.domain.model import LinkState, Telling
from digest.store.tables.base import Utc, metadata, one_of

link_checked = Table(
    "link_checked",
    metadata,
    Column("address", Text, primary_key=True),
    Column("at", Utc, nullable=False),
    Column("since", Utc, nullable=False, comment="when it was first found to answer like this"),
    Column("state", String, nullable=False),
    Column("status", Integer, nullable=False, comment="of HTTP; 0: none"),
    Column("said", Text, nullable=False),
    CheckConstraint(one_of("state", LinkState), name="state"),
    CheckConstraint("since <= at", name="since"),
)

link_round = Table(
    "link_round",
    metadata,
    # what is due before a slot is done once, however often the clock rings
    Column("edition", String, ForeignKey("edition.id"), primary_key=True),
    Column("slot", Utc, primary_key=True),
    Column("at", Utc, nullable=False),
)

insight_now = Table(
    "insight_now",
    metadata,
    # an insight that stands in an edition stays as it is; what its source says now is kept beside it
    Column("insight", String, ForeignKey("insight.id"), primary_key=True),
    Column("said", JSON, nullable=False, comment="what may be corrected of it"),
)

told = Table(
    "told",
    metadata,
    # any number of clocks may ring, and may be killed: one of them tells one person once
    Column("edition", String, ForeignKey("edition.id"), primary_key=True),
    Column("telling", String, primary_key=True),
    Column("occasion", Utc, primary_key=True),
    Column("whom", String(64), primary_key=True, comment="keyed hash of the address"),
    Column("at", Utc, nullable=False),
    CheckConstraint(one_of("telling", Telling), name="telling"),
)
