"""Who approves an edition, in digest.toml."""

from __future__ import annotations

import pytest

from digest.bundle import SAMPLE_CONFIGURATION
from digest.config import parse
from digest.domain.errors import ConfigurationError

SAMPLE = SAMPLE_CONFIGURATION.read_text(encoding="utf8")
SENDER = "[newsletters.sender]"


def _with(lines: str) -> str:
    assert SAMPLE.count(SENDER) == 1
    return SAMPLE.replace(SENDER, f"{lines}\n{SENDER}")


def test_one_approval_by_anybody_is_usual() -> None:
    (newsletter,) = parse(SAMPLE).newsletters
    assert (newsletter.approvals, newsletter.author_may_approve, newsletter.approver) == (1, True, "")


def test_what_is_given_is_taken() -> None:
    lines = 'approvals = 2\nauthor_may_approve = false\napprover = "Marcus"\nstand_in = "p@x.org"\nstand_in_hours = 2'
    (newsletter,) = parse(_with(lines)).newsletters
    assert (newsletter.approvals, newsletter.author_may_approve) == (2, False)
    assert (newsletter.approver, newsletter.stand_in, newsletter.stand_in_hours) == ("Marcus", "p@x.org", 2)


@pytest.mark.parametrize(
    ("lines", "words", "mend"),
    [
        ("approvals = 0", "“approvals” is not 1 or 2.", "1 is usual"),
        ("approvals = 3", "“approvals” is not 1 or 2.", "1 is usual"),
        ("stand_in_hours = -1", "“stand_in_hours” is not 0 to 168.", "4 is right"),
        ("stand_in_hours = 169", "“stand_in_hours” is not 0 to 168.", "4 is right"),
        ('stand_in = "Priya"', "nobody to stand in for", "approver = "),
        ('approver = "Priya Nair"\nstand_in = " priya  nair "', "stands in for themselves", "somebody else"),
        ("approval = 2", "“approval” is no setting", "“approvals”"),
    ],
)
def test_what_makes_no_sense_is_told_with_its_line_and_a_mend(lines: str, words: str, mend: str) -> None:
    text = _with(lines)
    with pytest.raises(ConfigurationError) as fault:
        parse(text)
    [finding] = fault.value.findings
    place = text[: text.index(lines)].count("\n") + len(lines.splitlines())
    assert finding.where == f"digest.toml:{place}"
    assert words in finding.what
    assert mend in finding.mend
