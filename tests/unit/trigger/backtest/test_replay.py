"""What happened to one account is decided again, in its order."""

from datetime import timedelta
from typing import Any

from services.trigger.accounts import Account, Subscription, Terms
from services.trigger.backtest.mornings import Forecasts
from services.trigger.backtest.replay import Heard, Past, Sold, replay
from services.trigger.backtest.rows import Row
from services.trigger.dossier.dossier import Loaded
from services.trigger.judgement.facts import intake, types
from services.trigger.judgement.facts.facts import Contract, Facts
from tests.support.catalogs import catalog
from tests.support.stories import OWNER
from tests.unit.trigger.backtest.test_walk import BEGIN

GLOBAL = catalog("global")
DAY = timedelta(days=1)
PROFILE = Account("a", "A", "en", "UTC", country="US", contacts=(OWNER,))


def heard(type_: str, days: int, **data: Any) -> Heard:
    at = BEGIN + days * DAY
    fact = intake.Fact(type_, f"/s {days}", at, types.read(type_, data), PROFILE.zone)
    return Heard(fact, data, at)


def played(*facts: Heard, sold: tuple[Sold, ...] = ()) -> list[Row]:
    since, until = BEGIN - 300 * DAY, BEGIN + 30 * DAY
    own = Subscription("pro", 1, since)
    start = Loaded(Terms("UTC", own, {}), GLOBAL, Facts(PROFILE, own, Contract(since, since)))
    return replay(
        Past(
            start,
            lambda _: GLOBAL,
            "pro",
            sold,
            (),
            facts,
            (),
            Forecasts(PROFILE, {}, BEGIN, until),
            BEGIN,
            until,
        )
    )


NEED = ("compliance.need", 2)


def test_a_need_is_told_once_in_the_window() -> None:
    rows = played(heard(*NEED, framework="SOC2", deadline=str((BEGIN + 60 * DAY).date())))
    assert [(row.at - BEGIN, row.outcome) for row in rows] == [(2 * DAY, "assisted")]


def test_what_was_said_before_the_window_is_known_and_not_told() -> None:
    assert played(heard("compliance.need", -5, framework="SOC2")) == []


def test_who_left_hears_nothing() -> None:
    gone = Sold(BEGIN + DAY, None)
    assert played(heard(*NEED, framework="SOC2"), sold=(gone,)) == []


def test_a_fact_that_came_late_counts_from_when_it_was_told() -> None:
    one = heard(*NEED, framework="SOC2")
    late = Heard(one.fact, one.raw, one.received_at + timedelta(hours=1))
    assert late.at == late.received_at
    assert not one.is_history
