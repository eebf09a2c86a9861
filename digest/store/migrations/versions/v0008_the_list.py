"""The list: what rules compare of a person, how and when they came, counts of who came and left, and stories that
stood in an edition before.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_RECORD, _UNIT = "\x1e", "\x1f"
_NO_SEPARATORS = str.maketrans("", "", _RECORD + _UNIT)
_OWN = ("address", "first_name", "last_name", "tags", "themes", "cadence", "consent_source", "consent_at", "joined_at")
_AT_ONCE = 1_000


def upgrade() -> None:
    """Bring the schema forward."""
    for table in ("subscriber", "subscription"):
        op.add_column(table, sa.Column("traits", sa.Text(), nullable=False, server_default=""))
    op.add_column("subscription", sa.Column("joined_at", sa.DateTime(timezone=True)))
    op.add_column("subscription", sa.Column("joined_by", sa.Text(), nullable=False, server_default=""))
    op.add_column("subscription", sa.Column("file_row", sa.String(), nullable=False, server_default=""))
    op.add_column("roster", sa.Column("counts", sa.JSON(), nullable=False, server_default="{}"))
    # alembic adds no column that refers to another on SQLite, which can
    op.execute(
        "ALTER TABLE placement ADD COLUMN first_in VARCHAR CONSTRAINT fk_placement_first_in REFERENCES edition (id)"
    )
    op.create_table(
        "growth",
        sa.Column("newsletter", sa.String(), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.CheckConstraint("people > 0", name=op.f("ck_growth_people")),
        sa.PrimaryKeyConstraint("newsletter", "day", "what", "how", name=op.f("pk_growth")),
    )
    # the best that is known of who was there before: the day of their consent
    op.execute("UPDATE subscription SET joined_at = consent_at, joined_by = consent_source")
    connection = op.get_bind()
    _fill(
        connection,
        "SELECT id, address, first_name, last_name, tags, fields FROM subscriber",
        "UPDATE subscriber SET traits = :traits WHERE id = :of_id",
        _of_subscriber,
    )
    _fill(
        connection,
        "SELECT subscriber, newsletter, cadence, themes, consent_source, consent_at, joined_at FROM subscription",
        "UPDATE subscription SET traits = :traits WHERE subscriber = :of_id AND newsletter = :of_newsletter",
        _of_subscription,
    )


def _fill(connection: sa.Connection, asked: str, told: str, work: Callable[..., dict[str, str]]) -> None:
    rows = connection.execute(sa.text(asked)).fetchall()
    for start in range(0, len(rows), _AT_ONCE):
        connection.execute(sa.text(told), [work(*row) for row in rows[start : start + _AT_ONCE]])


def _of_subscriber(
    person: str, address: str, first_name: str, last_name: str, tags: str, fields: str
) -> dict[str, str]:
    pairs = [("address", address), ("first_name", first_name), ("last_name", last_name)]
    pairs += [("tags", tag) for tag in json.loads(tags)]
    pairs += [(name, value) for name, value in sorted(json.loads(fields).items()) if _folded(name) not in _OWN]
    return {"of_id": person, "traits": _written(pairs)}


def _of_subscription(
    person: str,
    newsletter: str,
    cadence: str,
    themes: str,
    consent_source: str,
    consent_at: str | None,
    joined_at: str | None,
) -> dict[str, str]:
    pairs = [("cadence", cadence), *(("themes", theme) for theme in json.loads(themes))]
    pairs.append(("consent_source", consent_source))
    # a time is kept as 2026-11-24 08:00:00.000000
    pairs += [("consent_at", (consent_at or "")[:10]), ("joined_at", (joined_at or "")[:10])]
    return {"of_id": person, "of_newsletter": newsletter, "traits": _written(pairs)}


def _written(pairs: Iterable[tuple[str, str]]) -> str:
    found = [
        f"{_folded(field)}{_UNIT}{value}" for field, value in ((one, _folded(other)) for one, other in pairs) if value
    ]
    return f"{_RECORD}{_RECORD.join(found)}{_RECORD}" if found else ""


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text.translate(_NO_SEPARATORS).casefold())
