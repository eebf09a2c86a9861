"""What everybody reads of an edition that was corrected."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from starlette.testclient import TestClient

from digest.app.correcting import correct
from tests.jobs.conftest import Wire, Workbench, utc

Visit = Callable[[Workbench], TestClient]


def test_the_page_the_archive_and_the_feed_show_the_corrected_one_and_say_so(bench: Workbench, visit: Visit) -> None:
    bench.clock.now = utc(2026, 11, 24, 7, 0)
    edition = bench.approved()
    bench.app.send(edition, Wire(), "Ada")
    bench.clock.now = utc(2026, 11, 25, 9, 30)
    correction = correct(bench.app, edition, "The open day is on 12 December.", "Bo").id
    client = visit(bench)
    paths = (f"/e/{edition}", "/archive/news/editions", "/archive/news.atom")
    before = [client.get(path).text for path in paths]
    assert not any("Corrected on" in text or "corrected on" in text for text in before)
    assert client.get(f"/e/{correction}").status_code == 404
    bench.app.approve(correction, "Cy")
    bench.app.send(correction, Wire(), "the clock")
    bench.clock.now += timedelta(minutes=10)
    page, listed, feed = (client.get(path).text for path in paths)
    assert "Corrected on 25 November: The open day is on 12 December." in page
    assert "Corrected on 25 November 2026" in listed
    assert listed.count("<li><span") == 1, "the correction is no edition of its own"
    assert 'title="No. 1, corrected on 25 November 2026"' in feed
    assert "<updated>2026-11-25T09:30:00Z</updated>" in feed
    assert "<published>2026-11-24T08:00:00Z</published>" in feed
    assert client.get(f"/e/{correction}").status_code == 404
