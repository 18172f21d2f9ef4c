"""People who join, leave and share a mailbox while a notice holds or a mail waits."""

import asyncio
import json
from collections import Counter
from datetime import timedelta
from typing import Any

import msgspec

from services.notifier.delivery import claims
from services.notifier.delivery.claims import Claim
from services.notifier.delivery.mail_copies import SAME_MAILBOX
from services.notifier.rows import EMAIL
from services.notifier.store import people, queue
from shared.clock.test_faults import NO_FAULTS
from shared.messages import People, Recipient
from shared.postgres.database import transaction
from shared.runtime.settings import Settings
from tests.support.post import Office, open_office

OFFER = {
    "plan": {
        "id": "pro",
        "name": {"en": "Pro", "ja": "プロ"},
        "price": {"month": "199", "year": "2388"},
        "currency": "USD",
    }
}


async def put(office: Office, id: str, role: str | None, email: str | None = None) -> None:
    """Writes a contact; `role` None removes it. The notifier does not know yet."""
    given = {"id": id, "role": role, "email": email, "now": office.now}
    if role is None:
        await office.rows("delete from contact where id = :id returning 1", **given)
    else:
        await office.rows(
            "insert into contact (account, id, position, name, email, role, locale) "
            "values ('acct-42', :id, 9, :id, :email, :role, 'ja-JP') "
            "on conflict (account, id) do update set role = excluded.role, "
            "email = coalesce(excluded.email, contact.email) returning 1",
            **given,
        )
    await office.rows(
        "insert into contact_history (account, contact, given_at) "
        "select 'acct-42', :id, :now where cast(:email as text) is not null "
        "on conflict (account, contact) do update set given_at = excluded.given_at returning 1",
        **given,
    )


async def told_of_it(office: Office) -> None:
    await office.hears(People("p", "acct-42", office.now))


async def passed_on(office: Office) -> list[People]:
    """What the notifier has sent to itself."""
    rows = await office.rows(
        "select value from outbox where topic = 'plimsoll.messages' order by id"
    )
    return [msgspec.json.decode(bytes(row.value), type=People) for row in rows]


async def shown(office: Office, contact: str) -> list[tuple[Any, ...]]:
    """Alert, time and whether it is over, for each item of an inbox."""
    rows = await office.rows(
        "select alert, created_at, resolved_at is not null as over "
        "from inbox_item where contact = :contact order by created_seq",
        contact=contact,
    )
    return [tuple(row) for row in rows]


async def mails(office: Office) -> dict[str, tuple[str, str | None]]:
    """State and reason of every contact's mail."""
    found = await office.rows(
        "select contact, state, last_error from delivery where channel = 'email' order by seq"
    )
    return {row.contact: (row.state, row.last_error) for row in found}


def reached(office: Office) -> list[str]:
    return sorted(to for to, _ in office.mail.taken)


async def test_a_newcomer_sees_an_open_alert_once_however_often_the_change_arrives(
    office: Office,
) -> None:
    await office.sets("email")
    await office.raised("a80", 80, task=office.task())
    await office.until("email", "delivered")
    told_at = (await office.raised("a90", 90)).created_at
    await office.over("a80")
    await office.until("email", "delivered", "delivered")
    office.passes(hours=3)
    await put(office, "c3", "owner", "new@example.com")
    await told_of_it(office)
    assert await shown(office, "c3") == [("a90", told_at, False)]
    before = await office.digest()
    await told_of_it(office)
    await office.hears_again(highest=0)
    await put(office, "c3", None)
    await put(office, "c3", "owner", "new@example.com")
    await told_of_it(office)
    assert await office.digest() == before
    assert reached(office) == ["hanako@example.com"] * 2, "old news is not mailed"
    (row,) = [
        n
        for n in (await office("GET", "/v1/notifications", params={"account": "acct-42"}))["data"]
        if n["contact"] == "c3"
    ]
    assert [(d["channel"], d["state"]) for d in row["deliveries"]] == [("in_app", "delivered")]
    assert row["deliveries"][0]["delivered_at"] > row["created_at"]


async def test_the_first_contact_sees_what_was_reached_before(office: Office) -> None:
    for contact in ("c1", "c2"):
        await put(office, contact, None)
    await office.raised("a95", task=office.task(), recipients=())
    await office.raised("b80", 80, recipients=(), key="b80", task=office.task("b" * 32))
    await office.over("b80")
    await put(office, "c9", "member")
    await told_of_it(office)
    assert [alert for alert, _, over in await shown(office, "c9") if not over] == ["a95"]
    assert len(await shown(office, "c9")) == 1


async def test_a_newcomer_sees_usage_outside_the_plan_until_the_plan_changes(
    office: Office,
) -> None:
    gated: dict[str, Any] = {
        "kind": "feature.gated",
        "facts": office.tell("x").facts | {"threshold": None, "period": None},
    }
    await office.hears(office.tell(None, None, key="g1", webhook=True, recipients=(), **gated))
    await office.hears(office.tell(None, None, key="g2", **gated))
    await put(office, "c7", "member")
    await told_of_it(office)
    kinds = (
        "select n.kind, n.key from inbox_item i "
        "join notification n on n.id = i.id where i.contact = :contact"
    )
    assert [tuple(row) for row in await office.rows(kinds, contact="c7")] == [
        ("feature.gated", "g2")
    ]
    await office.rows(
        "insert into plan_change (account, at, to_plan) "
        "values ('acct-42', :now, 'pro') returning 1",
        now=office.now,
    )
    await put(office, "c8", "member")
    await told_of_it(office)
    assert await shown(office, "c8") == []


async def test_a_waiting_mail_goes_to_the_owner_at_the_time_of_sending(office: Office) -> None:
    """One became a member, another left; the new owners are known before or after the recheck."""
    await office.sets("email")
    office.mail.will("rcpt", ["451 later"] * 2)
    await put(office, "c4", "billing_admin", "leaves@example.com")
    await office.raised("a95", recipients=(Recipient("c1"), Recipient("c2"), Recipient("c4")))
    await office.until("email", "retrying", "retrying")
    await put(office, "c1", "member")
    await put(office, "c2", "owner", "ken@example.com")
    await told_of_it(office)
    await office.until("email", "retrying", "retrying", "delivered")
    await put(office, "c4", None)
    await put(office, "c5", "billing_admin", "comes@example.com")
    office.passes(seconds=5)
    await office.until("email", "cancelled", "cancelled", "delivered")
    assert await shown(office, "c5") == []
    for message in await passed_on(office):
        await office.hears(message)
    await office.until("email", "cancelled", "cancelled", "delivered", "delivered")
    assert reached(office) == ["comes@example.com", "ken@example.com"]
    assert {id: why for id, (_, why) in (await mails(office)).items() if why} == {
        "c1": "the contact is no longer an owner or a billing admin",
        "c4": "the contact is gone",
    }
    assert len(await shown(office, "c5")) == 1
    await put(office, "c6", "owner", "later@example.com")
    await told_of_it(office)
    assert len(await shown(office, "c6")) == 1
    assert len(await mails(office)) == 4


async def test_two_contacts_with_one_mailbox_get_one_mail_and_the_second_if_the_first_leaves(
    office: Office,
) -> None:
    await office.sets("email")
    await put(office, "c3", "billing_admin", "Hanako@Example.com")
    office.mail.will("rcpt", ["451 later"])
    await office.raised("a95", recipients=(Recipient("c1"), Recipient("c2"), Recipient("c3")))
    await office.until("email", "retrying", "suppressed")
    assert (await mails(office))["c3"] == (
        "suppressed",
        "the same mailbox gets it already, as another contact's",
    )
    assert len(await shown(office, "c3")) == 1
    await put(office, "c1", None)
    office.passes(seconds=5)
    await office.until("email", "cancelled", "delivered")
    assert [to.lower() for to in reached(office)] == ["hanako@example.com"]
    await office.raised("a100", 100, recipients=(Recipient("c2"), Recipient("c3")))
    await office.until("email", "cancelled", "delivered", "delivered")


async def test_a_changed_address_gets_its_own_mail(office: Office) -> None:
    """One mailbox at first, two at the time of sending: both get it. The other way round: one."""
    await office.sets("email")
    await put(office, "c3", "billing_admin", "hanako@example.com")
    office.mail.will("rcpt", ["451 later"])
    await office.raised("a90", 90, recipients=(Recipient("c1"), Recipient("c3")))
    await office.until("email", "retrying", "suppressed")
    await put(office, "c1", "owner", "corrected@example.com")
    await told_of_it(office)
    await office.until("email", "retrying", "delivered")
    office.passes(seconds=5)
    await office.until("email", "delivered", "delivered")
    assert reached(office) == ["corrected@example.com", "hanako@example.com"]
    office.mail.will("rcpt", ["451 later"] * 2)
    await office.raised("a95", recipients=(Recipient("c1"), Recipient("c3")))
    await office.until("email", "delivered", "delivered", "retrying", "retrying")
    await put(office, "c3", "billing_admin", "corrected@example.com")
    await told_of_it(office)
    office.passes(seconds=5)
    await office.until("email", "delivered", "delivered", "delivered", "suppressed")
    assert reached(office) == [
        "corrected@example.com",
        "corrected@example.com",
        "hanako@example.com",
    ]


async def test_a_mailbox_that_refused_offers_gets_none_as_another_contact_s(office: Office) -> None:
    await office.sets("email")
    await put(office, "c3", "billing_admin", "HANAKO@example.com")
    told = office.tell("a95").facts | {"proposal": OFFER}
    await office.rows(
        "insert into refusal (account, fact, contact, at) "
        "values ('acct-42', '/crm 1', 'c1', now()) returning 1",
    )
    await office.raised(
        "a95", facts=told, proposes="pro", recipients=(Recipient("c1"), Recipient("c3", "pro"))
    )
    await office.until("email", "delivered", "suppressed")
    ((_, message),) = office.mail.taken
    assert "list-unsubscribe" not in message
    plain = [
        row.plain for row in await office.rows("select plain from inbox_item where contact = 'c3'")
    ]
    assert plain == [True]
    await office.hears(
        office.tell(
            None,
            key="p1",
            kind="upgrade.proposal",
            cls="proposal",
            recipients=(Recipient("c3", "pro"),),
        )
    )
    await office.until("email", "delivered", "suppressed", "suppressed")


async def test_an_address_that_was_refused_is_tried_again_once_it_is_given_again(
    office: Office,
) -> None:
    await office.sets("email")
    office.mail.will("rcpt", ["550 5.1.1 <hanako@example.com> unknown"])
    await office.raised("a80", 80, recipients=(Recipient("c1"),))
    await office.until("email", "dead")
    await office.raised("a90", 90, recipients=(Recipient("c1"),))
    await office.until("email", "dead", "suppressed")
    said = (await mails(office))["c1"][1]
    assert said == "the address was refused before: 550 5.1.1 <…> unknown"
    office.passes(minutes=1)
    await put(office, "c1", "owner", "hanako@example.com")
    office.mail.will("rcpt", ["550 5.1.1 unknown"])
    await office.raised("a95", recipients=(Recipient("c1"),))
    await office.until("email", "dead", "suppressed", "dead")
    told = await office.rows("select value from outbox where topic = 'account.events'")
    facts = [json.loads(bytes(one.value)) for one in told]
    assert len({one["id"] for one in facts}) == 2, "one for each time that it was given"
    assert "hanako@example.com" not in str(facts)
    office.passes(minutes=1)
    await put(office, "c1", "owner", "hanako@example.com")
    await office.raised("a100", 100, recipients=(Recipient("c1"),))
    await office.until("email", "dead", "suppressed", "dead", "delivered")
    assert await office.rows("select 1 from suppressed_address") == []


async def test_concurrent_processes_send_a_mailbox_one_mail_of_each_message(
    settings: Settings,
) -> None:
    """Two addresses at first, one mailbox now: each process claims one of the copies."""
    async with open_office(settings, workers=()) as office:
        await office.opens(
            contacts=[
                ("c1", "花子", "hanako@example.com", "owner"),
                ("c2", "経理", "keiri@example.com", "billing_admin"),
            ]
        )
        await office.sets("email")
        for number in range(6):
            await office.raised(f"a{number}")
        await office.rows(
            "update contact set email = 'Hanako@EXAMPLE.com' where id = 'c2' returning 1"
        )

        # The claims are those of a process that is alive: a dead one's would be ended meanwhile.
        owner = office.presence.owner

        async def claim() -> Claim:
            async with transaction(office.context.engine) as conn:
                return await claims.claim(
                    conn, EMAIL, office.now, 1, timedelta(minutes=1), owner, NO_FAULTS
                )

        sent, left_out = Counter[str](), Counter[str]()
        while found := [
            one for one in await asyncio.gather(*(claim() for _ in range(4))) if not one.is_empty
        ]:
            sent.update(delivery.key for one in found for delivery in one.wanted)
            left_out.update(why.reason for one in found for _, why in one.dropped)
        assert sent == {f"a{number}": 1 for number in range(6)}
        assert left_out == {SAME_MAILBOX: 6}


async def test_a_copy_added_while_the_only_mail_is_claimed_is_not_sent_too(
    settings: Settings,
) -> None:
    """The newcomer's has priority, as the owner's; but the other is in flight, not visible yet."""
    async with open_office(settings, workers=()) as office:
        await office.opens(contacts=[("c1", "花子", "hanako@example.com", "billing_admin")])
        await office.sets("email")
        await office.raised("a95", recipients=(Recipient("c1"),))

        owner = office.presence.owner

        async def claim() -> Claim:
            async with transaction(office.context.engine) as conn:
                return await claims.claim(
                    conn, EMAIL, office.now, 1, timedelta(minutes=1), owner, NO_FAULTS
                )

        async with transaction(office.context.engine) as conn:
            first = await claims.claim(
                conn, EMAIL, office.now, 1, timedelta(minutes=1), owner, NO_FAULTS
            )
            await put(office, "c3", "owner", "Hanako@Example.com")
            await told_of_it(office)
            second = asyncio.create_task(claim())
            while not second.done():
                if await office.rows(_WAITS):
                    break
                await asyncio.sleep(0.01)
        found = await second
        assert [one.contact and one.contact.id for one in first.wanted] == ["c1"]
        assert (found.wanted, [why.reason for _, why in found.dropped]) == ([], [SAME_MAILBOX])


_WAITS = (
    "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
)


async def test_a_claim_reads_only_those_who_may_share_a_mailbox_with_its_mails(
    office: Office,
) -> None:
    """Otherwise each of a thousand mails of one message would read all thousand contacts."""
    await office.sets("email")
    for n in range(20):
        await put(office, f"p{n}", "owner", f"p{n}@example.com")
    await put(office, "again", "billing_admin", "P7@EXAMPLE.com")
    told = await office.raised(
        "a90",
        90,
        recipients=tuple(Recipient(id) for id in ("again", *(f"p{n}" for n in range(20)))),
    )
    async with office.context.engine.connect() as conn:
        asked = ["p7@example.com"]
        mails = await queue.copies(conn, [told.key], asked)
        found = await people.readers(conn, ["acct-42"], asked)
    assert sorted(mail["contact"] for mail in mails) == ["again", "p7"]
    assert set(found["acct-42"]) == {"again", "p7"}
