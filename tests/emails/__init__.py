"""Emails to look at, to measure and to compare: the same editions for tests, `make golden`, the report and the bench.

Their texts lie beside this module, a file a language. Everything is made by the program's own stages and templates;
only the pictures are told, since a picture comes from the network.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, get_args

from digest.bundle import templates
from digest.domain.model import (
    Brand,
    DateFrom,
    Delivery,
    DeliveryState,
    FreeBlock,
    Insight,
    Layout,
    Letter,
    Look,
    Newsletter,
    Placement,
    Sender,
    ShownPicture,
    Source,
    Story,
    Subscriber,
    Theme,
    Variant,
)
from digest.jobs.press import brand_values
from digest.stages import layout, render, slotted, track, words
from digest.transports.mime import Composer

FOLDER = Path(__file__).parent
#: how an email may be dressed
LOOKS: tuple[Look, ...] = get_args(Look)
#: file of texts -> the language that the email is said to be in
LANGUAGES = {"english": "en", "arabic": "ar", "welsh": "cy"}
#: stories: of a small edition, of the least that a bar is for, of the most
FEW, USUAL, MOST = 3, 12, 60

SITE = "https://letters.fenmarsh.example.org"
SLOT = datetime(2026, 11, 24, 8, tzinfo=UTC)
EDITION = "letter-2026-11-24"
SECRET = b"a secret of the samples, and of nothing else"
READER = Subscriber(id="reader-1", address="robin.hale@reader.example.net", first_name="Robin", last_name="Hale")
#: px that a picture is shown at, by the place it stands in
SHAPES = {"hero": (552, 310), "thumbnail": (160, 90)}

_FREE = (
    FreeBlock(
        kind="event",
        place="middle",
        title="Heads’ breakfast in Gedley",
        when="Thursday 3 December, 8 to 9.30",
        where="The Maltings, Ship Lane, Gedley",
        text="Bring a question that you cannot solve alone. Rolls and coffee are on us.",
        link="https://www.fenmarsh.example.org/breakfast",
        words="Book your place at the breakfast",
    ),
    FreeBlock(
        kind="quote",
        place="middle",
        text="We stopped asking why they were late and began to ask what would help.",
        who="Noreen Fairbrass, head of Sutton Lode Primary",
    ),
    FreeBlock(
        kind="picture",
        picture=f"{SITE}/pictures/river-hero.png",
        alt="Children in boots beside a river in flood",
        text="The Lode in February. Photo: our own",
    ),
    FreeBlock(
        kind="text",
        title="We close for two weeks",
        text="The office is closed from 21 December.\n\nThe next letter comes on 5 January.",
        link="https://www.fenmarsh.example.org/contact",
        words="When and how to reach us",
    ),
    FreeBlock(kind="divider"),
    FreeBlock(
        kind="button",
        text="Your stories make this letter.",
        link="https://www.fenmarsh.example.org/tell",
        words="Send us your story",
    ),
)

_TEMPLATES = render.Templates(lambda name: templates().get(f"templates/{name}"))
_NONCE = track.nonce(SECRET, EDITION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Email:
    """One edition in one language and one look, from its blocks to its bytes."""

    name: str
    look: str
    brand: Brand
    #: what templates see of the brand
    values: Mapping[str, str]
    newsletter: Newsletter
    layout: Layout
    #: of the public pages; empty for none
    site: str = SITE

    @property
    def direction(self) -> str:
        """How its lines run: ltr or rtl."""
        return self.values["direction"]

    def mjml(self) -> str:
        """What the templates make."""
        return render._mjml(self.layout, self.values, _say(self.brand), _TEMPLATES)

    def styled(self) -> str:
        """The reader's page before its style sheets are written into its elements."""
        return slotted.filled(render.compiled(self.mjml()), _NONCE, self._values(), escape=True)

    def html(self) -> str:
        """The HTML as it is stored: names and links are markers."""
        return render.html(self.layout, self.values, _say(self.brand), _TEMPLATES)

    def text(self) -> str:
        """The text alternative as it is stored."""
        return render.text(self.layout, self.values, _say(self.brand), _TEMPLATES)

    def parts(self) -> tuple[str, str]:
        """HTML and text as one reader gets them."""
        composer, variant = self._composer()
        return composer.parts(variant, READER)

    def message(self) -> bytes:
        """The bytes of the message to one reader."""
        composer, variant = self._composer()
        delivery = Delivery(edition=EDITION, subscriber=READER.id, state=DeliveryState.CLAIMED, variant=variant.slug)
        return composer.content(Letter(delivery=delivery, subscriber=READER), SLOT)

    def _values(self) -> Mapping[str, str]:
        composer, _ = self._composer()
        return {"first_name": READER.first_name, "last_name": READER.last_name, **composer.links(READER.id)}

    def _composer(self) -> tuple[Composer, Variant]:
        variant = Variant(
            slug="all",
            segment="all",
            subject=self.layout.subject,
            preheader=self.layout.preheader,
            html=self.html(),
            text=self.text(),
            sha256="",
            stories=self.layout.stories,
        )
        composer = Composer(
            newsletter=self.newsletter, edition=EDITION, variants={"all": variant}, base_url=self.site, secret=SECRET
        )
        return composer, variant


def email(
    language: str,
    stories: int,
    *,
    look: Look = LOOKS[0],
    pictures: bool = False,
    everything: bool = False,
    pages: bool = True,
) -> Email:
    """Make an edition.

    language: name of a file of texts (see LANGUAGES); stories: how many, at least one; pictures: show those that
    stories have; pages: there are public pages; everything: with a block of each kind, half of the stories in brief,
    and more on the website. The first story is at the top.
    """
    texts = _texts(language)
    newsletter = replace(_newsletter(texts), stories_in_full=stories // 2 if everything else stories)
    brand = replace(_brand(texts, language), look=look)
    placements = [_placement(texts, number) for number in range(stories)]
    values = brand_values(brand)
    made = layout.lay_out(
        layout.in_order(placements, newsletter),
        newsletter,
        slot=SLOT,
        number=37,
        # an edition of a few stories has no more in it than it must
        correction=slotted.marked(newsletter.correction, _NONCE) if stories > FEW else "",
        introduction=slotted.marked(newsletter.introduction, _NONCE),
        free=_FREE if everything else (),
        elsewhere=2 if everything else 0,
        brand=values,
        say=_say(brand),
        links=_links(pages=pages),
        pictures=_shown(placements) if pictures else {},
    )
    name = f"{language}-{stories}{'-pictures' if pictures else ''}{'-everything' if everything else ''}"
    site = SITE if pages else ""
    return Email(name=name, look=look, brand=brand, values=values, newsletter=newsletter, layout=made, site=site)


def _links(*, pages: bool) -> layout.Links:
    leave = slotted.marker("unsubscribe", _NONCE)
    if not pages:
        return layout.Links(subscribe="", unsubscribe=leave)
    return layout.Links(
        web_version=f"{SITE}/e/{EDITION}",
        subscribe=f"{SITE}/subscribe/letter",
        unsubscribe=leave,
        preferences=slotted.marker("preferences", _NONCE),
    )


def _say(brand: Brand) -> words.Say:
    return words.speaking(brand.language, brand.words)


@cache
def _texts(language: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf8"))


def _brand(texts: Mapping[str, Any], language: str) -> Brand:
    return Brand(
        organisation=texts["organisation"],
        legal_name=texts["legal_name"],
        postal_address=texts["postal_address"],
        website="https://www.fenmarsh.example.org/",
        privacy_url="https://www.fenmarsh.example.org/privacy",
        language=LANGUAGES[language],
        words=texts.get("words", {}),
    )


def _newsletter(texts: Mapping[str, Any]) -> Newsletter:
    return Newsletter(
        id="letter",
        name=texts["newsletter"],
        sender=Sender(
            name=texts["organisation"],
            address="letter@fenmarsh.example.org",
            reply_to="ruth.adeyemi@fenmarsh.example.org",
            unsubscribe_mailto="leave@fenmarsh.example.org",
        ),
        why=texts["why"],
        introduction=texts["introduction"],
        correction=texts["correction"],
        themes=tuple(Theme(id=key, name=name) for key, name in texts["themes"].items()),
        sources=tuple(_source(key, name) for key, name in texts["sources"].items()),
    )


def _source(key: str, name: str) -> Source:
    return Source(id=key, kind="feed", address=f"https://www.{key}.example.org/feed.xml", name=name)


def _placement(texts: Mapping[str, Any], number: int) -> Placement:
    stories = texts["stories"]
    told = stories[number % len(stories)]
    others = [_insight(told | other, f"{number}-{at}") for at, other in enumerate(told.get("also", ()), 1)]
    return Placement(
        story=Story(lead=_insight(told, str(number)), also=tuple(others)),
        theme=told["theme"],
        reasons=("so the sample says",),
        pinned=number == 0,
    )


def _insight(told: Mapping[str, Any], number: str) -> Insight:
    when = SLOT - timedelta(hours=int(number.partition("-")[0]) + 20)
    picture = told.get("picture", "")
    return Insight(
        id=f"story-{number}",
        source=told["source"],
        title=told["title"],
        summary=told["summary"],
        link=f"https://www.{told['source']}.example.org/news/{number}" if told.get("link", True) else "",
        published=when,
        date_from=DateFrom.STATED,
        first_seen=when,
        author=told.get("author", ""),
        image=f"https://www.{told['source']}.example.org/pictures/{picture}.jpg" if picture else "",
    )


def _shown(placements: Sequence[Placement]) -> dict[str, dict[str, ShownPicture]]:
    """The pictures of stories as `lay_out` takes them: address -> shape -> how it is shown."""
    return {
        address: {
            shape: ShownPicture(src=f"{SITE}/pictures/{Path(address).stem}-{shape}.png", width=width, height=height)
            for shape, (width, height) in SHAPES.items()
        }
        for address in (one.story.lead.image for one in placements)
        if address
    }
