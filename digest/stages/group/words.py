"""Words: a text's words without their endings, in the way of its language.

Snowball knows the endings of some thirty languages. Words of the others are compared as they are written, but for
capitals, and Welsh ones are also known by the letters that their beginnings change into.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

import Stemmer

#: language -> what Snowball calls its stemmer
SNOWBALL = {
    "ar": "arabic",
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fa": "persian",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "ne": "nepali",
    "nl": "dutch",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "st": "sesotho",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}
#: words of a phrase whose beginnings may change; more would be too many to look for
_CHANGING = 3

_WORD = re.compile(r"[^\W_]+")
#: letters of scripts whose words hold marks, which are no letters to the pattern above
_MARKED = re.compile(r"[\u0300-\u1cff\u3040-\u30ff\u3400-\u9fff\ua000-\ud7ff\uf900-\ufdff]")
#: vowel points of Hebrew and Arabic, and the stroke that only lengthens a word: most writers leave them out
_POINTS = re.compile(r"[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670]")
#: Thai, Lao, Burmese, Khmer, kana, Han: no spaces between words; Hangul: particles are written on to them
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
#: of Turkish and its neighbours a capital I has no dot, and a dotted one keeps it
_DOTLESS = str.maketrans({"I": "ı", "İ": "i"})
#: how a Welsh word may begin instead (soft, nasal, aspirate), longest beginnings first
_MUTATIONS = {
    "ll": ("l",),
    "rh": ("r",),
    "ch": (),
    "dd": (),
    "th": (),
    "ph": (),
    "p": ("b", "mh", "ph"),
    "t": ("d", "nh", "th"),
    "c": ("g", "ngh", "ch"),
    "b": ("f", "m"),
    "d": ("dd", "n"),
    "g": ("", "ng"),
    "m": ("f",),
}


def stems(text: str, language: str = "en") -> tuple[str, ...]:
    """Return the words of a text without their endings; of a script without spaces, what stands between signs."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if language in ("tr", "az"):
        text = text.translate(_DOTLESS)
    return tuple(_stem(word.casefold(), language) for word in _words(text))


@lru_cache(maxsize=5_000)
def forms(keyword: str, language: str = "en") -> tuple[tuple[str, ...], ...]:
    """Return the stems of a keyword, in each way in which they may stand in a text; nothing for no word."""
    plain = stems(keyword, language)
    if language != "cy" or not plain or len(plain) > _CHANGING:
        return (plain,) if plain else ()
    return tuple(itertools.product(*map(_mutated, plain)))


@lru_cache(maxsize=5_000)
def is_unspaced(word: str) -> bool:
    """Tell whether a word may stand inside another, since its script puts no spaces between words."""
    return _UNSPACED.search(word) is not None


@lru_cache(maxsize=40)
def stemmer(language: str) -> Callable[[str], str] | None:
    """Return what takes the endings from a language's words; nothing where Snowball lacks it."""
    name = SNOWBALL.get(language)
    made: Callable[[str], str] | None = Stemmer.Stemmer(name).stemWord if name else None
    return made


def _words(text: str) -> list[str]:
    if not _MARKED.search(text):
        return _WORD.findall(text)
    text = _POINTS.sub("", text)
    kept = "".join(one if one.isalnum() or unicodedata.category(one)[0] == "M" else " " for one in text)
    # signs of emoji are marks too
    return [word for word in kept.split() if any(map(str.isalnum, word))]


@lru_cache(maxsize=50_000)
def _stem(word: str, language: str) -> str:
    of_language = stemmer(language)
    return str(of_language(word)) if of_language else word


def _mutated(word: str) -> tuple[str, ...]:
    start = next((one for one in _MUTATIONS if word.startswith(one)), "")
    rest = word[len(start) :]
    return (word, *(f"{begun}{rest}" for begun in _MUTATIONS.get(start, ()) if len(rest) > 1))
