"""The value calculator and the setup checklist, over HTTP and as commands (R-124, R-231)."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from plimsoll.commands.setup import _checked, lines
from plimsoll.commands.value import _lines
from plimsoll.failures import CommandError
from services.trigger.proposals.judge import Judge
from services.trigger.setup import checklist
from services.trigger.tables.catalogs import Catalogs
from shared.catalog import canonical
from shared.postgres.database import transaction
from shared.runtime.settings import Settings
from tests.support.catalogs import catalog
from tests.support.desk import ACCOUNT, Desk, open_desk, order
from tests.support.stories import day

NOW = datetime(2025, 9, 16, tzinfo=UTC)
FIGURES: dict[str, Any] = {
    "members": 5,
    "hours": 10,
    "hours_basis": "per_person",
    "hours_period": "week",
    "hourly_rate": "50",
    "currency": "USD",
    "source": "customer_stated",
    "said_by": "c1",
}


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    async with open_desk(settings, judgement=Judge(Catalogs())) as found:
        yield found


async def opened(desk: Desk, plan: str = "pro") -> None:
    desk.at(NOW)
    headers = {"Content-Type": "application/json"}
    answer = await desk.http.put(
        "/v1/catalog", content=canonical(catalog("global")), headers=headers
    )
    assert answer.status_code == 200
    await desk("PUT", "/v1/accounts/acct-42", ACCOUNT, want=(200, 201))
    started = datetime(2024, 9, 16, tzinfo=UTC)
    await desk("PUT", "/v1/accounts/acct-42/subscription", order(plan, started))


async def tried(desk: Desk, want: int = 200, **changes: Any) -> Any:
    return await desk("POST", "/v1/accounts/acct-42/value", FIGURES | changes, want=want)


def places(problem: Any) -> list[tuple[str, str]]:
    return [(one["path"], one["reason"].split(":")[0]) for one in problem["errors"]]


async def test_r_124_ten_hours_and_then_eight(desk: Desk, settings: Settings) -> None:
    await opened(desk)
    ten, eight = await tried(desk), await tried(desk, hours=8)
    assert (ten["benefit"]["year"], ten["multiple"]) == ("130000.00", "8.67")
    assert (eight["benefit"]["year"], eight["multiple"]) == ("104000.00", "6.93")
    assert (await desk("GET", "/v1/accounts/acct-42/facts"))["data"] == [], "nothing is stored"
    with pytest.raises(CommandError, match="nothing is stated yet: give --hours and --rate"):
        await _lines(settings, "acct-42", {}, "en")
    given = {"hours": 8, "members": 5, "hourly_rate": 50}
    shown = await _lines(settings, "acct-42", given, "en")
    assert list(shown) == [
        line for line in (await _lines(settings, "acct-42", given | {"hours_period": "week"}, "en"))
    ]
    assert len(shown) == 5
    assert "$104,000" in shown[2]
    assert "6.93" in shown[4]


async def test_r_124_what_cannot_be_computed(desk: Desk, settings: Settings) -> None:
    await opened(desk, "enterprise")
    assert places(await tried(desk, want=409)) == [("/type", "no_next_plan")]
    await opened(desk)
    assert places(await tried(desk, want=422, currency="JPY"))[0][0] == "/currency"
    assert places(await tried(desk, want=422, hours=0))[0][0] == "/hours"
    assert places(await tried(desk, want=422, members=None))[0][0] == "/members"
    assert places(await tried(desk, want=422, source="guessed"))[0][0] == "/source"
    await desk("POST", "/v1/accounts/nobody/value", FIGURES, want=404)
    with pytest.raises(CommandError, match="there is no account nobody"):
        await _lines(settings, "nobody", {}, None)


async def test_r_231_an_empty_installation_has_done_nothing(desk: Desk, settings: Settings) -> None:
    empty = await desk("GET", "/v1/setup")
    assert empty["done"] == 0
    assert [one["n"] for one in empty["items"]] == [1, 2, 3, 4, 5]
    printed = list(lines(checklist.shown(await _checked(settings), "ja")))
    assert printed[0].startswith("todo  1  ロイヤリティを測る")
    assert " -> " in printed[0]
    assert printed[-1] == "0/5"


async def test_r_231_five_of_five(desk: Desk) -> None:
    await opened(desk)
    days = [day(f"2025-09-{number:02}") for number in range(1, 16)]
    days += [day(f"2025-08-{number:02}") for number in range(20, 32)]
    for at in days:
        await desk.learns("login.recorded", {"user": "u1"}, at=at)
    await desk.learns("nps.responded", {"score": 9}, at=day("2025-09-15"))
    async with transaction(desk.context.engine) as conn:
        await conn.execute(text(_PEOPLE))
        await conn.execute(text(_CHANNEL))
    found = await desk("GET", "/v1/setup")
    assert [one["done"] for one in found["items"]] == [True] * 5
    assert found["done"] == 5


_PEOPLE = """
    insert into person (id, name, roles, created_at, updated_at)
    values ('u7', 'Kato', '{csm}', now(), now()), ('s1', 'Mori', '{sales}', now(), now())
    on conflict (id) do update set roles = excluded.roles
"""
_CHANNEL = """
    insert into channel (name, settings, secrets, created_at, updated_at)
    values ('hubspot', '{}', '', now(), now()) on conflict do nothing
"""
