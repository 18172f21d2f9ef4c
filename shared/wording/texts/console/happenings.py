"""Words for the codes of what happens: facts, signals, messages, decisions, reasons of tasks."""

from collections.abc import Mapping

from shared.wording.sentence import Sentence

OUTCOMES = {
    "none": Sentence(ja="何もしない", en="nothing is done"),
    "notice": Sentence(ja="通知のみ", en="the notice alone"),
    "withheld": Sentence(ja="提案は見送り", en="offer withheld"),
    "proposal": Sentence(ja="提案", en="offer made"),
    "assisted": Sentence(ja="担当者が提案", en="a person proposes"),
    "failed": Sentence(ja="判断できず", en="not decided"),
}
FACTS = {
    "login.recorded": Sentence(ja="ログイン", en="login"),
    "feature.used": Sentence(ja="機能の利用", en="feature used"),
    "feature.gated": Sentence(ja="契約外の機能の利用", en="feature outside the plan"),
    "feature.requested": Sentence(ja="機能の要望", en="feature requested"),
    "ticket.opened": Sentence(ja="問い合わせ", en="ticket opened"),
    "ticket.classified": Sentence(ja="問い合わせの分類", en="ticket classified"),
    "ticket.answered": Sentence(ja="問い合わせへの回答", en="ticket answered"),
    "ticket.closed": Sentence(ja="問い合わせの解決", en="ticket closed"),
    "nps.responded": Sentence(ja="NPSの回答", en="NPS answer"),
    "csat.responded": Sentence(ja="CSATの回答", en="CSAT answer"),
    "team.growth": Sentence(ja="採用の予定", en="hiring plan"),
    "compliance.need": Sentence(ja="コンプライアンス要件", en="compliance need"),
    "budget.stated": Sentence(ja="予算の回答", en="budget stated"),
    "cancel.intent": Sentence(ja="解約の意向", en="intent to cancel"),
    "quote.presented": Sentence(ja="見積もりの提示", en="quote presented"),
    "contract.signed": Sentence(ja="契約の締結", en="contract signed"),
    "subscription.changed": Sentence(ja="契約の変更", en="subscription changed"),
    "subscription.renewed": Sentence(ja="契約の更新", en="subscription renewed"),
    "subscription.cancelled": Sentence(ja="契約の終了", en="subscription cancelled"),
    "contact.unsubscribed": Sentence(ja="配信停止", en="contact unsubscribed"),
    "contact.objected": Sentence(ja="提案の拒否", en="contact refused offers"),
    "contact.unreachable": Sentence(ja="メールが届かない", en="mail does not arrive"),
    "evidence.recorded": Sentence(ja="判断材料", en="evidence recorded"),
    "need.stated": Sentence(ja="ニーズ", en="need stated"),
    "value.stated": Sentence(ja="費用対効果の数値", en="figures for the business case"),
    "proposal.answered": Sentence(ja="提案への返答", en="answer to an offer"),
    "proposal.viewed": Sentence(ja="提案の閲覧", en="offer viewed"),
    "deal.stated": Sentence(ja="商談の情報", en="deal stated"),
    "task.taken": Sentence(ja="タスクの着手", en="task taken"),
    "task.snoozed": Sentence(ja="タスクのスヌーズ", en="task snoozed"),
    "task.done": Sentence(ja="タスクの完了", en="task done"),
}
MESSAGES = {
    "usage.threshold": Sentence(ja="利用状況のお知らせ", en="usage notice"),
    "usage.resolved": Sentence(ja="解消のお知らせ", en="all-clear"),
    "feature.gated": Sentence(ja="契約外の機能のお知らせ", en="notice of a feature"),
    "upgrade.proposal": Sentence(ja="アップグレードの提案", en="upgrade offer"),
    "person.message": Sentence(ja="担当者からのメール", en="mail by a person"),
    "handoff.intro": Sentence(ja="担当者の紹介", en="introduction of the seller"),
    "crm.task": Sentence(ja="CRMのタスク", en="CRM task"),
    "opportunity.changed": Sentence(ja="CRMの商談", en="CRM opportunity"),
    "task.changed": Sentence(ja="CRMのタスクの変更", en="CRM task changed"),
}
SIGNALS = {
    "usage_limit": Sentence(ja="上限が近い", en="close to a limit"),
    "repeated_limit": Sentence(ja="繰り返し上限の近く", en="repeatedly close to a limit"),
    "forecast_limit": Sentence(ja="上限に達する見込み", en="on the way to a limit"),
    "feature_requested": Sentence(ja="機能の要望", en="asked for a feature"),
    "team_growth": Sentence(ja="採用の予定", en="team is growing"),
    "better_support": Sentence(ja="至急のサポート依頼", en="needs faster support"),
    "compliance_need": Sentence(ja="コンプライアンス要件", en="compliance need"),
    "nps_high": Sentence(ja="高いNPS", en="high NPS"),
    "renewal": Sentence(ja="契約更新", en="renewal ahead"),
    "pre_purchase": Sentence(ja="見積もりを提示", en="quote presented"),
    "cancel_intent": Sentence(ja="解約の意向", en="intent to cancel"),
    "upgraded": Sentence(ja="アップグレード", en="upgraded"),
}
TASKS = {
    "usage": Sentence(ja="利用状況", en="usage"),
    "opportunity": Sentence(ja="商談", en="opportunity"),
    "retention": Sentence(ja="解約防止", en="retention"),
    "support_reinforcement": Sentence(ja="サポート強化", en="reinforce support"),
    "onboarding": Sentence(ja="オンボーディング", en="onboarding"),
    "training": Sentence(ja="トレーニング", en="training"),
    "adoption": Sentence(ja="活用支援", en="adoption"),
    "review": Sentence(ja="利用状況の見直し", en="review"),
    "seats": Sentence(ja="ユーザー数", en="seats"),
    "satisfaction": Sentence(ja="満足度の確認", en="satisfaction"),
    "handoff": Sentence(ja="引き継ぎの依頼", en="hand-off to answer"),
    "handoff_due": Sentence(ja="引き継ぎの準備", en="hand-off to prepare"),
    "handoff_returned": Sentence(ja="引き継ぎの差し戻し", en="hand-off returned"),
    "first_contact": Sentence(ja="最初の連絡", en="first contact"),
    "goal": Sentence(ja="目標", en="goal"),
    "trial_ending": Sentence(ja="トライアルの終了", en="trial ending"),
    "cross_sell": Sentence(ja="関連商品", en="cross-sell"),
    "competitor": Sentence(ja="他社の検討", en="competitor"),
    "implementation": Sentence(ja="導入支援", en="implementation"),
    "unreachable": Sentence(ja="連絡がつかない", en="unreachable"),
    "escalation": Sentence(ja="期限切れの報告", en="escalation"),
    "by_hand": Sentence(ja="手動で作成", en="created by a person"),
}


def _under(name: str, words: Mapping[str, Sentence]) -> dict[str, Sentence]:
    return {f"{name}.{code}": one for code, one in words.items()}


SENTENCES = {
    **_under("outcome_of", OUTCOMES),
    **_under("fact_of", FACTS),
    **_under("message_of", MESSAGES),
    **_under("signal_of", SIGNALS),
    **_under("task_of", TASKS),
    "talk_of.call": Sentence(ja="電話", en="telephone call"),
    "talk_of.meeting": Sentence(ja="打ち合わせ", en="meeting"),
    "by.plimsoll": Sentence(ja="自動", en="automatic"),
    "by.key": Sentence(ja="APIキー", en="API key"),
}
