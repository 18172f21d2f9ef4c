"""R-214: whether an offer helped, from a mail: the page asks, the answer is a fact; links note the
first click.
"""

import json
import re
from typing import Any

import msgspec

from services.notifier.feedback.link import answer_token, go_token
from shared.messages import Recipient
from shared.values.identity import identity
from tests.support.post import Office

PRICE = {"month": "199", "year": "2388"}
OFFER = {
    "plan": {"id": "pro", "name": {"en": "Pro", "ja": "プロ"}, "price": PRICE, "currency": "USD"}
}
OPEN = {"Authorization": ""}
UPGRADE = "https://app.example.com/billing?plan=pro&from=mail"


async def offered(office: Office) -> str:
    """The id of the notification to c1."""
    told = office.tell("a95").facts | {"proposal": OFFER, "links": {"upgrade": UPGRADE}}
    await office.raised("a95", facts=told, proposes="pro", recipients=(Recipient("c1", "pro"),))
    (row,) = await office.rows("select id from notification where contact = 'c1'")
    return str(row.id)


async def facts(office: Office) -> list[dict[str, Any]]:
    return [
        json.loads(bytes(row.value))
        for row in await office.rows("select value from outbox where topic = 'account.events'")
    ]


async def test_r_214_the_page_asks_and_one_click_answers(office: Office) -> None:
    id = await offered(office)
    path = f"/v1/feedback/{answer_token(office.context.signer, id)}"
    page = await office.http.get(path, headers=OPEN)
    assert page.status_code == 200
    assert all(word in page.text for word in ("役に立った", "不要", "?answer=helpful"))
    assert await facts(office) == [], "opening it changes nothing"
    assert (await office.http.post(f"{path}?answer=perhaps", headers=OPEN)).status_code == 422
    for deep in (b"[" * 100_000, b'{"answer": ' + b"[" * 900 + b"]" * 900 + b"}"):
        assert (await office.http.post(path, content=deep, headers=OPEN)).status_code == 422
    answer = await office.http.post(f"{path}?answer=helpful", headers=OPEN)
    assert (answer.status_code, answer.history) == (200, [])
    (event,) = await facts(office)
    assert (event["type"], event["source"], event["id"]) == (
        "proposal.answered",
        "/plimsoll/feedback",
        id,
    )
    assert event["data"] == {
        "answer": "helpful",
        "contact": "c1",
        "proposal": identity("proposal", "d1"),
    }
    for form in (b"answer=unwanted", b'{"answer": "unwanted"}'):
        await office.http.post(path, content=form, headers=OPEN)
    assert [one["data"]["answer"] for one in await facts(office)] == [
        "helpful",
        "unwanted",
        "unwanted",
    ]


async def test_r_214_only_our_own_links_lead_anywhere(office: Office) -> None:
    id = await offered(office)
    signer = office.context.signer
    go = await office.http.get(f"/v1/go/{go_token(signer, id, UPGRADE)}", headers=OPEN)
    assert (go.status_code, go.headers["location"]) == (302, UPGRADE)
    (first,) = await office.rows("select clicked_at from notification where contact = 'c1'")
    assert first.clicked_at is not None
    (event,) = await facts(office)
    assert (event["type"], event["id"], event["data"]) == (
        "proposal.viewed",
        f"{id}:viewed",
        {"proposal": identity("proposal", "d1"), "contact": "c1"},
    )
    office.passes(minutes=5)
    await office.http.get(f"/v1/go/{go_token(signer, id, UPGRADE)}", headers=OPEN)
    (again,) = await office.rows("select clicked_at from notification where contact = 'c1'")
    assert again.clicked_at == first.clicked_at
    assert len(await facts(office)) == 1
    for path in (
        f"/v1/go/{answer_token(signer, id)}",
        "/v1/go/x.y",
        f"/v1/feedback/{go_token(signer, id, UPGRADE)}",
        f"/v1/feedback/{answer_token(signer, 'nobody')}",
    ):
        assert (await office.http.get(path, headers=OPEN)).status_code == 404


async def test_r_214_a_mail_with_an_offer_asks_and_its_links_pass_by_us(office: Office) -> None:
    await office.sets("email")
    await offered(office)
    office.passes(seconds=5)
    await office.until("email", "delivered")
    ((_, message),) = office.mail.taken
    body = message.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "このご案内は役に立ちましたか?" in text
    assert "役に立った / 不要" in text
    assert UPGRADE not in text
    (go,) = set(re.findall(r"/v1/go/\S+", text))
    found = await office.http.get(go, headers=OPEN)
    assert (found.status_code, found.headers["location"]) == (302, UPGRADE)
    (path,) = set(re.findall(r"/v1/feedback/\S+", text))
    assert (await office.http.get(path, headers=OPEN)).status_code == 200


async def test_what_a_person_proposes_is_named_by_its_message(office: Office) -> None:
    told = office.tell(None, None, key="e7", kind="upgrade.proposal", cls="proposal")
    told.facts.update(proposal=OFFER, links={"upgrade": UPGRADE})
    offer = msgspec.structs.replace(
        told, decision=None, proposes="pro", recipients=(Recipient("c1", "pro"),)
    )
    await office.hears(offer)
    (row,) = await office.rows("select id from notification where contact = 'c1'")
    signer = office.context.signer
    await office.http.get(f"/v1/go/{go_token(signer, row.id, UPGRADE)}", headers=OPEN)
    path = f"/v1/feedback/{answer_token(signer, row.id)}"
    await office.http.post(f"{path}?answer=helpful", headers=OPEN)
    assert [(one["type"], one["data"]["proposal"]) for one in await facts(office)] == [
        ("proposal.viewed", "e7"),
        ("proposal.answered", "e7"),
    ]
