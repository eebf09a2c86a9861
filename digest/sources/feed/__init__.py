"""Feeds: RSS, Atom, RDF and CDF, which are XML, and JSON Feed."""

from digest.sources.feed.reading import read

__all__ = ["read"]
