from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.domain.model import (
    OTHER,
    Block,
    Insight,
    Layout,
    Newsletter,
    Placement,
    Schedule,
    Sender,
    Source,
    Story,
    Theme,
)
from digest.stages.layout import Links, choose, cut, lay_out, subject_of, summary_of
from digest.stages.words import speaking

Make = Callable[..., Insight]
DAY = datetime(2026, 11, 1, tzinfo=UTC)
SLOT = datetime(2026, 11, 24, 8, tzinfo=UTC)
THEMES = tuple(Theme(id=name, name=name.title()) for name in ("zebra", "apple"))
TEXTS = st.text(alphabet=st.characters(codec="utf-8"), max_size=120) | st.text(alphabet="ab ,;:–-", max_size=120)


def _newsletter(**fields: Any) -> Newsletter:
    usual = {
        "id": "n",
        "name": "News",
        "sender": Sender(name="Us", address="us@example.org"),
        "themes": THEMES,
        "sources": (
            Source(id="ours", kind="feed", address="https://a.example/", name="Ours", website="https://a.example"),
        ),
    }
    return Newsletter(**(usual | fields))


def _under(theme: str, insight: Insight, *also: Insight) -> Placement:
    return Placement(story=Story(lead=insight, also=also), theme=theme, reasons=("x",))


def _lay_out(placements: list[Placement], introduction: str = "", slot: datetime = SLOT, **fields: Any) -> Layout:
    return lay_out(
        placements,
        _newsletter(**fields),
        slot=slot,
        number=7,
        introduction=introduction,
        brand={"organisation": "The Trust"},
        say=speaking("en", {}),
        links=Links(web_version="https://w", subscribe="https://s", unsubscribe="[[u]]", preferences="[[p]]"),
    )


def _block(layout: Layout, kind: str) -> Block:
    return next(block for block in layout.blocks if block.kind == kind)


def _titles(layout: Layout) -> list[str]:
    themes: list[Any] = [block.fields["stories"] for block in layout.blocks if block.kind == "theme"]
    return [story["title"] for stories in themes for story in stories]


def test_themes_stand_as_configured_newest_first_and_other_last(insight: Make) -> None:
    def told(theme: str, title: str, days: int) -> Placement:
        return _under(theme, insight(title, published=DAY + timedelta(days=days)))

    given = [
        told(OTHER, "o", 9),
        told("apple", "a1", 1),
        told("zebra", "z1", 1),
        told("apple", "a2", 2),
        told("zebra", "z2", 2),
    ]
    assert [one.story.lead.title for one in choose(given, _newsletter(), SLOT).kept] == ["z2", "z1", "a2", "a1", "o"]


def _days(insight: Make, theme: str, count: int = 5) -> list[Placement]:
    return [
        _under(theme, insight(f"{theme}{n}", source=f"{theme}{n}", published=DAY + timedelta(days=n)))
        for n in range(count)
    ]


def test_the_limits_of_a_theme_and_of_the_edition_hold_and_the_strongest_stay(insight: Make) -> None:
    given = [one for theme in ("apple", "zebra", OTHER) for one in _days(insight, theme)]
    chosen = choose(given, _newsletter(maximum_per_theme=2, maximum_stories=5), SLOT).kept
    assert [one.story.lead.title for one in chosen] == ["zebra4", "zebra3", "apple4", "apple3", "OTHER4"]


def test_no_theme_vanishes_for_coming_last_while_another_has_two(insight: Make) -> None:
    many = tuple(Theme(id=name, name=name) for name in ("a", "b", "c"))
    given = [*_days(insight, "a"), *_days(insight, "b", 3), *_days(insight, "c", 1), *_days(insight, OTHER)]
    chosen = choose(given, _newsletter(themes=many, maximum_stories=4), SLOT).kept
    assert [one.story.lead.title for one in chosen] == ["a4", "a3", "b2", "c0"]
    assert [one.theme for one in choose(given, _newsletter(themes=many, maximum_stories=2), SLOT).kept] == ["a", "b"]


def test_a_pinned_story_goes_in_whatever_the_limits(insight: Make) -> None:
    old = replace(_under(OTHER, insight("Old", published=DAY - timedelta(days=99))), pinned=True)
    chosen = choose([*_days(insight, "apple"), old], _newsletter(maximum_per_theme=1, maximum_stories=1), SLOT).kept
    assert chosen == (old,)


def test_a_marked_story_leads_only_where_it_is_pinned_or_no_other_is_sure(insight: Make) -> None:
    sure = _under("apple", insight("Sure", published=DAY))
    marked = replace(_under("apple", insight("Marked", published=SLOT)), check=True)
    assert _lay_out([sure, marked]).subject == "Sure"
    assert _lay_out([sure, replace(marked, pinned=True)]).subject == "Marked"
    alone = _lay_out([marked])
    assert alone.subject == "Marked"
    assert alone.reasons == ("“Marked” is at the top: no story stands under a theme for sure, less than a day old.",)


def test_the_inbox_shows_the_strongest_stories_in_their_order(insight: Make) -> None:
    given = _days(insight, "zebra", 1) + _days(insight, "apple", 4)[2:]
    made = _lay_out(given)
    assert (made.subject, made.preheader) == ("apple3", "apple2 · zebra0")
    weighty = tuple(replace(theme, weight=2.0) if theme.id == "zebra" else theme for theme in THEMES)
    heavier = _lay_out(given, themes=weighty)
    assert (heavier.subject, heavier.preheader) == ("zebra0", "apple3 · apple2")
    assert heavier.reasons == ("“zebra0” is at the top: 23 days old, its theme weighs 2.",)


def test_the_choice_does_not_depend_on_the_order_of_stories(insight: Make) -> None:
    given = [_under("apple", insight(f"t{n}")) for n in range(12)]
    assert choose(given, _newsletter(), SLOT) == choose(reversed(given), _newsletter(), SLOT)


def test_the_hero_is_told_by_most_sources_and_not_repeated_below(insight: Make) -> None:
    shared = _under("apple", insight("Told twice", published=DAY), insight("Told twice!", source="theirs"))
    newer = _under("zebra", insight("Newer", published=DAY + timedelta(days=3)))
    made = _lay_out([newer, shared])
    assert made.reasons == ("“Told twice” is at the top: told by 2 sources, 23 days old.",)
    assert _block(made, "hero").fields["title"] == "Told twice"
    assert _titles(made) == ["Newer"]
    assert made.subject == "Told twice"
    assert made.stories == (newer.story.id, shared.story.id)


def test_a_story_of_other_leads_only_where_there_is_nothing_else(insight: Make) -> None:
    other, themed = (
        _under(OTHER, insight("Other", published=DAY + timedelta(days=9))),
        _under("apple", insight("Themed")),
    )
    assert _block(_lay_out([themed, other]), "hero").fields["title"] == "Themed"
    assert _block(_lay_out([other]), "hero").fields["theme"] == "Other news"


def test_one_story_alone_makes_an_email_without_theme_blocks(insight: Make) -> None:
    made = _lay_out([_under("apple", insight("Alone", "A summary of it."))])
    assert [block.kind for block in made.blocks] == ["masthead", "hero", "footer"]
    assert made.preheader == "A summary of it."


def test_the_introduction_is_parted_at_empty_lines(insight: Make) -> None:
    made = _lay_out([_under("apple", insight("A"))], introduction="\nHello\nyou,\n\n\n\nnews.\n")
    assert _block(made, "introduction").fields["paragraphs"] == ["Hello you,", "news."]


def test_the_date_is_the_slots_by_the_newsletters_clock(insight: Make) -> None:
    schedule = Schedule(timezone="Pacific/Auckland")
    made = _lay_out([_under("apple", insight("A"))], slot=datetime(2026, 11, 2, 19, tzinfo=UTC), schedule=schedule)
    assert _block(made, "masthead").fields["date"] == "3 November 2026"


def test_a_story_without_a_link_leads_to_its_sources_website(insight: Make) -> None:
    made = _lay_out([_under("apple", insight("A"), insight("B", link="https://b.example/"))])
    hero = _block(made, "hero").fields
    assert (hero["link"], hero["source"]) == ("https://a.example", "Ours")
    assert hero["also"] == [{"source": "Ours", "words": "Ours: B", "link": "https://b.example/", "title": "B"}]


@pytest.mark.parametrize(("words", "minutes"), [(1, 1), (39, 2), (40 * 10, 14)])
def test_the_reading_time_counts_the_words_that_are_shown(insight: Make, words: int, minutes: int) -> None:
    # sentences of 8 words, of which a summary of 280 characters shows 40 words; the title is one more
    sentence = "One two three four five six seven eight. "
    count = 10 if minutes > 1 else 1
    stories = [_under("apple", insight("Title", sentence * 5)) for _ in range(count)]
    shown = sum(len(summary_of(sentence * 5).split()) + 1 for _ in stories)
    assert _block(_lay_out(stories), "masthead").fields["minutes"] == max(1, round(shown / 220))


@given(st.lists(TEXTS, min_size=1, max_size=5), TEXTS)
def test_subject_and_preheader_are_as_short_as_inboxes_show(insight: Make, titles: list[str], summary: str) -> None:
    made = _lay_out([_under("apple", insight(title, summary)) for title in titles])
    assert len(made.subject) <= 50
    assert len(made.preheader) <= 90


@given(TEXTS, st.integers(min_value=2, max_value=60))
def test_a_text_is_cut_between_words_or_not_at_all(text: str, characters: int) -> None:
    folded = " ".join(text.split())
    made = cut(text, characters)
    assert len(made) <= characters
    if len(folded) <= characters:
        assert made == folded
    else:
        assert made.endswith("…")
        kept = made[:-1]
        assert folded.startswith(kept)
        rest = folded[len(kept) :].lstrip(",;:–—-")
        # what follows begins a new word, unless one word alone is too long
        assert rest[:1] in ("", " ") or " " not in folded[:characters].strip(" ,;:–—-")


@pytest.mark.parametrize(
    ("title", "subject"),
    [
        ("Short", "Short"),
        ("x" * 50, "x" * 50),
        ("x" * 51, "x" * 49 + "…"),
        (
            "Moonshots and milestones: How schools can embrace the ‘Opportunity Mission’",
            "Moonshots and milestones: How schools can embrace…",
        ),
        (
            "The words of the title before the dash are forty – and more",
            "The words of the title before the dash are forty…",
        ),
    ],
)
def test_subjects_are_cut_like_this(title: str, subject: str) -> None:
    assert subject_of(title) == subject


@pytest.mark.parametrize(
    ("text", "characters", "summary"),
    [
        ("One. Two.", 280, "One. Two."),
        ("The first sentence. The second one. The third.", 36, "The first sentence. The second one."),
        (
            "Dr. Smith met Mrs. Jones at 3.5 p.m. on Monday. They spoke.",
            50,
            "Dr. Smith met Mrs. Jones at 3.5 p.m. on Monday.",
        ),
        ("A sentence that is far too long for it. Short.", 20, "A sentence that is…"),
        ("Who knows? Nobody does! We may.", 25, "Who knows? Nobody does!"),
    ],
)
def test_a_summary_ends_with_a_whole_sentence_where_one_ends_in_time(text: str, characters: int, summary: str) -> None:
    assert summary_of(text, characters) == summary


@given(TEXTS, st.integers(min_value=2, max_value=100))
def test_a_summary_is_never_longer_than_asked(text: str, characters: int) -> None:
    assert len(summary_of(text, characters)) <= characters
