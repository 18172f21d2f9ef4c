"""The policy in force, in words."""

from typing import Any

import pytest

from services.console import words
from services.console.views import policy as views
from shared.catalog import Policy, catalog_document
from tests.support.catalogs import catalog, document, parsed


def shown(**policy: Any) -> dict[str, Any]:
    document_: Any = catalog_document(parsed(document(policy=policy)))
    return views.view({"rules": []}, {**document_, "version": 3}, False)


def lines(view: dict[str, Any], section: str) -> list[Any]:
    return next(one["lines"] for one in view["sections"] if one["name"] == section)


def test_what_the_catalogue_leaves_out_is_the_default() -> None:
    assert views.policy_of(None) == Policy()
    found = shown(proposal_cap=[{"count": 3, "days": 60}])
    assert lines(found, "caps")[0] == ("cap", {"count": 3, "days": 60})
    assert ("cooldown.decline", {"days": 90}) in lines(found, "caps")
    assert lines(found, "holdout") == [("holdout.none", {})]
    percent = shown(holdout={"percent": 12, "salt": "x"})
    assert lines(percent, "holdout") == [("holdout.some", {"percent": "12"})]


def test_thresholds_of_all_meters_and_of_plans() -> None:
    plan: Any = {**document()["plans"][0]}
    plan["limits"] = {**plan["limits"], "seats": {"limit": 5, "thresholds": [50, {"at": 4}]}}
    document_: Any = catalog_document(parsed(document(plans=[plan])))
    assert views.thresholds(document_) == [
        {"plan": "", "meter": "", "thresholds": "80, 90, 95, 100"},
        {"plan": "starter", "meter": "seats", "thresholds": "50, 4"},
    ]


@pytest.mark.parametrize("locale", ["en-GB", "ja-JP"])
def test_every_line_has_words(locale: str) -> None:
    say = words.speaker("policy", locale, "UTC")
    for view in (shown(), shown(holdout={"percent": 5, "salt": "x"}, routing="healthy_to_sales")):
        for section in view["sections"]:
            assert say(f"section.{section['name']}")
            assert all(say(f"policy.{name}", **given) for name, given in section["lines"])


def test_a_stored_catalogue_is_read_again() -> None:
    document_: Any = {**catalog_document(catalog("global")), "version": 1}
    assert views.policy_of(document_) == catalog("global").policy
