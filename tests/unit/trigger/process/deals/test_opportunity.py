"""The state of a deal, and what its entries change."""

from dataclasses import replace
from decimal import Decimal

from services.trigger.process.deals.opportunity import Owner
from tests.unit.trigger.process.cases import deal, having


def test_a_new_reason_changes_value_and_reasons_only() -> None:
    before = deal()
    after = having(
        before,
        "reason",
        decision="d2",
        reasons=["usage_limit", "by_hand"],
        scenarios=["outgrowing"],
        deal_value="80000.00",
    )
    assert (after.reasons, after.judged) == (("usage_limit", "by_hand"), Decimal(80_000))
    assert (after.stage, after.owner, after.lines) == (before.stage, before.owner, before.lines)


def test_a_route_changes_whose_it_is() -> None:
    owner = {"role": "hybrid", "id": "u7", "name": "Kato"}
    after = having(deal(), "route", owner=owner, rule="OWN-3", before={})
    assert (after.owner, after.owner_rule) == (Owner("hybrid", "u7", "Kato"), "OWN-3")


def test_where_sales_close_no_discount_waits_for_an_approval() -> None:
    before = replace(deal(), lines=tuple(replace(one, approved=False) for one in deal().lines))
    owner = {"id": "u7", "name": "Kato"}
    for role, approved in (("cs", False), ("hybrid", True), ("sales", True)):
        route = {"owner": {**owner, "role": role}, "rule": "OWN-3", "before": {}}
        (line,) = having(before, "route", **route).lines
        assert line.approved is approved


def test_a_type_of_a_newer_version_is_kept_and_changes_nothing() -> None:
    after = having(deal(), "from_tomorrow", x=1)
    assert (after.revision, after.stage) == (2, "identified")
    assert [one.type for one in after.of("from_tomorrow")] == ["from_tomorrow"]
    assert after.has_person
    assert not deal().has_person
