"""The conversation of Maruta over HTTP: from the first fact to the last step, with its figures."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.trigger.proposals.judge import Judge
from services.trigger.tables.catalogs import Catalogs
from shared.catalog import canonical, parse_catalog
from shared.messages import Tell
from shared.runtime.settings import Settings
from shared.security.api_keys import create_key
from shared.wording.letter import worded
from tests.support.desk import Desk, open_desk
from tests.support.pages import ROOT

NOW = datetime(2025, 9, 16, tzinfo=UTC)
PATH = "/v1/accounts/maruta"
DEMO = ROOT / "plimsoll" / "demo" / "catalog.yaml"
MARUTA = {
    "name": "Maruta",
    "locale": "en-US",
    "time_zone": "UTC",
    "country": "US",
    "csm": {"id": "u7"},
    "ae": {"id": "s1"},
    "contacts": [
        {"id": "c1", "name": "Ito", "email": "ito@maruta.example", "role": "owner"},
        {"id": "c2", "name": "Sato", "email": "sato@maruta.example", "role": "decision_maker"},
    ],
}
FIGURES = {
    "type": "value",
    "members": 5,
    "hours": 10,
    "hours_basis": "per_person",
    "hours_period": "week",
    "hourly_rate": "50.00",
    "currency": "USD",
    "source": "customer_stated",
    "said_by": "c1",
}


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    async with open_desk(settings, judgement=Judge(Catalogs()), now=NOW) as found:
        yield found


class Kato:
    """The CSM, in the deal that judgement opened."""

    def __init__(self, desk: Desk, key: str) -> None:
        self.desk, self.id = desk, ""
        self._headers = {"Authorization": f"Bearer {key}", "Plimsoll-Person": "u7"}

    async def says(self, body: dict[str, Any], want: int = 201) -> Any:
        path = f"/v1/opportunities/{self.id}/entries"
        return await self.desk("POST", path, body, want=want, headers=self._headers)

    async def answers(self, *questions: str, **more: Any) -> None:
        for question in questions:
            body = {"question": question, "text": "Said so.", "said_by": "c1", **more}
            await self.says({"type": "answer", **body})

    async def step(self, step: int, want: int = 201) -> list[str]:
        found = await self.says({"type": "step", "step": step, "status": "done"}, want)
        return [one["reason"] for one in found.get("errors", ())]

    async def sees(self, lang: str = "en") -> dict[str, Any]:
        path = f"/v1/opportunities/{self.id}?lang={lang}"
        found: dict[str, Any] = await self.desk("GET", path)
        return found


async def tells(desk: Desk, type_: str, data: Any, at: datetime | None = None) -> None:
    await desk.learns(type_, data, at=at, account="maruta")


async def begun(desk: Desk) -> Kato:
    """Rows 1 to 3: people, the account, what makes it a deal."""
    await desk(
        "PUT",
        "/v1/catalog",
        json.loads(canonical(parse_catalog(DEMO.read_bytes(), "application/yaml"))),
    )
    for id, name, roles, manager in (
        ("m1", "Abe", ["manager"], None),
        ("u7", "Kato", ["csm"], "m1"),
        ("s1", "Mori", ["sales"], "m1"),
    ):
        body = {"name": name, "roles": roles, "manager": manager}
        await desk("PUT", f"/v1/people/{id}", body, want=201)
    await desk("PUT", PATH, MARUTA, want=201)
    bought = {"plan": "pro", "started_at": "2023-09-16T00:00:00Z", "interval": "month"}
    await desk("PUT", f"{PATH}/subscription", bought | {"quantity": 5})
    plans = {one["id"]: one for one in (await desk("GET", "/v1/catalog"))["plans"]}
    for day in range(22):
        await tells(desk, "login.recorded", {"user": "a"}, NOW - timedelta(days=day * 29 // 21))
    for feature in plans["pro"]["features"][:7]:
        await tells(desk, "feature.used", {"feature": feature})
    await tells(desk, "nps.responded", {"score": 9, "contact": "c1"})
    await tells(desk, "compliance.need", {"framework": "SOC2", "deadline": "2025-12-15"})
    for n in (1, 2):
        ticket = {"ticket": f"t{n}", "class": "support_speed", "severity": "urgent"}
        await tells(desk, "ticket.opened", ticket)
    kato = Kato(desk, await create_key(desk.context.engine, "k", ["work:write", "read"]))
    (deal,) = (await desk("GET", "/v1/opportunities?account=maruta"))["data"]
    kato.id = deal["id"]
    return kato


def answer(raised: dict[str, Any]) -> dict[str, Any]:
    return {"type": "reply", "objection": raised["id"], "channel": "call"}


async def listened(kato: Kato) -> None:
    deal = await kato.sees()
    assert (deal["stage"], deal["owner"]["role"], deal["owner_rule"], deal["deal_value"]) == (
        "needs_discovery",
        "hybrid",
        "OWN-3",
        "75000.00",
    )
    assert (len(deal["steps"]), deal["packs"], deal["value"], deal["approval"]) == (
        8,
        [],
        None,
        None,
    )
    await kato.answers("discovery.1", "discovery.2", "discovery.3", "conversation.1.1")
    for lang, called in (("ja", "より速いサポート"), ("en", "Faster support")):
        (need,) = [one for one in (await kato.sees(lang))["needs"] if one["kind"] == "support"]
        assert (need["name"], need["count"]) == (called, 2)
    lacking = await kato.step(3, 409)
    assert lacking[0] == "step_incomplete: conversation.1.2"
    await kato.answers("conversation.1.2", "conversation.2.1", "conversation.2.3")
    await kato.answers("conversation.2.2", needs=[{"feature": "compliance_certs"}])
    (need,) = [one for one in (await kato.sees())["needs"] if one["source"] == "need.stated"]
    assert (need["key"], need["status"], need["said_by"]) == ("compliance_certs", "confirmed", "c1")


async def reckoned(desk: Desk, kato: Kato) -> None:
    proof = {"kind": "call", "text": "An audit.", "said_by": "c1"}
    await tells(desk, "evidence.recorded", proof | {"criterion": "wall"})
    for kind in ("integrations", "criticality"):
        profile = {"criterion": "profile", "kind": kind, "verdict": "yes"}
        await tells(desk, "evidence.recorded", proof | profile)
    await tells(desk, "budget.stated", {"status": "yes", "said_by": "c2"})
    value = (await kato.says(FIGURES))["body"]
    assert (value["version"], value["value"]["benefit"]["year"], value["value"]["multiple"]) == (
        1,
        "130000.00",
        "8.67",
    )
    deal = await kato.sees("ja")
    assert (deal["stage"], [one["objection"] for one in deal["packs"]]) == (
        "qualified",
        ["too_expensive", "wait_renewal", "unsure_need", "budget_process", "other_tools"],
    )
    assert deal["packs"][0]["text"] == (
        "理解します。ROIを見てみましょう。週10時間節約し、コンプライアンス認証をアンロックします。"
        "その価値は追加コストを超えますか?"
    )


async def objected(kato: Kato) -> None:
    await kato.says({"type": "move", "to": "engaged"})
    await kato.says({"type": "asset", "kind": "demo", "title": "A tour"})
    for step in range(1, 7):
        await kato.step(step)
    assert await kato.step(8, 409) == [
        "step_incomplete: step.7",
        "step_incomplete: next_step",
    ]
    raised = await kato.says({"type": "objection", "objection": "budget_process"})
    assert await kato.step(7, 409) == ["step_incomplete: objection"]
    reply = await kato.says(answer(raised))
    assert reply["body"]["text"].startswith("Who needs to approve this")
    await kato.says({"type": "outcome", "objection": raised["id"], "result": "resolved"})
    await kato.says({"type": "approval", "approvers": [{"name": "Sato", "contact": "c2"}]})


async def test_the_conversation_of_maruta(desk: Desk) -> None:
    kato = await begun(desk)
    await listened(kato)
    await reckoned(desk, kato)
    await objected(kato)
    due = {"kind": "formal_proposal", "owner": "s1", "due": "2025-09-30"}
    await kato.says({"type": "next_step", **due})
    for step in (7, 8):
        await kato.step(step)
    deal = await kato.sees()
    assert {one["status"] for one in deal["steps"]} == {"done"}
    assert [(one["state"], one["is_process"]) for one in deal["objections"]] == [("resolved", True)]
    assert deal["approval"]["approvers"] == [{"name": "Sato", "contact": "c2"}]
    report = await kato.desk("GET", "/v1/reports/objections?from=2025-09-01&to=2025-10-01")
    (row,) = report["rows"]
    assert (row["objection"], row["is_process"], row["raised"], row["resolved"]) == (
        "budget_process",
        True,
        1,
        1,
    )
    assert report["totals"]["raised"] == 0, "it counts in no rate"


async def test_figures_of_a_deal_and_from_elsewhere(desk: Desk) -> None:
    """Each statement is one version, and one fact."""
    kato = await begun(desk)
    await kato.says(FIGURES)
    eight = (await kato.says(FIGURES | {"hours": 8}))["body"]
    assert (eight["version"], eight["value"]["benefit"]["year"], eight["value"]["multiple"]) == (
        2,
        "104000.00",
        "6.93",
    )
    listed = (await desk("GET", f"/v1/opportunities/{kato.id}/entries?type=value"))["data"]
    assert [(one["body"]["version"], one["by"]["kind"]) for one in listed] == [
        (2, "person"),
        (1, "person"),
    ]
    assert listed[1]["body"]["value"]["benefit"]["year"] == "130000.00"
    elsewhere = {key: one for key, one in FIGURES.items() if key != "type"} | {"hours": 7.5}
    desk.at(desk.now + timedelta(hours=1))
    await tells(desk, "value.stated", elsewhere)
    await desk.replays()
    newest = (await kato.sees())["value"]
    assert (newest["version"], newest["hours"]) == (3, Decimal("7.5"))
    assert newest["value"]["benefit"]["year"] == "97500.00"
    listed = (await desk("GET", f"/v1/opportunities/{kato.id}/entries?type=value"))["data"]
    assert (len(listed), listed[0]["by"]) == (3, {"kind": "plimsoll", "id": "judgement"})
    await tells(desk, "value.stated", elsewhere, NOW - timedelta(days=100))
    assert (await kato.sees())["value"]["version"] == 3, "older than what is known"
    stated = (await desk("GET", f"{PATH}/facts"))["data"]
    assert sum(one["type"] == "value.stated" for one in stated) == 4


async def test_r_153_an_answer_to_waiting_comes_with_a_quote(desk: Desk) -> None:
    """R-153: half a year of ten hours, and what a switch costs today."""
    kato = await begun(desk)
    bought = {"plan": "pro", "started_at": "2025-03-16T00:00:00Z", "interval": "year"}
    await desk("PUT", f"{PATH}/subscription", bought | {"quantity": 1})
    await kato.says(FIGURES | {"members": 1})
    raised = await kato.says({"type": "objection", "objection": "wait_renewal"})
    reply = (await kato.says(answer(raised)))["body"]
    assert "260 hours" in reply["text"]
    assert reply["text"].endswith("If you switch today, the prorated amount due is $7,438.36.")
    quote = await desk("GET", f"/v1/quotes/{reply['quote']}")
    assert (quote["due"], quote["mode"], quote["plan"]) == ("7438.36", "second", "enterprise")
    mailed = await kato.says(answer(raised) | {"channel": "email"})
    assert mailed["body"]["contacts"] == ["c1", "c2"]
    (mail,) = [one for one in await desk.messages() if getattr(one, "kind", "") == "person.message"]
    assert isinstance(mail, Tell)
    assert (mail.key, mail.cls, [one.contact for one in mail.recipients]) == (
        mailed["id"],
        "proposal",
        ["c1", "c2"],
    )
    assert mail.facts.letter is not None
    said = [worded(one, "Ito", "en") for one in mail.facts.letter.body]
    assert " ".join(said) == mailed["body"]["text"] == reply["text"]


async def test_what_an_objection_leaves_to_do(desk: Desk) -> None:
    """R-154, R-157: a task for whom it is, closed by itself once it is done."""
    kato = await begun(desk)

    async def tasks(**filters: str) -> list[Any]:
        found = await desk("GET", "/v1/tasks", params={"account": "maruta"} | filters)
        return [one for one in found["data"] if one["reason"] in ("goal", "competitor")]

    await kato.says({"type": "objection", "objection": "unsure_need"})
    (goal,) = await tasks()
    assert (goal["owner"]["id"], goal["priority"], goal["state"]) == ("u7", "medium", "open")
    await kato.answers("goal.quarter")
    (goal,) = await tasks()
    assert goal["state"] == "closed_success"
    said = {"type": "objection", "objection": "other_tools", "wanted": ["webhooks"]}
    await kato.says(said)
    (rival,) = [one for one in await tasks() if one["reason"] == "competitor"]
    assert (rival["type"], rival["owner"]["id"], rival["priority"]) == ("risk", "u7", "high")
    told = (await desk("GET", f"{PATH}/facts"))["data"]
    (proof,) = [one for one in told if one["type"] == "evidence.recorded"]
    assert proof["data"] == {
        "criterion": "wall",
        "kind": "competitor_comparison",
        "text": "webhooks",
    }


async def test_r_124_what_a_body_lacks_is_named(desk: Desk) -> None:
    kato = await begun(desk)
    for body, path in (
        ({key: one for key, one in FIGURES.items() if key != "said_by"}, "/said_by"),
        (FIGURES | {"currency": "JPY"}, "/currency"),
        (FIGURES | {"hours": "ten"}, "/hours"),
        (FIGURES | {"hours_basis": "nobody"}, "/hours_basis"),
        ({"type": "need", "status": "refuted", "said_by": "c1"}, ""),
        ({"type": "objection", "objection": "other_tools"}, "/wanted"),
        ({"type": "objection", "objection": "weather"}, "/objection"),
        ({"type": "reply", "objection": "gone", "channel": "call"}, "/objection"),
        ({"type": "outcome", "objection": "gone", "result": "resolved"}, "/objection"),
        ({"type": "asset", "kind": "demo", "title": "x", "url": "javascript:alert(1)"}, "/url"),
        ({"type": "approval", "approvers": [{"name": ""}]}, "/approvers/0/name"),
    ):
        found = await kato.says(body, 422)
        assert [one["path"] for one in found["errors"]] == [path], body


async def test_what_is_no_fact_is_no_entry(desk: Desk) -> None:
    """Somebody who was erased is named by nobody any more."""
    kato = await begun(desk)
    await desk("POST", f"{PATH}/contacts/c1:erase", want=(200, 202))
    before = await kato.sees()
    refused = await kato.says(FIGURES, 422)
    assert [one["path"] for one in refused["errors"]] == ["/said_by"]
    need = {"type": "need", "feature": "webhooks", "status": "confirmed", "said_by": "c1"}
    assert [one["path"] for one in (await kato.says(need, 422))["errors"]] == ["/said_by"]
    after = await kato.sees()
    assert (after["revision"], after["value"]) == (before["revision"], None)
