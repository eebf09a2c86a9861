"""Exchangers: which mail provider takes a domain's mail, by its MX records (RFC 5321 5.1).

gmail.com, googlemail.com and every school whose mail is at Google are one provider, and one limit counts for all of
them.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock

import dns.exception
import dns.resolver

#: seconds for an answer; who has none by then is a provider of its own
SECONDS = 2.0
_AT_ONCE = 8


class Exchangers:
    """Asks for each domain once, in threads of its own. Any thread may ask."""

    def __init__(self, resolver: dns.resolver.Resolver | None = None) -> None:
        """resolver: by default that of this machine."""
        self._resolver = resolver
        self._threads = ThreadPoolExecutor(_AT_ONCE, "exchangers")
        self._asked: dict[str, Future[str]] = {}
        self._lock = Lock()

    def provider(self, domain: str) -> str | None:
        """Return the provider of a domain's mail; None while the answer is awaited. It never waits."""
        asked = self._ask(domain)
        return asked.result() if asked.done() else None

    def provider_at_last(self, domain: str) -> str:
        """Return the provider of a domain's mail; it waits for the answer."""
        return self._ask(domain).result()

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _ask(self, domain: str) -> Future[str]:
        with self._lock:
            found = self._asked.get(domain)
            if found is None:
                found = self._asked[domain] = self._threads.submit(self._found, domain)
            return found

    def _found(self, domain: str) -> str:
        try:
            resolver = self._resolver or dns.resolver.get_default_resolver()
            answer = resolver.resolve(domain, "MX", lifetime=SECONDS)
        except (dns.exception.DNSException, OSError, ValueError):
            return domain
        first = min(answer, key=lambda record: (record.preference, record.exchange))
        # a single dot says that nobody takes its mail (RFC 7505)
        return owner(first.exchange.to_text().lower().strip(".")) or domain


def owner(host: str) -> str:
    """Return the part of a host's name that somebody registered: google.com of aspmx.l.google.com."""
    labels = host.split(".")
    # co.uk, ac.uk, com.au: below the countries' own there are short second levels
    country = len(labels) > 2 and len(labels[-1]) == 2 and len(labels[-2]) <= 3
    return ".".join(labels[-3:] if country else labels[-2:])
