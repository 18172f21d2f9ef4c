"""Workers: retries, failing destinations, several processes, leases, unwanted deliveries."""

import asyncio
import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from plimsoll.demo.crm import Fault
from plimsoll.demo.crm_http import Answer
from services.notifier.channels.kind import ChannelKind
from services.notifier.channels.registry import KINDS
from services.notifier.delivery import worker as worker_module
from services.notifier.delivery.breaker import FAILURES
from shared.messages import Recipient
from shared.runtime.settings import Settings
from tests.support.loops import until
from tests.support.post import Office, open_office
from tests.support.smtp import DROP, KEEP_AND_DROP
from tests.support.words import heard, listening

OWNER = (Recipient("c1"),)


def seconds_until(delivery: dict[str, Any], office: Office) -> float:
    return (datetime.fromisoformat(delivery["next_attempt_at"]) - office.now).total_seconds()


async def retrying(office: Office, channel: str, attempts: int) -> dict[str, Any]:
    """Waits until the only delivery has failed `attempts` times."""
    for _ in range(400):
        (found,) = await office.deliveries(channel)
        if found["state"] == "retrying" and found["attempts"] == attempts:
            return found
        await asyncio.sleep(0.02)
    raise AssertionError(found)


async def test_a_mail_is_tried_again_by_the_schedule_and_the_clock(office: Office) -> None:
    await office.sets("email")
    office.mail.will("rcpt", ["451 later"] * 5)
    await office.raised("a95", recipients=OWNER)
    for attempt, (most, unit) in enumerate(
        [(5, 1), (30, 1), (5, 60), (30, 60), (2, 3600)], start=1
    ):
        found = await retrying(office, "email", attempt)
        assert found["last_error"] == "451 later"
        assert 0.85 * most * unit < seconds_until(found, office) <= most * unit
        office.passes(seconds=most * unit)
    (done,) = await office.until("email", "delivered")
    assert (done["attempts"], done["last_error"], done["next_attempt_at"]) == (6, None, None)
    assert len(office.mail.taken) == 1
    shown = await office("GET", f"/v1/deliveries/{done['id']}")
    said = [(one["outcome"], one["answer"], one["state"]) for one in shown["history"]]
    assert said == [("failed", "451 later", "retrying")] * 5 + [("delivered", None, "delivered")]
    assert sorted(one["at"] for one in shown["history"]) == [one["at"] for one in shown["history"]]
    assert "9,500" in shown["message"]["text"]


async def test_what_fails_until_the_deadline_is_dead_and_can_be_recovered(office: Office) -> None:
    await office.sets("email")
    office.mail.will("rcpt", ["451 later"] * 30)
    began = office.now
    await office.raised("a95", recipients=OWNER)
    for attempt in range(1, 16):
        office.passes(seconds=1 + seconds_until(await retrying(office, "email", attempt), office))
    assert office.now - began < timedelta(hours=24)
    office.passes(hours=5)
    (dead,) = await office.until("email", "dead")
    assert dead["next_attempt_at"] is None
    office.mail.script.rcpt.clear()
    since = began.isoformat().replace("+00:00", "Z")
    assert (await office("GET", "/v1/deliveries", params={"state": "dead"}))["data"] == [dead]
    counted = await office("POST", "/v1/deliveries:recover?dry_run=true", {"since": since})
    assert counted == {"recovered": 1, "dry_run": True}
    assert (await office.deliveries("email")) == [dead]
    assert await office("POST", "/v1/deliveries:recover", {"since": since}) == {"recovered": 1}
    await office.until("email", "delivered")
    assert await office("POST", "/v1/deliveries:recover", {"since": since}) == {"recovered": 0}
    assert len(office.mail.taken) == 1


async def test_recovering_tries_an_address_again_that_was_found_refused(office: Office) -> None:
    async with listening(office.context.settings) as words:
        await office.sets("email")
        await heard(words, {"operations channels"})
        office.mail.will("rcpt", ["550 relaying denied"])
        began = office.now.isoformat().replace("+00:00", "Z")
        await office.raised("a95", recipients=OWNER)
        (dead,) = await office.until("email", "dead")
        await heard(words, {f"delivery {dead['id']}"})
    assert await office("POST", "/v1/deliveries:recover", {"since": began}) == {"recovered": 1}
    await office.until("email", "delivered")
    assert len(office.mail.taken) == 1


async def test_one_that_waits_can_be_cancelled_and_is_not_sent(office: Office) -> None:
    await office.sets("email")
    office.mail.will("rcpt", ["451 later"])
    await office.raised("a95", recipients=OWNER)
    path = f"/v1/deliveries/{(await retrying(office, 'email', 1))['id']}"
    cancelled = await office("POST", f"{path}:cancel")
    assert (cancelled["state"], cancelled["last_error"]) == (
        "cancelled",
        "cancelled by an operator",
    )
    office.passes(hours=1)
    refused = await office("POST", f"{path}:cancel", want=409)
    assert refused["detail"] == "This delivery is cancelled: there is nothing to cancel."
    await office("POST", "/v1/deliveries/nowhere:cancel", want=404)
    await office("GET", "/v1/deliveries/nowhere", want=404)
    assert (await office.states("email"), office.mail.taken) == (["cancelled"], [])
    (row,) = await office.rows(
        "select action, what_kind from audit where what_id = :id", id=cancelled["id"]
    )
    assert tuple(row) == ("cancel", "delivery")


async def test_what_would_be_sent_is_shown_over_each_channel(settings: Settings) -> None:
    async with open_office(settings, workers=()) as office:
        await office.opens()
        await office.sets("email", "webhook", "hubspot")
        await office.raised("a95", recipients=OWNER, task=office.task(), webhook=True)
        shown = {
            one["channel"]: await office("GET", f"/v1/deliveries/{one['id']}")
            for one in (await office("GET", "/v1/deliveries"))["data"]
        }
        assert set(shown) == {"in_app", "email", "webhook", "hubspot"}
        assert all(one["history"] == [] and one["unwanted"] is None for one in shown.values())
        written = {name: one["message"] for name, one in shown.items()}
        assert written["webhook"]["body"]["data"]["id"] == "a95"
        assert written["webhook"]["text"] is None
        for name in ("in_app", "email", "hubspot"):
            assert written[name]["subject"]
            assert written[name]["locale"] == "ja-JP"
            assert "9,500" in written[name]["text"], name
        assert written["email"]["html"].startswith("<!")
        await office.alert("a95", "superseded")
        late = await office("GET", f"/v1/deliveries/{shown['email']['id']}")
        assert late["unwanted"] == "the alert is superseded"


async def test_recovering_leaves_out_what_is_no_longer_wanted(office: Office) -> None:
    await office.sets("email")
    office.mail.will("data", ["554 no", "554 no"])
    began = office.now.isoformat().replace("+00:00", "Z")
    await office.raised("a90", recipients=OWNER)
    await office.raised("a95", recipients=OWNER)
    await office.until("email", "dead", "dead")
    await office.alert("a90", "superseded")
    assert await office("POST", "/v1/deliveries:recover", {"since": began}) == {"recovered": 1}
    await office.until("email", "dead", "delivered")
    future = (office.now + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    problem = await office("POST", "/v1/deliveries:recover", {"since": future}, want=422)
    assert problem["errors"] == [{"path": "/since", "reason": "is in the future"}]


async def test_a_manual_attempt_does_not_use_up_the_schedule(office: Office) -> None:
    await office.sets("email")
    office.mail.will("rcpt", ["451 later"] * 3)
    await office.raised("a95", recipients=OWNER)
    first = await retrying(office, "email", 1)
    office.passes(seconds=5)
    second = await retrying(office, "email", 2)
    await office("POST", f"/v1/deliveries/{second['id']}:retry")
    third = await retrying(office, "email", 3)
    assert first["id"] == second["id"] == third["id"]
    assert third["next_attempt_at"] == second["next_attempt_at"]
    office.passes(seconds=30)
    await office.until("email", "delivered")


async def test_a_dead_delivery_can_be_retried_manually_and_a_delivered_one_cannot(
    office: Office,
) -> None:
    await office.sets("email")
    office.mail.will("data", ["554 no", "554 still no"])
    await office.raised("a95", recipients=OWNER)
    (dead,) = await office.until("email", "dead")
    queued = await office("POST", f"/v1/deliveries/{dead['id']}:retry")
    assert queued["state"] in ("queued", "sending", "dead")
    for _ in range(100):
        (again,) = await office.deliveries("email")
        if again["attempts"] == 2 and again["state"] == "dead":
            break
        await asyncio.sleep(0.02)
    assert again["last_error"] == "554 still no"
    await office("POST", f"/v1/deliveries/{dead['id']}:retry")
    await office.until("email", "delivered")
    await office("POST", f"/v1/deliveries/{dead['id']}:retry", want=409)
    await office("POST", "/v1/deliveries/unknown:retry", want=404)


async def test_a_lost_answer_is_repeated_once_with_the_same_id_and_then_stays_unknown(
    office: Office,
) -> None:
    await office.sets("email")
    office.mail.will("data", [KEEP_AND_DROP, KEEP_AND_DROP])
    await office.raised("a95", recipients=OWNER)
    await retrying(office, "email", 1)
    office.passes(seconds=5)
    await office.until("email", "unknown")
    office.passes(hours=24)
    await asyncio.sleep(1.2)
    assert len(office.mail.taken) == 2
    assert len({str(message["message-id"]) for _, message in office.mail.taken}) == 1
    await office.until("email", "unknown")


async def test_a_connection_dropped_before_the_mail_was_handed_over_is_no_doubt(
    office: Office,
) -> None:
    await office.sets("email")
    office.mail.will("rcpt", [DROP, DROP, DROP])
    await office.raised("a95", recipients=OWNER)
    for attempt in (1, 2, 3):
        office.passes(seconds=1 + seconds_until(await retrying(office, "email", attempt), office))
    await office.until("email", "delivered")
    assert len(office.mail.taken) == 1


async def test_a_higher_threshold_cancels_the_waiting_mail(office: Office) -> None:
    await office.sets("email")
    office.mail.will("rcpt", ["451 later"])
    await office.raised("a80", 80, recipients=OWNER)
    await retrying(office, "email", 1)
    await office.over("a80")
    await office.raised("a90", 90, recipients=OWNER)
    await office.until("email", "cancelled", "delivered")
    ((_, message),) = office.mail.taken
    assert "90" in str(message["subject"])


async def test_an_alert_whose_closing_has_not_arrived_is_not_sent_either(office: Office) -> None:
    """The notifier was down: the trigger's table already shows what its messages will say."""
    await office.sets("email")
    office.mail.will("rcpt", ["451 later"])
    await office.raised("a80", 80, recipients=OWNER)
    await retrying(office, "email", 1)
    await office.alert("a80", "superseded")
    office.passes(seconds=5)
    (found,) = await office.until("email", "cancelled")
    assert found["last_error"] == "the alert is superseded"


async def test_a_dead_address_is_not_written_to_again_and_told_once(office: Office) -> None:
    await office.sets("email")
    office.mail.will("rcpt", ["550 5.1.1 no such user"])
    await office.raised("a90", 90, recipients=OWNER)
    await office.until("email", "dead")
    await office.raised("a95", 95, recipients=OWNER)
    await office.until("email", "dead", "suppressed")
    (told,) = await office.rows("select value from outbox where topic = 'account.events'")
    fact = json.loads(bytes(told.value))
    assert (fact["type"], fact["source"], fact["subject"], fact["data"]) == (
        "contact.unreachable",
        "/plimsoll/email",
        "acct-42",
        {"contact": "c1", "reason": "550 5.1.1 no such user"},
    )
    # The mailbox works again: a manual attempt shows it, and the next mail goes out as usual.
    (dead, _) = await office.deliveries("email")
    await office("POST", f"/v1/deliveries/{dead['id']}:retry")
    await office.until("email", "delivered", "suppressed")
    await office.raised("a100", 100, recipients=OWNER)
    await office.until("email", "delivered", "suppressed", "delivered")


async def test_refused_credentials_stop_the_channel_until_they_change_and_cost_no_attempt(
    office: Office,
) -> None:
    await office.sets("hubspot")
    office.crm.token = "another"
    for n in range(3):
        await office.raised(f"a{n}", recipients=(), task=office.task(f"{n}" * 32))
    for _ in range(200):
        if (await office("GET", "/v1/channels/hubspot"))["blocked"]:
            break
        await asyncio.sleep(0.02)
    office.passes(hours=100)
    await asyncio.sleep(1.2)
    calls = len(office.crm.journal)
    found = await office.until("hubspot", "queued", "queued", "queued")
    assert {delivery["attempts"] for delivery in found} == {0}
    assert calls <= 4
    office.crm.token = None
    await office(
        "PUT", "/v1/channels/hubspot", {"url": office.addresses["hubspot"], "token": "new"}
    )
    await office.until("hubspot", "delivered", "delivered", "delivered")
    assert len(office.crm.tasks()) == 3


async def test_a_limit_pauses_all_and_costs_no_step_of_the_schedule(office: Office) -> None:
    await office.sets("hubspot")
    limited = {"status": "error", "errorType": "RATE_LIMIT", "message": "…", "policyName": "DAILY"}
    office.crm.faults.append(Fault("batch/upsert", Answer(429, limited)))
    await office.raised("a1", recipients=(), task=office.task("1" * 32))
    first = await retrying(office, "hubspot", 1)
    assert 3500 < seconds_until(first, office) <= 3600
    await office.raised("a2", recipients=(), task=office.task("2" * 32))
    before = len(office.crm.journal)
    await asyncio.sleep(1.2)
    assert len(office.crm.journal) == before
    office.passes(hours=1)
    await office.until("hubspot", "delivered", "delivered")
    (step,) = {
        row.step for row in await office.rows("select step from delivery where channel = 'hubspot'")
    }
    assert step == 0


async def test_a_server_that_keeps_failing_is_paused(office: Office) -> None:
    await office.sets("webhook")
    office.hook.answers += [Answer(500, {})] * 50
    for n in range(12):
        await office.raised(f"a{n}", recipients=(), webhook=True)
    await asyncio.sleep(1.0)
    asked = len(office.hook.requests)
    assert FAILURES <= asked <= FAILURES + KINDS["webhook"].in_flight
    found = await office.deliveries("webhook")
    assert {(one["state"], one["attempts"]) for one in found} <= {("retrying", 1), ("queued", 0)}
    office.hook.answers.clear()
    office.passes(seconds=40)
    await office.until("webhook", *["delivered"] * 12)


async def test_the_tasks_of_an_account_go_out_in_their_order(office: Office) -> None:
    await office.sets("hubspot")
    office.crm.faults.append(Fault("batch/upsert", Answer(503, {})))
    key = "1" * 32
    await office.raised("a80", 80, recipients=(), task=office.task(key))
    await retrying(office, "hubspot", 1)
    for alert, threshold in (("a90", 90), ("a95", 95)):
        await office.raised(alert, threshold, recipients=(), task=office.task(key, priority="high"))
    await asyncio.sleep(1.2)
    assert await office.states("hubspot") == ["retrying", "queued", "queued"]
    office.passes(seconds=5)
    await office.until("hubspot", "delivered", "delivered", "delivered")
    (task,) = office.crm.tasks()
    assert "95" in task["properties"]["hs_task_subject"]


async def test_one_task_is_created_raised_and_completed(office: Office) -> None:
    await office.sets("hubspot")
    key = "1" * 32
    await office.raised("a80", 80, recipients=(), task=office.task(key, priority="low"))
    await office.until("hubspot", "delivered")
    await office.over("a80")
    await office.raised("a100", 100, recipients=(), task=office.task(key, priority="high"))
    await office.until("hubspot", "delivered", "delivered")
    (task,) = office.crm.tasks()
    assert (task["properties"]["hs_task_priority"], task["properties"]["hs_task_status"]) == (
        "HIGH",
        "NOT_STARTED",
    )
    assert task["properties"]["hubspot_owner_id"] == "64492917"
    assert task["properties"]["hs_task_body"].count("\n") == 4
    await office.over("a100", state="resolved", cured=True)
    await office.until("hubspot", "delivered", "delivered", "delivered")
    (task,) = office.crm.tasks()
    assert task["properties"]["hs_task_status"] == "COMPLETED"
    assert task["companies"] == ["812"]


async def test_a_lost_reply_of_the_crm_leaves_one_task_through_raise_and_cure(
    office: Office,
) -> None:
    await office.sets("hubspot")
    office.crm.faults.append(Fault("batch/upsert", None, applied=True))
    key = "1" * 32
    await office.raised("a80", 80, recipients=(), task=office.task(key))
    await retrying(office, "hubspot", 1)
    await office.over("a80")
    await office.raised("a90", 90, recipients=(), task=office.task(key))
    await office.until("hubspot", "unknown", "delivered")
    assert len(office.crm.tasks()) == 1
    await office.over("a90", state="resolved", cured=True)
    await office.until("hubspot", "unknown", "delivered", "delivered")
    (task,) = office.crm.tasks()
    assert task["properties"]["hs_task_status"] == "COMPLETED"


async def test_a_slow_mail_server_delays_neither_the_crm_nor_the_app(office: Office) -> None:
    await office.sets("email", "hubspot")
    office.mail.script.delay = 10.0
    for n in range(20):
        await office.raised(f"a{n}", task=office.task(f"{n:032}"))
    await office.until("hubspot", *["delivered"] * 20)
    assert await office.states("in_app") == ["delivered"] * 40
    assert "queued" in await office.states("email")
    office.mail.script.delay = 0.0


async def test_turning_a_channel_off_cancels_what_waits(office: Office) -> None:
    await office.sets("email")
    office.mail.will("rcpt", ["451 later"])
    await office.raised("a95", recipients=OWNER)
    await retrying(office, "email", 1)
    await office("DELETE", "/v1/channels/email", want=204)
    office.passes(seconds=5)
    (found,) = await office.until("email", "cancelled")
    assert found["last_error"] == "the channel is off"


async def test_a_contact_who_has_left_gets_no_mail(office: Office) -> None:
    await office.sets("email")
    office.mail.will("rcpt", ["451 later"])
    await office.raised("a95", recipients=OWNER)
    await retrying(office, "email", 1)
    await office.rows("delete from contact where id = 'c1' returning 1")
    office.passes(seconds=5)
    await office.until("email", "cancelled")


async def test_a_text_that_cannot_be_composed_waits_and_blocks_no_other_account(
    office: Office,
) -> None:
    await office.sets("hubspot")
    await office.opens("acct-43")
    broken = office.tell("a1").facts | {
        "task": {"happened": [{"key": "no.such.sentence", "variables": {}}]}
    }
    await office.alert("a1")
    await office.hears(office.tell("a1", recipients=(), task=office.task("1" * 32), facts=broken))
    await office.alert("a2", account="acct-43")
    await office.hears(
        office.tell("a2", account="acct-43", recipients=(), task=office.task("2" * 32))
    )
    found = await office.until("hubspot", "queued", "delivered")
    assert (found[0]["attempts"], found[0]["last_error"]) == (0, "error: WordingError")
    [aside] = await office.rows("select account, lane, part, reason from parked")
    assert tuple(aside) == ("acct-42", "delivery", "render", "error: WordingError")
    await office.rows(
        "update notification set facts = facts - 'task' where account = 'acct-42' returning 1"
    )
    office.passes(minutes=11)
    await office.until("hubspot", "delivered", "delivered")
    assert await office.rows("select 1 from parked") == []


async def test_an_account_is_unparked_once_none_of_its_deliveries_wait(office: Office) -> None:
    """Even if no channel is on by then."""
    await office.sets("hubspot")
    broken = office.tell("a1").facts | {
        "task": {"happened": [{"key": "no.such.sentence", "variables": {}}]}
    }
    await office.alert("a1")
    await office.hears(office.tell("a1", recipients=(), task=office.task("1" * 32), facts=broken))
    await until(lambda: _parks(office, 1))
    await office("DELETE", "/v1/channels/hubspot", want=204)
    await office.until("hubspot", "cancelled")
    office.passes(minutes=11)
    await until(lambda: _parks(office, 0))


async def _parks(office: Office, accounts: int) -> bool:
    return len(await office.rows("select 1 from parked")) == accounts


async def test_four_processes_share_the_work_and_nothing_goes_out_twice(settings: Settings) -> None:
    async with (
        open_office(settings) as first,
        open_office(settings) as second,
        open_office(settings) as third,
        open_office(settings) as fourth,
    ):
        await first.opens()
        first.crm.limit = 1000
        await first.sets("email", "hubspot", "webhook")
        for other in (second, third, fourth):
            other.at(first.now)
        for n in range(40):
            await first.raised(f"a{n}", recipients=OWNER, task=first.task(f"{n:032}"), webhook=True)
        for channel in ("email", "hubspot", "webhook"):
            await first.until(channel, *["delivered"] * 40, seconds=40)
        assert len(first.mail.taken) == 40
        assert len(first.crm.tasks()) == 40
        assert (
            len({request.headers["webhook-id"] for request in first.hook.requests})
            == len(first.hook.requests)
            == 40
        )
        assert sum(len(office.mail.taken) for office in (second, third, fourth)) == 0


async def test_a_stopping_process_gives_back_what_it_has_not_handed_over(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "_DRAIN_SECONDS", 0.5)
    async with open_office(settings) as office:
        await office.opens()
        await office.sets("webhook")
        stuck = asyncio.Event()

        async def hang(_: Any) -> None:
            await stuck.wait()

        office.hook.respond(hang)
        await office.raised("a95", recipients=OWNER, webhook=True)
        await office.until("webhook", "sending")
        started = asyncio.get_running_loop().time()
        office.stop.set()
        await asyncio.gather(*office.tasks)
        assert asyncio.get_running_loop().time() - started < 3
        stuck.set()
        (row,) = await office.rows(
            "select state, in_doubt, lease_until <= clock_timestamp() as over from delivery "
            "where channel = 'webhook'"
        )
        assert (row.state, row.in_doubt, row.over) == ("sending", True, True)
    async with open_office(settings) as office:
        await office.sets("webhook")
        await office.until("webhook", "delivered")


async def test_an_outcome_that_comes_after_the_lease_is_refused(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process has taken over the delivery: the slow one's outcome is ignored."""
    monkeypatch.setattr(ChannelKind, "lease", timedelta(seconds=0.3))
    await office.sets("webhook")
    released, first = asyncio.Event(), asyncio.Event()

    async def slow(request: Any) -> Answer:
        office.hook.requests.append(request)
        if not first.is_set():
            first.set()
            await released.wait()
            return Answer(500, {})
        return Answer(200, {})

    office.hook.respond(slow)
    await office.raised("a95", recipients=OWNER, webhook=True)
    await first.wait()
    (done,) = await office.until("webhook", "delivered")
    released.set()
    await asyncio.sleep(0.3)
    assert await office.until("webhook", "delivered") == [done]
    assert len({request.headers["webhook-id"] for request in office.hook.requests}) == 1


async def test_a_dead_process_s_claims_are_taken_over_and_a_living_one_s_are_not(
    office: Office, settings: Settings
) -> None:
    async with open_office(settings, workers=()) as other:
        await office.sets("webhook")
        await office("DELETE", "/v1/channels/webhook", want=204)
        for n in range(2):
            await office.raised(f"a{n}", recipients=OWNER)
        claimed = """
            update delivery set channel = 'webhook', state = 'sending', claim = 1, attempts = 1,
                owner = :owner, ended_at = null,
                                lease_until = clock_timestamp() + interval '1 minute'
            where alert = :alert returning id
        """
        await office.rows(claimed, owner=2**30, alert="a0")
        await office.rows(claimed, owner=other.presence.owner, alert="a1")
        await office.sets("webhook")
        await office.until("webhook", "delivered", "sending")


def test_a_lease_outlives_the_attempt_and_the_recording_of_its_outcome() -> None:
    for kind in KINDS:
        assert kind.lease.total_seconds() >= kind.timeout + 30
