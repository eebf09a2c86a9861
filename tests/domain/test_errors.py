from __future__ import annotations

from datetime import timedelta

from digest.domain.errors import AddressRefused, ConfigurationError, FetchError, Gone, RenderError, RobotsRefused
from digest.domain.model import Finding, Severity


def _finding(number: int) -> Finding:
    return Finding(
        code="x", severity=Severity.MUST_MEND, where=f"file:{number}", what=f"fault {number}", mend="mend it"
    )


def test_several_faults_are_told_by_the_first_and_their_number() -> None:
    fault = ConfigurationError((_finding(1), _finding(2), _finding(3)))
    assert str(fault) == "file:1: fault 1 (and 2 more)"
    assert fault.mend == "mend it"


def test_one_fault_is_told_alone() -> None:
    assert str(ConfigurationError((_finding(7),))) == "file:7: fault 7"


def test_a_render_error_begins_with_its_place() -> None:
    assert str(RenderError("templates/a.j2:3", "Syntax error.")) == "templates/a.j2:3: Syntax error."


def test_every_failed_fetch_can_say_when_to_come_back() -> None:
    for kind in (FetchError, AddressRefused, Gone, RobotsRefused):
        fault = kind("It was busy.", "Wait.", retry_after=timedelta(seconds=9))
        assert isinstance(fault, FetchError)
        assert (str(fault), fault.mend, fault.retry_after) == ("It was busy.", "Wait.", timedelta(seconds=9))
        assert kind("It was busy.").retry_after is None
