"""Messages become notifications, deliveries and in-app copies; repeated messages change nothing."""

import asyncio
from datetime import timedelta
from typing import Any

from sqlalchemy import event

from shared.messages import Recipient
from tests.support.post import Office


async def test_a_message_reaches_everyone_in_the_app_in_its_own_transaction(office: Office) -> None:
    await office.raised("a95")
    found = (await office("GET", "/v1/notifications", params={"account": "acct-42"}))["data"]
    assert [
        (row["contact"], row["kind"], row["class"], row["threshold"], row["proposes"])
        for row in found
    ] == [
        ("c2", "usage.threshold", "notice", 95, None),
        ("c1", "usage.threshold", "notice", 95, None),
    ]
    assert [
        [(d["channel"], d["state"], d["attempts"], d["recipient"]) for d in row["deliveries"]]
        for row in found
    ] == [
        [("in_app", "delivered", 1, "c2")],
        [("in_app", "delivered", 1, "c1")],
    ]
    assert set(found[0]) == {
        "id", "key", "account", "contact", "kind", "class", "meter", "threshold", "created_at",
        "proposes", "proposes_add_on", "decision", "deliveries",
    }  # fmt: skip
    assert len(await office.rows("select 1 from inbox_item where resolved_at is null")) == 2


async def test_a_message_takes_six_statements(office: Office) -> None:
    """However many it is for: it is what everybody waits for between an event and its alert."""
    await office.sets("email", "hubspot")
    executed = list[tuple[object, str]]()
    engine = office.context.engine.sync_engine

    def write_down(conn: Any, cursor: Any, statement: str, *others: Any) -> None:
        executed.append((conn, statement))

    event.listen(engine, "before_cursor_execute", write_down)
    await office.raised("a95", task=office.task(), webhook=True)
    event.remove(engine, "before_cursor_execute", write_down)
    handler = next(conn for conn, one in executed if "insert into notification" in one)
    assert len([one for conn, one in executed if conn is handler]) == 6
    assert len(await office.rows("select 1 from inbox_item")) == 2


async def test_who_sends_mails_is_woken_for_those_that_are_due_before_it_looks_by_itself(
    office: Office,
) -> None:
    await office.sets("email")
    signal = office.wakeups.signal("email")
    await office.raised("a80", mail_hold_seconds=5)
    assert not await signal.wait(0)
    await office.raised("a90", mail_hold_seconds=0)
    assert await signal.wait(0)


async def test_an_add_on_is_told_apart_from_a_plan(office: Office) -> None:
    add_on = {
        "id": "storage_pack",
        "name": {"en": "Extra storage", "ja": "追加ストレージ"},
        "quantity": 1,
        "unit": None,
    }
    told = office.tell("a95").facts | {"proposal": {"plan": None, "add_on": add_on}}
    await office.raised(
        "a95",
        facts=told,
        proposes="storage_pack",
        recipients=(Recipient("c1", "storage_pack"), Recipient("c2")),
    )
    found = (await office("GET", "/v1/notifications", params={"account": "acct-42"}))["data"]
    offered = {row["contact"]: (row["proposes"], row["proposes_add_on"]) for row in found}
    assert offered == {"c1": (None, "storage_pack"), "c2": (None, None)}


async def test_a_replay_changes_nothing(office: Office) -> None:
    await office.sets("email", "webhook", "hubspot")
    await office.raised("a80", 80, task=office.task(), webhook=True)
    await office.until("hubspot", "delivered")
    await office.over("a80")
    await office.raised("a90", 90, task=office.task(priority="medium"), webhook=True)
    for channel in ("email", "webhook", "hubspot"):
        await office.until(channel, "delivered", "delivered")
    await office.over("a90", state="resolved", cured=True)
    await office.until("hubspot", "delivered", "delivered", "delivered")
    before = await office.digest()
    await office.hears_again()
    await office.hears_again(highest=0)
    await asyncio.sleep(0.3)
    assert await office.digest() == before
    assert len(office.mail.taken) == 2
    assert len(office.crm.tasks()) == 1


async def test_a_late_message_about_an_alert_that_is_over_shows_no_banner_and_sends_nothing(
    office: Office,
) -> None:
    await office.sets("email", "webhook", "hubspot")
    for alert, state in (("a80", "superseded"), ("a90", "resolved")):
        await office.alert(alert, state)
        await office.hears(
            office.close(alert, state=state),
            office.tell(alert, task=office.task(alert * 8), webhook=True),
        )
    await office.until("email", "cancelled", "cancelled")
    await office.until("webhook", "cancelled", "cancelled")
    await office.until("hubspot", "cancelled", "cancelled")
    items = await office.rows("select resolved_at from inbox_item")
    assert len(items) == 4
    assert all(item.resolved_at is not None for item in items)
    assert office.mail.taken == []
    assert office.crm.tasks() == []
    assert office.hook.requests == []


async def test_a_repeated_closing_does_not_end_what_began_in_between(office: Office) -> None:
    await office.sets("hubspot")
    await office.raised("a90", 90, task=office.task("1" * 32))
    await office.until("hubspot", "delivered")
    await office.alert("a90", "resolved")
    closing = office.close("a90", state="resolved", cured=True)
    await office.hears(closing)
    await office.raised("b90", 90, task=office.task("2" * 32))
    await office.hears(closing)
    await office.until("hubspot", "delivered", "delivered", "delivered")
    await asyncio.sleep(0.1)
    tasks = {
        task["properties"]["plimsoll_task_key"]: task["properties"]["hs_task_status"]
        for task in office.crm.tasks()
    }
    assert tasks == {"1" * 32: "COMPLETED", "2" * 32: "NOT_STARTED"}


async def test_an_alert_told_and_cured_in_one_batch_leaves_nothing_to_send(office: Office) -> None:
    await office.sets("email", "hubspot")
    await office.alert("a90", "resolved")
    await office.hears(
        office.tell("a90", 90, task=office.task()),
        office.close("a90", state="resolved", cured=True),
    )
    await office.until("email", "cancelled")
    await office.until("hubspot", "cancelled")
    assert office.crm.tasks() == []


async def test_a_cure_and_a_new_alert_in_one_batch_keep_their_order(office: Office) -> None:
    await office.sets("hubspot")
    await office.raised("a90", 90, task=office.task("1" * 32))
    await office.until("hubspot", "delivered")
    await office.alert("a90", "resolved")
    await office.alert("b80", threshold="80")
    await office.hears(
        office.close("a90", state="resolved", cured=True),
        office.tell("b80", 80, task=office.task("2" * 32)),
    )
    await office.until("hubspot", "delivered", "delivered", "delivered")
    assert sorted(task["properties"]["hs_task_status"] for task in office.crm.tasks()) == [
        "COMPLETED",
        "NOT_STARTED",
    ]


async def test_an_unreadable_record_is_kept_and_the_others_are_processed(office: Office) -> None:
    await office.alert("a95")
    await office.hears(
        b"no json", None, b'{"type":"shout"}', b'{"type":"tell","key":5}', office.tell("a95")
    )
    reasons = [
        row.reason
        for row in await office.rows(
            "select reason from event_rejected where service = 'notifier' order by id"
        )
    ]
    assert [reason.split(":")[0] for reason in reasons] == [
        "message",
        "tombstone",
        "message",
        "message",
    ]
    assert len(await office.rows("select 1 from inbox_item")) == 2


async def test_fields_of_a_newer_version_are_ignored(office: Office) -> None:
    await office.hears(
        b'{"type":"tell","key":"k","kind":"usage.threshold","cls":"notice","account":"acct-42","created_at":"2026-11-23T03:00:00Z",'
        b'"facts":{"account":{"id":"acct-42","name":"Aozora"}},"recipients":[{"contact":"c1","new":1}],"newer":{"x":1}}'
    )
    assert len(await office.rows("select 1 from inbox_item")) == 1


async def test_a_proposal_that_waits_for_its_time_then_arrives_exactly_once(office: Office) -> None:
    await office.sets("email")
    hour = office.now + timedelta(hours=5)
    told = office.tell("a95").facts | {"proposal": None}
    await office.hears(
        office.tell(
            None,
            key="p1",
            kind="upgrade.proposal",
            cls="proposal",
            facts=told,
            recipients=(Recipient("c1", "pro", hour),),
        )
    )
    (waiting,) = await office.deliveries("in_app")
    assert (waiting["state"], waiting["attempts"]) == ("queued", 0)
    assert waiting["next_attempt_at"] == hour.isoformat().replace("+00:00", "Z")
    assert await office.rows("select 1 from inbox_item") == []
    office.passes(hours=5)
    await office.until("in_app", "delivered")
    await office.until("email", "delivered")
    assert len(await office.rows("select 1 from inbox_item")) == 1


async def test_a_proposal_refused_while_it_waits_is_suppressed(office: Office) -> None:
    await office.sets("email")
    hour = office.now + timedelta(hours=5)
    await office.hears(
        office.tell(
            None,
            key="p1",
            kind="upgrade.proposal",
            cls="proposal",
            recipients=(Recipient("c1", "pro", hour),),
        )
    )
    await office.rows(
        "insert into preference (account, contact, email_proposal, in_app_proposal, updated_at) "
        "values ('acct-42', 'c1', false, false, now()) returning 1"
    )
    office.passes(hours=5)
    await office.until("in_app", "suppressed")
    await office.until("email", "suppressed")
    assert office.mail.taken == []


async def test_a_proposal_is_not_sent_after_a_fact_that_refuses_it(office: Office) -> None:
    """Such as one told to the CSM and recorded through POST /v1/signals."""
    await office.sets("email")
    hour = office.now + timedelta(hours=5)
    await office.rows("update contact set role = 'champion' where id = 'c2' returning 1")
    waits = (Recipient("c1", "pro", hour), Recipient("c2", "pro", hour))
    await office.hears(
        office.tell(None, key="p1", kind="upgrade.proposal", cls="proposal", recipients=waits)
    )
    await office.rows(
        "insert into refusal (account, fact, contact, at) "
        "values ('acct-42', '/crm 1', 'c1', now()) returning 1"
    )
    office.passes(hours=5)
    await office.until("in_app", "suppressed", "delivered")
    await office.until("email", "suppressed")


async def test_a_waiting_proposal_is_not_sent_once_a_suppression_begins(office: Office) -> None:
    """No offers while any gate blocks (R-074): overnight they considered leaving."""
    await office.sets("email")
    hour = office.now + timedelta(hours=5)
    recipients = (Recipient("c1", "pro", hour),)
    await office.hears(
        office.tell(None, key="p1", kind="upgrade.proposal", cls="proposal", recipients=recipients)
    )
    await office.rows(
        "insert into suppression (account, gate, since) "
        "values ('acct-42', 'cancel_intent', now()) returning 1"
    )
    office.passes(hours=5)
    await office.until("email", "suppressed")
    await office.until("in_app", "suppressed")
    assert office.mail.taken == []


async def test_the_cap_does_not_hold_back_a_proposal_made_before_it(office: Office) -> None:
    await office.sets("email")
    hour = office.now + timedelta(hours=5)
    told = office.tell("a95").facts
    await office.hears(
        office.tell(
            None,
            key="p1",
            kind="upgrade.proposal",
            cls="proposal",
            facts=told,
            recipients=(Recipient("c1", "pro", hour),),
        )
    )
    await office.rows(
        "insert into suppression (account, gate, since) "
        "values ('acct-42', 'frequency_cap', now()) returning 1"
    )
    office.passes(hours=5)
    await office.until("email", "delivered")


async def test_a_mail_with_an_offer_to_a_contact_who_refused_is_the_plain_notice(
    office: Office,
) -> None:
    await office.sets("email")
    office.mail.will("rcpt", ["451 later"])
    offer = {
        "plan": {
            "id": "pro",
            "name": {"en": "Pro", "ja": "プロ"},
            "price": {"month": "199", "year": "2388"},
            "currency": "USD",
        }
    }
    told = office.tell("a95").facts | {"proposal": offer}
    await office.raised("a95", facts=told, proposes="pro", recipients=(Recipient("c1", "pro"),))
    await office.until("email", "retrying")
    await office.rows(
        "insert into preference (account, contact, email_proposal, updated_at) "
        "values ('acct-42', 'c1', false, now()) returning 1"
    )
    office.passes(seconds=5)
    await office.until("email", "delivered")
    ((_, message),) = office.mail.taken
    assert "list-unsubscribe" not in message
    body = message.get_body(("plain",))
    assert body is not None
    assert "プロ" not in body.get_content()
