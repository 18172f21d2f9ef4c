"""The return on the step, line by line."""

import re
from decimal import Decimal

from shared.wording.document import Document, Figures, Items, Line, Note, Table
from tests.unit.trigger.process.cases import deal
from tests.unit.trigger.process.documents.papers import known, maruta, paper, seen, titles, valued

NAME = "roi_analysis"


def inputs(found: Document) -> list[list[str]]:
    (table,) = (part for part in found.sections[0].parts if isinstance(part, Table))
    return [[cell.text for cell in row.cells] for row in table.rows]


def figures(found: Document) -> dict[str, str]:
    return {
        figure.label: figure.value
        for section in found.sections
        for part in section.parts
        if isinstance(part, Figures)
        for figure in part.items
    }


def test_inputs_lines_result_and_version_in_this_order() -> None:
    of = seen()
    found = paper(NAME, maruta(of), of)
    assert titles(found) == ["Inputs", "Calculation", "Result", "Version"]
    assert inputs(found) == [
        ["People", "5", "Stated by you", "Ito"],
        ["Hours saved", "10 hours a week (per person)", "Stated by you", "Ito"],
        ["Cost of an hour", "$50", "Stated by you", "Ito"],
    ]
    (lines,) = found.sections[1].parts
    assert isinstance(lines, Items)
    assert len(lines.items) == 5
    assert lines.items[-1] == "Multiple: $130,000 ÷ $15,000 = 8.67x (net $115,000 a year)"
    assert figures(found) == {
        "Multiple": "8.67x",
        "Net benefit a year": "$115,000",
        "Payback": "42 days",
        "Version": "1",
        "Date": "September 16, 2025",
    }


def test_the_lines_can_be_computed_again_from_what_is_printed() -> None:
    of = seen()
    lines = paper(NAME, maruta(of), of).sections[1].parts[0]
    assert isinstance(lines, Items)
    week, year, cost, multiple = ([*map(_number, _NUMBER.findall(one))] for one in lines.items[1:])
    assert week[0] * week[1] == week[2]
    assert (year[0] * year[1], year[0]) == (year[2], week[2])
    assert cost[0] - cost[1] == cost[2]
    assert multiple[:2] == [year[2], cost[2]]
    assert round(multiple[0] / multiple[1], 2) == multiple[2]
    assert multiple[0] - multiple[1] == multiple[3]


_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


def _number(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))


def test_the_newest_version_holds_in_any_language() -> None:
    of = seen(known(locale="ja-JP"), lang="en")
    state = valued(valued(deal(), of), of, hours="8", automation_rate="0.9")
    found = paper(NAME, state, of)
    assert (figures(found)["Version"], figures(found)["Multiple"]) == ("2", "6.24x")
    assert ["Share automated", "90%", "Stated by you", "Ito"] in inputs(found)
    (lines,) = found.sections[1].parts
    assert isinstance(lines, Items)
    assert lines.items[0] == "Hours: 8 hours a week (per person, 5 members, 90% automated)"


def test_what_is_assumed_is_marked_and_nobody_said_it() -> None:
    of = seen(lang="ja")
    found = paper(NAME, valued(deal(), of, assumed=["hours"]), of)
    assert [row[2:] for row in inputs(found)] == [
        ["お客様のご申告", "Ito"],
        ["試算の前提", "–"],
        ["お客様のご申告", "Ito"],
    ]
    notes = [part for part in found.sections[0].parts if isinstance(part, Note)]
    assert notes[0] == Note("試算の前提: 削減できる時間")
    every = paper(NAME, valued(deal(), of, source="assumed"), of)
    assert {row[2] for row in inputs(every)} == {"試算の前提"}


def test_without_figures_it_says_which_are_needed_and_no_sum() -> None:
    of = seen()
    found = paper(NAME, deal(), of)
    assert titles(found) == ["What is needed"]
    line, needed = found.sections[0].parts
    assert isinstance(line, Line)
    assert needed == Items(("People", "Hours saved", "Cost of an hour"))
    assert "$" not in str(found.sections)


def test_a_payback_of_one_day_and_of_none() -> None:
    of = seen()
    quick = paper(NAME, valued(deal(), of, hourly_rate="5000"), of)
    assert figures(quick)["Payback"] == "1 day"
    never = paper(NAME, valued(deal(), of, hours="0.01", hourly_rate="0.01", members=1), of)
    assert figures(never)["Payback"] == "Not paid back"
