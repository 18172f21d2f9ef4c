"""A business case made together, version after version (R-124)."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from services.trigger.judgement.case import Case
from services.trigger.judgement.facts import types
from services.trigger.judgement.question import Question
from services.trigger.opportunities import statements
from services.trigger.process.deals import view
from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.log import append
from services.trigger.process.log.append import Appended
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import JUDGEMENT, Refused
from services.trigger.process.talk import business_case, steps
from shared.values.quantities import dumps
from tests.support.accepted import World, hear, worlds
from tests.support.strategies import examples
from tests.unit.trigger.process.cases import PEOPLE, ask, context, deal

FIGURES: dict[str, Any] = {
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


def stated(state: Opportunity, **changes: Any) -> Opportunity:
    found = ask(state, FIGURES | changes, context())
    assert isinstance(found, Appended), found
    return found.state


def test_r_124_ten_hours_then_eight_and_the_first_stays() -> None:
    state = stated(stated(deal("qualified")), hours=8)
    bodies = [one.body for one in state.of("value")]
    assert [(one["version"], one["value"]["benefit"]["year"]) for one in bodies] == [
        (1, "130000.00"),
        (2, "104000.00"),
    ]
    assert [one["value"]["multiple"] for one in bodies] == ["8.67", "6.93"]
    assert view.shown(state, context())["value"] == bodies[1]
    assert {key: bodies[0][key] for key in FIGURES if key != "type"} == {
        key: value for key, value in FIGURES.items() if key != "type"
    }, "as they were sent"


def test_r_124_it_is_a_fact_of_the_account() -> None:
    (event,) = statements.of(stated(deal("qualified")).entries[-1], "acct-1", "o1")
    sent = {key: value for key, value in FIGURES.items() if key != "type"}
    assert (event.type, event.source, event.data) == (
        "value.stated",
        "/plimsoll/opportunities/o1",
        sent,
    )
    assert types.read(event.type, event.data)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"members": None}, "/members"),
        ({"hours": 0}, "/hours"),
        ({"hours": 4_000}, "/hours"),
        ({"hourly_rate": "-1"}, "/hourly_rate"),
        ({"automation_rate": "1.5"}, "/automation_rate"),
        ({"currency": "JPY"}, "/currency"),
        ({"currency": "dollars"}, "/currency"),
    ],
)
def test_r_124_figures_that_nobody_can_mean(changes: dict[str, Any], path: str) -> None:
    found = ask(deal("qualified"), FIGURES | changes, context())
    assert isinstance(found, Refused)
    assert (found.status, [one.path for one in found.faults]) == (422, [path])


def test_r_124_the_sixth_step_shows_the_lines_and_every_version() -> None:
    state = stated(stated(deal("qualified")), hours=8, said_by="Ono")
    (six,) = [one for one in steps.shown(state, context())["steps"] if one["step"] == 6]
    together, *lines = six["sentences"]
    assert together == "これがチームにとって何を意味するか見てみましょう..."
    assert len(lines) == 5 + 2
    assert "6.93" in lines[4]
    assert lines[5:] == [
        "第1版(2025年9月16日、owner c1): 年間の効果$130,000",
        "第2版(2025年9月16日、Ono): 年間の効果$104,000",
    ]
    english = replace(context(), language="en")
    (six,) = [one for one in steps.shown(state, english)["steps"] if one["step"] == 6]
    assert "Hours: 8 hours a week" in six["sentences"][1]


def test_r_124_what_is_stated_elsewhere_is_the_next_version() -> None:
    state = stated(deal("qualified"))
    read = types.read("value.stated", {**FIGURES, "hours": Decimal("7.5"), "hourly_rate": 50})
    assert isinstance(read, types.ValueStated)
    found = append.written(
        state, [business_case.heard(state, read, context())], JUDGEMENT, context()
    )
    body = found.entries[0].body
    assert (body["version"], body["hours"], body["hourly_rate"]) == (2, Decimal("7.5"), "50")
    assert body["value"]["benefit"]["year"] == "97500.00"


@given(worlds())
@examples(40, shrinks=False)
def test_r_124_whatever_was_stated_is_a_version(world: World) -> None:
    loaded, _ = hear(world)
    case = Case("schedule", world.now, loaded.catalog, loaded.facts)
    seen = Context(world.now, loaded.profile, Question.of(case), PEOPLE, loaded=loaded)
    state = deal("engaged")
    for event in world.told:
        if event.type == "value.stated":
            figures = types.read(event.type, event.data)
            assert isinstance(figures, types.ValueStated)
            draft = business_case.heard(state, figures, seen)
            state = append.noted(state, [draft], JUDGEMENT, world.now).state
            dumps(dict(state.entries[-1].body))
    for lang in ("ja", "en"):
        shown = steps.shown(state, replace(seen, language=lang))
        dumps(shown["steps"])
