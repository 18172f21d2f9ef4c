"""The catalogue's part in people's work: policy, assets of features, materials."""

from decimal import Decimal
from typing import Any

import pytest

from shared.catalog import CatalogError, canonical, lint_catalog, parse_stored
from shared.catalog.process import Costs, DueDays, Experiment, Process
from shared.catalog.types import Asset, Material, Policy, Text
from tests.support.catalogs import document, parsed, plan

DEMO = {"kind": "demo", "title": {"en": "Demo", "ja": "デモ"}, "url": "https://a.example/demo?x=1"}
CASE = {"title": "Hoshino", "url": "/cases/hoshino", "text": {"en": "Half", "ja": "半分"}}


def faults_of(**changes: Any) -> list[tuple[str, str]]:
    with pytest.raises(CatalogError) as caught:
        parsed(document(**changes))
    return [(fault.path, fault.reason) for fault in caught.value.faults]


def test_the_defaults() -> None:
    assert Policy().process == Process(DueDays(1, 3, 7), 2, 5, 14, 30, 48)
    assert Policy().human_first == {}
    assert (Policy().experiment, Policy().costs) == (None, None)


def test_all_of_it() -> None:
    read = parsed(
        document(
            policy={
                "process": {"due_days": {"high": 2}, "trial_days": 30},
                "human_first": {"USD": 20000, "JPY": "3M"},
                "experiment": {"id": "offers", "salt": "s", "arms": {"b": 90, "a": 80}},
                "costs": {"currency": "JPY", "acquisition": 300000, "proposal": "60000"},
            },
            features={"core": {"assets": [DEMO]}},
            materials={"case_study": [CASE], "security": []},
        )
    )
    assert read.policy.process == Process(due_days=DueDays(high=2), trial_days=30)
    assert read.policy.human_first == {"USD": Decimal(20000), "JPY": Decimal(3_000_000)}
    assert read.policy.experiment == Experiment("offers", "s", {"a": 80, "b": 90})
    assert read.policy.costs == Costs("JPY", Decimal(300_000), Decimal(60_000))
    demo = Asset("demo", Text("Demo", "デモ"), "https://a.example/demo?x=1")
    assert read.features["core"].assets == (demo,)
    case = Material(Text("Hoshino", "Hoshino"), "/cases/hoshino", Text("Half", "半分"))
    assert read.materials["case_study"] == (case,)
    again = parse_stored(canonical(read))
    assert canonical(again) == canonical(read)
    assert (again.policy, again.features) == (read.policy, read.features)


def _policy(**policy: Any) -> dict[str, Any]:
    return {"policy": policy}


@pytest.mark.parametrize(
    ("changes", "path", "reason"),
    [
        (_policy(process={"due_days": {"high": -1}}), "/policy/process/due_days/high", "0 to 366"),
        (_policy(process={"accept_days": 0}), "/policy/process/accept_days", "from 1 to 366"),
        (_policy(process={"trial_days": 91}), "/policy/process/trial_days", "from 1 to 90"),
        (_policy(process={"pace": 1}), "/policy/process/pace", "unknown key"),
        (_policy(human_first={"usd": 1}), "/policy/human_first/usd", "must be keyed by"),
        (_policy(human_first={"USD": "much"}), "/policy/human_first/USD", "quantity"),
        (_policy(experiment={"id": "x", "salt": "s"}), "/policy/experiment/arms", "is required"),
        (
            _policy(experiment={"id": "x", "salt": "s", "arms": {"a": 80}}),
            "/policy/experiment/arms",
            "must be two arms",
        ),
        (
            _policy(experiment={"id": "x", "salt": "s", "arms": {"a": 80, "b": 0}}),
            "/policy/experiment/arms/b",
            "from 1 to 1000",
        ),
        (
            _policy(costs={"currency": "USD", "proposal": 1}),
            "/policy/costs/acquisition",
            "required",
        ),
        (
            _policy(costs={"currency": "JPY", "acquisition": "0.5", "proposal": 1}),
            "/policy/costs/acquisition",
            "at most 0 decimals",
        ),
        (
            {"features": {"core": {"assets": [DEMO | {"kind": "film"}]}}},
            "/features/core/assets/0/kind",
            "must be one of demo, doc",
        ),
        (
            {"features": {"core": {"assets": [DEMO | {"url": "javascript:alert(1)"}]}}},
            "/features/core/assets/0/url",
            "must be an address",
        ),
        (
            {"features": {"core": {"assets": [DEMO | {"title": {"en": "Demo"}}, DEMO]}}},
            "/features/core/assets/0/title/ja",
            "is required",
        ),
        ({"materials": {"films": []}}, "/materials/films", "unknown key"),
        ({"materials": {"security": [{"url": "/s"}]}}, "/materials/security/0/title", "required"),
        (
            {"materials": {"security": [{"title": "S", "url": "//evil.example"}]}},
            "/materials/security/0/url",
            "must be an address",
        ),
    ],
)
def test_every_fault_is_named_with_its_path(
    changes: dict[str, Any], path: str, reason: str
) -> None:
    found = faults_of(**changes)
    assert [one for one, _ in found] == [path]
    assert reason in found[0][1]


def test_what_a_higher_plan_adds_needs_something_to_show() -> None:
    added = ["core", "sso", "audit log"]
    plans = [
        plan("starter", 1, 49, "10 GB", 5) | {"features": ["core"]},
        plan("pro", 2, 500, "100 GB", 25) | {"features": added},
        plan("enterprise", 3, 1750) | {"features": added},
    ]
    features: dict[str, Any] = {"core": {}, "sso": {"assets": [DEMO]}, "audit log": {}}

    def warned(features: dict[str, Any]) -> list[tuple[str, str]]:
        found = lint_catalog(parsed(document(plans=plans, features=features)))
        return [(one.path, one.reason) for one in found if one.reason.startswith("no_asset")]

    assert warned(features) == [
        ("/features/audit log", "no_asset: nothing shows audit log, which pro adds")
    ]
    assert warned({key: {} for key in features}) == []
