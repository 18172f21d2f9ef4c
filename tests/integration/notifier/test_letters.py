"""Mails that one of our people signs: in the name of whoever owns the deal when they are sent."""

from datetime import timedelta
from email.message import EmailMessage
from typing import Any

from sqlalchemy import text

from shared.messages import People, Recipient
from shared.postgres.database import transaction
from tests.support.post import Office

CONTACTS = (
    ("c1", "青空 花子", "hanako@example.com", "owner"),
    ("c2", "佐藤 健", "ken@example.com", "decision_maker"),
)


async def deal(office: Office) -> None:
    async with transaction(office.context.engine) as conn:
        for id, name in (("u7", "Kato"), ("s1", "Mori")):
            address = f"{name.lower()}@vendor.example"
            given = {"id": id, "name": name, "email": address, "now": office.now}
            await conn.execute(_PERSON, given)
        await conn.execute(_DEAL, {"now": office.now})
    await belongs_to(office, "u7")


async def belongs_to(office: Office, person: str) -> None:
    async with transaction(office.context.engine) as conn:
        await conn.execute(_OWNER, {"person": person})


def letter(office: Office, key: str = "e1", **other: Any) -> Any:
    signed = other.pop("signed", {"opportunity": "o1"})
    cls = other.pop("cls", "notice")
    told = office.tell(None, None, key=key, kind="person.message", cls=cls, meter=None, **other)
    told.facts.update(
        meter=None,
        signed=signed,
        letter={
            "subject": "金曜日のお打ち合わせ",
            "body": ["佐藤様\n\nよろしくお願いいたします。"],
        },
    )
    return told


def body(message: EmailMessage) -> str:
    plain = message.get_body(("plain",))
    assert plain is not None
    return str(plain.get_content()).replace("\r\n", "\n")


async def test_what_waits_across_a_hand_off_goes_out_in_the_new_owner_s_name(
    office: Office,
) -> None:
    await office.sets("email")
    await deal(office)
    later = office.now + timedelta(hours=1)
    await office.hears(letter(office, recipients=(Recipient("c1", not_before=later),)))
    await office.until("email", "queued")
    assert await office.deliveries("in_app") == []
    await belongs_to(office, "s1")
    office.passes(hours=1)
    await office.until("email", "delivered")
    ((to, message),) = office.mail.taken
    assert to == "hanako@example.com"
    assert message["from"] == "Mori <alerts@vendor.example>"
    assert message["reply-to"] == "Mori <mori@vendor.example>"
    assert (message["cc"], message["auto-submitted"]) == (None, None)
    assert message["subject"] == "金曜日のお打ち合わせ"
    assert body(message) == "佐藤様\n\nよろしくお願いいたします。\n"
    await office.hears_again(highest=0)
    assert await office.states("email") == ["delivered"]


async def test_it_goes_to_whom_it_names_in_any_role_and_to_nobody_else(office: Office) -> None:
    """Not to who becomes a contact while it waits, nor to another contact instead."""
    await office.sets("email")
    await deal(office)
    async with transaction(office.context.engine) as conn:
        await conn.execute(text("update contact set role = 'decision_maker' where id = 'c2'"))
    later = office.now + timedelta(hours=1)
    named = (Recipient("c2", not_before=later), Recipient("gone", not_before=later))
    await office.hears(letter(office, recipients=named))
    await office.hears(People("p1", "acct-42", office.now))
    async with transaction(office.context.engine) as conn:
        await conn.execute(text("delete from contact where id = 'c2'"))
    office.passes(hours=1)
    await office.until("email", "cancelled")
    await office.hears(People("p2", "acct-42", office.now, ("e1",)))
    assert await office.states("email") == ["cancelled"]
    assert await office.deliveries("in_app") == []
    assert office.mail.taken == []


async def test_a_named_signer_stays_and_a_colleague_gets_a_copy(office: Office) -> None:
    """A copy that is refused keeps nothing back from the customer."""
    await office.sets("email")
    await deal(office)
    signed = {"opportunity": "o1", "signer": "u7", "copy_to": "s1"}
    await belongs_to(office, "s1")
    await office.hears(letter(office, signed=signed, recipients=(Recipient("c2"),)))
    await office.until("email", "delivered")
    assert [to for to, _ in office.mail.taken] == ["ken@example.com", "mori@vendor.example"]
    (message,) = {str(one["message-id"]): one for _, one in office.mail.taken}.values()
    assert message["from"] == "Kato <alerts@vendor.example>"
    assert message["reply-to"] == "Kato <kato@vendor.example>"
    assert message["cc"] == "Mori <mori@vendor.example>"
    office.mail.taken.clear()
    office.mail.will("rcpt", ["250 ok", "550 5.1.1 no such user"])
    await office.hears(letter(office, "e2", signed=signed, recipients=(Recipient("c1"),)))
    (_, second) = await office.until("email", "delivered", "delivered")
    assert second["last_error"] == "the copy to our own person was refused with 550"


async def test_one_that_sells_waits_for_business_hours_and_can_be_refused(office: Office) -> None:
    await office.sets("email")
    await deal(office)
    office.passes(hours=10)
    await office.hears(letter(office, cls="proposal", recipients=(Recipient("c1"),)))
    office.passes(seconds=1)
    await office.until("email", "queued")
    assert office.mail.taken == []
    office.passes(hours=11)
    await office.until("email", "delivered")
    ((_, message),) = office.mail.taken
    assert "配信を停止" in body(message)


_PERSON = text(
    "insert into person (id, name, email, roles, created_at, updated_at) "
    "values (:id, :name, :email, '{csm}', :now, :now)"
)
_DEAL = text(
    """
    insert into opportunity (id, account, to_plan, stage, owner, owner_rule, reasons, currency,
        created_at)
    values ('o1', 'acct-42', 'enterprise', 'engaged', '{}', 'OWN-3', '[]', 'USD', :now)
    """
)
_OWNER = text(
    "update opportunity set owner = jsonb_build_object('role', 'hybrid', 'id', "
    "cast(:person as text), 'name', 'as it was')"
)
