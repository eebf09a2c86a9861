"""What everybody may read is found by indexes, however many editions there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from digest.domain.model import DateFrom, Edition, EditionState, Insight, Placement, Story, Variant
from digest.domain.ports import Archive
from digest.domain.states import PUBLIC
from digest.store.archive import SqlArchive
from digest.store.database import Database
from tests.conftest import ON_SQLITE, migrated

pytestmark = pytest.mark.usefixtures("each_database")

THEMES = ["nursery", "maths"]
AT = datetime(2026, 1, 6, 8, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database.open(migrated(tmp_path / "digest.db"))
    yield opened
    opened.close()


def insight(name: str) -> Insight:
    return Insight(
        id=name,
        source="ours",
        title=f"Title of {name}",
        summary="",
        link=f"https://fernhill.example.org/{name}",
        published=AT,
        date_from=DateFrom.STATED,
        first_seen=AT,
        canonical=name,
    )


def add(
    database: Database,
    number: int,
    *themes: str,
    state: EditionState = EditionState.SENT,
    newsletter: str = "news",
    again: str = "",
) -> None:
    """File an edition with a story under each of these themes; again: an edition whose first story it tells again."""
    slot = AT + timedelta(weeks=number)
    name = f"{newsletter}-{number}"
    edition = Edition(
        id=name, newsletter=newsletter, slot=slot, number=number, state=state, revision="r", drafted_at=slot
    )
    made = [insight(f"{name}-{at}") for at in range(len(themes))]
    placements = [
        Placement(story=Story(lead=one), theme=theme, reasons=()) for one, theme in zip(made, themes, strict=True)
    ]
    if again:
        lead = insight(f"{again}-0")
        placements.append(Placement(story=Story(lead=lead), theme="nursery", reasons=(), first_in=again))
    web = Variant(
        slug="web",
        segment="",
        subject=f"Subject {number}",
        preheader="",
        html=f"<p>{name}",
        text="",
        sha256="",
        stories=(),
    )
    mailed = Variant(
        slug="all-all", segment="all", subject="Mine", preheader="", html="Hello", text="", sha256="", stories=()
    )
    with database.writing() as session:
        session.insights.add(made)
        session.editions.keep_revision("r", AT, {})
        assert session.editions.add(edition, placements, [mailed, web])


def titles(database: Database, theme: str | None, limit: int = 50, offset: int = 0) -> list[str]:
    with database.reading() as session:
        found = session.archive.stories("news", THEMES, theme, limit, offset)
    return [one.insight.id.removeprefix("news-") for one in found]


def test_stories_are_read_from_the_newest_edition_on_in_their_order(database: Database) -> None:
    for number in (2, 1, 3):
        add(database, number, "nursery", "maths", "nursery", "gone")
    add(database, 4, "nursery", newsletter="another")
    assert titles(database, "nursery") == ["3-0", "3-2", "2-0", "2-2", "1-0", "1-2"]
    assert titles(database, "nursery", 2, 3) == ["2-2", "1-0"]
    assert titles(database, "OTHER") == ["3-3", "2-3", "1-3"]
    assert titles(database, None, 5) == ["3-0", "3-1", "3-2", "3-3", "2-0"]
    with database.reading() as session:
        assert session.archive.counts("news", THEMES) == {"nursery": 6, "maths": 3, "OTHER": 3}
        assert session.archive.since("news") == AT + timedelta(weeks=1)
        assert session.archive.how_many("news") == 3
        assert [(one.number, one.subject) for one in session.archive.editions("news", 2)] == [
            (3, "Subject 3"),
            (2, "Subject 2"),
        ]
        assert session.archive.page("news-2") == "<p>news-2"
        assert {one.theme for one in session.archive.stories("news", THEMES, "OTHER", 9)} == {"OTHER"}


@pytest.mark.parametrize("state", [state for state in EditionState if state not in PUBLIC])
def test_what_was_not_sent_is_nobodys_to_read(database: Database, state: EditionState) -> None:
    add(database, 1, "nursery", "maths", state=state)
    with database.reading() as session:
        assert session.archive.counts("news", THEMES) == {}
        assert session.archive.stories("news", THEMES, None, 9) == []
        assert session.archive.since("news") is None
        assert session.archive.how_many("news") == 0
        assert session.archive.editions("news", 9) == []
        assert session.archive.page("news-1") is None


def test_a_story_that_is_told_again_stands_where_it_stood_first(database: Database) -> None:
    add(database, 1, "nursery")
    add(database, 2, "maths", again="news-1")
    assert titles(database, None) == ["2-0", "1-0"]


def test_only_the_web_version_is_for_everybody(database: Database) -> None:
    add(database, 1, "nursery")
    with database.writing() as session:
        session.archive._connection.exec_driver_sql("DELETE FROM variant WHERE slug = 'web'")  # type: ignore[attr-defined]
        assert session.archive.page("news-1") is None
        assert [one.subject for one in session.archive.editions("news", 9)] == [""]


@pytest.mark.parametrize(
    "ask",
    [
        lambda archive: archive.stories("news", THEMES, "nursery", 50),
        lambda archive: archive.stories("news", THEMES, "OTHER", 50, 100),
        lambda archive: archive.stories("news", THEMES, None, 50),
        lambda archive: archive.editions("news", 50),
        lambda archive: archive.since("news"),
        lambda archive: archive.page("news-1"),
        lambda archive: archive.pictured({"news-1"}),
    ],
    ids=["theme", "other", "all", "editions", "since", "page", "pictured"],
)
@ON_SQLITE
def test_nothing_is_sorted_and_no_table_is_read_whole(database: Database, ask: Callable[[Archive], Any]) -> None:
    add(database, 1, "nursery", "maths")
    asked: list[tuple[str, Any]] = []
    with database._engine.connect() as connection:
        event: Any = sa.event
        event.listen(
            connection, "before_cursor_execute", lambda c, cur, words, values, *_: asked.append((words, values))
        )
        ask(SqlArchive(connection))
        selects = [one for one in asked if one[0].startswith("SELECT")]
        plan = [
            row[3]
            for words, values in selects
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {words}", values)
        ]
    assert plan
    assert not [step for step in plan if step.startswith("SCAN") or "TEMP B-TREE" in step], plan
