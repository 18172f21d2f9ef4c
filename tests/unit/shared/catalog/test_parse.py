"""Parsing a catalogue: its possible forms, and every fault with its path."""

from decimal import Decimal
from typing import Any

import pytest

from shared.catalog import (
    CatalogError,
    Plan,
    Price,
    Text,
    Threshold,
    canonical,
    catalog_document,
    in_order,
    parse_catalog,
    parse_thresholds,
)
from shared.catalog.types import BugBlock, Cap, Holdout, Policy, Repeat, UsageLow
from tests.support.catalogs import catalog, document, parsed, plan

DESIGN = """
currency: USD
thresholds: [80, 90, 95, 100]
meters:
  api_calls: {event: api.request, aggregation: count, reset: period, unit: call,
              name: {en: API calls, ja: API呼び出し}}
  storage: {event: storage.measured, aggregation: latest, value: bytes, reset: never, unit: byte,
            name: {en: storage, ja: ストレージ容量}}
  seats: {event: seat.changed, aggregation: sum, value: delta, reset: never, unit: seat,
          name: {en: users, ja: ユーザー}}
plans:
  - {id: starter, rank: 1, price: {month: 49, year: 588}, purchase: self_serve,
     limits: {seats: 5, storage: 10 GB, api_calls: 10000},
     support: {channels: [email], first_response_hours: 48, csm: none}, features: [core]}
  - {id: enterprise, rank: 3, limits: {seats: unlimited, storage: unlimited, api_calls: unlimited}}
links: {upgrade: "https://app.example.com/billing/upgrade?account={account}&plan={plan}", usage: "https://app.example.com/usage"}
"""


METER = {"event": "e", "aggregation": "count", "reset": "period"}
NOT_AN_ID = "must be text of 1 to 256 printable characters without / and without spaces around it"
NOT_A_COLOR = 'must be six hexadecimal digits after a #, in quotes: "#0b57d0"'
NOT_A_LOGO = "must be an address such as https://www.example.com/logo.png"
COLORS_REFUSED = ["red", "#0b5", "0b57d0", "#0b57d0ff", 7]
LOGOS_REFUSED = [
    "http://a.example/logo.png",
    "//a.example/logo.png",
    "data:image/png;base64,AAAA",
    "javascript:alert(1)",
    "https:///logo.png",
    "https://a.example",
    "https://u:p@a.example/logo.png",
    'https://a.example/"onload=',
    "https://a.example/a b.png",
    "https://a.example/\u30ed\u30b4.png",
    7,
]
NOT_MONEY = 'must be a number, or a text such as "49.00"'


def faults(body: str | bytes, media: Any = "application/yaml") -> list[tuple[str, str]]:
    with pytest.raises(CatalogError) as refused:
        parse_catalog(body if isinstance(body, bytes) else body.encode(), media)
    return [(fault.path, fault.reason) for fault in refused.value.faults]


def faults_of(**changes: Any) -> list[tuple[str, str]]:
    with pytest.raises(CatalogError) as refused:
        parsed(document(**changes))
    return [(fault.path, fault.reason) for fault in refused.value.faults]


def test_the_form_of_the_design() -> None:
    read = parse_catalog(DESIGN.encode(), "application/yaml")
    starter, enterprise = read.plans["starter"], read.plans["enterprise"]
    assert starter.limits["storage"].limit == Decimal(10**10)
    assert starter.limits["storage"].thresholds == tuple(map(Threshold, (80, 90, 95, 100)))
    assert starter.price == Price(Decimal(49), Decimal(588))
    assert starter.support.first_response_hours == 48
    assert enterprise.limits["seats"].limit is None
    assert read.meters["storage"].name == Text("storage", "ストレージ容量")
    assert [meter.id for meter in read.meters_for("api.request")] == ["api_calls"]
    assert read.meters_for("unknown") == ()
    assert read.next_plan("starter") == enterprise
    assert read.next_plan("enterprise") is None


EVERYTHING_OPTIONAL: dict[str, Any] = {
    "thresholds": [100, 80],
    "meters": {
        "calls": {
            "event": "request",
            "aggregation": "count",
            "reset": "period",
            "filter": {"status": 200, "cached": False, "zone": None},
        },
    },
    "features": {
        "core": {"group": "features", "name": {"en": "Core", "ja": "コア"}},
        "sso": {"group": "security"},
    },
    "frameworks": {"SOC2": ["sso"]},
    "plans": [
        {
            "id": "one",
            "rank": 1,
            "family": "jp",
            "currency": "JPY",
            "name": {"en": "One", "ja": "一"},
            "price": {"month": 1000},
            "limits": {
                "calls": {
                    "limit": "10K",
                    "thresholds": [{"at": "9K"}, 50, 95],
                    "enforcement": "hard",
                }
            },
            "extra": {"calls": {"month": 5}},
            "features": ["core"],
            "graduation": ["calls", "sso", "SOC2", "support"],
            "target": True,
        },
        {
            "id": "two",
            "rank": 2,
            "family": "jp",
            "currency": "JPY",
            "price": "custom",
            "limits": {"calls": "unlimited"},
        },
    ],
    "add_ons": [
        {
            "id": "tool",
            "name": {"en": "Tool", "ja": "ツール"},
            "plans": ["one"],
            "price": {"month": 8000},
            "limits": {"calls": "1K"},
        }
    ],
    "policy": {
        "new_contract_grace_days": 14,
        "usage_low": 25,
        "open_bugs_block": {"severe": 2},
        "repeat_periods": 3,
        "proposal_cap": {"7": 1, "60": 3},
        "sales_from": {"EUR": 40000},
        "holdout": {"percent": 2.5, "salt": "s"},
        "health": {"logins": 0.5, "features": 0.5},
        "sender": {"name": "N", "address": "A", "contact": "C"},
        "holidays": True,
        "clear_value_multiple": 2,
    },
}


def test_everything_optional() -> None:
    read = parsed(document(**EVERYTHING_OPTIONAL))
    one, two = read.plans["one"], read.plans["two"]
    assert read.thresholds == (Threshold(80), Threshold(100))
    assert one.limits["calls"].thresholds == (
        Threshold(50),
        Threshold(at=Decimal(9000)),
        Threshold(95),
    )
    assert one.limits["calls"].enforcement == "hard"
    assert one.name.in_("ja-JP") == "一"
    assert one.name.in_("en-GB") == one.name.in_("de") == "One"
    assert one.graduation == ("calls", "sso", "SOC2", "support")
    assert one.price == Price(Decimal(1000), None)
    assert one.price.yearly == 12_000
    assert two.price is None
    assert read.limit("one", "calls", {"calls": 3, "tool": 2, "gone": 1}) == 10_000 + 3 + 2_000
    assert read.limit("two", "calls", {"tool": 2}) is None
    assert read.knows_feature("sso")
    assert not read.knows_feature("ssso")
    meter = read.meters["calls"]
    assert meter.matches({"status": 200, "cached": False})
    assert meter.matches({"status": Decimal("200.0"), "cached": False, "zone": None})
    assert not meter.matches({"status": "200", "cached": False})
    assert not meter.matches({"status": 200, "cached": 0})
    assert not meter.matches({"status": 200, "cached": False, "zone": "a"})
    assert read.policy.new_contract_grace_days == 14
    assert read.policy.usage_low == UsageLow(Decimal(25))
    assert read.policy.open_bugs_block == BugBlock(severe=2)
    assert read.policy.repeat_periods == Repeat(periods=3)
    assert read.policy.proposal_cap == (Cap(1, 7), Cap(3, 60))
    assert read.policy.sales_from == {"EUR": Decimal(40000)}
    assert read.policy.holdout == Holdout(Decimal("2.5"), "s")
    assert read.policy.clear_value_multiple == 2
    assert read.policy.holidays


def test_the_defaults_are_those_of_the_requirements() -> None:
    policy = parsed(document()).policy
    assert policy == Policy()
    assert (policy.new_contract_grace_days, policy.login_target_30d, policy.login_low_30d) == (
        30,
        20,
        4,
    )
    assert (policy.nps_max_age_days, policy.decline_cooldown_days, policy.cs_max_discount_pct) == (
        90,
        90,
        Decimal(10),
    )
    assert policy.proposal_cap == (Cap(1, 14), Cap(2, 30))
    assert policy.sales_from == {"USD": Decimal(50000), "JPY": Decimal(7500000)}
    assert sum(policy.health.values()) == 1


def test_without_declared_features_any_may_be_named() -> None:
    read = parsed(document())
    assert read.features["core"].group == "features"
    assert read.knows_feature("anything")


def test_a_filter_decides_which_meters_an_event_feeds() -> None:
    read = parsed(
        document(
            meters={"a": METER, "b": METER},
            plans=[{"id": "p", "rank": 1, "limits": {"a": 1, "b": 2}}],
        )
    )
    assert [meter.id for meter in read.meters_for("e")] == ["a", "b"]


def test_numbers_stay_exact_through_yaml() -> None:
    body = DESIGN.replace("seats: 5", "seats: 0.1").replace(
        "price: {month: 49,", "price: {month: 49.10,"
    )
    starter = parse_catalog(body.encode(), "application/yaml").plans["starter"]
    assert starter.limits["seats"].limit == Decimal("0.1")
    assert starter.price == Price(Decimal("49.1"), Decimal(588))


def test_a_price_may_be_the_decimal_text_that_money_is_in_the_api() -> None:
    texts = DESIGN.replace("price: {month: 49,", 'price: {month: "49.00",')
    assert texts != DESIGN
    assert canonical(parse_catalog(texts.encode(), "application/yaml")) == canonical(
        parse_catalog(DESIGN.encode(), "application/yaml")
    )


@pytest.mark.parametrize(
    ("thresholds", "expected"),
    [
        ("[80, 80]", [("/thresholds/1", "80 is given twice")]),
        ("[{at: 9 GB}, {at: 9000 MB}]", [("/thresholds/1", "at:9000000000 is given twice")]),
        ("[]", [("/thresholds", "must not be empty")]),
        ("[0]", [("/thresholds/0", "must be a whole number from 1 to 1000")]),
        ("[-5]", [("/thresholds/0", "must be a whole number from 1 to 1000")]),
        ("[1001]", [("/thresholds/0", "must be a whole number from 1 to 1000")]),
        ("[100.1]", [("/thresholds/0", "must be a whole number from 1 to 1000")]),
        ("[80.5, 90]", [("/thresholds/0", "must be a whole number from 1 to 1000")]),
        ('["80%"]', [("/thresholds/0", "must be a whole number from 1 to 1000")]),
        (
            "[.nan]",
            [
                (
                    "/thresholds/0",
                    (
                        ".nan means different things to different readers of YAML: "
                        "write it out, or put it in quotes"
                    ),
                )
            ],
        ),
        ("[true]", [("/thresholds/0", "must be a whole number from 1 to 1000")]),
        ("80", [("/thresholds", "must be a list")]),
        ("[{at: 0}]", [("/thresholds/0/at", "must be above 0")]),
        ("[{at: 9 GB, percent: 90}]", [("/thresholds/0/percent", "unknown key")]),
        ("[{}]", [("/thresholds/0/at", "is required")]),
    ],
)
def test_bad_thresholds(thresholds: str, expected: list[tuple[str, str]]) -> None:
    assert faults(DESIGN.replace("[80, 90, 95, 100]", thresholds, 1)) == expected


def test_good_thresholds_are_sorted_and_may_exceed_100() -> None:
    assert parsed(document(thresholds=[95, 80, 1000, 1, 90])).thresholds == tuple(
        map(Threshold, (1, 80, 90, 95, 1000))
    )


def test_thresholds_stand_by_what_they_mean_under_the_limit() -> None:
    mixed = (Threshold(100), Threshold(at=Decimal(9)), Threshold(80))
    assert in_order(mixed, Decimal(10)) == (Threshold(80), Threshold(at=Decimal(9)), Threshold(100))
    assert in_order(mixed, Decimal(100)) == (
        Threshold(at=Decimal(9)),
        Threshold(80),
        Threshold(100),
    )
    assert in_order(mixed, None) == (Threshold(80), Threshold(100), Threshold(at=Decimal(9)))
    assert Threshold(80).amount(Decimal("999999999999999999.999999999")) == Decimal(
        "799999999999999999.9999999992"
    )
    assert (Threshold(95).key, Threshold(95).json) == ("95", 95)
    assert (Threshold(at=Decimal("9E+9")).key, Threshold(at=Decimal("9E+9")).json) == (
        "at:9000000000",
        {"at": 9000000000},
    )


def test_rates_come_last_and_are_reached_by_no_total() -> None:
    rate = Threshold(per_hour=Decimal("5E+2"))
    assert in_order((rate, Threshold(at=Decimal(9)), Threshold(80)), Decimal(10)) == (
        Threshold(80),
        Threshold(at=Decimal(9)),
        rate,
    )
    assert (rate.key, rate.json) == ("per_hour:500", {"per_hour": 500})
    assert rate.amount(Decimal(10)) is None


def test_rates_are_for_counters_that_add_up() -> None:
    """Those of all meters pass over the others."""
    kinds = {
        "calls": ("count", "period"),
        "users": ("unique", "month"),
        "peak": ("max", "day"),
        "seats": ("sum", "never"),
    }
    meters = {
        key: {"event": "e", "aggregation": kind, "reset": reset}
        | ({} if kind == "count" else {"value": "v"})
        for key, (kind, reset) in kinds.items()
    }

    def made(limit: Any) -> Any:
        limits = dict.fromkeys(kinds, limit)
        return document(meters=meters, thresholds=[80, RATE], plans=[plan("a", 1, limits=limits)])

    read = parsed(made(5))
    assert [key for key, one in read.plans["a"].limits.items() if len(one.thresholds) == 2] == [
        "calls",
        "users",
    ]
    assert parse_catalog(canonical(read), "application/json") == read
    with pytest.raises(CatalogError) as caught:
        parsed(made({"limit": 5, "thresholds": [RATE]}))
    assert [one.path for one in caught.value.faults] == [
        "/plans/0/limits/peak/thresholds/0",
        "/plans/0/limits/seats/thresholds/0",
    ]


RATE = {"per_hour": 100}


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ({"per_hour": 0}, "/thresholds/0/per_hour"),
        ({"per_hour": "much"}, "/thresholds/0/per_hour"),
        ({"per_hour": 1, "at": 2}, "/thresholds/0/at"),
        ({"per_day": 1}, "/thresholds/0/per_day"),
        ({}, "/thresholds/0/at"),
    ],
)
def test_a_threshold_of_another_form_is_a_fault(raw: Any, path: str) -> None:
    with pytest.raises(CatalogError) as caught:
        parse_thresholds([raw])
    assert caught.value.faults[0].path == path


def test_an_accounts_own_thresholds() -> None:
    assert parse_thresholds([50, {"at": "9 GB"}]) == (
        Threshold(50),
        Threshold(at=Decimal(9 * 10**9)),
    )
    with pytest.raises(CatalogError, match="/thresholds/1 50 is given twice"):
        parse_thresholds([50, 50])


@pytest.mark.parametrize(
    ("limit", "reason"),
    [
        (-1, "must not be negative"),
        (None, "must be a number or a text such as 10 GB"),
        (10**30, "must have at most 18 digits before the decimal point"),
        (Decimal("0.0000000001"), "must have at most 9 digits after the decimal point"),
        (True, "must be a number or a text such as 10 GB"),
    ],
)
def test_bad_limits(limit: object, reason: str) -> None:
    assert faults_of(plans=[plan("p", 1, storage=limit)]) == [("/plans/0/limits/storage", reason)]


def test_a_limit_of_zero_means_not_in_this_plan() -> None:
    assert parsed(document(plans=[plan("p", 1, storage=0)])).plans["p"].limit("storage") == 0


def test_a_plan_names_every_meter_and_no_other() -> None:
    assert faults_of(plans=[{"id": "p", "rank": 1, "limits": {"storge": 1}}]) == [
        ("/plans/0/limits/storge", "unknown meter: did you mean 'storage'?"),
        ("/plans/0/limits/storage", "is required: a plan names every meter"),
        ("/plans/0/limits/seats", "is required: a plan names every meter"),
    ]


def test_an_unknown_key_says_what_was_meant() -> None:
    assert faults(DESIGN.replace("thresholds:", "treshholds:")) == [
        ("/treshholds", "unknown key: did you mean 'thresholds'?")
    ]
    assert faults_of(plans=[plan("p", 1, familly="x")]) == [
        ("/plans/0/familly", "unknown key: did you mean 'family'?")
    ]


def test_duplicates_are_named() -> None:
    assert faults(DESIGN.replace("currency: USD", "currency: USD\ncurrency: JPY")) == [
        ("/currency", "is given twice")
    ]
    assert faults(
        b'{"currency":"USD","currency":"USD","meters":{},"plans":[]}', "application/json"
    ) == [
        ("/currency", "is given twice"),
        ("/plans", "must not be empty"),
    ]
    twice = [plan("p", 1), plan("p", 2), plan("q", 2)]
    assert faults_of(plans=twice) == [
        ("/plans/1/id", "'p' is given twice"),
        ("/plans/2/rank", "rank 2 is given twice in this family"),
    ]
    assert (
        parsed(document(plans=[plan("p", 1), plan("q", 1, family="other")])).next_plan("p") is None
    )


WRONG_RANK = "must be a whole number from 1 to 1000000"
WRONG_CURRENCY = "must be the code of a currency in ISO 4217, such as USD or JPY"


@pytest.mark.parametrize("rank", [0, -1, 1_000_001, Decimal("1.5"), "1", True, None])
@pytest.mark.parametrize("first", [True, False])
def test_an_invalid_rank_is_not_a_duplicate_rank(rank: Any, first: bool) -> None:
    """Parsing continues with a stand-in, which is not compared with anything, whichever of the two
    is read first.
    """
    wrong, right = plan("wrong", 1) | {"rank": rank}, plan("right", 1)
    both = [wrong, right] if first else [right, wrong]
    assert faults_of(plans=both) == [(f"/plans/{both.index(wrong)}/rank", WRONG_RANK)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"thresholds": [0, 1]}, [("/thresholds/0", "must be a whole number from 1 to 1000")]),
        ({"thresholds": [{"at": "much"}, {"at": 1}, "50"]}, ["/thresholds/0/at", "/thresholds/2"]),
        ({"plans": [plan("a", 1), plan("b", 1, family=5, currency="JPY")]}, ["/plans/1/family"]),
        (
            {"plans": [plan("a", 1, currency="yen"), plan("b", 2)]},
            [("/plans/0/currency", WRONG_CURRENCY)],
        ),
        (
            {
                "plans": [plan("a", 1, currency="yen"), plan("b", 2)],
                "add_ons": [{"id": "x", "price": 1}],
            },
            ["/plans/0/currency"],
        ),
    ],
)
def test_a_stand_in_for_a_fault_causes_no_other_fault(
    changes: dict[str, Any], expected: list[Any]
) -> None:
    found = faults_of(**changes)
    assert [one if isinstance(expected[0], tuple) else one[0] for one in found] == expected


@pytest.mark.parametrize("body", [b"null", b"[]", b'"text"', b"5", b"NaN"])
def test_a_catalogue_is_a_mapping(body: bytes) -> None:
    assert faults(body, "application/json") == [("", "must be a mapping")]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"currency": "usd"},
            [("/currency", "must be the code of a currency in ISO 4217, such as USD or JPY")],
        ),
        (
            {"currency": None},
            [("/currency", "must be the code of a currency in ISO 4217, such as USD or JPY")],
        ),
        (
            {"features": {"sso": {"group": "secruity"}}},
            [
                (
                    "/features/sso/group",
                    "must be one of features, security, integrations: did you mean 'security'?",
                ),
                *((f"/plans/{index}/features/0", "unknown feature 'core'") for index in range(3)),
            ],
        ),
        (
            {"features": {"core": {"name": {}}}},
            [("/features/core/name", "must be given in one of en, ja at least")],
        ),
        (
            {"features": {"core": {"name": {"de": "Kern"}}}},
            [("/features/core/name/de", "unknown key")],
        ),
        ({"languages": []}, [("/languages", "must not be empty")]),
        ({"languages": "en"}, [("/languages", "must be a list")]),
        (
            {"languages": ["en", "de", "en"]},
            [
                ("/languages/1", "must be one of en, ja"),
                ("/languages/2", "'en' is given twice"),
            ],
        ),
        (
            {"features": {"core": {"name": "a\x00b"}}},
            [("/features/core/name", "must not hold control characters")],
        ),
        (
            {"add_ons": [{"id": "a", "plans": ["prro"], "price": 1}]},
            [("/add_ons/0/plans/0", "unknown plan 'prro': did you mean 'pro'?")],
        ),
        (
            {"add_ons": [{"id": "a", "price": 1}, {"id": "a", "price": 1}]},
            [("/add_ons/1/id", "'a' is given twice")],
        ),
        ({"add_ons": [{"id": "a", "price": -1}]}, [("/add_ons/0/price", "must not be negative")]),
        (
            {"links": {"upgrade": "javascript:alert(1)"}},
            [("/links/upgrade", "must begin with https://, http:// or /")],
        ),
        (
            {"links": {"upgrade": "//evil.example/{account}"}},
            [("/links/upgrade", "must begin with https://, http:// or /")],
        ),
        (
            {"links": {"upgrade": "https://a.example/{acount}"}},
            [("/links/upgrade", "unknown variable {acount}: did you mean 'account'?")],
        ),
        (
            {"links": {"upgrade": "https://a.example/{account:>1000000000}"}},
            [("/links/upgrade", "must have {account} alone, without ! or : after the name")],
        ),
        (
            {"links": {"upgrade": "https://a.example/{plan!r}"}},
            [("/links/upgrade", "must have {plan} alone, without ! or : after the name")],
        ),
        (
            {"links": {"upgrade": "https://a.example/{account.__class__}"}},
            [
                ("/links/upgrade", "unknown variable {account.__class__}"),
            ],
        ),
        (
            {"links": {"upgrade": "https://a.example/{"}},
            [
                (
                    "/links/upgrade",
                    "must be an address, optionally with {account}, {plan} or {meter}",
                ),
            ],
        ),
        (
            {"policy": {"holdout": {"percent": 101}}},
            [("/policy/holdout/percent", "must be a number from 0 to 100")],
        ),
        (
            {"policy": {"sales_from": {"usd": 1}}},
            [
                (
                    "/policy/sales_from/usd",
                    "must be keyed by the codes of currencies in ISO 4217, such as USD",
                ),
            ],
        ),
        (
            {"policy": {"health": {"logins": 0}}},
            [("/policy/health", "must give weight to one part at least")],
        ),
        (
            {"policy": {"proposal_cap": {"soon": 1}}},
            [("/policy/proposal_cap/soon", "must be keyed by days from 1 to 3650")],
        ),
        ({"brand": {}}, [("/brand/name", "is required")]),
        (
            {"brand": {"name": "N", "colour": "#000000"}},
            [("/brand/colour", "unknown key: did you mean 'color'?")],
        ),
        *(
            ({"brand": {"name": "N", "color": color}}, [("/brand/color", NOT_A_COLOR)])
            for color in COLORS_REFUSED
        ),
        *(
            ({"brand": {"name": "N", "logo": logo}}, [("/brand/logo", NOT_A_LOGO)])
            for logo in LOGOS_REFUSED
        ),
        (
            {"policy": {"sender": {"name": "N"}}},
            [("/policy/sender/address", "is required"), ("/policy/sender/contact", "is required")],
        ),
        ({"policy": {"zzz": 1}}, [("/policy/zzz", "unknown key")]),
        (
            {"frameworks": {"a/b": []}},
            [
                ("/frameworks/a~1b", NOT_AN_ID),
            ],
        ),
    ],
)
def test_faults_at_the_top(changes: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert faults_of(**changes) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"id": "a/b"}, ("id", NOT_AN_ID)),
        ({"id": " a"}, ("id", NOT_AN_ID)),
        ({"id": "a" * 257}, ("id", NOT_AN_ID)),
        ({"id": 5}, ("id", NOT_AN_ID)),
        ({"rank": 0}, ("rank", "must be a whole number from 1 to 1000000")),
        ({"rank": 1.5}, ("rank", "must be a whole number from 1 to 1000000")),
        ({"price": {"month": -1}}, ("price/month", "must not be negative")),
        (
            {"price": {"month": Decimal("49.999")}},
            ("price/month", "must have at most 2 decimals in USD"),
        ),
        ({"price": {"month": "49 USD"}}, ("price/month", NOT_MONEY)),
        ({"price": {"month": "-49"}}, ("price/month", NOT_MONEY)),
        ({"price": {"month": True}}, ("price/month", NOT_MONEY)),
        ({"price": {"month": "49.999"}}, ("price/month", "must have at most 2 decimals in USD")),
        ({"price": {}}, ("price", "must have a month's price, a year's price, or both")),
        ({"price": "free"}, ("price", "must be a number: 0 for a free plan")),
        ({"price": "cheap"}, ("price", NOT_MONEY)),
        (
            {"currency": "JPY", "price": {"month": Decimal("0.5")}},
            ("price/month", "must have at most 0 decimals in JPY"),
        ),
        (
            {"purchase": "self-serve"},
            (
                "purchase",
                "must be one of self_serve, assisted, sales_assisted: did you mean 'self_serve'?",
            ),
        ),
        ({"extra": {"seat": {"month": 1}}}, ("extra/seat", "unknown meter: did you mean 'seats'?")),
        ({"features": ["core", "core"]}, ("features/1", "'core' is given twice")),
        ({"features": "core"}, ("features", "must be a list")),
        ({"support": {"csm": "some"}}, ("support/csm", "must be one of none, assigned, dedicated")),
        (
            {"support": {"first_response_hours": -1}},
            ("support/first_response_hours", "must be a number from 0 to 8760"),
        ),
        ({"target": "true"}, ("target", "must be true or false")),
        ({"limits": []}, ("limits", "must be a mapping")),
    ],
)
def test_faults_in_a_plan(changes: dict[str, Any], expected: tuple[str, str]) -> None:
    where, reason = expected
    assert faults_of(plans=[plan("p", 1) | changes]) == [(f"/plans/0/{where}", reason)]


@pytest.mark.parametrize("reset", ["month", "week", "day", "year", "period", "never"])
def test_a_meter_resets_as_it_says(reset: str) -> None:
    """And its canonical form says the same."""
    read = parsed(
        document(
            meters={"m": METER | {"reset": reset}},
            plans=[{"id": "p", "rank": 1, "limits": {"m": 1}}],
        )
    )
    assert read.meters["m"].reset == reset
    assert parse_catalog(canonical(read), "application/json") == read
    assert f'"reset":"{reset}"'.encode() in canonical(read)


@pytest.mark.parametrize(
    ("meter", "expected"),
    [
        ({"aggregation": "count", "reset": "period"}, ("event", "is required")),
        (
            {"event": "e", "aggregation": "sum", "reset": "period"},
            ("value", "is required: the field of data that sum reads"),
        ),
        (
            {"event": "e", "aggregation": "count", "reset": "period", "value": "v"},
            ("value", "a count has no value: leave it out, or use sum"),
        ),
        (
            METER | {"aggregation": "cuont"},
            (
                "aggregation",
                "must be one of count, sum, latest, max, unique: did you mean 'count'?",
            ),
        ),
        (
            METER | {"aggregation": "last", "value": "v"},
            (
                "aggregation",
                "must be one of count, sum, latest, max, unique: did you mean 'latest'?",
            ),
        ),
        (
            METER | {"reset": "monthly"},
            (
                "reset",
                "must be one of month, week, day, year, period, never: did you mean 'month'?",
            ),
        ),
        (
            {"event": "e", "aggregation": "count", "reset": "period", "filter": {"a": [1]}},
            ("filter/a", "must be text, a number, true, false or null"),
        ),
    ],
)
def test_faults_in_a_meter(meter: dict[str, Any], expected: tuple[str, str]) -> None:
    where, reason = expected
    found = faults_of(meters={"m": meter}, plans=[{"id": "p", "rank": 1, "limits": {"m": 1}}])
    assert found == [(f"/meters/m/{where}", reason)]


def test_all_faults_are_reported_together() -> None:
    body = """
currency: dollars
thresholds: [80, 80, no]
meters:
  storage: {event: s, aggregation: latest, reset: never}
  seats: {event: e, aggregation: sum, value: delta, reset: never}
plans:
  - {id: starter, rank: 1, limits: {storage: -5, seats: 1}}
  - {id: starter, rank: 1, limits: {seats: 5}, family: ""}
polices: {}
"""
    assert {path for path, _ in faults(body)} == {
        "/currency",
        "/thresholds/1",
        "/thresholds/2",
        "/meters/storage/value",
        "/plans/0/limits/storage",
        "/plans/1/id",
        "/plans/1/family",
        "/plans/1/rank",
        "/plans/1/limits/storage",
        "/polices",
    }


def names_of(*given: Any) -> dict[str, Any]:
    """The named parts of a catalogue, with these names."""
    meter, feature, low, pack = given
    return {
        "meters": {"m": METER | {"name": meter}},
        "features": {"core": {"name": feature}},
        "plans": [{"id": "p", "rank": 1, "limits": {"m": 1}, "features": ["core"], "name": low}],
        "add_ons": [{"id": "x", "price": 1, "name": pack}],
    }


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        (names_of({"en": "A"}, {"en": "B"}, {"en": "C"}, "D"), []),
        (names_of({"ja": "あ"}, {"ja": "い"}, {"ja": "う"}, {"ja": "え"}), []),
        (
            names_of({"en": "A"}, {"en": "B"}, {"en": "C", "ja": "う"}, {"ja": "え"}),
            ["add_ons/0 en", "features/core ja", "meters/m ja"],
        ),
        (names_of({"en": "A"}, "B", {"en": "C"}, {"en": "D"}) | {"languages": ["en"]}, []),
        (
            names_of({"en": "A", "ja": "あ"}, "B", {"en": "C"}, {"en": "D"})
            | {"languages": ["en"]},
            [],
        ),
        (
            names_of({"en": "A"}, "B", {"ja": "う"}, "D") | {"languages": ["ja", "en"]},
            ["meters/m ja", "plans/0 en"],
        ),
        (names_of({"en": "A"}, "B", "C", "D") | {"languages": ["de"]}, ["languages"]),
    ],
)
def test_names_stand_in_the_languages_that_a_company_has(
    changes: dict[str, Any], missing: list[str]
) -> None:
    """Those declared, else those in which any name is given: a forgotten translation is found, and
    no needless one is required.
    """
    found = [
        path.strip("/").replace("/name/", " ").removesuffix("/0")
        for path, _ in (faults_of(**changes) if missing else [])
    ]
    assert sorted(found) == missing
    if not missing:
        assert parsed(document(**changes)).languages == tuple(changes.get("languages", ()))


def test_a_name_in_one_language_is_used_for_the_other_too() -> None:
    read = parsed(
        document(**names_of({"en": "A"}, {"en": "B"}, {"en": "C"}, {"en": "D"}), languages=["en"])
    )
    assert (read.languages, read.plans["p"].name, read.meters["m"].name.in_("ja")) == (
        ("en",),
        Text("C", "C"),
        "A",
    )
    assert parse_catalog(canonical(read), "application/json") == read
    assert "languages" not in catalog_document(parsed(document())), (
        "what says nothing of it keeps its bytes"
    )
    both = parsed(document(languages=["ja", "en"]))
    assert canonical(both) == canonical(parsed(document(languages=["en", "ja"])))


def test_an_error_reads_as_one_line() -> None:
    with pytest.raises(
        CatalogError,
        match=(
            "/plans/0/rank must be a whole number from 1 to 1000000; "
            "/plans/0/limits/seats must not be negative"
        ),
    ):
        parsed(document(plans=[plan("p", 0, seats=-1)]))


def test_plans_of_one_family_have_one_currency() -> None:
    both = [plan("a", 1), plan("b", 2, currency="JPY"), plan("c", 1, family="jp", currency="JPY")]
    assert faults_of(plans=both) == [
        ("/plans/1/currency", "must be USD, as for the other plans of its family")
    ]


def test_an_add_on_that_bears_a_meters_name_is_one_more_unit() -> None:
    read = parsed(document(add_ons=[{"id": "seats", "plans": ["starter"], "price": {"month": 10}}]))
    assert read.limit("starter", "seats", {"seats": 4}) == 9
    extra = [plan("starter", 1, seats=5, extra={"seats": {"month": 10}})]
    assert parsed(document(plans=extra)).limit("starter", "seats", {"seats": 4}) == 9
    both = document(plans=extra, add_ons=[{"id": "seats", "price": 10}])
    assert parsed(both).limit("starter", "seats", {"seats": 4}) == 9


def test_ranks_alone_make_the_order() -> None:
    read = catalog("global")
    assert [step.id for step in read.higher_plans("starter")] == ["pro", "enterprise"]
    shuffled = parsed(document(plans=list(reversed(document()["plans"]))))
    assert shuffled.next_plan("starter") == shuffled.plans["pro"]
    assert isinstance(shuffled.next_plan("pro"), Plan)
