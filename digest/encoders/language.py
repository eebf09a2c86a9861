"""Language: which one a text is in, or that it is not known.

py3langid (Barbaresi, after Lui and Baldwin 2012, BSD-3-Clause) says it; its table takes a second and a hundred
megabytes to load. So texts with enough common English words are taken for English without asking it.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from digest.stages.group.languages import NAMES, primary

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

#: octets of letters and likelihood from which an answer counts (measured, DESIGN.md "Themes"). Octets, since a Chinese
#: sign says as much as three letters.
OCTETS, SURE = 20, 0.7
#: the same where the source is said to be in that very language
OCTETS_SAID, SURE_SAID = 8, 0.5
#: of a text's words so many are common English ones, and of those so many are different
ENGLISH_SHARE, ENGLISH_WORDS = 0.15, 2

_WORD = re.compile(r"[^\W\d_]+")
#: frequent in English, and no words of the languages that share its letters, or rare ones
_ENGLISH = frozenset(
    """
    about after also and are been being between both but by can could during each find for from get has have help her
    his how if into is its it many may more most must new not of on other our over people school schools should some
    such support than that the their them there these they this those through to under until up use was we were what
    when where which while who will with work would year years you young your
    """.split()  # noqa: SIM905 (a text is easier to read than ninety quotes)
)
#: one of these must be among them: hardly any other language has them
_ENGLISH_ONLY = frozenset(("the", "and", "of", "with", "their", "which", "this", "that", "from", "your", "what", "how"))
#: letters that English has not
_OTHER_LETTER = re.compile(r"[^\W\d_a-zA-ZÀ-ÿ]")


class Detector:
    """Tells languages. Its table is read with the first text that is not plainly English."""

    def tell(self, text: str, said: str = "") -> str:
        """Return the primary subtag of a text's language, or nothing where it is not sure.

        said: the language that its source is said to be in; for that one less is needed.
        """
        if is_plainly_english(text):
            return "en"
        octets = len("".join(_WORD.findall(text)).encode())
        if octets < OCTETS_SAID:
            return ""
        language, likelihood = self._identifier.classify(text)
        language = primary(language)
        expected = language == said
        enough = octets >= (OCTETS_SAID if expected else OCTETS)
        sure = likelihood >= (SURE_SAID if expected else SURE)
        return language if language in NAMES and enough and sure else ""

    @cached_property
    def _identifier(self) -> LanguageIdentifier:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier

        made = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        # Latin for texts that stand where words will be, and its own name for “no language”: neither is ever said
        made.set_languages({*NAMES, "la", "zxx"} & set(made.labels))
        return made


def is_plainly_english(text: str) -> bool:
    """Tell whether the common words in a text are English ones, with hardly a doubt."""
    words = [word.casefold() for word in _WORD.findall(text)]
    common = [word for word in words if word in _ENGLISH]
    known = set(common)
    return (
        len(known) >= ENGLISH_WORDS
        and len(common) >= ENGLISH_SHARE * len(words)
        and not known.isdisjoint(_ENGLISH_ONLY)
        and not _OTHER_LETTER.search(text)
    )
