"""Records: what the DNS says in words (TXT, RFC 1035 3.3.14) of a name."""

from __future__ import annotations

import dns.exception
import dns.resolver

from digest.domain.errors import FetchError

#: seconds for an answer
SECONDS = 4.0


class Records:
    """Asks the DNS for words."""

    def __init__(self, resolver: dns.resolver.Resolver | None = None) -> None:
        """resolver: by default that of this machine."""
        self._resolver = resolver

    def texts(self, name: str) -> tuple[str, ...]:
        """Return the texts of a name, each joined from its strings; none where there are none.

        Raises FetchError where the DNS does not answer.
        """
        try:
            resolver = self._resolver or dns.resolver.get_default_resolver()
            answer = resolver.resolve(name, "TXT", lifetime=SECONDS, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return ()
        except (dns.exception.DNSException, OSError, ValueError) as fault:
            raise FetchError(f"The DNS did not answer for {name}.", "Try again in a minute.") from fault
        return tuple(b"".join(record.strings).decode("latin-1") for record in answer)
