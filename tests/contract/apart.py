"""Apart: lines that die without a word, in a process with a network of its own (`unshare --net`).

python -m tests.contract.apart SECONDS

Prints what became of two deliveries, each with so many seconds of patience: to a host that nobody answers for, and over
a line that goes down before the second body.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import closing
from typing import Any

from digest.domain.errors import ServerTrouble
from digest.domain.model import Parcel, Server, Withheld
from digest.transports.smtp import Account, Smtp
from tests.contract.conftest import parcel
from tests.contract.piping import Piping

#: TEST-NET-1 (RFC 5737), on a cable whose other end is here and answers nothing
NOBODY = "192.0.2.9"
_CABLE = f"""\
ip link set lo up
ip link add name near type veth peer name far
ip addr add 192.0.2.1/24 dev near
ip link set near up
ip link set far up
ip neigh add {NOBODY} lladdr 02:00:00:00:00:09 dev near
"""


def delivered(url: str, seconds: int, went: list[str], down_at: int = 0) -> dict[str, Any]:
    """Deliver to three people; note in `went` whose bodies begin, and take the line down before that one's."""

    def begin(one: Parcel) -> Withheld | None:
        went.append(one.envelope_to)
        if len(went) == down_at:
            subprocess.run(["ip", "link", "set", "lo", "down"], check=True)
        return None

    server = Server(url=url, tls="none", timeout=seconds, connections=1)
    began = time.monotonic()
    found, trouble = [], ""
    try:
        for one, outcome in Smtp([Account(server=server)], "tests.example.org", delays=(0.01, 0.02)).deliver(
            [parcel(f"person{number}@example.org") for number in range(3)], begin
        ):
            found.append([one.envelope_to, type(outcome).__name__])
    except ServerTrouble as fault:
        trouble = fault.what
    return {"outcomes": found, "trouble": trouble, "seconds": time.monotonic() - began, "begun": went}


if __name__ == "__main__":
    patience = int(sys.argv[1])
    for line in _CABLE.splitlines():
        subprocess.run(line.split(), check=True)
    nobody = delivered(f"smtp://{NOBODY}:25", patience, [])
    with closing(Piping()) as piping:
        dead = delivered(f"smtp://127.0.0.1:{piping.port}", patience, [], down_at=2)
        print(json.dumps({"nobody": nobody, "dead": dead, "received": [to for to, _ in piping.received]}))
