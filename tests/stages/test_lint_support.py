from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest

from digest.stages.review.lint import clients, css
from digest.stages.review.lint.cascade import View, applies, looks
from digest.stages.review.lint.clients import CLIENTS, FEATURES
from digest.stages.review.lint.css import hexadecimal
from digest.stages.review.lint.features import property_features, selector_features
from digest.stages.review.lint.page import parsed
from digest.stages.review.lint.support import JUSTIFIED
from tests.conftest import ROOT


def test_what_clients_support_is_what_caniemail_says(shared: Path) -> None:
    tool = runpy.run_path(str(ROOT / "tools" / "support.py"))
    known = json.loads((shared / "email" / "caniemail.json").read_text(encoding="utf8"))
    assert Path(str(clients.__file__)).read_text(encoding="utf8") == tool["distilled"](known)


def test_every_feature_has_a_letter_for_every_client() -> None:
    assert all(len(letters) == len(CLIENTS) and set(letters) <= set("yanu") for _, letters in FEATURES.values())


def test_only_features_that_some_client_lacks_are_justified_each_with_its_reason() -> None:
    assert JUSTIFIED.keys() <= FEATURES.keys()
    assert all(len(reason) > 20 for reason in JUSTIFIED.values())


@pytest.mark.parametrize(
    ("style", "features"),
    [
        ("margin-left:4px", {"css-margin", "css-unit-px"}),
        ("border-top-left-radius:4px", {"css-border-radius", "css-unit-px"}),
        ("border-left-color:#fff", {"css-border"}),
        ("column-gap:1em", {"css-gap", "css-unit-em"}),
        ("width:min(100%, 20vw)", {"css-width", "css-function-min", "css-unit-vw"}),
        ("display:inline-flex", {"css-display-flex"}),
        ("mso-padding-alt:0;-webkit-hyphens:auto", set()),
        ("--gap:4px", {"css-variables"}),
        ("background:url(x.png)", {"css-background", "css-background-image"}),
        ("font-family:system-ui", {"css-font-family", "css-sytem-ui"}),
        ("color:initial !important", {"css-color", "css-unit-initial", "css-important"}),
    ],
)
def test_features_of_a_declaration(style: str, features: set[str]) -> None:
    declared, errors = css.declared(style)
    assert not errors
    assert {feature for one in declared for feature in property_features(one)} == features


def test_features_of_a_selector() -> None:
    found = set(selector_features('a[href^="x:y"]:hover > .b.c::before'))
    assert {"css-selector-attribute", "css-selector-child", "css-pseudo-class-hover"} <= found
    assert {"css-selector-chaining", "css-pseudo-element-before"} <= found
    assert "css-pseudo-class-y" not in found


@pytest.mark.parametrize(
    ("query", "views"),
    [
        ("(prefers-color-scheme: dark)", {View.DARK}),
        ("(prefers-color-scheme:light)", {View.LIGHT, View.NARROW}),
        ("only screen and (max-width: 480px)", {View.NARROW}),
        ("screen and (min-width:480px)", {View.LIGHT, View.DARK}),
        ("print", set()),
        ("print, screen", {View.LIGHT, View.DARK, View.NARROW}),
        ("(prefers-color-scheme: dark) and (max-width: 480px)", set()),
    ],
)
def test_a_media_query_counts_in_its_views(query: str, views: set[View]) -> None:
    assert {view for view in View if applies((query,), view)} == views


@pytest.mark.parametrize(
    ("sheet", "element", "ink"),
    [
        ("p{color:#111111}", "<p>x</p>", "#111111"),
        (".a{color:#111111} p{color:#222222}", "<p class=a>x</p>", "#111111"),
        ("#i{color:#111111} .a.b{color:#222222}", "<p id=i class='a b'>x</p>", "#111111"),
        ("p{color:#111111} p{color:#222222}", "<p>x</p>", "#222222"),
        ("p{color:#111111}", "<p style='color:#333333'>x</p>", "#333333"),
        ("p{color:#111111 !important}", "<p style='color:#333333'>x</p>", "#111111"),
        ("p{color:#111111 !important}", "<p style='color:#333333 !important'>x</p>", "#333333"),
        ("div{color:#111111}", "<div><p>x</p></div>", "#111111"),
        ("[data-ogsc] p{color:#111111}", "<p>x</p>", "#000000"),
        ("p:hover{color:#111111}", "<p>x</p>", "#000000"),
        ("", "<font color='#444444'><p>x</p></font>", "#444444"),
    ],
)
def test_the_cascade_decides_as_a_browser_would(sheet: str, element: str, ink: str) -> None:
    page = parsed(f"<html><head><style>{sheet}</style></head><body>{element}</body></html>")
    assert page is not None
    (words,) = page.named("p")
    assert hexadecimal(looks(page)[View.LIGHT][words].ink) == ink


def test_a_see_through_ground_is_mixed_with_what_is_under_it() -> None:
    page = parsed("<div style='background:#000000'><p style='background-color:rgba(255,255,255,.5)'>x</p></div>")
    assert page is not None
    (words,) = page.named("p")
    assert hexadecimal(looks(page)[View.LIGHT][words].ground) == "#808080"
