"""Segment: who gets an edition, which variant, and in a sentence why not."""

from digest.stages.segment.rules import faults, predicate
from digest.stages.segment.shares import Share, fitting, lists, shares, wanted

__all__ = ["Share", "faults", "fitting", "lists", "predicate", "shares", "wanted"]
