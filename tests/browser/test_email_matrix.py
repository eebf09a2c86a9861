"""Every look of the email as Chromium shows it: light and dark, on a phone and wide, with pictures and without them.

Nothing is asked of the network (tests/browser/viewing.py).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from functools import cache
from itertools import product

import pytest

from digest.domain.colour import READABLE
from tests.browser.viewing import SCHEMES, WIDTHS, Seen, Viewer, differing, out_of_order, viewer
from tests.emails import LOOKS, Email, email
from tests.emails.golden import FOLDER, NAMES, made, whole

#: enough for every kind of story there is in the texts, and no more: each is shown many times
STORIES = 9
LANGUAGES = ("english", "arabic")
CELLS = list(product(LOOKS, LANGUAGES, WIDTHS, SCHEMES))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Viewer]:
    if shutil.which("chromium") is None:
        words = "emails are shown in Chromium, which is not installed here"
        assert os.environ.get("CI") != "true", words
        pytest.skip(words)
    with viewer() as browser:
        yield browser


@cache
def _email(look: str, language: str) -> Email:
    return email(language, STORIES, look=look, pictures=True, everything=True)


def _is_easy(seen: Seen, *, rtl: bool) -> None:
    assert seen.grave == ()
    # where axe cannot tell what is behind a text, what was painted tells it
    hard = {words: round(ratio, 2) for words, ratio in seen.contrasts().items() if ratio < READABLE}
    assert not hard
    assert seen.overhang <= 0
    assert out_of_order(seen.texts, rtl=rtl) == []
    # a picture may be asked for; nothing else, and of nobody else
    assert all("/pictures/" in address for address in seen.asked)


@pytest.mark.parametrize("pictures", [True, False], ids=["pictures", "no-pictures"])
@pytest.mark.parametrize(("look", "language", "width", "scheme"), CELLS)
def test_nothing_keeps_anybody_from_reading_an_email(
    chromium: Viewer, look: str, language: str, width: int, scheme: str, pictures: bool
) -> None:
    one = _email(look, language)
    seen = chromium.look(one.parts()[0], width, scheme, pictures=pictures)
    _is_easy(seen, rtl=one.direction == "rtl")
    assert len(seen.texts) > 4 * STORIES


@pytest.mark.parametrize(("look", "language", "width", "scheme"), CELLS)
def test_styles_written_into_elements_change_not_a_pixel(
    chromium: Viewer, look: str, language: str, width: int, scheme: str
) -> None:
    one = _email(look, language)
    before, after = (chromium.picture(page, width, scheme) for page in (one.styled(), one.parts()[0]))
    assert differing(before, after) == 0


def test_a_golden_email_shows_what_the_email_shows(chromium: Viewer) -> None:
    kept = (FOLDER / f"{NAMES[0]}.html").read_text(encoding="utf8")
    sent = whole(made(NAMES[0])[f"{NAMES[0]}.html"])
    assert differing(chromium.picture(kept, WIDTHS[0], "light"), chromium.picture(sent, WIDTHS[0], "light")) == 0


WRONG = """<!DOCTYPE html><html lang="en"><title>Wrong</title><body style="margin:0;background:#ffffff">
<p style="color:#b0b0b0">Hard to read</p>
<div style="display:flex;flex-direction:column-reverse"><p>First said</p><p>Then said</p></div>
<p style="width:500px">Too wide</p><img src="https://letters.fenmarsh.example.org/pictures/x.png">
"""


def test_what_is_wrong_with_a_page_is_seen(chromium: Viewer) -> None:
    seen = chromium.look(WRONG, 390, "light")
    assert {"image-alt", "color-contrast"} <= {fault.rule for fault in seen.grave}
    assert seen.contrasts()["Hard to read"] < READABLE < seen.contrasts()["Too wide"]
    assert out_of_order(seen.texts) == ["“Then said” after “First said”"]
    assert seen.overhang == 110
    assert seen.asked == ("https://letters.fenmarsh.example.org/pictures/x.png",)
    light, moved = (chromium.picture(page, 390, "light") for page in (WRONG, WRONG.replace("500px", "501px")))
    assert differing(light, light) == 0
    assert differing(light, moved) > 0


def test_a_page_is_shown_in_the_scheme_that_is_asked_for(chromium: Viewer) -> None:
    page = _email(LOOKS[0], "english").parts()[0]
    light, dark, turned = (
        chromium.picture(page, 390, "light"),
        chromium.picture(page, 390, "dark"),
        chromium.turned(page, 390),
    )
    assert differing(light, dark) > 100_000
    assert differing(light, turned) > 100_000
    assert differing(dark, turned) > 0
