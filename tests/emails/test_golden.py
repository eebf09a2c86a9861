"""The emails as they are kept in tests/golden/emails."""

from __future__ import annotations

import pytest

from tests.emails import MOST, email
from tests.emails.golden import COMMAND, FOLDER, NAMES, difference, differences, parted, whole


@pytest.mark.parametrize("name", NAMES)
def test_an_email_is_what_it_was(name: str) -> None:
    told = "\n\n".join(differences(name))
    assert not told, f"\n{told}\n\nIf that is what it should be: `{COMMAND}` keeps it."


def test_no_golden_email_is_left_that_is_not_made_any_more() -> None:
    assert {file.stem for file in FOLDER.iterdir()} == set(NAMES)


@pytest.mark.parametrize("language", ["english", "arabic"])
def test_a_page_parted_for_reading_is_the_same_page(language: str) -> None:
    page = email(language, MOST, pictures=True).html()
    assert whole(parted(page)) == page
    assert max(map(len, parted(page).splitlines())) < 700


def test_a_change_of_one_word_is_shown_as_that_line() -> None:
    page = email("english", MOST).html()
    told = difference("x.html", parted(page), parted(page.replace("Mud, twice a week", "Mud, three times a week")))
    changed = [line for line in told.splitlines()[2:] if line.startswith(("+", "-"))]
    assert [line[1:20] for line in changed] == [">Mud, twice a week,", ">Mud, three times a"]
