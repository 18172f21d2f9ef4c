"""True things that speak for a plan, and only while they are true."""

from datetime import timedelta

from services.trigger.process.angles import angles
from tests.support.catalogs import catalog
from tests.support.stories import NOW, Story, account

GLOBAL = catalog("global")
PRO = account(GLOBAL, "pro")


def keys(story: Story, plan: str = "enterprise") -> list[str]:
    return [one.key for one in angles(story.case("schedule"), GLOBAL.plans[plan])]


def test_a_risk_until_its_deadline() -> None:
    need = {"framework": "SOC2", "deadline": "2025-12-15"}
    story = PRO.told("compliance.need", NOW - timedelta(days=1), **need)
    assert "risk" in keys(story)
    (risk,) = [
        one for one in angles(story.case("s"), GLOBAL.plans["enterprise"]) if one.key == "risk"
    ]
    assert "90" in risk.json("en")["text"]
    assert "risk" not in keys(story.at(NOW + timedelta(days=91)))


def test_efficiency_names_what_nobody_stated() -> None:
    (one,) = angles(PRO.case("schedule"), GLOBAL.plans["enterprise"])
    shown = one.json("ja")
    assert (shown["key"], shown["assumed"]) == ("efficiency", ["hours"])
    assert "year" not in shown


def test_the_own_plan_has_none() -> None:
    assert keys(PRO, "pro") == []
