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
        "corrected_on": "Corrected on {day} {month}:",
        "correction_title": "Correction to no. {number}",
        "see_corrected": "See the corrected edition",
        "catch_up": "Some of these stories are the best of our last editions, which you have not had.",
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
        "consent": "I would like to get {newsletter} by email. I know that I can leave at any time.",
        "confirm_subject": "Confirm that you want {newsletter}",
        "confirm_title": "One more step",
        "confirm_text": (
            "Somebody asked us to send {newsletter} to this address. Was it you? Then say yes, and the next "
            "edition comes to you."
        ),
        "confirm_button": "Yes, send it to me",
        "confirm_after": (
            "It was not you? Then do nothing: without your yes, nothing comes. The button works for seven days."
        ),
        "known_subject": "You already get {newsletter}",
        "known_title": "You are on the list",
        "known_text": (
            "Somebody asked us to send {newsletter} to this address. You get it already, and nothing has changed."
        ),
        "known_button": "See or change what you get",
        "known_after": "It was not you? Then there is nothing to do.",
        "welcome_subject": "Welcome to {newsletter}",
        "welcome_title": "Welcome",
        "welcome_text": (
            "From the next edition on you get {newsletter}. You choose what it is about and how often it "
            "comes, and every email has a link that ends it."
        ),
        "welcome_button": "Choose what you get",
        "welcome_after": "There is nothing you have to do.",
        "keep_subject": "Do you still want {newsletter}?",
        "keep_title": "Is this still for you?",
        "keep_text": (
            "You said yes to {newsletter} in {since}. That is a while ago, and we write only to those who want it."
        ),
        "keep_button": "Yes, keep it coming",
        "keep_after": "No longer? The link below ends it, and we thank you for reading.",
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
