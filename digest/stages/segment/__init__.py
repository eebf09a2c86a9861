"""Segment: who gets an edition, which variant, and in a sentence why not."""

from digest.stages.segment.grammar import faults, fields, nearest
from digest.stages.segment.rules import Among, Every, Holds, Lies, Not, Question, Some, asked, predicate
from digest.stages.segment.shares import Share, fitting, lists, shares, wanted
from digest.stages.segment.wording import sentence

__all__ = [
    "Among",
    "Every",
    "Holds",
    "Lies",
    "Not",
    "Question",
    "Share",
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
