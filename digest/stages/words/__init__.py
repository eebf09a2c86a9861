"""Words: what the program itself says in an email, in one catalogue a language.

A catalogue is plain data (en, cy), with the same keys in each; a newsletter may have its own text for any of them
(`[brand.words]`). Texts with a number have a form for each of the language's plurals (CLDR), so that the key
“stories” stands there as “stories_one”, “stories_other” and so on. Templates and layout are handed a `Say`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from digest.stages.words import cy, en
from digest.stages.words.catalogue import Catalogue

#: primary subtag of BCP 47 -> its catalogue
CATALOGUES: Mapping[str, Catalogue] = {"en": en.CATALOGUE, "cy": cy.CATALOGUE}
#: what stands in where a language has no catalogue
FALLBACK = "en"

_PART = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Says things in one language. Give a key, and the parts that its text names: say("visit", organisation="Us")."""

    language: str
    catalogue: Catalogue
    #: the newsletter's own texts by key; they go before the catalogue's
    own: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, key: str, **parts: object) -> str:
        """Return a text with its parts filled in; `count` chooses the plural.

        Raises LookupError where there is no such text, or a part of it is not given.
        """
        count = parts.get("count")
        wanted = f"{key}_{self.catalogue.plural(count)}" if isinstance(count, int) else key
        text = self.own.get(wanted) or self.catalogue.words.get(wanted)
        if text is None:
            raise LookupError(f"there are no words “{wanted}” in the language “{self.language}”")

        def part(match: re.Match[str]) -> str:
            if match.group(1) not in parts:
                raise LookupError(f"the words “{wanted}” need “{match.group(1)}”")
            return str(parts[match.group(1)])

        return _PART.sub(part, text)


def speaking(language: str, own: Mapping[str, str]) -> Say:
    """Return what speaks a language (a BCP 47 tag), or English where that has no catalogue."""
    known = _known(language)
    return Say(language=known, catalogue=CATALOGUES[known], own=own)


def unspoken(language: str, own: Mapping[str, str]) -> tuple[str, ...]:
    """Return the keys whose texts would be in English, since the language has no catalogue."""
    if _primary(language) in CATALOGUES:
        return ()
    return tuple(key for key in CATALOGUES[FALLBACK].words if not own.get(key))


def faults(language: str, own: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield (key, what is wrong, how to mend it) for each fault of a newsletter's own words."""
    known = CATALOGUES[_known(language)].words
    for key, text in own.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, n=3)
            mend = f"Did you mean {' or '.join(f'“{one}”' for one in near)}?" if near else "All are in docs/words.md."
            yield key, f"The email has no words “{key}”.", mend
            continue
        parts = set(_PART.findall(known[key]))
        for strange in sorted(set(re.findall(r"\{([^{}]*)\}", text)) - parts):
            braces = ", ".join(f"{{{part}}}" for part in sorted(parts))
            mend = f"There {'is' if len(parts) == 1 else 'are'} {braces}." if parts else "Remove the braces."
            yield key, f"“{key}” has no part {{{strange}}}.", mend
        if not text.strip():
            yield key, f"“{key}” is empty.", "Give it a text, or remove the line."


def _primary(language: str) -> str:
    return re.split("[-_]", language.strip().lower())[0]


def _known(language: str) -> str:
    return _primary(language) if _primary(language) in CATALOGUES else FALLBACK
