"""`ETag` and `If-Match` of records: nobody replaces what they have not seen."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

from tests.support.desk import ACCOUNT, Desk, order

PATH = "/v1/accounts/acct-42"


async def put(desk: Desk, path: str, body: Any, match: str | None, status: int = 200) -> str:
    headers = {} if match is None else {"If-Match": match}
    answer = await desk.http.put(path, json=body, headers=headers)
    assert answer.status_code == status, answer.text
    return str(answer.headers.get("etag", ""))


async def seen(desk: Desk, path: str) -> str:
    return str((await desk.http.get(path)).headers["etag"])


async def test_an_account(desk: Desk) -> None:
    await desk("PUT", "/v1/people/u7", {"name": "Kato", "roles": ["csm"]}, want=201)
    given = ACCOUNT | {"csm": {"id": "u7"}}
    assert await put(desk, PATH, given, '"none"', 412) == ""
    await desk("GET", PATH, want=404)
    first = await put(desk, PATH, given, "*", 201)
    assert await seen(desk, PATH) == first
    swapped = given | {"contacts": list(reversed(ACCOUNT["contacts"]))}
    assert await put(desk, PATH, swapped, first) == first
    second = await put(desk, PATH, given | {"name": "青空"}, first)
    assert second != first
    assert await put(desk, PATH, given | {"segment": "smb"}, first, 412) == second
    assert (await desk("GET", PATH))["segment"] is None
    await desk("PUT", "/v1/people/u7", {"name": "Kato-san", "roles": ["csm"]})
    assert await seen(desk, PATH) == second
    await put(desk, PATH, given | {"segment": "smb"}, None)
    assert await put(desk, PATH, given, second, 412) == await seen(desk, PATH)


async def test_of_two_at_once_one_is_told(desk: Desk) -> None:
    first = await put(desk, PATH, ACCOUNT, None, 201)

    async def rename(name: str) -> int:
        headers = {"If-Match": first}
        return (
            await desk.http.put(PATH, json=ACCOUNT | {"name": name}, headers=headers)
        ).status_code

    statuses = await asyncio.gather(*(rename(f"name {n}") for n in range(4)))
    assert Counter(statuses) == {200: 1, 412: 3}


async def test_a_person(desk: Desk) -> None:
    path, kato = "/v1/people/u7", {"name": "Kato", "roles": ["csm"]}
    await put(desk, path, kato, '"none"', 412)
    await desk("GET", path, want=404)
    first = await put(desk, path, kato, None, 201)
    assert await seen(desk, path) == first
    second = await put(desk, path, kato | {"roles": ["csm", "manager"]}, first)
    assert await put(desk, path, kato, first, 412) == second
    assert (await desk("GET", path))["roles"] == ["csm", "manager"]
    # What is wrong comes first, as everywhere.
    await put(desk, path, kato | {"manager": "nobody"}, first, 422)


async def test_a_subscription_and_the_next_one(desk: Desk) -> None:
    await desk.opens()
    path, next_path = f"{PATH}/subscription", f"{PATH}/next-subscription"
    first = await seen(desk, path)
    assert await put(desk, path, order(), first) == first
    second = await put(desk, path, order("pro"), first)
    assert await put(desk, path, order(), first, 412) == second
    assert (await desk("GET", path))["plan"] == "pro"
    assert await put(desk, path, order("pro"), first, 412) == second
    later = order("starter", desk.now + timedelta(days=40))
    waiting = await put(desk, path, later, second)
    assert await seen(desk, next_path) == waiting
    await put(desk, path, later | {"quantity": 2}, waiting)
    await put(desk, path, later | {"quantity": 3}, waiting, 412)
    assert (await desk("GET", next_path))["quantity"] == 2
