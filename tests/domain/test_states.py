from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.domain.errors import Refused
from digest.domain.model import DeliveryState, EditionState, SubscriptionState
from digest.domain.states import MOVES, may_move, move

MACHINES = {"edition": EditionState, "delivery": DeliveryState, "subscription": SubscriptionState}
FINAL = {
    EditionState: {"discarded", "skipped", "missed", "cancelled"},
    DeliveryState: {"sent", "skipped"},
    SubscriptionState: {"erased"},
}


def drawn(text: str) -> set[tuple[str, str, str]]:
    drawing = re.sub(r"\([^)]*\)", "", text.split("## State machines")[1].split("```")[1])  # without remarks
    arrows, machine, froms = set(), "", [""]
    for line in drawing.splitlines():
        machine = line[:13].strip() or machine
        left, arrow, right = line[13:].partition("->")
        if arrow:
            froms = [name.strip() for name in left.split(",")]
        # the first word is the state; words after it are remarks
        thens = [part.split()[0] for part in (right if arrow else left.partition("|")[2]).split("|") if part.split()]
        arrows |= {(machine, now, then) for now in froms for then in thens}
    return arrows


@pytest.mark.parametrize("machine", MACHINES.values())
def test_every_state_of_a_machine_has_its_row(machine: type[StrEnum]) -> None:
    assert set(MOVES[machine]) == set(machine)
    assert all(then in machine for row in MOVES[machine].values() for then in row)


def test_the_table_is_what_the_design_draws(shared: Path) -> None:
    table = {(name, now, then) for name, kind in MACHINES.items() for now, row in MOVES[kind].items() for then in row}
    assert drawn((shared / "design.md").read_text()) == table


def test_every_arrow_has_a_reason_of_its_own_words() -> None:
    assert all(
        len(reason.split()) >= 2 for table in MOVES.values() for row in table.values() for reason in row.values()
    )


def test_exactly_the_named_states_are_final() -> None:
    assert {kind: {now for now, row in MOVES[kind].items() if not row} for kind in MACHINES.values()} == FINAL


@given(st.sampled_from(list(MACHINES.values())), st.data())
def test_a_walk_follows_arrows_only_and_ends_where_the_state_is_final(
    machine: type[StrEnum], data: st.DataObject
) -> None:
    now = data.draw(st.sampled_from(list(machine)))
    for then in data.draw(st.lists(st.sampled_from(list(machine)), max_size=20)):
        if then in MOVES[machine][now]:
            assert now not in FINAL[machine]
            now = move(now, then)
            assert now is then
        else:
            assert not may_move(now, then)
            with pytest.raises(Refused) as refused:
                move(now, then)
            assert str(now) in refused.value.what
            assert all(str(possible) in refused.value.mend for possible in MOVES[machine][now])


@pytest.mark.parametrize("machine", MACHINES.values())
def test_nothing_becomes_what_it_is_already(machine: type[StrEnum]) -> None:
    assert not any(may_move(state, state) for state in machine)


@pytest.mark.parametrize(
    ("now", "then"),
    [
        (DeliveryState.SENT, DeliveryState.PENDING),
        (DeliveryState.UNKNOWN, DeliveryState.CLAIMED),
        (EditionState.SENT, EditionState.DRAFT),
        (EditionState.SENDING, EditionState.APPROVED),
        (SubscriptionState.UNSUBSCRIBED, SubscriptionState.ACTIVE),
        (SubscriptionState.COMPLAINED, SubscriptionState.PENDING),
    ],
)
def test_what_would_harm_people_is_no_arrow(now: StrEnum, then: StrEnum) -> None:
    with pytest.raises(Refused):
        move(now, then)
