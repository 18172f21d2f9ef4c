"""What Sales get to know, and what they would have to ask again."""

import json
from dataclasses import replace

from services.trigger.process.handoff.packet import incomplete, packet
from tests.unit.trigger.process.cases import story
from tests.unit.trigger.process.handoff.cases import done, ready, seen


def test_all_that_is_known_in_json() -> None:
    state = done(ready(), {"type": "note", "text": "They like us."})
    state = done(state, {"type": "stakeholder", "name": "Sato", "role": "champion"})
    overview = {"nps": {"score": 9, "at": "…"}, "alerts": [{"id": "a"}], "suppressions": []}
    found = packet(state, replace(seen(), overview=overview))
    assert json.loads(json.dumps(found)) == found
    assert (found["nps"], found["alerts"]) == (overview["nps"], overview["alerts"])
    assert found["plan"]["id"] == "pro"
    assert [(one["key"], one["status"]) for one in found["needs"]] == [
        ("compliance_certs", "confirmed")
    ]
    assert found["qualification"]["verdict"] == "qualified"
    assert [one["question"] for one in found["answers"]] == [
        "discovery.1",
        "discovery.2",
        "discovery.3",
    ]
    assert [one["text"] for one in found["notes"]] == ["They like us."]
    assert found["stakeholders"] == [{"name": "Sato", "role": "champion"}]
    assert found["next_step"]["type"] == "formal_proposal"
    assert found["value"]["version"] == 1
    assert found["risks"] == {"suppressions": [], "competitor": []}
    assert {one["key"] for one in found["comparison"]} >= {"compliance_certs", "sso"}


def test_a_competitor_is_a_risk() -> None:
    known = seen()
    told = story().told(
        "evidence.recorded", criterion="wall", kind="competitor_comparison", text="They saw X."
    )
    record = told.facts.record
    facts = replace(known.question.facts, record=record)
    compared = replace(known, question=replace(known.question, facts=facts))
    (one,) = packet(ready(), compared)["risks"]["competitor"]
    assert one["text"] == "They saw X."


def test_nothing_is_missing() -> None:
    assert list(incomplete(ready(), seen())) == []
