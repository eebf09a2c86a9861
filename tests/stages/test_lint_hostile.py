"""The lint on what nobody wrote by hand: nothing makes it fail, and nothing keeps it busy."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.stages.review.lint import lint, lint_file, lint_message
from tests.stages.emails import good
from tests.stages.test_lint import codes

#: seconds of processor time that anything may take on a slow machine
PATIENCE = 20

PIECES = (
    *("<p>", "</p>", "<a href='", "'>", "<table>", '<td style="', '">', "<style>", "</style>", "<!--[if mso]>"),
    *("<![endif]-->", "color:", "#fff;", "rgb(1,2", "!important", "@media (", "{", "}", "{{ ", " }}", "*|", "|*"),
    *("{%", "%}", "[[digest:", "]]", "<img src=", "data:", "http://", "[::1]", "%00", "\x00", "\ud800", "\u202e"),
    *("<h1>", "</h2>", "&#0;", "&", "<mj-x>", ":not(", ".a", ">", "~", "url(", "calc(", "<html lang=", "dir=rtl"),
    *("\r", "\n", "\t", "font:12px/", "-1e309px", "\u00c3\u00a9", "))", "(("),
)
HEADERS = (
    *(b"From: ", b"a@b.example", b"\r\n", b"\n", b"\r", b"Content-Type: ", b"multipart/mixed; boundary=", b"text/html"),
    *(b"; charset=", b"utf-8", b"=?utf-8?q?", b"=0D=0A", b"?=", b"--b", b"\r\n\r\n", b"\xff", b"\x00", b"Date: "),
    *(b"List-Unsubscribe: <https://", b"Content-Transfer-Encoding: base64", b"DKIM-Signature: h=", b"<p>", b"\t"),
    *(b"From - Mon 1 Jan 2026\n", b":", b";", b"*0*="),
)


@settings(max_examples=40)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=40).map("".join))
def test_whatever_text_it_is_the_lint_ends(text: str) -> None:
    for finding in lint(text, text):
        assert finding.what


@settings(max_examples=40)
@given(st.lists(st.sampled_from(HEADERS) | st.binary(max_size=8), max_size=40).map(b"".join))
def test_whatever_bytes_they_are_the_lint_ends(content: bytes) -> None:
    assert lint_message(content)
    assert all(finding.what for finding in lint_file(content, name="x"))


@settings(max_examples=25)
@given(st.integers(0, 40_000), st.sampled_from(PIECES))
def test_a_good_email_with_anything_anywhere_is_read(at: int, piece: str) -> None:
    page = good().html
    lint(page[:at] + piece + page[at:], good().text)


ENDLESS = {
    "elements in elements": "<div>" * 100_000 + "words",
    "elements beside elements": "<b>x</b>" * 200_000,
    "attributes": "<p " + " ".join(f"a{n}=1" for n in range(20_000)) + ">words",
    "links": "<a href='http://10.0.0.1/x y'>read more</a>" * 30_000,
    "headings": "<h1></h1><h5>x</h5>" * 30_000,
    "brackets in a style": f'<p style="color:{"(" * 100_000}">words',
    "brackets in a sheet": f"<style>{'a:not(' * 20_000}</style><p>words",
    "media in media": f"<style>{'@media x{' * 20_000}</style><p>words",
    "rules": f"<style>{'p b i > u ~ s:nth-child(2){color:red}' * 3_000}</style>"
    + "<p><b><i><u></u><s>words</s></i></b>" * 1_000,
    "spaces in a field": "<p>{{" + " " * 500_000 + "x",
    "fields": "<p>" + "{{" * 200_000,
    "comments": "<!--[if" + " " * 300_000 + "<p>words",
    "comments begun": "<!--" * 200_000 + "<p>words",
    "digits": f'<p style="font-size:{"1" * 200_000}px">words',
    "spaces in a query": f"<style>@media ({' ' * 90_000}{{p{{color:red}}}}</style><p>words",
    "a long word": "<p>" + "a" * 900_000,
    "a long address": f"<a href='https://{'a.' * 200_000}'>{'a.' * 200_000}</a>",
    "mail to dots": f"<a href='mailto:a@{'.' * 200_000} '>words</a>",
    "tables": "<table><tr><td>" * 5_000 + "words",
    "selectors": f"<style>{','.join(f'.a,.b{n}' for n in range(20_000))}{{color:red}}</style>"
    + "<p class=a>words</p>" * 5_000,
}


@pytest.mark.parametrize("name", sorted(ENDLESS))
def test_nothing_keeps_the_lint_busy(name: str) -> None:
    begun = time.process_time()
    assert lint(ENDLESS[name], ENDLESS[name])
    assert time.process_time() - begun < PATIENCE


def test_ten_megabytes_are_read_as_far_as_anybody_would() -> None:
    page = "<html><body>" + "<p>Words that nobody reads to the end.</p>" * 250_000
    begun = time.process_time()
    found = codes(lint(page))
    assert {"size.clipped", "size.unread"} <= set(found)
    message = b"From: a@example.org\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + page.encode()
    assert {"size.clipped", "size.unread", "message.long-line"} <= set(codes(lint_message(message)))
    assert time.process_time() - begun < PATIENCE


def test_what_lies_too_deep_is_told() -> None:
    assert "size.unread" in codes(lint("<div>" * 1_000 + "words"))


def test_bytes_without_sense_are_told_apart() -> None:
    noise = random.Random(7).randbytes(20_000)
    assert codes(lint_file(b"\x89PNG\r\n\x1a\n\x00" + noise, name="x")) == ["file.unknown"]
    assert codes(lint_file(b"", name="x")) == codes(lint_file(b" \r\n", name="x")) == ["file.empty"]
    assert codes(lint_file(b"Only words, no email at all", name="x")) == ["file.unknown"]
    assert codes(lint_file(b"x" * 50_000_001, name="x")) == ["file.large"]
