"""A catalogue as a table of plans."""

from typing import Any

from services.console.views.plan_table import (
    MOST_PLANS,
    MOST_ROWS,
    NONE,
    Cell,
    limit_cell,
    support_cell,
    table,
)
from shared.catalog import catalog_document
from tests.support.catalogs import catalog


def document(name: str) -> Any:
    return catalog_document(catalog(name))


def test_a_row_for_all_that_any_plan_has() -> None:
    found = table(document("global"), "en")
    assert [id for id, _ in found.plans] == ["starter", "pro", "enterprise"]
    sections = {one.group: {row.key: row for row in one.rows} for one in found.sections}
    assert list(sections) == ["price", "limits", "features", "support", "security", "integrations"]
    seats = sections["limits"]["seats"]
    assert seats.cells == (
        Cell("limit", 5, "seat"),
        Cell("limit", 25, "seat"),
        Cell("limit", "unlimited", "seat"),
    )
    assert sections["security"]["sso"].cells == (
        Cell("flag", False),
        Cell("flag", True),
        Cell("flag", True),
    )
    assert sections["support"]["csm"].cells[0] == Cell("words", "csm.none")
    assert sections["price"]["month"].cells[0].unit == "USD"


def test_names_are_the_readers() -> None:
    plans = dict(table(document("jp"), "ja").plans)
    assert plans != dict(table(document("jp"), "en").plans)


def test_what_a_plan_does_not_say_is_empty() -> None:
    assert limit_cell(None, "seat") == NONE
    assert limit_cell({"limit": 5, "thresholds": [50]}, "seat") == Cell("limit", 5, "seat")
    assert support_cell("channels", []) == NONE
    assert support_cell("channels", ["email", "chat"]) == Cell("text", "email, chat")
    custom: Any = {**document("global")}
    custom["plans"] = [{**plan, "price": "custom"} for plan in custom["plans"]]
    (price, *_) = table(custom, "en").sections
    assert price.rows[0].cells[0] == Cell("words", "price.custom")


def test_a_very_wide_or_long_catalogue_is_cut_and_says_so() -> None:
    many: Any = {**document("global")}
    (plan, *_) = many["plans"]
    features = [f"f{n}" for n in range(MOST_ROWS + 1)]
    many["plans"] = [{**plan, "id": f"p{n}", "features": features} for n in range(MOST_PLANS + 1)]
    found = table(many, "en")
    assert (len(found.plans), found.total) == (MOST_PLANS, MOST_PLANS + 1)
    (of_features,) = [one for one in found.sections if one.group == "features"]
    assert (len(of_features.rows), of_features.total) == (MOST_ROWS, MOST_ROWS + 1)
