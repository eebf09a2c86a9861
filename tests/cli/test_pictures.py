"""Pictures as somebody at a terminal meets them."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Digest
from tests.conftest import Site
from tests.jobs.test_pictures import TEMPLATES
from tests.pictures.conftest import file, landscape


def illustrated(workspace: Path, site: Site, pictures: str) -> str:
    """Add a page to the workspace whose article has a picture; let its emails show pictures. Returns its id."""
    site.page("/play.jpg", file(landscape(), "JPEG"))
    feed = (
        '<rss version="2.0"><channel><title>News</title><item><title>Nursery play</title>'
        f"<link>https://a.example/play</link><enclosure url='{site.address('/play.jpg')}' type='image/jpeg'/>"
        "</item></channel></rss>"
    )
    source = (
        f'[[newsletters.sources]]\nid = "near"\nkind = "feed"\naddress = "{site.page("/feed", feed)}"\n'
        "allow_private = true\n\n"
    )
    settings = workspace / "digest.toml"
    text = settings.read_text(encoding="utf8").replace("[brand]\n", f'[brand]\npictures = "{pictures}"\n', 1)
    settings.write_text(text.replace("[[newsletters.sources]]", f"{source}[[newsletters.sources]]", 1))
    for name, template in TEMPLATES.items():
        path = workspace / "templates" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(template)
    return "near"


def test_a_linked_picture_is_exported_under_the_name_that_the_email_links_to(
    workspace: Path, site: Site, digest: Digest
) -> None:
    illustrated(workspace, site, "linked")
    assert "digest pictures export" in digest("check", folder=workspace).stdout
    digest("collect", folder=workspace)
    assert digest("draft", folder=workspace).returncode == 0
    shown = json.loads(digest("preview", "--json", folder=workspace).stdout)
    exported = digest("pictures", "export", "website", folder=workspace)
    assert exported.returncode == 0, exported.stderr
    assert "lies in website" in exported.stdout or "lie in website" in exported.stdout
    assert "/pictures/." in exported.stdout
    names = {one.name for one in (workspace / "website").iterdir()}
    page = next(Path(workspace, one) for one in shown["files"] if one.endswith(".html"))
    assert names == {one.name for one in (page.parent / "pictures").iterdir()}
    assert all(f"pictures/{name}" in page.read_text(encoding="utf8") for name in names)
    again = json.loads(digest("pictures", "export", "website", "--json", folder=workspace).stdout)
    assert {Path(one).name for one in again} == names


def test_a_picture_that_is_left_out_is_said_in_the_preview_and_stops_nobody(
    workspace: Path, site: Site, digest: Digest
) -> None:
    illustrated(workspace, site, "embedded")
    site.page("/play.jpg", b"")
    digest("collect", folder=workspace)
    assert digest("draft", folder=workspace).returncode == 0
    said = digest("preview", folder=workspace).stdout
    assert "“Nursery play” stands without its picture: it is empty." in said
    edition = json.loads(digest("status", "--json", folder=workspace).stdout)[0]["id"]
    assert digest("approve", edition, "--as", "Ada", folder=workspace).returncode == 0
    assert "No email needs them there" in digest("pictures", "export", "website", folder=workspace).stdout


def test_a_wrong_word_for_pictures_is_named_with_its_line_and_the_right_ones(workspace: Path, digest: Digest) -> None:
    settings = workspace / "digest.toml"
    settings.write_text(settings.read_text(encoding="utf8").replace("[brand]\n", '[brand]\npictures = "attached"\n', 1))
    told = digest("check", folder=workspace)
    assert told.returncode == 1
    assert "'linked', 'embedded' or 'none'" in told.stdout
    assert "digest.toml:" in told.stdout
