"""Inlining: style sheets go into the elements they are for; what only some clients understand stays a sheet."""

from __future__ import annotations

import logging
import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from premailer import Premailer

# a conditional comment that ends where the next begins
_MSO_SEAM = re.compile(r"<!\[endif\]-->\s*<!--\[if mso \| IE\]>")
_MJML_STYLE = re.compile(r"<style ((?:type|media)=)")


# with premailer's defaults columns collapse, dark mode is unreadable, and it asks the network
_OPTIONS: dict[str, Any] = {
    "keep_style_tags": False,
    "strip_important": False,
    "disable_validation": True,
    "allow_network": False,
    "disable_basic_attributes": ["width", "height"],
    "align_floating_images": False,
    "remove_classes": False,
    "include_star_selectors": False,
    "disable_leftover_css": False,
    "method": "html",
    "cssutils_logging_level": logging.CRITICAL,
}
#: style sheets whose rules are kept: a template has one or two
_KEPT = 64


def inlined(page: str) -> str:
    """Inline the style sheets of a compiled email; media queries and conditional comments stay."""
    # premailer drops a lower-case doctype
    page = page.replace("<!doctype html>", "<!DOCTYPE html>", 1)
    # MJML's own style blocks hold rules for clients, not styles to inline; ours are plain <style>
    page = _MJML_STYLE.sub(r'<style data-premailer="ignore" \1', page)
    made = _inliner()(page, **_OPTIONS).transform(pretty_print=False)
    return _MSO_SEAM.sub("", str(made)).replace(' height="auto"', "")


@cache
def _inliner() -> type[Premailer]:
    """Return premailer's class, loaded late: with mjml it costs a command that renders nothing a third of a second.

    premailer keeps the sheets it has parsed, but writes their rules out again for each email, which took a quarter of
    its time.
    """
    import premailer

    @lru_cache(maxsize=_KEPT)
    def rules(sheet: str, index: int) -> tuple[Any, Any]:
        written: tuple[Any, Any] = premailer.Premailer("", **_OPTIONS)._parse_style_rules(sheet, index)
        return written

    class Inliner(premailer.Premailer):  # type: ignore[misc]
        """Premailer that keeps what it has written out."""

        def _parse_style_rules(self, css_body: str, ruleset_index: int) -> tuple[Any, Any]:
            return rules(css_body, ruleset_index)

    return Inliner
