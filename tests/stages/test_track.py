from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.stages import track
from digest.stages.track import dated, keyed, letter_mark, nonce, opened, opened_dated, suppression_key, token

SECRET = b"s" * 32
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.=\0é\ud800"
PURPOSES = ("unsubscribe", "preferences", "keep", "confirm")


def test_tokens_differ_by_purpose_newsletter_person_and_secret() -> None:
    every = [
        token(*values)
        for values in product((SECRET, b"t" * 32), ("unsubscribe", "preferences"), ("a", "b"), ("p1", "p2"))
    ]
    marks = {made.split(".")[1] for made in every}
    assert len(marks) == len(every) == 16


def test_a_token_holds_128_bits_and_no_address() -> None:
    person, mark = token(SECRET, "unsubscribe", "insights", "0a1b2c").split(".")
    assert person == "0a1b2c"
    assert len(base64.urlsafe_b64decode(mark + "==")) * 8 == 128
    assert re.fullmatch(r"[A-Za-z0-9_-]+", mark)


def test_a_message_id_is_the_same_at_every_attempt_and_nobody_elses() -> None:
    made = letter_mark(SECRET, "e1", "p1")
    assert made == letter_mark(SECRET, "e1", "p1")
    assert re.fullmatch(r"[0-9a-f]{32}", made)
    others = {letter_mark(SECRET, e, p) for e in ("e1", "e2") for p in ("p1", "p2")}
    assert len(others) == 4


def test_an_editions_nonce_is_its_own() -> None:
    assert len({nonce(SECRET, "e1"), nonce(SECRET, "e2"), nonce(b"t" * 32, "e1")}) == 3


def test_a_suppression_key_does_not_tell_the_address() -> None:
    assert "ann" not in suppression_key(SECRET, "ann@example.org")
    assert suppression_key(SECRET, "ann@example.org") != suppression_key(b"t" * 32, "ann@example.org")


@given(st.lists(st.text(max_size=4), max_size=4), st.lists(st.text(max_size=4), max_size=4))
def test_parts_that_run_together_are_told_apart(one: list[str], other: list[str]) -> None:
    assert (keyed(SECRET, "x", *one) == keyed(SECRET, "x", *other)) is (one == other)


def test_a_return_path_says_whose_mail_came_back_and_only_ours_does() -> None:
    made = track.return_path(SECRET, "news", "0123456789abcdef", "bounces@example.org")
    assert made.startswith("bounces+0123456789abcdef-")
    assert len(made.partition("@")[0]) <= 64
    assert track.returned(SECRET, ["other", "news"], made.upper()) == ("news", "0123456789abcdef")
    for wrong in (made.replace("-", "-a", 1), made[:-14] + "@example.org", "bounces@example.org", "é+a-b@x", ""):
        assert track.returned(SECRET, ["other", "news"], wrong) is None


# ---------------------------------------------------------------------------------------------
# Opened again


def test_a_token_opens_what_it_was_made_for_and_nothing_else() -> None:
    made = token(SECRET, "unsubscribe", "news", "0a1b")
    assert opened(SECRET, "unsubscribe", ["other", "news"], made) == ("news", "0a1b")
    assert opened(SECRET, "unsubscribe", ["other"], made) is None
    assert opened(b"t" * 32, "unsubscribe", ["news"], made) is None
    assert [opened(SECRET, one, ["news"], made) for one in PURPOSES[1:]] == [None] * 3


def test_a_token_with_any_character_changed_opens_nothing() -> None:
    made, until = token(SECRET, "unsubscribe", "news", "0a1b2c3d4e5f6071"), NOW + timedelta(days=7)
    button = dated(SECRET, "confirm", "0a1b2c3d4e5f6071", until)
    count = 0
    for one, at in [*((made, at) for at in range(len(made))), *((button, at) for at in range(len(button)))]:
        for other in LETTERS:
            changed = f"{one[:at]}{other}{one[at + 1 :]}"
            if changed != one:
                assert opened(SECRET, "unsubscribe", ["news"], changed) is None
                assert opened_dated(SECRET, "confirm", changed, NOW) is None
                count += 1
    assert count > 5_000


@given(st.text())
def test_no_text_breaks_what_opens_tokens(text: str) -> None:
    assert opened(SECRET, "unsubscribe", ["news"], text) is None
    assert opened_dated(SECRET, "confirm", text, NOW) is None


@pytest.mark.parametrize(
    "text",
    ["", ".", "..", "a.f" + "f" * 100_000 + ".m", "a.-1.m", "a.0x1.m", "a. 1.m", "a.1_1.m", "\ud800", "a" * 10**6],
)
def test_what_is_far_from_a_token_opens_nothing(text: str) -> None:
    assert opened(SECRET, "unsubscribe", ["news"], text) is None
    assert opened_dated(SECRET, "confirm", text, NOW) is None


def test_a_dated_token_counts_until_its_second() -> None:
    until = NOW + timedelta(days=7)
    made = dated(SECRET, "confirm", "a1", until)
    assert opened_dated(SECRET, "confirm", made, until) == ("a1", True)
    assert opened_dated(SECRET, "confirm", made, until + timedelta(seconds=1)) == ("a1", False)
    assert opened_dated(SECRET, "keep", made, NOW) is None


def test_a_mark_is_compared_in_constant_time_whatever_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[str, str]] = []
    compare = track.hmac.compare_digest
    monkeypatch.setattr(track.hmac, "compare_digest", lambda *both: compared.append(both) or compare(*both))
    made = token(SECRET, "unsubscribe", "b", "0a1b")
    for text in (made, made[:-1] + ("A" if made[-1] != "A" else "B"), "", "nonsense", "é"):
        compared.clear()
        opened(SECRET, "unsubscribe", ["a", "b", "c"], text)
        # one for each newsletter, also where the first was the right one
        assert len(compared) == 3


def test_what_others_write_fills_no_memory() -> None:
    track._begun.cache_clear()
    for number in range(100):
        opened(SECRET, "unsubscribe", ["news"], f"{number}.x")
        opened_dated(SECRET, "confirm", f"{number}.{number:x}.x", NOW)
    assert track._begun.cache_info().currsize == 2


def test_the_token_of_a_link_opens_that_link_of_that_edition_alone() -> None:
    made = track.click_token(SECRET, "news-1", "0a1b")
    assert len(base64.urlsafe_b64decode(made.partition(".")[2] + "==")) * 8 == 128
    assert track.clicked(SECRET, "news-1", made) == "0a1b"
    for secret, edition, written in (
        (b"t" * 32, "news-1", made),
        (SECRET, "news-2", made),
        (SECRET, "news-1", made.upper()),
        (SECRET, "news-1", made.replace("0a1b", "0a1c")),
        (SECRET, "news-1", token(SECRET, "click", "news-1", "0a1b")),
        (SECRET, "news-1", ""),
        (SECRET, "\ud800", made),
    ):
        assert track.clicked(secret, edition, written) is None


@given(st.text(LETTERS, max_size=60), st.text(LETTERS, max_size=60))
def test_no_text_that_nobody_made_here_is_the_token_of_a_link(edition: str, written: str) -> None:
    assert track.clicked(SECRET, edition, written) is None
