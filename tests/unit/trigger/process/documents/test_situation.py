"""Needs as a customer may read them."""

from services.trigger.process.documents.situation import situation
from services.trigger.process.documents.subject import Subject
from shared.wording.document import Line, Table
from tests.unit.trigger.process.cases import context, deal
from tests.unit.trigger.process.documents.papers import known, seen


def rows(lang: str = "en", **more: object) -> list[list[str]]:
    told = known().tickets("support_speed", 2, severity="urgent")
    told = told.told("feature.requested", feature="advanced_analytics")
    (table,) = situation(Subject(deal(), seen(told, lang)))
    assert isinstance(table, Table)
    return [[cell.text for cell in row.cells] for row in table.rows]


def test_measured_and_confirmed_ones_with_their_basis() -> None:
    assert rows() == [
        ["Webhooks", "Confirmed in conversation", "Push, not poll. (Ito)"],
        ["Advanced analytics", "asked for once", ""],
        ["Faster support", "2 urgent requests", ""],
        ["Compliance certifications", "Compliance requirement", "SOC2"],
        ["Users", "Measured: 24/25 (96%)", ""],
    ]
    assert ["ユーザー", "実測値: 24/25 (96%)", ""] in rows("ja")


def test_a_guess_is_no_need() -> None:
    assert all("Premium API" not in row[0] for row in rows())


def test_without_any_it_says_so() -> None:
    assert situation(Subject(deal(), context())) == (Line("確認できたニーズはまだありません。"),)
