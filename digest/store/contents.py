"""Contents: what people decide about an edition, as JSON and back. Insights stand in it by their ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from digest.domain.model import Content, FreeBlock, Insight, OwnBlock, Placement, Story, Wording, Written

Json = dict[str, Any]
#: of a placement, as it is
_PLAIN = ("theme", "score", "check", "runner_up", "pinned", "place", "first_in")


def of_content(content: Content) -> Json:
    """Return a content as JSON."""
    return {
        "placements": [of_placement(one) for one in content.placements],
        "left_out": [of_placement(one) for one in content.left_out],
        "written": of_written(content.written),
    }


def content(made: Mapping[str, Any], insights: Mapping[str, Insight]) -> Content:
    """Return a content from its JSON and the insights that it names."""
    return Content(
        placements=tuple(placement(one, insights) for one in made["placements"]),
        left_out=tuple(placement(one, insights) for one in made["left_out"]),
        written=written(made["written"]),
    )


def named(made: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the ids of the insights of some placements in JSON."""
    return [insight for one in made for insight in one["insights"]]


def of_placement(one: Placement) -> Json:
    """Return a placement as JSON."""
    return {
        **{name: getattr(one, name) for name in _PLAIN},
        "insights": [insight.id for insight in one.story.insights],
        "reasons": list(one.reasons),
        "wording": of_wording(one.wording),
    }


def placement(made: Mapping[str, Any], insights: Mapping[str, Insight]) -> Placement:
    """Return a placement from its JSON and the insights that it names."""
    lead, *also = (insights[one] for one in made["insights"])
    return Placement(
        story=Story(lead=lead, also=tuple(also)),
        reasons=tuple(made["reasons"]),
        wording=wording(made["wording"]),
        **{name: made[name] for name in _PLAIN},
    )


def of_wording(one: Wording) -> Json:
    """Return a wording as JSON: what was written of it."""
    made = {name: value for name, value in asdict(one).items() if value}
    return made | ({"published": one.published.isoformat()} if one.published else {})


def wording(made: Mapping[str, Any]) -> Wording:
    """Return a wording from its JSON."""
    published = made.get("published")
    return Wording(**{**made, "published": datetime.fromisoformat(published) if published else None})


def of_written(one: Written) -> Json:
    """Return what staff wrote as JSON."""
    blocks = [{"id": own.id, **_said(own.block)} for own in one.blocks]
    made = {"subject": one.subject, "preheader": one.preheader, "themes": list(one.themes), "blocks": blocks}
    said = {name: value for name, value in made.items() if value}
    return said if one.introduction is None else said | {"introduction": one.introduction}


def written(made: Mapping[str, Any]) -> Written:
    """Return what staff wrote from its JSON."""
    return Written(
        subject=made.get("subject", ""),
        preheader=made.get("preheader", ""),
        introduction=made.get("introduction"),
        themes=tuple(made.get("themes", ())),
        blocks=tuple(_own_block(one) for one in _rows(made.get("blocks", ()))),
    )


def _rows(blocks: Sequence[Mapping[str, Any]]) -> Iterable[Json]:
    return (dict(one) for one in blocks)


def _own_block(made: Json) -> OwnBlock:
    return OwnBlock(id=made.pop("id"), block=FreeBlock(**made))


def _said(block: FreeBlock) -> Json:
    return {one.name: value for one in fields(block) if (value := getattr(block, one.name))}
