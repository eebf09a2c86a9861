"""What goes in, what stands in brief, what comes first, and that each of these is said with its reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from digest.domain.model import OTHER, Block, Insight, Layout, Newsletter, Placement, Sender, ShownPicture, Story, Theme
from digest.stages.layout import Links, choose, fresh, in_order, lay_out, why
from digest.stages.words import speaking

Make = Callable[..., Insight]
SLOT = datetime(2026, 11, 24, 8, tzinfo=UTC)
THEMES = tuple(Theme(id=name, name=name.title()) for name in ("zebra", "apple", "maple"))
LINKS = Links(web_version="https://w", subscribe="https://s", unsubscribe="[[u]]", preferences="[[p]]")


def _newsletter(**fields: Any) -> Newsletter:
    usual = {"id": "n", "name": "News", "sender": Sender(name="Us", address="us@example.org"), "themes": THEMES}
    return Newsletter(**(usual | fields))


def _told(insight: Make, theme: str, title: str, days: float = 1, **fields: Any) -> Placement:
    usual = {"source": title, "published": SLOT - timedelta(days=days), "id": title, "link": f"https://a/{title}"}
    return Placement(story=Story(lead=insight(title, "About it.", **(usual | fields))), theme=theme, reasons=("x",))


def _lay_out(placements: list[Placement], newsletter: Newsletter | None = None, **more: Any) -> Layout:
    usual: dict[str, Any] = {
        "slot": SLOT,
        "number": 7,
        "introduction": "",
        "brand": {"organisation": "The Trust"},
        "say": speaking("en", {}),
        "links": LINKS,
    }
    return lay_out(placements, newsletter or _newsletter(), **(usual | more))


def _of(made: Layout, kind: str) -> list[Block]:
    return [block for block in made.blocks if block.kind == kind]


def _titles(block: Block) -> list[Any]:
    stories: Any = block.fields["stories"]
    return [story["title"] for story in stories]


def test_what_waits_is_named_with_the_limit_that_keeps_it_out(insight: Make) -> None:
    given = [_told(insight, "apple", f"a{n}", n) for n in range(4)] + [_told(insight, "zebra", "z0", 9)]
    made = choose(given, _newsletter(maximum_per_theme=3, maximum_stories=3), SLOT)
    assert [one.story.id for one in made.kept] == ["z0", "a0", "a1"]
    assert [(one.story.id, why) for one, why in made.waiting] == [
        ("a3", "3 under its theme are stronger"),
        ("a2", "3 in all are stronger, or the first of their themes"),
    ]


def test_nothing_waits_where_all_go_in(insight: Make) -> None:
    assert choose([_told(insight, "apple", "a")], _newsletter(), SLOT).waiting == ()


@pytest.mark.parametrize(
    ("days", "most", "stays"), [(60, 60, True), (60.1, 60, False), (4000, 0, True), (-3, 60, True)]
)
def test_what_is_too_old_does_not_go_in(insight: Make, days: float, most: int, stays: bool) -> None:
    story = _told(insight, "apple", "a", days).story
    assert fresh([story], _newsletter(maximum_age_days=most), SLOT) == ((story,) if stays else ())


def test_an_old_story_that_somebody_tells_again_now_is_fresh(insight: Make) -> None:
    old, new = (_told(insight, "apple", name, days).story.lead for name, days in (("old", 400), ("new", 2)))
    story = Story(lead=old, also=(new,))
    assert fresh([story], _newsletter(), SLOT) == (story,)


def test_weaker_stories_stand_in_brief_and_the_first_of_each_theme_in_full(insight: Make) -> None:
    given = [_told(insight, "apple", f"a{n}", n) for n in range(5)] + [
        _told(insight, "zebra", f"z{n}", 20 + n) for n in (0, 1)
    ]
    made = _lay_out(given, _newsletter(stories_in_full=2))
    assert _of(made, "hero")[0].fields["title"] == "a0"
    assert [_titles(one) for one in _of(made, "theme")] == [["z0"], ["a1"]]
    assert [_titles(one) for one in _of(made, "brief")] == [["z1", "a2", "a3", "a4"]]
    # every story stands once
    assert sorted(made.stories) == ["a0", "a1", "a2", "a3", "a4", "z0", "z1"]
    assert made.reasons[1] == (
        "“a2”, “a3”, “a4” and “z1” stand in brief: 2 are stronger, or the first of their themes."
    )


def test_one_story_over_is_no_list_of_its_own(insight: Make) -> None:
    given = [_told(insight, "apple", f"a{n}", n) for n in range(4)]
    assert _of(_lay_out(given, _newsletter(stories_in_full=2)), "brief") == []
    assert len(_titles(_of(_lay_out(given, _newsletter(stories_in_full=1)), "brief")[0])) == 2


def test_nothing_in_full_but_the_top_story_is_a_list_of_titles(insight: Make) -> None:
    made = _lay_out([_told(insight, "apple", f"a{n}", n) for n in range(3)], _newsletter(stories_in_full=0))
    assert [block.kind for block in made.blocks] == ["masthead", "hero", "brief", "footer"]


def test_a_segments_themes_stand_first_and_lead(insight: Make) -> None:
    given = [_told(insight, "zebra", "z", 1), _told(insight, "apple", "a", 2), _told(insight, "maple", "m", 3),
             _told(insight, "maple", "n", 4)]  # fmt: skip
    made = _lay_out(given, first=("maple", "apple"))
    assert made.subject == "a"
    assert [one.fields["name"] for one in _of(made, "theme")] == ["Maple", "Zebra"]
    assert made.reasons == (
        "“a” is at the top: its theme comes first for the segment, 2 days old.",
        "Maple and Apple stand first, as the segment wants it.",
    )
    assert [one.story.id for one in in_order(given, _newsletter(), ("maple",))] == ["m", "n", "z", "a"]


def test_a_pinned_story_leads_whatever_a_segment_wants(insight: Make) -> None:
    given = [replace(_told(insight, "zebra", "z", 9), pinned=True), _told(insight, "maple", "m")]
    assert _lay_out(given, first=("maple",)).subject == "z"


def test_a_segments_theme_without_stories_changes_nothing(insight: Make) -> None:
    given = [_told(insight, "zebra", "z", 1), _told(insight, "apple", "a", 2)]
    assert _lay_out(given, first=("maple",)) == _lay_out(given)
    assert why(given, _newsletter(), SLOT, ("maple",)) == why(given, _newsletter(), SLOT)


@pytest.mark.parametrize(
    ("elsewhere", "web", "there"), [(3, "https://w", True), (0, "https://w", False), (3, "", False)]
)
def test_what_this_reader_does_not_get_is_counted_and_linked(
    insight: Make, elsewhere: int, web: str, there: bool
) -> None:
    made = _lay_out([_told(insight, "apple", "a")], elsewhere=elsewhere, links=replace(LINKS, web_version=web))
    assert [one.fields for one in _of(made, "more")] == ([{"count": 3, "link": "https://w"}] if there else [])


def test_the_top_story_and_the_first_of_each_theme_have_pictures(insight: Make) -> None:
    large, small = (
        ShownPicture(src="https://p/l", width=552, height=311),
        ShownPicture(src="https://p/s", width=160, height=90),
    )
    given = [_told(insight, theme, f"{theme}{n}", n, image="https://i") for theme in ("apple", OTHER) for n in range(3)]
    made = _lay_out(given, pictures={"https://i": {"hero": large, "thumbnail": small}})
    assert _of(made, "hero")[0].fields["picture"] == {"src": "https://p/l", "width": 552, "height": 311, "alt": ""}
    stories: list[Any] = [one.fields["stories"] for one in _of(made, "theme")]
    thumbnail = {"src": "https://p/s", "width": 160, "height": 90, "alt": ""}
    assert [[story["picture"] for story in those] for those in stories] == [[thumbnail, None], [thumbnail, None, None]]
    assert _of(_lay_out(given), "hero")[0].fields["picture"] is None


def test_stories_of_one_title_are_told_apart_by_their_sources(insight: Make) -> None:
    given = [_told(insight, "apple", f"{n}", n, link=f"https://site{n}.example/x") for n in range(3)]
    same = [replace(one, story=Story(lead=replace(one.story.lead, title="Same"))) for one in given]
    made = _lay_out(same)
    stories: Any = _of(made, "theme")[0].fields["stories"]
    assert _of(made, "hero")[0].fields["headline"] == "Same"
    assert [story["headline"] for story in stories] == ["Same (site1.example)", "Same (site2.example)"]
