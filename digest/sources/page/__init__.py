"""Listing pages that have no feed: their repeated items, inferred without selectors."""

from digest.sources.page.reading import read

__all__ = ["read"]
