"""The demo's deal: how a CSM and a seller take Maruta to Enterprise, act by act. Pure data.

Bodies are those of `POST /v1/opportunities/{id}/entries`. `OBJECTION` stands for the id of the last
objection, `DUE` for a day two weeks after the deal began.
"""

from dataclasses import dataclass
from typing import Any

ACCOUNT = "maruta"
PLAN = "enterprise"
KATO, RIVERS = "csm-1", "sales-1"
SOMEBODY = "owner"
Entry = dict[str, Any]


WAITS_BEFORE = 7
"""The hand-off: from here on the visitor may do it in the console, or let the play go on."""


@dataclass(frozen=True, slots=True)
class Act:
    """`by`: who does it. `facts`: what the customer's systems tell meanwhile. `buys`: the customer
    takes the plan.
    """

    en: str
    ja: str
    by: str = KATO
    entries: tuple[Entry, ...] = ()
    facts: tuple[tuple[str, dict[str, Any]], ...] = ()
    buys: bool = False


def _answer(question: str, text: str, **more: Any) -> Entry:
    said = {"type": "answer", "question": question, "text": text, "said_by": SOMEBODY}
    return {**said, **more}


def _done(*steps: int) -> tuple[Entry, ...]:
    return tuple({"type": "step", "step": step, "status": "done"} for step in steps)


def _proof(criterion: str, kind: str, **more: Any) -> tuple[str, dict[str, Any]]:
    said = {"criterion": criterion, "kind": kind, "text": "Said on the call.", "said_by": SOMEBODY}
    return "evidence.recorded", {**said, **more}


ACTS = (
    Act(
        "Kay asks what troubles them, what they use most, and where they want to go.",
        "加藤が、課題・よく使う機能・今後やりたいことを聞きます。",
        entries=(
            _answer("discovery.1", "Every audit is done by hand."),
            _answer("discovery.2", "The dashboards."),
            _answer("discovery.3", "Sell to banks, which want to see SOC2."),
        ),
    ),
    Act(
        "Kay listens: what works today, where it stops, what would make the difference.",
        "加藤が、現状と今後の姿を聞き、必要な機能を確認します。",
        entries=(
            _answer("conversation.1.1", "Planning of routes."),
            _answer("conversation.1.2", "Certificates for our customers."),
            _answer("conversation.2.1", "Into three more countries."),
            # Also what is repeated to them: "The SOC2 and audit requirements you mentioned ...".
            _answer("conversation.2.2", "SOC2 and audit", needs=[{"feature": "compliance_certs"}]),
            _answer("conversation.2.3", "Reports that write themselves."),
            *_done(1, 2, 3, 4),
        ),
    ),
    Act(
        "The CRM learns that the budget is there, and that trucks stop without the product.",
        "予算があること、業務に欠かせないことがCRMに記録されます。",
        facts=(
            _proof("wall", "call"),
            _proof("profile", "integrations", verdict="yes"),
            _proof("profile", "criticality", verdict="yes"),
            ("budget.stated", {"status": "yes", "said_by": SOMEBODY}),
        ),
    ),
    Act(
        "They work out the value together: 5 people, 10 hours a week each, $50 an hour. "
        "The deal is qualified by itself.",
        "効果を一緒に計算します: 5人、1人週10時間、時給$50。"
        "案件は自動的に「見込みあり」になります。",
        entries=(
            {
                "type": "value",
                "members": 5,
                "hours": 10,
                "hours_basis": "per_person",
                "hours_period": "week",
                "hourly_rate": "50.00",
                "currency": "USD",
                "source": "customer_stated",
                "said_by": SOMEBODY,
            },
        ),
    ),
    Act(
        "Kay shows the audit log and the certificates.",
        "加藤が監査ログと認証を実際に見せます。",
        entries=(
            {"type": "move", "to": "engaged"},
            {"type": "asset", "kind": "demo", "title": "Audit log and certificates"},
            *_done(5, 6),
        ),
    ),
    Act(
        '"Our CFO has to approve the budget." Kay plans the approval with them; the documents are '
        "ready.",
        "「予算にはCFOの承認が必要です」。承認の進め方を決め、資料を用意します。",
        entries=(
            {"type": "objection", "objection": "budget_process"},
            {"type": "reply", "objection": "OBJECTION", "channel": "call"},
            {"type": "outcome", "objection": "OBJECTION", "result": "resolved"},
            {
                "type": "approval",
                "approvers": [{"name": "Dana Reed", "title": "CFO"}],
                "decide_on": "DUE",
                "call": True,
            },
            {"type": "stakeholder", "name": "Dana Reed", "role": "decision_maker"},
        ),
    ),
    Act(
        "The next step is agreed: a formal proposal, by Sales.",
        "次の一歩を決めます: 営業からの正式なご提案。",
        entries=(
            {"type": "next_step", "kind": "formal_proposal", "owner": RIVERS, "due": "DUE"},
            *_done(7, 8),
        ),
    ),
    Act(
        "Kay hands the deal to Sam in Sales, with all that is known.",
        "加藤が、わかっていることをすべて添えて営業のSamに引き継ぎを依頼します。",
        entries=({"type": "handoff", "action": "request"},),
    ),
    Act(
        "Sam accepts. The customer gets one mail that introduces him.",
        "Samが引き受け、お客様に紹介メールが1通届きます。",
        RIVERS,
        entries=({"type": "handoff", "action": "accept"},),
    ),
    Act(
        "Sam proposes Enterprise.",
        "SamがEnterpriseを提案します。",
        RIVERS,
        entries=({"type": "propose", "channel": "person"},),
    ),
    Act(
        "They negotiate.",
        "条件を話し合います。",
        RIVERS,
        entries=({"type": "move", "to": "negotiation"},),
    ),
    Act(
        "Maruta buys: the deal is won by itself, and the credit is shared.",
        "Marutaが契約し、案件は自動的に受注になります。成果は二人で分け合います。",
        SOMEBODY,
        buys=True,
    ),
)
