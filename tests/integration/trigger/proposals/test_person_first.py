"""BP-07 on a database: the person is asked, has two business days, and otherwise the offer goes
out.
"""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import text

from shared.messages import Tell
from shared.postgres.database import transaction
from tests.integration.trigger.proposals.conftest import Desk
from tests.support.catalogs import catalog
from tests.support.stories import day

GB = 10**9
POLICY = replace(catalog("global").policy, human_first={"USD": Decimal(500)})
TUESDAY = day("2025-09-16")


def offers(desk: Desk) -> list[str]:
    told = [one for one in desk.messages if isinstance(one, Tell)]
    return [one.kind for one in told if one.kind == "upgrade.proposal"]


async def reached(desk: Desk) -> str:
    desk.now = TUESDAY
    await desk.apply(replace(catalog("global"), policy=POLICY))
    await desk.open("starter")
    await desk.use("storage", 9 * GB)
    (decision,) = await desk.decisions()
    assert (decision["outcome"], decision["route"]["rule"]) == ("assisted", "OWN-9")
    return str(decision["id"])


async def test_bp_07_nobody_acts_and_two_business_days_later_the_offer_goes_out(
    desk: Desk,
) -> None:
    await reached(desk)
    assert offers(desk) == []
    desk.now = TUESDAY + timedelta(days=2, seconds=-1)
    await desk.pass_time(desk.now)
    assert offers(desk) == []
    desk.now = TUESDAY + timedelta(days=2)
    await desk.pass_time(desk.now)
    newest = (await desk.decisions())[-1]
    assert (newest["cause"], newest["outcome"]) == ("schedule", "proposal")
    assert newest["route"]["rule"] == "OWN-1"
    assert offers(desk) == ["upgrade.proposal"]


async def test_bp_07_a_persons_entry_on_the_task_keeps_it_with_the_person(desk: Desk) -> None:
    decision = await reached(desk)
    async with transaction(desk.engine) as conn:
        for statement in (_ENTRY, _REVISION):
            await conn.execute(text(statement), {"account": desk.account, "decision": decision})
    desk.now = TUESDAY + timedelta(days=3)
    await desk.pass_time(desk.now)
    assert offers(desk) == []
    assert len(await desk.decisions()) == 1


_ENTRY = """
    insert into entry (id, account, kind, subject, seq, type, at, by_kind, by_id, body)
    select 'e1', account, 'task', id, 2, 'note', now(), 'person', 'u7', '{}' from task
    where account = :account and decision = :decision
"""
_REVISION = "update task set revision = 2 where account = :account and decision = :decision"
