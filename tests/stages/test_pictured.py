"""Which pictures an email names, and what it looks like to somebody who has them beside it."""

from __future__ import annotations

import pytest

from digest.domain.model import Shape
from digest.stages.pictured import at_hand, content_id, embedded, linked, named, telling

BASE = "https://digest.example.org/news"
OTTER, CAT = "0" * 32 + ".jpg", "f" * 32 + ".jpg"


def image(src: str, before: str = "", after: str = "") -> str:
    return f'<td><img {before} src="{src}" {after}></td>'


PART = f"cid:{content_id(OTTER)}"
LINK = linked(BASE, CAT)


def test_a_picture_is_named_where_a_tag_shows_it_and_each_once() -> None:
    page = image(LINK) + image(PART, 'alt="a > b"', 'width="552"') + image(PART)
    assert embedded(page) == [OTTER]
    assert named(page, BASE) == [CAT, OTTER]


@pytest.mark.parametrize(
    "page",
    [
        f'<p>&lt;img src="{PART}"&gt; and src="{PART}"</p>',
        f'<p>a title: src="{LINK}"</p>',
        f"<img alt=\"<img src='{PART}'\">",
        f'<a href="{LINK}">a picture</a>',
        image(f"https://elsewhere.example.org/pictures/{CAT}"),
        image(f"cid:{OTTER}"),
        image("cid:../../secret@pictures"),
        image(f"{BASE}/pictures/{'0' * 31}.jpg"),
    ],
)
def test_what_only_looks_like_a_picture_of_ours_is_none(page: str) -> None:
    assert named(page, BASE) == embedded(page) == []
    assert at_hand(page, BASE) == page


def test_at_hand_pictures_lie_beside_the_email_and_nothing_else_is_another() -> None:
    page = image(PART, 'alt="Otters"') + image(LINK) + image("https://a.example/b.png")
    expected = image(f"pictures/{OTTER}", 'alt="Otters"') + image(f"pictures/{CAT}") + image("https://a.example/b.png")
    assert at_hand(page, BASE) == expected


def test_a_picture_of_several_stories_tells_of_none() -> None:
    both = {Shape.HERO: OTTER, Shape.THUMBNAIL: CAT}
    names = {"a": both, "b": dict(reversed(both.items())), "c": {Shape.THUMBNAIL: CAT}, "d": {Shape.HERO: "d.jpg"}}
    assert telling(names, ["a", "b", "c", "d", "dead"]) == {"c": names["c"], "d": names["d"]}
    assert telling(names, ["c", "d", "d"]) == {"c": names["c"]}
