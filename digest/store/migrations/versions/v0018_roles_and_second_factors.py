"""Staff have roles, second factors and recovery codes, invite each other, and what they do is noted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

_ROLES = "role IN ('editor', 'approver', 'admin')"
_OPENS = "opens IN ('first', 'phrase', 'forgotten')"
_MATTERS = "matter IN ('log-in', 'account', 'staff', 'people', 'settings', 'editions')"
#: alembic adds no column with a condition on SQLite, which can
_ROLE = f"ALTER TABLE staff ADD COLUMN role VARCHAR DEFAULT 'editor' NOT NULL CONSTRAINT ck_staff_role CHECK ({_ROLES})"


def upgrade() -> None:
    """Bring the schema forward."""
    op.execute(_ROLE)
    # whoever has an account could do everything until now
    op.execute("UPDATE staff SET role = 'admin'")
    op.add_column("staff", sa.Column("seen_at", sa.DateTime(timezone=True)))
    op.execute("UPDATE staff SET seen_at = (SELECT max(seen_at) FROM sitting WHERE sitting.staff = staff.id)")
    op.add_column("staff", sa.Column("factor", sa.Text(), nullable=False, server_default=""))
    op.add_column("staff", sa.Column("factor_step", sa.Integer(), nullable=False, server_default="0"))
    for name in ("remote", "browser"):
        op.add_column("sitting", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    _renew_links()
    _make()


def _renew_links() -> None:
    """Let one-time links be for one thing more: the table is made anew, and keeps what it has."""
    op.rename_table("one_time_link", "one_time_link_before")
    op.create_table(
        "one_time_link",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("opens", sa.String(), nullable=False),
        sa.Column("staff", sa.String(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(_OPENS, name=op.f("ck_one_time_link_opens")),
        sa.CheckConstraint("(opens = 'first') = (staff = '')", name=op.f("ck_one_time_link_whose")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_one_time_link")),
    )
    op.execute("INSERT INTO one_time_link SELECT key, opens, staff, ends_at, used_at FROM one_time_link_before")
    op.drop_table("one_time_link_before")


def _make() -> None:
    op.create_table(
        "invitation",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("invited_by", sa.Text(), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(_ROLES, name=op.f("ck_invitation_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("folded", name=op.f("uq_invitation_folded")),
        sa.UniqueConstraint("key", name=op.f("uq_invitation_key")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("staff", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["staff"], ["staff.id"], name=op.f("fk_recovery_code_staff")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_recovery_code")),
    )
    op.create_index(op.f("ix_recovery_code_staff"), "recovery_code", ["staff"])
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("matter", sa.String(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("remote", sa.Text(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False, server_default="1"),
        sa.CheckConstraint(_MATTERS, name=op.f("ck_audit_matter")),
        sa.CheckConstraint("what <> ''", name=op.f("ck_audit_what")),
        sa.CheckConstraint("times >= 1", name=op.f("ck_audit_times")),
        sa.CheckConstraint("matter <> 'editions'", name=op.f("ck_audit_of_editions")),
        sa.CheckConstraint("instr(what, '@') = 0 AND instr(about, '@') = 0", name=op.f("ck_audit_addresses")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_at"), "audit", ["at"])
