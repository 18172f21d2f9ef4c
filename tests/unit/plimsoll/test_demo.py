"""The demo's world and its page: names in the visitor's language, words instead of ids, and a fresh
start.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter

from plimsoll.demo.deal import ACCOUNT, ACTS, SOMEBODY, Act
from plimsoll.demo.history import yesterday
from plimsoll.demo.past import CUSTOMERS, DEALS, PAST, STAGES
from plimsoll.demo.play import Play, figures
from plimsoll.demo.product import Product
from plimsoll.demo.simulator import Simulator
from plimsoll.demo.view import worded
from plimsoll.demo.world import CSM, FEATURED, PEOPLE, population
from services.trigger.api.work.opportunities import OpportunityEntry
from services.trigger.judgement.facts import types
from shared.wording.language import is_japanese


def test_every_account_has_a_name_and_a_page_in_the_visitors_language() -> None:
    everybody = (*FEATURED, *population())
    assert len({one.id for one in everybody}) == len(everybody) == 44
    assert all(one.title["en"].isascii() for one in everybody)
    crowd = [one.locale for one in population()]
    assert crowd.count("en-US") == crowd.count("ja-JP") == 18
    assert population() == population(), "the same at every start"


def test_a_generation_is_told_apart_by_ids_and_addresses() -> None:
    first, second = FEATURED[0], FEATURED[0].of(2)
    assert (first.id, second.id, second.key, second.of(3).id) == (
        "aozora",
        "aozora-2",
        "aozora",
        "aozora-3",
    )
    assert first.contacts()[0]["email"] == "owner@aozora.example"
    assert second.contacts()[0]["email"] == "owner+2@aozora.example"
    assert second.account()["external_ids"] == {"hubspot": "company-aozora-2"}


def gate(name: str, reason: str, **evidence: Any) -> dict[str, Any]:
    return {"gate": name, "result": "pass", "reason": reason, "evidence": evidence}


NAMES = {
    "case_large": {"en": "Large", "ja": "大容量"},
    "pro": {"en": "Pro", "ja": "Pro"},
    "seats": {"en": "users", "ja": "ユーザー"},
}
PLAINLY = [
    (gate("route", "self_serve by OWN-1", rule="OWN-1"), "they can buy it themselves"),
    (
        gate("route", "hybrid by OWN-3", rule="OWN-3"),
        "customer success and Sales take it on together",
    ),
    (gate("recommendation", "one step up: case_large", plan="case_large"), "one step up: Large"),
    (gate("crossing", "seats reached 95", meter="seats", threshold=95), "users reached 95 %"),
    (
        gate("merge", f"opportunity {'a1' * 16} takes the reason"),
        "the open opportunity takes the reason",
    ),
    (gate("fit", "pro answers seats, seats"), "Pro answers users"),
    (gate("qualification", "needs_discovery"), "some things are still to be asked"),
]


@pytest.mark.parametrize(("found", "said"), PLAINLY)
def test_a_gate_is_said_without_codes_and_ids(found: dict[str, Any], said: str) -> None:
    assert worded({"gates": [found]}, "en", NAMES)["gates"][0]["text"] == said


def test_the_owner_of_a_rule_is_said_in_japanese_too() -> None:
    shown = worded({"gates": [PLAINLY[0][0]]}, "ja", NAMES)["gates"][0]
    assert (shown["label"], shown["text"]) == ("誰が担当するか", "お客様ご自身で購入できます。")


def test_the_number_of_restarts_is_remembered(tmp_path: Path) -> None:
    memory = tmp_path / "generation"
    assert Simulator(Product("key"), memory).featured[0].id == "aozora"
    memory.write_text("3")
    assert Simulator(Product("key"), memory).featured[0].id == "aozora-3"


@pytest.mark.parametrize("act", ACTS, ids=range(len(ACTS)))
def test_an_act_is_what_the_api_takes_and_is_told_in_both_languages(act: Act) -> None:
    words = {"OBJECTION": "e1", "DUE": "2026-12-14"}
    for entry in act.entries:
        _ENTRY.validate_python({name: words.get(str(one), one) for name, one in entry.items()})
    for type_, data in act.facts:
        types.read(type_, data)
    assert act.en.isascii()
    assert is_japanese(act.ja)


def test_an_act_is_by_somebody_of_the_demo() -> None:
    assert {act.by for act in ACTS} == {CSM, "sales-1", SOMEBODY}
    assert CSM in PEOPLE
    (maruta,) = [one for one in FEATURED if one.key == ACCOUNT]
    assert maruta.account()["ae"]["id"] in PEOPLE


def test_how_far_the_play_is_is_remembered(tmp_path: Path) -> None:
    memory = tmp_path / "deal"
    assert Play(Simulator(Product("key")), memory).done == 0
    memory.write_text("maruta-2 7")
    assert Play(Simulator(Product("key")), memory).done == 7


def test_the_play_waits_for_the_visitor_before_the_hand_off(tmp_path: Path) -> None:
    memory = tmp_path / "deal"
    memory.write_text("maruta 7")
    play = Play(Simulator(Product("key")), memory)
    assert ACTS[play.done].entries == ({"type": "handoff", "action": "request"},)
    assert play.waits
    play.play_on()
    assert not play.waits
    memory.write_text("maruta 8")
    assert not Play(Simulator(Product("key")), memory).waits, "it went on before it was stopped"


def test_the_past_is_told_in_stages_with_what_the_api_takes() -> None:
    assert sorted(STAGES, reverse=True) == list(STAGES)
    for deal in DEALS:
        for stage, entries in deal.said:
            assert stage < len(STAGES)
            for entry in entries:
                body = {**entry, "objection": "e1"} if entry["type"] == "outcome" else entry
                _ENTRY.validate_python(body)
    asked = [act for deal in DEALS for stage in range(len(STAGES)) for act in deal.played(stage)]
    assert len(asked) == sum(len(numbers) for deal in DEALS for _, numbers in deal.acts)
    assert len(PAST) == len(CUSTOMERS) + len(DEALS)
    assert not PAST & {one.id for one in (*FEATURED, *population())}


def test_what_was_begun_yesterday_is_due_today_where_the_csm_works() -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    for hour in (9, 15, 20, 22):
        visit = datetime(2026, 11, 30, hour, 15, tzinfo=tokyo)
        due = yesterday(visit) + timedelta(days=1)
        assert visit < due
        assert due.astimezone(tokyo).date() == visit.date(), hour
    late = datetime(2026, 11, 30, 23, 50, tzinfo=tokyo)
    assert yesterday(late) + timedelta(days=1) == late + timedelta(hours=3)


def test_figures_of_reports_that_have_something_to_count() -> None:
    assert figures({"conversion": [{"qualified": 0, "won": 0}], "amounts": []}) == []
    rows: dict[str, list[dict[str, Any]]] = {
        "conversion": [{"qualified": 2, "won": 1}],
        "handoffs": [{"requested": 1, "accepted": 1}],
        "amounts": [{"upsells": 1, "sum": "24000", "currency": "JPY"}],
    }
    assert [(one["key"], one["value"]["ja"]) for one in figures(rows)] == [
        ("won", "1/2"),
        ("handoffs", "1/1"),
        ("upsells", "24,000円"),
    ]


async def test_an_account_of_a_former_start_is_not_shown(tmp_path: Path) -> None:
    """Started again while the play looks: there is nothing to show until its next act."""
    memory = tmp_path / "deal"
    memory.write_text("maruta-9 7")
    play = Play(Simulator(Product("key")), memory)
    await play.look()
    assert play.shown == {"acts": [], "figures": []}


_ENTRY = TypeAdapter(OpportunityEntry)
