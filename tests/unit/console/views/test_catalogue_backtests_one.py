"""A backtest: how far it is, and what it would have sent."""

from decimal import Decimal
from typing import Any

import pytest

from services.console.views.catalogue_backtests_one import threshold, view, wanted

NONE = {"would": 5, "sent": 5, "only_would": 0, "only_sent": 0}
ROW = {"account": "a b", "threshold": {"at": Decimal("9000000000")}, "kind": "usage.threshold"}


def job(state: str, **more: Any) -> dict[str, Any]:
    return {
        "id": "bt_1",
        "state": state,
        "progress": 1,
        "asked_by": {"kind": "key", "id": "shop"},
        "totals": {"accounts": 3, "differing": 0, **NONE},
        "complete": True,
        "by_threshold": [{**NONE, "threshold": 95}],
        **more,
    }


def test_only_what_differs_is_shown_first() -> None:
    assert [wanted(query) for query in ({}, {"list": "sent"}, {"list": "x"})] == [
        "only_would",
        "sent",
        "only_would",
    ]


def test_nothing_changes_if_neither_side_has_more() -> None:
    assert view(job("done"), "would", None, None, frozenset(), {})["nothing"]
    more = {"accounts": 3, "differing": 1, **NONE, "only_sent": 1}
    assert not view(job("done", totals=more), "would", None, None, frozenset(), {})["nothing"]
    begun = view(job("queued", totals=None), "would", None, None, frozenset({"admin"}), {})
    assert (begun["nothing"], begun["is_over"], begun["may_write"]) == (False, False, True)


def test_messages_lead_to_their_accounts_and_to_the_next_page() -> None:
    messages = {"data": [ROW], "next_cursor": "c"}
    accounts = {"data": [{"account": "a b", **NONE}]}
    found = view(job("done"), "sent", messages, accounts, frozenset(), {})
    assert found["messages"][0]["address"] == "/console/accounts/a%20b"
    assert found["next"] == "/console/catalogue/backtests/bt_1?list=sent&cursor=c"
    assert found["accounts"][0]["address"] == "/console/accounts/a%20b"
    assert [current for _, _, current in found["tabs"]] == [False, False, False, True]


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, ""), (95, "95 %"), ({"at": 9}, "9"), ({"per_hour": 500}, "500/h")],
)
def test_thresholds_as_they_are_read(value: Any, shown: str) -> None:
    assert threshold(value) == shown
