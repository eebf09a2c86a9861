"""Which provider takes a domain's mail, asked of a name server of the test's own."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest

from digest.net.exchangers import Exchangers, owner

RECORDS = {
    "gmail.com.": ["10 alt1.gmail-smtp-in.l.google.com.", "5 gmail-smtp-in.l.google.com."],
    "school.example.": ["1 aspmx.l.google.com."],
    "council.example.": ["0 council-example.mail.protection.outlook.com."],
    "college.example.": ["10 mx.hosting.co.uk."],
    "nobody.example.": ["0 ."],
}


class Names:
    """A name server that knows a few records; it answers everybody else that there are none."""

    def __init__(self, records: Mapping[str, Sequence[str]] = MappingProxyType(RECORDS), kind: str = "MX") -> None:
        self._records = records
        self._kind = kind
        self.asked: list[str] = []
        self.silent = False
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(0.05)
        self._ended = threading.Event()
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        self._ended.set()
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while not self._ended.is_set():
            try:
                octets, whence = self._socket.recvfrom(4096)
            except TimeoutError:
                continue
            query = dns.message.from_wire(octets)
            [question] = query.question
            name = question.name.to_text().lower()
            self.asked.append(name)
            if self.silent:
                continue
            reply = dns.message.make_response(query)
            if name in self._records:
                if self._records[name]:
                    reply.answer.append(dns.rrset.from_text(name, 60, "IN", self._kind, *self._records[name]))
            else:
                reply.set_rcode(dns.rcode.NXDOMAIN)
            self._socket.sendto(reply.to_wire(), whence)


@pytest.fixture
def names() -> Iterator[Names]:
    made = Names()
    yield made
    made.close()


@pytest.fixture
def exchangers(names: Names) -> Iterator[Exchangers]:
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = ["127.0.0.1"]
    resolver.port = names.port
    made = Exchangers(resolver)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("domain", "provider"),
    [
        ("gmail.com", "google.com"),
        ("school.example", "google.com"),
        ("council.example", "outlook.com"),
        ("college.example", "hosting.co.uk"),
        ("unknown.example", "unknown.example"),
        ("nobody.example", "nobody.example"),
        ("not a domain at all", "not a domain at all"),
        ("x" * 300 + ".example", "x" * 300 + ".example"),
    ],
)
def test_a_domain_belongs_to_who_takes_its_mail(exchangers: Exchangers, domain: str, provider: str) -> None:
    assert exchangers.provider_at_last(domain) == provider


def test_nobody_waits_for_an_answer_and_it_is_asked_for_once(names: Names, exchangers: Exchangers) -> None:
    names.silent = True
    assert exchangers.provider("gmail.com") is None
    names.silent = False
    end = time.monotonic() + 10
    while (found := exchangers.provider("gmail.com")) is None and time.monotonic() < end:
        time.sleep(0.01)
    assert found in ("google.com", "gmail.com"), "it may have been silent for too long"
    before = len(names.asked)
    assert {exchangers.provider("gmail.com") for _ in range(5)} == {found}
    assert len(names.asked) == before


def test_a_silent_name_server_makes_each_domain_its_own(names: Names, exchangers: Exchangers) -> None:
    names.silent = True
    assert exchangers.provider_at_last("gmail.com") == "gmail.com"


def test_who_registered_a_name() -> None:
    assert owner("aspmx.l.google.com") == "google.com"
    assert owner("mx1.school.sch.uk") == "school.sch.uk"
    assert owner("example.org") == "example.org"
    assert owner("localhost") == "localhost"
