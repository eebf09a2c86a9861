"""Segment: who gets an edition, which variant, and in a sentence why not."""

from digest.stages.segment.grammar import faults, fields, nearest
from digest.stages.segment.rules import Among, Every, Holds, Lies, Not, Question, Some, asked, predicate
from digest.stages.segment.shares import LONGEST, Offer, Share, Sharing, fitting, lists, shares, wanted
from digest.stages.segment.wording import sentence

__all__ = [
    "LONGEST",
    "Among",
    "Every",
    "Holds",
    "Lies",
    "Not",
    "Offer",
    "Question",
    "Share",
    "Sharing",
    "Some",
    "asked",
    "faults",
    "fields",
    "fitting",
    "lists",
    "nearest",
    "predicate",
    "sentence",
    "shares",
    "wanted",
]
