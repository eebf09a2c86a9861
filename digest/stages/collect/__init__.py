"""Collect: what a document says becomes insights. Everything collected is hostile until it went through here.

texts      markup and controls go; a summary ends with a whole sentence
addresses  only http(s); the one spelling of an article's address
dating     which date counts, how sure it is, and what is said of those that cannot be true
reading    a reading, cleaned; an article's own page, cleaned
insights   items become insights, held against what is stored
"""

from digest.stages.collect.addresses import canonical, safe_link
from digest.stages.collect.insights import NOTHING, Collected, filled, identified, identity, insights
from digest.stages.collect.reading import cleaned, cleaned_article
from digest.stages.collect.texts import folded, plain, whole

__all__ = [
    "NOTHING",
    "Collected",
    "canonical",
    "cleaned",
    "cleaned_article",
    "filled",
    "folded",
    "identified",
    "identity",
    "insights",
    "plain",
    "safe_link",
    "whole",
]
