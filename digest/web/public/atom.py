"""Atom: stories of the archive as a feed (RFC 4287)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit
from xml.etree import ElementTree

from digest.domain.model import Newsletter
from digest.domain.ports import PastStory
from digest.stages.layout import cutting
from digest.web.public import past

MEDIA_TYPE = "application/atom+xml"
_NAMESPACE = "http://www.w3.org/2005/Atom"
#: what XML may not hold, not even escaped (XML 1.0 2.2)
_NO_CHARACTER = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: when a feed changed that never had anything in it
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)

ElementTree.register_namespace("", _NAMESPACE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """What a feed says of itself."""

    title: str
    #: whose it is
    author: str
    #: https address of the public pages
    base_url: str
    #: paths of the feed itself and of the page that shows the same
    path: str
    page: str
    language: str


def feed(channel: Channel, newsletter: Newsletter, stories: Sequence[PastStory]) -> bytes:
    """Return an Atom document of stories, in their order. Texts are text: nothing in them is markup."""
    root = ElementTree.Element(_name("feed"), {"{http://www.w3.org/XML/1998/namespace}lang": channel.language})
    address = f"{channel.base_url}{channel.path}"
    _add(root, "id", address)
    _add(root, "title", channel.title)
    _add(root, "updated", _time(max((_updated(one) for one in stories), default=_NEVER)))
    _person(root, channel.author)
    _add(root, "link", rel="self", type=MEDIA_TYPE, href=address)
    _add(root, "link", rel="alternate", type="text/html", href=f"{channel.base_url}{channel.page}")
    for story in stories:
        _entry(root, channel, newsletter, story)
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _entry(root: ElementTree.Element, channel: Channel, newsletter: Newsletter, story: PastStory) -> None:
    insight, edition = story.insight, story.edition
    entry = ElementTree.SubElement(root, _name("entry"))
    # a name that stays when the story's own address moves (RFC 4151)
    host = urlsplit(channel.base_url).hostname
    _add(entry, "id", f"tag:{host},{edition.slot:%Y-%m-%d}:{newsletter.id}/{insight.id}")
    _add(entry, "title", insight.title)
    _add(entry, "updated", _time(_updated(story)))
    _add(entry, "published", _time(edition.slot))
    if insight.author:
        _person(entry, insight.author)
    web_version = f"{channel.base_url}/e/{edition.id}"
    _add(entry, "link", rel="alternate", type="text/html", href=past.leads_to(newsletter, story) or web_version)
    _add(entry, "link", rel="related", type="text/html", href=web_version, title=_called(newsletter, story))
    if insight.summary:
        _add(entry, "summary", cutting.summary_of(insight.summary))


def _updated(story: PastStory) -> datetime:
    return story.edition.corrected or story.edition.slot


def _called(newsletter: Newsletter, story: PastStory) -> str:
    edition = story.edition
    on = f", corrected on {past.day(newsletter, edition.corrected)}" if edition.corrected else ""
    return f"No. {edition.number}{on}"


def _person(parent: ElementTree.Element, name: str) -> None:
    _add(ElementTree.SubElement(parent, _name("author")), "name", name)


def _add(parent: ElementTree.Element, name: str, text: str = "", **attributes: str) -> None:
    clean = {key: _clean(value) for key, value in attributes.items()}
    ElementTree.SubElement(parent, _name(name), clean).text = _clean(text) or None


def _clean(text: str) -> str:
    return _NO_CHARACTER.sub("\ufffd", text)


def _name(local: str) -> str:
    return f"{{{_NAMESPACE}}}{local}"


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
