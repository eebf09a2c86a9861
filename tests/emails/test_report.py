"""The report on the emails: what it holds against its bars, and what it tells."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from tests.browser.viewing import Fault, Seen, Words
from tests.emails import MOST, USUAL, email
from tests.emails.judges import Error, Rule, Spam
from tools.email_report import Bar, Cell, Judged, bars, written


def _cell(ink: str = "#000000", **fields: object) -> Cell:
    image = Image.new("RGB", (100, 40), "#ffffff")
    ImageDraw.Draw(image).rectangle((20, 10, 60, 20), fill=ink)
    file = io.BytesIO()
    image.save(file, "PNG")
    words = Words(words="A headline", x=10, y=5, width=80, height=30, size=16, bold=False)
    seen = Seen(picture=file.getvalue(), faults=(), undecided={}, texts=(words,), overhang=0, asked=())
    usual = Cell(
        look="card", language="english", pictures=True, width=390, scheme="light", rtl=False, seen=seen, moved=0
    )
    return replace(usual, **fields)


def _judged(stories: int = USUAL, **fields: object) -> Judged:
    one = email("english", stories)
    html, text = one.parts()
    return replace(Judged(email=one, html=html, text=text, spam=None, errors=None), **fields)


BOTH = [_judged(), _judged(MOST)]
GRAVE = Fault(rule="image-alt", impact="critical", help="Pictures must have words", where=("<img>",))
RULE = Rule(points=0.7, name="HTML_FONT_LOW_CONTRAST", says="hidden", reason="")
ERROR = Error(says="End tag “div” seen", times=1, where="</div>", reason="")


def _by_name(met: list[Bar]) -> dict[str, bool | None]:
    return {bar.name: bar.met for bar in met}


def test_what_nobody_could_look_at_is_no_missed_bar() -> None:
    found = _by_name(bars([_cell()], BOTH))
    assert {name for name, met in found.items() if met is None} == {"SpamAssassin", "vnu"}
    assert False not in found.values()


@pytest.mark.parametrize(
    ("name", "cell", "judged"),
    [
        ("axe-core", _cell(seen=replace(_cell().seen, faults=(GRAVE,))), _judged()),
        ("contrast as painted", _cell(ink="#aaaaaa"), _judged()),
        ("same to the pixel", _cell(moved=1), _judged()),
        ("sideways scrolling", _cell(seen=replace(_cell().seen, overhang=3)), _judged()),
        ("HTML of 12 stories", _cell(), _judged(html="x" * 40_001)),
        ("text part", _cell(), _judged(text="word " * 20)),
        ("text part", _cell(), _judged(text="{{ title }}")),
        ("text part", _cell(), _judged(text="[2] https://a.example/\n")),
        ("SpamAssassin", _cell(), _judged(spam=Spam(points=0.7, rules=(RULE,)))),
        ("vnu", _cell(), _judged(errors=(ERROR,))),
    ],
)
def test_a_fault_misses_its_bar_and_no_other(name: str, cell: Cell, judged: Judged) -> None:
    found = _by_name(bars([cell], [judged, BOTH[1]]))
    assert [bar for bar, met in found.items() if met is False] == [name]


def test_the_page_tells_every_fault_in_words_and_leads_to_every_picture(tmp_path: Path) -> None:
    shown = [
        _cell(seen=replace(_cell().seen, faults=(GRAVE,))),
        _cell(moved=1234, width=700),
        _cell(ink="#aaaaaa", scheme="dark"),
    ]
    verdicts = [_judged(spam=Spam(points=0.7, rules=(RULE,)), errors=(ERROR,)), BOTH[1]]
    page = written(tmp_path, shown, verdicts, bars(shown, verdicts)).read_text(encoding="utf8")
    for said in (
        "critical: Pictures must have words (1 × image-alt)",
        "1,234 pixels differ",
        "contrast 2.3: “A headline”",
        "HTML_FONT_LOW_CONTRAST",
        "End tag “div” seen",
        "5 bars are missed",
        *(f'src="{cell.name}.png"' for cell in shown),
    ):
        assert said in page
