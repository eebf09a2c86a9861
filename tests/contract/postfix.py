"""Debian's postfix, postgrey and smtp-sink, each a test's own: on free ports of this machine, with folders of its own.

Nothing of the machine's configuration is read or changed, nothing is sent on, and what was started is ended by its
process id.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

#: where Debian keeps Postfix's daemons
_DAEMONS = Path("/usr/lib/postfix/sbin")
_SECONDS = 20.0

_MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
daemon_directory = {daemons}
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
myhostname = mx.example.org
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
local_header_rewrite_clients =
smtpd_peername_lookup = no
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions = {restrictions}
default_transport = error:nothing leaves this machine
relay_transport = error:nothing leaves this machine
virtual_mailbox_domains = {domains}
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = texthash:{folder}/people
virtual_minimum_uid = 1
virtual_uid_maps = static:{user}
virtual_gid_maps = static:{group}
{further}
"""

#: none of them in a chroot
_SERVICES = """\
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""
_QUEUES = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved", "trace")


class Postfix:
    """A Postfix of a test's own."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port = port
        self._mail = folder / "mail"
        self._log = folder / "log"

    @property
    def log(self) -> str:
        """Return what it wrote down."""
        return self._log.read_text(encoding="utf8", errors="replace") if self._log.exists() else ""

    def mails(self, address: str, count: int) -> list[bytes]:
        """Wait until so many mails, or more, lie in somebody's mailbox; return them as they lie there."""
        end = time.monotonic() + _SECONDS
        while time.monotonic() < end:
            found = [file.read_bytes() for file in (self._mail / address).glob("new/*")]
            if len(found) >= count:
                return found
            time.sleep(0.05)
        raise AssertionError(f"{address} did not get {count} mails in time:\n{self.log}")

    def wait_for(self, words: str, count: int) -> None:
        """Wait until it has written these words down so often."""
        end = time.monotonic() + _SECONDS
        while self.log.count(words) < count:
            assert time.monotonic() < end, self.log
            time.sleep(0.05)


@dataclass(frozen=True)
class Sink:
    """A running smtp-sink."""

    port: int
    _folder: Path
    _running: subprocess.Popen[bytes]

    @property
    def mails(self) -> list[bytes]:
        """Return each mail that it took, below what it wrote above: its own notes, and a Received field."""
        return [file.read_bytes() for file in sorted(self._folder.iterdir())]

    def stop(self) -> None:
        ended(self._running)


@contextmanager
def postfix(people: Iterable[str], policy: int = 0, **settings: str) -> Iterator[Postfix]:
    """Run Postfix with a mailbox for each of these addresses; what else is sent to their domains it refuses.

    policy: port of a policy server that is asked about each recipient; settings: further ones of main.cf.
    """
    needed("postfix")
    users = [*people]
    domains = sorted({one.partition("@")[2] for one in users})
    port = free_port()
    # not in pytest's folders, which only their owner may enter: Postfix's daemons are somebody else
    with tempfile.TemporaryDirectory(prefix="postfix-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        _laid_out(folder, users)
        (folder / "main.cf").write_text(
            _MAIN.format(
                folder=folder,
                daemons=_DAEMONS,
                restrictions=f"check_policy_service inet:127.0.0.1:{policy}" if policy else "",
                domains=", ".join(domains),
                user=_owner(folder / "data")[0],
                group=_owner(folder / "data")[1],
                further="\n".join(f"{key} = {value}" for key, value in settings.items()),
            )
        )
        (folder / "master.cf").write_text(_SERVICES.format(port=port))
        running = subprocess.Popen(
            [_DAEMONS / "master", "-c", folder, "-d"], stdin=subprocess.DEVNULL, start_new_session=True
        )
        try:
            answers(port, running)
            yield Postfix(folder, port)
        finally:
            # its master ends the daemons that it started
            ended(running)


@contextmanager
def postgrey(delay: int) -> Iterator[int]:
    """Run Debian's greylisting server, which puts everybody off for so many seconds; yields its port."""
    needed("postgrey")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="postgrey-") as name:
        shutil.chown(name, "postgrey", "postgrey")
        nobody = Path(name) / "nobody"
        nobody.touch()
        lists = (f"--whitelist-clients={nobody}", f"--whitelist-recipients={nobody}", "--auto-whitelist-clients=0")
        command = [needed("postgrey"), f"--inet=127.0.0.1:{port}", f"--delay={delay}", f"--dbdir={name}", *lists]
        running = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            answers(port, running)
            yield port
        finally:
            ended(running)


@contextmanager
def smtp_sink(*words: str, port: int = 0) -> Iterator[Sink]:
    """Run Postfix's sink with these words on its command line; port: a free one by default."""
    command = needed("smtp-sink")
    port = port or free_port()
    with tempfile.TemporaryDirectory(prefix="smtp-sink-") as name:
        shutil.chown(name, "nobody", "nogroup")
        kept = ["-u", "nobody", "-d", f"{name}/%M."]
        running = subprocess.Popen(
            [command, *kept, *words, f"127.0.0.1:{port}", "100"], stdin=subprocess.DEVNULL, start_new_session=True
        )
        try:
            answers(port, running)
            yield Sink(port, Path(name), running)
        finally:
            ended(running)


def needed(program: str) -> str:
    """Return where a program of Debian's lies; the test is skipped where it is not, but not in CI."""
    found = shutil.which(program)
    if found and os.geteuid() == 0:
        return found
    words = f"{program} is not here, or not for this user: as root, after what .ci/run installs, it is"
    assert os.environ.get("CI") != "true", words
    pytest.skip(words)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def answers(port: int, running: subprocess.Popen[bytes]) -> None:
    """Wait until somebody listens."""
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end and running.poll() is None:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        time.sleep(0.05)
    raise AssertionError(f"{running.args!r} does not answer")


def ended(running: subprocess.Popen[bytes]) -> None:
    running.terminate()
    try:
        running.wait(timeout=10)
    except subprocess.TimeoutExpired:
        running.kill()
        running.wait()


def _laid_out(folder: Path, users: Iterable[str]) -> None:
    """Make Postfix's folders, and a mailbox for each."""
    queue = folder / "queue"
    queue.mkdir()
    for name in _QUEUES:
        (queue / name).mkdir(mode=0o700)
        shutil.chown(queue / name, "postfix")
    for name, group, mode in (("maildrop", "postdrop", 0o730), ("public", "postdrop", 0o710)):
        (queue / name).mkdir()
        shutil.chown(queue / name, "postfix", group)
        (queue / name).chmod(mode)
    (queue / "pid").mkdir()
    for name in ("data", "mail"):
        (folder / name).mkdir(mode=0o755)
        shutil.chown(folder / name, "postfix", "postfix")
    (folder / "people").write_text("".join(f"{one} {one}/\n" for one in users), encoding="utf8")


def _owner(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_uid, found.st_gid
