"""Words of all pages about the catalogue."""

from shared.wording.sentence import Sentence

SENTENCES = {
    "catalogue": Sentence(ja="カタログ", en="Catalogue"),
    "version": Sentence(ja="版", en="Version"),
    "version_n": Sentence(ja="第{n}版", en="Version {n}"),
    "in_force": Sentence(ja="適用中", en="In force"),
    "edit": Sentence(ja="編集", en="Edit"),
    "plan": Sentence(ja="プラン", en="Plan"),
    "what": Sentence(ja="項目", en="What"),
    "before": Sentence(ja="変更前", en="Before"),
    "after": Sentence(ja="変更後", en="After"),
    "applied_by": Sentence(ja="実行者", en="By"),
    "unknown": Sentence(ja="記録なし", en="Not recorded"),
    "yes": Sentence(ja="あり", en="Yes"),
    "no": Sentence(ja="なし", en="No"),
    "unlimited": Sentence(ja="無制限", en="Unlimited"),
    "hours": Sentence(ja="{n:number}時間", en="{n:number} hour{n:s}"),
    "group.price": Sentence(ja="価格", en="Price"),
    "group.limits": Sentence(ja="上限", en="Limits"),
    "group.features": Sentence(ja="機能", en="Features"),
    "group.support": Sentence(ja="サポート", en="Support"),
    "group.security": Sentence(ja="セキュリティ", en="Security"),
    "group.integrations": Sentence(ja="連携", en="Integrations"),
    "group.others": Sentence(
        ja="価格・計測・ポリシーなど", en="Prices, meters, policy and the rest"
    ),
    "price.month": Sentence(ja="月額", en="Per month"),
    "price.year": Sentence(ja="年額", en="Per year"),
    "price.custom": Sentence(ja="個別見積もり", en="Custom price"),
    "purchase": Sentence(ja="購入方法", en="How it is bought"),
    "purchase.self_serve": Sentence(ja="本人が購入", en="Self-serve"),
    "purchase.assisted": Sentence(ja="担当者が支援", en="Assisted"),
    "purchase.sales_assisted": Sentence(ja="営業が担当", en="By Sales"),
    "support.channels": Sentence(ja="問い合わせ方法", en="Channels"),
    "support.first_response_hours": Sentence(ja="初回応答", en="First response"),
    "support.csm": Sentence(ja="CSM", en="CSM"),
    "csm.none": Sentence(ja="なし", en="None"),
    "csm.assigned": Sentence(ja="担当CSM", en="Assigned"),
    "csm.dedicated": Sentence(ja="専任CSM", en="Dedicated"),
    "enforcement.soft": Sentence(ja="超過できる", en="Soft"),
    "enforcement.hard": Sentence(ja="上限で止まる", en="Hard"),
    "part.thresholds": Sentence(ja="しきい値", en="thresholds"),
    "part.enforcement": Sentence(ja="上限の扱い", en="at the limit"),
    "plans.caption": Sentence(ja="プランごとの内容", en="What each plan offers"),
    "same": Sentence(ja="内容は同じです。", en="These are the same."),
    "affected": Sentence(
        ja="{n:number}社の契約に関わります。", en="Accounts on what changes: {n:number}."
    ),
    "at_once": Sentence(
        ja="適用と同時に{n:number}社で変わります。契約中の上限・価格・しきい値は契約時のままです。",
        en=(
            "Accounts for which something changes at once: {n:number}. Limits, prices and "
            "thresholds of running subscriptions stay as sold."
        ),
    ),
    "not_at_once": Sentence(
        ja="契約中の顧客ではすぐには何も変わりません。上限・価格・しきい値は契約時のままです。",
        en=(
            "Nothing changes at once: limits, prices and thresholds of running "
            "subscriptions stay as sold."
        ),
    ),
    "accounts_of": Sentence(ja="{n:number}社", en="accounts: {n:number}"),
    "none_here": Sentence(ja="変更はありません。", en="Nothing changes here."),
    "first_of": Sentence(
        ja="{n:number}件中 {shown:number}件を表示", en="The first {shown:number} of {n:number}"
    ),
    "first_plans": Sentence(
        ja="{n:number}プラン中 {shown:number}プランを表示",
        en="The first {shown:number} of {n:number} plans",
    ),
    "since": Sentence(ja="対象期間", en="How far back"),
    "since.7d": Sentence(ja="7日", en="7 days"),
    "since.30d": Sentence(ja="30日", en="30 days"),
    "since.90d": Sentence(ja="90日", en="90 days"),
    "since.180d": Sentence(ja="180日", en="180 days"),
    "since.366d": Sentence(ja="366日", en="366 days"),
    "job.queued": Sentence(ja="待機中", en="Waiting"),
    "job.running": Sentence(ja="実行中", en="Running"),
    "job.done": Sentence(ja="完了", en="Done"),
    "job.failed": Sentence(ja="失敗", en="Failed"),
    "only_would": Sentence(ja="新たに送る", en="Only would"),
    "only_sent": Sentence(ja="送らなくなる", en="Only sent"),
    "said.begun": Sentence(ja="バックテストを始めました。", en="The backtest has begun."),
    "said.cancelled": Sentence(
        ja="バックテストを取り消しました。", en="The backtest is cancelled."
    ),
    "said.applied": Sentence(ja="カタログを適用しました。", en="The catalogue is applied."),
}
