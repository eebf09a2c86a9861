from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from digest.domain.errors import DocumentError, FetchError
from digest.domain.model import NO_VALIDATORS, Selectors, Source
from digest.sources.asking import Asking
from tests.conftest import Site
from tests.sources.conftest import TITLES, feed, listing


def source(address: str, kind: str = "feed", **values: object) -> Source:
    return Source(id="ours", kind=kind, address=address, allow_private=True, **values)  # type: ignore[arg-type]


def titles(asking: Asking, wanted: Source) -> list[str]:
    reading = asking.gather(wanted, NO_VALIDATORS).reading
    return [item.title for item in reading.items] if reading is not None else []


def test_a_body_that_did_not_change_is_not_read_again_whatever_the_server_says(asking: Asking, site: Site) -> None:
    wanted = source(site.page("/feed", feed(*TITLES)))
    first = asking.gather(wanted, NO_VALIDATORS)
    assert first.reading is not None
    assert len(first.validators.body) == 64
    assert asking.gather(wanted, first.validators).reading is None
    site.page("/feed", feed("Something else"))
    changed = asking.gather(wanted, first.validators)
    assert changed.reading is not None
    assert changed.validators.body != first.validators.body


def test_what_the_server_says_did_not_change_keeps_what_was_known_of_it(asking: Asking, site: Site) -> None:
    wanted = source(site.page("/feed", feed(*TITLES), ETag='"1"'))
    first = asking.gather(wanted, NO_VALIDATORS).validators
    site.page("/feed", status=304)
    again = asking.gather(wanted, first)
    assert (again.reading, again.validators) == (None, first)
    assert site.asked[-1][1]["If-None-Match"] == '"1"'


def test_pages_ask_robots_txt_first_and_feeds_do_not(asking: Asking, site: Site) -> None:
    site.page("/robots.txt", "User-agent: *\nDisallow: /news")
    assert titles(asking, source(site.page("/news/feed", feed(*TITLES)))) == list(TITLES)
    with pytest.raises(FetchError, match=r"robots\.txt"):
        titles(asking, source(site.page("/news", listing(*TITLES)), "page"))
    assert "/news" not in site.paths


def test_a_page_is_read_with_the_sources_selectors(asking: Asking, site: Site) -> None:
    address = site.page("/news", listing(*TITLES))
    selectors = Selectors(item="article:nth-of-type(2)")
    assert titles(asking, source(address, "page", selectors=selectors)) == [TITLES[1]]


def test_the_parts_of_a_sitemaps_index_are_asked_and_one_that_fails_spoils_none(asking: Asking, site: Site) -> None:
    part = f"<urlset><url><loc>{site.address('/news/1')}</loc></url></urlset>"
    site.page("/post-sitemap.xml", part)
    index = "".join(
        f"<sitemap><loc>{site.address(path)}</loc></sitemap>" for path in ("/post-sitemap.xml", "/gone.xml")
    )
    address = site.page("/sitemap.xml", f"<sitemapindex>{index}</sitemapindex>")
    gathered = asking.gather(source(address, "sitemap"), NO_VALIDATORS)
    assert gathered.reading is not None
    assert [item.link for item in gathered.reading.items] == [site.address("/news/1")]
    assert [finding.code for finding in gathered.reading.findings] == ["collect.part"]
    assert gathered.validators == NO_VALIDATORS, "its parts may change while it does not"


def test_an_articles_own_page_is_asked_as_its_source_allows(asking: Asking, site: Site) -> None:
    head = '<meta name="author" content="Ann Lee"><meta property="og:image" content="/otter.jpg">'
    address = site.page("/news/1", f"<html><head><title>Otters</title>{head}</head><body><p>Otters.</p></body></html>")
    article = asking.article(source(site.address("/feed")), address)
    assert (article.author, article.image) == ("Ann Lee", site.address("/otter.jpg"))
    with pytest.raises(FetchError, match="only 80 and 443 are asked"):
        asking.article(replace(source(site.address("/feed")), allow_private=False), address)


def test_files_that_did_not_change_are_not_read_again(asking: Asking, tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "one.md").write_text("# One\n\nWords about the first of them.\n")
    wanted = source("notes", "file")
    first = asking.gather(wanted, NO_VALIDATORS)
    assert first.reading is not None
    assert asking.gather(wanted, first.validators).reading is None
    (tmp_path / "notes" / "two.md").write_text("# Two\n\nWords about the second of them.\n")
    assert titles(asking, wanted) == ["One", "Two"]


def test_a_file_of_a_folder_that_cannot_be_read_is_named_until_it_is_mended(asking: Asking, tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "good.md").write_text("# Good\n\nWords about it.\n")
    (tmp_path / "notes" / "bad.csv").write_text("no,such,columns\n1,2,3\n")
    for _ in range(2):
        gathered = asking.gather(
            source("notes", "file"), asking.gather(source("notes", "file"), NO_VALIDATORS).validators
        )
        assert gathered.reading is not None
        assert [item.title for item in gathered.reading.items] == ["Good"]
        assert "bad.csv" in gathered.reading.findings[0].what


def test_an_empty_folder_is_told(asking: Asking, tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    with pytest.raises(DocumentError, match="holds no file"):
        asking.gather(source("notes", "file"), NO_VALIDATORS)
