"""Which scenarios apply, the primary one first."""

from datetime import timedelta

from services.trigger.judgement.facts.facts import Signal
from services.trigger.judgement.findings.scenarios import OF_SIGNAL, ORDER, classify
from tests.support.catalogs import catalog
from tests.support.stories import NOW, account

GLOBAL = catalog("global")
PRO = account(GLOBAL, "pro")


def test_nothing_raised_is_no_scenario() -> None:
    assert classify(PRO.told("compliance.need", framework="SOC2").case("schedule")) == ()


def test_the_most_important_comes_first() -> None:
    raised = [Signal(name, NOW) for name in ("team_growth", "usage_limit", "compliance_need")]
    assert classify(PRO.case("schedule", *raised)) == ("compliance", "outgrowing", "team_growth")
    assert set(OF_SIGNAL.values()) <= set(ORDER)


def test_older_facts_count_once_something_is_raised() -> None:
    story = PRO.told("compliance.need", NOW - timedelta(days=30), framework="SOC2")
    for ticket in ("t1", "t2"):
        story = story.told(
            "ticket.opened", ticket=ticket, class_="support_speed", severity="urgent"
        )
    found = classify(story.case("nps.responded", Signal("nps_high", NOW)))
    assert found == ("compliance", "better_support")
