"""The web version, what stands beside stories, what waits, and whose themes come first, in drafted editions."""

from __future__ import annotations

from datetime import timedelta

import pytest
from lxml import html as markup

from digest.domain.errors import ApprovalTakenBack, Refused
from digest.domain.model import Variant
from digest.jobs.edition import Drafted
from tests.jobs.conftest import CONFIGURATION, Wire, Workbench

SEGMENTS = "[[newsletters.segments]]"
NAMED = 'name = "Fernhill news"'


def _draft(bench: Workbench, *titles: str) -> Drafted:
    bench.insights(*titles)
    bench.app.import_people(bench.newsletter)
    return bench.app.draft(bench.newsletter)


def _variants(bench: Workbench, *titles: str) -> dict[str, Variant]:
    drafted = _draft(bench, *titles)
    assert drafted.edition is not None
    return {one.slug: one for one in bench.app.stored(drafted.edition.id).variants}


def test_the_web_version_holds_all_stories_and_nothing_of_any_reader(bench: Workbench) -> None:
    web = _variants(bench, "Nursery play", "Maths of fractions")["web"]
    assert len(web.stories) == 2
    assert web.is_web_version
    for part in (web.html, web.text):
        assert "Hello there" in part
        assert "[[digest:" not in part
        assert "Unsubscribe" not in part
        assert "https://digest.example.org/subscribe/news" in part


def test_the_web_version_says_what_it_is_where_its_link_is_passed_on(bench: Workbench) -> None:
    web = _variants(bench, "Nursery play", "Maths of “fractions” & more")["web"]
    page = markup.fromstring(web.html)
    told = {one.get("property") or one.get("name"): one.get("content") for one in page.xpath("//meta[@content]")}
    assert told["og:url"] == "https://digest.example.org/e/news-2026-11-24-0800"
    assert told["og:title"] == f"Fernhill news: {web.subject}"
    assert told["og:description"] == told["description"] == web.preheader
    assert (told["og:type"], told["og:site_name"], told["twitter:card"]) == ("article", "Fernhill", "summary")
    assert "og:image" not in told


def test_every_email_leads_to_the_one_web_version(bench: Workbench) -> None:
    made = _variants(bench, "Nursery play", "Maths of fractions")
    for one in made.values():
        leads = 'href="https://digest.example.org/e/news-2026-11-24-0800"' in one.html
        assert leads != one.is_web_version


def test_who_chose_one_theme_is_told_what_else_there_is(bench: Workbench) -> None:
    made = _variants(bench, "Nursery play", "Maths of fractions")
    assert "1 more story is on our website." in made["heads-maths"].text
    assert all("more stor" not in one.text for slug, one in made.items() if slug != "heads-maths")


def test_the_web_version_is_signed_with_the_emails_and_mailed_to_nobody(bench: Workbench) -> None:
    edition = bench.approved()
    wire = Wire()
    bench.app.send(edition, wire, "Ada")
    assert len(wire.parcels) == 3
    with bench.app.store.reading() as session:
        assert "web" in {slug for slug, _ in session.editions.signed(edition)}


def test_a_changed_web_version_takes_the_approval_back(bench: Workbench) -> None:
    edition = bench.approved()
    with bench.app.store.writing() as session:
        session.editions._connection.exec_driver_sql("UPDATE variant SET sha256 = 'x' WHERE slug = 'web'")  # type: ignore[attr-defined]
    wire = Wire()
    with pytest.raises(Refused):
        bench.app.send(edition, wire, "Ada")
    assert wire.parcels == []


def test_a_segments_themes_come_first_for_it_and_for_nobody_else(bench: Workbench) -> None:
    bench.configure(CONFIGURATION.replace('id = "heads"', 'id = "heads"\nthemes = ["maths"]'))
    made = _variants(bench, "Nursery play", "Nursery songs", "Maths of fractions", "Counting shells in maths")
    assert made["heads-all"].subject != made["web"].subject
    order = [made["heads-all"].text.index(f"\n{name}\n---") for name in ("MATHS", "NURSERY")]
    assert order == sorted(order)
    order = [made["web"].text.index(f"\n{name}\n---") for name in ("NURSERY", "MATHS")]
    assert order == sorted(order)
    reasons = bench.app.preview("news-2026-11-24-0800").reasons
    assert reasons["heads-all"][1] == "Maths stands first, as the segment wants it."
    assert len(reasons["rest-all"]) == 1


def test_a_block_of_staffs_own_stands_in_every_email_and_takes_an_approval_back(bench: Workbench) -> None:
    edition = bench.approved()
    block = '[[newsletters.blocks]]\nkind = "event"\nplace = "top"\ntitle = "A <fair>"\nwhen = "Friday"\n'
    block += 'text = "Come, {{ first_name | friend }}."\n' + SEGMENTS
    bench.configure(CONFIGURATION.replace(SEGMENTS, block, 1))
    with pytest.raises(ApprovalTakenBack):
        bench.app.preview(edition)
    for one in bench.app.preview(edition).variants:
        assert one.text.index("EVENT · A <FAIR>") < one.text.index("TOP STORY")
        assert "A &lt;fair&gt;" in one.html
        assert ("Come, friend." if one.is_web_version else "Come, [[digest:first_name.") in one.text


def test_a_block_of_ones_own_kind_needs_two_templates_and_nothing_else(bench: Workbench) -> None:
    block = '[[newsletters.blocks]]\nkind = "poem"\ntitle = "The sea"\n' + SEGMENTS
    row = "{% call look.open() %}<tr><td>A poem: {{ block.title }}</td></tr>{% endcall %}"
    own = {"blocks/poem.mjml.j2": row, "blocks/poem.txt.j2": "A poem: {{ block.title }}"}
    bench.configure(CONFIGURATION.replace(SEGMENTS, block, 1), **own)
    for one in _variants(bench, "Nursery play").values():
        assert "A poem: The sea" in one.html
        assert "A poem: The sea" in one.text


def test_an_archives_old_stories_are_no_news_unless_they_are_wanted(bench: Workbench) -> None:
    bench.insights("Nursery play", published=bench.clock() - timedelta(days=300))
    drafted = _draft(bench, "Maths of fractions")
    assert drafted.stories == 1
    bench.configure(CONFIGURATION.replace(NAMED, f"{NAMED}\nmaximum_age_days = 0"))
    assert bench.app.draft(bench.newsletter, again=True).stories == 2


def test_what_waits_is_told_when_the_draft_is_made(bench: Workbench) -> None:
    bench.configure(CONFIGURATION.replace(NAMED, f"{NAMED}\nmaximum_per_theme = 1"))
    drafted = _draft(bench, "Nursery play", "Nursery songs")
    assert [why for _, why in drafted.waiting] == ["1 under its theme are stronger"]
