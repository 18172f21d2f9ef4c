"""What one plan has and another lacks."""

from dataclasses import replace
from decimal import Decimal

import pytest

from shared.catalog import Catalog
from shared.catalog.differences import allows_more, answers_faster, better, better_support, differs
from shared.catalog.types import Support
from tests.support.catalogs import document, parsed, plan

NONE = Support()


@pytest.fixture(scope="module")
def found() -> Catalog:
    plans = [
        plan("starter", 1, 49, storage="10 GB", seats=5),
        plan("pro", 2, 500, storage="100 GB", seats=5, support={"channels": ["email"]}),
        plan("enterprise", 3, 1750),
    ]
    return parsed(document(plans=plans))


@pytest.mark.parametrize(
    ("limit", "other", "more"),
    [(None, 1, True), (2, 1, True), (1, 1, False), (0, 1, False), (1, None, False)],
)
def test_unlimited_is_more_than_any_limit(limit: int | None, other: int | None, more: bool) -> None:
    given = [None if one is None else Decimal(one) for one in (limit, other)]
    assert allows_more(*given) is more
    assert not allows_more(None, None)


def test_support_is_better_by_a_channel_a_faster_answer_or_a_closer_csm() -> None:
    assert not better_support(NONE, NONE)
    assert better_support(replace(NONE, channels=("phone",)), NONE)
    assert not better_support(NONE, replace(NONE, channels=("phone",)))
    assert better_support(replace(NONE, csm="dedicated"), replace(NONE, csm="assigned"))
    fast, slow = (replace(NONE, first_response_hours=Decimal(hours)) for hours in (4, 24))
    assert answers_faster(fast, slow)
    assert answers_faster(slow, NONE)
    assert not answers_faster(slow, fast)
    assert not answers_faster(NONE, slow)


def test_what_someone_may_outgrow_is_named_meters_first(found: Catalog) -> None:
    starter, pro, enterprise = (found.plans[key] for key in ("starter", "pro", "enterprise"))
    assert better(starter, pro) == ("storage", "support")
    assert better(pro, enterprise) == ("storage", "seats")
    assert better(pro, pro) == ()


def test_prices_and_names_make_no_difference(found: Catalog) -> None:
    starter, pro = found.plans["starter"], found.plans["pro"]
    assert not differs(starter, replace(starter, price=pro.price, name=pro.name))
    assert differs(starter, pro)
    assert differs(starter, replace(starter, features=()))
