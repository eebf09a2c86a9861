from __future__ import annotations

from datetime import UTC, datetime

import pytest

from digest.domain.model import Document, Reading, Selectors
from digest.sources import read

#: a page whose list nothing marks: no headings, no classes that mean something, menus of the same make
PAGE = """
<html><body><div class="q7">{menu}</div><div class="q7">{boxes}</div></body></html>
"""
MENU = "".join(f'<div class="z"><span>Our {name}</span><a href="/{name}">More</a></div>' for name in ("aims", "team"))
BOXES = "".join(
    f'<div class="b"><img src="/logo.svg"><img class="p" src="/{n}.jpg"><i class="d">{n} March 2026</i>'
    f'<i class="o">1 January 2020</i><p class="t">What class {n} found in the river</p>'
    f'<span class="s">Mud.</span><em class="w">Ann Lee</em><a href="/tag/river">River</a>'
    f'<a class="l" href="/found/{n}">Read more →</a></div>'
    for n in (4, 5, 6)
)


def of(page: str = PAGE.format(menu=MENU, boxes=BOXES), **selectors: str) -> Reading:
    document = Document(
        content=page.encode(), base="https://a.example/news", name="the page", selectors=Selectors(**selectors)
    )
    return read("page", document)


def test_what_is_selected_is_taken_from_each_item() -> None:
    made = of(item=".b", title=".t", link=".l", summary=".s", date=".d", author=".w", image=".p")
    assert [item.title for item in made.items] == [f"What class {n} found in the river" for n in (4, 5, 6)]
    first = made.items[0]
    assert (first.link, first.summary, first.author) == ("https://a.example/found/4", "Mud.", "Ann Lee")
    assert (first.date, first.image) == (datetime(2026, 3, 4, tzinfo=UTC), "https://a.example/4.jpg")
    assert made.findings == ()


def test_what_is_not_selected_is_inferred() -> None:
    made = of(item=".b")
    assert len(made.items) == 3
    assert made.items[2].title == "What class 6 found in the river"
    assert made.items[2].link == "https://a.example/found/6"


def test_a_selector_of_one_part_mends_what_was_inferred_wrongly() -> None:
    articles = "".join(
        f"<article><h2><a href='/n/{n}'>Story of class {n}</a></h2><time>1 May 2020</time><b>{n} June 2026</b>"
        "<p>Long enough to be a summary of what happened to the class in the river.</p></article>"
        for n in (1, 2, 3, 4)
    )
    page = f"<html><body><main><h1>News</h1>{articles}</main></body></html>"
    assert {item.date for item in of(page).items} == {datetime(2020, 5, 1, tzinfo=UTC)}
    assert [item.date for item in of(page, date="b").items] == [datetime(2026, 6, n, tzinfo=UTC) for n in (1, 2, 3, 4)]


@pytest.mark.parametrize(("name", "taken"), [("item", 0), ("date", 3)])
def test_a_selector_that_matches_nothing_is_told(name: str, taken: int) -> None:
    made = of(**{"item": ".b"} | {name: ".gone"})
    (finding,) = made.findings
    assert f"“{name}” (.gone) matches nothing" in finding.what
    assert len(made.items) == taken


def test_an_item_inside_an_item_is_that_items() -> None:
    page = '<div class="b"><h3><a href="/1">The outer story</a></h3><div class="b"><h4>Inner</h4></div></div>'
    assert [item.title for item in of(page, item=".b").items] == ["The outer story"]


def test_what_a_template_holds_is_not_selected() -> None:
    page = f'<template><div class="b"><span class="t">Never shown</span></div></template>{BOXES}'
    assert len(of(page, item=".b", title=".t").items) == 3
