"""`/console/policy`."""

from shared.wording.sentence import Sentence
from shared.wording.texts.console import plans

SENTENCES = {
    **plans.SENTENCES,
    "title": Sentence(ja="ポリシー", en="Policy"),
    "of_version": Sentence(ja="適用中のカタログ:", en="Of the catalogue in force:"),
    "defaults": Sentence(
        ja="カタログがないため、既定の値です。",
        en="No catalogue is in force: these are the defaults.",
    ),
    "ownership": Sentence(ja="だれが動くか", en="Who acts"),
    "ownership.caption": Sentence(ja="上から番号順", en="In the order of their numbers"),
    "rule": Sentence(ja="規則", en="Rule"),
    "when": Sentence(ja="条件", en="When"),
    "acts": Sentence(ja="担当", en="Who acts"),
    "acts.self_serve": Sentence(ja="本人", en="The customer"),
    "acts.cs": Sentence(ja="CS", en="CS"),
    "acts.sales": Sentence(ja="営業", en="Sales"),
    "acts.hybrid": Sentence(ja="CSと営業", en="CS and Sales"),
    "thresholds": Sentence(ja="しきい値", en="Thresholds"),
    "thresholds.all": Sentence(ja="すべての計測項目:", en="All meters:"),
    "no_catalogue": Sentence(ja="計測項目はまだありません。", en="There are no meters yet."),
    "section.caps": Sentence(ja="提案の頻度", en="How often offers go out"),
    "section.holdout": Sentence(ja="比較のための対照群", en="Comparison group"),
    "section.gates": Sentence(ja="提案を控える条件", en="When offers are held back"),
    "section.routing": Sentence(ja="営業に渡す条件", en="When Sales takes over"),
    "policy.cap": Sentence(
        ja="{days:number}日間に提案は{count:number}回まで。",
        en="Offers in {days:number} day{days:s}: at most {count:number}.",
    ),
    "policy.cooldown.decline": Sentence(
        ja="断られた後は{days:number}日間提案しません。",
        en="No offer for {days:number} day{days:s} after one was declined.",
    ),
    "policy.cooldown.downsell": Sentence(
        ja="下位プランへの変更後は{days:number}日間提案しません。",
        en="No offer for {days:number} day{days:s} after a step down.",
    ),
    "policy.cooldown.step": Sentence(
        ja="上位プランへの変更後は{days:number}日間提案しません。",
        en="No offer for {days:number} day{days:s} after a step up.",
    ),
    "policy.guardrails": Sentence(
        ja=(
            "{sends:number}件以上の提案で苦情が{complaints}%、配信停止が{unsubscribes}%を"
            "超えると、その種類の提案を止めます。"
        ),
        en=(
            "Of at least {sends:number} offer{sends:s}, more than {complaints} % complaints or "
            "{unsubscribes} % unsubscribes pause that kind of offer."
        ),
    ),
    "policy.holdout.some": Sentence(
        ja="顧客の{percent}%には提案せず、通知だけを送ります。",
        en="{percent} % of accounts get notices but no offers.",
    ),
    "policy.holdout.none": Sentence(ja="対照群はありません。", en="There is none."),
    "policy.new_contract": Sentence(
        ja="契約から{days:number}日間は提案しません。",
        en="No offer in the first {days:number} day{days:s} of a contract.",
    ),
    "policy.nps_age": Sentence(
        ja="NPSは{days:number}日間有効です。",
        en="An NPS score counts for {days:number} day{days:s}.",
    ),
    "policy.bugs": Sentence(
        ja=(
            "重大な不具合が{severe:number}件、または30日間の不具合報告が{reports:number}"
            "件あると提案しません。"
        ),
        en=(
            "No offer from this many severe open bugs on: {severe:number}; or bug reports "
            "in 30 days: {reports:number}."
        ),
    ),
    "policy.logins": Sentence(
        ja="30日間のログインが{low:number}回以下は少なく、{target:number}回以上が目標です。",
        en="In 30 days, {low:number} logins or fewer are few; {target:number} are the target.",
    ),
    "policy.usage_low": Sentence(
        ja="すべての利用率が{percent}%未満で、30日の傾向が{trend}%以下なら利用が少ないと見ます。",
        en=(
            "Usage is low if every meter is below {percent} % and the 30-day trend is "
            "{trend} % or less."
        ),
    ),
    "policy.repeat": Sentence(
        ja=(
            "{percent:number}%に{periods:number}期続けて、または1期に{days:number}日達す"
            "ると、繰り返しと見ます。"
        ),
        en=(
            "Reaching {percent:number} % in {periods:number} periods in a row, or on "
            "{days:number} day{days:s} of one, is a repetition."
        ),
    ),
    "policy.sales_from": Sentence(
        ja="年額{sum:money}以上の商談は営業が担当します。",
        en="Deals from {sum:money} a year go to Sales.",
    ),
    "policy.routing.by_size": Sentence(ja="規模で分けます。", en="By size."),
    "policy.routing.healthy_to_sales": Sentence(
        ja="健全な顧客は営業に渡します。", en="Healthy accounts go to Sales."
    ),
    "policy.discount": Sentence(
        ja="CSが認められる割引は{percent}%までです。",
        en="CS may grant discounts up to {percent} %.",
    ),
}
