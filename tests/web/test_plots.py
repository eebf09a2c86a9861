"""The plot of the themes is SVG that shows what the table says."""

from __future__ import annotations

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
