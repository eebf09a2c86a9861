from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.stages.layout.tagging import tagged

TAGS = {"utm_source": "news", "utm_medium": "email", "utm_campaign": "news-2026-11-24-0800"}
ADDED = "utm_source=news&utm_medium=email&utm_campaign=news-2026-11-24-0800"


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("https://a.example", f"https://a.example?{ADDED}"),
        ("https://a.example/", f"https://a.example/?{ADDED}"),
        ("HTTPS://A.example/x", f"HTTPS://A.example/x?{ADDED}"),
        ("http://a.example/x?id=1", f"http://a.example/x?id=1&{ADDED}"),
        ("https://a.example/x?", f"https://a.example/x?{ADDED}"),
        ("https://a.example/x?id=1&", f"https://a.example/x?id=1&{ADDED}"),
        ("https://a.example/x#part", f"https://a.example/x?{ADDED}#part"),
        ("https://a.example/x#", f"https://a.example/x?{ADDED}#"),
        ("https://a.example/x?a=1#p?b=2", f"https://a.example/x?a=1&{ADDED}#p?b=2"),
        ("https://a.example/#/route?x=1", f"https://a.example/?{ADDED}#/route?x=1"),
        ("https://a.example/?q=a+b%20c&q=%C3%A9&e=", f"https://a.example/?q=a+b%20c&q=%C3%A9&e=&{ADDED}"),
        ("https://a.example/utm_source=1/x", f"https://a.example/utm_source=1/x?{ADDED}"),
        ("https://a.example/?notutm_source=1", f"https://a.example/?notutm_source=1&{ADDED}"),
        ("https://[::1]:8080/x", f"https://[::1]:8080/x?{ADDED}"),
        ("https://ä.example/ü?ö=1", f"https://ä.example/ü?ö=1&{ADDED}"),
    ],
)
def test_tags_go_into_the_query_and_nothing_else_changes(link: str, expected: str) -> None:
    assert tagged(link, TAGS) == expected


@pytest.mark.parametrize(
    "link",
    [
        "",
        "mailto:a@b.example",
        "tel:+44",
        "[[digest:unsubscribe.:0123456789abcdef]]",
        "https://a.example/?utm_source=theirs",
        "https://a.example/?x=1&UTM_Campaign=theirs",
        "https://a.example/?x=1;utm_id=7",
        "https://a.example/?utm%5Fsource=theirs",
        "https://a.example/#utm_source=theirs",
    ],
)
def test_what_is_no_web_address_or_has_tags_of_its_own_stays(link: str) -> None:
    assert tagged(link, TAGS) == link


def test_without_tags_a_link_stays() -> None:
    assert tagged("https://a.example/?a", {}) == "https://a.example/?a"


@given(
    st.text(min_size=1),
    st.from_regex(r"https://a\.example/[a-z/]{0,9}(\?[a-z=&]{0,9})?(#[a-z?=&]{0,9})?", fullmatch=True),
)
def test_whatever_a_tag_says_it_arrives_and_the_page_is_the_same(campaign: str, link: str) -> None:
    made, before = urlsplit(tagged(link, {"utm_campaign": campaign})), urlsplit(link)
    assert (made.netloc, made.path, made.fragment) == (before.netloc, before.path, before.fragment)
    assert made.query.startswith(before.query)
    assert parse_qsl(made.query, keep_blank_values=True)[-1] == ("utm_campaign", campaign)
    assert tagged(made.geturl(), TAGS) == made.geturl()
