"""Calendars: days counted or spelled as few languages do, rewritten into the shapes that all others share.

Japanese eras, the years of the Republic of China, the solar calendar of Iran, Thai and Arabic names of months that hold
stops or spaces, Vietnamese months that are numbers in words. What is not one of them stays as it is.
"""

from __future__ import annotations

import re
from datetime import date

#: the year before each era's first, by its name and its letter
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "R": 2018, "H": 1988, "S": 1925}
_REPUBLIC = 1911
_ERA = re.compile(r"(令和|平成|昭和|大正)\s*(\d{1,2}|元)\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})")
_ERA_LETTER = re.compile(r"(?<![A-Za-z])([RHS])\.?\s?(\d{1,2})[./年-](\d{1,2})[./月-](\d{1,2})(?!\d)")
_REPUBLIC_NAMED = re.compile(r"民[國国]\s*(\d{1,3})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})")
_REPUBLIC_BARE = re.compile(r"(?<![\d./-])(1[01]\d)\s*[年./-]\s*(\d{1,2})\s*[月./-]\s*(\d{1,2})(?!\d)")
_USES_ERAS = ("ja",)
_USES_REPUBLIC = ("zh-tw", "zh-hant")

_ENGLISH = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_THAI = ("ม.ค", "ก.พ", "มี.ค", "เม.ย", "พ.ค", "มิ.ย", "ก.ค", "ส.ค", "ก.ย", "ต.ค", "พ.ย", "ธ.ค")
_THAI_MONTH = re.compile("|".join(re.escape(name) + r"\.?" for name in _THAI))
_THAI_ERA = re.compile(r"(?:พ|ค)\s?\.\s?ศ\s?\.\s*")
#: 68 stands for 2568 after a month
_THAI_SHORT_YEAR = re.compile(r"(?<=[A-Z][a-z][a-z] )\s*([5-7]\d)(?!\d)")
_LEVANTINE = {
    "كانون الثاني": "Jan", "شباط": "Feb", "آذار": "Mar", "اذار": "Mar", "نيسان": "Apr", "أيار": "May", "ايار": "May",
    "حزيران": "Jun", "تموز": "Jul", "آب": "Aug", "أيلول": "Sep", "ايلول": "Sep", "تشرين الأول": "Oct",
    "تشرين الاول": "Oct", "تشرين الثاني": "Nov", "كانون الأول": "Dec", "كانون الاول": "Dec",
}  # fmt: skip
_ARABIC_MONTH = re.compile(rf"(?<!\w)(?:{'|'.join(_LEVANTINE)})(?!\w)")
_IRANIAN = (
    "فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند",
)  # fmt: skip
_IRANIAN_DAY = re.compile(rf"(?<!\d)(\d{{1,2}})\s+({'|'.join(_IRANIAN)})(?:\s?ماه)?[\s،,]+(1[34]\d\d)(?!\d)")
_IRANIAN_NUMBERS = re.compile(r"(?<!\d)(1[34]\d\d)[/.-](\d{1,2})[/.-](\d{1,2})(?!\d)")
#: the fifth month of our calendar in Persian, too short to be looked for among words
_PERSIAN_MAY = re.compile(r"(?<!\w)مه(?!\w)")
_USES_PERSIAN = ("fa",)
#: years before the first from which cycles of 33 years are whole, and the days to take off that count
_IRANIAN_EPOCH, _IRANIAN_OFFSET = 1595, 356_033
_VIETNAMESE = {
    "mười một": 11, "mười hai": 12, "mười": 10, "một": 1, "giêng": 1, "hai": 2, "ba": 3, "tư": 4, "năm": 5, "sáu": 6,
    "bảy": 7, "tám": 8, "chín": 9, "chạp": 12,
}  # fmt: skip
_VIETNAMESE_MONTH = re.compile(rf"(tháng)\s+({'|'.join(_VIETNAMESE)})(?!\w)", re.IGNORECASE)
#: where none of this is in a text, nothing is to be rewritten
_OTHER_LETTERS = re.compile(r"[^\x00-\u00ff–—’]|háng|1[34]\d\d|[RHS]\.?\s?\d|(?<!\d)1[01]\d[./-]")


def in_common_words(text: str, languages: tuple[str, ...]) -> str:
    """The text with such days as 2025-3-27, and such months in English; its digits are 0 to 9 already."""
    if not _OTHER_LETTERS.search(text):
        return text
    own = tuple(language.lower() for language in languages[:1])
    text = _ERA.sub(_from_era, text)
    text = _REPUBLIC_NAMED.sub(_from_republic, text)
    if own and own[0].startswith(_USES_ERAS):
        text = _ERA_LETTER.sub(_from_era, text)
    if own and own[0].startswith(_USES_REPUBLIC):
        text = _REPUBLIC_BARE.sub(_from_republic, text)
    if own and own[0].startswith(_USES_PERSIAN):
        text = _PERSIAN_MAY.sub("May", text)
    text = _THAI_SHORT_YEAR.sub(r"25\1", _THAI_MONTH.sub(_from_thai, _THAI_ERA.sub(" ", text)))
    text = _ARABIC_MONTH.sub(lambda found: _LEVANTINE[found[0]], text)
    text = _IRANIAN_NUMBERS.sub(_from_iranian_numbers, _IRANIAN_DAY.sub(_from_iranian_words, text))
    return _VIETNAMESE_MONTH.sub(lambda found: f"{found[1]} {_VIETNAMESE[found[2].lower()]}", text)


def _from_era(found: re.Match[str]) -> str:
    year = 1 if found[2] == "元" else int(found[2])
    return f"{_ERAS[found[1]] + year}-{found[3]}-{found[4]} "


def _from_republic(found: re.Match[str]) -> str:
    return f"{_REPUBLIC + int(found[1])}-{found[2]}-{found[3]} "


def _from_thai(found: re.Match[str]) -> str:
    return f"{_ENGLISH[_THAI.index(found[0].rstrip('.'))]} "


def _from_iranian_words(found: re.Match[str]) -> str:
    return _from_iranian(int(found[3]), _IRANIAN.index(found[2]) + 1, int(found[1])) or found[0]


def _from_iranian_numbers(found: re.Match[str]) -> str:
    return _from_iranian(int(found[1]), int(found[2]), int(found[3])) or found[0]


def _from_iranian(year: int, month: int, day: int) -> str:
    """A day of the solar calendar of Iran in ours; empty where there is no such day. Leap years: eight in 33."""
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return ""
    past = (month - 1) * 31 if month < 7 else (month - 7) * 30 + 186
    cycles, rest = divmod(year + _IRANIAN_EPOCH, 33)
    days = 365 * (year + _IRANIAN_EPOCH) + cycles * 8 + (rest + 3) // 4 + past + day
    return date.fromordinal(days - _IRANIAN_OFFSET).isoformat()
