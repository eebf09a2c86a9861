"""How many messages are composed in a second on one core, beside what writes each of them anew, in the same run.

python bench/compose.py [--people N]

Two letters, of about 57 kB and of about 14 kB, go to people with names and addresses of their own; every message has
its own tokens, its Date, and is whole. Ours is `Composer.content`. The peers are the standard library's EmailMessage
with the same filled parts, which composed here before variants were compiled, and what most programs do: Jinja2 and
premailer for each person, and EmailMessage. All have to make a message that reads the same.

Rounds alternate, and of each the quickest counts, in time of this process's own: what another process does meanwhile is
no property of either. The exit code is 1 where a bar is missed. A line of JSON for each letter comes last.
"""

from __future__ import annotations

import argparse
import gc
import html
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from jinja2 import Environment, Template

from digest.domain.model import Delivery, DeliveryState, Letter, Subscriber, Variant
from digest.stages import render, slotted, track
from digest.transports.mime import Composer
from digest.transports.mime.written import written
from tests.emails import EDITION, SECRET, SLOT, USUAL, email

#: messages a second
BAR = 50_000
#: letter -> how many times as fast as EmailMessage it must be
RATIOS = {"57kB": 100.0, "14kB": 50.0}
#: stories of a letter of 57 kB
STORIES = 20
ROUNDS = 9
#: messages of the slow peers in each round
FEW = {"EmailMessage": 12, "Jinja2+premailer": 2}
_FIRST = ("Robin", "Siân", "Anne Marie", "Mo", "Jürgen", "Bo", "Ada", "Ines")
_LAST = ("Hale", "Pascoe", "O'Dowd", "Price", "Ek", "Fairbrass", "de Vries", "Adeyemi")


@dataclass(frozen=True, slots=True)
class Sample:
    """A letter, and the ways to write it to somebody."""

    name: str
    composer: Composer
    #: the page with Jinja2's own placeholders, before its style sheets are written into its elements
    template: Template

    def ours(self, letter: Letter) -> bytes:
        """Compose as the program does."""
        return self.composer.content(letter, SLOT)

    def joined(self, values: Mapping[str, str]) -> bytes:
        """Join a message whose tokens, mailbox and Date are there."""
        message = self.composer.compiled("all")
        return b"".join((message.head(values), b"\r\n", *message.body(values)))

    def library(self, letter: Letter) -> bytes:
        """Fill the parts and let EmailMessage write them."""
        page, text = self.composer.parts(self._variant, letter.subscriber)
        return self._written(letter, page, text)

    def common(self, letter: Letter) -> bytes:
        """Render and inline the page anew."""
        person = letter.subscriber
        values = {"first_name": person.first_name, "last_name": person.last_name}
        page = render.inlined(self.template.render(values | self.composer.links(person.id)))
        return self._written(letter, page, self.composer.parts(self._variant, person)[1])

    @property
    def _variant(self) -> Variant:
        return self.composer.variants["all"]

    def _written(self, letter: Letter, page: str, text: str) -> bytes:
        composer, person = self.composer, letter.subscriber
        fields = composer.values(person, SLOT) | composer.links(person.id)
        return written(composer.newsletter, composer.edition, self._variant.subject, fields, text, page)


def letters(people: int) -> Sequence[Letter]:
    """Return a claimed delivery to each of so many people."""
    made = []
    for number in range(people):
        first, last = _FIRST[number % len(_FIRST)], _LAST[number // 8 % len(_LAST)]
        person = Subscriber(
            id=f"{number:016x}", address=f"reader{number}@example.net", first_name=first, last_name=last
        )
        delivery = Delivery(edition=EDITION, subscriber=person.id, state=DeliveryState.CLAIMED, variant="all")
        made.append(Letter(delivery=delivery, subscriber=person))
    return made


def big() -> Sample:
    """The usual email with many stories."""
    one = email("english", STORIES)
    composer, _ = one._composer()
    return Sample("57kB", composer, _template(render.compiled(one.mjml())))


def small() -> Sample:
    """The words of the usual email in the plainest HTML."""
    one = email("english", USUAL)
    composer, variant = one._composer()
    paragraphs = "".join(f"<p>{html.escape(text)}</p>\n" for text in variant.text.split("\n\n"))
    page = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Letter</title>'
        f"<style>p {{ margin: 0 0 1em }}</style></head><body>\n{paragraphs}</body></html>\n"
    )
    inlined = replace(variant, html=render.inlined(page))
    return Sample("14kB", replace(composer, variants={"all": inlined}), _template(page))


def _template(page: str) -> Template:
    pieces = slotted.cut(page, track.nonce(SECRET, EDITION))
    jinja = (piece if isinstance(piece, str) else f"{{{{ {piece.name} or {piece.fallback!r} }}}}" for piece in pieces)
    return Environment(autoescape=True).from_string("".join(jinja))


def alike(sample: Sample, letter: Letter) -> bool:
    """Tell whether every way writes a message that reads the same; style sheets are inlined alike or not at all."""
    mine, other, third = (_read(way(letter)) for way in (sample.ours, sample.library, sample.common))
    return mine == other and third[:-1] == mine[:-1]


def _read(content: bytes) -> list[object]:
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    return [*message.items(), *(part.get_content().replace("\r\n", "\n") for part in message.iter_parts())]


def rate(way: Callable[[Any], bytes], what: Sequence[object]) -> float:
    """Return the messages of a second of this process's own time."""
    began = time.process_time()
    for one in what:
        way(one)
    return len(what) / (time.process_time() - began)


def timed(sample: Sample, people: Sequence[Letter]) -> bool:
    """Time a letter, print how it fares, and tell whether its bars are met."""
    errors = sum(not alike(sample, letter) for letter in people[:: len(people) // 20])
    ways = {"ours": sample.ours, "EmailMessage": sample.library, "Jinja2+premailer": sample.common}
    rates = dict.fromkeys(ways, 0.0)
    ready = [sample.composer.values(letter.subscriber, SLOT) for letter in people]
    joined = 0.0
    for _ in range(ROUNDS):
        gc.collect()
        joined = max(joined, rate(sample.joined, ready))
        for name, way in ways.items():
            rates[name] = max(rates[name], rate(way, people[: FEW.get(name, len(people))]))
    ours = rates.pop("ours")
    ratios = {name: ours / other for name, other in rates.items()}
    wanted = RATIOS[sample.name]
    print(f"{sample.name} ({len(sample.ours(people[0])):,} octets)")
    print(f"  ours: {ours:,.0f} messages/s; the bar is {BAR:,}: {'met' if ours >= BAR else 'MISSED'}")
    print(f"  the joining alone, with a person's tokens, mailbox and Date at hand: {joined:,.0f} messages/s")
    for name, other in rates.items():
        bar = f"; the bar is {wanted:.0f}: {'met' if ratios[name] >= wanted else 'MISSED'}"
        print(f"  {ratios[name]:,.0f} times {name}, {other:,.0f} messages/s{bar if name == 'EmailMessage' else ''}")
    print(f"  {errors} of the messages that were compared read otherwise")
    line = {"name": f"compose-{sample.name}", "unit": "messages/s", "ours": round(ours)}
    line |= {"peers": {name: round(other) for name, other in rates.items()}}
    line |= {"ratios": {name: round(ratio, 1) for name, ratio in ratios.items()}, "errors": errors}
    LINES.append(json.dumps(line))
    return ours >= BAR and ratios["EmailMessage"] >= wanted and not errors


#: what is printed last
LINES: list[str] = []


def main() -> int:
    """Time both letters; return the exit code."""
    parser = argparse.ArgumentParser(description="Time the composing of messages.")
    parser.add_argument("--people", type=int, default=5_000, help=f"messages in each of {ROUNDS} rounds")
    people = letters(max(parser.parse_args().people, 20))
    met = [timed(sample, people) for sample in (big(), small())]
    print("\n".join(LINES))
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
