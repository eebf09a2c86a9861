"""Slots: the times at which a newsletter's editions are due, and what hangs on them.

::

    words, cron, days ─ rules ─► a rule ─ dates ─► slots, and dates that are left out, each with why
                      tongue, patterns, holidays
    leads     “the evening before at 18:00”: when the draft is made, by when it is approved
    windows   “between 07:00 and 19:00”: when mail may leave
    mornings  each person's own time of day
"""

from digest.stages.slots.dates import Date, after, between, dates, edition_id, for_readers, named, sentence
from digest.stages.slots.deadlines import draft_at, due_by, reminders
from digest.stages.slots.faults import faults, of_holidays, of_spans, past
from digest.stages.slots.holidays import spoken_of as whose_holidays
from digest.stages.slots.holidays import upcoming as holidays_ahead
from digest.stages.slots.mornings import Mornings
from digest.stages.slots.tongue import DAYS, Unread
from digest.stages.slots.windows import closes, leaves_at, opens, window_sentence

__all__ = [
    "DAYS",
    "Date",
    "Mornings",
    "Unread",
    "after",
    "between",
    "closes",
    "dates",
    "draft_at",
    "due_by",
    "edition_id",
    "faults",
    "for_readers",
    "holidays_ahead",
    "leaves_at",
    "named",
    "of_holidays",
    "of_spans",
    "opens",
    "past",
    "reminders",
    "sentence",
    "whose_holidays",
    "window_sentence",
]
