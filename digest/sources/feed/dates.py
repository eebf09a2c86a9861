"""Dates of feeds: RFC 822 and ISO 8601 in all the spellings they are met in.

feedparser reads dates as well, and what is not read here is left to it (asctime, and the spellings of Korean, Greek
and Hungarian servers). Three things it gets wrong are why it is not asked first: it takes a time zone it has not
heard of for UTC, so that a British summer's date comes an hour late; it drops the minutes of “+0530” in ISO dates;
and some of its readings go through the time zone of the machine it runs on.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from time import struct_time

#: Minutes east of UTC. RFC 822 5.1 gives the American names; the others are the abbreviations of the IANA time zone
#: database, with its German ones. What is here and means several things is taken for what it means to most who write
#: it in a feed for English readers: BST is British Summer Time and not Bangladesh's, CST is RFC 822's and not China's.
#: IST (India, Ireland, Israel), the military letters (RFC 822 has their signs wrong, says RFC 5322 4.3), and names
#: that leave the season open (ET) are left to feedparser.
_ZONES = {
    "z": 0,
    "ut": 0,
    "utc": 0,
    "gmt": 0,
    "wet": 0,
    "west": 60,
    "bst": 60,
    "cet": 60,
    "cest": 120,
    "met": 60,
    "mest": 120,
    "mez": 60,
    "mesz": 120,
    "eet": 120,
    "eest": 180,
    "sast": 120,
    "msk": 180,
    "hkt": 480,
    "sgt": 480,
    "awst": 480,
    "jst": 540,
    "kst": 540,
    "acst": 570,
    "acdt": 630,
    "aest": 600,
    "aedt": 660,
    "nzst": 720,
    "nzdt": 780,
    "nst": -210,
    "ndt": -150,
    "ast": -240,
    "adt": -180,
    "est": -300,
    "edt": -240,
    "cst": -360,
    "cdt": -300,
    "mst": -420,
    "mdt": -360,
    "pst": -480,
    "pdt": -420,
    "akst": -540,
    "akdt": -480,
    "hst": -600,
}
_MONTHS = {
    name: number
    for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1)  # noqa: SIM905
}
#: no spelling of a date is longer, and patterns over short texts are quick
_MOST_CHARACTERS = 100

_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?"
# an offset, a name, both as in “+0100 (BST)”, or “GMT+1”
_ZONE = r"(?:(?:GMT|UTC?)?(?P<sign>[+-])(?P<east>\d{1,2}):?(?P<odd>\d{2})?)?\s*\(?(?P<name>[A-Z]{1,5})?\)?"
# the day of the week is not looked at: where it contradicts the date, the date is right
_RFC822 = re.compile(
    r"(?:[^\W\d_]{2,12}\.?,?\s*)?(?P<day>\d{1,2})[\s-]+(?P<month>[A-Z]{3,9})\.?,?[\s-]+(?P<year>\d{4}|\d{2}),?"
    rf"(?:\s+{_CLOCK}\s*{_ZONE})?",
    re.IGNORECASE | re.ASCII,
)
_ISO8601 = re.compile(
    rf"(?P<year>\d{{4}})-(?P<month>\d{{2}})-(?P<day>\d{{2}})(?:(?:\s*T\s*|\s+){_CLOCK}\s*{_ZONE})?",
    re.IGNORECASE | re.ASCII,
)
#: ISO 8601 without its hyphens
_COMPACT = re.compile(r"\d{8}(?:T|$)", re.ASCII)


def instant(text: str, read_elsewhere: struct_time | None = None) -> datetime | None:
    """Return the moment that a date means, or None where it means none.

    A date without a time is midnight; a time without a zone is UTC. 24:00 is the next day's midnight, and a leap
    second the second before it.

    read_elsewhere: what feedparser made of it, for texts in none of the usual spellings.
    """
    text = text.strip()
    if len(text) > _MOST_CHARACTERS:
        return None
    if _COMPACT.match(text):
        return _compact(text)
    found = _RFC822.fullmatch(text) or _ISO8601.fullmatch(text)
    east = _east(found) if found else None
    if found is None or east is None:
        return _from_tuple(read_elsewhere)
    try:
        return (_wall_time(found) - timedelta(minutes=east)).replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        # feedparser would take 30 February for 2 March
        return None


def _from_tuple(fields: struct_time | None) -> datetime | None:
    if fields is None:
        return None
    try:
        return datetime(*fields[:6], tzinfo=UTC)
    except (ValueError, OverflowError, TypeError):
        return None


def _compact(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _wall_time(found: re.Match[str]) -> datetime:
    month = found["month"]
    hour = int(found["hour"] or 0)
    second = int(found["second"] or 0)
    moment = datetime(
        _year(found["year"]),
        int(month) if month.isdigit() else _MONTHS.get(month[:3].lower(), 0),
        int(found["day"]),
        0 if hour == 24 else hour,
        int(found["minute"] or 0),
        59 if second == 60 else second,
    )
    return moment + timedelta(days=1) if hour == 24 else moment


def _year(digits: str) -> int:
    # the web began in 1990; RFC 5322 4.3 draws the line at 50, but no feed is from then
    year = int(digits)
    return year if len(digits) == 4 else year + (2000 if year < 90 else 1900)


def _east(found: re.Match[str]) -> int | None:
    """Return how many minutes east of UTC a time is said to be; None where the zone has no name known here."""
    if found["sign"]:
        minutes = int(found["east"]) * 60 + int(found["odd"] or 0)
        return -minutes if found["sign"] == "-" else minutes
    return _ZONES.get((found["name"] or "utc").lower())
