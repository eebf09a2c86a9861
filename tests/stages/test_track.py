from __future__ import annotations

import base64
import re
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from digest.stages import track
from digest.stages.track import keyed, letter_mark, nonce, suppression_key, token

SECRET = b"s" * 32


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
