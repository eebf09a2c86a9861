"""Any setting is changed from a page, and every other byte of the file stays."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.config import parse
from digest.config.change import Act, Add, Changed, Order, Put, Remove, change, put_back
from digest.config.versions import MOST_KEPT, keep, kept, revision_of
from digest.domain.errors import ConfigurationError, NotFound, Refused, TypedOver, Unfit
from digest.domain.model import Newsletter, Workspace
from tests.config.test_edit import LETTER, SAMPLE, SEGMENT, SENDER, TABLE, TOP, TWISTED, A

#: shapes beside those of test_edit, for settings that are no lists
ODD: dict[str, tuple[str, str]] = {
    "dotted": (
        'base_url = "https://digest.example.org"\nbrand.organisation = "F" # dotted\nbrand.legal_name = "F"\n'
        'brand . postal_address = "1"\n'
        + LETTER.format(id="news")
        + 'sender.name = "F"\nsender.address = "f@e.org"\nschedule.at = "09:00" # nine\n'
        + SEGMENT
        + TABLE
        + A,
        "news",
    ),
    "inline": (
        'base_url = "https://digest.example.org"\n'
        'brand = { organisation = "F", legal_name = "F", postal_address = "1" }\n'
        + LETTER.format(id="news")
        + 'sender = { name = "F", address = "f@e.org" } # who\nschedule = {}\n'
        + SEGMENT
        + TABLE
        + A,
        "news",
    ),
    "quoted": (
        TOP.replace("[brand]", '["brand"] # ours').replace("organisation", '"organisation"')
        + LETTER.format(id="news").replace("name =", "'name'=")
        + SENDER.replace('"Fernhill"', "'Fernhill'")
        + SEGMENT
        + TABLE
        + A,
        "news",
    ),
    "tables inside": (
        TOP
        + '[brand.words] # ours\ntop_story = "First"\n'
        + LETTER.format(id="news")
        + SENDER
        + "[newsletters.schedule]\n# nothing yet\n"
        + SEGMENT
        + '[newsletters.segments.rule]\nfield = "tags"\ncontains = "head"\n'
        + TABLE
        + A.replace('"file"', '"page"').replace('address = "a"', 'address = "https://e.org"')
        + '[newsletters.sources.selectors]\nitem = "li"\n',
        "news",
    ),
    "a list in lines": (
        TOP
        + LETTER.format(id="news")
        + SENDER
        + '[newsletters.schedule]\ndays = [ # when\n  "tuesday", # first\n  "friday",\n]\n'
        + SEGMENT
        + TABLE
        + A,
        "news",
    ),
}
SHAPES = {**{name: one for name, one in TWISTED.items() if "none yet" not in name}, **ODD}
INSIGHTS = ("newsletters", "insights")


@pytest.fixture
def workspace(tmp_path: Path) -> Callable[[str], Path]:
    def make(text: str) -> Path:
        (tmp_path / "digest.toml").write_bytes(text.encode())
        return tmp_path

    return make


def _text(folder: Path) -> str:
    return (folder / "digest.toml").read_bytes().decode()


def _raw(text: str) -> dict[str, Any]:
    return tomllib.loads(text.removeprefix("\ufeff"))


def _now(folder: Path, *acts: Act) -> Changed:
    """Change what was seen a moment ago."""
    return change(folder, revision_of(_text(folder).removeprefix("\ufeff")), acts)


def _remarks(text: str) -> list[str]:
    """The remarks of a file, other than what looks like one in the texts of TWISTED."""
    return [one for one in re.findall(r"(?m)#[^\"\n]*$", text) if one != "# no remark"]


def _letter(text: str, newsletter: str) -> Newsletter:
    return next(one for one in parse(text.removeprefix("\ufeff")).newsletters if one.id == newsletter)


PLAIN = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "name": PLAIN,
        "why": PLAIN,
        "introduction": PLAIN.filter(lambda text: "{" not in text and "}" not in text),
        "sender.name": PLAIN,
        "sender.reply_to": st.sampled_from(["", "a@example.org", "b@example.org"]),
        "schedule.at": st.sampled_from(["07:30", "09:00", "23:59"]),
        "schedule.days": st.lists(st.sampled_from(["monday", "tuesday", "friday"]), min_size=1, max_size=3),
        "schedule.holding_minutes": st.integers(0, 240),
        "waves.canary_percent": st.floats(0, 90),
        "maximum_stories": st.integers(1, 99),
        "author_may_approve": st.booleans(),
        "abbreviations": st.dictionaries(st.sampled_from(["SEND", "EYFS", "KS2"]), PLAIN, max_size=3),
        "catch_up_weeks": st.none(),
    },
)


def _with(workspace: Workspace, newsletter: str, name: str, value: object) -> Workspace:
    """The same workspace, in which one setting of a newsletter is another; nothing is what holds without it."""
    letters = [one if one.id != newsletter else _replaced(one, name, value) for one in workspace.newsletters]
    return replace(workspace, newsletters=tuple(letters))


def _replaced(one: Any, name: str, value: object) -> Any:
    first, _, rest = name.partition(".")
    if rest:
        return replace(one, **{first: _replaced(getattr(one, first), rest, value)})
    unset = next(every.default for every in fields(one) if every.name == first)
    return replace(one, **{first: unset if value is None else value})


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(shape=st.sampled_from(sorted(SHAPES)), given=SETTINGS)
def test_whatever_is_set_in_whatever_file_is_all_that_it_says_anew_and_goes_back_to_the_byte(
    shape: str, given: dict[str, Any], workspace: Callable[[str], Path]
) -> None:
    text, newsletter = SHAPES[shape]
    folder = workspace(text)
    done = _now(folder, Put(at=("newsletters", newsletter), values=given))
    made = _text(folder)
    wanted = parse(text.removeprefix("\ufeff"))
    for name, value in given.items():
        wanted = _with(wanted, newsletter, name, tuple(value) if isinstance(value, list) else value)
    assert parse(made.removeprefix("\ufeff")) == wanted
    assert set(_remarks(text)) - {"# first", "# when"} <= set(_remarks(made))
    if done.before != done.after:
        put_back(folder, done.before, done.after)
    assert _text(folder) == text


@pytest.mark.parametrize("shape", SHAPES)
def test_a_table_that_is_not_there_is_made_and_goes_again(shape: str, workspace: Callable[[str], Path]) -> None:
    text, newsletter = SHAPES[shape]
    folder = workspace(text)
    _now(
        folder,
        Put(at=("desk",), values={"tell": ["a@example.org"]}),
        Put(at=("newsletters", newsletter), values={"waves.wait_minutes": 7}),
    )
    assert parse(_text(folder).removeprefix("\ufeff")).desk.tell == ("a@example.org",)
    assert _letter(_text(folder), newsletter).waves.wait_minutes == 7
    _now(
        folder,
        Put(values={"desk": None}),
        Put(at=("newsletters", newsletter), values={"waves": None}),
    )
    # the same but for empty lines and white space
    assert re.sub(r"\s+", "", _text(folder)) == re.sub(r"\s+", "", text)


def test_a_change_is_written_as_a_person_would_write_it(workspace: Callable[[str], Path]) -> None:
    folder = workspace(SAMPLE)
    _now(
        folder,
        Put(at=("brand",), values={"accent": "#084a8c", "website": None}),
        Put(
            at=INSIGHTS,
            values={
                "schedule.days": ["tuesday", "friday"],
                "waves.wait_minutes": 9,
                "introduction": "Hello,\n\n“you”.\n",
            },
        ),
        Put(at=("desk",), values={"tell": ["a@example.org"]}),
    )
    expected = (
        SAMPLE.replace(
            'website = "https://www.tidewell.example.org"\nprivacy_url = "https://www.tidewell.example.org/privacy"\n',
            'privacy_url = "https://www.tidewell.example.org/privacy"\naccent = "#084a8c"\n',
        )
        .replace('["tuesday"]', '["tuesday", "friday"]')
        .replace(
            'timezone = "Europe/London"\n', 'timezone = "Europe/London"\n\n[newsletters.waves]\nwait_minutes = 9\n'
        )
        .replace("timeout = 60\n", 'timeout = 60\n\n[desk]\ntell = ["a@example.org"]\n')
    )
    old = SAMPLE[SAMPLE.index('introduction = """') : SAMPLE.index("[newsletters.sender]")]
    assert _text(folder) == expected.replace(old, 'introduction = """\nHello,\n\n“you”.\n"""\n\n')


def test_what_holds_already_is_not_written_down(workspace: Callable[[str], Path]) -> None:
    folder = workspace(SAMPLE)
    done = _now(folder, Put(at=INSIGHTS, values={"maximum_stories": 24, "name": "Tidewell insights", "approver": ""}))
    assert done.before == done.after
    assert not done.differences
    assert _text(folder) == SAMPLE


def test_what_changed_is_told_with_both_values(workspace: Callable[[str], Path]) -> None:
    folder = workspace(SAMPLE)
    done = _now(folder, Put(at=INSIGHTS, values={"schedule.at": "09:00", "approver": "Hannah"}))
    told = {one.at: (one.before, one.after) for one in done.differences}
    assert told == {(*INSIGHTS, "schedule", "at"): ("08:00", "09:00"), (*INSIGHTS, "approver"): (None, "Hannah")}


@pytest.mark.parametrize("shape", SHAPES)
def test_entries_come_change_move_and_go_in_any_file(shape: str, workspace: Callable[[str], Path]) -> None:
    text, newsletter = SHAPES[shape]
    folder = workspace(text)
    sources = ("newsletters", newsletter, "sources")
    ids = [one["id"] for every in _raw(text)["newsletters"] if every["id"] == newsletter for one in every["sources"]]
    new = {"id": "tides", "kind": "page", "address": "https://t.example.org", "selectors": {"item": "li.news"}}

    def now() -> list[Any]:
        return list(_letter(_text(folder), newsletter).sources)

    _now(folder, Add(to=sources, values=new, position=0))
    assert [one.id for one in now()] == ["tides", *ids]
    assert now()[0].selectors.item == "li.news"
    _now(folder, Put(at=(*sources, "tides"), values={"name": "Tides", "selectors.title": "h3", "articles": True}))
    assert (now()[0].name, now()[0].selectors.title, now()[0].articles) == ("Tides", "h3", True)
    _now(folder, Put(at=(*sources, "tides"), values={"selectors": None, "name": ""}))
    _now(folder, Order(of=sources, ids=[*ids, "tides"]))
    assert [one.id for one in now()] == [*ids, "tides"]
    assert not now()[-1].selectors.item
    _now(folder, Remove(at=(*sources, "tides")))
    assert re.sub(r"\s+", "", _text(folder)) == re.sub(r"\s+", "", text)


def test_an_entry_moves_with_the_remark_above_it_and_the_tables_inside_it(workspace: Callable[[str], Path]) -> None:
    one = '# first\n[[newsletters.segments]]\nid = "a"\nname = "A"\n'
    one += '[newsletters.segments.rule]\nfield = "tags"\ncontains = "x"\n'
    two = '# second\n[[newsletters.segments]] # b\nid = "b"\nname = "B"\n'
    head = TOP + LETTER.format(id="news") + SENDER + TABLE + A + "\n"
    folder = workspace(head + one + "\n" + two.rstrip())
    _now(folder, Order(of=("newsletters", "news", "segments"), ids=["b", "a"]))
    assert _text(folder) == head + two + "\n" + one
    _now(folder, Remove(at=("newsletters", "news", "segments", "a")))
    assert [one.id for one in parse(_text(folder)).newsletters[0].segments] == ["b"]


def test_lists_at_the_top_of_the_file_are_changed_like_others(workspace: Callable[[str], Path]) -> None:
    folder = workspace(SAMPLE)
    key = {"domain": "tidewell.example.org", "selector": "digest1"}
    done = _now(
        folder, Add(to=("dkim",), values=key), Add(to=("servers",), values={"id": "b", "url": "smtp://b.example"})
    )
    assert _text(folder).index("[[dkim]]") < _text(folder).index("[[newsletters]]")
    _now(folder, Put(at=("servers", "b"), values={"timeout": 30}), Put(at=("dkim", 0), values={"selector": "digest2"}))
    assert parse(_text(folder)).servers[0].timeout == 30
    assert parse(_text(folder)).dkim[0].selector == "digest2"
    assert {one.at for one in done.differences} == {("dkim", 0), ("servers", "b")}


# --- somebody else, meanwhile ---


def _by_hand(folder: Path, old: str, new: str) -> None:
    assert old in _text(folder)
    (folder / "digest.toml").write_text(_text(folder).replace(old, new))


def test_a_change_by_hand_of_other_settings_stays(workspace: Callable[[str], Path]) -> None:
    folder = workspace(SAMPLE)
    seen = keep(folder, SAMPLE)
    _by_hand(folder, 'timezone = "Europe/London"', 'timezone = "Europe/Paris" # moved')
    change(folder, seen, [Put(at=INSIGHTS, values={"schedule.at": "09:00", "schedule.timezone": "Europe/London"})])
    found = parse(_text(folder)).newsletters[0].schedule
    # who did not touch the time zone did not mean to set it back
    assert (found.at, found.timezone) == ("09:00", "Europe/Paris")
    assert "# moved" in _text(folder)


def test_a_setting_that_was_changed_by_hand_is_not_overwritten_and_both_values_are_told(
    workspace: Callable[[str], Path],
) -> None:
    folder = workspace(SAMPLE)
    seen = keep(folder, SAMPLE)
    _by_hand(folder, 'at = "08:00"', 'at = "07:00"')
    mine = Put(at=INSIGHTS, values={"schedule.at": "09:00", "approver": "Hannah"})
    with pytest.raises(TypedOver) as told:
        change(folder, seen, [mine])
    assert told.value.fields == {"schedule.at": ("07:00", "09:00")}
    assert "Hannah" not in _text(folder)
    # who has seen that may still want theirs
    _now(folder, mine)
    assert parse(_text(folder)).newsletters[0].schedule.at == "09:00"


def test_two_who_want_the_same_are_not_parted(workspace: Callable[[str], Path]) -> None:
    folder = workspace(SAMPLE)
    seen = keep(folder, SAMPLE)
    _by_hand(folder, 'at = "08:00"', 'at = "09:00"')
    change(folder, seen, [Put(at=INSIGHTS, values={"schedule.at": "09:00"})])
    assert parse(_text(folder)).newsletters[0].schedule.at == "09:00"


def test_an_entry_that_was_changed_or_is_gone_is_not_removed(workspace: Callable[[str], Path]) -> None:
    folder = workspace(SAMPLE)
    seen = keep(folder, SAMPLE)
    _by_hand(folder, 'name = "Field notes"', 'name = "Our notes"')
    with pytest.raises(Refused, match="changed by somebody else"):
        change(folder, seen, [Remove(at=(*INSIGHTS, "sources", "field-notes"))])
    _now(folder, Remove(at=(*INSIGHTS, "sources", "field-notes")))
    for act in (
        Remove(at=(*INSIGHTS, "sources", "field-notes")),
        Put(at=(*INSIGHTS, "sources", "field-notes"), values={"name": "N"}),
    ):
        with pytest.raises(NotFound, match="any more"):
            change(folder, seen, [act])
    with pytest.raises(Refused, match="added or removed"):
        change(folder, seen, [Order(of=(*INSIGHTS, "sources"), ids=["field-notes", "our-insights", "harbour-schools"])])


def test_a_rule_is_known_by_what_it_says_wherever_it_stands_by_now(workspace: Callable[[str], Path]) -> None:
    folder = workspace(SAMPLE)
    rules = (*INSIGHTS, "rules")
    _now(folder, *(Add(to=rules, values={"theme": "place", "words": [word]}) for word in ("bus", "train", "boat")))
    seen = keep(folder, _text(folder))
    _now(folder, Remove(at=(*rules, 0)))
    change(folder, seen, [Remove(at=(*rules, 1))])
    assert [rule.words for rule in parse(_text(folder)).newsletters[0].rules] == [("boat",)]
    with pytest.raises(Refused, match="changed by somebody else"):
        change(folder, seen, [Remove(at=(*rules, 0))])


def test_a_page_from_a_version_that_nobody_kept_is_refused(workspace: Callable[[str], Path]) -> None:
    folder = workspace(SAMPLE)
    for revision in ("0" * 64, "", "../digest", "ü"):
        with pytest.raises(Refused, match="not kept any more"):
            change(folder, revision, [Put(at=INSIGHTS, values={"name": "N"})])
    assert _text(folder) == SAMPLE


def test_versions_are_kept_whole_and_the_oldest_go(workspace: Callable[[str], Path]) -> None:
    folder = workspace(SAMPLE)
    first = keep(folder, SAMPLE)
    assert kept(folder, first) == SAMPLE
    (folder / ".digest" / "settings" / f"{first}.toml").write_text("torn")
    assert kept(folder, first) is None
    for number in range(MOST_KEPT + 5):
        keep(folder, f"# {number}\n")
    assert len(list((folder / ".digest" / "settings").iterdir())) == MOST_KEPT
    assert not [file for file in (folder / ".digest" / "settings").iterdir() if file.stat().st_mode & 0o077]


# --- put back ---


def test_what_others_changed_since_stays_when_a_change_is_put_back(workspace: Callable[[str], Path]) -> None:
    folder = workspace(SAMPLE)
    sources = (*INSIGHTS, "sources")
    done = _now(
        folder,
        Put(at=INSIGHTS, values={"schedule.at": "09:00"}),
        Remove(at=(*sources, "harbour-schools")),
        Add(to=(*INSIGHTS, "rules"), values={"theme": "place", "words": ["bus"]}),
        Put(at=("desk",), values={"tell": ["a@example.org"]}),
    )
    _now(folder, Put(at=("brand",), values={"accent": "#084a8c"}))
    put_back(folder, done.before, done.after)
    made = _raw(_text(folder))
    assert made == _raw(SAMPLE) | {"brand": _raw(SAMPLE)["brand"] | {"accent": "#084a8c"}}


def test_what_others_made_another_since_is_not_put_back_over_them(workspace: Callable[[str], Path]) -> None:
    folder = workspace(SAMPLE)
    done = _now(folder, Put(at=INSIGHTS, values={"schedule.at": "09:00"}))
    _now(folder, Put(at=INSIGHTS, values={"schedule.at": "10:00"}))
    with pytest.raises(TypedOver):
        put_back(folder, done.before, done.after)
    with pytest.raises(Refused, match="not kept any more"):
        put_back(folder, "0" * 64, done.after)


# --- what cannot be ---


def test_each_fault_is_told_beside_its_field_in_the_rules_own_words(workspace: Callable[[str], Path]) -> None:
    folder = workspace(SAMPLE)
    with pytest.raises(Unfit) as told:
        _now(
            folder,
            Put(
                at=INSIGHTS,
                values={
                    "schedule.at": "8 o’clock",
                    "sender.address": "nobody",
                    "minimum_stories": 0,
                    "schedule.days": ["tuesday", "someday"],
                    "introduction": "Hello {{ nobody }}",
                },
            ),
        )
    assert told.value.faults.keys() == {
        "schedule.at",
        "sender.address",
        "minimum_stories",
        "schedule.days",
        "introduction",
    }
    assert told.value.faults["schedule.at"] == "“8 o’clock” is no time of day. Write it like 08:00."
    assert _text(folder) == SAMPLE


@pytest.mark.parametrize(
    ("act", "field"),
    [
        (Add(to=(*INSIGHTS, "sources"), values={"id": "field-notes", "kind": "file", "address": "x"}), "id"),
        (Add(to=(*INSIGHTS, "sources"), values={"id": "x", "kind": "page", "address": "javascript:1"}), "address"),
        (Add(to=(*INSIGHTS, "sources"), values={"id": "x", "kind": "rss", "address": "https://e.org"}), "kind"),
        (Add(to=(*INSIGHTS, "sources"), values={"id": "x", "kind": "file"}), "address"),
        (Put(at=(*INSIGHTS, "themes", "place"), values={"weight": 99.0}), "weight"),
        (Put(at=("brand",), values={"accent": "#ffffff"}), "accent"),
        (Put(at=("desk",), values={"tell": ["a@example.org", "nobody"]}), "tell"),
        (Put(at=("server",), values={"url": "smtp://user:secret@mail.example.org"}), "url"),
        (Put(at=("brand",), values={"adress": "x"}), "adress"),
        (Remove(at=(*INSIGHTS, "segments", "schools")), None),
        (Put(at=INSIGHTS, values={"segments": None}), "segments"),
        (Put(values={"brand": None}), "brand"),
    ],
)
def test_what_the_program_would_not_take_is_not_written(
    act: Act, field: str | None, workspace: Callable[[str], Path]
) -> None:
    folder = workspace(SAMPLE)
    if field is None:
        _now(folder, act)
        with pytest.raises(Unfit) as told:
            _now(folder, Remove(at=(*INSIGHTS, "segments", "partners")))
        assert told.value.faults.keys() == {""}
        return
    with pytest.raises(Unfit) as told:
        _now(folder, act)
    assert told.value.faults.keys() == {field}
    assert "digest.toml:" not in told.value.what
    assert _text(folder) == SAMPLE


def test_a_file_with_a_fault_is_mended_by_hand_first(workspace: Callable[[str], Path]) -> None:
    folder = workspace(SAMPLE)
    seen = keep(folder, SAMPLE)
    _by_hand(folder, 'at = "08:00"', 'at = "8"')
    with pytest.raises(ConfigurationError, match="no time of day") as told:
        change(folder, seen, [Put(at=INSIGHTS, values={"name": "N"})])
    assert re.fullmatch(r"digest\.toml:\d+", told.value.findings[0].where)


@pytest.mark.parametrize("value", [object(), "half a pair \ud800", [None]])
def test_what_toml_cannot_hold_is_told(value: object, workspace: Callable[[str], Path]) -> None:
    folder = workspace(SAMPLE)
    with pytest.raises(ConfigurationError, match="cannot be written"):
        _now(folder, Put(at=INSIGHTS, values={"why": value}))
    assert _text(folder) == SAMPLE


def test_what_has_no_place_is_left_to_a_person(workspace: Callable[[str], Path]) -> None:
    text = SHAPES["all in one value"][0]
    folder = workspace(text)
    with pytest.raises(ConfigurationError, match="no place") as told:
        _now(folder, Add(to=("newsletters", "news", "themes"), values={"id": "t", "name": "T"}))
    assert "by hand" in told.value.mend
    assert _text(folder) == text
