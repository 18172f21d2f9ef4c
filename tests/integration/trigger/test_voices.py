"""Whose mails to an account still count, by what the notifier has made of them."""

from datetime import timedelta

import msgspec
from sqlalchemy import text

from services.notifier.addressing import Reader, address
from services.notifier.channels.registry import KINDS
from services.notifier.messages import read
from services.notifier.store import messages
from services.trigger.process.voices import blocked_until
from services.trigger.tables.process import voices
from shared.messages import Tell
from shared.postgres.database import transaction
from tests.integration.trigger.test_opportunities import begun, keys
from tests.support.desk import Desk

FRIDAY = {"type": "message", "contacts": ["c1"], "subject": "Friday", "body": "Until then."}


async def blocked(desk: Desk, person: str = "m1") -> bool:
    """Whether somebody else may not write now."""
    async with transaction(desk.context.engine) as conn:
        heard = await voices.of(conn, "acct-42", desk.now)
    return blocked_until(heard, person, desk.now) is not None


async def arrives(desk: Desk, *channels: str) -> None:
    """What the notifier writes when the message reaches it."""
    (letter,) = (
        one
        for one in await desk.messages()
        if isinstance(one, Tell) and one.kind == "person.message"
    )
    notice = read(msgspec.json.encode(letter))
    assert isinstance(notice, Tell)
    parts = list(address(notice, {"c1": Reader("owner")}, KINDS.named(channels), desk.now))
    async with transaction(desk.context.engine) as conn:
        await messages.insert_notifications(conn, [one.notification for one in parts])
        rows = [delivery for one in parts for delivery in one.deliveries]
        await messages.insert_deliveries(conn, rows)


async def becomes(desk: Desk, state: str, signer: str | None = None) -> None:
    ended = None if state in ("queued", "retrying") else desk.now
    given = {"state": state, "ended": ended, "signer": signer}
    async with transaction(desk.context.engine) as conn:
        await conn.execute(_DELIVERY, given)
        await conn.execute(_SIGNED, {"signer": signer})


async def written(desk: Desk) -> tuple[str, dict[str, dict[str, str]]]:
    """The path of the deal's entries, and who acts."""
    made = await begun(desk)
    acts = await keys(desk)
    path = f"/v1/opportunities/{made['id']}/entries"
    await desk("POST", path, FRIDAY, want=201, headers=acts["u7"])
    return path, acts


async def test_a_mail_on_its_way_or_without_a_channel_counts_for_a_day(desk: Desk) -> None:
    await written(desk)
    assert (await blocked(desk), await blocked(desk, "u7")) == (True, False)
    await arrives(desk)
    assert await blocked(desk)
    desk.at(desk.now + timedelta(hours=25))
    assert not await blocked(desk)


async def test_a_mail_counts_as_long_as_it_waits_and_a_day_after_it_went_out(desk: Desk) -> None:
    await written(desk)
    await arrives(desk, "email")
    desk.at(desk.now + timedelta(hours=25))
    assert await blocked(desk), "it waits"
    for state in ("suppressed", "cancelled", "dead"):
        await becomes(desk, state)
        assert not await blocked(desk), state
    for state in ("delivered", "unknown"):
        await becomes(desk, state, "u7")
        assert await blocked(desk), state
    await becomes(desk, "delivered", "s1")
    assert not await blocked(desk), "somebody else signed it"
    assert not await blocked(desk, "u7")
    await becomes(desk, "delivered", "u7")
    desk.at(desk.now + timedelta(hours=24))
    assert not await blocked(desk)


async def test_what_waits_counts_for_nobody_once_the_deal_is_another_s(desk: Desk) -> None:
    path, acts = await written(desk)
    await arrives(desk, "email")
    await desk("POST", path, {"type": "owner", "person": "s1"}, want=201, headers=acts["m1"])
    assert not await blocked(desk)
    assert not await blocked(desk, "u7")
    await desk("POST", path, FRIDAY, want=201, headers=acts["s1"])


_DELIVERY = text(
    "update delivery set state = :state, ended_at = :ended, "
    "delivered_at = case when :state = 'delivered' then cast(:ended as timestamptz) end"
)
_SIGNED = text(
    "update notification set facts = jsonb_set(facts, '{signed,by}', "
    "coalesce(to_jsonb(cast(:signer as text)), 'null'))"
)
