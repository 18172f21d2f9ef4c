"""tests/unit mirrors the tree: the test of a pure module is in the room of the same name."""

from tests.support.modules import (
    BEING_BUILT,
    dotted,
    has_logic,
    is_held_pure,
    mirror,
    trees,
)
from tests.support.pages import ROOT

TESTED_ELSEWHERE = {
    "services.trigger.alerts.notices": "unit/trigger/test_messages.py",
    "services.trigger.alerts.occasions": "integration/trigger/proposals/test_judging.py",
    "services.trigger.backtest.account": "unit/trigger/backtest/test_mornings.py",
    "services.trigger.backtest.replay": "unit/trigger/backtest/test_mornings.py",
    "services.trigger.dossier.dossier": "unit/trigger/proposals/test_fact_sequence.py",
    "services.trigger.judgement.case": "unit/trigger/judgement/gates/test_new_gate.py",
    "services.trigger.judgement.economics.calculator": "unit/requirements/test_val.py",
    "services.trigger.judgement.economics.comparison": "unit/requirements/test_val.py",
    "services.trigger.judgement.economics.value": "unit/requirements/test_val.py",
    "services.trigger.judgement.facts.facts": "unit/trigger/judgement/findings/test_reasons.py",
    "services.trigger.judgement.facts.intake": "unit/trigger/judgement/facts/test_tickets.py",
    "services.trigger.judgement.facts.record": "unit/trigger/judgement/facts/test_tickets.py",
    "services.trigger.judgement.findings.cross_sell": "unit/requirements/test_xds.py",
    "services.trigger.judgement.findings.downsell": "unit/requirements/test_xds.py",
    "services.trigger.judgement.findings.qualification": "unit/requirements/test_qua.py",
    "services.trigger.judgement.findings.readiness": "unit/requirements/test_readiness.py",
    "services.trigger.judgement.findings.recommendation": "unit/requirements/test_cat.py",
    "services.trigger.judgement.findings.routing": "unit/requirements/test_own.py",
    "services.trigger.judgement.findings.scenarios": "unit/requirements/test_qua.py",
    "services.trigger.judgement.gates.claims": "unit/requirements/test_cat.py",
    "services.trigger.judgement.gates.dissatisfaction": "unit/requirements/test_sup.py",
    "services.trigger.judgement.gates.fit": "unit/requirements/test_sup.py",
    "services.trigger.judgement.gates.notice": "unit/requirements/test_sup.py",
    "services.trigger.judgement.gates.offer": "unit/requirements/test_sup.py",
    "services.trigger.judgement.gates.opportunity": "unit/requirements/test_rec.py",
    "services.trigger.judgement.gates.registry": "unit/requirements/test_sup.py",
    "services.trigger.judgement.gates.suppression": "unit/requirements/test_sup.py",
    "services.trigger.judgement.pipeline": "unit/trigger/judgement/test_properties.py",
    "services.trigger.judgement.question": "unit/trigger/judgement/economics/test_add_ons.py",
    "services.trigger.judgement.words.proposal": "unit/trigger/judgement/test_properties.py",
    "services.trigger.judgement.words.retention": "unit/requirements/test_xds.py",
    "services.trigger.judgement.words.speech": "unit/trigger/judgement/test_decision.py",
    "services.trigger.proposals.crossings": "unit/trigger/test_accepted.py",
    "services.trigger.proposals.effects": "unit/requirements/test_alr.py",
    "services.trigger.proposals.expiry": "unit/trigger/judgement/findings/test_reasons.py",
    "services.trigger.usage": "unit/trigger/test_below_zero.py",
}
"""Modules without a test of their own, with the place that tests them. It only becomes shorter."""


def test_every_pure_module_with_logic_has_its_test_in_the_room_of_the_same_name() -> None:
    pure = {
        dotted(path): mirror(path)
        for path, tree in trees("services", "shared").items()
        if path.name != "__init__.py" and is_held_pure(dotted(path)) and has_logic(tree)
    }
    assert len(pure) > 150
    without = {module for module, test in pure.items() if not (ROOT / test).exists()}
    new = {module for module in without if not module.startswith(BEING_BUILT)}
    assert new - TESTED_ELSEWHERE.keys() == set()
    assert TESTED_ELSEWHERE.keys() - without == set(), "has its own test now: shorten the list"


def test_the_places_that_are_named_are_there() -> None:
    places = set(TESTED_ELSEWHERE.values())
    assert [place for place in places if not (ROOT / "tests" / place).is_file()] == []
