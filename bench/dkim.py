"""How fast messages are signed, beside the bare signature and beside dkimpy, in one run.

python bench/dkim.py [--rounds N]

A message of 57 kB is signed for one person after the other: what is the same for everybody is relaxed once, and of
each person there are a greeting and a link. Two variants take turns, as in an edition for two segments. The greeting
stands after half of the text, which is hashed once for everybody; measured beside it, without a bar, is one at the top,
where nothing is left to be hashed once. The bare
signature is what `cryptography` takes for 400 octets, which no program that signs can go below; dkimpy does all of it
for each message. Last, RSA signatures are made by two processes beside the one that sends.

Rounds of all alternate, and of each the quickest counts. Each scenario ends with a line of JSON. The exit code is 1
where a bar is missed.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from digest.transports.dkim import DomainKey, Processes, Signer, new_key, written

# this file bears the peer's name, and a script's own folder is looked through first
sys.path[:] = [one for one in sys.path if Path(one).resolve() != Path(__file__).parent.resolve()]
import dkim as peer  # noqa: E402 (only then is it the package)

#: algorithm -> least part of the bare signature's rate
BARS = {"rsa": 0.85, "ed25519": 0.35}
#: times as fast as one process two of them are at least
PROCESSES_BAR = 1.5
#: messages of a round that processes sign
MANY = 6_000
OCTETS = 57_000
SECONDS = 0.6
_HEAD = (
    b"From: The Letter <news@example.org>\r\nTo: Robin Hale <robin@example.net>\r\nSubject: The Letter\r\n"
    b"Date: Tue, 01 Dec 2026 08:00:00 +0000\r\nMessage-ID: <0123456789abcdef@example.org>\r\nMIME-Version: 1.0\r\n"
    b"List-Id: <letter.example.org>\r\nList-Unsubscribe: <https://letters.example.org/u/0123456789abcdef>\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nFeedback-ID: 1:letter:digest:example.org\r\n"
    b'Content-Type: multipart/alternative; boundary="=-0123456789abcdef"\r\n'
)
_LINE = b'<td class=3D"cell" style=3D"padding:0 24px 40px">what everybody  gets</td>=\r\n'


def main() -> int:
    """Run both algorithms; return the exit code."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--rounds", type=int, default=4)
    rounds = asked.parse_args().rounds
    met = [_algorithm(name, rounds) for name in BARS]
    met.append(_by_processes(rounds))
    return 0 if all(met) else 1


def _algorithm(name: str, rounds: int) -> bool:
    key = DomainKey("example.org", "bench", new_key(name))
    signer = Signer([key], lambda: datetime.now(UTC))
    bodies = _bodies()
    whole = _HEAD + b"\r\n" + b"".join(bodies[0])
    turn = itertools.cycle(bodies)
    secret = _secret(key)
    relaxed, algorithm = (b"relaxed", b"relaxed"), key.algorithm.encode()
    turn_at_the_top = itertools.cycle([[body[1], body[0], body[2], body[3]] for body in bodies])
    ways: dict[str, Callable[[], object]] = {
        "ours": lambda: next(signer([(_HEAD, next(turn))])),
        "greeting at the top": lambda: next(signer([(_HEAD, next(turn_at_the_top))])),
        "bare": _bare(key),
        "dkimpy": lambda: peer.sign(
            whole, b"bench", b"example.org", secret, canonicalize=relaxed, signature_algorithm=algorithm
        ),
    }
    rates = dict.fromkeys(ways, 0.0)
    for _ in range(rounds):
        for way, sign in ways.items():
            rates[way] = max(rates[way], _rate(sign))
    ratios = {way: rates["ours"] / rates[way] for way in ("bare", "dkimpy")}
    met = ratios["bare"] >= BARS[name]
    print(f"{key.algorithm}, {OCTETS:,} octets: {rates['ours']:,.0f} messages/s")
    print(f"  {ratios['bare']:.2f} of {rates['bare']:,.0f} bare signatures/s; the bar is {BARS[name]}: {_word(met)}")
    at_the_top = rates["greeting at the top"]
    at_the_top = rates["greeting at the top"]
    print(f"  with the greeting at the top {at_the_top:,.0f} messages/s, {at_the_top / rates['bare']:.2f} of the bare")
    print(f"  {ratios['dkimpy']:.0f} times as fast as dkimpy, {rates['dkimpy']:,.0f}/s")
    row = {
        "name": f"dkim-{name}",
        "unit": "messages/s",
        "ours": round(rates["ours"]),
        "peers": {way: round(rates[way]) for way in ratios},
        "ratios": {way: round(ratio, 2) for way, ratio in ratios.items()},
        "errors": 0,
    }
    print(json.dumps(row))
    return met


def _bodies() -> list[list[bytes]]:
    """Return the body of one person's message in each of two variants."""
    halves = [line * (OCTETS // 2 // len(line)) for line in (_LINE, _LINE.replace(b"everybody", b"teachers"))]
    return [[half, b"Hello Robin,\r\n", half, b"https://letters.example.org/p/0123456789abcdef\r\n"] for half in halves]


def _by_processes(rounds: int) -> bool:
    key = DomainKey("example.org", "bench", new_key("rsa"))
    bodies = _bodies()
    clock = partial(datetime.now, UTC)
    processes = Processes([key], clock, 2, [piece for body in bodies for piece in body if len(piece) > OCTETS // 4])
    ways = {"ours": processes, "one process": Signer([key], clock)}
    rates = dict.fromkeys(ways, 0.0)
    for _ in range(rounds):
        for way, sign in ways.items():
            began = time.perf_counter()
            signed = sum(1 for _ in sign((_HEAD, bodies[number % 2]) for number in range(MANY)))
            assert signed == MANY
            rates[way] = max(rates[way], MANY / (time.perf_counter() - began))
    processes.close()
    ratio = rates["ours"] / rates["one process"]
    met = ratio >= PROCESSES_BAR
    print(f"{key.algorithm} by two processes, {OCTETS:,} octets: {rates['ours']:,.0f} messages/s")
    print(
        f"  {ratio:.2f} times as fast as one, {rates['one process']:,.0f}/s; the bar is {PROCESSES_BAR}: {_word(met)}"
    )
    row = {
        "name": "dkim-processes",
        "unit": "messages/s",
        "ours": round(rates["ours"]),
        "peers": {"one-process": round(rates["one process"])},
        "ratios": {"one-process": round(ratio, 2)},
        "errors": 0,
    }
    print(json.dumps(row))
    return met


def _bare(key: DomainKey) -> Callable[[], object]:
    """Return the signature alone, as cryptography makes it."""
    octets, secret = _HEAD[:400], key.key
    if isinstance(secret, RSAPrivateKey):
        return lambda: secret.sign(octets, PKCS1v15(), SHA256())
    return lambda: secret.sign(octets)


def _secret(key: DomainKey) -> bytes:
    """Return a private key as dkimpy wants it."""
    if key.algorithm.startswith("rsa"):
        return written(key.key)
    import base64

    return base64.b64encode(key.key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption()))


def _rate(sign: Callable[[], object]) -> float:
    sign()
    count, began = 0, time.process_time()
    while (took := time.process_time() - began) < SECONDS:
        sign()
        count += 1
    return count / took


def _word(met: bool) -> str:
    return "met" if met else "MISSED"


if __name__ == "__main__":
    sys.exit(main())
