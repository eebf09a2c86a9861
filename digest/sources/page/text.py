"""Words: folding text, class words, and the few phrases that tell a button from a title."""

from __future__ import annotations

import re
from functools import lru_cache

#: characters that are not seen: control characters, zero-width space, soft hyphen, byte-order mark
_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1b\x7f\u200b\u00ad\ufeff]")
_CLASS_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_WORD = re.compile(r"\w+")
_DIGIT = re.compile(r"\d")
#: scripts written without spaces: about two characters of them make a word
_UNSPACED = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")

_BUTTON_WORDS_BY_LANGUAGE = """
    a about agenda all and article blog click complete continue detail details discover download entry event find for
    full go here info information item keep learn link listen minutes more news next now on open our out page papers pdf
    permalink post press read reading recording release report see show slides story the this to transcript view visit
    watch website
    lire la suite en savoir plus voir l article weiter lesen mehr erfahren weiterlesen zum artikel beitrag ganzen den
    leer más mas seguir leyendo ver continuar lendo ler mais saber leggi tutto continua leggere di più scopri
    lees meer verder lezen läs mer les læs mere lue lisää czytaj więcej dalej číst celý článek více tovább olvasom
    doc docx kb mb opens in new tab window
    citește mai mult baca selengkapnya lebih lanjut devamı devamını oku xem thêm đọc tiếp darllen mwy
    читать далее подробнее полностью читати далі ще المزيد اقرأ قراءة
"""
#: the words that buttons are made of: a text of these words alone leads on to an article and is not its title
_BUTTON_WORDS = frozenset(_BUTTON_WORDS_BY_LANGUAGE.split())
#: those of them that say nothing by themselves: "About" and "All" are parts of a site
_FILLERS = frozenset({"a", "about", "all", "and", "for", "in", "it", "of", "on", "our", "the", "this", "to"})
#: an arrow at the end of a few words makes a button of them
_ARROW = re.compile(r"(?:[→⟶➔➜›»❯>]|->)\s*$")
ARROW_WORDS = 5
#: the same in scripts without spaces
_BUTTON_PHRASE = re.compile(
    "^(阅读|閱讀|查看|更多|继续|繼續|全文|詳細|详情|详细|続き|続きを読む|もっと|더|자세히|계속)"
)
#: a button in a script without spaces is this short at most
_BUTTON_LENGTH = 8
_BUTTON_ABOUT = re.compile(
    r"^\W*((read|find out|learn|see) more|continue reading|read)( about|:| on)?\b", re.IGNORECASE
)
#: and one that names the article after it
_BUTTON_NAMING = re.compile(r"^\W*((read|find out|learn|see) more|continue reading)( about\b|:| on\b)", re.IGNORECASE)


def fold(text: str) -> str:
    """Text in one line, single spaces, without characters that nobody sees."""
    return " ".join(_INVISIBLE.sub("", text).split())


@lru_cache(maxsize=4096)
def words_of_class(value: str) -> frozenset[str]:
    """The words in a class or id attribute: "postTitle entry-title" holds post, entry and title."""
    return frozenset(word.lower() for word in _CLASS_WORD.findall(value[:400]))


def has_digit(text: str) -> bool:
    """Whether a text may hold a date at all."""
    return bool(_DIGIT.search(text))


@lru_cache(maxsize=8192)
def count_words(text: str) -> float:
    """How many words a text has; in scripts without spaces two characters count as one."""
    unspaced = len(_UNSPACED.findall(text))
    if not unspaced:
        return float(len(_WORD.findall(text)))
    return unspaced / 2 + len(_WORD.findall(_UNSPACED.sub(" ", text)))


@lru_cache(maxsize=8192)
def leads_on(text: str) -> bool:
    """Whether a link's text is a button's ("Read more"), not a title."""
    words = [word for word in _WORD.findall(text.lower()) if not word[0].isdigit()]
    # a closing mark of quotation is no arrow
    arrow = len(words) <= ARROW_WORDS and "«" not in text and _ARROW.search(text)
    if words and (arrow or (_BUTTON_WORDS.issuperset(words) and not _FILLERS.issuperset(words))):
        return True
    return len(text) <= _BUTTON_LENGTH and bool(_BUTTON_PHRASE.match(text))


def leads_on_to(text: str) -> bool:
    """Whether a text is a button's or a button that names its article, and so not the title itself."""
    return leads_on(text) or bool(_BUTTON_NAMING.match(text))


def leads_on_about(text: str) -> bool:
    """Whether a text begins as a button does, however long: "Read more about our fair"."""
    return leads_on(text) or bool(_BUTTON_ABOUT.match(text))
