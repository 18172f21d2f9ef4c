"""The tabs of an opportunity: what people say, try, reckon and sell there."""

from typing import Any

import yaml

from tests.integration.console.test_today import TUESDAY
from tests.support.console import House, Shown, Visitor
from tests.support.desk import order
from tests.support.pages import ROOT

CATALOG = yaml.safe_load((ROOT / "plimsoll" / "demo" / "catalog.yaml").read_text("utf-8"))
CONTACTS = [
    {"id": "c1", "name": "Ito", "email": "ito@example.com", "role": "owner"},
    {"id": "c2", "name": "Sato", "email": "sato@example.com", "role": "decision_maker"},
]


async def begun(house: House) -> tuple[Visitor, str]:
    """Kato's deal with Aozora, from Pro to Enterprise in five workspaces; its id."""
    house.desk.at(TUESDAY)
    await house.desk.opens(
        catalog=CATALOG, subscription=order("pro", quantity=5), contacts=CONTACTS
    )
    kato = await house.visitor("u7", "csm", name="Kato")
    made: Any = await house.desk(
        "POST",
        "/v1/accounts/acct-42/opportunities",
        {"to_plan": "enterprise"},
        headers={"Plimsoll-Person": kato.id},
        want=201,
    )
    abe = await house.visitor("m1", "manager", name="Abe")
    await appended(house, made["id"], abe.id, type="owner", person=kato.id)
    return kato, made["id"]


async def appended(house: House, id: str, by: str, **entry: Any) -> Any:
    path = f"/v1/opportunities/{id}/entries"
    return await house.desk("POST", path, entry, headers={"Plimsoll-Person": by}, want=201)


async def now(house: House, id: str) -> Any:
    return await house.desk("GET", f"/v1/opportunities/{id}")


async def sends(who: Visitor, page: str, form: str, **fields: Any) -> Shown:
    """As somebody does who opens the page, fills this form and sends it."""
    shown = await who.get(page)
    hidden = {name: shown.field(name, form) for name in ("idempotency_key", "revision", "act")}
    given = {name.replace("__", "."): one for name, one in fields.items()}
    return await who.post(page, {**hidden, "form": form, **given})


async def test_a_conversation_is_noted_step_by_step(house: House) -> None:
    kato, id = await begun(house)
    page = f"/console/opportunities/{id}/conversation"
    shown = await kato.get(page)
    assert (shown.status, shown.page) == (200, "opportunities_conversation")
    assert shown.ids("step") == [str(n) for n in range(1, 9)]
    assert shown.values("steps.done") == ["0"]
    refused = await sends(kato, page, "take-1", step="1", status="done")
    assert refused.status == 409
    assert "something that this step needs is missing" in refused.text
    for key in ("conversation.1.1", "conversation.1.2"):
        said = {"question": key, "text": "By <hand>", "said_by": "c1"}
        done = await sends(kato, page, f"answer-{key}", **said, needs__feature="compliance_certs")
        assert done.headers["location"] == f"{page}?said=saved"
    assert (await sends(kato, page, "take-1", step="1", status="done")).status == 303
    skipped = await sends(kato, page, "skip-2", step="2", status="skipped", reason="Known")
    assert skipped.status == 303
    await sends(kato, page, "asset", kind="demo", title="Audit log, live")
    refuting = {"feature": "sso", "status": "refuted", "said_by": "Ito"}
    assert (await sends(kato, page, "need", **refuting)).status == 303
    shown = await kato.get(page)
    assert shown.values("steps.done") == ["2"]
    assert shown.values("answer.text") == ["By <hand>", "By <hand>"]
    assert "Audit log, live" in shown.text
    found = await now(house, id)
    assert {one["key"]: one["status"] for one in found["needs"]} == {
        "compliance_certs": "confirmed",
        "sso": "refuted",
    }
    assert found["assets"] == [{"kind": "demo", "title": "Audit log, live"}]


async def test_who_may_not_write_reads_and_what_was_typed_stays(house: House) -> None:
    kato, id = await begun(house)
    page = f"/console/opportunities/{id}/conversation"
    planner = await house.visitor("p1", "planner")
    assert "<textarea" not in (await planner.get(page)).html
    asked = {"act": "answer", "question": "discovery.1", "text": "Mine", "said_by": "c1"}
    assert (await planner.post(page, asked)).status == 403
    stale = await kato.post(
        page, {**asked, "form": "answer-discovery.1", "revision": "1", "idempotency_key": "k1"}
    )
    assert (stale.status, "data-appended" in stale.html) == (412, True)
    assert ">Mine</textarea>" in stale.html
    unfilled = await kato.post(page, {**asked, "said_by": "", "form": "answer-discovery.1"})
    assert (unfilled.status, 'id="e-said_by"' in unfilled.html) == (422, True)
    assert (await kato.post(page, {"act": "move"})).status == 404
