"""Where the desk is served, in digest.toml."""

from __future__ import annotations

import pytest

from digest.bundle import SAMPLE_CONFIGURATION
from digest.config import parse
from digest.domain.errors import ConfigurationError

SAMPLE = SAMPLE_CONFIGURATION.read_text(encoding="utf8")


def _with(line: str) -> str:
    return SAMPLE.replace("[server]", f"[desk]\n{line}\n\n[server]")


def test_without_a_word_the_desk_is_for_this_machine_alone() -> None:
    desk = parse(SAMPLE).desk
    assert (desk.listen, desk.address, desk.trusted_proxies, desk.tell) == ("127.0.0.1:8026", "", ("127.0.0.1",), ())


def test_what_is_right_is_taken() -> None:
    desk = parse(_with('address = "https://desk.example.org:8443"\ntell = ["ada@example.org"]')).desk
    assert (desk.address, desk.tell) == ("https://desk.example.org:8443", ("ada@example.org",))
    assert desk.second_factor == "who wants it"
    assert parse(_with('second_factor = "everybody"')).desk.second_factor == "everybody"


@pytest.mark.parametrize(
    ("line", "words", "mend"),
    [
        ('listen = "somewhere"', "is no address with a port", "Write it like 127.0.0.1:8026"),
        ('trusted_proxies = ["proxy"]', "“proxy” is no network address", "10.0.0.0/8"),
        ('address = "http://desk.example.org"', "is no https address", "https://desk.example.org"),
        ('address = "https://desk.example.org/"', "is no https address", "https://desk.example.org"),
        ('address = "https://desk.example.org/desk"', "is no https address", "https://desk.example.org"),
        ('second_factor = "nobody"', "“second_factor” cannot be 'nobody'", "'who wants it' or 'everybody'"),
        ('tell = ["ada"]', "is no email address", "news@example.org"),
    ],
)
def test_each_fault_has_its_line_and_its_mend(line: str, words: str, mend: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        parse(_with(line))
    [found] = raised.value.findings
    assert found.where == f"digest.toml:{_with(line).splitlines().index(line) + 1}"
    assert words in found.what
    assert mend in found.mend
