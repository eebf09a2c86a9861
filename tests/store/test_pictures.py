"""What the database promises of pictures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from digest.domain.model import Picture, Shape
from digest.domain.ports import PictureAsked, PictureKept
from digest.store.database import Database
from tests.store.conftest import NOW

pytestmark = pytest.mark.usefixtures("each_database")

ADDRESS = "https://a.example/otter.jpg"


def picture(content: bytes = b"an otter", name: str = "otter.jpg") -> Picture:
    return Picture(name=name, width=1104, height=622, content=content)


def kept(
    shape: Shape = Shape.HERO, of: Picture | None = None, address: str = ADDRESS, at: datetime = NOW
) -> PictureKept:
    return PictureKept(address=address, shape=shape, picture=of or picture(), at=at)


def had(address: str = ADDRESS) -> PictureAsked:
    return PictureAsked(address=address, at=NOW)


def failed(failures: int = 1) -> PictureAsked:
    return PictureAsked(address=ADDRESS, at=NOW, failures=failures, fault="it answered 404", next_at=NOW)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    made = Database.open(tmp_path / "digest.db")
    yield made
    made.close()


def keep(store: Database, asked: PictureAsked, *pictures: PictureKept) -> None:
    with store.writing() as session:
        session.pictures.keep([asked], pictures)


def names(store: Database, by: datetime = NOW) -> dict[str, dict[Shape, str]]:
    with store.reading() as session:
        return session.pictures.names([ADDRESS], by)


def test_what_is_kept_comes_back_as_it_was(store: Database) -> None:
    keep(store, had(), kept(), kept(Shape.THUMBNAIL, picture(bytes(range(256)), "small.jpg")))
    assert names(store) == {ADDRESS: {Shape.HERO: "otter.jpg", Shape.THUMBNAIL: "small.jpg"}}
    with store.reading() as session:
        assert session.pictures.named(["small.jpg", "otter.jpg", "cat.jpg"]) == {
            "otter.jpg": picture(),
            "small.jpg": picture(bytes(range(256)), "small.jpg"),
        }
        assert session.pictures.asked([ADDRESS, "https://a.example/"]) == {ADDRESS: had()}


def test_a_picture_that_is_kept_is_never_changed(store: Database) -> None:
    keep(store, had(), kept())
    keep(store, had(), kept(of=picture(b"a cat", "cat.jpg"), at=NOW + timedelta(days=1)))
    assert names(store, NOW + timedelta(days=2)) == {ADDRESS: {Shape.HERO: "otter.jpg"}}


def test_one_that_was_kept_later_was_not_there_before(store: Database) -> None:
    keep(store, had(), kept(at=NOW + timedelta(seconds=1)))
    assert names(store) == {}


def test_of_two_that_asked_at_once_whoever_got_it_has_the_last_word(store: Database) -> None:
    keep(store, failed())
    keep(store, had(), kept())
    keep(store, failed())
    with store.reading() as session:
        assert session.pictures.asked([ADDRESS]) == {ADDRESS: had()}


def test_two_addresses_may_give_the_same_picture(store: Database) -> None:
    keep(store, had(), kept())
    keep(store, had("https://b.example/"), kept(address="https://b.example/"))
    with store.reading() as session:
        assert session.pictures.named(["otter.jpg"]) == {"otter.jpg": picture()}


def test_what_nobody_uses_is_forgotten_with_what_is_known_of_it(store: Database) -> None:
    keep(store, had(), kept())
    with store.writing() as session:
        session.pictures.forget(NOW)
    assert names(store) != {}
    with store.writing() as session:
        session.pictures.forget(NOW + timedelta(seconds=1))
    assert names(store) == {}
    with store.reading() as session:
        assert session.pictures.asked([ADDRESS]) == {}


@pytest.mark.parametrize(
    "asked",
    [
        PictureAsked(address=ADDRESS, at=NOW, failures=1),
        PictureAsked(address=ADDRESS, at=NOW, next_at=NOW),
    ],
    ids=["fails without a reason", "is held and asked again"],
)
def test_what_cannot_be_is_refused(store: Database, asked: PictureAsked) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        keep(store, asked)


def test_a_picture_of_an_address_that_was_never_asked_is_refused(store: Database) -> None:
    with pytest.raises(sa.exc.IntegrityError), store.writing() as session:
        session.pictures.keep([], [kept()])
