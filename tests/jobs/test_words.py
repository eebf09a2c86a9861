"""What the settings about words and links do to the emails that are drafted."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from lxml import html as markup

from digest.app.check import check
from digest.config import parse
from digest.domain.errors import ApprovalTakenBack, ConfigurationError
from digest.domain.model import Severity
from digest.stages.words import CATALOGUES
from tests.conftest import ROOT
from tests.jobs.conftest import CONFIGURATION, Workbench

ONE = "[newsletters.schedule]"


def _parts(bench: Workbench) -> tuple[str, str, str]:
    """The id of a draft, its HTML and its text."""
    bench.insights("Nursery play", "Maths of fractions")
    bench.app.import_people(bench.newsletter)
    edition = bench.app.draft(bench.newsletter).edition
    assert edition is not None
    variant = bench.app.stored(edition.id).variants[0]
    return edition.id, variant.html, variant.text


def _links(page: str) -> set[str]:
    return {str(link.get("href")) for link in markup.fromstring(page).iter("a")}


def test_links_bear_no_tags_unless_they_are_asked_for(bench: Workbench) -> None:
    _, page, text = _parts(bench)
    assert "utm_" not in page + text


def test_links_to_stories_bear_the_tags_and_no_others_do(bench: Workbench) -> None:
    brand = 'website = "https://us.example/"\nprivacy_url = "https://us.example/p"\n[[newsletters]]'
    tags = '[newsletters.tracking]\nutm = true\nutm_source = "Fern & Hill"\n'
    bench.configure(CONFIGURATION.replace("[[newsletters]]", brand).replace(ONE, tags + ONE))
    edition, page, text = _parts(bench)
    added = f"?utm_source=Fern+%26+Hill&utm_medium=email&utm_campaign={edition}"
    wanted = {f"https://fernhill.example.org/{name}{added}" for name in ("Nursery-play", "Maths-of-fractions")}
    assert {link for link in _links(page) if "utm_" in link} == wanted
    assert set(re.findall(r"\S*utm_\S*", text)) == wanted
    assert {"https://us.example/", "https://us.example/p"} <= _links(page)


def test_without_a_source_of_its_own_the_tag_is_the_newsletters_id(bench: Workbench) -> None:
    bench.configure(CONFIGURATION.replace(ONE, '[newsletters.tracking]\nutm = true\nutm_campaign = "spring"\n' + ONE))
    assert "?utm_source=news&utm_medium=email&utm_campaign=spring\n" in _parts(bench)[2]


def test_who_got_it_from_somebody_else_can_subscribe(bench: Workbench) -> None:
    _, page, text = _parts(bench)
    assert "https://digest.example.org/subscribe/news" in _links(page)
    assert "\nForwarded to you? Subscribe:\nhttps://digest.example.org/subscribe/news\n" in text


def test_a_correction_changes_what_was_signed(bench: Workbench) -> None:
    edition = bench.approved()
    told = 'correction = "Sorry, {{ first_name | dear reader }}."\nintroduction'
    bench.configure(CONFIGURATION.replace("introduction", told))
    with pytest.raises(ApprovalTakenBack):
        bench.app.preview(edition)
    shown = bench.app.preview(edition)
    for one in shown.variants:
        assert "CORRECTION" in one.text
        assert ("Sorry, dear reader." if one.is_web_version else "[[digest:first_name.") in one.text


def test_own_words_change_what_was_signed(bench: Workbench) -> None:
    edition = bench.approved()
    bench.configure(CONFIGURATION.replace("[[newsletters]]", '[brand.words]\ntop_story = "First"\n[[newsletters]]'))
    with pytest.raises(ApprovalTakenBack):
        bench.app.preview(edition)
    assert "\nFIRST · " in bench.app.preview(edition).variants[0].text


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("introduction", 'correction = "{{ address }}"\nintroduction', "is no placeholder"),
        ("[newsletters.schedule]", 'reply_to_name = "Mo"\n[newsletters.schedule]', "“Mo” has no address"),
        (ONE, '[newsletters.tracking]\nutm = true\nutm_medium = ""\n' + ONE, "“utm_medium” is empty"),
        (ONE, "[newsletters.tracking]\nutn = true\n" + ONE, "“utn” is no setting"),
        ("[[newsletters]]", "[brand.words]\ntop_story = 1\n[[newsletters]]", "cannot be 1"),
    ],
)
def test_wrong_settings_are_told(old: str, new: str, says: str) -> None:
    with pytest.raises(ConfigurationError) as told:
        parse(CONFIGURATION.replace(old, new, 1))
    assert says in told.value.findings[0].what


def _looked_over(folder: Path, brand: str) -> list[str]:
    shutil.copytree(ROOT / "templates", folder / "templates")
    (folder / "digest.toml").write_text(CONFIGURATION.replace("[[newsletters]]", f"{brand}\n[[newsletters]]"))
    (folder / "subscribers.csv").write_text("email\n")
    found = [one for one in check(folder) if one.code == "check.words"]
    assert all(one.severity == Severity.LOOK_AT for one in found)
    return [f"{one.where}: {one.what} {one.why} {one.mend}" for one in found]


def test_a_language_without_words_is_told_in_plain_words(tmp_path: Path) -> None:
    left = len(CATALOGUES["en"].words) - 1
    assert _looked_over(tmp_path, 'language = "fr"\n[brand.words]\ntop_story = "À la une"') == [
        "digest.toml: brand.language: The program has no words of its own in “fr”: they would be in English. "
        "Readers would see “Unsubscribe” or “View in your browser” around your stories. "
        f"Give your own under [brand.words]; {left} are left. They are listed in docs/words.md."
    ]


def test_a_language_with_words_is_none_to_look_at(tmp_path: Path) -> None:
    assert _looked_over(tmp_path, 'language = "cy"') == []
