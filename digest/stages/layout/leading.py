"""Leading: where the link to an insight leads in the end."""

from __future__ import annotations

from collections.abc import Mapping

from digest.domain.model import Insight, Newsletter, Source
from digest.stages.layout.tagging import is_web, tagged


def source_of(insight: Insight, newsletter: Newsletter) -> Source | None:
    """Return the source that an insight is from; None where the newsletter has it no more."""
    return next((one for one in newsletter.sources if one.id == insight.source), None)


def untagged(insight: Insight, newsletter: Newsletter) -> str:
    """Return the address of an insight, or the website of its source where it has none; empty where neither is."""
    source = source_of(insight, newsletter)
    return insight.link or (source.website if source else "")


def destination(insight: Insight, newsletter: Newsletter, tags: Mapping[str, str]) -> str:
    """Return an insight's address on the web with tags; empty where it has none."""
    address = untagged(insight, newsletter)
    return tagged(address, tags) if is_web(address) else ""
