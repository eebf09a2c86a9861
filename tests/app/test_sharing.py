"""What mail servers allow holds for all workers together."""

from __future__ import annotations

from datetime import timedelta

from digest.app import sharing as shares
from digest.app.way_out import way_out
from digest.transports.smtp.relay import Relay
from tests.jobs.conftest import CONFIGURATION
from tests.sharing import SharedBench, Sharing

_URL = "smtp://mail.example.org"


def _text(server: str, more: str = "") -> str:
    return f'{CONFIGURATION}\n[server]\nurl = "{_URL}"\n{server}\n{more}'


def _relay(here: SharedBench, share: shares.Share | None) -> Relay:
    [relay] = way_out(here.app, share=share)._relays
    return relay


def test_lines_and_messages_a_minute_of_all_shares_are_never_more_than_the_server_allows(sharing: Sharing) -> None:
    here = sharing(text=_text("connections = 5\nmessages_a_minute = 60"))
    with shares.taken(here.app, "one", 2) as one, shares.taken(here.app, "two", 2) as two:
        relays = [_relay(here, one), _relay(here, two)]
        assert sum(relay.server.connections for relay in relays) <= 5
        assert [relay.server.messages_a_minute for relay in relays] == [30, 30]
        with shares.taken(here.app, "three", 2) as three:
            assert three is None
    with shares.taken(here.app, "three", 2) as three:
        assert three is not None


def test_where_a_limit_is_smaller_than_the_number_of_workers_fewer_send_at_once(sharing: Sharing) -> None:
    more = '[[domains]]\ndomain = "gmail.com"\nconnections = 2\n'
    here = sharing(text=_text("connections = 8", more))
    with (
        shares.taken(here.app, "one", 4) as one,
        shares.taken(here.app, "two", 4),
        shares.taken(here.app, "three", 4) as no,
    ):
        assert one is not None
        assert one.parts == 2
        assert one.of_domain(here.app.loaded.workspace.domains[0]).connections == 1
        assert no is None


def test_one_worker_alone_has_all_of_it(sharing: Sharing) -> None:
    here = sharing(text=_text("connections = 3\nmessages_a_minute = 50"))
    with shares.taken(here.app, "one", 1) as one:
        server = _relay(here, one).server
    assert (server.connections, server.messages_a_minute) == (3, 50)


def test_todays_messages_are_granted_once_and_what_was_sent_is_granted_to_nobody(sharing: Sharing) -> None:
    here = sharing(text=_text("connections = 4\nmessages_a_day = 100"))
    with here.app.store.writing() as session:
        session.usage.add({_URL: 40}, here.clock())
    with shares.taken(here.app, "one", 2) as one, shares.taken(here.app, "two", 2) as two:
        assert one is not None
        assert two is not None
        granted = [one.messages[_URL], two.messages[_URL]]
        assert sum(granted) <= 60
        for share, most in zip((one, two), granted, strict=True):
            relay = _relay(here, share)
            for _ in range(most):
                assert not relay.quota.is_used_up(here.clock())
                relay.quota.use(here.clock())
            assert relay.quota.is_used_up(here.clock())


def test_the_last_messages_of_a_day_are_granted_to_somebody(sharing: Sharing) -> None:
    here = sharing(text=_text("connections = 4\nmessages_a_day = 100"))
    with here.app.store.writing() as session:
        session.usage.add({_URL: 99}, here.clock())
    with shares.taken(here.app, "one", 4) as one, shares.taken(here.app, "two", 4) as two:
        assert one is not None
        assert two is not None
        assert (one.messages[_URL], two.messages[_URL]) == (1, 0)
        assert _relay(here, two).quota.is_used_up(here.clock())


def test_a_share_of_who_is_gone_is_anybodys_after_a_while_and_nobody_keeps_it_then(sharing: Sharing) -> None:
    here = sharing(text=_text("connections = 1"))
    with shares.taken(here.app, "gone", 1) as gone:
        assert gone is not None
        here.clock.forward(seconds=20)
        with here.app.store.writing() as session:
            assert session.attending.keep_share("gone", here.clock() + shares.HELD, here.clock())
        here.clock.forward(seconds=20)
        with shares.taken(here.app, "other", 1) as other:
            assert other is None
        here.clock.now += timedelta(minutes=1)
        with shares.taken(here.app, "other", 1) as other:
            assert other is not None
        with here.app.store.writing() as session:
            assert not session.attending.keep_share("gone", here.clock() + shares.HELD, here.clock())
