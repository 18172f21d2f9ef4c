"""Facts that people record: by the form of their type, and where a deal waits for them."""

from typing import Any

import pytest

from services.console import facts
from services.console.views.fact_fields import FORMS, FactField
from shared.kafka.clients import ensure_topics
from tests.integration.console.test_accounts import unhappy
from tests.integration.console.test_opportunities import begun, now, sends
from tests.support.console import House, Visitor

PAGE = "/console/accounts/acct-42"
HOSTILE = "<b onclick=x>\u202e\u00e9'\"&{{7*7}}"


def _good(one: FactField, *, largest: bool) -> str:
    """A value that the API takes; of texts the shortest, or the longest with anything in it."""
    match one.kind:
        case "choice":
            return one.options[-1 if largest else 0]
        case "number":
            return str(one.most or 10_000) if largest else str(one.least)
        case "amount":
            return "1" if one.name == "automation_rate" else "700" if largest else "0.5"
        case "flag":
            return "true" if largest else "false"
        case "day":
            return "2027-03-01"
        case "contact":
            return "c1"
        case "feature":
            return "sso"
        case "meter":
            return ""
        case "plan":
            return "pro"
        case "currency":
            return "USD"
    return (HOSTILE + "x" * 200)[:200] if largest else "x"


def _filled(type_: str, *, largest: bool) -> dict[str, str]:
    """The required fields, or all of them."""
    asked = [one for one in FORMS[type_] if largest or one.required]
    told = {one.input: _good(one, largest=largest) for one in asked if one.kind != "several"}
    if type_ == "need.stated":
        told |= {"data.feature": "" if largest else "sso"}
        told |= {"data.meter": "api_calls" if largest else ""}
    if type_ == "value.stated":
        told |= {"data.members": "5", "data.assumed.hours": "on"}
    return told


async def _recorded(kato: Visitor, type_: str, told: dict[str, str]) -> Any:
    page = await kato.get(f"{PAGE}?act=fact&fact={type_}")
    hidden = {name: page.field(name, "fact-form") for name in ("idempotency_key", "act", "type")}
    assert hidden["type"] == type_
    return await kato.post(PAGE, {**hidden, **told})


@pytest.mark.parametrize("largest", [False, True], ids=["smallest", "largest"])
async def test_every_type_is_recorded_by_its_form(
    house: House, monkeypatch: pytest.MonkeyPatch, largest: bool
) -> None:
    monkeypatch.setattr(facts, "SECONDS", 0.01)  # nobody takes them from Kafka here
    await ensure_topics(house.desk.context.settings)
    kato = await unhappy(house)
    wrong = []
    for type_ in FORMS:
        done = await _recorded(kato, type_, _filled(type_, largest=largest))
        if done.status != 303 or not done.headers["location"].startswith(f"{PAGE}?said=fact_"):
            wrong.append((type_, done.status, done.text[:600]))
    assert wrong == []


async def test_a_required_field_that_is_empty_is_named_and_the_others_stay(house: House) -> None:
    kato = await unhappy(house)
    wrong = []
    for type_, fields in FORMS.items():
        if (first := next((one for one in fields if one.required), None)) is None:
            continue
        told = _filled(type_, largest=True) | {first.input: ""}
        refused = await _recorded(kato, type_, told)
        if refused.status != 422 or f'id="e-{first.input}"' not in refused.html:
            wrong.append((type_, first.name, refused.status))
        kept = [one for one in fields if one.kind in ("text", "area", "person") and one != first]
        wrong += [
            (type_, one.name, "lost")
            for one in kept
            if "&lt;b onclick=x&gt;" not in refused.html.split(f'name="{one.input}"')[1][:200]
        ]
    assert wrong == []


WRONG = [
    ("nps.responded", {"data.score": "11"}, "data.score", "at most 10"),
    ("nps.responded", {"data.score": "nine"}, "data.score", "whole number"),
    ("csat.responded", {"data.score": "0"}, "data.score", "at least 1"),
    ("team.growth", {"data.count": "-5"}, "data.count", "at least 1"),
    ("budget.stated", {"data.amount": "-1"}, "data.amount", "not be below zero"),
    ("budget.stated", {"data.amount": "much"}, "data.amount", "A number is needed"),
    ("budget.stated", {"data.status": "perhaps"}, "data.status", "Choose one from the list"),
    ("compliance.need", {"data.deadline": "soon"}, "data.deadline", "not a date"),
    ("need.stated", {"data.feature": "", "data.meter": ""}, "data.feature", "a feature or a meter"),
    ("need.stated", {"data.feature": "sso"}, "data.meter", "not both"),
    ("value.stated", {"data.automation_rate": "2"}, "data.automation_rate", "at most 1"),
    ("value.stated", {"data.hours": "9999999"}, "data.hours", "at most 744"),
    ("deal.stated", {"data.custom_terms": "perhaps"}, "data.custom_terms", ""),
]


async def test_what_the_api_refuses_is_said_at_the_field_in_words(house: House) -> None:
    kato = await unhappy(house)
    wrong = []
    for type_, told, field, said in WRONG:
        refused = await _recorded(kato, type_, _filled(type_, largest=True) | told)
        beside = refused.html.partition(f'id="e-{field}"')[2].partition("</p>")[0]
        if refused.status != 422 or not beside or said not in beside:
            wrong.append((type_, told, refused.status, beside[:100]))
    assert wrong == []


async def test_the_list_leads_to_each_form_and_json_stays(house: House) -> None:
    kato = await unhappy(house)
    page = await kato.get(PAGE)
    for type_ in FORMS:
        assert f'href="{PAGE}?act=fact&amp;fact={type_}#act-fact"' in page.html
    assert page.field("act", "fact") == "fact"
    assert "<textarea" in page.html.split('id="fact"')[1]
    unknown = await kato.get(f"{PAGE}?act=fact&fact=login.recorded")
    assert 'id="fact-form"' not in unknown.html
    assert (await kato.post(PAGE, {"act": "fact_form", "type": "login.recorded"})).status == 404


async def test_who_may_not_sees_no_form(house: House) -> None:
    _, id = await begun(house)
    planner = await house.visitor("p1", "planner")
    deal = await planner.get(f"/console/opportunities/{id}/conversation")
    assert "criterion-budget" not in deal.html
    assert 'id="fact-form"' not in (await planner.get(f"{PAGE}?act=fact&fact=nps.responded")).html


async def test_a_deal_asks_for_what_is_open_and_leads_there(house: House) -> None:
    kato, id = await begun(house)
    overview = await kato.get(f"/console/opportunities/{id}")
    open_ = overview.ids("open-criterion")
    assert "budget" in open_
    page = f"/console/opportunities/{id}/conversation"
    assert f"{page}?act=criterion-budget#act-criterion-budget" in overview.html
    shown = await kato.get(f"{page}?act=criterion-budget")
    assert shown.ids("criterion") == [
        "satisfaction",
        "wall",
        "profile",
        "budget",
        "roi_articulated",
    ]
    found = (await now(house, id))["qualification"]["criteria"]
    assert shown.html.count('data-field="verdict"') == len(found) == 5
    unfilled = await sends(kato, page, "criterion-budget", type="budget.stated", data__status="yes")
    assert (unfilled.status, 'id="e-data.said_by"' in unfilled.html) == (422, True)
    assert (await sends(kato, page, "criterion-budget", type="login.recorded")).status == 404


async def test_a_criterion_that_is_met_asks_for_nothing_more(house: House) -> None:
    kato, id = await begun(house)
    page = f"/console/opportunities/{id}/conversation"
    await house.desk.learns("budget.stated", {"status": "yes", "said_by": "c2", "amount": "9"})
    proof = {"criterion": "wall", "kind": "call", "text": HOSTILE, "said_by": "c1"}
    await house.desk.learns("evidence.recorded", proof)
    shown = await kato.get(page)
    verdicts = dict(zip(shown.ids("criterion"), shown.values("verdict"), strict=True))
    assert (verdicts["budget"], verdicts["wall"], verdicts["roi_articulated"]) == (
        "yes",
        "yes",
        "unknown",
    )
    assert 'id="criterion-budget"' not in shown.html
    assert 'id="criterion-profile"' in shown.html
    assert "<b onclick" not in shown.html
    assert "Sato" in shown.html.split('data-criterion="budget"')[1].split("</li>")[0]
