"""Segment: who gets an edition, which variant, and in a sentence why not."""

from digest.stages.segment.grammar import OWN_FIELDS, Tested, each_test, faults, nearest, size
from digest.stages.segment.made_up import made_up
from digest.stages.segment.rules import Among, Every, Holds, Lies, Not, Question, Some, asked, predicate
from digest.stages.segment.shares import LONGEST, Offer, Share, Sharing, counted, fitting, largest, shares, wanted
from digest.stages.segment.wording import sentence

__all__ = [
    "LONGEST",
    "OWN_FIELDS",
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
    "Tested",
    "asked",
    "counted",
    "each_test",
    "faults",
    "fitting",
    "largest",
    "made_up",
    "nearest",
    "predicate",
    "sentence",
    "shares",
    "size",
    "wanted",
]
