"""If an add-on, or single units, cover the shortage for less than the step up, they are the offer;
otherwise the plan is (R-105).
"""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.trigger.accounts import Person, Subscription
from services.trigger.judgement.economics.add_ons import MOST, AddOnOffer
from services.trigger.judgement.facts.facts import Opportunity, Signal
from services.trigger.judgement.findings.advice import advice
from services.trigger.judgement.question import Question
from services.trigger.sale_terms import mixed
from services.trigger.subscriptions.orders import MOST as MOST_ORDERED
from shared.catalog import Catalog
from shared.values.quantities import EXACT, dumps
from shared.wording.gates import gate_text
from tests.support import strategies as given_
from tests.support.catalogs import document, parsed, plan
from tests.support.rulings import Told, crossed, told
from tests.support.stories import NOW, Story, account, contact
from tests.support.strategies import examples

GB = 10**9
KATO = Person("u7", "Kato", "kato@example.com")
PACK = {
    "id": "storage_pack",
    "name": {"en": "Extra storage", "ja": "追加ストレージ"},
    "price": {"month": 10},
    "limits": {"storage": "10 GB"},
}
SEATS = {
    "id": "seat_pack",
    "name": {"en": "Seat pack", "ja": "シートパック"},
    "price": {"month": 100, "year": 1100},
    "limits": {"seats": 5},
}
LINKS = {"upgrade": "https://a.example/up?{account}&{plan}", "usage": "https://a.example/usage"}


def catalogue(add_ons: Any = (PACK, SEATS), **changes: Any) -> dict[str, Any]:
    """Starter (self-serve), pro (assisted), enterprise (more expensive, everything)."""
    low = plan("starter", 1, 49, storage="10 GB", seats=5) | changes.pop("low", {})
    middle = (
        plan("pro", 2, 500, storage="100 GB", seats=25, purchase="assisted")
        | {"features": ["core", "sso"]}
        | changes.pop("middle", {})
    )
    top = (
        plan("enterprise", 3, 1750, purchase="sales_assisted")
        | {"features": ["core", "sso", "audit_log"]}
        | changes.pop("top", {})
    )
    return document(plans=[low, middle, top], add_ons=list(add_ons), links=LINKS, **changes)


def on(key: str, found: dict[str, Any] | None = None, **more: Any) -> Story:
    return account(parsed(found or catalogue()), key, **more)


def offer(story: Story, meter: str, used: Any, level: int = 100, **usage: Any) -> AddOnOffer | None:
    return Question.of(story.crossing_case(meter, used, level, **usage)).add_on


def shape(found: AddOnOffer | None) -> tuple[Any, ...] | None:
    return (
        None
        if found is None
        else (found.id, found.quantity, found.type, str(found.limit), str(found.year))
    )


STARTER = on("starter")
PRO = on("pro", csm=KATO)
SMALL = on(
    "pro",
    catalogue(
        add_ons=[PACK | {"id": "small_pack", "price": {"month": 1}, "limits": {"storage": "1 GB"}}]
    ),
)


@pytest.mark.parametrize(
    ("story", "meter", "used", "level", "usage", "expected"),
    [
        (
            STARTER,
            "storage",
            8 * GB,
            80,
            {},
            ("storage_pack", 1, "limit_add_on", "20000000000", "120"),
        ),
        (
            STARTER,
            "storage",
            10 * GB,
            100,
            {},
            ("storage_pack", 1, "limit_add_on", "20000000000", "120"),
        ),
        (
            STARTER,
            "storage",
            9 * GB,
            90,
            {"projected": Decimal(35 * GB)},
            ("storage_pack", 3, "limit_add_on", "40000000000", "360"),
        ),
        (
            STARTER,
            "storage",
            31 * GB,
            300,
            {},
            ("storage_pack", 3, "limit_add_on", "40000000000", "360"),
        ),
        (
            SMALL,
            "storage",
            80 * GB,
            80,
            {},
            ("small_pack", 3, "limit_add_on", "103000000000", "36"),
        ),
        (
            SMALL,
            "storage",
            100 * GB,
            100,
            {},
            ("small_pack", 3, "limit_add_on", "103000000000", "36"),
        ),
        (PRO, "seats", 25, 100, {}, ("seat_pack", 1, "seat_expansion", "30", "1100")),
        (PRO, "seats", 31, 100, {}, ("seat_pack", 2, "seat_expansion", "35", "2200")),
        (
            PRO.told("team.growth", count=8),
            "seats",
            25,
            100,
            {},
            ("seat_pack", 2, "seat_expansion", "35", "2200"),
        ),
        (
            PRO.told("need.stated", meter="storage"),
            "seats",
            25,
            100,
            {},
            ("seat_pack", 1, "seat_expansion", "30", "1100"),
        ),
    ],
)
def test_as_many_as_are_required(
    story: Story, meter: str, used: Any, level: int, usage: Any, expected: tuple[Any, ...]
) -> None:
    """Measured as for the step: by current usage, projected usage, and the people who are joining.

    And enough to end the threshold that was reached, two points below it.
    """
    assert shape(offer(story, meter, used, level, **usage)) == expected


def with_price(month: Any = None, **more: Any) -> dict[str, Any]:
    return catalogue(
        add_ons=[
            PACK | {"price": {"month": month} if month is not None else more.pop("price")} | more
        ]
    )


@pytest.mark.parametrize(
    ("story", "why"),
    [
        (on("starter", catalogue(add_ons=[])), "nothing is sold beside it"),
        (
            on("starter", catalogue(add_ons=[PACK | {"plans": ["pro"]}])),
            "it is sold with other plans",
        ),
        (
            on("starter", catalogue(add_ons=[PACK | {"limits": {"seats": 5}}])),
            "it brings something else",
        ),
        (
            on("starter", catalogue(add_ons=[PACK | {"limits": {"storage": 0}}])),
            "it brings nothing",
        ),
        (on("starter", catalogue(add_ons=[PACK | {"limits": {}}])), "it is another product"),
        (on("starter", with_price(451)), "it costs as much as the step"),
        (
            on("starter", with_price(price={"year": 5413})),
            "it costs more than the step, by the year",
        ),
        (on("starter", catalogue(middle={"price": 49})), "the step costs nothing more"),
        (on("starter", catalogue(middle={"price": 10})), "the step costs less"),
        (STARTER.told("need.stated", feature="sso"), "a feature is needed that the step has"),
        (
            STARTER.told("need.stated", feature="audit_log"),
            "a feature is needed that a plan further up has",
        ),
        (
            on(
                "starter",
                catalogue(add_ons=[PACK | {"limits": {"storage": Decimal("0.000000001")}}]),
            ),
            "no subscription takes so many",
        ),
        (STARTER.having(subscription=None), "nothing is bought yet"),
    ],
)
def test_otherwise_the_plan_is_the_offer(story: Story, why: str) -> None:
    case = account(story.catalog, "starter").used("storage", 10 * GB).facts.usage
    asked = story.having(usage=case).case("usage.threshold", Signal("usage_limit", NOW, "storage"))
    assert Question.of(asked).add_on is None, why


@pytest.mark.parametrize(
    "signal", ["compliance_need", "feature_requested", "better_support", "pre_purchase"]
)
def test_what_asks_for_a_plan_is_answered_by_one(signal: str) -> None:
    story = STARTER.used("storage", 10 * GB)
    raised = Signal("usage_limit", NOW, "storage"), Signal(signal, NOW, "SOC2")
    assert Question.of(story.case("usage.threshold", *raised)).add_on is None
    assert Question.of(story.case("usage.threshold", raised[0])).add_on is not None


def test_one_add_on_has_to_give_all_that_the_step_would() -> None:
    """Two meters are short: packs for one of them are not enough, one for both is."""
    story = STARTER.used("seats", 5)
    assert offer(story, "storage", 10 * GB) is None
    both = PACK | {"id": "growth", "limits": {"storage": "5 GB", "seats": 1}}
    found = offer(
        on("starter", catalogue(add_ons=[PACK, both])).used("seats", 6), "storage", 17 * GB
    )
    assert found is not None
    assert (found.id, found.quantity, found.solves) == ("growth", 2, ("seats", "storage"))


def test_an_agreed_limit_stays_as_it_is_whatever_is_added() -> None:
    story = STARTER.used("storage", 10 * GB)
    agreed = replace(story.facts.usage["storage"], limit=Decimal(11 * GB), percent=90)
    case = story.having(usage={"storage": agreed}).case(
        "usage.threshold", Signal("usage_limit", NOW, "storage")
    )
    assert Question.of(case).add_on is None


def test_the_cheapest_that_is_enough() -> None:
    big = PACK | {"id": "big_pack", "price": {"month": 25}, "limits": {"storage": "100 GB"}}
    story = on("starter", catalogue(add_ons=[PACK, big]))
    assert shape(offer(story, "storage", 10 * GB)) == (
        "storage_pack",
        1,
        "limit_add_on",
        "20000000000",
        "120",
    )
    assert shape(offer(story, "storage", 50 * GB)) == (
        "big_pack",
        1,
        "limit_add_on",
        "110000000000",
        "300",
    )


def test_extras_that_the_step_makes_unnecessary_are_subtracted() -> None:
    """Twelve packs cost 1,200 a month; enterprise adds 50 to that, and a thirteenth pack 100."""
    packs = SEATS | {"price": {"month": 100}}
    few, many = (
        on("pro", catalogue(add_ons=[packs]), add_ons={"seat_pack": count}) for count in (11, 12)
    )
    assert shape(offer(few, "seats", 80)) == ("seat_pack", 1, "seat_expansion", "85", "1200")
    assert offer(few, "seats", 80).step_year == 1800  # type: ignore[union-attr]
    assert offer(many, "seats", 85) is None


def test_single_units_once_there_is_no_room_left() -> None:
    """At 24 of 25 none are proposed (R-032); at 25, or for ten joining, as many as are needed."""
    story = on("pro", catalogue(add_ons=[], middle={"extra": {"seats": {"month": 60}}}), csm=KATO)
    assert offer(story, "seats", 24, 95) is None
    assert shape(offer(story, "seats", 25)) == ("seats", 1, "seat_expansion", "26", "720")
    assert shape(offer(story, "seats", 24, 95, projected=Decimal("27.5"))) == (
        "seats",
        3,
        "seat_expansion",
        "28",
        "2160",
    )
    assert shape(offer(story.told("team.growth", count=10), "seats", 24, 95)) == (
        "seats",
        9,
        "seat_expansion",
        "34",
        "6480",
    )
    dear = on("pro", catalogue(add_ons=[], middle={"extra": {"seats": {"month": 150}}})).told(
        "team.growth", count=10
    )
    assert offer(dear, "seats", 24, 95) is None


def test_no_more_than_a_subscription_takes() -> None:
    assert MOST == MOST_ORDERED
    tiny = catalogue(add_ons=[PACK | {"price": 0, "limits": {"storage": 10}}])
    most = offer(on("starter", tiny), "storage", 19_599_999_999)
    assert shape(most) == ("storage_pack", 10**9, "limit_add_on", "20000000000", "0")
    assert offer(on("starter", tiny), "storage", 19_600_000_000) is None
    assert (
        offer(on("starter", tiny, add_ons={"storage_pack": 1}), "storage", 19_600_000_000) is None
    )


def test_a_step_without_a_list_price_does_not_rule_out_an_add_on() -> None:
    found = offer(on("pro", catalogue(top={"price": "custom"})), "seats", 25)
    assert found is not None
    assert found.step_year is None


# ---- consequences


@pytest.mark.parametrize("level", [80, 90, 95, 100])
def test_the_customer_is_offered_the_add_on_and_reads_of_no_plan(level: int) -> None:
    found = crossed(STARTER, "storage", GB * level // 10, level)
    assert found.decision.outcome == "proposal"
    assert found.decision.json()["recommendation"] == {
        "plan": None,
        "steps": 0,
        "multi_step": False,
        "add_on": {
            "id": "storage_pack",
            "type": "limit_add_on",
            "meter": "storage",
            "quantity": 1,
            "limit": 20_000_000_000,
            "price": {"month": "10.00", "year": "120.00"},
            "currency": "USD",
        },
    }
    english, japanese = found.read_by(locale="en"), found.read_by(locale="ja")
    assert (
        f"You have reached {level}% of your limit for storage. "
        "Please consider adding Extra storage."
    ) in english
    assert (
        "Adding Extra storage raises the limit for storage from 10 GB to 20 GB ($10 a month)."
        in english
    )
    assert f"storageが{level}%に達しました。追加ストレージの追加をご検討ください" in japanese
    assert (
        "追加ストレージを追加すると、storageの上限が10 GBから20 GBになります(月額$10)。" in japanese
    )
    for word in ("pro", "$500", "$451", "Upgrade", "アップグレード"):
        assert word not in english.replace("product", "")
        assert word not in japanese
    assert found.inbox(locale="en")[0].action is not None
    assert found.inbox(locale="en")[0].action.url == "https://a.example/up?acct-1&starter"  # type: ignore[union-attr]
    assert {tell.proposes for tell in found.tells} == {"storage_pack"}


def test_an_add_on_may_have_an_address_of_its_own() -> None:
    links = LINKS | {"add_on": "https://a.example/add?{account}&{plan}&{meter}&{add_on}"}
    found = crossed(on("starter", catalogue() | {"links": links}), "storage", 9 * GB, 90)
    action = found.inbox()[0].action
    assert action is not None
    assert action.url == "https://a.example/add?acct-1&starter&storage&storage_pack"


def test_at_the_limit_the_notice_names_the_add_on_and_a_person_offers_it() -> None:
    """Pro is sold by people: the customer reads the add-on's name, without an offer or price."""
    found = crossed(PRO, "seats", 25, 100)
    assert (found.decision.outcome, found.decision.route.owner) == ("assisted", "cs")  # type: ignore[union-attr]
    assert found.decision.route.deal_value == "1100.00"  # type: ignore[union-attr]
    (item,) = found.inbox(locale="en")
    assert "Add Seat pack" in item.options
    assert "シートパックを追加する" in found.inbox()[0].body
    assert "$" not in found.read_by(locale="en")
    (task,) = found.tasks("en")
    assert (
        "You have reached 100% of your limit for seats. Please consider adding Seat pack." in task
    )
    assert "Adding Seat pack raises the limit for seats from 25 to 30 ($100 a month)." in task
    assert "Offer Seat pack for $1,100 a year; moving to enterprise would add $15,000." in task
    assert "Not the plan above: Seat pack is enough and costs less." in task
    assert (
        "シートパック(年$1,100)を案内してください。enterpriseプランへの移行は年$15,000の追加になります。"
        in found.tasks()[0]
    )
    below = crossed(PRO, "seats", 24, 95)
    assert "Seat pack" not in below.read_by(locale="en"), "only at the limit"


def test_the_notice_names_it_whatever_holds_an_offer_back_but_a_holdout() -> None:
    unhappy = crossed(STARTER.told("nps.responded", score=3), "storage", 10 * GB, 100)
    assert unhappy.decision.outcome == "withheld"
    assert "Add Extra storage" in unhappy.read_by(locale="en")
    assert "$" not in unhappy.read_by(locale="en")
    held = catalogue(policy={"holdout": {"percent": 100, "salt": "s"}})
    assert "Extra storage" not in crossed(on("starter", held), "storage", 10 * GB, 100).read_by(
        locale="en"
    )
    people = (contact("c1", "owner"), contact("c2", "member"))
    assert "Extra storage" not in crossed(
        on("starter", contacts=people), "storage", 10 * GB, 100
    ).read_by("c2", "en")


def test_at_the_top_of_the_plans_an_add_on_is_still_an_offer() -> None:
    found = catalogue(top={"limits": {"storage": "1 TB", "seats": 100}, "price": {"month": 1750}})
    decision = crossed(on("enterprise", found, csm=KATO), "seats", 100, 100).decision
    assert (decision.outcome, decision.blocked_by) == ("assisted", ())
    assert decision.answer("top_plan").result == "pass"
    none = crossed(on("enterprise", found | {"add_ons": []}), "seats", 100, 100).decision
    assert (none.outcome, none.blocked_by) == ("notice", ("top_plan",))


def test_after_a_step_up_an_add_on_need_not_wait() -> None:
    moved = PRO.moved(NOW, "starter", "pro", "upgrade")
    assert crossed(moved, "storage", 100 * GB, 100).decision.outcome == "assisted"
    without = on("pro", catalogue(add_ons=[])).moved(NOW, "starter", "pro", "upgrade")
    assert crossed(without, "storage", 100 * GB, 100).decision.blocked_by == ("recommendation",)


def test_a_renewal_is_no_reason_to_add_anything() -> None:
    story = STARTER.used("storage", 9 * GB)
    decision = told(story.case("renewal", Signal("renewal", NOW))).decision
    assert (decision.outcome, decision.blocked_by) == ("withheld", ("value",))
    assert decision.answer("value").reason.startswith("review_only")


def test_for_announced_people_the_csm_offers_the_seats() -> None:
    """R-143: the upgrade is blocked, the seats are recommended, and a person offers them."""
    after, raised = PRO.used("seats", 24).raised("team.growth", count=10)
    found = told(after.case("team.growth", *raised))
    assert (found.decision.outcome, found.decision.blocked_by) == ("withheld", ("value",))
    assert found.decision.recommendation.add_on["quantity"] == 2  # type: ignore[union-attr, index]
    assert "シートパックの追加(2個、年$2,200)を案内してください" in found.tasks()[0]
    alone = catalogue(
        top={"limits": {"storage": "1 TB", "seats": 100}, "extra": {"storage": {"month": 1}}}
    )
    last, joining = (
        on("enterprise", alone, csm=KATO).used("seats", 99).raised("team.growth", count=10)
    )
    at_the_top = told(last.case("team.growth", *joining))
    assert (
        at_the_top.decision.answer("value").reason
        == "seats_cheaper: 2 more seat_pack cost 2200.00 a year"
    )
    assert "シートパックの追加(2個、年$2,200)を案内してください" in at_the_top.tasks()[0]
    assert "アップグレードのほうが割安" not in at_the_top.tasks()[0]


def test_it_goes_to_the_opportunity_of_that_add_on() -> None:
    plan_of, own = (
        Opportunity("o1", "enterprise", ("renewal",), "hybrid"),
        Opportunity("o2", "pro", ("renewal",), "cs", add_on="seat_pack"),
    )
    found = crossed(PRO.having(opportunities=(plan_of, own)), "seats", 25, 100)
    assert found.decision.answer("merge").evidence["opportunity"] == "o2"
    assert found.decision.route.owner == "cs", "that the upgrade is Sales' says nothing of it"  # type: ignore[union-attr]
    alone = crossed(PRO.having(opportunities=(plan_of,)), "seats", 25, 100)
    assert alone.decision.answer("merge").reason == "no open opportunity for seat_pack"


def test_a_sum_that_is_sales_goes_to_sales() -> None:
    dear = catalogue(add_ons=[SEATS | {"price": {"year": 60_000}}], top={"price": {"month": 9000}})
    found = crossed(on("pro", dear, csm=KATO), "seats", 25, 100)
    assert (found.decision.route.owner, found.decision.route.deal_value) == ("hybrid", "60000.00")  # type: ignore[union-attr]


def test_the_recommendation_shows_it_alone() -> None:
    shown = advice(STARTER.used("storage", 9 * GB).case("schedule"), "en")
    assert (shown["plan"], shown["comparison"], shown["price"], shown["value"]) == (
        None,
        [],
        None,
        None,
    )
    assert shown["add_on"] is not None
    assert (
        shown["add_on"]["text"]
        == "Adding Extra storage raises the limit for storage from 10 GB to 20 GB ($10 a month)"
    )
    assert shown["reason"] == "Adding Extra storage is enough for storage."
    assert not [one for one in shown["options"] if one["recommended"]]
    plain = advice(STARTER.used("storage", 2 * GB).case("schedule"), "en")
    assert (plain["plan"], plain["add_on"]) == ("pro", None)


def test_yearly_payers_see_the_yearly_price() -> None:
    found = offer(on("pro", interval="year"), "seats", 25)
    assert found is not None
    assert found.price.json() == {
        "interval": "year",
        "price": "1100.00",
        "difference": None,
        "currency": "USD",
    }


def explained(found: Told, locale: str) -> dict[str, str]:
    return {gate.gate: gate_text(gate.json(), locale) for gate in found.decision.gates}


def test_every_gate_says_why() -> None:
    japanese, english = (
        explained(crossed(PRO, "seats", 25, 100), locale) for locale in ("ja", "en")
    )
    assert english["recommendation"] == "add_on: 1 more seat_pack instead of a step up"
    assert (
        english["value"] == "1 more seat_pack cost 1100.00 a year; the step up would add 15000.00"
    )
    assert japanese["recommendation"] == "上のプランの代わりに、シートパックの追加を勧めます。"
    assert japanese["fit"] == "seat_packでseatsが足ります。"
    assert japanese["value"] == "追加の費用は年1100.00で、上のプランより少なく済みます。"


def test_a_subscription_that_has_one_already_buys_one_more() -> None:
    found = offer(on("starter", add_ons={"storage_pack": 2}), "storage", 30 * GB)
    assert shape(found) == ("storage_pack", 1, "limit_add_on", "40000000000", "120")
    assert isinstance(on("starter").facts.subscription, Subscription)


# ---- any catalogue

MONEY = given_.money("USD")
PRICES = st.one_of(
    MONEY.map(lambda amount: {"month": str(amount)}),
    MONEY.map(lambda amount: {"year": str(amount)}),
    st.tuples(MONEY, MONEY).map(lambda both: {"month": str(both[0]), "year": str(both[1])}),
)


@st.composite
def _catalogues(draw: st.DrawFn) -> Catalog:
    """The plan `low`, perhaps with a higher one, with a pack and single units at any price."""
    packs = {
        "id": "growth",
        "price": draw(PRICES),
        "limits": draw(
            st.fixed_dictionaries({"storage": given_.AMOUNTS}, optional={"seats": given_.POSITIVE})
        ),
    }
    extra = draw(st.fixed_dictionaries({}, optional={"storage": PRICES, "seats": PRICES}))
    limits = {
        "storage": draw(given_.POSITIVE),
        "seats": draw(given_.LIMITS.map(lambda limit: "unlimited" if limit is None else limit)),
    }
    low = {
        "id": "low",
        "rank": 1,
        "price": draw(st.one_of(st.just("custom"), PRICES)),
        "limits": limits,
        "extra": extra,
    }
    low["purchase"] = draw(st.sampled_from(["self_serve", "assisted", "sales_assisted"]))
    top = plan("top", 2) | {"price": draw(st.one_of(st.just("custom"), PRICES, PRICES))}
    plans = [low] if draw(st.integers(1, 3)) == 1 else [low, top]
    return parsed(document(plans=plans, add_ons=[packs], links=LINKS))


@st.composite
def stories(draw: st.DrawFn) -> tuple[Story, str, Decimal, int]:
    """A plan, perhaps the highest, with packs and single units at any price, any limit, any
    contract; and a meter that reaches a threshold.
    """
    story = account(
        draw(_catalogues()),
        "low",
        quantity=draw(given_.QUANTITIES),
        interval=draw(given_.INTERVALS),
        add_ons=draw(st.sampled_from([{}, {"growth": 1}, {"growth": 10**9}, {"growth": 7}])),
        csm=draw(st.sampled_from([None, KATO])),
    )
    price = draw(st.none() | given_.money("USD", digits=15))
    assert story.facts.subscription is not None
    story = story.having(subscription=replace(story.facts.subscription, price=price))
    level = draw(st.sampled_from([80, 90, 95, 100, 1000]))
    limit = story.limit("storage")
    assert limit is not None
    return (
        story,
        "storage",
        EXACT.divide(EXACT.multiply(limit, Decimal(level)), Decimal(100)),
        level,
    )


@given(stories(), st.sampled_from([None, Decimal("1.5"), Decimal(40)]))
@examples(80)
def test_whatever_is_sold_beside_a_plan_is_decided_offered_and_said(
    drawn: tuple[Story, str, Decimal, int], growth: Decimal | None
) -> None:
    story, meter, used, level = drawn
    usage = {} if growth is None else {"projected": EXACT.multiply(used, growth)}
    case = story.crossing_case(meter, used, level, **usage)
    found, add_on = told(case), Question.of(case).add_on
    dumps(found.decision.json())
    for locale in ("ja", "en"):
        dumps(advice(case, locale))
        assert all(found.tasks(locale))
        words = found.read_by("c1", locale)
        assert words
        explained(found, locale)
    recommended = found.decision.recommendation
    assert (recommended is not None and recommended.add_on is not None) == (add_on is not None)
    if add_on is None:
        return
    assert recommended is not None
    assert recommended.plan is None
    assert found.decision.sells, found.decision.blocked_by
    assert 1 <= add_on.quantity <= MOST
    assert add_on.step_year is None or add_on.year < add_on.step_year
    assert "top" not in found.read_by("c1", "en").replace("stop", "")


def test_an_add_on_of_a_newer_catalogue_is_offered_if_buying_it_changes_nothing_else() -> None:
    sold = parsed(catalogue([SEATS]))

    def offered(newer: dict[str, Any]) -> str | None:
        story = replace(on("starter"), catalog=mixed(sold, parsed(newer)))
        found = offer(story, "storage", 10 * GB)
        return None if found is None else found.id

    assert offered(catalogue([SEATS])) is None
    assert offered(catalogue([SEATS, PACK])) == "storage_pack"
    assert offered(catalogue([SEATS, PACK], middle={"price": {"month": 700}})) == "storage_pack"
    assert offered(catalogue([SEATS, PACK | {"plans": ["pro"]}])) is None
    assert offered(catalogue([SEATS, PACK], low={"price": {"month": 59}})) is None
    assert offered(catalogue([SEATS | {"price": {"month": 120}}, PACK])) is None
    assert offered(catalogue([PACK])) is None


def test_an_add_on_that_was_sold_is_offered_at_its_price_of_then() -> None:
    sold, newer = parsed(catalogue([PACK])), parsed(catalogue([PACK | {"price": {"month": 20}}]))
    assert mixed(sold, newer).add_ons == sold.add_ons
