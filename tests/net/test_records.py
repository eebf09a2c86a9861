"""What the DNS says in words of a name, asked of a name server of the test's own."""

from __future__ import annotations

from collections.abc import Iterator

import dns.resolver
import pytest

from digest.domain.errors import FetchError
from digest.net import records
from digest.net.records import Records
from tests.net.test_exchangers import Names

TEXTS = {
    "fernhill.example.": ['"v=spf1 " "include:mail.example -all"', '"a site\'s mark"'],
    "strange.example.": ['"caf\\195\\169"'],
    "bare.example.": [],
}


@pytest.fixture
def names() -> Iterator[Names]:
    made = Names(TEXTS, "TXT")
    yield made
    made.close()


@pytest.fixture
def asking(names: Names) -> Records:
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = ["127.0.0.1"]
    resolver.port = names.port
    return Records(resolver)


def test_the_strings_of_a_record_are_one_text(asking: Records) -> None:
    assert set(asking.texts("fernhill.example")) == {"v=spf1 include:mail.example -all", "a site's mark"}
    assert len(asking.texts("strange.example")) == 1


def test_a_name_without_words_has_none(asking: Records) -> None:
    assert asking.texts("bare.example") == ()
    assert asking.texts("nowhere.example") == ()


@pytest.mark.parametrize("name", ["a..b", "x" * 300 + ".example", "ü" * 70 + ".example"])
def test_what_cannot_be_asked_is_told_kindly(name: str, asking: Records) -> None:
    with pytest.raises(FetchError, match="did not answer"):
        asking.texts(name)


def test_a_name_server_that_is_silent_is_not_waited_for(
    names: Names, asking: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    names.silent = True
    monkeypatch.setattr(records, "SECONDS", 0.2)
    with pytest.raises(FetchError, match="did not answer"):
        asking.texts("fernhill.example")
