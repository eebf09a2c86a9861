"""Features: which entries of caniemail a piece of CSS or HTML uses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import html as markup

from digest.stages.review.lint.css import Declaration, tokens_of

#: what the name of a property begins with -> the feature that stands for the family
_FAMILIES = (
    (re.compile(r"(animation|transition|transform|mask-image|overflow|outline|flex-wrap)(-.+)?"), "css-{}"),
    (re.compile(r"border(-(top|right|bottom|left))?(-(width|style|color))?"), "css-border"),
    (re.compile(r"border-(top|bottom)-(left|right)-radius"), "css-border-radius"),
    (re.compile(r"border-(start|end)-(start|end)-radius"), "css-border-radius-logical"),
    (re.compile(r"border-image-.+"), "css-border-image"),
    (re.compile(r"border-(inline|block)-(start|end)-.+"), "css-border-inline-block-longhand"),
    (re.compile(r"border-(inline|block)(-(start|end|color|style|width))"), "css-border-inline-block-individual"),
    (re.compile(r"border-(inline|block)"), "css-border-inline-block"),
    (re.compile(r"margin-(top|right|bottom|left)"), "css-margin"),
    (re.compile(r"margin-inline-(start|end)"), "css-margin-inline-start-end"),
    (re.compile(r"margin-block-(start|end)"), "css-margin-block-start-end"),
    (re.compile(r"margin-(inline|block)"), "css-margin-inline-block"),
    (re.compile(r"padding-inline-(start|end)"), "css-padding-inline-start-end"),
    (re.compile(r"padding-block-(start|end)"), "css-padding-block-start-end"),
    (re.compile(r"padding-(inline|block)"), "css-padding-inline-block"),
    (re.compile(r"(column|row|grid|grid-row|grid-column)-gap"), "css-gap"),
    (re.compile(r"grid-template.*"), "css-grid-template"),
    (re.compile(r"columns|column-(fill|rule|span|width).*"), "css-column-layout-properties"),
    (re.compile(r"inset-.+"), "css-inset"),
    (re.compile(r"left|right|top|bottom"), "css-left-right-top-bottom"),
    (re.compile(r"flex|flex-(basis|grow|shrink)"), "css-display-flex"),
    (re.compile(r"scroll-snap-.+"), "css-scroll-snap"),
    (re.compile(r"block-size"), "css-block-inline-size"),
)
_FUNCTIONS = {
    "calc": "css-unit-calc",
    "clamp": "css-function-clamp",
    "min": "css-function-min",
    "max": "css-function-max",
    "light-dark": "css-function-light-dark",
    "linear-gradient": "css-linear-gradient",
    "repeating-linear-gradient": "css-linear-gradient",
    "radial-gradient": "css-radial-gradient",
    "repeating-radial-gradient": "css-radial-gradient",
    "conic-gradient": "css-conic-gradient",
    "rgb": "css-rgb",
    "rgba": "css-rgba",
    "lch": "css-modern-color",
    "oklch": "css-modern-color",
    "lab": "css-modern-color",
    "oklab": "css-modern-color",
    "var": "css-variables",
    "fit-content": "css-intrinsic-size",
}
_WORDS = {
    "initial": "css-unit-initial",
    "fit-content": "css-intrinsic-size",
    "min-content": "css-intrinsic-size",
    "max-content": "css-intrinsic-size",
} | dict.fromkeys(("system-ui", "ui-serif", "ui-sans-serif", "ui-rounded", "ui-monospace"), "css-sytem-ui")
_DISPLAYS = {"flex": "css-display-flex", "grid": "css-display-grid", "none": "css-display-none"}
_DISPLAYS |= {"inline-flex": "css-display-flex", "inline-grid": "css-display-grid"}

_SELECTORS = (
    (re.compile(r"\[[^\]]*\]"), "css-selector-attribute"),
    (re.compile(r"\+"), "css-selector-adjacent-sibling"),
    (re.compile(r"~"), "css-selector-general-sibling"),
    (re.compile(r">"), "css-selector-child"),
    (re.compile(r"\*"), "css-selector-universal"),
    (re.compile(r"\.[\w-]+\."), "css-selector-chaining"),
)
_PSEUDO = re.compile(r"(::?)([a-z-]+)", re.IGNORECASE)
#: written with one colon before CSS had two
_PSEUDO_ELEMENTS = frozenset(("after", "before", "first-letter", "first-line"))

_ELEMENTS = {
    name: f"html-{name}"
    for name in (
        *("abbr", "acronym", "audio", "base", "bdi", "blockquote", "del", "dfn", "dialog", "form", "hr", "marquee"),
        *("meter", "object", "picture", "progress", "rp", "rt", "ruby", "select", "small", "strike", "style", "svg"),
        *("textarea", "video", "wbr"),
    )
}
_ELEMENTS |= {"embed": "html-object", "map": "html-image-maps", "area": "html-image-maps"}
_ELEMENTS |= dict.fromkeys(("ul", "ol", "dl"), "html-lists")
_ELEMENTS |= dict.fromkeys(
    (
        *("article", "aside", "details", "figcaption", "figure", "footer", "header", "main", "mark", "nav", "section"),
        *("summary", "time"),
    ),
    "html-semantics",
)
_ATTRIBUTES = {
    name: f"html-{name}"
    for name in (
        *(
            "align",
            "aria-describedby",
            "aria-hidden",
            "aria-label",
            "aria-labelledby",
            "aria-live",
            "background",
            "dir",
        ),
        *("height", "hidden", "lang", "popover", "required", "role", "srcset", "target", "valign", "width"),
    )
} | {"loading": "html-loading-attribute", "usemap": "html-image-maps", "sizes": "html-srcset"}
_IMAGES = {name: f"image-{name}" for name in ["apng", "avif", "bmp", "gif", "ico", "mp4", "png", "svg", "webp", "jpg"]}
_IMAGES |= {"jpeg": "image-jpg", "tif": "image-tiff", "tiff": "image-tiff", "heic": "image-heif", "heif": "image-heif"}
_ENDING = re.compile(r"\.([a-z0-9]{3,4})(?:[?#].*)?$", re.IGNORECASE | re.DOTALL)


def property_features(one: Declaration) -> Iterator[str]:
    """Yield what a declaration uses; what is written for one client (mso-, -webkit-) is that client's."""
    name = one.name
    if name.startswith("--"):
        yield "css-variables"
        return
    if name.startswith("-") or name.startswith("mso-"):
        return
    if one.important:
        yield "css-important"
    family = next(((way, match) for pattern, way in _FAMILIES if (match := pattern.fullmatch(name))), None)
    if name == "display":
        yield _DISPLAYS.get(one.value.lower(), "css-display")
    elif family is not None:
        yield family[0].format(family[1].group(1)) if "{}" in family[0] else family[0]
    else:
        yield f"css-{name}"
    if name in ("flex-direction", "flex-flow") and "column" not in one.value:
        yield "css-display-flex"
    for token in tokens_of(one.tokens):
        if token.type == "function" and token.lower_name in _FUNCTIONS:
            yield _FUNCTIONS[token.lower_name]
        elif (
            token.type in ("url", "function") and name == "background" and getattr(token, "lower_name", "url") == "url"
        ):
            yield "css-background-image"
        elif token.type == "dimension":
            yield f"css-unit-{token.lower_unit}"
        elif token.type == "ident" and token.lower_value in _WORDS:
            yield _WORDS[token.lower_value]


def selector_features(selector: str) -> Iterator[str]:
    """Yield what a selector uses."""
    bare = re.sub(r"\[[^\]]*\]", "[]", selector)
    for pattern, feature in _SELECTORS:
        if pattern.search(bare):
            yield feature
    for colons, name in _PSEUDO.findall(bare):
        kind = "element" if colons == "::" or name.lower() in _PSEUDO_ELEMENTS else "class"
        yield f"css-pseudo-{kind}-{name.lower()}"


def at_rule_features(keyword: str, prelude: str) -> Iterator[str]:
    """Yield what an at-rule uses."""
    yield f"css-at-{keyword}"
    if keyword == "media":
        for feature in ("prefers-color-scheme", "prefers-reduced-motion", "orientation", "hover", "device-pixel-ratio"):
            if feature in prelude.lower():
                yield f"css-at-media-{feature}"


def element_features(element: markup.HtmlElement) -> Iterator[str]:
    """Yield what an element and its attributes use."""
    tag = str(element.tag)
    if tag in _ELEMENTS:
        yield _ELEMENTS[tag]
    if tag == "input":
        kind = (element.get("type") or "text").lower()
        yield f"html-input-{kind if kind in ('checkbox', 'hidden', 'radio', 'reset', 'submit') else 'text'}"
    elif tag == "button":
        yield f"html-button-{'reset' if (element.get('type') or '').lower() == 'reset' else 'submit'}"
    elif tag == "link" and "stylesheet" in (element.get("rel") or "").lower():
        yield "html-link"
    elif tag == "meta" and (element.get("name") or "").lower() == "color-scheme":
        yield "html-meta-color-scheme"
    elif tag == "img":
        yield from _picture(element.get("src") or "")
    for name in map(str, element.attrib):
        if name in _ATTRIBUTES:
            yield _ATTRIBUTES[name]
    href = (element.get("href") or "").lower()
    if href.startswith("#") and len(href) > 1:
        yield "html-anchor-links"
    elif href.startswith("mailto:"):
        yield "html-mailto-links"


def _picture(source: str) -> Iterator[str]:
    if source.lower().startswith("data:"):
        yield "image-base64"
        return
    ending = _ENDING.search(source[-200:])
    if ending and ending.group(1).lower() in _IMAGES:
        yield _IMAGES[ending.group(1).lower()]
