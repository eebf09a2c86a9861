"""Addresses: only http(s) ones survive, and each article has one spelling."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urlencode, urljoin, urlsplit

from w3lib.url import canonicalize_url

#: a longer address is nobody's
LINK_CHARACTERS = 2_000

#: parameters that say where a click came from, and nothing of what it opens
_TRACKING = re.compile(
    r"utm_\w+|(fb|g|d|gb|wb|y|ms|tt|tw|li_fat_)cl(a?)id|gbraid|wbraid|li_fat_id|mc_[ce]id|igsh(id)?|ref_(src|url)|_hs(enc|mi)"
    r"|__hs\w+|mkt_tok|_ga|_gl|gad_source|gclsrc|at_(medium|campaign|custom\d|link_\w+)|ns_(mchannel|source|campaign"
    r"|linkname)|wt\.\w+|vero_id|oly_(enc|anon)_id|trk|cmpid|s_cid|spm|share|fbclid|epik|rb_clickid|mtm_\w+|pk_\w+",
    re.IGNORECASE,
)
#: parameters that ask for the same article in another dress
_DRESS = frozenset((("amp", ""), ("amp", "1"), ("amp", "true"), ("outputtype", "amp"), ("m", "1"), ("mobile", "1")))
_OTHER_HOST = re.compile(r"^(www\d?|m|mobile|amp)\.(?=[^.]+\.[^.]+)")
_AMP_PATH = re.compile(r"(?<=.)/amp/?$|^/amp(?=/.)|(?<=[^/])\.amp(?=(\.html?)?$)", re.IGNORECASE)
_INDEX = re.compile(r"/(index|default)\.(html?|php|aspx?)$", re.IGNORECASE)
#: caches that serve other sites' articles under their own name
_CACHE = re.compile(r"^(?:www\.)?google\.[a-z.]+/amp/(?:s/)?|^[^/]+\.cdn\.ampproject\.org/[a-z]/(?:s/)?", re.IGNORECASE)


# an item's is asked for its id, to look it up, and to store it
@lru_cache(maxsize=4096)
def canonical(link: str) -> str:
    """Return the one spelling of an article's address, for comparing; it is not one to be opened.

    Gone are the scheme, www, mobile and AMP hosts and paths, AMP caches, tracking parameters, the usual port, index
    pages, a slash at the end, and the fragment unless it is one that scripts make pages of (#/news/1, #!news);
    parameters are sorted.
    """
    if not link:
        return ""
    whole = _out_of_cache(link)
    parts = urlsplit(canonicalize_url(whole))
    place = fragment_of(whole)
    page = f"#{place}" if place.startswith(("/", "!")) else ""
    host = _OTHER_HOST.sub("", (parts.hostname or "").rstrip("."))
    port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    path = _INDEX.sub("/", _AMP_PATH.sub("", parts.path)).rstrip("/")
    kept = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if not _TRACKING.fullmatch(name) and (name.lower(), value.lower()) not in _DRESS
    ]
    return f"{host}{port}{re.sub(r'/{2,}', '/', path)}{'?' + urlencode(kept) if kept else ''}{page}"


def fragment_of(link: str) -> str:
    """Return the place on its page that an address names."""
    return urlsplit(link).fragment


def safe_link(link: str, base: str = "") -> str:
    """Return an absolute http(s) address, or nothing.

    link: absolute, or relative to base. What is no such address (javascript:, data:, mailto:) becomes "".
    """
    try:
        whole = urljoin(base, link.strip())
        whole.encode()  # raises on half a surrogate pair
        parts = urlsplit(whole)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and len(whole) <= LINK_CHARACTERS
        # reading the port checks it
        return _spelled(whole) if usable and (parts.port is None or parts.port > 0) else ""
    except ValueError:
        return ""


def _out_of_cache(link: str) -> str:
    bare = link.partition("://")[2] or link
    inner = _CACHE.sub("", bare, count=1)
    # a cache's address may hold anything behind it
    return link if inner == bare else safe_link(f"https://{unquote(inner)}") or link


def _spelled(link: str) -> str:
    # what could end an attribute or a header line is percent-encoded
    return re.sub(r"[\s\"'<>\\^`{|}\x00-\x1f\x7f]", lambda hit: f"%{ord(hit.group()):02X}", link)
