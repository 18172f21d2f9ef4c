"""One version of the catalogue."""

from typing import Any

from services.console.views.catalogue_one import view
from shared.catalog import catalog_document
from tests.support.catalogs import catalog


def test_it_is_compared_with_the_one_in_force() -> None:
    document: Any = {**catalog_document(catalog("jp")), "version": 2}
    found = view(document, 5, frozenset({"planner"}), "ja")
    assert (found["is_in_force"], found["compare"]) == (False, "/console/catalogue/compare?a=2&b=5")
    assert found["edit"] == "/console/catalogue/edit?from=2"
    assert found["table"].plans
    assert view(document, 2, frozenset(), "en")["is_in_force"]
