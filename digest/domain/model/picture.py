"""Pictures of stories: what is held of one, and how it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

#: how readers get the pictures of stories: from the organisation's own address, inside the email, or not at all
PicturesBy = Literal["linked", "embedded", "none"]


class Shape(StrEnum):
    """How a picture may stand in an email."""

    HERO = "hero"  #: wide, above the top story
    THUMBNAIL = "thumbnail"  #: small, beside the first story of a theme

    @property
    def size(self) -> tuple[int, int]:
        """Width and height at which it is shown on a wide screen, in px."""
        return _SIZES[self]

    @property
    def file_size(self) -> tuple[int, int]:
        """Width and height of its file at most, in px."""
        return _FILE_SIZES[self]


_SIZES = {Shape.HERO: (552, 311), Shape.THUMBNAIL: (160, 90)}
# fine screens have two pixels for one each way. Phones show a thumbnail as wide as the text, 350 px, where twice as
# many would double the weight of an email: three times the small size is sharp on most of them
_FILE_SIZES = {Shape.HERO: (1104, 622), Shape.THUMBNAIL: (480, 270)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture that this program made of somebody's, in one shape."""

    #: a hash over the content with an ending: the same name is always the same bytes
    name: str
    #: of the file, in px
    width: int
    height: int
    content: bytes
    content_type: str = "image/jpeg"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shaped:
    """What was made of one picture: a shape that it cannot have is missing, and has its reason."""

    pictures: Mapping[Shape, Picture]
    #: shape -> why it is missing, in words that go on after “it”
    missing: Mapping[Shape, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPicture:
    """A picture as it stands in an email."""

    #: an address, or cid: and the id of a part of the message (RFC 2392)
    src: str
    #: at which it is shown, in px
    width: int
    height: int
