"""Answers about people, opportunities and their entries, as models."""

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from services.trigger.judgement.facts.types import LossReason
from services.trigger.judgement.findings.cross_sell import SuggestionShown
from services.trigger.judgement.shapes import QualificationShown, ValueCaseShown
from services.trigger.process.angles import AngleShown
from services.trigger.process.deals.flags import Flag
from services.trigger.process.lines import LineType
from services.trigger.process.proposal.states import DealProposalShown
from services.trigger.process.stages import Stage
from services.trigger.process.talk.packs import Objection
from shared.answers import Amount, MomentText, MoneyText, Names


class OwnerShown(TypedDict):
    """Whom the customer deals with. `role`: who acts by the rules; `id` null: nobody."""

    role: Literal["self_serve", "cs", "sales", "hybrid"]
    id: str | None
    name: str | None


class AmountShown(TypedDict):
    """All lines that are not lost; null while one of them has no price."""

    year: MoneyText | None
    month: MoneyText | None


class NextStepShown(TypedDict):
    type: Literal["formal_proposal", "trial", "involve_stakeholder"]
    owner: str
    due: str
    note: NotRequired[str]
    overdue: bool


class OpportunityListed(TypedDict):
    """`type`: `plan_upgrade`, or how the add-on expands the account; then `to_plan` is the present
    plan. `revision`: the number of the newest entry.
    """

    id: str
    account: str
    from_plan: str | None
    to_plan: str
    add_on: str | None
    type: str
    stage: Stage
    stage_since: MomentText
    owner: OwnerShown
    reasons: list[str]
    deal_value: MoneyText | None
    amount: AmountShown
    currency: str
    next_step: NextStepShown | None
    flags: list[Flag]
    created_at: MomentText
    closed_at: MomentText | None
    revision: int
    account_name: NotRequired[str]


class LossShown(TypedDict):
    reason: LossReason
    text: str | None


class CreditShown(TypedDict):
    """`year`: this percentage of what was won."""

    person: str
    pct: str
    year: MoneyText


class LineShown(TypedDict):
    """`list_year`: of a plan the difference to the present one. `year`: after the discount; null
    while a custom price is not named. `retained_year`: what stays after a step down.
    """

    id: str
    type: LineType
    item: str
    quantity: int
    list_year: MoneyText | None
    discount_pct: str
    approved: bool
    year: MoneyText | None
    retained_year: MoneyText | None
    state: Literal["open", "won", "lost"]
    won_at: MomentText | None


class StakeholderShown(TypedDict):
    name: str
    role: Literal["decision_maker", "champion", "approver", "user", "other"]
    contact: NotRequired[str]
    note: NotRequired[str]


class MoveShown(TypedDict):
    """Whether the owner may move it there now; each reason begins with its code."""

    to: Stage
    allowed: bool
    reasons: list[str]


class SpokenShown(TypedDict):
    """`said_by`: a contact's id, or a name."""

    text: str
    said_by: str
    at: MomentText


class QuestionShown(TypedDict):
    """`answer`: the newest. `suggestion`: what it may be, by what is known."""

    key: str
    text: str
    answer: SpokenShown | None
    suggestion: str | None


class TalkStepShown(TypedDict):
    """One of the eight steps. `blocked_by`: what is missing before it is done."""

    step: int
    key: str
    title: str
    questions: list[QuestionShown]
    sentences: list[str]
    status: Literal["done", "skipped", "open"]
    reason: str | None
    blocked_by: list[str]


class NeedShown(TypedDict):
    """Only what the account's plan does not give. `hypothesis`: they met the door of a feature, and
    nobody has said more.
    """

    kind: Literal["feature", "meter", "support"]
    key: str
    name: str
    status: Literal["measured", "confirmed", "hypothesis", "refuted"]
    source: str
    count: int
    text: str | None
    said_by: str | None


class PresentedShown(TypedDict):
    """What was shown to the customer."""

    kind: Literal["demo", "doc", "case_study", "reference", "meeting", "call"]
    title: str
    url: NotRequired[str]
    held_on: NotRequired[str]


class CriterionShown(TypedDict):
    """A feature with its `uses`, and how many there were; or a text, which a person judges."""

    feature: NotRequired[str]
    uses: NotRequired[int]
    text: NotRequired[str]
    count: int | None
    met: bool


class TrialStateShown(TypedDict):
    """`limits`: a quantity, or `unlimited`. `ends_at`: the first moment without it."""

    id: str
    features: list[str]
    limits: dict[str, Amount | str]
    starts_at: MomentText
    ends_at: MomentText
    state: Literal["offered", "active", "ended_met", "ended_not_met"]
    criteria: list[CriterionShown]


class ReplyShown(TypedDict):
    """What was said. `quote`: the id of the quote that went with it."""

    id: str
    channel: Literal["email", "call"]
    contacts: NotRequired[list[str]]
    text: str
    quote: NotRequired[str | None]
    at: MomentText


class RaisedObjectionShown(TypedDict):
    """`is_process`: a step of the customer's, and no doubt. `product_gap`: features that they look
    for elsewhere and the deal's plan does not have.
    """

    id: str
    objection: Objection
    is_process: bool
    state: Literal["raised", "answered", "resolved", "unresolved"]
    text: str | None
    reply: ReplyShown | None
    product_gap: list[str]
    at: MomentText


class PackShown(TypedDict):
    """What to answer, prepared. `text` null while something is `missing`. `counter`: for the person
    who answers.
    """

    objection: Objection
    is_process: bool
    text: str | None
    inputs: list[str]
    missing: list[str]
    materials: list[str]
    counter: str


class BusinessCaseShown(TypedDict):
    """The newest figures, as they were sent, and what they come to: null where a price is custom,
    or nothing is above. `version`: how many there were.
    """

    version: int
    value: ValueCaseShown | None
    hours: Any
    hours_basis: Literal["per_person", "team_total"]
    hours_period: Literal["week", "month"]
    hourly_rate: Any
    currency: str
    source: Literal["customer_stated", "measured", "assumed"]
    members: NotRequired[int]
    automation_rate: NotRequired[Any]
    assumed: NotRequired[list[str]]
    activity: NotRequired[Names]
    said_by: NotRequired[str]


class ApproverShown(TypedDict):
    name: str
    title: NotRequired[str]
    contact: NotRequired[str]


class ApprovalShown(TypedDict):
    """How the customer approves it. `decide_on`: the day; `call`: whether we join one."""

    approvers: list[ApproverShown]
    information: list[str]
    decide_on: str | None
    call: bool


_FromTo = TypedDict("_FromTo", {"from": str | None, "to": str})


class HandoffShown(_FromTo):
    """The newest. `due_at`: until when Sales answer. `reason`, `text`: of a rejection. `packet`:
    what Sales got to know, as it was then.
    """

    state: Literal["requested", "accepted", "rejected", "timed_out", "withdrawn", "returned"]
    requested_at: MomentText
    due_at: MomentText
    answered_at: MomentText | None
    reason: Literal["not_qualified", "incomplete", "wrong_owner", "no_capacity", "other"] | None
    text: str | None
    first_contact_at: MomentText | None
    packet: dict[str, Any]


class OpportunityShown(OpportunityListed):
    """All that its log comes to."""

    owner_rule: str
    responsible: Literal["cs", "sales"] | None
    scenarios: list[str]
    decision: str | None
    loss: LossShown | None
    credit: list[CreditShown]
    external_ids: dict[str, str]
    lines: list[LineShown]
    discovery: list[QuestionShown]
    steps: list[TalkStepShown]
    needs: list[NeedShown]
    objections: list[RaisedObjectionShown]
    packs: list[PackShown]
    angles: list[AngleShown]
    value: BusinessCaseShown | None
    stakeholders: list[StakeholderShown]
    approval: ApprovalShown | None
    trials: list[TrialStateShown]
    handoff: HandoffShown | None
    proposals: list[DealProposalShown]
    assets: list[PresentedShown]
    suggestions: list[SuggestionShown]
    qualification: QualificationShown | None
    moves: list[MoveShown]


class ByShown(TypedDict):
    """A person, a key that acts as itself, or a part of Plimsoll."""

    kind: Literal["person", "key", "plimsoll"]
    id: str


class EntryShown(TypedDict):
    """`body`: the fields that were sent, and what came of them."""

    id: str
    seq: int
    type: str
    at: MomentText
    by: ByShown
    body: dict[str, Any]


class WorkerShown(TypedDict):
    """One of our own people. `roles` empty: only reads."""

    id: str
    name: str
    email: str | None
    roles: list[str]
    manager: str | None
    active: bool
    locale: str
    time_zone: str
    sales_trained: bool
    close_authority: MoneyText | None
