"""Telling: the words and phrases that tell one group of texts from the others."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import chain

from digest.stages.group.stopwords import STOP
from digest.stages.group.words import stems

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
announce announced announcement announces article articles begin begins chief daily ensure ensures ensuring give gives
giving help helped helping helps include included includes including latest launch launched launches letter letters
news newsletter object objects open opens post posts promote promotes promoting provide provided provides providing
publish published publishes read respond responding responds set sets support supported supporting supports update
updated updates welcome welcomes write writes
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
    every = Counter[Key]()
    for text, label in zip(texts, labels, strict=True):
        keys = set()
        for key, words in _phrases(text[:MOST_CHARACTERS]):
            spelled[key][words] += 1
            keys.add(key)
        found[label].update(keys)
        every.update(keys)
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


def _phrases(text: str) -> Iterator[tuple[Key, str]]:
    """Yield the stems and the words of whatever in a text may tell something."""
    pieces = _PIECE.findall(text)
    tells = [_tells(piece) for piece in pieces]
    roots = [stems(piece) for piece in pieces]
    for start in range(len(pieces)):
        for end in range(start + 1, min(start + LONGEST, len(pieces)) + 1):
            if not (tells[start] and (tells[end - 1] or pieces[end - 1].casefold() in _JOINTS)):
                break
            # “children’s” is half of a phrase
            if tells[end - 1] and not pieces[end - 1].endswith(("'s", "’s")):
                yield tuple(chain.from_iterable(roots[start:end])), " ".join(pieces[start:end])


def _tells(piece: str) -> bool:
    if not piece[0].isalpha() or not (len(piece) > 2 or (len(piece) == 2 and piece.isupper())):
        return False
    return piece.casefold().replace("’", "'").removesuffix("'s") not in _EMPTY


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
    """Tell whether a phrase has a person in it, or what is written like a name in it is from a name."""
    proper = {stem for word in phrase.words.split() if word[0].isupper() for stem in stems(word)}
    return bool(proper & people) or any(set(phrase.key) == name or (proper and proper <= name) for name in names)


def _without_parts(phrases: Sequence[Phrase]) -> list[Phrase]:
    """Leave out what mostly stands inside a longer phrase."""
    longer: defaultdict[Key, int] = defaultdict(int)
    for one in phrases:
        for size in range(1, len(one.key)):
            for start in range(len(one.key) - size + 1):
                part = one.key[start : start + size]
                longer[part] = max(longer[part], one.texts)
    return [one for one in phrases if longer[one.key] < MOSTLY * one.texts]
