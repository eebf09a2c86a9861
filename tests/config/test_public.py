"""Where the readers' pages are served, in digest.toml."""

from __future__ import annotations

import pytest

from digest.bundle import SAMPLE_CONFIGURATION
from digest.config import parse
from digest.config.public import place
from digest.domain.errors import ConfigurationError

SAMPLE = SAMPLE_CONFIGURATION.read_text(encoding="utf8")


def _with(line: str) -> str:
    assert SAMPLE.count("[server]") == 1
    return SAMPLE.replace("[server]", f"[public]\n{line}\n\n[server]")


def test_without_a_word_the_pages_are_for_this_machine_alone() -> None:
    public = parse(SAMPLE).public
    assert (public.listen, public.trusted_proxies, public.robots) == ("127.0.0.1:8025", ("127.0.0.1",), "index")


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("127.0.0.1:8025", ("127.0.0.1", 8025)),
        ("0.0.0.0:0", ("0.0.0.0", 0)),
        ("[::1]:65535", ("::1", 65535)),
        ("localhost:80", None),
        ("127.0.0.1", None),
        (":80", None),
        ("127.0.0.1:65536", None),
        ("127.0.0.1:-1", None),
        ("127.0.0.1:٨", None),
        ("127.0.0.1: 80", None),
        ("127.1:80", None),
        ("", None),
    ],
)
def test_an_address_with_a_port_is_read_strictly(written: str, found: tuple[str, int] | None) -> None:
    assert place(written) == found


@pytest.mark.parametrize(
    ("line", "words", "mend"),
    [
        ('listen = "somewhere"', "is no address with a port", "Write it like 127.0.0.1:8025"),
        ('trusted_proxies = ["127.0.0.1", "proxy"]', "“proxy” is no network address", "10.0.0.0/8"),
        ('trusted_proxies = ["10.0.0.0/33"]', "is no network address", "10.0.0.0/8"),
        ('robots = "maybe"', "", ""),
    ],
)
def test_each_fault_has_its_line_and_its_mend(line: str, words: str, mend: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        parse(_with(line))
    [found] = raised.value.findings
    number = _with(line).splitlines().index(line) + 1
    assert found.where == f"digest.toml:{number}"
    assert words in found.what
    assert mend in found.mend
