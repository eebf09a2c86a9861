"""Made-up readers: every branch of what an edition shows is seen by one who would truly get it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.config import parse
from digest.domain.model import (
    OTHER,
    Cadence,
    DateFrom,
    Insight,
    Newsletter,
    Placement,
    Recipient,
    Segment,
    Story,
    Subscriber,
    Subscription,
    SubscriptionState,
    Variant,
)
from digest.jobs.samples import MOST, Sample, samples
from digest.stages import segment, slotted
from tests.jobs.conftest import CONFIGURATION, HEADER, Wire, Workbench, utc

SLOT = utc(2026, 11, 24, 8)
NEWSLETTER = parse(CONFIGURATION).newsletters[0]
SLOTS = {f"before-{weeks}": SLOT - timedelta(weeks=weeks) for weeks in (1, 2, 3)}
THEMES = ("nursery", "maths", OTHER)


def placement(number: int, theme: str, first_in: str = "") -> Placement:
    told = Insight(
        id=f"{theme}-{number}-{first_in}",
        source="ours",
        title=theme,
        summary="",
        link="",
        published=SLOT,
        date_from=DateFrom.STATED,
        first_seen=SLOT,
    )
    return Placement(story=Story(lead=told), theme=theme, reasons=(), first_in=first_in)


def variants_of(newsletter: Newsletter, offer: segment.Offer, people: Sequence[Recipient]) -> list[Variant]:
    counts = segment.counted(segment.shares(people, newsletter, offer, SLOT))
    return [
        Variant(
            slug=f"v-{number}",
            segment=of_segment,
            subject="",
            preheader="",
            html="",
            text="",
            sha256="",
            stories=stories,
            people=many,
        )
        for number, ((of_segment, stories), many) in enumerate(sorted(counts.items()))
    ]


def gets(newsletter: Newsletter, offer: segment.Offer, variants: Sequence[Variant], sample: Sample) -> str:
    share = segment.Sharing(newsletter, offer, SLOT).of(sample.recipient)
    assert not share.reason, share.reason
    found = segment.fitting(share, variants)
    assert found is not None
    assert found.stories == share.stories
    return found.slug


@st.composite
def worlds(draw: st.DrawFn) -> tuple[segment.Offer, list[Recipient]]:
    own = [placement(n, draw(st.sampled_from(THEMES))) for n in range(draw(st.integers(1, 5)))]
    old = [
        placement(n, draw(st.sampled_from(THEMES)), draw(st.sampled_from(sorted(SLOTS))))
        for n in range(draw(st.integers(0, 4)))
    ]
    every = [*own, *old]
    offer = segment.Offer(
        slot=SLOT,
        placements=every,
        slots={one.first_in: SLOTS[one.first_in] for one in old},
        strengths={one.story.id: float(n) for n, one in enumerate(every)},
    )
    people = [draw(persons(n, every)) for n in range(draw(st.integers(1, 12)))]
    return offer, people


@st.composite
def persons(draw: st.DrawFn, number: int, placements: Sequence[Placement]) -> Recipient:
    return Recipient(
        subscriber=Subscriber(
            id=f"p{number}", address=f"p{number}@example.org", tags=draw(st.sampled_from([(), ("head",), ("teacher",)]))
        ),
        subscription=Subscription(
            newsletter="news",
            state=SubscriptionState.ACTIVE,
            themes=draw(st.sampled_from([(), ("nursery",), ("maths",), ("nursery", "maths")])),
            cadence=draw(st.sampled_from(Cadence)),
            consent_source="form",
            consent_at=utc(2026, 1, 1),
        ),
        last_slot=draw(st.sampled_from([None, SLOT - timedelta(weeks=4), SLOT - timedelta(weeks=1)])),
        had=frozenset(draw(st.sets(st.sampled_from([one.story.id for one in placements])))),
    )


@given(worlds())
def test_every_variant_is_seen_by_somebody_who_would_get_it(world: tuple[segment.Offer, list[Recipient]]) -> None:
    offer, people = world
    variants = variants_of(NEWSLETTER, offer, people)
    found = samples(NEWSLETTER, variants, offer.placements)
    for variant in variants:
        mine = [one for one in found if one.variant == variant.slug]
        assert 1 <= len(mine) <= MOST
        assert {bool(one.subscriber.first_name) for one in mine} == {True, False}
        assert len({one.words for one in mine}) == len(mine)
    for sample in found:
        assert gets(NEWSLETTER, offer, variants, sample) == sample.variant
    assert len({one.subscriber.id for one in found}) == len(found)
    assert samples(NEWSLETTER, variants, offer.placements) == found


RULES: list[dict[str, object]] = [
    {"field": "role", "equals": "headteacher"},
    {"field": "tags", "contains": ["head", "north"]},
    {"field": "tags", "in": ["governor", "trustee"]},
    {"not": {"field": "tags", "contains": "head"}},
    {"any": [{"field": "role", "in": ["head", "deputy"]}, {"field": "tags", "contains": "slt"}]},
    {"all": [{"field": "region", "set": True}, {"not": {"field": "region", "equals": "north"}}]},
    {"field": "phase", "set": False},
    {"not": {"field": "phase", "set": False}},
    {"field": "joined_at", "after": "2026-01-01"},
    {"field": "consent_at", "before": "2019-01-01"},
    {"not": {"field": "started", "before": "2020-01-01"}},
    {"field": "cadence", "equals": "monthly"},
    {"field": "themes", "contains": "maths"},
    {},
]


@given(st.lists(st.sampled_from(RULES), min_size=1, max_size=6))
def test_somebody_is_made_up_for_every_segment_that_could_hold_anybody(rules: list[dict[str, object]]) -> None:
    rules = [*rules, {"not": {"field": "first_name", "set": False}}]
    segments = tuple(Segment(id=f"s{n}", name=f"Segment {n}", rule=rule) for n, rule in enumerate(rules))
    newsletter = replace(NEWSLETTER, segments=segments)
    offer = segment.Offer(slot=SLOT, placements=[placement(1, "nursery"), placement(2, "maths")])
    stories = tuple(one.story.id for one in offer.placements)
    variants = [
        Variant(slug=one.id, segment=one.id, subject="", preheader="", html="", text="", sha256="", stories=stories)
        for one in segments
    ]
    found = samples(newsletter, variants, offer.placements)
    assert len({one.subscriber.id for one in found}) == len(found)
    for sample in found:
        share = segment.Sharing(newsletter, offer, SLOT).of(sample.recipient)
        assert (share.segment, share.stories) == (sample.variant, stories)


@pytest.mark.parametrize("rule", RULES)
def test_each_kind_of_rule_has_a_reader(rule: dict[str, object]) -> None:
    newsletter = replace(NEWSLETTER, segments=(Segment(id="s", name="Some", rule=rule),))
    stories = [placement(1, "nursery"), placement(2, "maths")]
    variant = Variant(
        slug="s-all",
        segment="s",
        subject="",
        preheader="",
        html="",
        text="",
        sha256="",
        stories=tuple(one.story.id for one in stories),
    )
    assert samples(newsletter, [variant], stories)


def test_a_segment_of_certain_people_has_no_reader_with_an_address_that_is_theirs() -> None:
    rule = {"field": "address", "equals": "chair@example.com"}
    newsletter = replace(NEWSLETTER, segments=(Segment(id="chair", name="The chair", rule=rule),))
    variant = Variant(
        slug="chair-all", segment="chair", subject="", preheader="", html="", text="", sha256="", stories=()
    )
    assert samples(newsletter, [variant], []) == []


def test_every_placeholder_is_seen_filled_and_empty_in_the_bytes_that_are_sent(bench: Workbench) -> None:
    hello = "Hello {{ first_name | there }} of house {{ last_name | unknown }}"
    bench.configure(CONFIGURATION.replace("Hello {{ first_name | there }}", hello))
    bench.insights("Nursery play", "Maths of fractions")
    bench.app.import_people(bench.newsletter)
    edition = bench.app.draft(bench.newsletter).edition
    assert edition is not None
    shown, composer = bench.app.stored(edition.id), bench.app.composer(edition.id)
    for variant in shown.variants:
        texts = [
            " ".join(composer.parts(variant, one.subscriber)[1].split())
            for one in samples(bench.newsletter, shown.variants, shown.placements)
            if one.variant == variant.slug
        ]
        assert any("Hello there of house unknown" in text for text in texts), variant.slug
        if not variant.is_web_version:
            assert any("Hello there" not in text and "of house unknown" not in text for text in texts), variant.slug
    assert slotted.PLACEHOLDERS == ("first_name", "last_name")


def test_readers_say_who_they_are(bench: Workbench) -> None:
    people = (
        HEADER + "ada@example.org,Ada,head,,weekly,form,2026-01-01\nbo@example.org,Bo,,maths,weekly,form,2026-01-01"
    )
    bench.people(people)
    edition = bench.approved()
    bench.clock.now = utc(2026, 11, 24, 8)
    bench.app.send(edition, Wire(), "Ada")
    bench.people(people + "\ncy@example.org,Cy,head,,monthly,form,2026-01-01")
    bench.clock.forward(days=1)
    bench.insights("Nursery meals", "Sums in a maths garden")
    bench.app.import_people(bench.newsletter)
    second = bench.app.draft(bench.newsletter).edition
    assert second is not None
    shown = bench.app.stored(second.id)
    found = samples(bench.newsletter, shown.variants, [*shown.placements, *shown.earlier])
    words = {(one.variant, one.words) for one in found}
    assert ("heads-all", "Heads, weekly") in words
    assert ("heads-all", "Heads, monthly") in words
    assert ("heads-all-catch-up", "Heads, monthly") in words
    assert ("heads-all-catch-up", "Back from a pause: 1 missed") in words
    assert ("rest-maths", "Chose 1 theme of 2") in words
    assert ("web", "Anybody, on the web") in words
    assert all(one.subscriber.address.endswith("@example.org") for one in found)
