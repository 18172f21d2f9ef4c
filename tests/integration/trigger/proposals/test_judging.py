"""Judgement with its tables: decisions, proposals, opportunities, tasks, waiting signals."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from services.notifier.store import refusals
from services.trigger import account_events
from services.trigger.accounts import Contact
from services.trigger.dossier.loader import Loader
from services.trigger.judgement.pipeline import GATES
from services.trigger.proposals.explanation import explain, lines
from services.trigger.tables import accounts
from services.trigger.tables.process import opportunities as heads
from services.trigger.tables.process.opportunities import Filters
from shared.catalog import catalog_document
from shared.messages import Message, Tell
from shared.postgres.database import lock_accounts, transaction
from shared.values.mailboxes import mailbox
from shared.wording import inbox_text, mail_text, task_text
from tests.integration.trigger.proposals.conftest import OWNER, Desk
from tests.support.catalogs import catalog, parsed
from tests.support.stories import NOW, day

GB = 10**9


def tells(messages: list[Message]) -> list[Tell]:
    """Without those about tasks that are over."""
    return [
        message
        for message in messages
        if isinstance(message, Tell)
        and not (message.task is not None and message.task.state.startswith("closed"))
    ]


def readable(tell: Tell, locale: str = "ja") -> str:
    """What the owner reads in the inbox."""
    return inbox_text(tell.kind, tell.cls, tell.facts, "owner", locale).body


async def test_a_crossing_joins_the_proposal_to_the_notice(desk: Desk) -> None:
    await desk.apply(catalog("case"))
    await desk.open("basic")
    await desk.use("storage", 8 * GB)
    (decision,) = await desk.decisions()
    assert decision["outcome"] == "proposal"
    assert decision["route"]["owner"] == "self_serve"
    (tell,) = tells(desk.messages)
    assert (tell.kind, tell.proposes, tell.recipients[0].proposes) == (
        "usage.threshold",
        "large",
        "large",
    )
    text = readable(tell)
    assert "ストレージ容量が80%に達しました。大容量プランへのアップグレードをご検討ください" in text
    assert "月額3,000円" in text
    (opportunity,) = await desk.rows("select * from opportunity")
    assert (opportunity["to_plan"], opportunity["reasons"], int(opportunity["deal_value"])) == (
        "large",
        ["usage_limit"],
        24_000,
    )


async def _stages(desk: Desk, which: str) -> list[str]:
    return [row["stage"] for row in await desk.rows(f"select stage from opportunity where {which}")]


async def test_an_add_on_is_an_opportunity_of_its_own_and_won_when_it_is_bought(desk: Desk) -> None:
    pack = {"id": "storage_pack", "price": {"month": 10}, "limits": {"storage": "10 GB"}}
    seats = {"id": "seat_pack", "price": {"month": 5}, "limits": {"seats": 5}}
    await desk.apply(parsed(catalog_document(catalog("global")) | {"add_ons": [seats]}))
    await desk.open("starter")
    sells_packs = parsed(catalog_document(catalog("global")) | {"add_ons": [pack, seats]})
    await desk.apply(sells_packs)
    await desk.use("storage", 9 * GB)
    await desk.use("storage", 10 * GB)
    first, second = await desk.decisions()
    offered = {one["recommendation"]["add_on"]["id"] for one in (first, second)}
    assert offered == {"storage_pack"} == {tells(desk.messages)[0].proposes}
    (opportunity,) = await desk.rows("select * from opportunity")
    assert (opportunity["to_plan"], opportunity["add_on"], int(opportunity["deal_value"])) == (
        "starter",
        "storage_pack",
        120,
    )
    async with transaction(desk.engine) as conn:
        assert [row.type for row in await heads.page(conn, Filters(), desk.now, None, 50)] == [
            "limit_add_on"
        ]
    (proposal,) = await desk.rows("select plan, add_on, amount from proposal")
    assert (proposal["plan"], proposal["add_on"], int(proposal["amount"])) == (
        "starter",
        "storage_pack",
        120,
    )
    terms = {"started_at": "2024-07-01T00:00:00Z"}
    await desk.subscribe("starter", **terms, add_ons={"seat_pack": 1})
    assert await _stages(desk, "closed_at is null") == ["proposal"]
    await desk.subscribe("starter", **terms, add_ons={"seat_pack": 1, "storage_pack": 1})
    assert await _stages(desk, "closed_at is not null") == ["closed_won"]
    assert await desk.rows("select 1 from alert where state = 'open'") == []
    await desk.later(days=60)
    await desk.use("storage", 18 * GB)
    assert (await desk.decisions())[-1]["recommendation"]["add_on"]["quantity"] == 1
    assert len(await desk.rows("select 1 from opportunity where closed_at is null")) == 1


async def test_eighty_then_ninety_is_an_escalation(desk: Desk) -> None:
    await desk.apply(catalog("case"))
    await desk.open("basic")
    await desk.use("storage", 8 * GB)
    await desk.later(days=3)
    await desk.use("storage", 9 * GB)
    first, second = await desk.decisions()
    assert first["outcome"] == second["outcome"] == "proposal"
    last = tells(desk.messages)[-1]
    assert (
        "ストレージ容量が90%に達しました。大容量プランへのアップグレードをご検討ください"
        in readable(last)
    )
    assert len(await desk.rows("select 1 from opportunity")) == 1


async def test_the_unhappy_get_the_notice_and_the_csm_a_task(desk: Desk) -> None:
    await desk.apply(catalog("global"))
    await desk.open("pro", since="2024-01-10")
    for number in range(3):
        await desk.say("ticket.opened", NOW - timedelta(days=10), ticket=f"b{number}", class_="bug")
    await desk.say("nps.responded", NOW - timedelta(days=9), score=4, contact="c1")
    await desk.use("storage", 95 * GB)
    decision = (await desk.decisions())[-1]
    assert decision["outcome"] == "withheld"
    assert decision["blocked_by"] == ["dissatisfied"]
    assert decision["remedy"]["task"] == "support_reinforcement"
    notice, task = tells(desk.messages)
    assert notice.proposes is None
    for locale in ("ja", "en"):
        words = mail_text(notice.kind, notice.cls, notice.facts, "青空", "owner", locale).text
        assert not [
            word
            for word in ("アップグレード", "upgrade", "Enterprise", "$")
            if word.lower() in words.lower()
        ]
    assert task.kind == "crm.task"
    assert "サポートを強化してください" in task_text(task.facts, "ja").body


async def test_a_remedy_is_asked_for_at_once_and_once_also_where_nothing_was_to_be_sold(
    desk: Desk,
) -> None:
    """One per blocking gate that has one; each reaches the CSM once (R-073)."""
    await desk.apply(catalog("global"))
    await desk.open("pro", since="2024-01-10")
    await desk.say("nps.responded", score=3, contact="c1")
    (decision,) = await desk.decisions()
    assert (decision["outcome"], decision["blocked_by"][0]) == ("none", "dissatisfied")
    assert [one["task"] for one in decision["remedies"]] == ["support_reinforcement"]
    (task,) = tells(desk.messages)
    assert task_text(task.facts, "ja").body.startswith("起きたこと: NPS 3点(2025年9月16日)。")
    assert task_text(task.facts, "en").body.startswith("What happened: NPS 3 on 2025-09-16")
    await desk.use("storage", 95 * GB)
    assert (await desk.decisions())[-1]["remedy"]["task"] == "support_reinforcement"
    assert [tell.kind for tell in tells(desk.messages)] == ["crm.task", "usage.threshold"]


async def test_a_suppression_that_ends_lets_only_the_proposal_out(desk: Desk) -> None:
    await desk.apply(catalog("global"))
    await desk.open("starter")
    await desk.say("nps.responded", score=4, contact="c1")
    await desk.use("storage", 9 * GB)
    assert (await desk.decisions())[-1]["outcome"] == "withheld"
    desk.messages.clear()
    await desk.say("nps.responded", desk.now + timedelta(minutes=1), score=8, contact="c1")
    decision = (await desk.decisions())[-1]
    assert (decision["cause"], decision["outcome"], decision["signals"]) == (
        "nps.responded",
        "proposal",
        ["usage_limit"],
    )
    (tell,) = tells(desk.messages)
    assert tell.kind == "upgrade.proposal"
    assert (tell.meter, tell.threshold) == ("storage", 90)
    assert (
        "ストレージ容量が90%に達しました。Proプランへのアップグレードをご検討ください"
        in readable(tell)
    )
    assert "10 GBから100 GB" in readable(tell), (
        "a benefit is named, not only a button (R-018, R-034)"
    )
    before = len(await desk.decisions())
    await desk.later(days=1)
    assert len(await desk.decisions()) == before


async def test_a_later_task_still_has_the_sentence_about_the_limit(desk: Desk) -> None:
    """The sentence is in the task even if something withheld it at the crossing."""
    await desk.apply(catalog("global"))
    await desk.open("pro")
    await desk.say("nps.responded", score=4, contact="c1")
    await desk.use("seats", 24)
    desk.messages.clear()
    await desk.say("nps.responded", desk.now + timedelta(minutes=1), score=8, contact="c1")
    (tell,) = tells(desk.messages)
    body = task_text(tell.facts, "ja-JP").body
    assert (
        "ユーザー制限の95%に達しています。壁にぶつかる前に、無制限ユーザーのEnterpriseについて話しませんか?"
        in body
    )


async def test_a_new_contract_is_asked_again_when_its_grace_is_over(desk: Desk) -> None:
    await desk.apply(catalog("jp"))
    await desk.open("standard", since="2025-09-11")
    await desk.use("storage", 95 * GB)
    (first,) = await desk.decisions()
    assert (first["outcome"], first["retry_at"], first["remedy"]["task"]) == (
        "withheld",
        "2025-10-11T00:00:00Z",
        "onboarding",
    )
    desk.messages.clear()
    await desk.pass_time(day("2025-10-11"))
    second = (await desk.decisions())[-1]
    assert (second["cause"], second["outcome"]) == ("schedule", "proposal")
    assert [tell.kind for tell in tells(desk.messages)] == ["upgrade.proposal"]


async def test_nagis_counter_has_reset_so_nothing_is_proposed(desk: Desk) -> None:
    """R-070."""
    await desk.apply(catalog("jp"))
    await desk.open("standard", since="2025-09-11", order={"anchor": "2025-09-01T00:00:00Z"})
    await desk.use("api_calls", 103_000, day("2025-09-01"), day("2025-10-01"))
    await desk.pass_time(day("2025-10-01"))
    await desk.end_period()
    desk.messages.clear()
    await desk.pass_time(day("2025-10-11"))
    last = (await desk.decisions())[-1]
    assert (last["cause"], last["outcome"]) == ("schedule", "none")
    assert tells(desk.messages) == []


async def test_a_counter_that_resets_when_the_grace_ends_is_no_longer_a_reason(desk: Desk) -> None:
    """R-070: Nagi's period ends just when her signal is reconsidered, whichever runs first."""
    await desk.apply(catalog("jp"))
    await desk.open("standard", since="2025-09-11")
    await desk.use("api_calls", 103_000, day("2025-09-11"), day("2025-10-11"))
    (first,) = await desk.decisions()
    assert (first["outcome"], first["retry_at"]) == ("withheld", "2025-10-11T00:00:00Z")
    desk.messages.clear()
    await desk.pass_time(day("2025-10-11"))
    last = (await desk.decisions())[-1]
    assert (last["cause"], last["outcome"], last["signals"]) == ("schedule", "none", [])
    assert tells(desk.messages) == []


TWENTY_HOURS: dict[str, Any] = {
    "hours": 20,
    "hours_basis": "team_total",
    "hours_period": "month",
    "hourly_rate": 3000,
    "currency": "JPY",
}


async def test_renewal_and_promoter_merge_into_one_opportunity_and_one_message(desk: Desk) -> None:
    """Sakura."""
    desk.now = datetime(2025, 9, 15, 23, tzinfo=UTC)
    await desk.apply(catalog("jp"))
    await desk.open(
        "standard", since="2023-10-16", order={"interval": "year", "renewal_date": "2025-10-16"}
    )
    await desk.say("need.stated", feature="api_integration", said_by="c1")
    activity = {"en": "data analysis", "ja": "データ分析"}
    await desk.say(
        "value.stated", **TWENTY_HOURS, source="customer_stated", said_by="c1", activity=activity
    )
    await desk.pass_time(NOW)
    renewal = (await desk.decisions())[-1]
    assert (renewal["cause"], renewal["signals"]) == ("renewal", ["renewal"])
    assert (renewal["outcome"], renewal["late"]) == ("proposal", False)
    assert renewal["value"]["net"]["month"] == "40000"
    await desk.say("nps.responded", score=9, contact="c1")
    nps = (await desk.decisions())[-1]
    assert (nps["outcome"], nps["blocked_by"]) == ("withheld", ["frequency_cap"])
    (opportunity,) = await desk.rows("select * from opportunity")
    assert opportunity["reasons"] == ["renewal", "nps_high"]
    (tell,) = [tell for tell in tells(desk.messages) if tell.proposes]
    inbox = readable(tell)
    mail = mail_text(tell.kind, tell.cls, tell.facts, "桜", "owner", "ja").text
    assert (
        "現在のご利用状況を確認したところ、プレミアムプランがよりコストパフォーマンスが高いと思われます"
        in inbox
    )
    assert (
        "プレミアムプランに移行すると、データ分析時間が月20時間削減でき、人件費換算で月6万円の効果が期待できます"
        in inbox
    )
    assert (
        "プレミアムプランに移行すると、データ分析時間が月20時間削減できます。人件費(時給3,000円換算)で月6万円の効果が見込めます。"
        "プラン差額は月2万円のため、実質月4万円のプラスです" in mail
    )


async def test_a_missed_renewal_fires_once_and_is_late(desk: Desk) -> None:
    desk.now = day("2025-09-10")
    await desk.apply(catalog("jp"))
    await desk.open("standard", since="2023-10-16", order={"renewal_date": "2025-10-16"})
    await desk.pass_time(day("2025-09-19"))
    await desk.pass_time(day("2025-09-20"))
    renewals = [one for one in await desk.decisions() if one["cause"] == "renewal"]
    assert [one["late"] for one in renewals] == [True]


async def test_kitsune_is_the_csms_with_the_seats_above_the_limit(desk: Desk) -> None:
    await desk.apply(catalog("global"))
    await desk.open("pro", since="2024-03-16")
    await desk.use("seats", 24)
    await desk.say("team.growth", count=10, role="sales")
    first, second = await desk.decisions()
    assert (first["outcome"], first["route"]["owner"], first["route"]["deal_value"]) == (
        "assisted",
        "cs",
        "15000.00",
    )
    assert second["scenarios"] == ["outgrowing", "team_growth"]
    (usage, task) = tells(desk.messages)
    assert usage.proposes is None
    said = task_text(usage.facts, "ja").body
    assert (
        "ユーザー制限の95%に達しています。壁にぶつかる前に、無制限ユーザーのEnterpriseについて話しませんか?"
        in said
    )
    assert "24/25 (96%)" in said
    growth = "10人の新しい営業担当者を採用していることを見ました。"
    cheaper = "Enterpriseの無制限ユーザーは、Proシートを追加するよりもコスト効率が良いでしょう。"
    assert growth + cheaper in task_text(task.facts, "ja").body
    (opportunity,) = await desk.rows("select * from opportunity")
    assert opportunity["reasons"] == ["usage_limit", "team_growth"]


async def test_a_deal_that_judgement_passes_on_is_to_be_handed_off(desk: Desk) -> None:
    """R-171: the CSM stays its owner, and is asked to hand it to Sales, once."""
    await desk.apply(catalog("global"))
    await desk.open("pro", since="2024-03-16")
    await desk.use("seats", 24)
    await desk.say("team.growth", count=10, role="sales")
    await desk.say("deal.stated", complex=True)
    await desk.say("nps.responded", score=10, contact="c1")
    await desk.later(minutes=1)
    (deal,) = await desk.rows("select id, owner from opportunity")
    assert deal["owner"]["role"] == "hybrid"
    (task,) = await desk.rows(
        "select about, state, owner_id from task where reason = 'handoff_due'"
    )
    assert (task["about"], task["state"]) == (deal["id"], "open")
    assert task["owner_id"] == deal["owner"]["id"] is not None


async def test_facts_count_once_and_history_raises_nothing(desk: Desk) -> None:
    await desk.apply(catalog("global"))
    await desk.open("starter")
    await desk.say("need.stated", feature="sso")
    before = len(await desk.decisions())
    await desk.say("nps.responded", NOW - timedelta(days=8), score=9, contact="c1")
    assert len(await desk.decisions()) == before
    desk.count -= 1
    await desk.say("nps.responded", NOW - timedelta(days=8), score=9, contact="c1")
    assert len(await desk.rows("select 1 from fact")) == 2
    record: dict[str, Any] = (await desk.rows("select body from account_record"))[0]["body"]
    assert len(record["nps"]) == 1


async def test_plan_change_wins_the_opportunity_and_cools_down(desk: Desk) -> None:
    await desk.apply(catalog("global"))
    await desk.open("starter")
    await desk.use("storage", 9 * GB)
    await desk.later(days=1)
    await desk.subscribe("pro", started_at="2024-07-01T00:00:00Z")
    (opportunity,) = await desk.rows("select stage from opportunity")
    assert opportunity["stage"] == "closed_won"
    await desk.use("storage", 95 * GB)
    last = (await desk.decisions())[-1]
    assert last["blocked_by"] == ["recommendation"]
    assert last["outcome"] == "notice"
    assert last["retry_at"] is not None


BAD_FACTS: list[tuple[str, dict[str, Any], str]] = [
    ("nps.responded", {"score": 11}, "/data/score"),
    ("nps.responded", {"score": True}, "/data/score"),
    ("quote.presented", {"plan": "pro", "price": -1}, "/data/price"),
    ("quote.presented", {"plan": "nothing"}, "/data/plan"),
    ("quote.presented", {"plan": "pro"}, "/data/plan"),
    ("feature.used", {"feature": "teleport"}, "/data/feature"),
    (
        "value.stated",
        {
            "hours": 1,
            "hours_period": "week",
            "hourly_rate": 5,
            "currency": "USD",
            "source": "assumed",
        },
        "/data/hours_basis",
    ),
    (
        "value.stated",
        {
            "hours": 1,
            "hours_basis": "team_total",
            "hours_period": "week",
            "hourly_rate": 5,
            "currency": "EUR",
            "source": "assumed",
        },
        "/data/currency",
    ),
    ("ticket.opened", {"ticket": "t", "class": "rage"}, "/data/class"),
    ("no.such", {}, "/type"),
]


async def test_bad_facts_are_refused_with_field_and_reason(desk: Desk) -> None:
    await desk.apply(catalog("global"))
    await desk.open("pro")
    await desk.say("contract.signed", plan="pro")
    async with transaction(desk.engine) as conn:
        events = [
            desk.event(type_, id=f"x{index}", **data)
            for index, (type_, data, _) in enumerate(BAD_FACTS)
        ]
        found = await account_events.refuse(conn, desk.watch, events, desk.now)
    for (type_, data, path), faults in zip(BAD_FACTS, found, strict=True):
        assert faults, (type_, data)
        assert faults[0].path == path, (faults, path)
        assert faults[0].reason
    assert msgspec.json.encode([fault.reason for faults in found for fault in faults])
    assert len(await desk.rows("select 1 from fact")) == 1


async def test_explain_prints_a_line_per_gate_in_both_languages(desk: Desk) -> None:
    await desk.apply(catalog("global"))
    await desk.open("pro")
    await desk.say("nps.responded", NOW - timedelta(days=9), score=4, contact="c1")
    loader = Loader(desk.watch.catalogs)
    async with desk.engine.connect() as conn:
        asked = await explain(conn, loader, "acct-1", at=None, now=desk.now, lang="en")
        assert await explain(conn, loader, "nobody", at=None, now=desk.now, lang="en") is None
    assert asked is not None
    assert [line.partition(":")[0] for line in asked[1:]] == list(GATES.names)
    await desk.use("storage", 95 * GB)
    async with desk.engine.connect() as conn:
        english = await explain(conn, loader, "acct-1", at=None, now=desk.now, lang="en")
        japanese = await explain(conn, loader, "acct-1", at=None, now=desk.now, lang="ja")
    assert english is not None
    assert japanese is not None
    assert next(line for line in english if line.startswith("dissatisfied:")).startswith(
        "dissatisfied: block: NPS 4 on 2025-09-07"
    )
    assert next(line for line in japanese if line.startswith("dissatisfied:")).startswith(
        "dissatisfied: 見送り: NPS 4点(2025年9月7日)"
    )


@pytest.mark.parametrize(
    ("lang", "says"),
    [
        ("en", "it could not be decided (error: OverflowError)"),
        ("ja", "判断できませんでした(error: OverflowError)"),
    ],
)
def test_explain_says_that_judgement_failed(lang: str, says: str) -> None:
    failed = {
        "account": "a",
        "at": "2026-01-01T00:00:00Z",
        "cause": "usage.threshold",
        "outcome": "failed",
        "id": "d1",
    }
    head, why = lines(
        failed | {"signals": [], "gates": [], "reason": "error: OverflowError"},
        "Aozora",
        "UTC",
        lang,
    )
    assert head.endswith("-> failed (d1)")
    assert why.startswith(says)


async def test_a_mailbox_stays_refused_for_other_contacts_and_after_its_contact_leaves(
    desk: Desk,
) -> None:
    """Until the fact is taken back: then all its consequences are undone."""
    await desk.apply(catalog("global"))
    await desk.open("starter")
    await desk.say("contact.unsubscribed", contact="c1")
    await desk.use("storage", 9 * GB)
    same = Contact("c2", "Keiri", "billing_admin", "Hanako@EXAMPLE.com")
    await desk.open(None, contacts=(OWNER, same))
    await desk.open(None, contacts=(same,))
    decision = (await desk.decisions())[-1]
    assert (decision["outcome"], decision["blocked_by"]) == ("withheld", ["opted_out"])
    (refusal,) = await desk.rows("select contact, mailbox, fact from refusal")
    assert (refusal["contact"], bytes(refusal["mailbox"]), refusal["fact"]) == (
        "c1",
        mailbox("hanako@example.com"),
        "/crm f1",
    )
    (fact,) = await desk.rows("select seq from fact")
    async with transaction(desk.engine) as conn:
        await lock_accounts(conn, [desk.account])
        assert await desk.watch.judgement.take_back(
            conn, desk.account, fact["seq"], "key:test", desk.now
        )
    assert await desk.rows("select 1 from refusal") == []
    desk.messages.clear()
    await desk.later(minutes=1)
    assert (await desk.decisions())[-1]["outcome"] == "proposal"
    (tell,) = tells(desk.messages)
    assert [one.contact for one in tell.recipients] == ["c2"]


async def test_a_mailbox_that_refused_for_all_accounts_is_asked_by_none(desk: Desk) -> None:
    await desk.apply(catalog("global"))
    await desk.open("starter", contacts=(Contact("c9", "Hanako", "owner", "HANAKO@example.com"),))
    async with transaction(desk.engine) as conn:
        await refusals.refuse_everywhere(conn, mailbox("hanako@example.com"), desk.now)
    await desk.use("storage", 9 * GB)
    assert (await desk.decisions())[-1]["blocked_by"] == ["opted_out"]


async def test_a_low_score_of_someone_who_left_blocks_nothing(desk: Desk) -> None:
    await desk.apply(catalog("global"))
    await desk.open("starter", contacts=(OWNER, Contact("c2", "Ken", "member")))
    await desk.say("nps.responded", score=2, contact="c2")
    await desk.use("storage", 9 * GB)
    assert (await desk.decisions())[-1]["blocked_by"] == ["dissatisfied"]
    await desk.open(None, contacts=(OWNER,))
    assert (await desk.decisions())[-1]["outcome"] == "proposal"
    async with transaction(desk.engine) as conn:
        profile = await accounts.find(conn, desk.account)
        assert profile is not None
        described = await desk.watch.judgement.described(conn, profile, desk.now)
    assert described is not None
    assert described["nps"] is not None, "what they said stays in the account's history"
    assert described["nps"]["score"] == 2


async def test_a_new_buyer_lets_the_proposal_out(desk: Desk) -> None:
    await desk.apply(catalog("global"))
    await desk.open("starter")
    await desk.say("contact.unsubscribed", contact="c1")
    await desk.use("storage", 9 * GB)
    assert (await desk.decisions())[-1]["blocked_by"] == ["opted_out"]
    desk.messages.clear()
    await desk.open(
        None, contacts=(OWNER, Contact("c2", "Aoi", "billing_admin", "aoi@example.com"))
    )
    decision = (await desk.decisions())[-1]
    assert (decision["cause"], decision["outcome"]) == ("schedule", "proposal")
    (tell,) = tells(desk.messages)
    assert [one.contact for one in tell.recipients] == ["c2"]


async def test_two_meters_in_one_look_make_one_proposal(desk: Desk) -> None:
    await desk.apply(catalog("global"))
    await desk.open("starter")
    await desk.use("seats", 1)
    for meter, used in (("seats", 5), ("storage", 10 * GB)):
        await desk.rows_changed(meter, used)
    await desk.end_period()
    decisions = await desk.decisions()
    assert [decision["outcome"] for decision in decisions] == ["proposal", "withheld"]
    assert decisions[1]["blocked_by"] == ["frequency_cap"]
    assert len([tell for tell in tells(desk.messages) if tell.proposes]) == 1
    assert len([tell for tell in tells(desk.messages) if tell.kind == "usage.threshold"]) == 2


async def test_a_renewal_is_reviewed_once_however_often_the_subscription_is_stated(
    desk: Desk,
) -> None:
    desk.now = NOW
    await desk.apply(catalog("jp"))
    await desk.open("standard", since="2023-10-16", order={"renewal_date": "2025-10-16"})
    await desk.later(seconds=1)
    await desk.subscribe(
        "standard", started_at="2023-10-16T00:00:00Z", renewal_date="2025-10-16", quantity=2
    )
    await desk.later(seconds=1)
    assert [one["cause"] for one in await desk.decisions()] == ["renewal"]


async def test_a_review_of_the_unhappy_does_not_repeat_the_remedys_task(desk: Desk) -> None:
    """Each remedy reaches the CSM once; the usage review before a renewal is a separate task."""
    desk.now = day("2025-09-15")
    await desk.apply(catalog("jp"))
    await desk.open("standard", since="2023-10-16", order={"renewal_date": "2025-10-16"})
    await desk.say("nps.responded", score=3, contact="c1")
    await desk.pass_time(NOW)
    steps = [
        [said.key for said in tell.facts.task.next_step]
        for tell in tells(desk.messages)
        if tell.facts.task is not None
    ]
    assert sorted(steps) == [["next.watch"], ["remedy.support_reinforcement"]]


async def test_facts_before_the_first_catalogue_are_kept(desk: Desk) -> None:
    await desk.open(None)
    await desk.say("nps.responded", score=4, contact="c1")
    await desk.apply(catalog("global"))
    await desk.subscribe("starter", started_at="2024-07-01T00:00:00Z")
    await desk.use("storage", 9 * GB)
    assert (await desk.decisions())[-1]["blocked_by"] == ["dissatisfied"]


async def test_a_limit_on_its_way_is_noticed_in_the_morning(desk: Desk) -> None:
    """R-027, BP-23: 300 calls a day from the first of September reach 10,000 only after the month;
    700 do within it.
    """
    await desk.apply(catalog("global"))
    await desk.open("starter", order={"anchor": "2025-09-01T00:00:00Z"})
    for hours in range(10):
        at = day("2025-09-05") + timedelta(days=hours)
        await desk.record("api_calls", at, 700)
    await desk.use("api_calls", 7_000, day("2025-09-01"), day("2025-10-01"))
    await desk.pass_time(day("2025-09-17"))
    (decision,) = await desk.decisions()
    assert (decision["cause"], decision["signals"], decision["outcome"]) == (
        "schedule",
        ["forecast_limit"],
        "proposal",
    )
    await desk.pass_time(day("2025-09-18"))
    assert len(await desk.decisions()) == 1


async def test_an_import_does_not_forecast_a_limit(desk: Desk) -> None:
    """7,000 of 10,000 on the evening of the fifth: one event shows no pace to judgement either."""
    await desk.apply(catalog("global"))
    await desk.open("starter", order={"anchor": "2025-09-01T00:00:00Z"})
    for later, amount in ((0, 6_990), (1, 5), (2, 3), (24, 2)):
        await desk.record("api_calls", day("2025-09-05") + timedelta(hours=later), amount)
    await desk.use("api_calls", 7_000, day("2025-09-01"), day("2025-10-01"))
    await desk.pass_time(day("2025-09-17"))
    assert await desk.decisions() == []


@pytest.mark.parametrize(("daily", "signals"), [(GB // 4, ["forecast_limit"]), (GB // 100, [])])
async def test_a_gauge_that_fills_within_a_month_is_noticed_in_the_morning_at_whatever_level(
    desk: Desk, daily: int, signals: list[str]
) -> None:
    """R-027: 4 of 10 GB fill in 24 days at a quarter a day; at a hundredth a day, in years."""
    await desk.apply(catalog("global"))
    await desk.open("starter")
    for back in range(1, 15):
        await desk.record("storage", NOW - timedelta(days=back), 4 * GB - back * daily, "latest")
    await desk.use("storage", 4 * GB)
    await desk.pass_time(day("2025-09-17"))
    assert [
        signal for decision in await desk.decisions() for signal in decision["signals"]
    ] == signals


async def _after_hours(desk: Desk) -> None:
    """Eight of ten gigabytes on a Tuesday at 20:00 in Tokyo: the notice is sent, the proposal waits
    for Wednesday 09:00.
    """
    await desk.apply(catalog("case"))
    await desk.open("basic")
    desk.now = NOW + timedelta(hours=11)
    await desk.use("storage", 8 * GB)
    (proposal,) = [tell for tell in tells(desk.messages) if tell.kind == "upgrade.proposal"]
    assert proposal.recipients[0].not_before == NOW + timedelta(days=1)


async def _states(desk: Desk) -> list[str]:
    query = "select body ->> 'state' as state from entry where type = 'proposal' order by seq"
    return [row["state"] for row in await desk.rows(query)]


async def test_a_proposal_that_a_higher_threshold_overtakes_before_its_hour_was_not_sent(
    desk: Desk,
) -> None:
    """The cap counts what was sent (R-080), so the offer goes out with the higher threshold."""
    await _after_hours(desk)
    desk.now += timedelta(minutes=10)
    await desk.use("storage", 9 * GB)
    first, second = await desk.decisions()
    assert (first["outcome"], second["outcome"]) == ("proposal", "proposal")
    assert [row["decision"] for row in await desk.rows("select decision from proposal")] == [
        second["id"]
    ]
    assert await _states(desk) == ["sent", "withdrawn", "sent"]
    assert [row["sent"] for row in await desk.rows("select sent from play")] == [1]
    await desk.later(hours=20)
    await desk.use("storage", 96 * GB // 10)
    assert (await desk.decisions())[-1]["blocked_by"] == ["frequency_cap"], (
        "within a day of a proposal that did go out"
    )


async def test_a_proposal_whose_limit_is_cured_before_its_hour_was_not_sent(desk: Desk) -> None:
    await _after_hours(desk)
    desk.now += timedelta(minutes=10)
    await desk.use("storage", 5 * GB)
    assert await desk.rows("select 1 from proposal") == []
    await desk.later(days=2)
    await desk.use("storage", 8 * GB)
    assert (await desk.decisions())[-1]["outcome"] == "proposal"


async def test_a_proposal_that_went_out_counts_when_its_alert_ends_later(desk: Desk) -> None:
    await _after_hours(desk)
    await desk.later(hours=14)
    await desk.use("storage", 5 * GB)
    await desk.use("storage", 8 * GB)
    assert (await desk.decisions())[-1]["blocked_by"] == ["frequency_cap"]


async def test_a_decline_loses_its_deal_and_a_new_cause_opens_another(desk: Desk) -> None:
    await desk.apply(catalog("global"))
    await desk.open("starter")
    await desk.use("storage", 9 * GB)
    opened = await desk.rows("select id, stage, revision from opportunity")
    assert [(one["stage"], one["revision"]) for one in opened] == [("proposal", 2)]
    await desk.later(hours=1)
    await desk.say("proposal.answered", answer="declined", contact="c1", reason="price")
    (lost,) = await desk.rows("select stage, loss_reason, revision from opportunity")
    assert (lost["stage"], lost["loss_reason"], lost["revision"]) == ("closed_lost", "price", 4)
    entries = await desk.rows(
        "select type, by_kind, by_id from entry where kind = 'opportunity' order by seq"
    )
    assert [(one["type"], one["by_id"]) for one in entries] == [
        ("opened", "judgement"),
        ("proposal", "judgement"),
        ("proposal", "answer"),
        ("move", "answer"),
    ]
    assert {one["by_kind"] for one in entries} == {"plimsoll"}
    (proposal,) = await desk.rows("select outcome, state from proposal")
    assert (proposal["outcome"], proposal["state"]) == ("declined", "declined")
    await desk.later(days=91)
    await desk.use("storage", 10 * GB)
    stages = await desk.rows("select stage from opportunity order by seq")
    assert [one["stage"] for one in stages] == ["closed_lost", "proposal"]
