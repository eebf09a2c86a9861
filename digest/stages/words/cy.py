"""Welsh. A noun after a number stands in the singular; after 2 its beginning softens (munud, 2 funud)."""

from __future__ import annotations

from digest.stages.words.catalogue import Catalogue

# CLDR: what stands here has a form of its own, every other number is “other”
_FORMS = {0: "zero", 1: "one", 2: "two", 3: "few", 6: "many"}


def _plural(count: int) -> str:
    return _FORMS.get(count, "other")


CATALOGUE = Catalogue(
    forms=(*_FORMS.values(), "other"),
    plural=_plural,
    words={
        "view_in_browser": "Gweld yn eich porwr",
        "unsubscribe": "Dad-danysgrifio",
        "number": "Rhif {number}",
        "date": "{day} {month} {year}",
        "stories_zero": "{count} stori",
        "stories_one": "{count} stori",
        "stories_two": "{count} stori",
        "stories_few": "{count} stori",
        "stories_many": "{count} stori",
        "stories_other": "{count} stori",
        "minutes_zero": "Amser darllen: {count} munud",
        "minutes_one": "Amser darllen: {count} munud",
        "minutes_two": "Amser darllen: {count} funud",
        "minutes_few": "Amser darllen: {count} munud",
        "minutes_many": "Amser darllen: {count} munud",
        "minutes_other": "Amser darllen: {count} munud",
        "correction": "Cywiriad",
        "top_story": "Prif stori",
        "read_full_story": "Darllenwch y stori lawn ar wefan {place}",
        "also_at": "Hefyd gan",
        "also": "Hefyd:",
        "other_news": "Newyddion eraill",
        "in_brief": "Yn gryno",
        "more_zero": "Mae {count} stori arall ar ein gwefan.",
        "more_one": "Mae {count} stori arall ar ein gwefan.",
        "more_two": "Mae {count} stori arall ar ein gwefan.",
        "more_few": "Mae {count} stori arall ar ein gwefan.",
        "more_many": "Mae {count} stori arall ar ein gwefan.",
        "more_other": "Mae {count} stori arall ar ein gwefan.",
        "whole_edition": "Gweld y rhifyn cyfan",
        "event": "Digwyddiad",
        "not_yet": "Ddim yn derbyn {newsletter} eto?",
        "why": "Rydych chi’n derbyn hwn am eich bod wedi tanysgrifio i {newsletter}.",
        "forwarded": "Wedi cael hwn gan rywun arall?",
        "subscribe": "Tanysgrifiwch",
        "change_preferences": "Newid eich dewisiadau",
        "privacy_notice": "Hysbysiad preifatrwydd",
        "visit": "Ewch i wefan {organisation}",
        "january": "Ionawr",
        "february": "Chwefror",
        "march": "Mawrth",
        "april": "Ebrill",
        "may": "Mai",
        "june": "Mehefin",
        "july": "Gorffennaf",
        "august": "Awst",
        "september": "Medi",
        "october": "Hydref",
        "november": "Tachwedd",
        "december": "Rhagfyr",
    },
)
