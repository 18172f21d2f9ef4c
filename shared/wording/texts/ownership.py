"""Who acts, as people read it (R-176)."""

from shared.wording.sentence import Sentence

SENTENCES = {
    "ownership.own-1": Sentence(
        ja="現在のプランが自分で購入でき、次のプランに営業の関与が不要で、承認も不要な場合は、お客様がご自身で購入します。",
        en=(
            "The present plan is bought without help, "
            "the next one needs no sales contact, and no approval is due: the customer buys alone."
        ),
    ),
    "ownership.own-2": Sentence(
        ja="それ以外で取引額が{sums:list}未満の場合は、CSMが担当します。",
        en="Otherwise, with a deal value below {sums:list}: the CSM acts.",
    ),
    "ownership.own-2.never": Sentence(
        ja="それ以外の場合は、CSMが担当します。", en="Otherwise: the CSM acts."
    ),
    "ownership.own-3": Sentence(
        ja="取引額が{sums:list}以上の場合は、営業が担当します(CSMがいれば共同)。金額の定めがない通貨では、金額を理由に営業へ渡しません。",
        en=(
            "Deal value of {sums:list} or more: Sales acts, together with the CSM "
            "where there is one. A currency without a figure never goes to Sales by size."
        ),
    ),
    "ownership.own-3.never": Sentence(
        ja="取引額を理由に営業へ渡すことはありません。",
        en="No deal goes to Sales by its size: no currency has a figure.",
    ),
    "ownership.own-4": Sentence(
        ja=(
            "複雑な交渉、{stakeholders:number}人以上の利害関係者、{days:number}日を超える承認プロセス、カスタム価格や非標準条件、"
            "戦略的な関係のいずれかに当たる場合は、金額にかかわらず営業が担当します(CSMがいれば共同)。"
        ),
        en=(
            "Complex negotiation, {stakeholders:number} or more stakeholders, "
            "an approval process of more than {days:number} days, "
            "custom price or non-standard terms, or a strategic relationship: "
            "Sales acts whatever the size, together with the CSM where there is one."
        ),
    ),
    "ownership.own-5": Sentence(
        ja="CSMが営業トレーニングを受けていない、または取引額がCSMの権限を超える場合は、営業が共同で担当します。{discount:number}%を超える割引には承認が必要です。",
        en=(
            "The CSM has no sales training, or the deal value exceeds the CSM's authority: "
            "Sales acts with the CSM. A discount above {discount:number}% needs approval."
        ),
    ),
    "ownership.own-6": Sentence(
        ja="次のプランが個別見積もりの場合は、営業が見積もりを作成します(CSMがいれば共同)。",
        en=(
            "The price of the next plan is agreed one by one: "
            "Sales makes the quote, with the CSM where there is one."
        ),
    ),
    "ownership.own-7": Sentence(
        ja="一度営業に渡した案件は、金額が下がっても営業が担当し続けます。",
        en="What has gone to Sales stays there, also when its value falls.",
    ),
    "ownership.own-8": Sentence(
        ja="ヘルススコアが高い(健全な)顧客は、営業が担当します(CSMがいれば共同)。",
        en="The account's health is green: Sales acts, with the CSM where there is one.",
    ),
    "ownership.own-9": Sentence(
        ja=(
            "お客様がご自身で購入できる場合でも、CSMがいて年間契約額が{revenue:list}以上なら、まずCSMが担当します。"
            "2営業日のうちに対応がなければ、お客様に提案します。"
        ),
        en=(
            "The customer could buy alone, but has a CSM and pays {revenue:list} or more a year: "
            "the CSM acts first. If nobody does within two business days, "
            "the customer gets the offer."
        ),
    ),
}
