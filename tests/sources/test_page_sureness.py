from __future__ import annotations

import pytest

from digest.domain.model import DateFrom, Document
from digest.sources import read

SUMMARY = "They dug for a week and wrote down whatever they found in the mud, which was a great deal."


def sureness(date: str, *, before: str = "", address: str = "/news/{n}") -> set[tuple[str, DateFrom]]:
    """How sure the dates of a list are whose entries bear this one."""
    cards = "".join(
        f"<article><h3><a href='{address.format(n=n)}'>What class {n} found in the river</a></h3>{date}<p>{SUMMARY}</p>"
        "</article>"
        for n in (4, 5, 6)
    )
    page = f"<html><body><main><h1>News</h1>{before}{cards}</main></body></html>"
    made = read("page", Document(content=page.encode(), base="https://a.example/", name="the page"))
    assert len(made.items) == 3
    return {(item.date.date().isoformat() if item.date else "", item.date_from) for item in made.items}


@pytest.mark.parametrize(
    ("date", "before", "address", "expected"),
    [
        ('<time datetime="2026-03-02">then</time>', "", "/news/{n}", ("2026-03-02", DateFrom.STATED)),
        ("<p>2 March 2026</p>", "", "/news/{n}", ("2026-03-02", DateFrom.PAGE)),
        ("<p>2 March</p>", "<h2>2026</h2>", "/news/{n}", ("2026-03-02", DateFrom.GUESSED)),
        ("", "", "/2026/03/02/found-{n}", ("2026-03-02", DateFrom.GUESSED)),
    ],
    ids=["marked", "written", "its year stands above", "in its address"],
)
def test_a_date_says_how_sure_it_is(date: str, before: str, address: str, expected: tuple[str, DateFrom]) -> None:
    assert sureness(date, before=before, address=address) == {expected}
