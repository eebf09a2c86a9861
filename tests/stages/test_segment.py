from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from digest.domain.model import (
    OTHER,
    Cadence,
    DateFrom,
    Insight,
    Newsletter,
    Placement,
    Recipient,
    Segment,
    Sender,
    Story,
    Subscriber,
    Subscription,
    SubscriptionState,
    Variant,
)
from digest.stages.segment import Offer, Share, counted, fitting, largest, shares, wanted

SLOT = datetime(2026, 11, 24, 8, tzinfo=UTC)
NOW = SLOT + timedelta(minutes=1)
THEMES = ("lead", "early", OTHER)
EVERYBODY = (Segment(id="all", name="All"),)


def _who(id: str = "p", **fields: Any) -> Recipient:
    person = {key: fields.pop(key) for key in ("first_name", "tags", "fields") if key in fields}
    about = {key: fields.pop(key) for key in ("suppressed", "last_slot", "had") if key in fields}
    usual = {"state": SubscriptionState.ACTIVE, "consent_source": "form", "consent_at": SLOT - timedelta(days=90)}
    return Recipient(
        subscriber=Subscriber(id=id, address=f"{id}@Example.org", **person),
        subscription=Subscription(newsletter="n", **(usual | fields)),
        **about,
    )


def _newsletter(*segments: Segment) -> Newsletter:
    return Newsletter(
        id="n", name="N", sender=Sender(name="s", address="s@example.org"), segments=segments or EVERYBODY
    )


def _story(theme: str, number: int) -> Placement:
    insight = Insight(
        id=f"{theme}{number}",
        source="s",
        title="t",
        summary="",
        link="",
        published=SLOT,
        date_from=DateFrom.STATED,
        first_seen=SLOT,
    )
    return Placement(story=Story(lead=insight), theme=theme, reasons=("x",))


STORIES = tuple(_story(theme, number) for theme in THEMES for number in range(3))
OFFER = Offer(slot=SLOT, placements=STORIES)


def _share(who: Recipient, *segments: Segment, stories: tuple[Placement, ...] = STORIES) -> Share:
    (share,) = shares([who], _newsletter(*segments), Offer(slot=SLOT, placements=stories), NOW)
    return share


def test_of_several_segments_that_hold_somebody_the_first_counts() -> None:
    heads = Segment(id="heads", name="H", rule={"field": "tags", "contains": "head"})
    north = Segment(id="north", name="N", rule={"field": "tags", "contains": "north"})
    both = _who(tags=("north", "head"))
    assert _share(both, heads, north).segment == "heads"
    assert _share(both, north, heads).segment == "north"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"suppressed": True}, "kept off"),
        ({"state": SubscriptionState.PENDING}, "no consent record"),
        ({"consent_source": ""}, "no consent record"),
        ({"consent_at": None}, "no consent record"),
        ({"state": SubscriptionState.UNSUBSCRIBED}, "unsubscribed"),
        ({"state": SubscriptionState.BOUNCED}, "bounced"),
        ({"state": SubscriptionState.COMPLAINED}, "complained"),
        ({"paused_until": datetime(2026, 12, 5, tzinfo=UTC)}, "paused until 5 December 2026"),
        ({"cadence": Cadence.MONTHLY, "last_slot": SLOT - timedelta(days=21)}, "wants it monthly, and it is too early"),
        ({"themes": ("nowhere",)}, "no story under the themes they chose"),
        ({"had": frozenset(one.story.id for one in STORIES)}, "had all its stories already"),
        ({"themes": ("lead",), "had": frozenset({"lead0", "lead1", "lead2"})}, "had all its stories already"),
    ],
)
def test_who_gets_nothing_is_told_why(fields: dict[str, Any], reason: str) -> None:
    share = _share(_who(**fields))
    assert share.stories == ()
    assert share.reason.startswith(reason)


def test_who_no_segment_holds_is_told_so() -> None:
    nobody = Segment(id="x", name="X", rule={"field": "tags", "contains": "x"})
    assert _share(_who(), nobody).reason == "no segment holds them"


def test_the_suppression_list_comes_before_every_other_reason() -> None:
    assert _share(_who(suppressed=True, state=SubscriptionState.UNSUBSCRIBED)).reason.startswith("kept off")


def test_a_pause_that_is_over_holds_nobody_back() -> None:
    assert _share(_who(paused_until=NOW)).reason == ""


@pytest.mark.parametrize(
    ("cadence", "days", "due"),
    [
        (Cadence.WEEKLY, 2, False),
        (Cadence.WEEKLY, 7, True),
        (Cadence.FORTNIGHTLY, 7, False),
        (Cadence.FORTNIGHTLY, 14, True),
        (Cadence.MONTHLY, 21, False),
        (Cadence.MONTHLY, 28, True),
        (Cadence.MONTHLY, 31, True),
    ],
)
@pytest.mark.parametrize("summer_time", [timedelta(0), timedelta(hours=1), timedelta(hours=-1)])
def test_a_cadence_lets_its_slots_through(cadence: Cadence, days: int, due: bool, summer_time: timedelta) -> None:
    share = _share(_who(cadence=cadence, last_slot=SLOT - timedelta(days=days) + summer_time))
    assert (share.reason == "") is due


def test_an_edition_planned_twice_does_not_call_itself_too_early() -> None:
    assert _share(_who(cadence=Cadence.MONTHLY, last_slot=SLOT)).reason == ""


def test_stories_stand_in_the_editions_order_without_what_somebody_had() -> None:
    share = _share(_who(themes=("early", "lead"), had=frozenset({"lead1"})))
    assert share.stories == ("lead0", "lead2", "early0", "early1", "early2")


def test_only_who_chose_no_theme_gets_what_stands_under_other() -> None:
    assert {one.theme for one in wanted(STORIES, ())} == {*THEMES}
    assert {one.theme for one in wanted(STORIES, ("early",))} == {"early"}


def _people(seed: int, count: int = 500) -> list[Recipient]:
    dice = random.Random(seed)
    ids = [one.story.id for one in STORIES]
    return [
        _who(
            f"p{number}",
            tags=tuple(dice.sample(["head", "north"], dice.randrange(3))),
            themes=tuple(dice.sample(THEMES[:2], dice.choice([0, 0, 1, 2]))),
            had=frozenset(dice.sample(ids, dice.choice([0, 0, 0, 1, 2, 9]))),
            suppressed=dice.random() < 0.02,
        )
        for number in range(count)
    ]


SEGMENTS = (
    Segment(id="heads", name="H", rule={"field": "tags", "contains": "head"}),
    Segment(id="north", name="N", rule={"field": "tags", "contains": "north"}),
    Segment(id="rest", name="R"),
)


def _variants(counts: dict[tuple[str, tuple[str, ...]], int]) -> list[Variant]:
    return [
        Variant(
            slug=str(n), segment=key[0], subject="", preheader="", html="", text="", sha256="", stories=key[1], people=c
        )
        for n, (key, c) in enumerate(counts.items())
    ]


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("maximum", [1, 3, 7, 24])
def test_nobody_ever_gets_a_story_twice_or_under_a_theme_they_did_not_choose(seed: int, maximum: int) -> None:
    shared = list(shares(_people(seed), _newsletter(*SEGMENTS), OFFER, NOW))
    theme_of = {one.story.id: one.theme for one in STORIES}
    counts = largest(counted(shared), maximum)
    variants = _variants(counts)
    assert len(shared) == 500
    for share in (share for share in shared if not share.reason):
        variant = fitting(share, variants)
        if variant is None:
            assert (share.segment, share.stories) not in counts
            continue
        chosen = share.recipient.subscription.themes
        assert variant.segment == share.segment
        assert not share.recipient.had & set(variant.stories)
        assert not chosen or {theme_of[story] for story in variant.stories} <= set(chosen)
        if (share.segment, share.stories) in counts:
            assert variant.stories == share.stories


@pytest.mark.parametrize("maximum", [1, 3, 4, 7, 1000])
def test_the_lists_of_most_people_are_kept_and_every_segments_largest(maximum: int) -> None:
    shared = list(shares(_people(1), _newsletter(*SEGMENTS), OFFER, NOW))
    every = counted(shared)
    kept = largest(counted(shared), maximum)
    assert sum(every.values()) == sum(not share.reason for share in shared)
    assert len(kept) == min(len(every), max(maximum, len(SEGMENTS)))
    for segment in SEGMENTS:
        assert max(c for key, c in every.items() if key[0] == segment.id) in [
            c for key, c in kept.items() if key[0] == segment.id
        ]
    left = [count for key, count in every.items() if key not in kept]
    firsts = {max(kept, key=lambda key: (key[0] == s.id, kept[key])) for s in SEGMENTS}
    assert all(count >= max(left, default=0) for key, count in kept.items() if key not in firsts)


def test_lists_do_not_depend_on_the_order_of_people() -> None:
    shared = list(shares(_people(2), _newsletter(*SEGMENTS), OFFER, NOW))
    assert list(largest(counted(reversed(shared)), 6).items()) == list(largest(counted(shared), 6).items())
