"""Telling: the words and phrases that tell one group of texts from the others."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence, Set
from dataclasses import dataclass

from digest.stages.group.keywords import stems
from digest.stages.group.stopwords import STOP

#: words of the longest phrase
LONGEST = 3
#: a word counts from this many texts of a group
LEAST_TEXTS = 2
#: a word that stands in a longer phrase this often gives way to it
MOSTLY = 0.6
#: a spelling is usual from this share of all
USUAL = 0.25
#: characters of a text that are read
MOST_CHARACTERS = 2000

# what there is news of every day, and who every charity is
_EVERYWHERE = """
january february march april may june july august september october november december jan feb mar apr jun jul aug sep
sept oct nov dec monday tuesday wednesday thursday friday saturday sunday today tomorrow yesterday day days week weeks
month months time times hundred hundreds thousand thousands million billion
announce announced announcement announces begin begins ensure ensures ensuring give gives giving help helped helping
helps include included includes including latest launch launched launches news newsletter object objects open opens
promote promotes promoting provide provided provides providing publish published publishes read respond responding
responds set sets support supported supporting supports update updated updates welcome welcomes write writes
area areas association charitable charities charity foundation group groups limited local ltd national organisation
organisations organization society trust
baroness chancellor dame dr government government's lady lord minister ministers mr mrs ms prof professor secretary sir
britain british england english kingdom uk united
"""
#: what tells no theme
_EMPTY = STOP | frozenset(_EVERYWHERE.split())
#: words inside a phrase that hold it together, as in “children in care”
_JOINTS = frozenset({"and", "for", "in", "of", "with"})

# who is named with an office or a title: people are no theme
_PERSON = re.compile(
    r"\b(?:Minister|Secretary|Chancellor|Sir|Dame|Lord|Lady|Baroness|Mr|Mrs|Ms|Dr|Prof|Professor)\.?"
    r"((?:\s[A-Z][\w'’-]+){1,2})"
)
# a word, or anything between words that ends a phrase
_PIECE = re.compile(r"[^\W\d_](?:[\w'’&-]*\w)?|[^\s\w]|\d\S*")

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """A word or a phrase, as people write it most."""

    words: str
    #: its stems
    key: Key
    #: how much it tells of its group
    weight: float
    #: in how many texts of the group it stands
    texts: int


def telling(texts: Sequence[str], labels: Sequence[int], beside: Collection[str] = ()) -> list[list[Phrase]]:
    """Return for each group its phrases, the most telling first.

    labels: for each text the number of its group; beside: names, as of sources, that tell nothing.
    """
    spelled: defaultdict[Key, Counter[str]] = defaultdict(Counter)
    found = [Counter[Key]() for _ in range(max(labels, default=-1) + 1)]
    for text, label in zip(texts, labels, strict=True):
        keys = set()
        for words in _phrases(text[:MOST_CHARACTERS]):
            key = stems(words)
            spelled[key][words] += 1
            keys.add(key)
        found[label].update(keys)
    every = sum(found, Counter[Key]())
    people = {name for text in texts for found_one in _PERSON.findall(text) for name in stems(found_one)}
    names = [set(stems(name)) for name in beside]
    sizes = Counter(labels)
    made = []
    for label, counts in enumerate(found):
        outside = len(texts) - sizes[label]
        phrases = [
            Phrase(words=_usual(spelled[key]), key=key, weight=weight, texts=count)
            for key, count in counts.items()
            if count >= LEAST_TEXTS and (weight := _weight(count, sizes[label], every[key] - count, outside)) > 0
        ]
        phrases = [one for one in phrases if not _is_name(one, names, people)]
        made.append(sorted(_without_parts(phrases), key=lambda one: (-one.weight, one.key)))
    return made


def _phrases(text: str) -> Iterator[str]:
    """Yield every word and phrase of a text that may tell something."""
    pieces = _PIECE.findall(text)
    for start in range(len(pieces)):
        for end in range(start + 1, min(start + LONGEST, len(pieces)) + 1):
            words = pieces[start:end]
            if not words[-1][0].isalpha():
                break
            middle = all(_tells(word) or word.casefold() in _JOINTS for word in words[1:-1])
            if middle and _tells(words[0]) and _tells(words[-1]):
                yield _without_possessive(" ".join(words))


def _without_possessive(words: str) -> str:
    return words.removesuffix("'s").removesuffix("’s")


def _tells(word: str) -> bool:
    plain = word.casefold().replace("’", "'").removesuffix("'s")
    return plain not in _EMPTY and (len(word) > 2 or (len(word) == 2 and word.isupper()))


def _weight(count: int, size: int, count_outside: int, size_outside: int) -> float:
    """Weigh a phrase by how usual it is inside a group, and how much more usual than outside."""
    ratio = ((count + 0.5) / (size + 1)) / ((count_outside + 0.5) / (size_outside + 1))
    return count / size * math.log(ratio)


def _usual(spellings: Counter[str]) -> str:
    """Return the spelling with the fewest capitals that is usual: headlines and beginnings bring capitals."""
    enough = USUAL * spellings.total()
    usual = [words for words, count in spellings.items() if count >= enough] or list(spellings)
    return min(usual, key=lambda words: (sum(map(str.isupper, words)), -spellings[words], words))


def _is_name(phrase: Phrase, names: Sequence[Set[str]], people: Set[str]) -> bool:
    """Tell whether a phrase is a name that tells nothing, is written like a part of one, or has a person in it."""
    words = set(phrase.key)
    if any(words == name or (phrase.words[0].isupper() and words <= name) for name in names):
        return True
    return any(word[0].isupper() and not people.isdisjoint(stems(word)) for word in phrase.words.split())


def _without_parts(phrases: Sequence[Phrase]) -> list[Phrase]:
    """Leave out what mostly stands inside a longer phrase."""
    longer: defaultdict[Key, int] = defaultdict(int)
    for one in phrases:
        for size in range(1, len(one.key)):
            for start in range(len(one.key) - size + 1):
                part = one.key[start : start + size]
                longer[part] = max(longer[part], one.texts)
    return [one for one in phrases if longer[one.key] < MOSTLY * one.texts]
