"""Both plans side by side."""

from dataclasses import replace

from services.trigger.process.log.append import Appended
from shared.wording.document import Line, Table
from tests.unit.trigger.process.cases import ask, deal
from tests.unit.trigger.process.documents.papers import paper, seen

NAME = "plan_comparison"


def compared(lang: str = "en") -> list[list[tuple[str, str]]]:
    (section,) = paper(NAME, deal(), seen(lang=lang)).sections
    (table,) = section.parts
    assert isinstance(table, Table)
    return [[(cell.text, cell.tone) for cell in row.cells] for row in table.rows]


def test_what_answers_a_need_comes_first_with_its_mark() -> None:
    rows = compared()
    assert rows[:2] == [
        [
            ("Compliance certifications", ""),
            ("Not included", "no"),
            ("Included", "yes"),
            ("SOC2", ""),
        ],
        [("Webhooks", ""), ("Not included", "no"), ("Included", "yes"), ("Push, not poll.", "")],
    ]
    assert all(row[3] == ("", "") for row in rows[2:])
    catalog = seen().catalog
    features = set(catalog.plans["pro"].features) | set(catalog.plans["enterprise"].features)
    assert {catalog.features[one].name.en for one in features} <= {row[0][0] for row in rows}


def test_limits_and_support_say_how_much() -> None:
    rows = {row[0][0]: row[1:3] for row in compared("ja")}
    assert rows["ユーザー"] == [("25ユーザー", ""), ("無制限ユーザー", "")]
    assert rows["優先サポート"] == [("なし", "no"), ("4時間SLA", "")]
    assert rows["専任CSM"] == [("なし", "no"), ("あり", "yes")]
    english = {row[0][0]: row[1:3] for row in compared()}
    assert english["Users"] == [("25 users", ""), ("unlimited users", "")]


def test_the_own_plan_and_no_plan_have_nothing_to_compare() -> None:
    of = seen()
    same = paper(NAME, replace(deal(), to_plan="pro"), of).sections
    assert same[0].parts == (Line("Your Pro plan stays as it is."),)
    gone = replace(
        of, question=replace(of.question, facts=replace(of.question.facts, subscription=None))
    )
    (section,) = paper(NAME, deal(), gone).sections
    assert section.parts == (Line("There is no subscription to compare with yet."),)


def test_a_need_that_was_refuted_is_not_marked() -> None:
    of = seen()
    said = {"type": "need", "feature": "webhooks", "status": "refuted", "said_by": "c1"}
    found = ask(deal(), said, of)
    assert isinstance(found, Appended)
    (section,) = paper(NAME, found.state, of).sections
    (table,) = section.parts
    assert isinstance(table, Table)
    assert [row.cells[0].text for row in table.rows if row.marked] == ["Compliance certifications"]
