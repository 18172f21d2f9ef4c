"""What the API shows of decisions and their findings: the answers that `json()` methods build."""

from typing import Literal, NotRequired

from typing_extensions import TypedDict

from services.trigger.judgement.facts.record import Criterion, Verdict
from services.trigger.judgement.findings.loyalty import LoyaltyShown
from shared.answers import Amount, MomentText, MoneyText, Things

Result = Literal["pass", "block", "skip"]
Outcome = Literal["none", "notice", "withheld", "proposal", "assisted", "failed"]
Owner = Literal["self_serve", "cs", "sales", "hybrid"]
Overall = Literal["qualified", "needs_discovery", "nurture", "not_yet"]


class GateShown(TypedDict):
    """A gate's finding.

    If it blocks, the evidence says what ends the block: `retry_at` or `clears_when`.
    """

    gate: str
    result: Result
    reason: str
    evidence: Things


class RemedyShown(TypedDict):
    """What is done instead of selling, and by whom."""

    task: str
    owner: str
    due_at: MomentText


class AddOnOfferShown(TypedDict):
    """More of what is sold with the plan. `type`: `limit_add_on`, or `seat_expansion` if it adds
    people.

    `limit`: what `meter` allows with it; `price`: the price of all of it.
    """

    id: str
    type: str
    meter: str
    quantity: int
    limit: Amount
    price: "MoneyByPeriod"
    currency: str


class RecommendedShown(TypedDict):
    """One step up; or an add-on that is enough and costs less, with `plan` null and `steps` 0."""

    plan: str | None
    steps: int
    multi_step: bool
    add_on: NotRequired[AddOnOfferShown | None]
    note: NotRequired[str]


class RouteShown(TypedDict):
    """Who acts, and by which rule."""

    owner: Owner
    rule: str
    deal_value: MoneyText | None
    currency: str
    reasons: list[str]


class PriceStepShown(TypedDict):
    """The price of all units per `interval` after the step.

    `difference`: how much more than now; null if unknown.
    """

    interval: Literal["month", "year"]
    price: MoneyText
    difference: MoneyText | None
    currency: str


class MoneyByPeriod(TypedDict):
    """Money per week, month and year."""

    week: NotRequired[MoneyText]
    month: MoneyText
    year: MoneyText


class ValueCaseShown(TypedDict):
    """What the step up is worth, using the customer's own figures.

    `lines`: the five steps of the computation, in the account's language.
    """

    currency: str
    benefit: MoneyByPeriod
    cost: MoneyByPeriod
    net: MoneyByPeriod
    multiple: str | None
    headline: int | None
    net_roi_pct: str | None
    payback_days: int | None
    assumed: list[str]
    lines: list[str]


class ProvenShown(TypedDict):
    """One piece of evidence: its kind, content, source, time and author.

    `result`: what it says about the criterion; `figure`: the finding, if there is one. Checks that
    do not hold are listed too.
    """

    type: str
    text: str
    source: str
    date: MomentText
    author: str | None
    result: Verdict
    figure: str | None


class CriterionFinding(TypedDict):
    criterion: Criterion
    verdict: Verdict
    evidence: list[ProvenShown]


class QualificationShown(TypedDict):
    """Whether a person should act now, by five criteria."""

    verdict: Overall
    criteria: list[CriterionFinding]
    questions: list[str]


class DecisionShown(TypedDict):
    """Every gate with its result, and what follows. `loyalty` null: not known, or decided before
    it was noted.

    `retry_at` null although something blocks: the evidence says what clears it.
    """

    id: str
    account: str
    cause: str
    at: MomentText
    signals: list[str]
    outcome: Outcome
    gates: list[GateShown]
    blocked_by: list[str]
    retry_at: MomentText | None
    remedy: RemedyShown | None
    recommendation: RecommendedShown | None
    value: ValueCaseShown | None
    route: RouteShown | None
    scenarios: list[str]
    qualification: QualificationShown | None
    loyalty: LoyaltyShown | None
    remedies: list[RemedyShown]
    late: bool
    reason: NotRequired[str | None]


class MoreUnits(TypedDict):
    """More units instead of the step.

    `break_even`: the number from which the step costs no more.
    """

    add_on: str
    quantity: int
    year: MoneyText
    saving_year: MoneyText
    break_even: int | None
