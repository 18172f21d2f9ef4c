"""R-214 in the inbox: one click says whether an offer helped, another is noted."""

import json
from typing import Any

from sqlalchemy import text

from shared.postgres.database import transaction
from tests.support.inboxes import CASE, Office
from tests.support.told import offered


async def rows(office: Office, query: str) -> list[Any]:
    async with transaction(office.context.engine) as conn:
        return list(await conn.execute(text(query)))


async def test_r_214_an_offer_is_answered_and_its_click_noted(office: Office) -> None:
    account = await office.account("c1")
    await office.tell(account, "c1", proposal=offered(CASE, "basic", "storage"))
    reader = office.reader(account)
    (item,) = (await reader("GET"))["data"]
    assert item["proposes"] == "large"
    shown = await reader("POST", f"/{item['id']}/feedback", json={"answer": "unwanted"})
    assert shown["id"] == item["id"]
    events = await rows(office, "select value from outbox where topic = 'account.events'")
    found = [json.loads(bytes(row.value)) for row in events]
    (event,) = [one for one in found if one["id"] == item["id"]]
    assert (event["subject"], event["data"]["answer"]) == (account, "unwanted")
    await reader("POST", f"/{item['id']}/clicked")
    (row,) = await rows(office, f"select clicked_at from notification where id = '{item['id']}'")
    assert row.clicked_at is not None


async def test_an_offer_is_viewed_once_it_is_read(office: Office) -> None:
    account = await office.account("c1")
    offer = offered(CASE, "basic", "storage")
    told: dict[str, Any] = {"kind": "upgrade.proposal", "cls": "proposal", "proposal": offer}
    await office.tell(account, "c1", alert=None, **told)
    reader = office.reader(account)
    (item,) = (await reader("GET"))["data"]
    for action in ("read", "unread", "read", "clicked"):
        await reader("POST", f"/{item['id']}/{action}")
    events = await rows(office, "select value from outbox where topic = 'account.events'")
    found = [json.loads(bytes(row.value)) for row in events]
    mine = [one for one in found if one["subject"] == account]
    assert {(one["type"], one["id"]) for one in mine} == {
        ("proposal.viewed", f"{item['id']}:viewed")
    }


async def test_r_214_a_notice_without_an_offer_cannot_be_answered(office: Office) -> None:
    account = await office.account("c1")
    await office.tell(account, "c1")
    reader = office.reader(account)
    (item,) = (await reader("GET"))["data"]
    assert item["proposes"] is None
    asked = {f"/{item['id']}/feedback": 409, "/nothing/feedback": 404, "/nothing/clicked": 404}
    for path, status in asked.items():
        body = {"answer": "helpful"} if path.endswith("feedback") else None
        assert (await reader.raw("POST", path, json=body)).status_code == status
