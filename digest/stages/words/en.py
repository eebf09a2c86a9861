"""English."""

from __future__ import annotations

from digest.stages.words.catalogue import Catalogue


def _plural(count: int) -> str:
    return "one" if count == 1 else "other"


CATALOGUE = Catalogue(
    forms=("one", "other"),
    plural=_plural,
    words={
        "view_in_browser": "View in your browser",
        "unsubscribe": "Unsubscribe",
        "number": "No. {number}",
        "date": "{day} {month} {year}",
        "stories_one": "{count} story",
        "stories_other": "{count} stories",
        "minutes_one": "{count} min read",
        "minutes_other": "{count} min read",
        "correction": "Correction",
        "top_story": "Top story",
        "read_full_story": "Read the full story at {place}",
        "also_at": "Also at",
        "also": "Also:",
        "other_news": "Other news",
        "in_brief": "In brief",
        "more_one": "{count} more story is on our website.",
        "more_other": "{count} more stories are on our website.",
        "whole_edition": "See the whole edition",
        "event": "Event",
        "not_yet": "You do not get {newsletter} yet?",
        "why": "You get this because you subscribed to {newsletter}.",
        "forwarded": "Forwarded to you?",
        "subscribe": "Subscribe",
        "change_preferences": "Change your preferences",
        "privacy_notice": "Privacy notice",
        "visit": "Visit {organisation}",
        "january": "January",
        "february": "February",
        "march": "March",
        "april": "April",
        "may": "May",
        "june": "June",
        "july": "July",
        "august": "August",
        "september": "September",
        "october": "October",
        "november": "November",
        "december": "December",
    },
)
