"""Items of a batch of accounts: every fault of one is named, and costs no other."""

import json
from typing import Any

import pytest

from services.trigger.api.batch_items import JSON, LINES, Unread, read_items
from services.trigger.subscriptions.batches import Item
from shared.web import Problem

GOOD: dict[str, Any] = {"id": "a", "name": "A"}


def _faults(item: Any) -> list[tuple[str, str]]:
    (found,) = read_items(json.dumps([item]).encode(), JSON)
    assert isinstance(found, Unread)
    return [(fault.path, fault.reason.split(":")[0]) for fault in found.faults]


def test_faults_of_form_and_all_others_are_named_at_once() -> None:
    limits = {
        "form": {"limit": "12 XB", "thresholds": [0, 50]},
        "empty": {},
        "a~b": {"thresholds": []},
        "none": None,
    }
    twice = [{"id": "c", "name": "C", "role": "owner"}] * 2
    found = _faults(
        {"id": "a", "time_zone": "Mars", "contacts": twice, "add_contacts": twice, "limits": limits}
    )
    assert [path for path, _ in found] == [
        "/time_zone",
        "/limits/form/limit",
        "/limits/none",
        "/name",
        "/contacts/1/id",
        "/add_contacts/1/id",
        "/limits/form/thresholds/0",
        "/limits/empty",
        "/limits/a~0b/thresholds",
    ]
    assert dict(found)["/limits/empty"] == "needs a limit, thresholds, or both"


@pytest.mark.parametrize(
    "wrong",
    [
        5,
        None,
        [],
        {"limits": 5},
        {"contacts": 5, "limits": {"m": 5}},
        {"contacts": [5, None], "id": "a"},
    ],
)
def test_whatever_an_item_is_it_is_refused_by_itself(wrong: Any) -> None:
    assert _faults(wrong)


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        (rb'{"id": "b", "name": "\ud800"}', "/name"),
        (rb'{"id": "b", "name": "\u0000"}', "/name"),
        (b'{"id": "b", "employees": ' + b"9" * 5_000 + b"}", "/employees"),
        (b'{"id": "b", "employees": 1e999999}', "/employees"),
        (rb'{"id": "b", "name": "\ud800", "employees": ' + b"9" * 5_000 + b"}", "/name"),
        (b'{"id": "b", "name": "x", "name": "y"}', ""),
    ],
)
@pytest.mark.parametrize("media", [JSON, LINES])
def test_what_no_text_or_number_may_be_costs_its_own_item_alone(
    wrong: bytes, path: str, media: str
) -> None:
    parts = [json.dumps(GOOD).encode(), wrong, b'{"id": "c", "limits": {"m": {"limit": 1.50}}}']
    raw = b" [" + b" ,\n".join(parts) + b"]\n" if media == JSON else b"\r\n".join(parts)
    before, found, after = read_items(raw, media)
    assert isinstance(before, Item)
    assert isinstance(found, Unread)
    assert isinstance(after, Item)
    assert str(after.overrides[0].limit) == "1.50"
    assert (found.id, found.faults[0].path) == ("b", path)


def test_an_id_that_no_text_may_be_is_not_given_back() -> None:
    found = read_items(rb'[{"id": "\ud800"}, {"id": "\u0000"}, {"id": 5}, 5]', JSON)
    assert [one.id for one in found] == [None] * 4


@pytest.mark.parametrize(
    "raw",
    [
        b"[",
        b'[{"id": "\\ud800"}',
        b'[{"id": "\\ud800"},]',
        b'[{"id": "\\ud800"}] x',
        b"[" * 100_000,
        b'["\\ud800" 5]',
    ],
)
def test_what_is_no_array_of_json_is_refused_whole(raw: bytes) -> None:
    with pytest.raises(Problem) as refused:
        read_items(raw, JSON)
    assert refused.value.status_code == 400
