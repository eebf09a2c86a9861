"""What docs/segments.md shows is what the program does."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime

import pytest

from digest.domain.model import Recipient, Subscriber, Subscription, SubscriptionState
from digest.stages.roster import About, Reading
from digest.stages.segment import OWN_FIELDS, faults, predicate, sentence
from digest.stages.segment.rules import COMBINE, OPERATORS
from tests.conftest import ROOT

GUIDE = (ROOT / "docs" / "segments.md").read_text(encoding="utf8")
THEMES = {"early-years": "Early Years", "place": "Place and community", "leadership": "Leadership"}
EXAMPLES = re.findall(r"```toml\n(.+?)```\n\n> ([^\n]+?): ([^\n]+)\n", GUIDE, re.DOTALL)


def _people() -> list[Recipient]:
    (file,) = re.findall(r"```csv\n(.+?)```", GUIDE, re.DOTALL)
    now = datetime(2026, 11, 24, tzinfo=UTC)
    reading = Reading(About(newsletter="n", file="guide", now=now, suppression_key=str, themes=[*THEMES]))
    rows = list(reading.read([file.encode()], "utf-8"))
    assert not reading.findings
    return [
        Recipient(
            subscriber=Subscriber(id="", address=row.address, first_name=row.first_name),
            subscription=Subscription(newsletter="n", state=SubscriptionState.ACTIVE),
            stored_traits=(row.traits, row.place.place_traits),
        )
        for row in rows
    ]


def test_every_example_is_looked_at() -> None:
    assert len(EXAMPLES) == GUIDE.count("```toml") == GUIDE.count("\n> ") > 10


@pytest.mark.parametrize(("text", "words", "names"), EXAMPLES, ids=[words for _, words, _ in EXAMPLES])
def test_an_example_holds_whom_it_says_in_the_words_it_says(text: str, words: str, names: str) -> None:
    rule = tomllib.loads(text)["rule"]
    assert list(faults(rule)) == []
    assert sentence(rule, THEMES) == words
    holds = predicate(rule)
    assert ", ".join(one.subscriber.first_name for one in _people() if holds(one)) == names


def test_every_operator_and_field_is_explained() -> None:
    for word in (*OPERATORS, *COMBINE):
        assert f"**`{word}`**" in GUIDE
    for field in OWN_FIELDS:
        assert f"`{field}`" in GUIDE.split("## Fields")[1]
