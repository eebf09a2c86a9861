"""The corpora of bounces beside the project: what is read of them, held to its bars."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from digest.domain.model import FeedbackKind, Report, What
from digest.feedback.report import read


def expected(folder: Path) -> dict[str, Any]:
    found = json.loads((folder / "expected.json").read_text(encoding="utf8"))
    assert isinstance(found, dict)
    return found


def wanted(record: dict[str, Any]) -> FeedbackKind:
    if record["reason"] == "feedback":
        return FeedbackKind.COMPLAINT
    if record["reason"] in ("vacation", "delivered"):
        return FeedbackKind.NONE
    return FeedbackKind.HARD if record["hardbounce"] else FeedbackKind.SOFT


def is_read(report: Report, want: list[FeedbackKind]) -> bool:
    if FeedbackKind.NONE in want:
        return report.what == What.AUTO_REPLY or bool(report.recipients)
    return any(one.kind != FeedbackKind.NONE for one in report.recipients)


def test_all_addresses_of_flufls_samples_are_found_and_none_is_wrong(shared: Path) -> None:
    folder = shared / "corpora" / "bounces" / "flufl"
    samples = expected(folder)
    assert len(samples) > 100
    for name, want in samples.items():
        found = {one.address.lower() for one in read((folder / name).read_bytes()).recipients}
        assert found == {address.lower() for address in want["temporary"] + want["permanent"]}, name


def test_nearly_all_of_sisimais_messages_are_read_and_judged_right(
    shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = shared / "corpora" / "bounces" / "sisimai"
    samples = expected(folder)
    assert len(samples) > 250
    read_well, right, wrong = 0, 0, []
    for name, records in samples.items():
        want = [wanted(one) for one in records]
        report = read((folder / "mail" / name).read_bytes())
        if is_read(report, want):
            read_well += 1
            got = [one.kind for one in report.recipients]
            right += got == want
            if got != want:
                wrong.append(name)
    with capsys.disabled():
        print(
            f"\nbounces: {read_well} of {len(samples)} messages read ({read_well / len(samples):.1%}), "
            f"{right} of these judged right ({right / read_well:.1%}); otherwise: {' '.join(wrong)}"
        )
    assert read_well / len(samples) >= 0.92
    assert right / read_well >= 0.95


@pytest.mark.parametrize("ends", [b"\n", b"\r\n", b"\r"], ids=["LF", "CRLF", "CR"])
def test_how_lines_end_changes_nothing(shared: Path, ends: bytes) -> None:
    folder = shared / "corpora" / "bounces" / "flufl"
    for file in sorted(folder.glob("*.txt"))[::4]:
        content = file.read_bytes().replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        assert read(content.replace(b"\n", ends)).recipients == read(content).recipients, file.name


def test_broken_bounces_are_read_as_far_as_they_go(shared: Path) -> None:
    folder = shared / "corpora" / "bounces" / "sisimai" / "mail"
    for file in sorted(folder.iterdir())[::3]:
        content = file.read_bytes()
        half = len(content) // 2
        for broken in (content[:half], content[half:], content[:300] + content[700:], content[::-1], content * 2):
            read(broken)
        # zeros among the octets hide nothing
        assert read(content.replace(b"e", b"e\0")).recipients == read(content).recipients, file.name


def test_people_who_write_are_no_bounces(shared: Path) -> None:
    folder = shared / "corpora" / "bounces" / "sisimai" / "not"
    for name in ("is-not-bounce-01.eml", "is-not-bounce-02.eml"):
        report = read((folder / name).read_bytes())
        assert (report.what, report.recipients) == (What.OTHER, ())
