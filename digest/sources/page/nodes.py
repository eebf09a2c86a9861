"""The page as a light tree: bytes in, a Page of Nodes out. Nothing here raises, and nothing recurses.

lxml reads the HTML; its elements are then copied once into Nodes, because the copy can be bounded (size, number of
elements, depth), numbered in document order and asked for its text many times cheaply.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from urllib.parse import urljoin

from lxml import etree
from w3lib.encoding import html_to_unicode

from digest.domain.model import Document, Selectors
from digest.sources.page.text import fold, words_of_class

#: bytes that are read of a page; a listing is far smaller, and what follows is not worth the wait
MAX_BYTES = 4_000_000
#: elements that are kept of a page
MAX_NODES = 40_000
#: elements deeper than this are hung up here: old hand-written pages forget to close things
MAX_DEPTH = 1_000
#: an element with more attributes is read without them: reading takes time with the square of their number
MAX_ATTRIBUTES = 100
#: characters that one element's text is cut at
MAX_TEXT = 20_000
#: a paragraph with more characters was never in a heading
LONGEST_HEADING = 160

#: stands for the page's address where it is not known, so that relative links can still be compared
UNKNOWN_BASE = "http://unknown.invalid/"

_UNSEEN = """
    script style template title meta link base iframe object embed svg math canvas audio video select option datalist
    dialog noframes map textarea
"""
_INLINE = """
    a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr q s samp small span strike
    strong sub sup time tt u var wbr
"""
#: what is never shown, or holds no words of the page; not <head>, for libxml2 leaves the content in it where a page
#: does without the tag <body>
UNSEEN = frozenset(_UNSEEN.split())
#: what flows in a line: no space is seen between two of these
INLINE = frozenset(_INLINE.split())
HEADINGS = {f"h{rank}": rank for rank in range(1, 7)}
#: class words of text that only a screen reader says
SPOKEN_ONLY = (
    frozenset({"visually", "hidden"}),
    frozenset({"sr", "only"}),
    frozenset({"screen", "reader", "text"}),
    frozenset({"element", "invisible"}),
)
#: a start tag that is long enough to hold a crowd of attributes, with which libxml2 takes the square of their time
_CROWDED_TAG = re.compile(r"(<[a-zA-Z][\w:-]{0,60})[^<>]{4000,}")
CROWD = 500


@dataclass(slots=True, eq=False)
class Node:
    """One element: its tag, attributes, what it holds, and its place in the document."""

    tag: str
    attributes: dict[str, str]
    parent: Node | None
    #: place in document order; `last` is the place of the last element inside
    order: int
    last: int = 0
    #: elements and texts in their order
    content: list[Node | str] = field(default_factory=list)
    children: list[Node] = field(default_factory=list)
    #: characters of text inside, roughly
    size: int = 0
    #: the words in its class attribute
    words: frozenset[str] = frozenset()
    _text: str | None = None

    @property
    def text(self) -> str:
        """The text as a reader sees it, folded into one line."""
        if self._text is None:
            plain = not self.children and not self.words and self.tag != "noscript"
            self._text = fold("".join(map(str, self.content)))[:MAX_TEXT] if plain else visible_text((self,))
        return self._text

    @property
    def pieces(self) -> str:
        """The texts directly in it with a space between any two, for where only style sheets part them."""
        return fold(" ".join(part if isinstance(part, str) else part.text for part in self.content))

    @property
    def rank(self) -> int:
        """1 to 6 for a heading, 0 for everything else."""
        if self.attributes.get("role") == "heading":
            level = self.attributes.get("aria-level", "2")
            return int(level) if level in "123456" and len(level) == 1 else 2
        return HEADINGS.get(self.tag, 0)

    def get(self, name: str) -> str:
        """An attribute's value, or the empty string."""
        return self.attributes.get(name, "")

    def ancestors(self) -> Iterator[Node]:
        """The elements around this one, nearest first."""
        node = self.parent
        while node is not None:
            yield node
            node = node.parent

    def holds(self, other: Node) -> bool:
        """Whether `other` is this element or inside it."""
        return self.order <= other.order <= self.last


@dataclass(slots=True, eq=False)
class Page:
    """A page, ready to be asked."""

    root: Node
    #: every element in document order: nodes[n.order : n.last + 1] is n and all inside it
    nodes: list[Node]
    #: the address that relative links are resolved against
    base: str
    #: BCP 47 tag that the page or its source states
    languages: tuple[str, ...]
    #: what stands in the <title> element
    title: str
    #: name of a selector -> the elements it matches, in document order
    selected: Mapping[str, tuple[Node, ...]]

    def inside(self, node: Node) -> list[Node]:
        """The element and all inside it, in document order."""
        return self.nodes[node.order : node.last + 1]


def open_page(document: Document) -> Page | None:
    """The document as a Page; None where it holds no element at all."""
    markup = _CROWDED_TAG.sub(_without_attributes, decode(document).replace("\x00", ""))
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        tree = etree.fromstring(markup.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    if tree is None:
        return None
    nodes, elements = _copy(tree)
    return Page(
        root=nodes[0],
        nodes=nodes,
        base=_base(tree, document.base),
        languages=_languages(tree, document),
        title=fold(tree.findtext(".//title") or ""),
        selected=_selected(tree, dict(zip(elements, nodes, strict=True)), document.selectors),
    )


def _without_attributes(tag: re.Match[str]) -> str:
    """A long start tag as it is, or bare where it has more attributes than any page needs."""
    return tag[0] if len(tag[0].split(maxsplit=CROWD)) <= CROWD else tag[1]


def decode(document: Document) -> str:
    """The document's text. Valid UTF-8 is UTF-8 whatever is declared: no other charset looks like it by chance."""
    content = document.content[:MAX_BYTES]
    try:
        return codecs.getincrementaldecoder("utf-8-sig")().decode(content)
    except UnicodeDecodeError:
        header = document.content_type or None
        _, text = html_to_unicode(header, content, default_encoding="cp1252")
        return text


def visible_text(parts: tuple[Node | str, ...], without: frozenset[Node] = frozenset()) -> str:
    """The text of several parts as a reader sees it, leaving out some elements; cut at MAX_TEXT."""
    pieces: list[str] = []
    length = 0
    stack: list[Node | str] = list(reversed(parts))
    while stack and length < MAX_TEXT:
        part = stack.pop()
        if isinstance(part, str):
            pieces.append(part)
            length += len(part)
        elif part not in without and part.tag != "noscript" and not _spoken_only(part):
            if part.tag not in INLINE:
                pieces.append(" ")
                stack.append(" ")
            stack.extend(reversed(part.content))
    return fold("".join(pieces))


def bare_texts(node: Node) -> Iterator[str]:
    """The runs of text directly in an element that holds other elements too."""
    if len(node.content) > 1:
        yield from (fold(part) for part in node.content if isinstance(part, str) and part.strip())


def _spoken_only(node: Node) -> bool:
    return bool(node.words) and any(words <= node.words for words in SPOKEN_ONLY)


def _attribute(tree: etree._Element, path: str) -> str:
    found = tree.xpath(path)
    return str(found[0]) if isinstance(found, list) and found else ""


def _base(tree: etree._Element, address: str) -> str:
    stated = _attribute(tree, "//base/@href").strip()
    base = address or UNKNOWN_BASE
    try:
        return urljoin(base, stated)
    except ValueError:
        return base


def _languages(tree: etree._Element, document: Document) -> tuple[str, ...]:
    stated = (_attribute(tree, "/html/@lang"), _attribute(tree, "/html/@*[name()='xml:lang']"), document.language)
    return tuple(dict.fromkeys(language.strip() for language in stated if language.strip()))


def _selected(
    tree: etree._Element, nodes: Mapping[etree._Element, Node], selectors: Selectors
) -> dict[str, tuple[Node, ...]]:
    """The elements that each selector matches, of those that are seen."""
    given = {name: value for name, value in asdict(selectors).items() if value}
    if not given:
        return {}
    from cssselect import HTMLTranslator  # most pages need no selectors

    translator = HTMLTranslator()
    found = {name: tree.xpath(translator.css_to_xpath(value)) for name, value in given.items()}
    return {
        name: tuple(nodes[one] for one in matches if isinstance(one, etree._Element) and one in nodes)
        for name, matches in found.items()
        if isinstance(matches, list)
    }


def _copy(tree: etree._Element) -> tuple[list[Node], list[etree._Element]]:
    """The tree as Nodes in document order, bounded in number and in depth; and the elements they were copied from."""
    nodes: list[Node] = []
    elements: list[etree._Element] = []
    stack: list[tuple[etree._Element | str, Node | None, int]] = [(tree, None, 0)]
    while stack:
        element, parent, depth = stack.pop()
        if isinstance(element, str):
            _add_text(parent, element)
            continue
        if not isinstance(element.tag, str) or len(nodes) >= MAX_NODES:
            continue
        node = _node(element, parent, len(nodes))
        nodes.append(node)
        elements.append(element)
        home = node if depth < MAX_DEPTH or parent is None else parent
        stack.extend(reversed(_held(element, home, depth + 1)))
    _measure(nodes)
    _mend_headings(nodes)
    _mend_links(nodes)
    return nodes, elements


def _node(element: etree._Element, parent: Node | None, order: int) -> Node:
    crowded = len(element.keys()) > MAX_ATTRIBUTES
    attributes = {} if crowded else {str(name): str(value) for name, value in element.items()}
    words = words_of_class(attributes["class"]) if "class" in attributes else frozenset()
    node = Node(str(element.tag), attributes, parent, order, last=order, words=words)
    if parent is not None:
        parent.content.append(node)
        parent.children.append(node)
    return node


def _held(element: etree._Element, home: Node, depth: int) -> list[tuple[etree._Element | str, Node | None, int]]:
    held: list[tuple[etree._Element | str, Node | None, int]] = []
    if element.text:
        held.append((element.text, home, depth))
    for child in element:
        if _is_kept(child):
            held.append((child, home, depth))
        if child.tail:
            held.append((child.tail, home, depth))
    return held


def _is_kept(element: etree._Element) -> bool:
    """Whether an element is of the page: shown, or a mark for machines of when something was published."""
    if element.tag in UNSEEN:
        return element.tag == "meta" and "itemprop" in element.attrib
    return "hidden" not in element.attrib


def _add_text(parent: Node | None, text: str) -> None:
    if parent is not None:
        parent.content.append(text)
        parent.size += len(text.strip())


def _mend_headings(nodes: list[Node]) -> None:
    """Give headings back the paragraph in them: libxml2 ends <h2> where <p> begins in it, browsers do not."""
    for heading, after in pairwise(nodes):
        beside = after.parent is heading.parent and after.tag == "p" and after.size <= LONGEST_HEADING
        if heading.tag in HEADINGS and not heading.content and beside:
            after.attributes |= {"role": "heading", "aria-level": heading.tag[1]}


def _mend_links(nodes: list[Node]) -> None:
    """End a link that nobody closed where the next one begins, as browsers do; libxml2 puts the page inside it.

    A whole card that is a link and has another in it says something before that one: it stays a link.
    """
    for link, inner in pairwise([node for node in nodes if node.tag == "a"]):
        if link.holds(inner) and not (link.get("href") and _says_before(link, inner)):
            link.tag = "span"


def _says_before(around: Node, inner: Node) -> bool:
    """Whether an element shows a text or a picture before another one inside it."""
    stack: list[Node | str] = list(reversed(around.content))
    while stack:
        part = stack.pop()
        if part is inner:
            return False
        if isinstance(part, str):
            if part.strip():
                return True
        elif part.tag == "img":
            return True
        else:
            stack.extend(reversed(part.content))
    return False


def _measure(nodes: list[Node]) -> None:
    """Sizes and last places, from the leaves up: a parent always stands before its children."""
    for node in reversed(nodes):
        if node.parent is not None:
            node.parent.last = max(node.parent.last, node.last)
            if node.tag != "noscript":
                node.parent.size += node.size
