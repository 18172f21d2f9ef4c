"""An opportunity's task follows its reasons: sent again when one joins or expires."""

from datetime import timedelta

from shared.messages import Tell
from shared.postgres.database import lock_accounts, transaction
from shared.wording import task_text
from tests.integration.trigger.proposals.conftest import Desk
from tests.support.catalogs import catalog
from tests.support.stories import NOW

HIRING = "10人の新しい営業担当者を採用しています"
LIMIT = "ユーザー 24/25 (96%)"
CONTENT = "NPSで10点をいただきました"
OVER = "今はすべて解消しています"


async def test_a_task_is_told_again_when_a_reason_joins_and_when_one_falls_away(desk: Desk) -> None:
    await desk.apply(catalog("global"))
    await desk.open("pro", since="2024-03-16")
    await desk.use("seats", 24)
    await desk.say("team.growth", count=10, role="sales")
    await desk.say("nps.responded", score=10, contact="c1")
    assert happened(desk) == [LIMIT, HIRING, CONTENT]
    assert await told(desk) == [["usage_limit", "seats"], ["team_growth", ""], ["nps_high", ""]]
    await desk.later(hours=1)
    assert len(tasks(desk)) == 2, "nothing has fallen away"

    async with transaction(desk.engine) as conn:
        await lock_accounts(conn, [desk.account])
        assert await desk.watch.judgement.take_back(conn, desk.account, 1, "key", desk.now)
    await desk.later(minutes=1)
    assert happened(desk) == [LIMIT, CONTENT], "the fact was taken back"

    await desk.use("seats", 20)
    await desk.later(minutes=1)
    assert happened(desk) == [CONTENT], "the alert was cured"
    assert len({one.task.key for one in tasks(desk) if one.task}) == 1
    assert len({one.key for one in tasks(desk)}) == len(tasks(desk))

    await desk.pass_time(NOW + timedelta(days=89))
    assert happened(desk) == [CONTENT]
    await desk.pass_time(NOW + timedelta(days=90, hours=2))
    assert OVER in body(desk), "the answer says nothing any more"
    assert await told(desk) == []
    (row,) = await desk.rows("select * from opportunity")
    assert row["closed_at"] is None


def tasks(desk: Desk) -> list[Tell]:
    return [
        one
        for one in desk.messages
        if isinstance(one, Tell) and one.task is not None and one.task.purpose == "opportunity"
    ]


def body(desk: Desk) -> str:
    return task_text(tasks(desk)[-1].facts, "ja").body


def happened(desk: Desk) -> list[str]:
    """Which of the three reasons the newest text of the task names."""
    line = body(desk).split("\n")[0]
    return [reason for reason in (LIMIT, HIRING, CONTENT) if reason in line]


async def told(desk: Desk) -> list[list[str]]:
    (row,) = await desk.rows("select told from opportunity")
    found: list[list[str]] = row["told"]
    return found
