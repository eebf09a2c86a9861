"""What nobody should call a story, all in one edition: every one of them is read, and none does anything."""

from __future__ import annotations

import hashlib
import re

from lxml import html as markup

from digest.domain.model import Document, Item, Reading, Severity
from digest.stages import collect
from tests.jobs.conftest import CONFIGURATION, Workbench

#: name -> (title, what a reader reads of it at least)
TITLES = {
    "markup": ("Five < six & <b>seven</b> > four", "Five < six & seven > four"),
    "quotes": ("“Both” \"kinds\" of 'quotes'", "“Both” \"kinds\" of 'quotes'"),
    "emoji": ("A family 👩‍👩‍👧‍👦 and a flag 🏴󠁧󠁢󠁷󠁬󠁳󠁿", "A family 👩‍👩‍👧‍👦 and a flag"),
    "marks of direction": ("Left \u202eright to left\u202c again \u2067in it\u2069", "Left"),
    "five thousand characters": ("Many words of nursery play " * 200, "Many words of nursery play"),
    "no spaces": ("W" * 5_000, "W" * 60),
    "NULs": ("Nought\0 and\0 nothing", "Nought and nothing"),
    "combining marks": ("Ta" + "\u0301\u0316" * 800 + "ll letters", "T"),
    "a template": ("{{ 7*7 }} of {% raw %} sums {# and #}", "{{ 7*7 }} of {% raw %} sums {# and #}"),
    "MJML": ("Of </mj-text><mj-raw><script>alert(1)</script> tags", "Of"),
    "a slot": ("[[digest:first_name.:wrong]] is no slot", "[[digest:first_name.:wrong]] is no slot"),
}
#: what would be a part of the email, or of its template, if anybody let it
MARKUP = "<mj-section><mj-column><mj-text>in MJML</mj-text></mj-column></mj-section> and {{ 7*7 }}<script>alert(1)"
MOST_BYTES = 100_000


def summary(name: str) -> str:
    """Return a summary that is like no other's, with markup in it."""
    words = " ".join(hashlib.sha256(f"{name} {number}".encode()).hexdigest()[:9] for number in range(20))
    return f"{words} {MARKUP}"


def test_every_bad_title_is_read_and_none_does_anything(bench: Workbench) -> None:
    bench.configure(
        CONFIGURATION.replace('name = "Fernhill news"\n', 'name = "Fernhill news"\nmaximum_per_theme = 20\n')
    )
    items = tuple(
        Item(title=title, link=f"https://fernhill.example.org/{name}", date=bench.clock(), summary=summary(name))
        for name, (title, _) in TITLES.items()
    )
    source = bench.newsletter.sources[0]
    document = Document(content=b"", base="https://fernhill.example.org/", name="titles")
    found = collect.insights(source, collect.cleaned(Reading(items=items), document), {}, bench.clock()).insights
    with bench.app.store.writing() as session:
        session.insights.add(found)
    bench.app.import_people(bench.newsletter)
    drafted = bench.app.draft(bench.newsletter).edition
    assert drafted is not None
    shown = bench.app.preview(drafted.id)
    everything = [variant for variant in shown.variants if len(variant.stories) == len(TITLES)]
    assert everything, "who chose one theme gets what belongs there; the others get all of it"
    for variant in everything:
        page = markup.fromstring(variant.html)
        said = " ".join(str(page.xpath("string(//body)")).split())
        assert {name: wanted for name, (_, wanted) in TITLES.items() if wanted not in said} == {}
        assert said.count("{{ 7*7 }}") > len(TITLES) / 2
        assert not re.search("[\0\u202a-\u202e\u2066-\u2069]", variant.html + variant.text)
        assert not page.xpath("//script | //*[starts-with(name(), 'mj-')] | //b")
        assert len(variant.html.encode()) <= MOST_BYTES
        # nobody's headline covers the lines above and below it
        assert not re.search("[\u0300-\u036f]{9}", variant.html)
    assert [one for one in shown.findings if one.severity == Severity.MUST_MEND] == []
