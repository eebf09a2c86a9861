"""Where on a page an element stands: in its content, or in what every page of a site has around it.

Only what the HTML standard and everyday class words say is used, and the words never win against the page: a marked
part that holds most of the page's text is its content whatever it is called.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from digest.sources.page.nodes import Node, Page

#: how much the place counts for what stands in it; 1 is the page's content
CONTENT = 1.0
HEADER = 0.35
ASIDE = 0.3
MENU = 0.08
FOOTER = 0.12
HIDDEN = 0.15
#: a dialogue or a cookie banner: not the content even where it holds most of the page's text
NEVER = 0.0

_BY_TAG = {"nav": MENU, "menu": MENU, "footer": FOOTER, "header": HEADER, "aside": ASIDE}
_BY_ROLE = {
    "navigation": MENU,
    "menu": MENU,
    "menubar": MENU,
    "tablist": MENU,
    "contentinfo": FOOTER,
    "banner": HEADER,
    "complementary": ASIDE,
    "dialog": NEVER,
    "alertdialog": NEVER,
    "search": HIDDEN,
}
_BY_WORD = {
    **dict.fromkeys(("nav", "navbar", "navigation", "menu", "breadcrumb", "breadcrumbs", "toc"), MENU),
    **dict.fromkeys(("pagination", "pager", "paginator"), MENU),
    **dict.fromkeys(("footer", "colophon", "foot"), FOOTER),
    **dict.fromkeys(("sidebar", "aside", "related", "popular", "trending", "tagcloud", "social", "share"), ASIDE),
    **dict.fromkeys(("partners", "sponsors", "supporters", "team", "staff", "trustees", "testimonials"), ASIDE),
    **dict.fromkeys(("modal", "popup", "offcanvas", "comments"), HIDDEN),
    **dict.fromkeys(("cookie", "cookies", "consent", "gdpr"), NEVER),
}
#: "with-sidebar" and "has-menu" speak of a neighbour, not of the element itself
_ABOUT_OTHERS = frozenset(
    {"with", "has", "no", "without", "hide", "is", "main", "wrap", "wrapper", "layout", "container"}
)
#: header and footer inside one of these are that part's own, not the page's
_PARTS = frozenset({"article", "main", "li", "section", "td", "dd"})
#: a form with more links is no form to fill in: some systems put their lists into one
FORM_LINKS = 3
#: a marked part with more than this share of the page's text is the content
_MOST = 0.7
#: where less than this share of the page's text is left as content, a part that is called a side bar may be the layout
_HARDLY_ANY = 0.05
#: the whole page wears words that describe its layout
_WHOLE_PAGE = frozenset({"html", "body", "main", "article"})


class Regions:
    """The place of every element, worked out once."""

    def __init__(self, page: Page) -> None:
        """Read the places of the page's elements."""
        own = [min(_own_weight(node), _form_weight(node, page)) for node in page.nodes]
        content = _filling(page)
        self._weights = _weights(page, own, content)
        #: characters of text in the page's content
        self.content_size = self._size_of_content(page)
        if self.content_size < page.root.size * _HARDLY_ANY and (layouts := _layouts(page, own)):
            self._weights = _weights(page, own, content | layouts)
            self.content_size = self._size_of_content(page)

    def weight(self, node: Node) -> float:
        """From just above 0 (a menu) to 1 (the content)."""
        return self._weights[node.order]

    def _size_of_content(self, page: Page) -> int:
        return sum(_own_size(node) for node in page.nodes if self._weights[node.order] == CONTENT)


def _weights(page: Page, own: Sequence[float], content: frozenset[Node]) -> list[float]:
    """The weight of every element: the least of its own and those around it, but for what is the content after all."""
    weights: list[float] = []
    most = max(page.root.size, 1) * _MOST
    main = _main(page)
    for node, weight in zip(page.nodes, own, strict=True):
        inherited = weights[node.parent.order] if node.parent else CONTENT
        is_content = node.size > most or node in content or (weight == ASIDE and any(map(node.holds, main)))
        weights.append(weight if weight < inherited and (weight == NEVER or not is_content) else inherited)
    return weights


def _layouts(page: Page, own: Sequence[float]) -> frozenset[Node]:
    """Parts called a side bar that are a side bar and the content beside it, of which it is the smaller."""
    called = [node for node, weight in zip(page.nodes, own, strict=True) if weight == ASIDE and node.size]
    layouts: set[Node] = set()
    for part in _outermost(called):
        inner = list(_outermost(node for node in called if node is not part and part.holds(node)))
        if inner and sum(node.size for node in inner) < part.size / 2:
            layouts.add(part)
    return frozenset(layouts)


def _main(page: Page) -> list[Node]:
    """What surely is content: the parts marked as the main one, and the page's only h1 where it is no link."""
    main = [node for node in page.nodes if node.tag == "main" or node.get("role") == "main"]
    first = [node for node in page.nodes if node.tag == "h1" and node.size]
    linked = any(node.tag == "a" for heading in first for node in (*page.inside(heading), *heading.ancestors()))
    return main if len(first) != 1 or linked else [*main, *first]


def _filling(page: Page) -> frozenset[Node]:
    """Parts marked as menus that together hold nearly all of the main part: its own lists, whatever they are called."""
    filling: set[Node] = set()
    for main in _outermost(node for node in page.nodes if node.tag == "main" or node.get("role") == "main"):
        menus = list(_outermost(node for node in page.inside(main)[1:] if node.tag == "nav"))
        if sum(menu.size for menu in menus) > main.size * _MOST:
            filling.update(menus)
    return frozenset(filling)


def _outermost(nodes: Iterable[Node]) -> Iterator[Node]:
    """Of elements in document order those that are in none of the others."""
    last = -1
    for node in nodes:
        if node.order > last:
            last = node.last
            yield node


def _own_weight(node: Node) -> float:
    """What the element's own tag, role, name and style say about it."""
    weight = _BY_ROLE.get(node.get("role"), CONTENT)
    if node.tag in _BY_TAG and not (node.tag in ("header", "footer") and _inside_a_part(node)):
        weight = min(weight, _BY_TAG[node.tag])
    if node.get("style").replace(" ", "").startswith("display:none"):
        weight = min(weight, HIDDEN)
    if node.tag not in _WHOLE_PAGE:
        weight = min(weight, _named_weight(node))
    return weight


def _own_size(node: Node) -> int:
    """Characters of text that are in an element and in none inside it, roughly."""
    return node.size - sum(child.size for child in node.children if child.tag != "noscript")


def _form_weight(node: Node, page: Page) -> float:
    """What it says about an element that it is a form to fill in."""
    if node.tag != "form":
        return CONTENT
    return HIDDEN if sum(inner.tag == "a" for inner in page.inside(node)) <= FORM_LINKS else CONTENT


def _named_weight(node: Node) -> float:
    words = node.words | frozenset(node.get("id").lower().replace("_", "-").split("-"))
    if not words or words & _ABOUT_OTHERS:
        return CONTENT
    return min((_BY_WORD[word] for word in words if word in _BY_WORD), default=CONTENT)


def _inside_a_part(node: Node) -> bool:
    return any(around.tag in _PARTS for around in node.ancestors())
