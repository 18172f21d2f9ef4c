"""Opportunities as a board or a table."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.console.views import pipeline

NOW = datetime(2026, 12, 10, tzinfo=UTC)
SUMS = [
    {"stage": "identified", "currency": "USD", "count": 2, "year": "100.50"},
    {"stage": "nurture", "currency": "USD", "count": 1, "year": None},
    {"stage": "engaged", "currency": "JPY", "count": 1, "year": "3600000"},
]
DEAL: dict[str, Any] = {
    "id": "o/1",
    "account": "a1",
    "stage": "nurture",
    "stage_since": "2026-12-06T12:00:00Z",
    "add_on": None,
    "to_plan": "pro",
    "closed_at": None,
}


def test_currencies_are_never_added_up() -> None:
    assert pipeline.totals(SUMS) == [("3600000", "JPY"), ("100.50", "USD")]


def test_early_stages_share_a_column() -> None:
    board = pipeline.board({"nurture": [DEAL]}, SUMS, {"owner": "me"}, NOW)
    assert [one["count"] for one in board] == [3, 0, 1, 0, 0]
    (card,) = board[0]["cards"]
    assert (card["days"], card["offer"]) == (3, "pro")
    assert card["page"] == "/console/opportunities/o%2F1"
    assert board[0]["table"] == "/console/pipeline?owner=me&view=table&stage=identified"


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({}, {}),
        ({"view": "board", "stage": "none"}, {}),
        ({"view": "table", "stage": "closed_won"}, {"view": "table", "stage": "closed_won"}),
    ],
)
def test_the_state_is_its_address(query: dict[str, str], wanted: dict[str, str]) -> None:
    assert pipeline.wanted(query) == wanted


def test_closed_ones_are_asked_for_by_their_stage() -> None:
    assert pipeline.query({"stage": "closed_lost"}, "u7")["open"] is None
    assert pipeline.query({"owner": "me"}, "u7")["owner"] == "u7"


def test_a_table_has_pages() -> None:
    table = pipeline.table({"data": [DEAL], "next_cursor": "c"}, {"view": "table"}, NOW)
    assert table["next"] == "/console/pipeline?view=table&cursor=c"
    assert pipeline.frame({}, SUMS)["count"] == 4


def test_only_stages_in_which_there_is_anything_are_asked_for() -> None:
    sums = [{"stage": one} for one in ("negotiation", "closed_won", "nurture", "nurture")]
    assert pipeline.stages_of(sums) == ["nurture", "negotiation"]
    assert pipeline.stages_of([]) == []


def test_a_card_moves_to_the_next_stage_or_back() -> None:
    assert pipeline.moves("needs_discovery") == ["qualified", "nurture"]
    assert pipeline.moves("nurture") == ["qualified"]
    assert pipeline.moves("engaged") == ["identified", "qualified", "proposal", "nurture"]
    assert pipeline.moves("negotiation")[-2:] == ["proposal", "nurture"]
    assert pipeline.moves("closed_won") == []
