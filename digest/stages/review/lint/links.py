"""Links: where they lead, whether anybody can follow them, and the way out of the list."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote, urlsplit

from lxml import html as markup

from digest.domain.model import Severity
from digest.stages.review.lint.cascade import Looks
from digest.stages.review.lint.content import unfilled
from digest.stages.review.lint.page import Page, visible
from digest.stages.review.lint.remark import Kind, Remark, shortened

MUST, LOOK, NOTE = Severity.MUST_MEND, Severity.LOOK_AT, Severity.NOTE

KINDS: Mapping[str, Kind] = {
    "links.empty": Kind(
        severity=MUST,
        looks_for="links without an address, or with `#` alone",
        why="Nothing happens when somebody follows it.",
        mend="Write the address into href, or take the link out and leave its words.",
    ),
    "links.script": Kind(
        severity=MUST,
        looks_for="`javascript:`, `vbscript:`, `data:` and `file:` addresses",
        why="Mail programs cut it off, and filters take it for an attack.",
        mend="Link to a page on the web.",
    ),
    "links.relative": Kind(
        severity=MUST,
        looks_for="addresses without a scheme and host, such as `/news` or `//host/news`",
        why="An email lies on no site: the address leads nowhere.",
        mend="Write the whole address, beginning with https://.",
    ),
    "links.malformed": Kind(
        severity=MUST,
        looks_for="what is no address: white space, no host, a port that is no number, a scheme that nobody knows",
        why="Mail programs guess, and each differently.",
        mend="Copy the address from the browser again.",
    ),
    "links.mailto": Kind(
        severity=MUST,
        looks_for="`mailto:` and `tel:` without an address or number",
        why="The mail program opens and does not know whom to write to.",
        mend="Write the address after mailto:, such as mailto:hello@example.org.",
    ),
    "links.private": Kind(
        severity=MUST,
        looks_for="addresses of this machine or of a network (localhost, 10.0.0.1, `.local`, `.internal`, `.test`)",
        why="It works in the office and for no reader.",
        mend="Write the public address.",
    ),
    "links.placeholder": Kind(
        severity=MUST,
        looks_for="addresses that were to be replaced (yourdomain.com, insert-link-here)",
        why="Readers land on somebody else's site, or on none.",
        mend="Write the real address.",
    ),
    "links.merge-field": Kind(
        severity=MUST,
        looks_for="merge fields left in an address",
        why="The address leads nowhere, or everybody to the same wrong place.",
        mend="Fill the field in before sending, or take it out.",
    ),
    "links.password": Kind(
        severity=MUST,
        looks_for="a name and password in an address",
        why="Everybody who gets the email gets the password.",
        mend="Take what stands before the @ out, and change the password.",
    ),
    "links.fragment": Kind(
        severity=LOOK,
        looks_for="links to a place in the email that is not there",
        why="Nothing happens when somebody follows it.",
        mend="Give the place that id, or link to the web version.",
    ),
    "links.disguised": Kind(
        severity=LOOK,
        looks_for="links whose words are one address and lead to another host",
        why="That is how phishing looks; filters and careful readers stop there.",
        mend="Let words and address be the same, or write words that are no address.",
    ),
    "links.shortener": Kind(
        severity=LOOK,
        looks_for="addresses of shorteners such as bit.ly",
        why="Nobody sees where it leads, and spam uses the same hosts.",
        mend="Write the whole address.",
    ),
    "links.insecure": Kind(
        severity=NOTE,
        looks_for="`http://`",
        why="Everybody on the way can read and change the page; some mail programs warn.",
        mend="Try the address with https://.",
    ),
    "links.picture": Kind(
        severity=MUST,
        looks_for="pictures without an address, or with a relative or private one",
        why="Readers see an empty frame.",
        mend="Put the picture on the web and write its whole address.",
    ),
    "links.pixel": Kind(
        severity=LOOK,
        looks_for="pictures of one pixel",
        why="They tell who opened the email, which in the UK needs consent, and mail programs hide or pre-load them.",
        mend="Take it out.",
    ),
    "links.unsubscribe": Kind(
        severity=MUST,
        looks_for="a link to unsubscribe",
        why="The law and every mail provider ask for one; without it people press “spam”.",
        mend="Put a link to unsubscribe into the footer; in templates of this program it is {{ block.unsubscribe }}.",
    ),
    "links.unsubscribe-above": Kind(
        severity=LOOK,
        looks_for="a link to unsubscribe in the first quarter or before the first story, where the email is long",
        why="Gmail cuts long emails off, and the link at the end with it.",
        mend="Repeat the link at the top, beside the link to the web version.",
    ),
}

#: characters of text from which an email is so long that its footer may not be reached
LONG = 1_500
#: characters of an address that are looked at
LONGEST = 2_000
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_KNOWN = frozenset(("http", "https", "mailto", "tel", "sms", "callto", "webcal", "whatsapp", "facetime", "geo", "cid"))
_UNSUBSCRIBE = re.compile(
    r"unsub|opt[\s_-]?out|dad-?danysgrifio|abmeld|abbestell|d[ée]sabonn|d[ée]sinscri|afmelden|uitschrijv"
    r"|darse de baja|dejar de recibir|cancelar (la )?suscripci|disiscri|wypisz|stop receiving|leave (this|the) list",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    r"your[-_]?(domain|site|website|company|link|url|organi[sz]ation)|(insert|add|paste)[-_]?(your[-_]?)?(link|url)"
    r"|(link|url)[-_]?(goes[-_]?)?here|domain\.tld|placeholder|^https?://(link|url|www)/?$|^https?://x{3}",
    re.IGNORECASE,
)
_INSIDE = (".local", ".internal", ".localhost", ".lan", ".intranet", ".test", ".invalid", ".corp", ".home.arpa")
_SHORTENERS = frozenset(
    (
        "bit.ly",
        "tinyurl.com",
        "goo.gl",
        "ow.ly",
        "t.co",
        "is.gd",
        "buff.ly",
        "rebrand.ly",
        "cutt.ly",
        "tiny.cc",
        "rb.gy",
    )
)
_ADDRESS = re.compile(r"(?:https?://)?(?:[a-z0-9-]+\.)+[a-z]{2,}(?:[/?#]\S*)?", re.IGNORECASE)
_MAILBOX = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def remarks(page: Page, looks: Looks, leaving: frozenset[str] = frozenset()) -> Iterator[Remark]:
    """Yield what is wrong with the links and pictures.

    looks: the light view; leaving: addresses that are known to lead out of the list.
    """
    ids = {name for element in page.elements for name in (element.get("id"), element.get("name")) if name}
    for link in page.named("a", "area"):
        if link.get("href") is None and (link.get("name") or link.get("id")):
            continue
        for code, what in _faults(link.get("href"), ids):
            yield Remark(code=code, what=what, where=page.place(link))
        yield from _disguise(page, link)
    for picture in page.named("img"):
        yield from _picture(page, picture)
    yield from _unsubscribe(page, looks, leaving)


def unsubscribes(words: str, address: str) -> bool:
    """Tell whether a link's words or address say that it leads out of the list."""
    return bool(_UNSUBSCRIBE.search(words) or _UNSUBSCRIBE.search(unquote(address)))


def private(host: str) -> bool:
    """Tell whether a host is of this machine or of a network inside."""
    bare = host.strip("[]").rstrip(".").lower()
    try:
        return not ipaddress.ip_address(bare).is_global
    except ValueError:
        return bare == "localhost" or "." not in bare or bare.endswith(_INSIDE)


def _faults(href: str | None, ids: set[str]) -> Iterator[tuple[str, str]]:
    address = (href or "").strip()[:LONGEST]
    if not address or address == "#":
        yield "links.empty", f"A link has {'only “#” for' if address else 'no'} address."
        return
    left = unfilled(address)
    if left:
        yield "links.merge-field", f"The address still holds {shortened(left)}."
        return
    if address.startswith("#"):
        if unquote(address[1:]) not in ids:
            yield "links.fragment", f"There is no place {shortened(address)} in the email."
        return
    if _PLACEHOLDER.search(address):
        yield "links.placeholder", f"The address is only a placeholder: {shortened(address)}."
        return
    yield from _by_scheme(address)


def _by_scheme(address: str) -> Iterator[tuple[str, str]]:
    scheme = _SCHEME.match(address)
    name = scheme.group(1).lower() if scheme else ""
    # “example.org:8080/x” looks like a scheme, too
    if not name or (name not in _KNOWN and re.match(r"[^/]*:\d+(/|$)", address)):
        yield "links.relative", f"The address is not whole: {shortened(address)}."
    elif name in ("javascript", "vbscript", "data", "file"):
        yield "links.script", f"A link begins with {name}:."
    elif name not in _KNOWN:
        yield "links.malformed", f"No mail program knows addresses that begin with {shortened(name, 20)}:."
    elif name == "mailto":
        if not _MAILBOX.fullmatch(unquote(address[7:].partition("?")[0]).partition(",")[0].strip()):
            yield "links.mailto", f"There is no address in {shortened(address)}."
    elif name in ("tel", "sms"):
        if not re.search(r"\d", address):
            yield "links.mailto", f"There is no number in {shortened(address)}."
    elif name in ("http", "https"):
        yield from _web(address, name)


def _web(address: str, scheme: str) -> Iterator[tuple[str, str]]:
    if re.search(r"[\s\x00-\x1f\"<>\\^`]", address):
        yield "links.malformed", f"The address holds white space or signs that no address has: {shortened(address)}."
        return
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        yield "links.malformed", f"It is no address: {shortened(address)}."
        return
    if not host or ".." in host or not re.match(rf"{scheme}://", address, re.IGNORECASE):
        yield "links.malformed", f"It is no address: {shortened(address)}."
        return
    if parts.password is not None:
        yield "links.password", f"A password stands in the address at {host}."
    if private(host):
        yield "links.private", f"{host} can be reached from inside only."
    elif scheme == "http":
        yield "links.insecure", f"{shortened(address)} is not encrypted."
    if host.removeprefix("www.") in _SHORTENERS:
        yield "links.shortener", f"{shortened(address)} hides where it leads."


def _disguise(page: Page, link: markup.HtmlElement) -> Iterator[Remark]:
    words = page.words(link)
    if not _ADDRESS.fullmatch(words) or not (link.get("href") or "").lower().startswith("http"):
        return
    try:
        said = urlsplit(words if "//" in words else f"https://{words}").hostname or ""
        leads = urlsplit(str(link.get("href")).strip()).hostname or ""
    except ValueError:
        return
    said, leads = said.lower().removeprefix("www."), leads.lower().removeprefix("www.")
    # a host below the other is the same organisation's
    if leads and not (f".{leads}".endswith(f".{said}") or f".{said}".endswith(f".{leads}")):
        what = f"The words say {shortened(said)}, the link leads to {shortened(leads)}."
        yield Remark(code="links.disguised", what=what, where=page.place(link), about=said)


def _picture(page: Page, picture: markup.HtmlElement) -> Iterator[Remark]:
    source = (picture.get("src") or "").strip()
    scheme = _SCHEME.match(source)
    name = scheme.group(1).lower() if scheme else ""
    fault = ""
    if not source:
        fault = "A picture has no address."
    elif name not in ("http", "https", "cid", "data"):
        fault = f"A picture's address is not whole: {shortened(source)}."
    elif name in ("http", "https"):
        fault = next((what for code, what in _web(source, name) if code in ("links.malformed", "links.private")), "")
    if fault:
        yield Remark(code="links.picture", what=fault, where=page.place(picture))
    if {picture.get("width"), picture.get("height")} <= {"0", "1"}:
        yield Remark(code="links.pixel", what="A picture of one pixel is loaded.", where=page.place(picture))


def _unsubscribe(page: Page, looks: Looks, leaving: frozenset[str]) -> Iterator[Remark]:
    links = [
        one
        for one in page.named("a")
        if one.get("href")
        and not looks[one].hidden
        and (one.get("href") in leaving or unsubscribes(page.words(one), str(one.get("href"))))
    ]
    if not links:
        yield Remark(code="links.unsubscribe", what="The HTML has no unsubscribe link.")
        return
    body = visible(page.words(page.root))
    if len(body) < LONG:
        return
    links_inside = set(links[0].iter())
    first = next(page.named("h2", "h3"), None)
    read = 0
    for element, text in page.flow:
        if element in links_inside:
            return
        if element is first or read > 0.25 * len(body):
            what = "The first way out of the list stands behind the stories."
            yield Remark(code="links.unsubscribe-above", what=what, where=page.place(links[0]))
            return
        read += len(visible(text))
