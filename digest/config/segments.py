"""What the segments of digest.toml must fulfil: rules that can be read and ask for themes that there are."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping

from digest.config.lines import ValuePath
from digest.domain.model import Newsletter
from digest.stages import segment

#: of a newsletter: all are counted in one look; and values that their rules name altogether
MOST_SEGMENTS = 60
MOST_VALUES = 5_000

Fault = tuple[ValuePath, str, str]


def faults(newsletter: Newsletter, at: ValuePath) -> Iterator[Fault]:
    """Yield (path, what is wrong, how to mend it) for the segments of the newsletter that stands at a path."""
    themes = [theme.id for theme in newsletter.themes]
    for number, one in enumerate(newsletter.segments):
        path = (*at, "segments", number)
        for theme in one.themes:
            if theme not in themes:
                yield (*path, "themes"), f"There is no theme “{theme}”.", "Give ids of themes."
        wrong = [*segment.faults(one.rule)]
        for where, what in wrong:
            yield (*path, *_rule_path(where)), f"The rule cannot be read: {what}.", "See docs/segments.md."
        if not wrong:
            yield from _themes_asked(one.rule, themes, path)
    most, named = len(newsletter.segments), sum(segment.size(one.rule)[1] for one in newsletter.segments)
    if most > MOST_SEGMENTS or named > MOST_VALUES:
        what = f"There are more than {MOST_SEGMENTS} segments, or their rules name more than {MOST_VALUES:,} values."
        yield (*at, "segments"), what, "Give these people a tag in the file, and ask for that."


def _themes_asked(rule: Mapping[str, object], themes: list[str], at: ValuePath) -> Iterator[Fault]:
    for test in segment.each_test(rule):
        for theme in test.values if test.field == "themes" else ():
            if theme.casefold() not in themes:
                near = difflib.get_close_matches(theme.casefold(), themes, n=1)
                mend = f"Did you mean “{near[0]}”?" if near else f"It is one of {', '.join(themes) or 'none'}."
                yield (*at, *_rule_path(test.where)), f"The rule asks for the theme “{theme}”, and there is none.", mend


def _rule_path(where: str) -> ValuePath:
    return tuple(int(part) if part.isdigit() else part for part in where.split("."))
