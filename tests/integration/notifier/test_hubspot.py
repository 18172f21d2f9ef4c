"""The HubSpot channel against a stateful server that enforces its API: one task, whatever fails."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from plimsoll.demo.crm import Crm, Fault
from plimsoll.demo.crm_http import Answer
from services.notifier.channels.base import (
    Claimed,
    Delivered,
    Failed,
    Misconfigured,
    Outcome,
    Refused,
    Throttled,
    Unanswered,
    Withdrawn,
)
from services.notifier.channels.hubspot.api import REPLY_LIMIT, HubSpotApi, HubSpotConfig
from services.notifier.channels.hubspot.channel import HubSpotChannel, marker
from services.notifier.channels.hubspot.draft import TaskOrder
from services.notifier.channels.safe_http import SafeHttp
from tests.unit.notifier.samples import NOW, claimed

KEY = "f" * 32
BODY = "起きたこと: API calls <96%>\nなぜ今: …\n伝えること: …\n言わないこと: …\n次の一歩: …"


def order(delivery: Claimed) -> TaskOrder:
    task: dict[str, Any] = dict(delivery.task or {})
    return TaskOrder(
        key=KEY,
        action=task["action"],
        subject=f"{task['percent']}%",
        body=f"{BODY} due {NOW.date()}",
        priority=task["priority"],
        due_at=NOW,
        owner_email="kato@example.com",
        account="Aozora (acct-42)",
        owner="kato",
        climbs=delivery.climbs,
        body_for=lambda due: f"{BODY} due {due.date()}",
    )


def delivery(
    action: str = "raise", percent: int = 80, priority: str = "low", **other: Any
) -> Claimed:
    task = {"key": KEY, "action": action, "percent": percent, "priority": priority}
    return claimed(
        **({"channel": "hubspot", "contact": None, "company": "812", "task": task} | other)
    )


@asynccontextmanager
async def portal(**given: Any) -> AsyncIterator[tuple[Crm, HubSpotChannel]]:
    crm = Crm(token="pat-1", companies={"812"}, owners={"kato@example.com": "64492917"}, **given)
    url = await crm.start()
    http = SafeHttp(allow_private=True, reply_limit=REPLY_LIMIT)
    channel = HubSpotChannel(
        HubSpotApi(HubSpotConfig(url, "pat-1"), http, lambda: datetime.now(UTC)), order, lambda: NOW
    )
    try:
        yield crm, channel
    finally:
        await channel.aclose()
        await crm.stop()


class Begun:
    def __init__(self, allowed: bool = True) -> None:
        self.times = 0
        self._allowed = allowed

    async def __call__(self) -> bool:
        self.times += 1
        return self._allowed


async def send(channel: HubSpotChannel, what: Claimed) -> Outcome:
    return await channel.send(what, Begun())


def external_id(outcome: Outcome) -> str:
    assert isinstance(outcome, Delivered), outcome
    assert outcome.external_id is not None
    return outcome.external_id


@pytest.fixture(params=[True, False], ids=["unique property", "marker"])
def unique(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


async def test_created_raised_and_completed_is_one_task(unique: bool) -> None:
    async with portal(unique=unique) as (crm, channel):
        task = external_id(await send(channel, delivery()))
        (made,) = crm.tasks()
        for percent, priority in ((90, "medium"), (95, "high")):
            assert (
                external_id(
                    await send(
                        channel, delivery(percent=percent, priority=priority, external_id=task)
                    )
                )
                == task
            )
        (raised,) = crm.tasks()
        await send(channel, delivery("complete", external_id=task))
        (completed,) = crm.tasks()
    assert made["companies"] == ["812"]
    properties = made["properties"]
    assert properties["hs_task_subject"] == "80%"
    assert properties["hs_timestamp"] == "2026-11-22T12:00:00.000Z"
    assert properties["hubspot_owner_id"] == "64492917"
    assert (
        properties["hs_task_status"],
        properties["hs_task_priority"],
        properties["hs_task_type"],
    ) == ("NOT_STARTED", "LOW", "TODO")
    assert "API calls &lt;96%&gt;<br>\n" in properties["hs_task_body"]
    assert (marker(KEY) in properties["hs_task_body"]) is not unique
    assert (properties.get("plimsoll_task_key") == KEY) is unique
    assert (raised["properties"]["hs_task_subject"], raised["properties"]["hs_task_priority"]) == (
        "95%",
        "HIGH",
    )
    assert completed["properties"]["hs_task_status"] == "COMPLETED"
    assert completed["id"] == task


CREATE = {
    True: "POST /crm/objects/2026-03/tasks/batch/upsert",
    False: "POST /crm/objects/2026-03/tasks",
}


LOST = {
    "reset": None,
    "502": Answer(502, b"<html>bad gateway"),
    "503": Answer(503, {}),
    "504": Answer(504, {}),
    "html": Answer(200, b"<html>hello"),
    "no result": Answer(200, {"status": "COMPLETE"}),
}


@pytest.mark.parametrize("answer", LOST.values(), ids=LOST)
async def test_a_lost_answer_after_success_leaves_one_task(
    unique: bool, answer: Answer | None
) -> None:
    async with portal(unique=unique) as (crm, channel):
        crm.faults.append(Fault(CREATE[unique], answer, applied=True))
        assert await send(channel, delivery()) == Unanswered(reason=_any_reason(), again="safely")
        assert len(crm.tasks()) == 1
        again = external_id(await send(channel, delivery(in_doubt=True, attempts=2)))
        (task,) = crm.tasks()
    assert task["id"] == again
    assert task["companies"] == ["812"]


async def test_a_connection_cut_before_anything_happened_is_simply_retried(unique: bool) -> None:
    async with portal(unique=unique) as (crm, channel):
        crm.faults.append(Fault(CREATE[unique], None, applied=False))
        assert isinstance(await send(channel, delivery()), Unanswered)
        assert crm.tasks() == []
        external_id(await send(channel, delivery(in_doubt=True, attempts=2)))
        assert len(crm.tasks()) == 1


async def test_a_raise_after_an_unanswered_creation_finds_the_task(unique: bool) -> None:
    """The 80 % delivery was cancelled while in doubt; the 90 % one is for the same task."""
    async with portal(unique=unique) as (crm, channel):
        crm.faults.append(Fault(CREATE[unique], None, applied=True))
        await send(channel, delivery())
        external_id(
            await send(channel, delivery(percent=90, priority="medium", task_in_doubt=True))
        )
        (task,) = crm.tasks()
    assert task["properties"]["hs_task_subject"] == "90%"


async def test_a_completion_finds_a_task_whose_id_was_lost(unique: bool) -> None:
    async with portal(unique=unique) as (crm, channel):
        crm.faults.append(Fault(CREATE[unique], None, applied=True))
        await send(channel, delivery())
        external_id(await send(channel, delivery("complete", task_in_doubt=True)))
        (task,) = crm.tasks()
    assert task["properties"]["hs_task_status"] == "COMPLETED"


async def test_nothing_to_complete_is_done(unique: bool) -> None:
    async with portal(unique=unique) as (_, channel):
        outcome = await send(channel, delivery("complete"))
    assert isinstance(outcome, Delivered)
    assert outcome.external_id is None


async def test_without_a_company_the_subject_names_the_account(unique: bool) -> None:
    async with portal(unique=unique) as (crm, channel):
        await send(channel, delivery(company=None))
        (task,) = crm.tasks()
    assert task["companies"] == []
    assert task["properties"]["hs_task_subject"] == "80% – Aozora (acct-42)"


async def test_with_neither_key_nor_company_doubt_stays_and_no_second_task_is_made() -> None:
    async with portal(unique=False) as (crm, channel):
        crm.faults.append(Fault(CREATE[False], None, applied=True))
        assert isinstance(lost := await send(channel, delivery(company=None)), Unanswered)
        assert lost.again == "never"
        raised = await send(channel, delivery(percent=90, company=None, task_in_doubt=True))
        assert isinstance(raised, Unanswered)
        assert raised.again == "never"
        assert len(crm.tasks()) == 1
        # An operator has checked, and retries it manually.
        external_id(await send(channel, delivery(company=None, in_doubt=True, by_hand=True)))
        assert len(crm.tasks()) == 2


async def test_a_deleted_task_is_created_again_when_it_is_raised(unique: bool) -> None:
    async with portal(unique=unique) as (crm, channel):
        gone = external_id(await send(channel, delivery()))
        crm.delete(gone)
        fresh = external_id(await send(channel, delivery(percent=90, external_id=gone)))
        assert [task["id"] for task in crm.tasks()] == [fresh]
        crm.delete(fresh)
        assert isinstance(await send(channel, delivery("complete", external_id=fresh)), Delivered)
        assert crm.tasks() == []


async def test_a_company_that_hubspot_does_not_know_costs_the_association_only() -> None:
    async with portal() as (crm, channel):
        outcome = await send(channel, delivery(company="999"))
        assert isinstance(outcome, Delivered)
        assert outcome.note is not None
        assert "999" in outcome.note
        assert len(crm.tasks()) == 1


async def test_an_association_that_fails_is_made_by_the_next_attempt() -> None:
    async with portal() as (crm, channel):
        crm.faults.append(Fault("PUT /crm/v4", Answer(503, {})))
        assert isinstance(await send(channel, delivery()), Failed)
        external_id(await send(channel, delivery(attempts=2)))
        (task,) = crm.tasks()
    assert task["companies"] == ["812"]


async def test_a_taken_key_is_found_and_used() -> None:
    async with portal() as (crm, channel):
        task = external_id(await send(channel, delivery()))
        taken = {"status": "error", "category": "OBJECT_ALREADY_EXISTS", "message": "taken"}
        crm.faults.append(Fault("batch/upsert", Answer(409, taken)))
        assert external_id(await send(channel, delivery(percent=90))) == task
        crm.faults.append(
            Fault(
                "batch/upsert",
                Answer(
                    207, {"status": "COMPLETE", "results": [], "numErrors": 1, "errors": [taken]}
                ),
            )
        )
        assert external_id(await send(channel, delivery(percent=95))) == task
        (standing,) = crm.tasks()
    assert standing["properties"]["hs_task_subject"] == "95%"


async def test_a_batch_that_refuses_its_one_input_is_final() -> None:
    error = {
        "status": "error",
        "category": "VALIDATION_ERROR",
        "message": "no\r\nsuch\x00thing",
        "context": {},
    }
    async with portal() as (crm, channel):
        refusal = Answer(
            207, {"status": "COMPLETE", "results": [], "numErrors": 1, "errors": [error]}
        )
        crm.faults.append(
            Fault("batch/upsert", refusal, times=2)
        )  # the second without an owner, in case that was the cause
        assert await send(channel, delivery()) == Refused("HubSpot refused the task: no such thing")


@pytest.mark.parametrize("status", [401, 403])
async def test_refused_credentials_are_a_misconfiguration(status: int) -> None:
    async with portal() as (crm, channel):
        await send(channel, delivery())
        crm.faults.append(
            Fault(
                "batch/upsert",
                Answer(status, {"status": "error", "category": "X", "message": "no"}),
            )
        )
        assert isinstance(await send(channel, delivery(percent=90)), Misconfigured)


async def test_a_wrong_token_is_noticed_before_anything_is_made() -> None:
    async with portal() as (crm, channel):
        crm.token = "another"
        assert isinstance(await send(channel, delivery()), Misconfigured)
        assert crm.tasks() == []


@pytest.mark.parametrize(
    ("policy", "seconds"),
    [("SECONDLY", 1), ("TEN_SECONDLY_ROLLING", 10), ("DAILY", 3600)],
    ids=["second", "ten seconds", "day"],
)
async def test_limits_are_waited_for_by_their_policy(policy: str, seconds: int) -> None:
    body = {
        "status": "error",
        "message": "You have reached your limit.",
        "errorType": "RATE_LIMIT",
        "policyName": policy,
    }
    async with portal() as (crm, channel):
        crm.faults.append(Fault("batch/upsert", Answer(429, body)))
        outcome = await send(channel, delivery())
    assert isinstance(outcome, Throttled)
    assert outcome.wait == timedelta(seconds=seconds)
    assert policy in outcome.reason


async def test_the_server_s_own_limit_answers_with_its_policy_and_headers() -> None:
    async with portal(limit=0) as (crm, channel):
        outcome = await send(channel, delivery())
    assert isinstance(outcome, Throttled)
    assert "TEN_SECONDLY_ROLLING" in outcome.reason
    assert [call.status for call in crm.journal] == [429]


@pytest.mark.parametrize("status", [423, 500, 502])
async def test_a_temporary_failure_is_retried(status: int) -> None:
    async with portal() as (crm, channel):
        task = external_id(await send(channel, delivery()))
        crm.faults.append(Fault("PATCH", Answer(status, {"status": "error", "message": "later"})))
        assert isinstance(await send(channel, delivery(percent=90, external_id=task)), Failed)
        external_id(await send(channel, delivery(percent=90, external_id=task, attempts=2)))
        assert len(crm.tasks()) == 1


async def test_an_owner_is_looked_up_once() -> None:
    async with portal() as (crm, channel):
        task = external_id(await send(channel, delivery()))
        await send(channel, delivery(percent=90, external_id=task))
        assert len(crm.calls("GET /crm/v3/owners")) == 1


@pytest.mark.parametrize("status", [403, 404])
async def test_without_the_right_to_read_owners_the_task_has_none(status: int) -> None:
    async with portal() as (crm, channel):
        crm.faults.append(Fault("/owners", Answer(status, {})))
        external_id(await send(channel, delivery()))
        (task,) = crm.tasks()
    assert "hubspot_owner_id" not in task["properties"]


async def test_the_property_is_made_once_and_found_by_the_next_process() -> None:
    async with portal() as (crm, channel):
        await send(channel, delivery())
        again = HubSpotChannel(channel._api, order, lambda: NOW)
        await again.send(delivery(percent=90), Begun())
        assert len(crm.calls("POST /crm/properties")) == 1
        assert len(crm.tasks()) == 1


async def test_two_processes_that_make_the_property_at_once_agree() -> None:
    async with portal() as (crm, channel):
        crm.faults.append(
            Fault(
                "POST /crm/properties",
                Answer(409, {"category": "OBJECT_ALREADY_EXISTS"}),
                applied=True,
            )
        )
        external_id(await send(channel, delivery()))
        (task,) = crm.tasks()
    assert task["properties"]["plimsoll_task_key"] == KEY


async def test_a_delivery_that_is_withdrawn_at_the_last_moment_changes_nothing(
    unique: bool,
) -> None:
    async with portal(unique=unique) as (crm, channel):
        assert await channel.send(delivery(), Begun(allowed=False)) == Withdrawn()
        assert crm.tasks() == []


async def test_the_company_s_own_tasks_are_not_taken_for_ours() -> None:
    async with portal(unique=False) as (crm, channel):
        other = replace(
            delivery(), task={"key": KEY, "action": "raise", "percent": 1, "priority": "low"}
        )
        foreign = HubSpotChannel(
            channel._api, lambda _: replace(order(other), key="e" * 32), lambda: NOW
        )
        for _ in range(3):
            await foreign.send(other, Begun())
        crm.faults.append(Fault(CREATE[False], None, applied=True))
        await send(channel, delivery())
        external_id(await send(channel, delivery(in_doubt=True)))
        marked = [task for task in crm.tasks() if marker(KEY) in task["properties"]["hs_task_body"]]
    assert len(marked) == 1


async def test_doubt_stays_if_the_company_s_tasks_cannot_be_listed() -> None:
    async with portal(unique=False) as (crm, channel):
        crm.faults += [
            Fault(CREATE[False], None, applied=True),
            Fault("associations/tasks", Answer(404, {}), times=2),
        ]
        await send(channel, delivery())
        outcome = await send(channel, delivery(in_doubt=True))
        assert isinstance(outcome, Unanswered)
        assert outcome.again == "never"
        assert len(crm.tasks()) == 1


async def test_the_test_call_makes_the_same_completed_task_each_time() -> None:
    async with portal() as (crm, channel):
        for _ in range(2):
            assert isinstance(await channel.test(None), Delivered)
        (task,) = crm.tasks()
    assert task["properties"]["hs_task_status"] == "COMPLETED"


class _any_reason(str):
    """Equal to any reason."""

    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str)
