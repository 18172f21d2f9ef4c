"""What the documents of an offer say, for those who decide on it (R-156)."""

from shared.wording.sentence import Sentence

SENTENCES = {
    "document.executive_summary": Sentence(ja="エグゼクティブサマリー", en="Executive summary"),
    "document.roi_analysis": Sentence(ja="ROI分析", en="ROI analysis"),
    "document.plan_comparison": Sentence(ja="プラン比較", en="Plan comparison"),
    "document.security_docs": Sentence(ja="セキュリティ資料", en="Security"),
    "document.case_study": Sentence(ja="導入事例", en="Case studies"),
    "document.account": Sentence(ja="お客様", en="Account"),
    "document.day": Sentence(ja="日付", en="Date"),
    "document.owner": Sentence(ja="担当", en="Your contact"),
    "document.day.value": Sentence(ja="{day:day}", en="{day:day}"),
    # The executive summary
    "document.situation": Sentence(ja="現状とニーズ", en="Situation"),
    "document.situation.none": Sentence(
        ja="確認できたニーズはまだありません。", en="No need has been confirmed yet."
    ),
    "document.need": Sentence(ja="ニーズ", en="Need"),
    "document.need.basis": Sentence(ja="根拠", en="Basis"),
    "document.need.words": Sentence(ja="お客様の言葉", en="In your words"),
    "document.need.words.by": Sentence(ja="{text:name}({by:name})", en="{text:name} ({by:name})"),
    "document.need.support": Sentence(ja="より速いサポート", en="Faster support"),
    "document.basis.measured": Sentence(ja="実測値: {share:name}", en="Measured: {share:name}"),
    "document.basis.near_limit": Sentence(ja="実測値", en="Measured"),
    "document.basis.need.stated": Sentence(ja="ヒアリングで確認", en="Confirmed in conversation"),
    "document.basis.feature.requested": Sentence(ja="{asked:name}", en="{asked:name}"),
    "document.basis.ticket.opened": Sentence(ja="お問い合わせ", en="Support enquiry"),
    "document.basis.compliance.need": Sentence(
        ja="コンプライアンス要件", en="Compliance requirement"
    ),
    "document.proposal": Sentence(ja="ご提案", en="Proposal"),
    "document.plan": Sentence(ja="プラン", en="Plan"),
    "document.item": Sentence(ja="内容", en="Item"),
    "document.quantity": Sentence(ja="数量", en="Quantity"),
    "document.year": Sentence(ja="追加費用(年額)", en="Added cost a year"),
    "document.month": Sentence(ja="追加費用(月額)", en="Added cost a month"),
    "document.total": Sentence(ja="合計", en="Total"),
    "document.step": Sentence(ja="{from:name}から{to:name}へ", en="{from:name} to {to:name}"),
    "document.discounted": Sentence(
        ja="{item:name}({pct:number}%割引)", en="{item:name} ({pct:number}% discount)"
    ),
    "document.quoted": Sentence(ja="個別お見積もり", en="Quoted individually"),
    "document.worth": Sentence(ja="効果", en="What it is worth"),
    "document.return": Sentence(ja="追加費用に対する効果", en="Return on the added cost"),
    "document.return.value": Sentence(ja="{multiple:number}倍", en="{multiple:number}x"),
    "document.return.free": Sentence(ja="追加費用なし", en="No added cost"),
    "document.net.year": Sentence(ja="差引効果(年額)", en="Net benefit a year"),
    "document.net.month": Sentence(ja="差引効果(月額)", en="Net benefit a month"),
    "document.unit": Sentence(
        ja="この試算は契約1単位あたりの金額です(ご契約は{quantity:number}単位)。",
        en="These figures are for one unit of the subscription, which has {quantity:number}.",
    ),
    "document.waiting": Sentence(ja="待つコスト", en="Cost of waiting"),
    "document.waiting.value": Sentence(
        ja=(
            "次回の契約更新は{day:day}です。それまで{months:number}ヶ月待つと、"
            "{hours:hours}({amount:exact}相当)を失うことになります。"
        ),
        en=(
            "The next renewal is on {day:day}. Waiting {months:number} months until then "
            "costs {hours:hours} of work, worth {amount:exact}."
        ),
    ),
    "document.approval": Sentence(ja="承認者と決定日", en="Approvers and decision day"),
    "document.approver": Sentence(ja="承認者", en="Approver"),
    "document.approver.title": Sentence(ja="役職", en="Title"),
    "document.approval.none": Sentence(
        ja="承認者はまだ決まっていません。", en="The approvers are still to be named."
    ),
    "document.decide_on": Sentence(ja="決定予定日", en="Decision day"),
    "document.open": Sentence(ja="未定", en="To be agreed"),
    "document.next": Sentence(ja="次の一歩", en="Next step"),
    "document.next.none": Sentence(
        ja="次の一歩はこれから決めます。", en="The next step is to be agreed."
    ),
    "document.next.step": Sentence(ja="内容", en="Step"),
    "document.next.formal_proposal": Sentence(ja="正式なご提案", en="Formal proposal"),
    "document.next.trial": Sentence(ja="トライアル", en="Trial"),
    "document.next.involve_stakeholder": Sentence(
        ja="関係者を交えた打ち合わせ", en="A meeting with further stakeholders"
    ),
    "document.next.due": Sentence(ja="期日", en="Due"),
    # The ROI analysis
    "document.inputs": Sentence(ja="入力値", en="Inputs"),
    "document.input": Sentence(ja="項目", en="Input"),
    "document.figure": Sentence(ja="値", en="Figure"),
    "document.source": Sentence(ja="出典", en="Source"),
    "document.said_by": Sentence(ja="発言者", en="Said by"),
    "document.input.members": Sentence(ja="人数", en="People"),
    "document.input.hours": Sentence(ja="削減できる時間", en="Hours saved"),
    "document.input.hourly_rate": Sentence(ja="時給(人件費)", en="Cost of an hour"),
    "document.input.automation_rate": Sentence(ja="自動化率", en="Share automated"),
    "document.input.people": Sentence(ja="{count:number}人", en="{count:number}"),
    "document.input.hours.value": Sentence(
        ja="{hours:hours}/{period:period}({basis:basis})",
        en="{hours:hours} a {period:period} ({basis:basis})",
    ),
    "document.input.percent": Sentence(ja="{percent:number}%", en="{percent:number}%"),
    "document.source.customer_stated": Sentence(ja="お客様のご申告", en="Stated by you"),
    "document.source.measured": Sentence(ja="実測値", en="Measured"),
    "document.source.assumed": Sentence(ja="試算の前提", en="Assumed"),
    "document.calculation": Sentence(ja="計算", en="Calculation"),
    "document.result": Sentence(ja="結果", en="Result"),
    "document.multiple": Sentence(ja="倍率", en="Multiple"),
    "document.payback": Sentence(ja="回収期間", en="Payback"),
    "document.payback.value": Sentence(ja="{days:number}日", en="{days:number} days"),
    "document.payback.one": Sentence(ja="1日", en="1 day"),
    "document.payback.never": Sentence(ja="回収されません", en="Not paid back"),
    "document.version": Sentence(ja="版", en="Version"),
    "document.version.value": Sentence(ja="第{n:number}版", en="{n:number}"),
    "document.missing": Sentence(ja="必要な情報", en="What is needed"),
    "document.missing.inputs": Sentence(
        ja="効果を計算するために、次の数値が必要です。",
        en="To compute what the step is worth, these figures are needed:",
    ),
    "document.missing.price": Sentence(
        ja="個別お見積もりのため、費用が決まってから計算します。",
        en="The price is quoted individually: the return is computed once it is known.",
    ),
    # The comparison of plans
    "document.comparison": Sentence(ja="{from:name}と{to:name}", en="{from:name} and {to:name}"),
    "document.comparison.item": Sentence(ja="項目", en="What"),
    "document.comparison.need": Sentence(ja="お客様のニーズ", en="Your need"),
    "document.comparison.same": Sentence(
        ja="ご契約中の{plan:plan}は変わりません。", en="Your {plan:name} plan stays as it is."
    ),
    "document.comparison.none": Sentence(
        ja="比較できるご契約はまだありません。",
        en="There is no subscription to compare with yet.",
    ),
    "document.included": Sentence(ja="あり", en="Included"),
    "document.not_included": Sentence(ja="なし", en="Not included"),
    "document.support.channels": Sentence(ja="サポート窓口", en="Support channels"),
    # Security
    "document.security.features": Sentence(
        ja="{plan:plan}のセキュリティ機能", en="Security features of the {plan:name} plan"
    ),
    "document.security.features.none": Sentence(
        ja="このプランにセキュリティ機能の記載はありません。",
        en="The catalogue names no security feature for this plan.",
    ),
    "document.security.frameworks": Sentence(ja="対応する規格", en="Frameworks covered"),
    "document.security.frameworks.none": Sentence(
        ja="このプランが対応する規格の記載はありません。",
        en="The catalogue names no framework that this plan covers.",
    ),
    "document.framework": Sentence(ja="規格", en="Framework"),
    "document.framework.by": Sentence(ja="対応する機能", en="Covered by"),
    "document.security.materials": Sentence(ja="資料", en="Further documents"),
    "document.materials.none": Sentence(
        ja="ご要望に応じてお送りします。", en="Available on request."
    ),
    # Case studies and references
    "document.cases": Sentence(ja="導入事例", en="Case studies"),
    "document.references": Sentence(ja="ご紹介できるお客様", en="References"),
}
