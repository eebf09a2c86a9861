"""Links that are counted: where they lead, who is counted, and what nobody can make of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
import sqlalchemy as sa
from lxml import html
from starlette.testclient import TestClient

from digest.config import parse
from digest.domain.errors import ConfigurationError, StoreError
from digest.domain.model import EditionState, Insight
from digest.jobs import clicks
from digest.stages import track
from tests.jobs.conftest import CONFIGURATION, Wire, Workbench
from tests.jobs.test_memory import _list, _pause, _week
from tests.web.archive.conftest import BASE
from tests.web.archive.test_reading import brought_to

Visit = Callable[[Workbench], TestClient]

ONE = "[newsletters.schedule]"
COUNTED = CONFIGURATION.replace(ONE, "[newsletters.tracking]\nclicks = true\n" + ONE)
TAGGED = COUNTED.replace("clicks = true\n", "clicks = true\nutm = true\n")
FRAMED = COUNTED.replace(
    "[[newsletters]]",
    'website = "https://us.example/"\nprivacy_url = "https://us.example/p"\n[[newsletters]]',
).replace(
    "[newsletters.sender]",
    '[[newsletters.blocks]]\nkind = "button"\nwords = "Book"\nlink = "https://us.example/book"\n[newsletters.sender]',
)
PLACES = {f"https://fernhill.example.org/{name}" for name in ("Nursery-play", "Maths-of-fractions")}


def _sent(bench: Workbench, *titles: str) -> tuple[str, list[EmailMessage]]:
    edition, wire = bench.approved(*titles), Wire()
    bench.app.send(edition, wire, "Grace Approver")
    return edition, [_read(parcel.content) for parcel in wire.parcels]


def _read(content: bytes) -> EmailMessage:
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def _page(mail: EmailMessage) -> str:
    body = mail.get_body(("html",))
    assert body is not None
    return str(body.get_content())


def _text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def _links(page: str) -> set[str]:
    return {str(link.get("href")) for link in html.fromstring(page).iter("a")}


def _counted(mail: EmailMessage) -> set[str]:
    """Return the links of a mail that are counted, by their path; its text has the same ones."""
    found = {one for one in _links(_page(mail)) if one.startswith(f"{BASE}/l/")}
    assert set(re.findall(rf"{BASE}/l/\S+", _text(mail))) == found
    return {one.removeprefix(BASE) for one in found}


def _path(bench: Workbench, edition: str, insight: Insight | str) -> str:
    name = insight if isinstance(insight, str) else insight.id
    return f"/l/{edition}/{track.click_token(bench.app.secret, edition, name)}"


def _numbers(bench: Workbench, edition: str) -> dict[str, int]:
    _, followed = clicks.look(bench.app.store, edition)
    return {one.link: one.clicks for one in followed if one.clicks}


def test_nothing_is_counted_unless_somebody_wants_it(bench: Workbench) -> None:
    _, mails = _sent(bench)
    assert all(f"{BASE}/l/" not in _page(mail) + _text(mail) for mail in mails)
    assert _links(_page(mails[0])) >= PLACES


def test_every_link_to_a_story_is_counted_and_no_other(bench: Workbench, visit: Visit) -> None:
    bench.configure(FRAMED)
    _, mails = _sent(bench)
    client = visit(bench)
    assert {client.get(path).headers["Location"] for mail in mails for path in _counted(mail)} == PLACES
    for mail in mails:
        others = {one.split("/")[3] for one in _links(_page(mail)) if one.startswith(BASE)} - {"l"}
        assert others == {"e", "u", "p", "subscribe"}
        assert {"https://us.example/", "https://us.example/p", "https://us.example/book"} <= _links(_page(mail))
        assert not PLACES & _links(_page(mail))


def test_the_web_version_leads_straight_to_the_stories(bench: Workbench, visit: Visit) -> None:
    bench.configure(COUNTED)
    edition, _ = _sent(bench)
    page = visit(bench).get(f"/e/{edition}").text
    assert _links(page) >= PLACES
    assert "/l/" not in page


def test_the_words_of_an_email_are_the_same_whether_it_is_counted_or_not(bench: Workbench) -> None:
    bench.insights("Nursery play", "Maths of fractions")
    bench.insights("Maths in the nursery", source="theirs")
    bench.app.import_people(bench.newsletter)
    told = []
    for configuration in (CONFIGURATION, COUNTED):
        bench.configure(configuration)
        edition = bench.app.draft(bench.newsletter, again=True).edition
        assert edition is not None
        told.append([html.fromstring(one.html).text_content() for one in bench.app.stored(edition.id).variants])
    assert told[0] == told[1]


def test_nobody_is_in_a_link_that_is_counted(bench: Workbench) -> None:
    bench.configure(COUNTED)
    _, mails = _sent(bench)
    by_person = [frozenset(_counted(mail)) for mail in mails]
    everything = frozenset().union(*by_person)
    # of several people each has links that are the very ones of the others
    assert len(mails) == 3
    assert len(everything) == len(PLACES)


def test_a_link_is_counted_once_and_leads_on_by_a_head_without(bench: Workbench, visit: Visit) -> None:
    bench.configure(COUNTED)
    edition, mails = _sent(bench)
    client = visit(bench)
    path = sorted(_counted(mails[0]))[0]
    leads = client.get(path).headers["Location"]
    client.get(path)
    head = client.head(path)
    assert (head.status_code, head.headers["Location"]) == (302, leads)
    for method in ("OPTIONS", "POST", "PUT", "DELETE", "PROPFIND"):
        assert "Location" not in client.request(method, path).headers
    assert _numbers(bench, edition) == {leads: 2}


def test_clicks_stand_under_their_day(bench: Workbench, visit: Visit) -> None:
    bench.configure(COUNTED)
    edition, mails = _sent(bench)
    client = visit(bench)
    path = sorted(_counted(mails[0]))[0]
    bench.clock.now = datetime(2026, 11, 24, 23, 59, tzinfo=UTC)
    client.get(path)
    bench.clock.now = datetime(2026, 11, 25, 0, 1, tzinfo=UTC)
    client.get(path)
    client.get(path)
    _, followed = clicks.look(bench.app.store, edition)
    assert followed[0].days == {date(2026, 11, 24): 1, date(2026, 11, 25): 2}
    assert [one.clicks for one in followed] == [3, 0]


def test_the_answer_tells_nobody_and_is_kept_nowhere(bench: Workbench, visit: Visit) -> None:
    bench.configure(COUNTED)
    _, mails = _sent(bench)
    said = visit(bench).get(_counted(mails[0]).pop())
    assert said.status_code == 302
    assert said.headers["Referrer-Policy"] == "no-referrer"
    assert said.headers["Cache-Control"] == "no-store"
    assert "noindex" in said.headers["X-Robots-Tag"]
    assert "Set-Cookie" not in said.headers


def test_who_else_tells_a_story_is_counted_by_itself(bench: Workbench, visit: Visit) -> None:
    bench.configure(COUNTED)
    [lead] = bench.insights("Nursery play outdoors in all weathers")
    other = replace(lead, id="0" * 20, source="theirs", link="https://partner.example.org/play?a=1&b=2")
    with bench.app.store.writing() as session:
        session.insights.add([other])
    edition, mails = _sent(bench, "Maths of fractions")
    client = visit(bench)
    leads = {client.get(path).headers["Location"] for path in _counted(mails[0])}
    assert leads == {lead.link, other.link, "https://fernhill.example.org/Maths-of-fractions"}
    assert _numbers(bench, edition) == dict.fromkeys(leads, 1)


def test_tags_are_added_where_the_link_leads_on(bench: Workbench, visit: Visit) -> None:
    bench.configure(TAGGED)
    edition, mails = _sent(bench)
    assert "utm_" not in _page(mails[0]) + _text(mails[0])
    client = visit(bench)
    added = f"?utm_source=news&utm_medium=email&utm_campaign={edition}"
    assert {client.get(path).headers["Location"] for path in _counted(mails[0])} == {one + added for one in PLACES}
    assert set(_numbers(bench, edition)) == PLACES, "counted is the story, whatever its tags"


def test_a_link_leads_where_it_was_signed_to_lead_whatever_the_settings_say_now(bench: Workbench, visit: Visit) -> None:
    bench.configure(TAGGED)
    edition, mails = _sent(bench)
    bench.configure(CONFIGURATION.replace('id = "news"', 'id = "renamed"'))
    leads = {visit(bench).get(path).headers["Location"] for path in _counted(mails[0])}
    assert leads == {f"{one}?utm_source=news&utm_medium=email&utm_campaign={edition}" for one in PLACES}


def test_no_other_text_leads_anywhere(bench: Workbench, visit: Visit) -> None:
    bench.configure(COUNTED)
    edition, _ = _sent(bench)
    [elsewhere] = bench.insights("Play that stands in no edition")
    with bench.app.store.reading() as session:
        told = session.editions.placements(edition)[0].story.lead
    client = visit(bench)
    true = _path(bench, edition, told)
    assert client.get(true).status_code == 302
    token = true.rpartition("/")[2]
    insight, _, mark = token.partition(".")
    forged = [true[:at] + ("A" if true[at] != "A" else "B") + true[at + 1 :] for at in range(3, len(true))]
    forged += [true[:at] for at in range(3, len(true))]
    forged += [f"{true}{more}" for more in ("=", "a", "%00", "%0A", ".", "%C3%A9", "%ED%A0%80", "/", "/x")]
    forged += [
        f"/l/{edition}/{elsewhere.id}.{mark}",
        _path(bench, edition, elsewhere),
        _path(bench, "news-2020-01-07-0800", told),
        f"/l/%ED%A0%80/{token}",
        f"/l/{edition}/{track.click_token(b'x' * 32, edition, told.id)}",
        f"/l/{edition}/{track.token(bench.app.secret, 'unsubscribe', edition, insight)}",
        f"/l/{edition}/{'x' * 5_000}",
        f"/l/{'x' * 5_000}/{token}",
        f"/l/{edition}/https://evil.example/",
        f"/l/{edition}/https%3A%2F%2Fevil.example%2F",
        f"/l/https://evil.example/{token}",
        f"/l//evil.example/{token}",
        "/l/",
        f"/l/{edition}",
        f"/l/{edition}/",
    ]
    for path in forged:
        said = client.get(path)
        assert said.status_code == 404, path
        assert "Location" not in said.headers, path
    assert _numbers(bench, edition) == {told.link: 1}


@pytest.mark.parametrize(
    "more",
    ["?url=https://evil.example/", "?to=//evil.example", "?next=%2F%2Fevil.example", "#https://evil.example/"],
)
def test_no_part_of_a_request_says_where_to(bench: Workbench, visit: Visit, more: str) -> None:
    bench.configure(COUNTED)
    _, mails = _sent(bench)
    client = visit(bench)
    for path in _counted(mails[0]):
        headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Referer": "https://evil.example/"}
        assert client.get(path + more, headers=headers).headers["Location"] in PLACES


@pytest.mark.parametrize(
    ("link", "leads"),
    [
        ("https://a.example/x\r\nSet-Cookie: a=1", "https://a.example/x%0D%0ASet-Cookie:%20a=1"),
        ("https://a.example/%C3%A9?q=%20&empty=#", "https://a.example/%C3%A9?q=%20&empty=#"),
        ("https://a.example/é ü", "https://a.example/%C3%A9%20%C3%BC"),
        ("https://bücher.example:8443/é?ü=1", "https://xn--bcher-kva.example:8443/%C3%A9?%C3%BC=1"),
        ("HTTP://a.example/", "HTTP://a.example/"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("//evil.example/", ""),
        ("ftp://a.example/", ""),
    ],
)
def test_whatever_is_stored_of_a_link_is_one_header_and_on_the_web(
    bench: Workbench, visit: Visit, link: str, leads: str
) -> None:
    bench.configure(COUNTED)
    edition, _ = _sent(bench)
    with bench.app.store.reading() as session:
        insight = session.editions.placements(edition)[0].story.lead.id
    with bench.app.store._engine.begin() as connection:
        connection.execute(sa.text("UPDATE insight SET link = :link WHERE id = :id"), {"link": link, "id": insight})
    said = visit(bench).get(_path(bench, edition, insight))
    assert (said.status_code, said.headers.get("Location", "")) == ((302, leads) if leads else (404, ""))
    assert "Set-Cookie" not in said.headers


def test_links_work_from_the_first_mail_on_and_not_before(bench: Workbench, visit: Visit) -> None:
    bench.configure(COUNTED)
    edition = bench.approved()
    with bench.app.store.reading() as session:
        insight = session.editions.placements(edition)[0].story.lead
    client, path = visit(bench), _path(bench, edition, insight)
    assert client.get(path).status_code == 404
    # who has the mail of an edition that was stopped half-way can still read its stories
    for state, status in (
        (EditionState.SENDING, 302),
        (EditionState.PAUSED, 302),
        (EditionState.CANCELLED, 302),
    ):
        brought_to(bench, edition, *((EditionState.HOLDING,) if state == EditionState.SENDING else ()), state)
        assert client.get(path).status_code == status, state


def test_stories_of_earlier_editions_are_counted_for_the_one_they_are_read_in(bench: Workbench, visit: Visit) -> None:
    bench.configure(COUNTED)
    _list(bench, "weekly@example.org,,,,weekly", "away@example.org,,,,weekly")
    _week(bench, 0)
    _pause(bench, "2026-12-06 09:00:00.000000")
    missed = _week(bench, 1)
    second = _week(bench, 2)
    with bench.app.store.reading() as session:
        [before, _] = [one.story.lead for one in session.editions.placements(second) if one.first_in]
    client = visit(bench)
    assert client.get(_path(bench, second, before)).headers["Location"] == before.link
    assert (_numbers(bench, second), _numbers(bench, missed)) == ({before.link: 1}, {})


def test_a_reader_gets_to_the_story_also_where_nothing_can_be_counted(
    bench: Workbench, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.configure(COUNTED)
    edition, mails = _sent(bench)
    client = visit(bench)

    def full() -> None:
        raise StoreError("The disk is full.", "Make room.")

    monkeypatch.setattr(bench.app.store, "writing", full)
    assert client.get(_counted(mails[0]).pop()).headers["Location"] in PLACES
    assert _numbers(bench, edition) == {}


def test_what_is_found_about_links_is_found_where_they_lead(bench: Workbench) -> None:
    [insight] = bench.insights("Nursery play")
    inside = replace(insight, id="0" * 20, title="Maths of fractions", link="http://10.0.0.1/play?a=1&b=2")
    with bench.app.store.writing() as session:
        session.insights.add([inside])
    bench.app.import_people(bench.newsletter)
    told = {}
    for name, configuration in (("straight", CONFIGURATION), ("counted", COUNTED)):
        bench.configure(configuration)
        edition = bench.app.draft(bench.newsletter, again=True).edition
        assert edition is not None
        shown = bench.app.preview(edition.id)
        assert (f"{BASE}/l/" in shown.variants[0].html) is (name == "counted")
        # the web version, which is never counted, is looked at too: where says in how many variants it was found
        told[name] = [(one.code, one.where, one.what) for one in shown.findings]
    assert told["straight"] == told["counted"]
    assert "lint.links.private" in {code for code, _, _ in told["counted"]}


def test_the_setting_is_yes_or_no() -> None:
    with pytest.raises(ConfigurationError):
        parse(COUNTED.replace("clicks = true", "clicks = 2"))
    assert not parse(CONFIGURATION).newsletters[0].tracking.clicks
