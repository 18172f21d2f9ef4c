"""Facts as forms: what happened, what is asked about it, and what is wrong with an answer."""

from collections.abc import Mapping

from shared.wording.sentence import Sentence

FIELDS = {
    "activity.en": Sentence(ja="作業の名前(英語)", en="What takes the hours, in English"),
    "activity.ja": Sentence(ja="作業の名前(日本語)", en="What takes the hours, in Japanese"),
    "amount": Sentence(ja="金額", en="Amount"),
    "answer": Sentence(ja="返答", en="What they answered"),
    "approval_days": Sentence(ja="承認にかかる日数", en="Days that an approval takes"),
    "assumed": Sentence(ja="仮定した数値", en="Figures that are assumed"),
    "automation_rate": Sentence(ja="自動化の割合", en="Share that is automated"),
    "comment": Sentence(ja="コメント", en="Comment"),
    "complex": Sentence(ja="複雑な商談か", en="Is the deal complex?"),
    "contact": Sentence(ja="誰が", en="Who"),
    "count": Sentence(ja="採用する人数", en="How many people join"),
    "criterion": Sentence(ja="何についてか", en="What it is about"),
    "currency": Sentence(ja="通貨", en="Currency"),
    "custom_terms": Sentence(ja="個別の契約条件が必要か", en="Do they ask for terms of their own?"),
    "deadline": Sentence(ja="期限", en="Deadline"),
    "feature": Sentence(ja="機能", en="Feature"),
    "framework": Sentence(ja="規格・認証", en="Standard or certificate"),
    "hourly_rate": Sentence(ja="1時間あたりの費用", en="Cost of an hour"),
    "hours": Sentence(ja="時間", en="Hours"),
    "hours_basis": Sentence(ja="誰の時間か", en="Whose hours"),
    "hours_period": Sentence(ja="期間", en="In each"),
    "kind": Sentence(ja="根拠", en="Based on"),
    "members": Sentence(ja="人数", en="People"),
    "meter": Sentence(ja="計測項目", en="Meter"),
    "plan": Sentence(ja="プラン", en="Plan"),
    "price": Sentence(ja="価格", en="Price"),
    "proposal": Sentence(ja="提案のID", en="Id of the offer"),
    "reason": Sentence(ja="理由", en="Reason"),
    "relationship": Sentence(ja="関係", en="Relationship"),
    "role": Sentence(ja="職種", en="As what"),
    "said_by": Sentence(ja="誰が(連絡先または名前)", en="Who said it (contact or name)"),
    "scope": Sentence(ja="範囲", en="Of what"),
    "score": Sentence(ja="点数", en="Score"),
    "source": Sentence(ja="出所", en="Where the figures are from"),
    "stakeholders": Sentence(ja="関係者の人数", en="People who decide with them"),
    "status": Sentence(ja="予算はあるか", en="Is the budget there?"),
    "text": Sentence(ja="お客様の言葉", en="In their words"),
    "user": Sentence(ja="利用者のID", en="Id of the user"),
    "verdict": Sentence(ja="当てはまるか", en="Does it hold?"),
}
"""Field of a fact -> its label."""
HINTS = {
    "amount": Sentence(ja="例: 50000", en="Such as 50000"),
    "price": Sentence(ja="例: 50000", en="Such as 50000"),
    "automation_rate": Sentence(
        ja="0より大きく1以下。例: 0.5", en="Above 0, at most 1: 0.5 is half"
    ),
    "currency": Sentence(ja="例: USD, JPY", en="Such as USD or JPY"),
    "framework": Sentence(ja="例: SOC2, ISO27001", en="Such as SOC2 or ISO27001"),
    "proposal": Sentence(ja="空欄なら最新の提案", en="Empty: the newest one"),
    "scope": Sentence(ja="空欄ならすべての提案", en="Empty: all offers"),
}
CRITERIA = {
    "satisfaction": Sentence(ja="満足度", en="They are satisfied"),
    "wall": Sentence(ja="今のプランの壁", en="They hit a wall on their plan"),
    "profile": Sentence(ja="利用の広がり", en="Their use is growing"),
    "budget": Sentence(ja="予算", en="The budget is there"),
    "roi_articulated": Sentence(ja="費用対効果", en="They put a figure on the value"),
}
VERDICTS = {
    "yes": Sentence(ja="はい", en="yes"),
    "no": Sentence(ja="いいえ", en="no"),
    "unknown": Sentence(ja="未確認", en="not known"),
}
EVIDENCE = {
    "call": Sentence(ja="電話", en="on a call"),
    "meeting": Sentence(ja="打ち合わせ", en="in a meeting"),
    "email": Sentence(ja="メール", en="by e-mail"),
    "document": Sentence(ja="文書", en="from a document"),
    "goals": Sentence(ja="目標の達成", en="their goals are reached"),
    "integrations": Sentence(ja="外部連携の増加", en="more integrations"),
    "criticality": Sentence(ja="業務に欠かせない", en="they cannot work without it"),
    "advanced_use": Sentence(ja="高度な使い方", en="advanced use"),
    "active_users": Sentence(ja="利用者の増加", en="more active users"),
    "news": Sentence(ja="ニュース(本人の言葉ではない)", en="news, not their own words"),
    "funding": Sentence(ja="資金調達(本人の言葉ではない)", en="funding, not their own words"),
    "competitor_comparison": Sentence(ja="他社との比較", en="a comparison with others"),
}
MEASURED = {
    "interview": Sentence(ja="面談", en="in an interview"),
    "consistent_use": Sentence(ja="継続的な利用", en="steady use"),
    "adoption": Sentence(ja="機能の活用", en="features used"),
    "scores": Sentence(ja="CSAT・NPS", en="CSAT or NPS"),
    "goals_reached": Sentence(ja="目標の達成", en="their goals are reached"),
    "ticket_feature_unavailable": Sentence(
        ja="ない機能の問い合わせ", en="tickets about a missing feature"
    ),
    "question_upper_feature": Sentence(ja="上位機能の質問", en="questions about a higher plan"),
    "limit_pressure": Sentence(ja="上限の近く", en="close to a limit"),
    "budget.stated": Sentence(ja="本人の回答", en="what they said"),
    "value.stated": Sentence(ja="本人の数字", en="their own figures"),
}
"""What is measured, or stated by another type of fact."""
CODES: Mapping[str, Mapping[str, Sentence]] = {
    "answer": {
        "accepted": Sentence(ja="承諾", en="accepted"),
        "declined": Sentence(ja="辞退", en="declined"),
        "helpful": Sentence(ja="役に立った", en="it was helpful"),
        "unwanted": Sentence(ja="不要だった", en="it was not wanted"),
        "complained": Sentence(ja="苦情", en="they complained"),
    },
    "assumed": {
        "members": Sentence(ja="人数", en="people"),
        "hours": Sentence(ja="時間", en="hours"),
        "hourly_rate": Sentence(ja="1時間あたりの費用", en="cost of an hour"),
        "automation_rate": Sentence(ja="自動化の割合", en="share that is automated"),
    },
    "criterion": CRITERIA,
    "hours_basis": {
        "per_person": Sentence(ja="1人あたり", en="per person"),
        "team_total": Sentence(ja="チーム全体", en="of the whole team"),
    },
    "hours_period": {
        "week": Sentence(ja="週", en="a week"),
        "month": Sentence(ja="月", en="a month"),
    },
    "kind": EVIDENCE | MEASURED,
    "reason": {
        "price": Sentence(ja="価格", en="price"),
        "timing": Sentence(ja="時期", en="timing"),
        "no_need": Sentence(ja="必要がない", en="no need"),
        "budget": Sentence(ja="予算", en="budget"),
        "competitor": Sentence(ja="他社", en="competitor"),
        "handoff_failure": Sentence(ja="引き継ぎの失敗", en="failed hand-off"),
        "no_response": Sentence(ja="返答なし", en="no response"),
        "superseded": Sentence(ja="別の商談に置き換え", en="superseded"),
        "cancelled": Sentence(ja="解約", en="cancelled"),
        "other": Sentence(ja="その他", en="other"),
    },
    "relationship": {
        "operational": Sentence(ja="実務中心", en="operational"),
        "strategic": Sentence(ja="戦略的", en="strategic"),
    },
    "source": {
        "customer_stated": Sentence(ja="お客様の申告", en="stated by the customer"),
        "measured": Sentence(ja="計測", en="measured"),
        "assumed": Sentence(ja="仮定", en="assumed"),
    },
    "status": {"yes": VERDICTS["yes"], "no": VERDICTS["no"]},
    "verdict": VERDICTS,
}
"""Field -> code -> its words."""
HAPPENED = {
    "nps.responded": Sentence(ja="NPSに回答した", en="They answered the NPS question"),
    "csat.responded": Sentence(ja="CSATに回答した", en="They said how satisfied they are (CSAT)"),
    "need.stated": Sentence(ja="必要なものを話した", en="They said what they need"),
    "feature.requested": Sentence(ja="機能を要望した", en="They asked for a feature"),
    "budget.stated": Sentence(ja="予算について話した", en="They spoke about the budget"),
    "team.growth": Sentence(ja="採用の予定を話した", en="They are hiring"),
    "compliance.need": Sentence(
        ja="規格・認証が必要になった", en="They need a standard or a certificate"
    ),
    "evidence.recorded": Sentence(
        ja="見極めの材料が得られた", en="They said something that qualifies them, or not"
    ),
    "value.stated": Sentence(
        ja="費用対効果の数値を話した", en="They gave figures for the business case"
    ),
    "deal.stated": Sentence(ja="商談の進み方がわかった", en="They said how a purchase is decided"),
    "quote.presented": Sentence(ja="見積もりを提示した", en="A quote was presented"),
    "proposal.answered": Sentence(ja="提案に返答した", en="They answered an offer"),
    "contract.signed": Sentence(ja="契約を締結した", en="A contract was signed"),
    "contact.objected": Sentence(ja="提案を断った", en="Somebody wants no more offers"),
    "contact.unsubscribed": Sentence(ja="配信停止を求めた", en="Somebody unsubscribed"),
    "contact.unreachable": Sentence(ja="連絡がつかない", en="Mail to somebody does not arrive"),
    "cancel.intent": Sentence(ja="解約したいと話した", en="They are thinking of cancelling"),
}
"""Type -> what happened, as somebody tells it."""
ABOUT = {
    "need.stated": Sentence(
        ja="機能か計測項目のどちらか一つを選んでください。",
        en="Choose a feature or a meter, not both.",
    ),
    "evidence.recorded": Sentence(
        ja="「当てはまるか」が空欄でも、今のプランの壁と費用対効果は「はい」として扱われます。",
        en="Without a verdict, a wall and a figure on the value count as a yes.",
    ),
    "deal.stated": Sentence(
        ja="前の記録を置き換えます。空欄の項目は未確認に戻ります。",
        en="This replaces what was known of the deal: what is left empty is no longer known.",
    ),
    "contact.objected": Sentence(
        ja="この人には以後、提案を送りません。", en="They get no more offers."
    ),
    "contact.unsubscribed": Sentence(
        ja="この人には以後、提案を送りません。", en="They get no more offers."
    ),
    "cancel.intent": Sentence(
        ja="90日間、または更新まで、この顧客への提案を止めます。",
        en="No offers to this account for 90 days, or until they renew.",
    ),
}
FAULTS = {
    "is not one of the allowed values": Sentence(
        ja="一覧から選んでください。", en="Choose one from the list."
    ),
    "Expected `int`, got `str`": Sentence(
        ja="整数を入力してください。", en="A whole number is needed."
    ),
    "Invalid decimal string": Sentence(ja="数値を入力してください。", en="A number is needed."),
    "Invalid RFC3339 encoded date": Sentence(ja="日付ではありません。", en="That is not a date."),
    "Expected `int` >= 0": Sentence(ja="0以上にしてください。", en="It must be at least 0."),
    "Expected `int` >= 1": Sentence(ja="1以上にしてください。", en="It must be at least 1."),
    "Expected `int` <= 5": Sentence(ja="5以下にしてください。", en="It must be at most 5."),
    "Expected `int` <= 10": Sentence(ja="10以下にしてください。", en="It must be at most 10."),
    "Expected `int` <= 1000000000": Sentence(
        ja="10億以下にしてください。", en="It must be at most a billion."
    ),
    "Expected `bool | null`, got `str`": Sentence(
        ja="一覧から選んでください。", en="Choose one from the list."
    ),
    "Expected `str` matching regex '^[A-Z]{3}$'": Sentence(
        ja="3文字の通貨コードを入力してください。", en="A currency is three letters, such as USD."
    ),
    "must be a finite number": Sentence(ja="数値を入力してください。", en="A number is needed."),
    "must have at most 18 digits before the decimal point": Sentence(
        ja="桁が多すぎます。", en="That is too large."
    ),
    "must lie between 1990 and 2199": Sentence(
        ja="1990年から2199年までの日付にしてください。", en="The year must be 1990 to 2199."
    ),
    "must not be negative": Sentence(ja="0以上にしてください。", en="It must not be below zero."),
    "a need names a feature or a meter": Sentence(
        ja="機能か計測項目を選んでください。", en="Choose a feature or a meter."
    ),
    "a need names a feature or a meter, not both": Sentence(
        ja="機能か計測項目のどちらか一つにしてください。",
        en="Choose a feature or a meter, not both.",
    ),
    "is required if hours are per person": Sentence(
        ja="1人あたりの時間には人数が必要です。", en="Hours per person need the number of people."
    ),
    "must be above 0 and at most 1": Sentence(
        ja="0より大きく1以下にしてください。", en="It must be above 0 and at most 1."
    ),
    "must be above 0 and at most 744 for each member": Sentence(
        ja="0より大きく、1人あたり744以下にしてください。",
        en="It must be above 0, and at most 744 a person.",
    ),
}
"""A reason as the API gives it -> how a person reads it."""
SENTENCES = {
    **{f"field.data.{name}": one for name, one in FIELDS.items()},
    **{f"hint.data.{name}": one for name, one in HINTS.items()},
    **{f"code.{field}.{code}": one for field, all in CODES.items() for code, one in all.items()},
    **{f"happened.{type}": one for type, one in HAPPENED.items()},
    **{f"about.{type}": one for type, one in ABOUT.items()},
    **{f"fault.{reason}": one for reason, one in FAULTS.items()},
    "what_happened": Sentence(ja="何がありましたか", en="What happened?"),
    "another_fact": Sentence(ja="ほかの事実を記録", en="Something else happened"),
    "as_json": Sentence(ja="JSONで記録", en="Or as JSON"),
    "required": Sentence(ja="(必須)", en="(required)"),
    "from_to": Sentence(ja="{least}〜{most}", en="{least} to {most}"),
    "yes_it_is": Sentence(ja="はい", en="yes"),
    "no_it_is_not": Sentence(ja="いいえ", en="no"),
    "said.fact_sent": Sentence(ja="記録しました。", en="Recorded."),
    "said.fact_on_its_way": Sentence(
        ja="記録しました。まもなく反映されます。", en="Recorded. It takes effect in a moment."
    ),
}
