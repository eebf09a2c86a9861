"""Who works from several machines: the processes, whose files count, and what each may use of the mail servers."""

from __future__ import annotations

from sqlalchemy import JSON, CheckConstraint, Column, Integer, String, Table, Text

from digest.store.tables.base import Utc, metadata

attendance = Table(
    "attendance",
    metadata,
    # a process of `digest worker`
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("host", String, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("version", String, nullable=False),
    Column("revision", String, nullable=False),
    Column("since", Utc, nullable=False),
    Column("seen", Utc, nullable=False),
    Column("doing", Text, nullable=False),
    # why it takes no task
    Column("refuses", Text, nullable=False),
)

lead = Table(
    "lead",
    metadata,
    # the machine whose files count; there is one at most
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("host", String, nullable=False),
    Column("revision", String, nullable=False),
    Column("version", String, nullable=False),
    Column("at", Utc, nullable=False),
    CheckConstraint("one = 1", name="one"),
)

secret_mark = Table(
    "secret_mark",
    metadata,
    # by which a machine with another secret is known: with another one, links in mails already sent stop working
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("mark", String(64), nullable=False),
    CheckConstraint("one = 1", name="one"),
)

share = Table(
    "share",
    metadata,
    # one of `parts` equal parts of what the mail servers may be given; what all have together is never more than all
    Column("holder", String, primary_key=True),
    Column("parts", Integer, nullable=False),
    Column("until", Utc, nullable=False),
    # url of a server: how many of today's messages it was granted
    Column("messages", JSON, nullable=False),
    CheckConstraint("parts > 0", name="parts"),
)
