"""What the columns of a file are read as is chosen on the page that looks at it, without sending it again."""

from __future__ import annotations

import csv
import io
import re

import httpx2
import pytest

from digest.domain.model import Subscriber
from digest.stages.roster.columns import Columns, Unusable, columns
from tests.web.desk.conftest import Browser, Office, token
from tests.web.desk.test_importing import CONSENT, counts, sent
from tests.web.desk.test_people import listed, texts, wrong

FILE = "Kontakt,Name,Role,Notes\neve@example.org,Eve,head,likes tea\nzoe@example.org,Zoe,head;partner,\n"


@pytest.fixture
def browser(office: Office) -> Browser:
    office.app.import_people(office.bench.newsletter)
    return office.inside()


def read_as(page: str) -> dict[str, str]:
    """Return name of a column's field -> what it is read as now."""
    found = {}
    for name, options in re.findall(r'<select[^>]*name="(column\.\d+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        assert chosen, options
        found[name] = chosen[1]
    return found


def press(browser: Browser, path: str, act: str, words: str = "", **chosen: str) -> httpx2.Response:
    """Send the form of a file's page; chosen: column_0 and so on, the others as they stand there."""
    page = browser.get(path).text
    seen = re.search(r'name="seen" value="([^"]*)"', page)
    fields = {**read_as(page), **{name.replace("_", ".", 1): meant for name, meant in chosen.items()}}
    return browser.post(f"{path}/{act}", csrf=token(page), words=words, seen=seen[1] if seen else "", **fields)


def person(office: Office, address: str) -> Subscriber:
    with office.app.store.reading() as session:
        return session.people.by_address([address])[address][0]


def test_a_file_whose_columns_cannot_be_told_is_read_as_somebody_says(office: Office, browser: Browser) -> None:
    path = sent(browser, FILE)
    page = browser.get(path).text
    assert "There is no column “email”" in texts(page)
    names = {"column.0": "field:kontakt", "column.1": "name", "column.2": "field:role", "column.3": "field:notes"}
    assert read_as(page) == names, "what names mean is offered, also where they do not say all that is needed"
    chosen = {"column_0": "email", "column_1": "first_name", "column_2": "tags", "column_3": ""}
    assert press(browser, path, "look", **chosen).status_code == 303
    page = browser.get(path).text
    assert counts(page)["new"] == 2
    assert read_as(page) == {"column.0": "email", "column.1": "first_name", "column.2": "tags", "column.3": ""}
    assert listed(browser.get("/subscribers?q=eve").text) == [], "nobody is taken in by looking"
    assert press(browser, path, "take-in", CONSENT).status_code == 303
    assert "2 new" in texts(browser.get(path).text)
    zoe = person(office, "zoe@example.org")
    assert (zoe.first_name, zoe.tags, dict(zoe.fields)) == ("Zoe", ("head", "partner"), {})


def test_any_column_is_read_as_a_field_or_left_out(office: Office, browser: Browser) -> None:
    path = sent(browser, "email,first name,tags,job title\neve@example.org,Eve,head,Head of maths\n")
    assert read_as(browser.get(path).text) == {
        "column.0": "email",
        "column.1": "first_name",
        "column.2": "tags",
        "column.3": "field:job_title",
    }
    press(browser, path, "look", column_1="", column_2="field:tags_of_old", column_3="last_name")
    page = browser.get(path).text
    assert read_as(page)["column.2"] == "field:tags_of_old"
    press(browser, path, "take-in", CONSENT)
    assert "1 new" in texts(browser.get(path).text)
    eve = person(office, "eve@example.org")
    assert (eve.first_name, eve.last_name, eve.tags) == ("", "Head of maths", ())
    assert dict(eve.fields) == {"tags_of_old": "head"}


def test_what_was_not_looked_at_is_not_taken_in(office: Office, browser: Browser) -> None:
    path = sent(browser, "email,first name,last name\neve@example.org,Eve,Hill\n")
    browser.get(path)
    press(browser, path, "take-in", CONSENT, column_1="last_name", column_2="first_name")
    page = texts(browser.get(path).text)
    assert "it would come to something else than you saw" in page
    assert listed(browser.get("/subscribers?q=eve").text) == []
    assert read_as(browser.get(path).text)["column.1"] == "last_name", "it was looked at so meanwhile"
    press(browser, path, "take-in", CONSENT)
    assert "1 new" in texts(browser.get(path).text)
    assert person(office, "eve@example.org").first_name == "Hill"


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        ({"column_0": ""}, "No column is read as the address."),
        ({"column_1": "email"}, "Two columns are read as “email”."),
        ({"column_1": "name", "column_2": "last_name"}, "One column is read as first and last name"),
    ],
)
def test_a_choice_that_cannot_be_is_told_and_may_be_made_anew(
    browser: Browser, chosen: dict[str, str], told: str
) -> None:
    path = sent(browser, "email,first name,job\neve@example.org,Eve,head\n")
    press(browser, path, "look", **chosen)
    page = browser.get(path).text
    assert told in texts(page)
    assert "Import 1 person" not in page
    now = read_as(page)
    assert {name: now[name.replace("_", ".", 1)] for name in chosen} == chosen, "what was chosen is shown as it was"
    press(browser, path, "look", column_0="email", column_1="first_name", column_2="field:job")
    assert counts(browser.get(path).text)["new"] == 1


@pytest.mark.parametrize("meant", ["password", "field:", "<script>", "id"])
def test_nothing_is_read_as_what_nobody_was_offered(browser: Browser, meant: str) -> None:
    path = sent(browser, "email,first name\neve@example.org,Eve\n")
    answer = press(browser, path, "look", column_1=meant)
    assert answer.status_code == 422
    assert "one of those that are offered" in texts(answer.text)
    assert "<script>" not in answer.text.partition("<main")[2]


def test_rows_to_mend_are_those_of_the_chosen_columns(browser: Browser) -> None:
    path = sent(browser, "old,new\neve@example.org,no address\nzoe@example.org,zoe@example.net\n")
    press(browser, path, "look", column_0="", column_1="email")
    assert counts(browser.get(path).text)["refused"] == 1
    rows = list(csv.reader(io.StringIO(browser.get(f"{path}/refused.csv").text)))
    assert rows == [["old", "new"], ["eve@example.org", "no address"]]


def test_a_file_of_very_many_columns_is_read_by_their_names(browser: Browser) -> None:
    names = ",".join(f"c{n}" for n in range(180))
    path = sent(browser, f"email,{names}\neve@example.org{',x' * 180}\n")
    page = browser.get(path).text
    assert read_as(page) == {}
    assert counts(page)["new"] == 1


def test_what_is_chosen_decides_and_the_names_only_of_the_others() -> None:
    told = columns(["mail", "E-mail", "name"], 1, {0: "email", 1: ""})
    assert told == Columns(count=3, own={"email": 0, "name": 2}, fields=())
    assert columns(["mail", "name"], 1, {1: "field:name"}).fields == (("name", 1),), "no second guess at what is chosen"
    with pytest.raises(Unusable, match="Two columns are read as “job title”"):
        columns(["email", "a", "b"], 1, {1: "field:job_title", 2: "field:job_title"})


def test_faults_of_a_choice_stand_where_it_is_made(browser: Browser) -> None:
    path = sent(browser, "email\neve@example.org\n")
    answer = press(browser, path, "look", words="yesterday", column_0="email")
    assert answer.status_code == 422
    assert wrong(answer.text)
