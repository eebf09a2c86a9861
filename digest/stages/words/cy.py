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
        "corrected_on": "Cywirwyd ar {day} {month}:",
        "correction_title": "Cywiriad i rif {number}",
        "see_corrected": "Gweld y rhifyn wedi'i gywiro",
        "catch_up": "Mae rhai o'r straeon hyn ymhlith goreuon ein rhifynnau diwethaf, nad ydych wedi'u cael.",
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
        "consent": "Hoffwn dderbyn {newsletter} drwy e-bost. Gwn y gallaf adael unrhyw bryd.",
        "confirm_subject": "Cadarnhewch eich bod am gael {newsletter}",
        "confirm_title": "Un cam arall",
        "confirm_text": (
            "Gofynnodd rhywun i ni anfon {newsletter} i’r cyfeiriad hwn. Ai chi oedd e? Os felly, dywedwch "
            "ie, a bydd y rhifyn nesaf yn dod atoch."
        ),
        "confirm_button": "Ie, anfonwch e ataf",
        "confirm_after": (
            "Nid chi oedd e? Yna peidiwch â gwneud dim: heb eich caniatâd, ni ddaw dim. Mae’r botwm yn "
            "gweithio am saith diwrnod."
        ),
        "known_subject": "Rydych chi eisoes yn derbyn {newsletter}",
        "known_title": "Rydych chi ar y rhestr",
        "known_text": (
            "Gofynnodd rhywun i ni anfon {newsletter} i’r cyfeiriad hwn. Rydych chi’n ei dderbyn eisoes, a "
            "does dim wedi newid."
        ),
        "known_button": "Gweld neu newid eich dewisiadau",
        "known_after": "Nid chi oedd e? Yna does dim angen gwneud dim.",
        "welcome_subject": "Croeso i {newsletter}",
        "welcome_title": "Croeso",
        "welcome_text": (
            "O’r rhifyn nesaf ymlaen byddwch yn derbyn {newsletter}. Chi sy’n dewis y pynciau a pha mor aml y"
            " daw, ac mae dolen ym mhob e-bost i’w atal."
        ),
        "welcome_button": "Dewis beth a gewch",
        "welcome_after": "Does dim rhaid i chi wneud dim.",
        "keep_subject": "Ydych chi’n dal eisiau {newsletter}?",
        "keep_title": "Ydy hwn yn dal i chi?",
        "keep_text": (
            "Fe ddywedoch chi ie i {newsletter} ym mis {since}. Mae hynny beth amser yn ôl, a dim ond at y "
            "rhai sydd ei eisiau y byddwn ni’n ysgrifennu."
        ),
        "keep_button": "Ie, daliwch i’w anfon",
        "keep_after": "Dim rhagor? Mae’r ddolen isod yn ei atal, a diolch am ddarllen.",
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
