"""`/console/opportunities/{id}/objections`."""

from shared.wording.sentence import Sentence
from shared.wording.texts.console.opportunities_one import SENTENCES as DEAL

SENTENCES = {
    **DEAL,
    "title": Sentence(ja="異議", en="Objections"),
    "raised": Sentence(ja="出た異議", en="What speaks against it"),
    "empty.raised": Sentence(
        ja="まだ記録がありません。「ない」と言われたときは「異議なし」を記録します。",
        en="Nothing is recorded. If they were asked and have none, record that.",
    ),
    "objection_state.raised": Sentence(ja="未回答", en="not answered"),
    "objection_state.answered": Sentence(ja="回答済み", en="answered"),
    "objection_state.resolved": Sentence(ja="解消", en="resolved"),
    "objection_state.unresolved": Sentence(ja="未解消", en="not resolved"),
    "is_process": Sentence(ja="手続きであり、異議ではない", en="a process, not a doubt"),
    "product_gap": Sentence(ja="このプランにないもの:", en="Which this plan does not have:"),
    "reply": Sentence(ja="返答する", en="Reply"),
    "reply.what": Sentence(
        ja="伝えるのは、用意された返答の文です。",
        en="What is said is the text of the prepared answer.",
    ),
    "result.resolved": Sentence(ja="解消した", en="Resolved"),
    "result.unresolved": Sentence(ja="解消しなかった", en="Not resolved"),
    "approval": Sentence(ja="承認の進め方", en="How it is approved"),
    "raise": Sentence(ja="異議を記録", en="Record an objection"),
    "packs": Sentence(ja="用意された返答", en="Prepared answers"),
    "empty.packs": Sentence(
        ja="見極めが終わると、5つの異議への返答がここに用意されます。",
        en="Once the opportunity is qualified, answers to five objections are prepared here.",
    ),
    "lacks": Sentence(ja="足りない情報:", en="Still missing:"),
    "input.hours": Sentence(ja="節約できる時間", en="hours that are saved"),
    "input.feature": Sentence(ja="確認された必要な機能", en="a feature that they need for certain"),
    "input.goal": Sentence(ja="今期の目標", en="their goal of this quarter"),
    "input.conversation": Sentence(
        ja="質問「今後やりたいこと」への回答", en="the answer to what they want to do next"
    ),
    "input.months": Sentence(ja="更新までの月数", en="months until the renewal"),
    "input.total": Sentence(ja="待つ費用", en="what waiting costs"),
    "input.listen": Sentence(ja="このプランにもある機能", en="which of these this plan has"),
    "input.wanted": Sentence(ja="ほかで探している機能", en="features that they look for"),
    "input.enough_features": Sentence(ja="十分な数の機能", en="enough features to compare"),
    "counter": Sentence(ja="考え方(自分用)", en="For yourself"),
    "materials": Sentence(ja="資料", en="Materials"),
    "material.roi_calculator": Sentence(ja="ROI計算", en="ROI calculator"),
    "material.case_study": Sentence(ja="導入事例", en="case study"),
    "material.reference": Sentence(ja="紹介先", en="reference"),
    "material.quote": Sentence(ja="見積もり", en="quote"),
    "material.trial": Sentence(ja="トライアル", en="trial"),
    "material.executive_summary": Sentence(ja="エグゼクティブサマリー", en="executive summary"),
    "material.roi_analysis": Sentence(ja="ROI分析", en="ROI analysis"),
    "material.plan_comparison": Sentence(ja="プラン比較", en="plan comparison"),
    "material.security_docs": Sentence(ja="セキュリティ資料", en="security documents"),
    "material.call": Sentence(ja="承認者との電話", en="a call with those who approve"),
    "answer_goal": Sentence(ja="今期の目標を記録", en="Record their goal of this quarter"),
    "field.goal": Sentence(ja="今期の目標", en="Goal of this quarter"),
    "field.said_by": Sentence(ja="誰が(連絡先または名前)", en="Who said it (contact or name)"),
    "field.objection": Sentence(ja="異議", en="Objection"),
    "field.words": Sentence(ja="お客様の言葉", en="In their words"),
    "field.wanted": Sentence(
        ja="ほかのツールに求めている機能", en="Features that they look for elsewhere"
    ),
    "hint.wanted": Sentence(
        ja="「ほかのツールと比較中」のとき。機能のIDをカンマで区切る",
        en="When they compare other tools: ids of features, with commas",
    ),
    "field.channel": Sentence(ja="方法", en="How"),
    "field.contacts": Sentence(ja="宛先", en="To"),
    "channel.call": Sentence(ja="電話・対面", en="In a conversation"),
    "channel.email": Sentence(ja="メール", en="By mail"),
}
