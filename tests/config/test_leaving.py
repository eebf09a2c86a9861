"""How an edition leaves, in digest.toml."""

from __future__ import annotations

import pytest

from digest.bundle import SAMPLE_CONFIGURATION
from digest.config import parse
from digest.domain.errors import ConfigurationError

SAMPLE = SAMPLE_CONFIGURATION.read_text(encoding="utf8")
SENDER = "[newsletters.sender]"


def _with(table: str) -> str:
    assert SAMPLE.count(SENDER) == 1
    return SAMPLE.replace(SENDER, f"{table}\n{SENDER}")


def test_what_is_given_is_taken_and_the_rest_is_usual() -> None:
    (newsletter,) = parse(_with('[newsletters.waves]\nseeds = "schools"\ncanary_percent = 0.5')).newsletters
    waves = newsletter.waves
    assert (waves.seeds, waves.canary_percent, waves.canary_from, waves.wait_minutes) == ("schools", 0.5, 1_000, 5)
    assert newsletter.schedule.holding_minutes == 10


@pytest.mark.parametrize(
    ("line", "words", "mend"),
    [
        ('seeds = "staff"', "There is no segment “staff”.", "It is one of schools"),
        ("canary_percent = 100", "“canary_percent” is not 0 to 99.", "2 is right"),
        ("canary_percent = -1", "“canary_percent” is not 0 to 99.", "2 is right"),
        ("canary_percent = nan", "“canary_percent” is not 0 to 99.", "2 is right"),
        ("canary_from = 0", "“canary_from” is less than 1.", "1,000 is right"),
        ("wait_minutes = 241", "“wait_minutes” is not 0 to 240.", "5 is right"),
        ("wait_minutes = -1", "“wait_minutes” is not 0 to 240.", "5 is right"),
        ("stop_percent = 0", "“stop_percent” is not above 0", "5 is right"),
        ("stop_percent = 101", "“stop_percent” is not above 0", "5 is right"),
        ("wait_minute = 5", "“wait_minute” is no setting", "“wait_minutes”"),
    ],
)
def test_each_fault_of_the_waves_has_its_line_and_its_mend(line: str, words: str, mend: str) -> None:
    text = _with(f"[newsletters.waves]\n{line}")
    with pytest.raises(ConfigurationError) as told:
        parse(text)
    (finding,) = told.value.findings
    assert words in finding.what
    assert mend in finding.mend
    assert finding.where == f"digest.toml:{text.splitlines().index(line) + 1}"


@pytest.mark.parametrize("minutes", [-1, 241])
def test_an_edition_is_held_for_minutes_and_not_for_a_day(minutes: int) -> None:
    line = f"holding_minutes = {minutes}"
    text = SAMPLE.replace("[newsletters.schedule]", f"[newsletters.schedule]\n{line}")
    with pytest.raises(ConfigurationError) as told:
        parse(text)
    (finding,) = told.value.findings
    assert "“holding_minutes” is not 0 to 240." in finding.what
    assert finding.where == f"digest.toml:{text.splitlines().index(line) + 1}"
