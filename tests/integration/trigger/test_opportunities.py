"""Opportunities over HTTP: appended, refused, won and lost by what is bought and said."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from services.trigger.process.deals.flags import FLAGS
from services.trigger.process.log.append import fold
from services.trigger.tables import accounts as account_rows
from services.trigger.tables.process import entries as entry_rows
from services.trigger.tables.process.opportunities import _columns
from shared.postgres.database import transaction
from shared.security.api_keys import create_key
from tests.support.desk import ACCOUNT, Desk, catalog, order, plan

PATH = "/v1/accounts/acct-42"
ADD_ONS = [
    {
        "id": "support",
        "name": {"en": "Support", "ja": "サポート"},
        "plans": ["enterprise", "pro"],
        "price": {"month": 50, "year": 600},
    }
]
SALES = catalog(
    plan("pro", 1, purchase="sales_assisted"),
    plan("business", 2),
    plan("enterprise", 3),
    add_ons=ADD_ONS,
)


async def begun(desk: Desk, to_plan: str = "enterprise", **more: Any) -> dict[str, Any]:
    await desk.opens(catalog=SALES, subscription=order("pro", quantity=5))
    for id, roles in (("m1", ["manager"]), ("s1", ["sales"]), ("p1", ["planner"])):
        await desk("PUT", f"/v1/people/{id}", {"name": id, "roles": roles}, want=201)
    made: dict[str, Any] = await desk(
        "POST", f"{PATH}/opportunities", {"to_plan": to_plan, **more}, want=201
    )
    return made


async def keys(desk: Desk) -> dict[str, dict[str, str]]:
    key = await create_key(desk.context.engine, "desk", ["work:write", "read"])
    return {
        id: {"Authorization": f"Bearer {key}", "Plimsoll-Person": id}
        for id in ("u7", "m1", "s1", "p1")
    }


async def get(desk: Desk, made: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = await desk("GET", f"/v1/opportunities/{made['id']}")
    return found


async def is_its_fold(desk: Desk, id: str) -> None:
    """The head row repeats what the log comes to."""
    async with transaction(desk.context.engine) as conn:
        entries = (await entry_rows.of(conn, "opportunity", [id]))[id]
    state = fold(entries, "acct-42", id)
    wanted = _columns(state)
    (row,) = await desk.rows(f"select * from opportunity where id = '{id}'")
    kept = {"stage", "closed_at", "deal_value", "amount_year", "revision", "person_entry"}
    assert {name: getattr(row, name) for name in kept} == {name: wanted[name] for name in kept}


async def test_one_begins_by_hand_and_shows_what_it_sells(desk: Desk) -> None:
    made = await begun(desk, note="They asked.")
    assert (made["reasons"], made["decision"], made["stage"]) == (
        ["by_hand"],
        None,
        "needs_discovery",
    )
    assert made["owner"] == {"role": "cs", "id": "u7", "name": "Kato"}
    (line,) = made["lines"]
    assert (line["type"], line["item"], line["quantity"], line["year"]) == (
        "plan_upgrade",
        "enterprise",
        5,
        "1200.00",
    )
    assert made["amount"] == {"year": "1200.00", "month": "100.00"}
    assert (made["deal_value"], made["revision"], made["responsible"]) == ("1200.00", 2, "cs")
    listed = await desk("GET", "/v1/opportunities?open=true&stage=needs_discovery&role=cs")
    assert [one["id"] for one in listed["data"]] == [made["id"]]
    assert listed["data"][0]["amount"] == made["amount"]
    again = await desk("POST", f"{PATH}/opportunities", {"to_plan": "enterprise"}, want=409)
    assert again["errors"] == [{"path": "/to_plan", "reason": f"open_already: {made['id']}"}]
    await desk("POST", f"{PATH}/opportunities", {"to_plan": "nothing"}, want=422)
    lower = await desk.http.get("/v1/opportunities?format=csv")
    assert lower.headers["content-type"].startswith("text/csv")
    assert lower.content.startswith(b"\xef\xbb\xbfid,account,")
    assert b",next_step.type,next_step.owner,next_step.due,next_step.overdue," in lower.content
    await is_its_fold(desk, made["id"])


async def test_a_key_answers_as_the_first_time_and_a_revision_is_checked(desk: Desk) -> None:
    made = await begun(desk)
    path, note = f"/v1/opportunities/{made['id']}/entries", {"type": "note", "text": "One."}
    keyed = {"Idempotency-Key": "k1"}
    first = await desk("POST", path, note, want=201, headers=keyed)
    assert await desk("POST", path, note, want=201, headers=keyed) == first
    other = await desk("POST", path, {**note, "text": "Two."}, want=422, headers=keyed)
    assert other["errors"][0]["path"] == "header.Idempotency-Key"
    assert await desk("POST", path, note, want=201) != first
    stale = await desk("POST", path, note, want=412, headers={"If-Match": '"1"'})
    assert stale["errors"][0]["path"] == "header.If-Match"
    newest = (await get(desk, made))["revision"]
    await desk("POST", path, note, want=201, headers={"If-Match": f'"{newest}"'})
    await desk("POST", path, note, want=201, headers={"If-Match": "*"})
    begins = {"Idempotency-Key": "b1"}
    body = {"to_plan": "business"}
    one = await desk("POST", f"{PATH}/opportunities", body, want=201, headers=begins)
    two = await desk("POST", f"{PATH}/opportunities", body, want=201, headers=begins)
    assert (one["id"], one["revision"]) == (two["id"], two["revision"])


async def test_one_begins_after_older_ones_were_pruned(desk: Desk) -> None:
    """Each is another one, however many are stored."""
    lost = {"type": "move", "to": "closed_lost", "reason": "timing"}
    ids = []
    for made in (await begun(desk), *[None] * 2):
        if made is None:
            made = await desk("POST", f"{PATH}/opportunities", {"to_plan": "enterprise"}, want=201)
        ids.append(made["id"])
        await desk("POST", f"/v1/opportunities/{made['id']}/entries", lost, want=201)
        async with transaction(desk.context.engine) as conn:
            older = "delete from opportunity where account = 'acct-42' and id <> :id"
            await conn.execute(text(older), {"id": made["id"]})
    assert len(set(ids)) == 3


async def test_who_may_append_what(desk: Desk) -> None:
    made, acts = await begun(desk), await keys(desk)
    path = f"/v1/opportunities/{made['id']}/entries"

    async def code(person: str, body: dict[str, Any]) -> str | None:
        answer = await desk("POST", path, body, want=(201, 403), headers=acts[person])
        return answer["errors"][0]["reason"] if "errors" in answer else None

    note = {"type": "note", "text": "x"}
    assert [await code(one, note) for one in ("u7", "s1", "m1", "p1")] == [
        None,
        None,
        None,
        "not_your_role",
    ]
    nurture = {"type": "move", "to": "nurture"}
    assert await code("s1", nurture) == "not_owner"
    assert await code("u7", nurture) is None
    assert await code("u7", {"type": "owner", "person": "s1"}) == "not_your_role"
    assert await code("s1", {"type": "owner", "person": "s1"}) == "not_owner"
    split = {"type": "split", "credit": [{"person": "u7", "pct": "100"}]}
    assert await code("u7", split) == "not_your_role"
    assert await code("m1", split) is None
    assert await code("m1", {"type": "owner", "person": "s1"}) is None
    assert (await get(desk, made))["owner"] == {"role": "cs", "id": "s1", "name": "s1"}


async def test_lines_discounts_and_the_last_one(desk: Desk) -> None:
    made, acts = await begun(desk), await keys(desk)
    path = f"/v1/opportunities/{made['id']}/entries"

    async def line(person: str = "u7", want: int = 201, **body: Any) -> Any:
        return await desk("POST", path, {"type": "line", **body}, want=want, headers=acts[person])

    added = await line(item="support", quantity=2)
    assert (added["body"]["type"], added["body"]["year"]) == ("cross_sell", "1200.00")
    assert (await line(item="sofa", want=422))["errors"][0]["path"] == "/item"
    cut = await line(item="enterprise", discount_pct="12.5")
    assert (cut["body"]["year"], cut["body"]["approved"]) == ("1050.00", False)
    approve = {"type": "approve", "item": "enterprise"}
    approved = await desk("POST", path, approve, want=201, headers=acts["m1"])
    assert approved["body"]["approved"] is True
    shown = await get(desk, made)
    assert shown["amount"] == {"year": "2250.00", "month": "187.50"}
    assert shown["deal_value"] == "2400.00"
    await line(item="support", state="lost")
    last = await line(item="enterprise", state="lost", want=409)
    assert last["errors"] == [{"path": "/item", "reason": "last_line: lose the deal instead"}]
    await is_its_fold(desk, made["id"])


@pytest.mark.parametrize(
    ("to_plan", "bought", "item"),
    [("enterprise", "enterprise", "enterprise"), ("business", "enterprise", "enterprise")],
)
async def test_a_purchase_wins_also_one_beyond_the_target(
    desk: Desk, to_plan: str, bought: str, item: str
) -> None:
    made = await begun(desk, to_plan)
    desk.at(desk.now + timedelta(hours=1))
    await desk("PUT", f"{PATH}/subscription", order(bought, quantity=5))
    won = await get(desk, made)
    assert (won["stage"], won["lines"][0]["state"], won["lines"][0]["item"]) == (
        "closed_won",
        "won",
        item,
    )
    assert won["credit"] == [{"person": "u7", "pct": "100", "year": "1200.00"}]
    closed = await desk(
        "POST",
        f"/v1/opportunities/{made['id']}/entries",
        {"type": "move", "to": "nurture"},
        want=409,
    )
    assert closed["errors"][0]["reason"].startswith("closed")
    (change,) = await desk.rows(
        "select kind, arr_before, arr_after, currency from plan_change where from_plan is not null"
    )
    assert (change.kind, int(change.arr_before), int(change.arr_after), change.currency) == (
        "plan_upgrade",
        600,
        1800,
        "USD",
    )
    await is_its_fold(desk, made["id"])


async def test_what_they_bought_beyond_the_target_may_have_no_list_price(desk: Desk) -> None:
    made = await begun(desk, "business")
    quoted = plan("enterprise", 3) | {"price": "custom"}
    sold = catalog(plan("pro", 1, purchase="sales_assisted"), plan("business", 2), quoted)
    await desk("PUT", "/v1/catalog", sold)
    desk.at(desk.now + timedelta(hours=1))
    await desk("PUT", f"{PATH}/subscription", order("enterprise", quantity=5))
    won = await get(desk, made)
    (line,) = won["lines"]
    assert (won["stage"], line["item"], line["year"]) == ("closed_won", "enterprise", None)
    assert won["amount"] == {"year": None, "month": None}


async def test_a_line_that_was_dropped_is_dropped_once(desk: Desk) -> None:
    made = await begun(desk, "business")
    path = f"/v1/opportunities/{made['id']}/entries"
    await desk("POST", path, {"type": "line", "item": "enterprise"}, want=201)
    drop, keyed = {"type": "line", "item": "business", "state": "lost"}, {"Idempotency-Key": "d"}
    first = await desk("POST", path, drop, want=201, headers=keyed)
    assert await desk("POST", path, drop, want=201, headers=keyed) == first
    await desk("POST", path, drop, want=422)


async def test_what_is_sold_beside_the_own_plan_is_the_value_of_a_deal_about_nothing_else(
    desk: Desk,
) -> None:
    made = await begun(desk, "pro")
    assert (made["lines"], made["deal_value"]) == ([], "0.00")
    path = f"/v1/opportunities/{made['id']}/entries"
    await desk("POST", path, {"type": "line", "item": "support", "quantity": 2}, want=201)
    assert (await get(desk, made))["deal_value"] == "1200.00"
    (listed,) = (await desk("GET", "/v1/opportunities"))["data"]
    assert listed["deal_value"] == "1200.00"
    await is_its_fold(desk, made["id"])


async def test_a_lower_plan_fits_with_the_add_ons_that_it_sells(desk: Desk) -> None:
    room = {**ADD_ONS[0], "id": "room", "plans": ["pro", "business"], "limits": {"api_calls": 50}}
    lower = catalog(plan("pro", 1), plan("business", 2), add_ons=[room])
    held = order("business", quantity=5, add_ons={"room": 1})
    await desk.opens(catalog=lower, subscription=held)
    await desk.counts("api_calls", 120)
    body = {"to_plan": "pro"}
    early = await desk("POST", f"{PATH}/opportunities", body, want=409)
    assert [one["reason"].split(":")[0] for one in early["errors"]] == ["no_cancel_intent"]
    await desk.learns("cancel.intent", {"reason": "price"})
    made = await desk("POST", f"{PATH}/opportunities", body, want=201)
    (line,) = made["lines"]
    assert (made["reasons"], made["stage"], line["type"]) == (
        ["cancel_intent"],
        "identified",
        "downsell",
    )
    assert (line["year"], line["retained_year"], made["amount"]["year"]) == (
        "-600.00",
        "600.00",
        "-600.00",
    )


async def test_a_lower_plan_that_is_too_small_is_refused(desk: Desk) -> None:
    wide = catalog(plan("pro", 1), plan("business", 2, api_calls=200))
    await desk.opens(catalog=wide, subscription=order("business"))
    await desk.counts("api_calls", 120)
    await desk.learns("cancel.intent", {"reason": "price"})
    refused = await desk("POST", f"{PATH}/opportunities", {"to_plan": "pro"}, want=409)
    assert refused["errors"] == [{"path": "/to_plan", "reason": "does_not_fit: api_calls"}]


async def test_what_speaks_for_the_plan_and_what_is_sold_beside_it(desk: Desk) -> None:
    """As the recommendation has them, for the plan of this deal."""
    features = ["core", "certs"]
    frameworks = {"SOC2": ["certs"]}
    sold = catalog(
        plan("pro", 1, purchase="sales_assisted"),
        plan("business", 2, features=features),
        plan("enterprise", 3, features=features),
        add_ons=ADD_ONS,
        frameworks=frameworks,
    )
    await desk.opens(catalog=sold, subscription=order("pro"))
    await desk.learns("compliance.need", {"framework": "SOC2", "deadline": "2026-12-15"})
    made = await desk("POST", f"{PATH}/opportunities", {"to_plan": "enterprise"}, want=201)
    assert [one["key"] for one in made["angles"]] == ["risk"]
    assert made["suggestions"] == []
    desk.at(desk.now + timedelta(hours=1))
    await desk("PUT", f"{PATH}/subscription", order("enterprise"))
    shown = await get(desk, made)
    assert (shown["stage"], shown["angles"]) == ("closed_won", [])
    assert [(one["item"], one["year"]) for one in shown["suggestions"]] == [("support", "600.00")]


TALK = catalog(
    plan("pro", 1, purchase="sales_assisted"),
    plan("enterprise", 2, features=["core", "sso", "flows"]),
    features={
        "core": {"group": "features", "name": {"en": "Core", "ja": "基本"}},
        "sso": {"group": "security", "name": {"en": "Single sign-on", "ja": "SSO"}},
        "flows": {"group": "features", "name": {"en": "Flows", "ja": "フロー"}},
    },
)


class Talk:
    """What a customer says in a deal, and what its steps still need."""

    def __init__(self, desk: Desk, made: dict[str, Any]) -> None:
        self._desk, self._path = desk, f"/v1/opportunities/{made['id']}/entries"

    async def says(self, question: str, want: int = 201, **more: Any) -> Any:
        body = {"type": "answer", "question": question, "text": "Said so.", "said_by": "c1"}
        return await self._desk("POST", self._path, body | more, want=want)

    async def step(self, step: int, status: str = "done", want: int = 201, **more: Any) -> Any:
        body = {"type": "step", "step": step, "status": status}
        return await self._desk("POST", self._path, body | more, want=want)

    async def lacks(self, step: int, status: str = "done", **more: Any) -> list[str]:
        refused = await self.step(step, status, 409, **more)
        return [one["reason"] for one in refused["errors"]]


async def talking(desk: Desk) -> dict[str, Any]:
    await desk.opens(catalog=TALK, subscription=order("pro", quantity=5), locale="en-US")
    await desk.learns("feature.used", {"feature": "core"})
    made: dict[str, Any] = await desk(
        "POST", f"{PATH}/opportunities", {"to_plan": "enterprise"}, want=201
    )
    return made


async def test_what_an_answer_confirms_is_a_fact_of_the_account_at_once(desk: Desk) -> None:
    made = await talking(desk)
    assert made["discovery"][1]["suggestion"] == "Core"
    talk = Talk(desk, made)
    unknown = await talk.says("conversation.9", 422, needs=[{"feature": "nothing"}])
    assert [one["path"] for one in unknown["errors"]] == ["/question", "/needs/0/feature"]
    told = await talk.says("conversation.2.2", needs=[{"feature": "sso"}, {"feature": "flows"}])
    assert told["body"]["needs"] == [
        {"feature": "sso", "horizon_months": 12},
        {"feature": "flows", "horizon_months": 12},
    ]
    stated = [
        (one["source"], one["id"])
        for one in (await desk("GET", f"{PATH}/facts"))["data"]
        if one["type"] == "need.stated"
    ]
    source = f"/plimsoll/opportunities/{made['id']}"
    assert sorted(stated) == [(source, told["id"]), (source, f"{told['id']}:2")]
    shown = await get(desk, made)
    assert {(one["key"], one["status"], one["said_by"]) for one in shown["needs"]} == {
        ("sso", "confirmed", "c1"),
        ("flows", "confirmed", "c1"),
    }
    assert [one["suggestion"] for one in shown["discovery"]] == [None, "Core", None]
    japanese = await desk("GET", f"/v1/opportunities/{made['id']}?lang=ja")
    asked = japanese["steps"][0]["questions"][1]["text"]
    assert asked == "どこで制限に直面していますか?"
    assert japanese["discovery"][1]["suggestion"] == "基本"
    await is_its_fold(desk, made["id"])


async def test_a_step_is_done_with_its_answers_and_a_need_that_the_plan_meets(desk: Desk) -> None:
    made = await talking(desk)
    talk = Talk(desk, made)
    await talk.says("conversation.1.1")
    asked = ("conversation.1.2", "conversation.2.1", "conversation.2.2", "conversation.2.3")
    assert await talk.lacks(3) == [f"step_incomplete: {what}" for what in (*asked, "need")]
    assert await talk.lacks(4) == ["step_incomplete: step.3"]
    for question in asked:
        await talk.says(question, needs=[{"feature": "sso"}])
    await talk.step(3)
    assert (await talk.step(7, "skipped", 422))["errors"][0]["path"] == "/reason"
    never = await talk.lacks(7, "skipped", reason="No time.")
    assert [one.partition(":")[0] for one in never] == ["not_skippable"]
    steps = (await get(desk, made))["steps"]
    assert [one["status"] for one in steps] == ["open", "open", "done", *["open"] * 5]
    assert (steps[2]["key"], steps[2]["blocked_by"]) == ("gap", [])
    assert [len(one["sentences"]) for one in steps[2:4]] == [1, 2]
    assert steps[0]["questions"][0]["answer"]["said_by"] == "c1"


async def test_an_answer_lets_a_qualified_deal_be_engaged(desk: Desk) -> None:
    made = await begun(desk)
    talk, path = Talk(desk, made), f"/v1/opportunities/{made['id']}/entries"
    for criterion in ("satisfaction", "wall", "profile", "budget", "roi_articulated"):
        proof = {"criterion": criterion, "kind": "call", "verdict": "yes", "said_by": "c1"}
        await desk.learns("evidence.recorded", proof | {"text": "Said so."})
    assert (await get(desk, made))["stage"] == "qualified"
    engaged = {"type": "move", "to": "engaged"}
    refused = await desk("POST", path, engaged, want=409)
    assert refused["errors"][0]["reason"].startswith("no_answer")
    await talk.says("discovery.1", said_by="Ito")
    await desk("POST", path, engaged, want=201)
    assert await talk.lacks(5) == ["step_incomplete: asset"]
    demo = {"kind": "demo", "title": "A tour", "held_on": "2026-11-15"}
    await desk("POST", path, {"type": "asset", **demo}, want=201)
    await talk.step(5)
    now = await get(desk, made)
    assert (now["stage"], now["assets"]) == ("engaged", [demo])


async def test_a_type_that_is_not_known_is_named(desk: Desk) -> None:
    made = await begun(desk)
    path = f"/v1/opportunities/{made['id']}/entries"
    for body in ({"type": "nonsense"}, {}):
        refused = await desk("POST", path, body, want=422)
        assert [one["path"] for one in refused["errors"]] == ["/type"]


async def test_what_is_bought_below_supersedes_and_an_end_cancels(desk: Desk) -> None:
    high, low = await begun(desk), None
    low = await desk("POST", f"{PATH}/opportunities", {"to_plan": "business"}, want=201)
    desk.at(desk.now + timedelta(hours=1))
    await desk("PUT", f"{PATH}/subscription", order("business", quantity=5))
    assert (await get(desk, low))["stage"] == "closed_won"
    assert (await get(desk, high))["stage"] == "needs_discovery"
    desk.at(desk.now + timedelta(hours=1))
    await desk("PUT", f"{PATH}/subscription", order("pro", quantity=5))
    lost = await get(desk, high)
    assert (lost["stage"], lost["loss"]) == ("closed_lost", {"reason": "superseded", "text": None})
    last = await desk("POST", f"{PATH}/opportunities", {"to_plan": "business"}, want=201)
    desk.at(desk.now + timedelta(hours=1))
    await desk("DELETE", f"{PATH}/subscription", want=204)
    assert (await get(desk, last))["loss"]["reason"] == "cancelled"
    kinds = [row.kind for row in await desk.rows("select kind from plan_change order by id")]
    assert kinds == ["new", "plan_upgrade", "downgrade", "churn"]


async def test_every_change_of_a_subscription_is_a_row(desk: Desk) -> None:
    await desk.opens(catalog=SALES, subscription=order("pro", quantity=5))
    orders: list[dict[str, Any]] = [
        {"quantity": 6},
        {"quantity": 6, "add_ons": {"support": 1}},
        {"price": "12"},
    ]
    for hours, more in enumerate(orders, 1):
        desk.at(desk.now + timedelta(hours=hours))
        await desk("PUT", f"{PATH}/subscription", order("pro", **more))
    rows = await desk.rows("select kind, arr_before, arr_after from plan_change order by id")
    assert [(row.kind, int(row.arr_before), int(row.arr_after)) for row in rows] == [
        ("new", 0, 600),
        ("seat_expansion", 600, 720),
        ("cross_sell", 720, 1320),
        ("contraction", 1320, 144),
    ]


async def test_a_stage_that_the_verdict_sets(desk: Desk) -> None:
    """A person's nurture holds until a fact speaks; budget no makes it judgement's nurture."""
    made, acts = await begun(desk), await keys(desk)
    path = f"/v1/opportunities/{made['id']}/entries"
    await desk("POST", path, {"type": "move", "to": "nurture"}, want=201, headers=acts["u7"])
    await desk.learns("login.recorded", {"user": "c1"})
    assert (await get(desk, made))["stage"] == "nurture"
    await desk.learns("need.stated", {"feature": "core", "said_by": "c1"})
    assert (await get(desk, made))["stage"] == "needs_discovery"
    await desk.learns("budget.stated", {"status": "no", "said_by": "c1"})
    shown = await get(desk, made)
    assert shown["stage"] == "nurture"
    newest = (await desk("GET", f"{path}?type=move"))["data"][0]
    assert newest["by"] == {"kind": "plimsoll", "id": "judgement"}
    allowed = {one["to"]: one["reasons"] for one in shown["moves"]}
    assert allowed["qualified"] == ["not_qualified: the verdict is nurture"]
    assert allowed["needs_discovery"] == ["by_itself: the verdict leads there"]
    assert allowed["closed_lost"] == []
    assert ACCOUNT["csm"]["id"] == shown["owner"]["id"]


async def test_what_nobody_answers_is_lost_after_a_while(desk: Desk) -> None:
    """Of a deal the lines that were not bought, after 30 days; a self-serve one after 90."""
    made, acts = await begun(desk), await keys(desk)
    path = f"/v1/opportunities/{made['id']}/entries"
    await desk("POST", path, {"type": "line", "item": "support"}, want=201, headers=acts["u7"])
    desk.at(desk.now + timedelta(hours=1))
    await desk("PUT", f"{PATH}/subscription", order("enterprise", quantity=5))
    assert (await get(desk, made))["stage"] == "needs_discovery"
    desk.at(desk.now + timedelta(days=30))
    await desk.due()
    shown = await get(desk, made)
    assert (shown["stage"], [one["state"] for one in shown["lines"]]) == (
        "closed_won",
        ["won", "lost"],
    )
    assert shown["amount"]["year"] == "1200.00"


async def test_every_morning_the_verdict_is_asked_anew(desk: Desk) -> None:
    """A poor CSAT is forgotten after 90 days, and no fact says so."""
    await desk.opens(catalog=SALES, subscription=order("pro"))
    await desk.learns("login.recorded", {"user": "c1"})
    await desk.learns("csat.responded", {"score": 1, "contact": "c1"})
    made = await desk("POST", f"{PATH}/opportunities", {"to_plan": "enterprise"}, want=201)
    assert made["stage"] == "identified"
    desk.at(desk.now + timedelta(days=91))
    await desk.due()
    assert (await get(desk, made))["stage"] == "needs_discovery"


async def test_lists_show_and_filter_by_flags(desk: Desk) -> None:
    made = await begun(desk)
    changes = [
        ("stage = 'engaged', stage_since = now() - interval '7 days'", ["no_next_step"]),
        ("next_due = (now() + interval '1 day')::date", []),
        ("owner = jsonb_set(owner, '{id}', 'null')", ["unowned"]),
        ("proposal_expired = true", ["unowned", "proposal_expired"]),
        (
            "handoff_waiting = true, needs_quote = true",
            ["unowned", "proposal_expired", "handoff_waiting", "needs_quote"],
        ),
        ("closed_at = now(), stage = 'closed_lost'", []),
    ]
    for change, flags in changes:
        statement = change.replace("now()", f"'{desk.now.isoformat()}'::timestamptz")
        async with transaction(desk.context.engine) as conn:
            await conn.execute(text(f"update opportunity set {statement}"))
        (listed,) = (await desk("GET", "/v1/opportunities"))["data"]
        assert listed["flags"] == flags
        for flag in FLAGS:
            found = (await desk("GET", f"/v1/opportunities?flag={flag}"))["data"]
            assert [one["id"] for one in found] == ([made["id"]] if flag in flags else [])


async def test_r_179_one_person_is_named_to_the_customer(desk: Desk) -> None:
    """The owner of the only open deal; the CSM where there are none or several."""

    async def voice() -> str | None:
        async with transaction(desk.context.engine) as conn:
            found = await account_rows.find(conn, "acct-42")
        assert found is not None
        return found.voice.name if found.voice else None

    made = await begun(desk)
    assert await voice() == "Kato"
    path, acts = f"/v1/opportunities/{made['id']}/entries", await keys(desk)
    given = {"type": "owner", "person": "s1"}
    await desk("POST", path, given, want=201, headers=acts["m1"])
    assert await voice() == "s1"
    other = await desk("POST", f"{PATH}/opportunities", {"to_plan": "business"}, want=201)
    assert await voice() == "Kato"
    lost = {"type": "move", "to": "closed_lost", "reason": "timing"}
    await desk("POST", f"/v1/opportunities/{other['id']}/entries", lost, want=201)
    assert await voice() == "s1"
    await desk("POST", path, lost, want=201)
    assert await voice() == "Kato"


async def test_r_177_both_sides_see_the_same_and_the_owner_writes(desk: Desk) -> None:
    made = await begun(desk)
    await begun_elsewhere(desk)
    as_ = await keys(desk)
    lists = [await desk("GET", "/v1/opportunities", headers=as_[id]) for id in ("u7", "s1", "p1")]
    assert len(lists[0]["data"]) == 2
    assert lists[0] == lists[1] == lists[2]
    path, step = f"/v1/opportunities/{made['id']}/entries", {"type": "move", "to": "nurture"}
    refused = await desk("POST", path, step, headers=as_["s1"], want=403)
    assert refused["errors"][0]["reason"] == "not_owner"
    await desk("POST", path, step, headers=as_["u7"], want=201)


async def begun_elsewhere(desk: Desk) -> None:
    """A deal of another account."""
    await desk("PUT", "/v1/accounts/other", ACCOUNT, want=201)
    await desk("PUT", "/v1/accounts/other/subscription", order("pro"))
    await desk("POST", "/v1/accounts/other/opportunities", {"to_plan": "enterprise"}, want=201)


BOOST = {**ADD_ONS[0], "id": "boost", "plans": ["pro", "business"], "limits": {"api_calls": 99}}
AUDIT = {**ADD_ONS[0], "id": "audit", "plans": ["business"]}
STEPS = catalog(plan("pro", 1), plan("business", 2, api_calls=200), add_ons=[BOOST, AUDIT])


async def test_r_222_a_step_down_is_begun_on_the_call_once_it_fits(desk: Desk) -> None:
    await desk.opens(catalog=STEPS, subscription=order("business", quantity=2))
    await desk.counts("api_calls", 150)
    begins, down = f"{PATH}/opportunities", {"to_plan": "pro"}
    refused = await desk("POST", begins, down, want=409)
    assert [(one["path"], one["reason"].split(":")[0]) for one in refused["errors"]] == [
        ("/to_plan", "no_cancel_intent"),
        ("/to_plan", "does_not_fit"),
    ]
    await desk.learns("cancel.intent", {})
    refused = await desk("POST", begins, down, want=409)
    assert [one["reason"] for one in refused["errors"]] == ["does_not_fit: api_calls"]
    held: dict[str, Any] = {"quantity": 2, "add_ons": {"boost": 1}}
    await desk("PUT", f"{PATH}/subscription", order("business", **held))
    advice = (await desk("GET", f"{PATH}/recommendation"))["downsell"]
    assert (advice["fits"], advice["contraction"]["year"]) == (True, "-240.00")
    made = await desk("POST", begins, down, want=201)
    assert (made["stage"], made["reasons"], made["owner"]["role"]) == (
        "identified",
        ["cancel_intent"],
        "cs",
    )
    await desk("PUT", f"{PATH}/subscription", order("pro", **held))
    won = await get(desk, made)
    assert (won["stage"], won["lines"][0]["year"], won["lines"][0]["retained_year"]) == (
        "closed_won",
        "-240.00",
        "240.00",
    )


async def test_r_221_an_accepted_quote_suggests_what_goes_with_the_plan(desk: Desk) -> None:
    await desk.opens(catalog=STEPS, subscription=order("pro", quantity=2))
    quote = await desk("POST", f"{PATH}/quotes", {"plan": "business"}, want=201)
    await desk("POST", f"/v1/quotes/{quote['id']}:accept", {})
    beside = (await desk("GET", f"{PATH}/recommendation"))["cross_sell"]
    assert [one["item"] for one in beside] == ["audit"], "what brings a limit is no cross-sell"
    (task,) = (await desk("GET", "/v1/tasks?reason=cross_sell"))["data"]
    assert (task["about"], task["priority"], task["state"]) == ("business", "low", "open")
    made = await desk("POST", f"{PATH}/opportunities", {"to_plan": "business"}, want=201)
    assert [one["item"] for one in made["suggestions"]] == ["audit"]
    line = {"type": "line", "item": "audit"}
    added = await desk("POST", f"/v1/opportunities/{made['id']}/entries", line, want=201)
    assert (added["body"]["type"], added["body"]["year"]) == ("cross_sell", "600.00")
    assert (await desk("GET", f"/v1/tasks/{task['id']}"))["state"] == "closed_success"
