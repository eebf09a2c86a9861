"""A picture of staff's own: asked for when it is added or its address is another, and said where it cannot be had."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from digest.domain.errors import FetchError
from digest.net.fetch import Fetched, Web
from tests.conftest import Clock
from tests.jobs.conftest import CONFIGURATION
from tests.pictures.conftest import file, landscape
from tests.web.desk.conftest import DESK, Office
from tests.web.desk.test_editions import Desk

HALL = "https://fernhill.example.org/hall.jpg"
GONE = "https://fernhill.example.org/gone.jpg"


class Asked(list[str]):
    """The addresses that were asked for; what there is at them is in the test's hands."""

    def __init__(self) -> None:
        super().__init__()
        self.there = {HALL: file(landscape(1400, 800))}

    def fetch(self, address: str, *, allow_private: bool = False, as_robot: bool = False) -> Fetched:
        self.append(address)
        assert not allow_private, "what staff type leads to public addresses alone"
        if address not in self.there:
            raise FetchError(f"{address} answered 404.", "Look at the address.")
        return Fetched(content=self.there[address], address=address, content_type="image/png")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    made = Asked()
    monkeypatch.setattr(Web, "fetch", lambda web, address, **how: made.fetch(address, **how))
    return made


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Iterator[Desk]:
    office = Office(tmp_path, clock)
    yield Desk(office)
    office.app.store.close()


def block(desk: Desk) -> str:
    [own] = desk.found.written.blocks
    return own.id


def test_a_picture_that_is_added_is_asked_for_and_stands_in_the_email(desk: Desk, asked: Asked) -> None:
    status, _ = desk.send("blocks", kind="picture", picture=HALL, alt="The new hall", place="end")
    assert (status, asked) == (303, [HALL])
    variants = desk.app.stored(desk.edition).variants
    assert all("The new hall" in one.html for one in variants if not one.is_web_version)
    assert 'src="cid:' in variants[0].html, "its own bytes go along, and nothing is asked of the site by readers"


def test_one_that_cannot_be_had_is_said_beside_its_field_with_all_that_was_typed(desk: Desk, asked: Asked) -> None:
    status, page = desk.send(
        "blocks", kind="picture", picture=GONE, alt="The old hall", text="Words below", place="top"
    )
    page = unescape(page)
    assert status == 422
    assert f"This picture cannot be had: {GONE} answered 404." in page
    assert all(words in page for words in (f'value="{GONE}"', 'value="The old hall"', "Words below"))
    assert desk.found.written.blocks == ()
    # a person who mended their site does not wait until it is asked again by itself
    asked.there[GONE] = asked.there[HALL]
    assert desk.send("blocks", kind="picture", picture=GONE, alt="The old hall", place="top")[0] == 303


def test_another_address_is_asked_for_and_other_words_ask_for_nothing(desk: Desk, asked: Asked) -> None:
    desk.send("blocks", kind="picture", picture=HALL, alt="The new hall", place="end")
    of = f"block/{block(desk)}"
    assert desk.send("write", seen="1", **{f"{of}/alt": "The hall"})[0] == 303
    assert asked == [HALL]
    status, page = desk.send("write", seen="2", **{f"{of}/picture": GONE, f"{of}/alt": "The hall"})
    assert status == 422
    assert "This picture cannot be had" in unescape(page)
    assert desk.found.written.blocks[0].block.picture == HALL, "what cannot be had takes no place"
    assert asked == [HALL, GONE]


def test_what_is_no_address_is_asked_nowhere_and_where_the_brand_wants_no_pictures_nothing_is(
    desk: Desk, asked: Asked
) -> None:
    assert desk.send("blocks", kind="picture", picture="hall.jpg", alt="The hall", place="end")[0] == 422
    assert asked == []
    office = desk.office
    office.app.loaded = office.bench.app.loaded
    office.bench.configure(CONFIGURATION.replace("[brand]\n", '[brand]\npictures = "none"\n') + DESK)
    office.app.loaded = office.bench.app.loaded
    assert desk.send("blocks", kind="picture", picture=GONE, alt="The hall", place="end")[0] == 303
    assert asked == []
