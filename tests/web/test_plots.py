"""The plot of the themes is SVG that shows what the table says."""

from __future__ import annotations

import pytest
from lxml import etree

from digest.stages.group.balance import Balance, Share
from digest.web import plots

SVG = "{http://www.w3.org/2000/svg}"


def _share(name: str, *counts: int, checked: int = 0) -> Share:
    return Share(
        theme=name.casefold(),
        name=name,
        counts=counts,
        placed=sum(counts),
        checked=checked,
        moved_here=0,
        moved_away=0,
        missed=0,
        words=(),
    )


def _drawn(*shares: Share) -> etree._Element:
    found = Balance(months=((2026, 10), (2026, 11)), shares=shares, other=())
    return etree.fromstring(plots.balance(found, "Fernhill: <stories> & more", "#0b5cad").encode())


def test_bars_are_as_tall_as_their_counts_and_the_numbers_stand_there() -> None:
    drawn = _drawn(_share("Early years", 4, 2, checked=3), _share("Other", 0, 1))
    bars = [float(bar.get("height") or 0) for bar in drawn.iter(f"{SVG}rect") if bar.get("rx")]
    assert bars == [28.0, 14.0, 7.0]
    words = [text.text for text in drawn.iter(f"{SVG}text")]
    assert words[0] == "Fernhill: <stories> & more"
    assert words[1:5] == ["Oct", "Nov", "all", "marked “check this”"]
    assert words[5:10] == ["Early years", "4", "2", "6", "50 %"]


def test_a_screen_reader_hears_every_number() -> None:
    drawn = _drawn(_share("Early years", 4, 2), _share("Other", 0, 1))
    assert drawn.get("role") == "img"
    named = {one.get("id") for one in drawn if one.get("id")}
    assert set((drawn.get("aria-labelledby") or "").split()) == named
    description = drawn.findtext(f"{SVG}desc") or ""
    assert "Early years: Oct 4, Nov 2." in " ".join(description.split())


def test_nothing_to_draw_and_hostile_names_are_drawn_too() -> None:
    drawn = _drawn(_share("<script>alert(1)</script> with a very long name", 0, 0))
    assert not list(drawn.iter(f"{SVG}script"))
    assert any((text.text or "").endswith("…") for text in drawn.iter(f"{SVG}text"))
    assert plots.balance(Balance(months=(), shares=(), other=()), "Nothing", "#000000")


POINTS = [plots.Point(label=f"{number}", value=value) for number, value in ((40, 900), (41, 0), (42, 1200))]


def _attributes(drawn: str, tag: str, name: str) -> list[str]:
    return [one.get(name) or "" for one in etree.fromstring(drawn.encode()).iter(f"{SVG}{tag}")]


def test_columns_are_as_tall_as_their_numbers_and_the_last_one_is_stressed() -> None:
    drawn = plots.columns("sent", "Sent, <last> editions", POINTS)
    assert _attributes(drawn, "rect", "height") == ["90.0", "120.0"]
    assert _attributes(drawn, "rect", "fill") == ["var(--edge)", "var(--acc)"]
    words = [one.text for one in etree.fromstring(drawn.encode()).iter(f"{SVG}text")]
    assert words == ["900", "40", "0", "41", "1,200", "42"]
    assert "40: 900, 41: 0, 42: 1,200." in drawn


def test_bars_are_as_long_as_their_numbers_and_stand_in_their_order() -> None:
    points = [plots.Point(label="A theme with a very long name indeed", value=8), plots.Point(label="Maths", value=2)]
    drawn = plots.bars("clicks", "Clicks by theme", points)
    assert _attributes(drawn, "rect", "width") == ["160.0", "40.0"]
    words = [one.text for one in etree.fromstring(drawn.encode()).iter(f"{SVG}text")]
    assert words == ["A theme with a very lon…", "8", "Maths", "2"]


def test_colours_are_the_pages_own_or_those_that_are_given() -> None:
    given = plots.Colours(ink="#111111", strong="#222222", quiet="#333333")
    for drawn in (plots.columns("a", "A", POINTS, given), plots.bars("a", "A", POINTS, given)):
        assert "var(" not in drawn
        assert "#222222" in drawn
    assert "#" not in plots.columns("a", "A", POINTS).replace("http://www.w3.org", "")


def test_no_text_of_a_plot_is_under_12_px_and_numbers_have_room() -> None:
    many = [plots.Point(label="41", value=1_000_000), plots.Point(label="42", value=1_250_000)]
    for drawn in (plots.columns("a", "A", many), plots.bars("a", "A", many)):
        sizes = [int(size) for size in etree.fromstring(drawn.encode()).xpath("//@font-size")]
        assert min(sizes) >= 12
        root = etree.fromstring(drawn.encode())
        assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}", "else it may be drawn smaller"
    places = [float(one) for one in _attributes(plots.columns("a", "A", many), "text", "x")]
    assert places[2] - places[0] >= 9 * 7, "nine characters beside nine characters"


def test_the_same_numbers_are_a_table_for_who_wants_to_hear_or_copy_them() -> None:
    told = plots.numbers("Sent", "Edition", "People", POINTS)
    tree = etree.fromstring(told.encode())
    assert tree.tag == "details"
    assert [cell.text for cell in tree.iter("td")] == ["900", "0", "1,200"]
    assert [cell.get("scope") for cell in tree.iter("th")] == ["col", "col", "row", "row", "row"]


def test_two_plots_on_a_page_are_told_apart_and_nothing_to_draw_is_drawn() -> None:
    first, second = plots.columns("a", "A", []), plots.bars("b", "B", [])
    named = [one for drawn in (first, second) for one in etree.fromstring(drawn.encode()).xpath("//@id")]
    assert len(named) == len(set(named)) == 4
    assert "<script" not in plots.bars("c", "<script>", [plots.Point(label="<script>", value=1)])


@pytest.mark.parametrize(
    ("bar", "ground"), [("#0b5cad", "#ffffff"), ("#7b8794", "#ffffff"), ("#7cc4fa", "#1c232b"), ("#8495a5", "#1c232b")]
)
def test_the_pages_colours_of_bars_stand_out_from_cards_in_light_and_dark(bar: str, ground: str) -> None:
    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, bright = sorted((light(bar), light(ground)))
    assert (bright + 0.05) / (dark + 0.05) >= 3
