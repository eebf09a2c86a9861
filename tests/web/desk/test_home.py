"""Home says what became of the last editions, in one look at the database."""

from __future__ import annotations

import re
from html import unescape

from digest.jobs import clicks
from digest.jobs.clicks import Click
from tests.jobs.conftest import Wire
from tests.web.desk.conftest import Office


def test_the_last_editions_show_who_left_the_list_and_how_often_links_were_followed(office: Office) -> None:
    bench, app = office.bench, office.app
    edition = bench.approved()
    app.send(edition, Wire(), "Ada")
    app.leave("cy@example.org")
    link = "https://fernhill.example.org/Nursery-play"
    clicks.count(app.store, app.clock, [Click(edition=edition, link=link)] * 4)
    bench.clock.forward(days=7)
    waiting = bench.approved("Nursery songs by the river", "Sums without maths books")
    page = unescape(office.hannah().get("/").text)
    table = page.partition("Last editions</caption>")[2].partition("</table>")[0]
    heads = re.findall(r'<th scope="col"[^>]*>([^<]+)', table)
    assert heads == ["Edition", "State", "Sent", "Refused", "Unknown", "Left the list", "Clicks"]
    assert re.findall(r'<td class="number">([^<]+)', table) == ["3", "0", "0", "1", "4"]
    assert waiting not in table, "what has not left has come to nothing yet"
