"""A catalogue: the texts of one language, and its plurals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """All texts of one language."""

    #: key -> text; {parts} are filled in
    words: Mapping[str, str]
    #: the plural forms that the language tells apart, by CLDR's names
    forms: tuple[str, ...]
    #: which of them a number takes
    plural: Callable[[int], str]
