"""Properties of every account, whatever is known about it. `worlds.py` generates the accounts.

What holds a proposal back is computed a second time here, directly from the stated facts
(`held_back`).
"""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from services.trigger.judgement.economics import add_ons
from services.trigger.judgement.economics.value import value_of_step
from services.trigger.judgement.facts import intake
from services.trigger.judgement.facts.record import EMPTY, Stated
from services.trigger.judgement.findings.advice import advice
from services.trigger.judgement.findings.qualification import CRITERIA, qualify
from services.trigger.judgement.gates import claims
from services.trigger.judgement.pipeline import GATES, decide
from services.trigger.judgement.question import Question
from services.trigger.judgement.words.proposal import proposal
from services.trigger.judgement.words.speech import task_lines
from services.trigger.sale_terms import mixed
from shared.catalog import Meter, Text
from shared.values.money import money_text
from tests.support.catalogs import catalog
from tests.support.prices import price_only
from tests.support.rulings import told
from tests.support.stories import NOW, Story, account
from tests.support.strategies import examples
from tests.unit.trigger.judgement.told import ADOPTED, FACTS, PROOFS, Told, tell
from tests.unit.trigger.judgement.worlds import World, mostly, worlds

GLOBAL = catalog("global")
TOKYO = ZoneInfo("Asia/Tokyo")


def test_the_worlds_are_wide() -> None:
    """The properties below mean nothing unless each case occurs: once in two hundred worlds.

    Which worlds are drawn depends on the modules that are loaded: Hypothesis knows their constants.
    """
    found: Counter[str] = Counter()

    @given(worlds())
    @settings(max_examples=600, deadline=None, derandomize=True, database=None)
    def look(world: World) -> None:
        decision = decide(world.case)
        found.update((decision.outcome, *decision.blocked_by, *decision.signals))
        found.update(f"held: {gate}" for gate in held_back(world))
        if decision.recommendation is not None and decision.recommendation.multi_step:
            found["multi_step"] += 1
        if decision.value is not None:
            found["value"] += 1
        if Question.of(world.case).worth.units is not None:
            found["add_on"] += 1
        if Question.of(world.case).add_on is not None:
            found[f"add-on: {decision.outcome}"] += 1

    look()
    assert {name: found[name] for name in CASES if found[name] < 3} == {}


CHECKED = {
    "holdout",
    "opted_out",
    "cancel_intent",
    "dissatisfied",
    "new_contract",
    "low_loyalty",
    "recent_downsell",
    "recently_declined",
    "frequency_cap",
}
CASES = {
    *GATES.withholding,
    *(f"held: {gate}" for gate in CHECKED),
    *("fit", "proposal", "recommendation", "top_plan", "usage_limit", "repeated_limit"),
    *("assisted", "none", "notice", "withheld"),
    *("add-on: assisted", "add-on: proposal", "add-on: withheld"),
    *("add_on", "multi_step", "value"),
}


def held_back(world: World) -> set[str]:
    """What must hold back a proposal, from the facts alone: not all causes, but all of these."""
    facts, people = world.story.facts, world.story.facts.account.contacts
    subscription = facts.subscription
    assert subscription is not None
    refused = {data["contact"] for data in _told(world, "contact.unsubscribed")}
    buyers = {one.id for one in people if one.role != "member"}
    logins = {
        at.astimezone(TOKYO).date() for type_, at, _ in world.facts if type_ == "login.recorded"
    }
    today = NOW.astimezone(TOKYO).date()
    answers = [
        one
        for one in sorted_by_time(world, "proposal.answered")
        if one[2]["answer"] in ("accepted", "declined")
    ]
    declined = answers and answers[-1][2]["answer"] == "declined" and _young(answers[-1][1], 90)
    checks = {
        "holdout": world.story.catalog.policy.holdout.percent == 100,
        "opted_out": bool(buyers) and buyers <= refused,
        "cancel_intent": any(
            _young(at, 90) for type_, at, _ in world.facts if type_ == "cancel.intent"
        ),
        "dissatisfied": _low(world, "nps.responded", 6) or _low(world, "csat.responded", 2),
        "new_contract": _young(subscription.started_at, 30)
        or any(_young(at, 30) for type_, at, _ in world.facts if type_ == "contract.signed"),
        "low_loyalty": bool(logins) and sum((today - day).days < 30 for day in logins) <= 4,
        "recent_downsell": any(
            move.kind == "downgrade" and _young(move.at, 180) for move in facts.moves
        ),
        "recently_declined": bool(declined)
        and (world.crossing is None or world.crossing[1] != 100),
        "frequency_cap": world.crossing is None and any(_young(sent.at, 14) for sent in facts.sent),
    }
    return {gate for gate, holds in checks.items() if holds}


def sorted_by_time(world: World, type_: str) -> list[Told]:
    """Of two at the same moment the one stated later comes later, as their keys do."""
    return sorted((one for one in world.facts if one[0] == type_), key=lambda one: one[1])


def _told(world: World, type_: str) -> list[dict[str, Any]]:
    return [data for name, _, data in world.facts if name == type_]


def _young(at: datetime, days: int) -> bool:
    return NOW - timedelta(days=days) < at


def _low(world: World, type_: str, most: int) -> bool:
    """Whether the newest answer of any contact is that low and recent enough to count."""
    newest = {data["contact"]: (at, data["score"]) for _, at, data in sorted_by_time(world, type_)}
    return any(score <= most and _young(at, 90) for at, score in newest.values())


@given(worlds())
@examples(300)
def test_nothing_is_sold_while_anything_holds_it_back(world: World) -> None:
    found, held = told(world.case), held_back(world)
    decision = found.decision
    assert [gate.gate for gate in decision.gates] == list(GATES.names)
    assert held <= set(decision.blocked_by)
    assert not (decision.sells and decision.blocked_by)
    if set(decision.blocked_by) & GATES.suppressions and decision.signals:
        assert decision.outcome == "withheld"
    if held or decision.outcome != "proposal":
        assert not [
            tell
            for tell in found.tells
            if tell.proposes or any(one.proposes for one in tell.recipients)
        ]
        assert not [tell for tell in found.tells if tell.kind == "upgrade.proposal"]


@given(worlds())
@examples(200)
def test_never_more_than_one_step(world: World) -> None:
    """The plan recommended, offered and named in the opportunity is the lowest above the current
    one; or an add-on, and then no plan.
    """
    subscription = world.story.facts.subscription
    assert subscription is not None
    found, plans = told(world.case), world.story.catalog.plans
    own = plans[subscription.plan]
    above = [plan for plan in plans.values() if plan.rank > own.rank]
    step = min(above, key=lambda plan: plan.rank).id if above else None
    offered = {tell.proposes for tell in found.tells} | {
        one.proposes for tell in found.tells for one in tell.recipients
    }
    recommended, add_on = found.decision.recommendation, Question.of(world.case).add_on
    if add_on is not None:
        assert recommended is not None
        assert (recommended.plan, recommended.add_on and recommended.add_on["id"]) == (
            None,
            add_on.id,
        )
        assert offered <= {None, add_on.id}
        return
    assert offered <= {None, step}
    assert (recommended and recommended.plan, recommended and recommended.add_on) == (step, None)
    assert advice(world.case, "en")["plan"] == step
    assert step is not None or not found.decision.sells


@given(worlds())
@examples(200)
def test_an_add_on_is_the_offer_alone(world: World) -> None:
    """It gives enough of its meter for less than the step; the customer reads of no plan."""
    case, add_on = world.case, Question.of(world.case).add_on
    if add_on is None or case.plan is None or case.facts.subscription is None:
        return
    more = {
        **case.facts.subscription.add_ons,
        add_on.id: case.facts.subscription.add_ons.get(add_on.id, 0) + add_on.quantity,
    }
    usage = case.facts.usage[add_on.meter]
    limit = case.catalog.limit(case.plan.id, add_on.meter, more)
    assert limit == add_on.limit
    assert usage.limit is not None
    assert limit is not None
    assert limit > usage.limit
    assert limit >= usage.used
    assert 1 <= add_on.quantity <= add_ons.MOST
    assert add_on.step_year is None or add_on.year < add_on.step_year
    assert not [
        need
        for need in case.needs
        if need.kind == "feature" and case.next_plan and need.key in case.next_plan.features
    ]
    found = told(case)
    shown = advice(case, "en")
    assert (shown["plan"], shown["comparison"], shown["value"], shown["price"]) == (
        None,
        [],
        None,
        None,
    )
    assert shown["add_on"] is not None
    for one in found.ruling.loaded.profile.contacts:
        read = found.read_by(one.id, "en")
        assert "upgrad" not in read.lower().replace("billing/upgrade", "")
        assert case.next_plan is None or f"the {case.next_plan.name.en} plan" not in read


@given(worlds())
@examples(200)
def test_a_notice_goes_out_whenever_a_threshold_is_newly_reached(world: World) -> None:
    """To everyone, immediately, whatever was decided; and never without a crossing."""
    found = told(world.case)
    notices = [tell for tell in found.tells if tell.kind == "usage.threshold"]
    assert len(notices) == (world.crossing is not None)
    for notice in notices:
        assert world.crossing is not None
        assert (notice.meter, notice.threshold, notice.cls) == (*world.crossing, "notice")
        assert [one.contact for one in notice.recipients] == [
            one.id for one in world.story.facts.account.contacts
        ]
        assert not [one for one in notice.recipients if one.not_before]
        assert found.decision.outcome != "none"
        assert found.decision.answer("notice").result == "pass"


@given(worlds(), st.randoms(use_true_random=False))
@examples(200)
def test_the_same_facts_in_any_order_give_the_same_decision(world: World, random: Random) -> None:
    shuffled = list(world.story.seen)
    random.shuffle(shuffled)
    again = replace(world, story=_with(world.story, shuffled))
    assert again.story.facts.record == world.story.facts.record
    assert decide(again.case).json() == decide(world.case).json()


@given(ADOPTED, PROOFS, mostly([], FACTS, 2))
@examples(150)
def test_removing_a_fact_never_turns_unknown_into_yes(
    adopted: list[Told], proofs: list[Told], facts: list[Told]
) -> None:
    """Removes each fact in turn that does not speak against them: without a complaint things may
    well look better.

    Tickets are classified once here: without the newer classification the older one would apply
    again.
    """
    story = _sorted_once(
        tell(account(GLOBAL, "pro").used("storage", 90 * 10**9), [*adopted, *proofs, *facts])
    )
    before = _verdicts(story)
    for gone in (index for index, fact in enumerate(story.seen) if not _speaks_against(fact)):
        after = _verdicts(
            _with(story, [fact for index, fact in enumerate(story.seen) if index != gone])
        )
        assert not [
            criterion
            for criterion in before
            if before[criterion] == "unknown" and after[criterion] == "yes"
        ]


def test_the_facts_that_are_removed_prove_something() -> None:
    """Otherwise the property above means nothing: each criterion is yes, no and unknown often."""
    found: Counter[tuple[str, str]] = Counter()

    @given(ADOPTED, PROOFS, mostly([], FACTS, 2))
    @settings(max_examples=400, deadline=None, derandomize=True, database=None)
    def look(adopted: list[Told], proofs: list[Told], facts: list[Told]) -> None:
        found.update(
            _verdicts(
                tell(
                    account(GLOBAL, "pro").used("storage", 90 * 10**9), [*adopted, *proofs, *facts]
                )
            ).items()
        )

    look()
    kinds = {(criterion, verdict) for criterion in CRITERIA for verdict in ("yes", "no", "unknown")}
    assert {kind: found[kind] for kind in kinds if found[kind] < 3} == {}


def _speaks_against(fact: intake.Fact) -> bool:
    """A verdict or status of no, an NPS below 9, a CSAT below 4."""
    least = {"nps.responded": 9, "csat.responded": 4}.get(fact.type)
    no = "no" in (getattr(fact.data, "verdict", None), getattr(fact.data, "status", None))
    return no or (least is not None and getattr(fact.data, "score", least) < least)


def _verdicts(story: Story) -> dict[str, str]:
    return {found.criterion: found.verdict for found in qualify(story.case("schedule")).findings}


def _sorted_once(story: Story) -> Story:
    first: dict[str, str] = {}
    kept = [
        fact
        for fact in story.seen
        if (ticket := _sorts(fact)) is None or first.setdefault(ticket, fact.key) == fact.key
    ]
    return _with(story, kept)


def _sorts(fact: intake.Fact) -> str | None:
    return getattr(fact.data, "ticket", None) if hasattr(fact.data, "cls") else None


def _with(story: Story, seen: list[intake.Fact]) -> Story:
    return replace(
        story, facts=replace(story.facts, record=intake.grown(EMPTY, seen)), seen=tuple(seen)
    )


@given(worlds())
@examples(150)
def test_every_block_says_what_ends_it(world: World) -> None:
    decision = decide(world.case)
    for gate in decision.gates:
        if gate.answer.result == "block" and gate.gate != "holdout":
            assert {"retry_at", "clears_when"} & set(gate.answer.evidence), gate
        if gate.answer.retry_at is not None:
            assert gate.answer.retry_at > world.story.now


@given(worlds())
@examples(300)
def test_sums_of_money_are_those_of_their_printed_parts(world: World) -> None:
    """R-116, R-143: anyone who recomputes the printed figures gets the printed results."""
    question = Question.of(world.case)
    shown: Any = advice(question, "en")
    if shown["value"] is not None:
        benefit, cost, net = (
            {name: Decimal(text) for name, text in shown["value"][part].items()}
            for part in ("benefit", "cost", "net")
        )
        assert {name: benefit[name] - cost[name] for name in net} == net
        periods = {"week": 52, "month": 12}[question.worth.value.stated.hours_period]  # type: ignore[union-attr]
        assert benefit["year"] == benefit["week" if periods == 52 else "month"] * periods
    if (
        shown["alternative"] is not None
        and question.route is not None
        and question.worth.units is not None
    ):
        added = question.worth.units.upgrade_year
        assert Decimal(shown["alternative"]["year"]) - added == Decimal(
            shown["alternative"]["saving_year"]
        )


STATED = st.builds(
    Stated,
    at=st.just(NOW),
    key=st.just("k"),
    source=st.just("customer_stated"),
    members=st.integers(1, 40),
    hours=st.decimals("0.1", "60", places=2),
    hours_basis=st.sampled_from(["per_person", "team_total"]),
    hours_period=st.sampled_from(["week", "month"]),
    hourly_rate=st.decimals("0.01", "9000", places=3),
    currency=st.sampled_from(["USD", "JPY", "KWD"]),
    automation_rate=st.none() | st.decimals("0.01", "1", places=2),
)
PRICES = st.decimals("0", "99999", places=2)


@given(STATED, PRICES, PRICES)
@settings(deadline=None)
def test_the_value_adds_up_whatever_was_stated(
    stated: Stated, own: Decimal, following: Decimal
) -> None:
    """R-116: benefit less cost is net, per month and year, in the printed figures; and the headline
    never overstates.
    """
    found = value_of_step(stated, own, following)
    shown: Any = found.json("en")
    benefit, cost, net = (
        {name: Decimal(text) for name, text in shown[part].items()}
        for part in ("benefit", "cost", "net")
    )
    assert {name: benefit[name] - cost[name] for name in ("month", "year")} == net
    assert (
        benefit["year"]
        == benefit[stated.hours_period] * {"week": 52, "month": 12}[stated.hours_period]
    )
    printed = [
        Decimal(money_text(amount, stated.currency))
        for amount in (found.next_year, found.current_year)
    ]
    assert printed[0] - printed[1] == cost["year"]
    if shown["multiple"] is not None:
        assert (
            abs(Decimal(shown["multiple"]) * cost["year"] - benefit["year"]) <= cost["year"] / 200
        )
        assert shown["headline"] * cost["year"] <= benefit["year"]


@given(worlds())
@examples(300)
def test_r_018_every_offered_plan_benefits_the_customer(world: World) -> None:
    """A customer is offered only what answers a need, relieves a meter, or is worth its price."""
    found = told(world.case)
    if found.decision.outcome == "proposal":
        question = found.ruling.question
        assert claims.benefit(question, question.worth).customer
    for one in found.ruling.loaded.profile.contacts:
        assert not [shown.body for shown in found.inbox(one.id) if price_only(shown.body)], "R-110"


@given(worlds(), st.data())
@settings(deadline=None)
def test_a_catalogue_may_gain_and_lose_meters_after_a_sale(
    world: World, data: st.DataObject
) -> None:
    """What was sold has meters that were removed since, and lacks those that were added."""
    case = world.case
    gone = data.draw(st.sampled_from(sorted(case.catalog.meters)))
    new = Meter(
        "exports", "export.made", "count", None, "period", "export", Text("exports", "エクスポート")
    )
    meters = {key: meter for key, meter in case.catalog.meters.items() if key != gone} | {
        "exports": new
    }
    current = mixed(case.catalog, replace(case.catalog, meters=meters))
    usage = {key: found for key, found in case.facts.usage.items() if key in meters}
    crossing = (
        case.crossing if case.crossing is not None and case.crossing.meter in meters else None
    )
    asked = replace(
        case, catalog=current, facts=replace(case.facts, usage=usage), crossing=crossing
    )
    question, decision = Question.of(asked), decide(asked)
    assert "exports" not in str(advice(asked, "en")["comparison"])
    if decision.sells:
        proposal(question, decision)
        task_lines(question, decision)
