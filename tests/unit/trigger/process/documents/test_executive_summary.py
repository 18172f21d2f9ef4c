"""The page for the person who decides."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from services.trigger.process.documents.executive_summary import promised
from services.trigger.process.lines import Line as Sold
from services.trigger.process.lines import priced
from shared.wording.document import Document, Figures, Line, Note, Table
from tests.unit.trigger.process.cases import deal
from tests.unit.trigger.process.documents.papers import (
    approved,
    known,
    maruta,
    paper,
    seen,
    titles,
    valued,
)

ORDER = [
    "Situation",
    "Proposal",
    "What it is worth",
    "Cost of waiting",
    "Approvers and decision day",
    "Next step",
]
NAME = "executive_summary"
SEEN = seen()


def figures(found: Document, title: str) -> dict[str, str]:
    (section,) = (one for one in found.sections if one.title == title)
    return {
        figure.label: figure.value
        for part in section.parts
        if isinstance(part, Figures)
        for figure in part.items
    }


def table(found: Document, title: str) -> Table:
    (section,) = (one for one in found.sections if one.title == title)
    return next(part for part in section.parts if isinstance(part, Table))


def texts(found: Table) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in found.rows]


def test_all_of_it_in_its_order() -> None:
    of = seen()
    found = paper(NAME, maruta(of), of)
    assert [figure.value for figure in found.facts] == ["Maruta", "September 16, 2025", "Kato"]
    assert titles(found) == ORDER
    assert figures(found, "Proposal") == {
        "Plan": "Enterprise",
        "Added cost a year": "$75,000",
        "Added cost a month": "$6,250",
    }
    assert figures(found, "What it is worth") == {
        "Return on the added cost": "8x",
        "Net benefit a year": "$115,000",
        "Net benefit a month": "$9,583.33",
    }
    assert texts(table(found, "Approvers and decision day")) == [["Sato", "CFO"]]
    assert figures(found, "Approvers and decision day") == {"Decision day": "October 1, 2025"}
    assert figures(found, "Next step") == {
        "Step": "Formal proposal",
        "Your contact": "Mori",
        "Due": "September 30, 2025",
    }


def test_what_nobody_has_named_yet_is_open() -> None:
    of = seen()
    found = paper(NAME, deal(), of)
    assert titles(found) == ["Situation", "Proposal", "Approvers and decision day", "Next step"]
    assert found.sections[-2].parts == (Line("The approvers are still to be named."),)
    assert found.sections[-1].parts == (Line("The next step is to be agreed."),)
    some = paper(NAME, approved(deal(), of, decide_on=None), of)
    assert figures(some, "Approvers and decision day") == {"Decision day": "To be agreed"}


def test_a_worth_that_is_not_clear_is_not_told() -> None:
    """R-117: 22,499.88 a year is less than half as much again as 15,000; 22,500.40 is more."""
    of = seen()
    for rate, told in (("432.69", False), ("432.70", True)):
        state = valued(
            deal(), of, members=None, hours="1", hours_basis="team_total", hourly_rate=rate
        )
        shown = titles(paper(NAME, state, of))
        assert ("What it is worth" in shown, "Cost of waiting" in shown) == (told, told)


def test_figures_of_one_unit_say_so_and_so_do_assumed_ones() -> None:
    of = seen()
    state = valued(deal(), of, assumed=["hourly_rate"])
    (section,) = (one for one in paper(NAME, state, of).sections if one.title == "What it is worth")
    assert [part.text for part in section.parts if isinstance(part, Note)] == [
        "Assumed in this estimate: Cost of an hour",
        "These figures are for one unit of the subscription, which has 5.",
    ]


def test_printed_parts_add_up_to_the_printed_sum() -> None:
    of, state = seen(), deal()
    (first,) = state.lines
    seats = Sold("2", "seats", "seats", 3, Decimal("1800"), "USD", Decimal("12.5"))  # type: ignore[arg-type]
    state = replace(state, lines=(first, priced(seats), replace(first, id="3", state="lost")))
    found = table(paper(NAME, state, of), "Proposal")
    assert texts(found) == [
        ["Pro to Enterprise", "5", "$75,000"],
        ["users (12.5% discount)", "3", "$1,575"],
        ["Total", "", "$76,575"],
    ]
    assert found.rows[-1].total


@given(
    st.lists(
        st.tuples(st.integers(0, 10**7), st.integers(0, 10_000), st.booleans()),
        min_size=2,
        max_size=6,
    )
)
def test_any_parts_add_up(drawn: list[tuple[int, int, bool]]) -> None:
    lines = tuple(
        priced(
            Sold(
                str(n),
                "add_on",
                "enterprise",
                1,
                Decimal(cents).scaleb(-2),
                "USD",
                Decimal(pct).scaleb(-2),
                ok,
            )
        )
        for n, (cents, pct, ok) in enumerate(drawn)
    )
    *rows, total = texts(table(paper(NAME, replace(deal(), lines=lines), SEEN), "Proposal"))
    assert sum(amount(row[-1]) for row in rows) == amount(total[-1])


def amount(text: str) -> Decimal:
    return Decimal(text.replace("$", "").replace(",", ""))


def test_a_discount_is_on_paper_only_once_it_is_approved() -> None:
    sold = priced(Sold("1", "add_on", "seats", 1, Decimal(1_000), "USD", Decimal(50), False))
    assert [promised(one).year for one in (sold, replace(sold, approved=True))] == [1_000, 500]


def test_a_custom_price_is_quoted() -> None:
    of, state = seen(), deal()
    lines = (replace(state.lines[0], list_year=None, year=None),)
    found = paper(NAME, replace(state, lines=lines), of)
    assert figures(found, "Proposal")["Added cost a year"] == "Quoted individually"
    assert figures(found, "Proposal")["Added cost a month"] == "Quoted individually"


def test_waiting_costs_until_the_next_renewal() -> None:
    told = known()
    running = told.facts.subscription
    assert running is not None
    renewed = replace(running, renewal_date=told.now.date().replace(year=2026, month=3))
    of = seen(told.having(subscription=renewed))
    (section,) = (
        one for one in paper(NAME, maruta(of), of).sections if one.title == "Cost of waiting"
    )
    assert section.parts == (
        Line(
            "The next renewal is on March 16, 2026. Waiting 6 months until then costs "
            "1,300 hours of work, worth $65,000."
        ),
    )


def test_a_closed_deal_is_told_as_it_was() -> None:
    """Once they have the plan, it is still a step from the one before, and nothing waits."""
    told = known()
    running = told.facts.subscription
    assert running is not None
    of = seen(told.having(subscription=replace(running, plan="enterprise")))
    won = replace(maruta(seen()), stage="closed_won")
    found = paper(NAME, won, of)
    assert texts(table(found, "Proposal")) == [["Pro to Enterprise", "5", "$75,000"]]
    assert "Cost of waiting" not in titles(found)
    assert paper("plan_comparison", won, of).sections[0].title == "Pro and Enterprise"
