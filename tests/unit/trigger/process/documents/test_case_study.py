"""Case studies, then references; none of both comes on request."""

from dataclasses import replace

from shared.wording.document import Line
from tests.unit.trigger.process.cases import deal
from tests.unit.trigger.process.documents.papers import CASE, page, paper, seen, titles

NAME = "case_study"


def test_those_of_the_catalogue_in_their_order() -> None:
    of = seen()
    for kinds, wanted in (
        (("reference", "case_study"), ["Case studies", "References"]),
        (("reference",), ["References"]),
    ):
        catalog = replace(of.catalog, materials=dict.fromkeys(kinds, (CASE,)))
        having = replace(of, question=replace(of.question, catalog=catalog))
        assert titles(paper(NAME, deal(), having)) == wanted
        assert f'<a href="{CASE.url}" rel="noreferrer">{CASE.title.en}</a>' in page(
            NAME, deal(), having
        )


def test_none_come_on_request() -> None:
    (section,) = paper(NAME, deal(), seen(lang="ja")).sections
    assert section.parts == (Line("ご要望に応じてお送りします。"),)
