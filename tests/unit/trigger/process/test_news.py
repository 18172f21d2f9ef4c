"""What a webhook is told of a log: one message per entry, with what GET shows, and with an end."""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from services.notifier.addressing import address
from services.notifier.channels.registry import KINDS
from services.notifier.delivery.payload import body
from services.notifier.messages import Notice, read
from services.trigger.process.log.entries import By, Entry
from services.trigger.process.news import LARGEST, fitting, news
from tests.unit.notifier.samples import claimed

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SHOWN = {"id": "d1", "account": "acct-42", "stage": "engaged", "lines": [{"quantity": 5}]}


def entry(seq: int, **fields: Any) -> Entry:
    return Entry(f"e{seq}", seq, "note", NOW, By("person", "u7"), {"text": "お電話", **fields})


def received(seq: int) -> Notice:
    told = read(msgspec.json.encode(news("opportunity.changed", "acct-42", SHOWN, entry(seq), NOW)))
    assert not isinstance(told, str)
    return told  # type: ignore[return-value]


def test_the_webhook_gets_what_get_shows_and_the_entry() -> None:
    told = received(4)
    (part,) = address(told, {}, list(KINDS), NOW)
    assert [one.channel for one in part.deliveries] == ["webhook"], "nobody else is told"
    sent = json.loads(
        body(
            claimed(kind=part.notification.kind, facts=part.notification.facts.json, created_at=NOW)
        )
    )
    assert sent == {
        "type": "opportunity.changed",
        "timestamp": "2026-11-22T12:00:00Z",
        "data": SHOWN | {"entry": entry(4).json()},
    }


def test_entries_of_one_log_follow_each_other_and_those_of_others_do_not_wait() -> None:
    (first,), (second,) = (address(received(seq), {}, list(KINDS), NOW) for seq in (4, 5))
    assert first.notification.id != second.notification.id
    assert first.deliveries[0].lane == second.deliveries[0].lane == "opportunity.changed:d1"
    told = news("task.changed", "acct-42", {"id": "t1"}, entry(1), NOW)
    other = read(msgspec.json.encode(told))
    assert not isinstance(other, str)
    (third,) = address(other, {}, list(KINDS), NOW)  # type: ignore[arg-type]
    assert third.deliveries[0].lane == "task.changed:t1"


@pytest.mark.parametrize("size", [10, LARGEST, 3 * LARGEST])
def test_what_is_too_large_for_one_message_is_left_out_and_named(size: int) -> None:
    data = {"id": "d1", "answers": ["あ" * (size // 3)], "needs": ["b" * 1000], "entry": {"seq": 1}}
    told = bytes(fitting(data))
    assert len(told) < LARGEST + 1000
    found = json.loads(told)
    if size == 10:
        assert found == data
    else:
        assert found == {
            "id": "d1",
            "needs": ["b" * 1000],
            "entry": {"seq": 1},
            "omitted": ["answers"],
        }
