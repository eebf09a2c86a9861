from __future__ import annotations

import ipaddress
import socket
import subprocess
import sys
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.domain.errors import AddressRefused, FetchError
from digest.net.resolve import is_for_nobody, is_public, resolve

PUBLIC = "93.184.216.34"


def _answers(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


@pytest.mark.parametrize(
    "address",
    [
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2001::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "::",
        "::1",
        "192.0.0.192",
        "224.0.0.1",
        "ff02::1",
        "100.64.0.1",
        "fec0::1",
        "fe80::1",
        "fd00::1",
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "192.168.1.1",
        "198.18.0.1",
        "203.0.113.5",
        "240.0.0.1",
        "255.255.255.255",
    ],
)
def test_an_address_that_leads_inside_is_not_public(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_public(ipaddress.ip_address(address))
    _answers(monkeypatch, address)
    with pytest.raises(AddressRefused, match="private network"):
        resolve("a.example", 80, False, 5)
    if is_for_nobody(ipaddress.ip_address(address)):
        with pytest.raises(AddressRefused, match="keep for themselves"):
            resolve("a.example", 80, True, 5)
    else:
        assert resolve("a.example", 80, True, 5) == (str(ipaddress.ip_address(address)),)


@pytest.mark.parametrize(
    "address", [PUBLIC, "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "100.128.0.1", "192.0.1.1"]
)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "host",
    ["127.1", "2130706433", "0x7f000001", "0177.0.0.1", "①②⑦.⓪.⓪.①", "127.0.0.1", "::1", "localhost", "0", "0.0.0.0"],
)
def test_no_spelling_of_this_machine_is_asked(host: str) -> None:
    with pytest.raises(AddressRefused):
        resolve(host, 80, False, 5)


@pytest.mark.parametrize("inside", ["127.0.0.1", "10.0.0.1", "fe80::1%eth0"])
@pytest.mark.parametrize("first", [True, False])
def test_one_private_address_among_public_ones_is_enough_to_refuse(
    inside: str, first: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    _answers(monkeypatch, *([inside, PUBLIC] if first else [PUBLIC, inside]))
    with pytest.raises(AddressRefused):
        resolve("a.example", 443, False, 5)


@pytest.mark.parametrize("host", ["a..example", "x" * 64 + ".example", "a.invalid\0", ""])
def test_a_name_that_cannot_be_is_refused(host: str) -> None:
    with pytest.raises(AddressRefused):
        resolve(host, 80, False, 5)


@given(st.ip_addresses(v=4))
def test_an_embedded_address_is_judged_as_the_one_it_holds(address: ipaddress.IPv4Address) -> None:
    mapped = ipaddress.IPv6Address(f"::ffff:{address}")
    assert is_public(mapped) is is_public(address)
    for wrapped in (f"64:ff9b::{address}", f"::{address}"):
        assert not is_public(ipaddress.IPv6Address(wrapped))


def test_every_address_of_a_name_is_given_once_in_the_systems_order(monkeypatch: pytest.MonkeyPatch) -> None:
    _answers(monkeypatch, "2606:4700::1111", PUBLIC, PUBLIC, "8.8.8.8")
    assert resolve("a.example", 80, False, 5) == ("2606:4700::1111", PUBLIC, "8.8.8.8")


def test_a_name_that_stands_for_no_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    _answers(monkeypatch)
    with pytest.raises(AddressRefused, match="is not known"):
        resolve("a.example", 80, True, 5)


def test_a_name_that_cannot_be_looked_up_now_is_no_slip_of_the_pen(monkeypatch: pytest.MonkeyPatch) -> None:
    def getaddrinfo(*_: Any, **__: Any) -> list[Any]:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(FetchError, match="could not be looked up: Temporary failure") as told:
        resolve("a.example", 80, False, 5)
    assert not isinstance(told.value, AddressRefused)


def test_a_name_server_that_is_silent_is_left_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(1) or [])
    began = time.monotonic()
    with pytest.raises(FetchError, match="could not be looked up: it took too long"):
        resolve("a.example", 80, False, 0.1)
    assert time.monotonic() - began < 0.9


def test_a_look_up_that_hangs_does_not_keep_the_program_from_ending() -> None:
    script = """
import socket, time
from digest.net.fetch import Web
from digest.net import fetch
socket.getaddrinfo = lambda *_, **__: time.sleep(60)
fetch.MOST_SECONDS = 0.2
try:
    Web().fetch("http://a.example/")
except Exception as fault:
    print(fault)
"""
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=50)
    assert "could not be looked up" in done.stdout
    assert (done.returncode, done.stderr) == (0, "")
    assert time.monotonic() - began < 30


@pytest.mark.parametrize("address", ["169.254.169.254", "fe80::1", "::ffff:169.254.169.254", "fd00:ec2::254"])
def test_where_clouds_keep_their_secrets_no_source_leads_whatever_is_allowed_to_it(address: str) -> None:
    with pytest.raises(AddressRefused, match="keep for themselves"):
        resolve(address, 80, True, 1.0)
