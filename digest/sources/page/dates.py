"""Days as pages write them: words in, a Day out. No clock: what "yesterday" means, this module does not know.

The shapes (12 March 2024, March 12th, 2024.03.12, 12/3/24) are ours, because they are fast to look for; what a month
is called in a language that our table of months lacks is dateparser's, asked once a word and only beside a day.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

from digest.sources.page.calendars import in_common_words
from digest.sources.page.months import is_in_table, month_in_table
from digest.sources.page.text import has_digit

#: years before and after these are not the date of an article
FIRST_YEAR, LAST_YEAR = 1990, 2100
#: no date has so few characters
SHORTEST_DATE = 3
#: a date with all that may stand around it has no more characters
LONGEST_DATE = 60
#: a day without a year has no more characters and words
LONGEST_DAY, DAY_WORDS = 24, 4
#: letters that may stand beside a date besides known words: "à", "kl", "г"
BESIDE_DATE = 3
#: how far the Thai solar calendar is ahead
_BUDDHIST = 543

#: a month's name is at least and at most so long
_WORD = r"[^\s\d,./()|–—·:;'’&-]{3,20}"
_OF = r"(?:\s*(?:de|del|di|da|of|ng|den)\s|d['’])?\s*"
_ORDINAL = r"(?:st|nd|rd|th|er|re|ère|º|ª|\.|-?(?:го|е))?"
_YEAR = r"((?:19|20|25)\d\d|(?<=['’])\d\d)(?!\d)"
#: a word or ending between the year and the rest
_YEARS = r"(?:\s?m\.|\s?gada|\(?e?\)?ko)?"

_YEAR_FIRST = re.compile(r"(?<!\d)((?:19|20|25)\d\d)\s*[-./年년]\s*(\d{1,2})\s*[-./月월]\s*(\d{1,2})(?!\d)")
_NUMBERS = re.compile(r"(?<![\d.])(\d{1,2})\s?[./-]\s?(\d{1,2})\s?[./-]\s?(\d{4}|\d\d)(?![\d/])")
_DAY_WORD_YEAR = re.compile(rf"(?<!\d)(\d{{1,2}}){_ORDINAL}[\s,/-]*{_OF}({_WORD})\.?[\s,./'’-]*{_OF}{_YEAR}")
_WORD_DAY_YEAR = re.compile(rf"({_WORD})\.?[\s-]*(\d{{1,2}}){_ORDINAL}\s*[,.\s-]\s*{_YEAR}")
_YEAR_WORD_DAY = re.compile(rf"(?<!\d){_YEAR}{_YEARS}[.,]?[\s/-]+({_WORD})\.?[\s/-]+(\d{{1,2}})(?!\d)")
_YEAR_DAY_WORD = re.compile(rf"(?<!\d){_YEAR}[.,]?{_YEARS}\s+(\d{{1,2}})\.?\s+({_WORD})")
_VIETNAMESE = re.compile(rf"(\d{{1,2}})\s*tháng\s*(\d{{1,2}})\s*(?:,|năm)?\s*{_YEAR}", re.IGNORECASE)
_DAY_WORD = re.compile(rf"(?<!\d)(\d{{1,2}}){_ORDINAL}\s*{_OF}({_WORD})\.?(?![^\W\d_])")
_WORD_DAY = re.compile(rf"({_WORD})\.?\s*(\d{{1,2}}){_ORDINAL}(?!\d|[^\W\d_])")
#: a day without a year in two numbers of two digits, as an archive under years has them: 11-17, 17.11.
_NUMBERED_DAY = re.compile(r"^\[?(\d\d)(?:([-/])(\d\d)|\.(\d\d)\.)\]?$")
#: what parts a day from a title in one line
_STROKE = re.compile(r"\s*[|–—·•]\s*|\s+[-/:]+\s+|:\s+")
#: texts that are nothing but a date in pieces, or one whose year has two digits
_DAY_THEN_MONTH_YEAR = re.compile(r"^(\d{1,2})\s+(\d{1,2})[\s./-]+((?:19|20)\d\d)$")
_DAY_THEN_YEAR_MONTH = re.compile(r"^(\d{1,2})\s+((?:19|20)\d\d)\s*[./年-]\s*(\d{1,2})月?$")
_YEAR_THEN_MONTH_DAY = re.compile(r"^((?:19|20)\d\d)\s+(\d{1,2})[\s./-]+(\d{1,2})$")
_MONTH_DAY_THEN_YEAR = re.compile(r"^(\d{1,2})[./-](\d{1,2})\s+((?:19|20)\d\d)$")
_SHORT_YEAR = re.compile(rf"^(?:[^\W\d]+[,.\s]+)?(\d{{1,2}}){_ORDINAL}[\s./-]+({_WORD})\.?[\s,./-]+(\d\d)$")
_BARE_YEAR = re.compile(rf"^\W*(?:({_WORD})\s)?((?:19|20)\d\d)\W*(?:\(\d+\))?$")
_ANY_YEAR = re.compile(r"(?<![\d-])(?:19|20)\d\d(?![\d-])")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_STATED = re.compile(r"^\s*(\d{4}-\d\d-\d\d)(?:[T ]+\d\d:\d\d)?")
#: the shapes of a day with its year, and what their groups are; the first that fits wins
_FULL = (
    (_YEAR_FIRST, "ymd"),
    (_NUMBERS, "dmy"),
    (_VIETNAMESE, "dmy"),
    (_DAY_WORD_YEAR, "dmy"),
    (_WORD_DAY_YEAR, "mdy"),
    (_YEAR_WORD_DAY, "ymd"),
    (_YEAR_DAY_WORD, "ydm"),
    (_DAY_THEN_MONTH_YEAR, "dmy"),
    (_DAY_THEN_YEAR_MONTH, "dym"),
    (_YEAR_THEN_MONTH_DAY, "ymd"),
    (_MONTH_DAY_THEN_YEAR, "dmy"),
    (_SHORT_YEAR, "dmy"),
)
#: what may stand around a date without making it a sentence
_AROUND = re.compile(
    r"\b\d{1,2}[:.]\d\d(:\d\d)?\s*([ap]\.?m\.?|uhr|h)?|\b(mon|tues?|wed(nes)?|thu(rs)?|fri|sat(ur)?|sun)(day)?\b"
    r"|\b(posted|published|date|on|by|at|last|updated|added|written)\b",
    re.IGNORECASE,
)


class Order(StrEnum):
    """What the way a day is written tells about the order of days and months on its page."""

    NOTHING = "nothing"  #: the month is a word, or the year comes first, or it is the same either way
    EITHER = "either"  #: 3/4/2024
    DAY_FIRST = "day first"  #: 14/3/2024
    MONTH_FIRST = "month first"  #: 3/14/2024


@dataclass(frozen=True, slots=True)
class Day:
    """A day as it is written; `year` is None where none is."""

    year: int | None
    month: int
    day: int
    order: Order = Order.NOTHING

    def swapped(self) -> Day:
        """The same numbers, read the other way round."""
        return Day(self.year, self.day, self.month)

    def at_midnight(self) -> datetime | None:
        """Midnight UTC of the day; None where it has no year or is in no calendar."""
        if self.year is None or not FIRST_YEAR <= self.year <= LAST_YEAR:
            return None
        try:
            return datetime(self.year, self.month, self.day, tzinfo=UTC)
        except ValueError:
            return None


def stated_time(value: str) -> datetime | None:
    """What a machine-readable mark says (<time datetime>), in UTC; None where it says no full date."""
    found = _STATED.match(value)
    if not found:
        return None
    try:
        moment = datetime.fromisoformat(value.strip().replace(" ", "T", 1))
    except ValueError:
        try:
            moment = datetime.fromisoformat(found[1])
        except ValueError:
            return None
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


@lru_cache(maxsize=4096)
def find_day(text: str, languages: tuple[str, ...]) -> tuple[Day, int, int] | None:
    """The first day with a year in a text, and where it begins and ends."""
    text = _in_plain_words(text, languages)
    for pattern, order in _FULL:
        for found in pattern.finditer(text):
            numbers = pattern in (_NUMBERS, _DAY_THEN_MONTH_YEAR, _MONTH_DAY_THEN_YEAR)
            day = _day(dict(zip(order, found.groups(), strict=True)), languages, numbers=numbers)
            if day is not None and day.at_midnight() is not None:
                return day, found.start(), found.end()
    return None


def find_day_without_year(text: str, languages: tuple[str, ...]) -> Day | None:
    """The first day and month in a text that states no year."""
    text = _in_plain_words(text, languages)
    for pattern, order in ((_DAY_WORD, "dm"), (_WORD_DAY, "md")):
        for found in pattern.finditer(text):
            day = _day(dict(zip(order, found.groups(), strict=True)), languages, numbers=False)
            if day is not None:
                return day
    return _numbered_day(text.strip())


def _numbered_day(text: str) -> Day | None:
    """A text that is two numbers and may be a day: month first with a stroke, as ISO 8601 has it, where it can be."""
    found = _NUMBERED_DAY.match(text)
    if found is None:
        return None
    first, second = int(found[1]), int(found[3] or found[4])
    day, month = (second, first) if found[2] and first <= 12 else (first, second)
    return Day(None, month, day) if 1 <= month <= 12 and 1 <= day <= 31 else None


def _in_plain_words(text: str, languages: tuple[str, ...]) -> str:
    """The text with plain digits, and with days of other calendars as ours."""
    return in_common_words(_with_plain_digits(text), languages)


def _with_plain_digits(text: str) -> str:
    """The text with the digits of every script as 0 to 9, every character in its place."""
    if text.isascii():
        return text
    return _NOT_ASCII.sub(lambda found: str(unicodedata.digit(found[0], found[0])), text)


def year_alone(text: str, languages: tuple[str, ...]) -> int | None:
    """The year where a text, such as a heading, states a year or a month of a year and at most how many are of it."""
    found = _BARE_YEAR.match(_with_plain_digits(text))
    if not found:
        return None
    return int(found[2]) if not found[1] or month_called(found[1], languages) else None


def names_month(text: str, languages: tuple[str, ...]) -> bool:
    """Whether a text is a month of a year ("July 2023"): it dates an article, though to no day."""
    found = _BARE_YEAR.match(_with_plain_digits(text))
    return found is not None and found[1] is not None and month_called(found[1], languages) is not None


def is_dated_text(text: str, languages: tuple[str, ...]) -> bool:
    """Whether a run of text in a line, such as "| 29 Aug", is a date but for the strokes around it."""
    return has_digit(text) and is_only_date(text.strip(" \n\t|–—·•:,-()[]"), languages)


def year_in(text: str) -> int | None:
    """The year in a heading such as "News from 2024"; None where it is not one, and one alone."""
    years = set(_ANY_YEAR.findall(_with_plain_digits(text)))
    return int(years.pop()) if len(years) == 1 else None


def is_only_date(text: str, languages: tuple[str, ...]) -> bool:
    """Whether a text is a date and nothing besides, but for its weekday, time and words such as "Posted on"."""
    if len(text) > LONGEST_DATE or not has_digit(text):
        return False
    text = _in_plain_words(text, languages)
    found = find_day(text, languages)
    if found is None:
        bare = _AROUND.sub(" ", text)
        short = len(bare) <= LONGEST_DAY and len(bare.split()) <= DAY_WORDS
        return short and find_day_without_year(bare, languages) is not None and not _has_title_beside(bare)
    _, start, end = found
    rest = _AROUND.sub(" ", text[:start] + " " + text[end:])
    return sum(character.isalpha() for character in rest) <= BESIDE_DATE


def _has_title_beside(text: str) -> bool:
    """Whether a stroke parts a day from words without a number ("17 April - Kafka"), which no range of days has."""
    parts = [part for part in _STROKE.split(text) if part.strip()]
    words = [part for part in parts if not has_digit(part)]
    return len(parts) > len(words) > 0 and max(map(len, words)) >= BESIDE_DATE


def month_first(days: Iterable[Day], languages: tuple[str, ...]) -> bool:
    """Whether 3/4/2024 is March on this page: by days above 12, then by the order of the list, then by language."""
    days = list(days)
    orders = {day.order for day in days}
    if Order.MONTH_FIRST in orders or Order.DAY_FIRST in orders:
        return Order.MONTH_FIRST in orders
    as_written = _disorder(days)
    swapped = _disorder([day.swapped() if day.order is Order.EITHER else day for day in days])
    if as_written != swapped:
        return swapped < as_written
    return bool(languages) and languages[0].lower() == "en-us"


def _disorder(days: list[Day]) -> tuple[int, bool]:
    """How many neighbours stand in the wrong order, and whether the list runs from old to new, as few do."""
    keys = [(day.year or 0, day.month, day.day) for day in days]
    rising = sum(first < second for first, second in pairwise(keys))
    falling = sum(first > second for first, second in pairwise(keys))
    return min(rising, falling), rising > falling


def _day(written: dict[str, str], languages: tuple[str, ...], *, numbers: bool) -> Day | None:
    year = _year(written["y"]) if "y" in written else None
    day = int(written["d"])
    month = int(written["m"]) if written["m"].isdigit() else month_called(written["m"], languages)
    if month is None:
        return None
    if numbers and 1 <= day <= 12 < month <= 31:
        return Day(year, day, month, Order.MONTH_FIRST)
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    if not numbers or day == month:
        return Day(year, month, day)
    return Day(year, month, day, Order.DAY_FIRST if day > 12 else Order.EITHER)


def _year(digits: str) -> int:
    year = int(digits)
    if len(digits) == 2:
        return year + 2000
    return year - _BUDDHIST if year >= 2500 else year


def month_called(word: str, languages: tuple[str, ...]) -> int | None:
    """The number of the month that a word names; None for any other word."""
    word = word.lower().rstrip(".")
    own = tuple(language[:2].lower() for language in languages)
    rare = tuple(language for language in own if not is_in_table(language))
    return month_in_table(word, own) or (_rare_month(word, rare) if rare else None)


@lru_cache(maxsize=4096)
def _rare_month(word: str, languages: tuple[str, ...]) -> int | None:
    # imported here: dateparser costs a third of a second, and most pages never need it
    from dateparser.date import DateDataParser

    try:
        parser = DateDataParser(languages=list(languages), settings={"REQUIRE_PARTS": ["day", "month", "year"]})
        found = parser.get_date_data(f"1 {word} 2020").date_obj
    except (ValueError, TypeError, OverflowError):
        return None
    return int(found.month) if found is not None and (found.year, found.day) == (2020, 1) else None
