"""What the plan has of security."""

from dataclasses import replace

from shared.catalog.types import Material
from shared.wording.document import Items, Line, Link, Links, Part, Table
from tests.unit.trigger.process.cases import deal
from tests.unit.trigger.process.documents.papers import CASE, paper, seen, titles

NAME = "security_docs"


def parts(to_plan: str = "enterprise", *materials: Material) -> tuple[Part, ...]:
    of = seen()
    catalog = replace(of.catalog, materials={"security": materials} if materials else {})
    of = replace(of, question=replace(of.question, catalog=catalog))
    found = paper(NAME, replace(deal(), to_plan=to_plan), of)
    return tuple(part for section in found.sections for part in section.parts)


def test_features_frameworks_and_links_in_this_order() -> None:
    of = seen()
    assert titles(paper(NAME, deal(), of)) == [
        "Security features of the Enterprise plan",
        "Frameworks covered",
        "Further documents",
    ]
    features, frameworks, links = parts("enterprise", CASE)
    assert isinstance(features, Items)
    assert "Audit log" in features.items
    assert "Webhooks" not in features.items
    assert isinstance(frameworks, Table)
    assert [row.cells[0].text for row in frameworks.rows] == ["SOC2", "ISO 27001"]
    assert isinstance(links, Links)
    assert CASE.text is not None
    assert links.items == (Link(CASE.title.en, CASE.url, CASE.text.en),)


def test_a_plan_that_covers_none_says_so() -> None:
    _, frameworks, links = parts("pro")
    assert frameworks == Line("The catalogue names no framework that this plan covers.")
    assert links == Line("Available on request.")


def test_a_plan_that_is_not_sold_any_more() -> None:
    assert parts("gone") == (Line("Available on request."),)
