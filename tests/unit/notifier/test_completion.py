"""The last message about a task: to the CRM only, with the newest figures and why it is done."""

from datetime import timedelta
from typing import Any

import pytest

from services.notifier.channels.registry import KINDS
from services.notifier.completion import LastTold, completion
from services.notifier.messages import Closing, KeptFacts
from shared.messages import Closed
from tests.unit.notifier.samples import NOW, facts

LATER = NOW + timedelta(days=3)
TASK = {"key": "t1", "purpose": "usage", "priority": "high", "action": "raise"}
OFFER = {"plan": {"id": "pro"}}
WAYS = KINDS.named(["hubspot"])


def closed(key: str = "k9", newer: KeptFacts | None = None) -> Closing:
    return Closed(
        key=key, account="acct-42", meter="api_calls", at=LATER, alerts=(), cured=True, facts=newer
    )


def told(**given: Any) -> LastTold:
    return LastTold("t1", "acct-42", "api_calls", KeptFacts(facts(**given)), TASK)


def test_the_task_is_completed_and_nothing_else_of_it_changes() -> None:
    row = completion(closed(), told(), WAYS).notification
    assert row.task == TASK | {"action": "complete"}
    assert TASK["action"] == "raise"
    assert (row.kind, row.cls, row.contact, row.alert) == ("crm.task", "internal", None, None)
    assert (row.account, row.meter, row.created_at) == ("acct-42", "api_calls", LATER)


@pytest.mark.parametrize(
    ("newer", "used"), [(None, "9600"), (KeptFacts({"used": "12"}), "12"), (KeptFacts({}), "9600")]
)
def test_it_says_why_with_the_newest_figures_and_without_an_offer(
    newer: KeptFacts | None, used: str
) -> None:
    found = completion(closed(newer=newer), told(proposal=OFFER), WAYS).notification.facts
    read = found.read()
    assert (read.used_text, read.proposal) == (used, None)
    assert read.task is not None
    assert [one.key for one in (*read.task.happened, *read.task.why_now, *read.task.next_step)] == [
        "signal.cured",
        "why.done",
        "remedy.closed",
    ]
    assert (read.task.say, read.task.do_not_say) == ((), ())


def test_each_crm_gets_it_at_once_and_until_its_own_deadline() -> None:
    part = completion(closed(), told(), WAYS)
    (delivery,), (way,) = part.deliveries, WAYS
    assert (delivery.channel, delivery.state, delivery.task) == ("hubspot", "queued", "t1")
    assert (delivery.next_attempt_at, delivery.deadline_at) == (LATER, LATER + way.deadline)
    assert (delivery.contact, delivery.lane) == (None, "acct-42")


def test_without_a_crm_it_is_noted_and_not_sent() -> None:
    part = completion(closed(), told(), [])
    assert (part.notification.key, part.deliveries) == ("k9", ())


def test_the_same_closing_completes_a_task_once_and_another_closing_again() -> None:
    first, same, other = (completion(closed(key), told(), WAYS) for key in ("k1", "k1", "k2"))
    assert first == same
    assert first.notification.id != other.notification.id
    assert first.deliveries[0].id != other.deliveries[0].id
