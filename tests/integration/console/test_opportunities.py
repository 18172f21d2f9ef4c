"""The tabs of an opportunity: what people say, try, reckon and sell there."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import yaml

from tests.integration.console.test_today import TUESDAY
from tests.support.console import House, Shown, Visitor
from tests.support.desk import order
from tests.support.pages import ROOT

CATALOG = yaml.safe_load((ROOT / "plimsoll" / "demo" / "catalog.yaml").read_text("utf-8"))
PRO = next(one for one in CATALOG["plans"] if one["id"] == "pro")
SINCE = datetime(2024, 9, 16, tzinfo=UTC)
CONTACTS = [
    {"id": "c1", "name": "Ito", "email": "ito@example.com", "role": "owner"},
    {"id": "c2", "name": "Sato", "email": "sato@example.com", "role": "decision_maker"},
]


async def begun(house: House) -> tuple[Visitor, str]:
    """Kato's deal with Aozora, from Pro to Enterprise in five workspaces; its id."""
    house.desk.at(TUESDAY)
    pro = order("pro", SINCE, quantity=5)
    await house.desk.opens(catalog=CATALOG, subscription=pro, contacts=CONTACTS)
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
    await appended(house, id, kato.id, type="move", to="closed_lost", reason="timing")
    assert "<textarea" not in (await kato.get(page)).html
    late = await kato.post(page, {**asked, "form": "answer-discovery.1"})
    assert (late.status, "the opportunity is closed" in late.text) == (409, True)
    assert ">Mine</textarea>" in late.html


FIGURES = {
    "members": "5",
    "hours": "10",
    "hours_basis": "per_person",
    "hours_period": "week",
    "hourly_rate": "50",
    "currency": "USD",
    "source": "customer_stated",
}


async def test_a_business_case_is_tried_saved_and_written(house: House) -> None:
    kato, id = await begun(house)
    page = f"/console/opportunities/{id}/case"
    empty = await kato.get(page)
    assert (empty.page, empty.states()["result"]) == ("opportunities_case", "empty")
    tried = await kato.get(page, params=FIGURES)
    assert tried.values("benefit.year") == ["130000.00"]
    assert tried.values("multiple") == ["8.67"]
    assert len(tried.ids("line")) == 5
    assert (await kato.get(page, params=FIGURES | {"hours": "many"})).states()["result"] == "empty"
    assert (await now(house, id))["value"] is None
    shown = await kato.post(page, {**FIGURES, "act": "reckon"})
    assert (shown.status, shown.values("multiple")) == (200, ["8.67"])
    saving = {**FIGURES, "act": "value", "said_by": "c1", "revision": empty.field("revision")}
    assert (await kato.post(page, saving)).headers["location"] == f"{page}?said=version_saved"
    nobody = await kato.post(page, {**FIGURES, "act": "value"})
    assert (nobody.status, 'id="e-said_by"' in nobody.html) == (422, True)
    less = {**saving, "hours": "8", "revision": ""}
    assert (await kato.post(page, less)).status == 303
    kept = await kato.get(page)
    assert kept.ids("version") == ["2", "1"]
    assert kept.values("benefit.year") == ["104000.00", "104000.00", "130000.00"]
    assert kept.values("said_by") == ["c1", "c1"]
    assert "Ito" in kept.text
    document = await kato.get(f"/console/opportunities/{id}/documents/roi_analysis")
    assert document.headers["content-type"].startswith("text/html")
    assert "sandbox" in document.headers["content-security-policy"]
    bundle = await kato.get(f"/console/opportunities/{id}/bundle")
    assert bundle.headers["content-type"] == "application/zip"
    assert (await kato.get(f"/console/opportunities/{id}/documents/none")).status == 404


async def qualified(house: House, id: str) -> None:
    """As far as answers to objections are prepared."""
    desk = house.desk
    for day in range(22):
        await desk.learns("login.recorded", {"user": "a"}, at=TUESDAY - timedelta(days=day))
    for feature in PRO["features"][:7]:
        await desk.learns("feature.used", {"feature": feature})
    await desk.learns("nps.responded", {"score": 9, "contact": "c1"})
    await desk.learns("compliance.need", {"framework": "SOC2", "deadline": "2027-03-01"})
    proof = {"kind": "call", "text": "An audit.", "said_by": "c1"}
    await desk.learns("evidence.recorded", proof | {"criterion": "wall"})
    for kind in ("integrations", "criticality"):
        profile = {"criterion": "profile", "kind": kind, "verdict": "yes"}
        await desk.learns("evidence.recorded", proof | profile)
    await desk.learns("budget.stated", {"status": "yes", "said_by": "c2"})
    for n in (1, 2, 3):
        said = {"question": f"discovery.{n}", "text": "As they said.", "said_by": "c1"}
        await appended(house, id, "u7", type="answer", **said)
    await appended(house, id, "u7", type="value", **FIGURES | {"members": 5, "said_by": "c1"})
    found = await now(house, id)
    assert found["stage"] == "qualified", (
        found["moves"],
        await desk("GET", "/v1/accounts/acct-42/decisions?limit=1"),
    )


async def test_an_objection_is_answered_and_settled(house: House) -> None:
    kato, id = await begun(house)
    page = f"/console/opportunities/{id}/objections"
    empty = await kato.get(page)
    assert empty.states() == {"objections": "empty", "packs": "empty"}
    await qualified(house, id)
    prepared = await kato.get(page)
    found = await now(house, id)
    assert prepared.ids("pack") == [one["objection"] for one in found["packs"]]
    assert prepared.values("counter") == [one["counter"] for one in found["packs"]]
    raised = await sends(kato, page, "objection", objection="budget_process", text="Sato signs.")
    assert raised.status == 303
    shown = await kato.get(page)
    (objection,) = shown.ids("objection")
    replied = {"objection": objection, "channel": "call"}
    assert (await sends(kato, page, f"reply-{objection}", **replied)).status == 303
    settled = {"objection": objection, "result": "resolved"}
    assert (await sends(kato, page, f"outcome-{objection}", **settled)).status == 303
    shown = await kato.get(page)
    assert shown.values("state") == ["resolved"]
    assert len(shown.values("reply.text")) == 1
    await sends(kato, page, "objection", objection="unsure_need")
    (unsure,) = [one["id"] for one in (await now(house, id))["objections"] if not one["reply"]]
    refused = await sends(kato, page, f"reply-{unsure}", objection=unsure, channel="call")
    assert (refused.status, "the answer lacks something" in refused.text) == (409, True)
    assert (await sends(kato, page, "goal", text="Grow", said_by="c1")).status == 303
    missing = [one for one in (await kato.get(page)).values("missing") if "goal" in one]
    assert missing == []


async def test_lines_are_altered_proposed_and_approved(house: House) -> None:
    kato, id = await begun(house)
    page = f"/console/opportunities/{id}/quote"
    shown = await kato.get(page)
    assert (shown.values("item"), shown.values("year")) == (["enterprise"], ["75000.00"])
    cheaper = {"item": "enterprise", "quantity": "5", "discount_pct": "10"}
    assert (await sends(kato, page, "line-1", **cheaper)).status == 303
    assert (await kato.get(page)).values("discount_pct") == ["10"]
    many = await sends(kato, page, "line-1", **cheaper | {"discount_pct": "110"})
    assert (many.status, 'id="e-discount_pct"' in many.html) == (422, True)
    last = await sends(kato, page, "drop-1", item="enterprise", state="lost")
    assert (last.status, "it is the last line" in last.text) == (409, True)
    plan = {"approvers__0__name": "Sato", "approvers__0__contact": "c2", "information": "Price"}
    assert (await sends(kato, page, "plan", **plan, call="on")).status == 303
    unknown = await sends(kato, page, "plan", **plan | {"approvers__0__contact": "c9"})
    assert (unknown.status, 'id="e-approvers.0.contact"' in unknown.html) == (422, True)
    assert (await now(house, id))["approval"] == {
        "approvers": [{"name": "Sato", "contact": "c2"}],
        "information": ["Price"],
        "decide_on": None,
        "call": True,
    }
    refused = await sends(kato, page, "propose", channel="person")
    assert refused.status == 409
    assert (await kato.get(page)).values("hindered") != []


async def test_a_proposal_is_withdrawn_and_a_discount_approved(house: House) -> None:
    kato, id = await begun(house)
    await qualified(house, id)
    await appended(house, id, kato.id, type="move", to="engaged")
    await house.visitor("s1", "sales", name="Mori")
    step = {"kind": "formal_proposal", "owner": "s1", "due": "2026-12-20"}
    await appended(house, id, kato.id, type="next_step", **step)
    await appended(house, id, kato.id, type="handoff", action="request", to="s1")
    mori = await house.visitor("s1", "sales", name="Mori")
    await appended(house, id, mori.id, type="handoff", action="accept")
    page = f"/console/opportunities/{id}/quote"
    proposed = await sends(mori, page, "propose", channel="person", contacts=["c2"])
    assert proposed.status == 303
    (proposal,) = (await mori.get(page)).ids("proposal")
    back = await sends(mori, page, f"withdraw-{proposal}", proposal=proposal)
    assert back.status == 303
    assert "withdrawn" in (await mori.get(page)).values("state")


async def test_a_trial_is_offered_judged_and_ended(house: House) -> None:
    kato, id = await begun(house)
    page = f"/console/opportunities/{id}/trial"
    assert (await kato.get(page)).states() == {"trials": "empty"}
    offered = {
        "features": ["compliance_certs", "advanced_security"],
        "limits__seats": "40",
        "days": "14",
        "criteria__0__feature": "compliance_certs",
        "criteria__0__uses": "5",
        "criteria__2__text": "The auditors like it",
    }
    half = await sends(kato, page, "trial", **offered | {"criteria__0__uses": "", "days": "91"})
    assert (half.status, 'id="e-days"' in half.html) == (422, True)
    assert half.html.count("checked") == 2
    assert (await sends(kato, page, "trial", **offered)).status == 303
    shown = await kato.get(page)
    (trial,) = shown.ids("trial")
    assert shown.values("state") == ["active"]
    assert shown.values("features") == ["compliance_certs", "advanced_security"]
    assert (shown.values("count"), shown.values("met")) == (["0", ""], ["false", "false"])
    judged = {"trial": trial, "n": "2", "met": "true"}
    assert (await sends(kato, page, f"criterion-{trial}-2", **judged)).status == 303
    assert (await kato.get(page)).values("met") == ["false", "true"]
    twice = await sends(kato, page, "trial", **offered)
    assert (twice.status, "a trial of the same is running" in twice.text) == (409, True)
    assert (await sends(kato, page, f"end-{trial}", trial=trial)).status == 303
    assert (await kato.get(page)).values("state") == ["ended_not_met"]


async def test_a_card_is_moved_on_by_the_form_that_all_cards_share(house: House) -> None:
    kato, id = await begun(house)
    await qualified(house, id)
    path = "/console/pipeline?owner=me"
    board = await kato.get(path)
    assert board.html.count('id="move"') == 1
    (button,) = re.findall(rf'name="move" value="(engaged [0-9]+ {id})"', board.html)
    before = await _moves(house, id)
    fields = {"move": button, "idempotency_key": board.field("idempotency_key", "move")}
    moved = await kato.post(path, fields)
    assert moved.status == 303, moved.text
    assert moved.headers["location"] == f"{path}&said=moved_on"
    assert (await kato.post(path, fields)).status == 303
    shown: Any = await house.desk("GET", f"/v1/opportunities/{id}")
    assert shown["stage"] == "engaged"
    assert await _moves(house, id) == before + 1
    assert (await kato.post(path, {"move": f"nowhere 1 {id}"})).status == 404


async def _moves(house: House, id: str) -> int:
    entries: Any = await house.desk("GET", f"/v1/opportunities/{id}/entries")
    return [one["type"] for one in entries["data"]].count("move")
