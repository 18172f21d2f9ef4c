"""`/console/opportunities/{id}/conversation`."""

from shared.wording.sentence import Sentence
from shared.wording.texts.console import facts
from shared.wording.texts.console.opportunities_one import SENTENCES as DEAL

SENTENCES = {
    **DEAL,
    **facts.SENTENCES,
    "title": Sentence(ja="会話", en="Conversation"),
    "discovery": Sentence(ja="最初の3つの質問", en="Three questions first"),
    "qualification": Sentence(ja="見極め", en="Is it worth pursuing?"),
    "record": Sentence(ja="記録", en="Record"),
    "needs_for.satisfaction": Sentence(
        ja="継続的な利用、機能の活用、目標の達成、CSAT・NPSの4つのうち3つ。",
        en="Three of four: steady use, features used, goals reached, a good CSAT or NPS.",
    ),
    "needs_for.wall": Sentence(
        ja="今のプランで困ったことを、一つ記録してください。",
        en="One thing that their plan does not let them do.",
    ),
    "needs_for.profile": Sentence(
        ja="利用者の増加、高度な使い方、外部連携の増加、業務に欠かせない、の4つのうち2つ。",
        en="Two of four: more active users, advanced use, more integrations, "
        "they cannot work without it.",
    ),
    "needs_for.budget": Sentence(
        ja="本人の言葉だけが数えられます。", en="Only what they say themselves counts."
    ),
    "needs_for.roi_articulated": Sentence(
        ja="お客様ご自身の数字が必要です。", en="It takes figures of their own."
    ),
    "steps": Sentence(ja="8つのステップ", en="Eight steps"),
    "steps.done": Sentence(ja="8のうち{done}", en="{done} of 8"),
    "empty.self_serve": Sentence(
        ja="この商談はお客様ご自身が進めます。担当者が会話をする商談には、ここに質問が並びます。",
        en="They serve themselves here. Where a person talks to them, the questions stand here.",
    ),
    "talk.current_state": Sentence(ja="現在の状態", en="How it is today"),
    "talk.future_state": Sentence(ja="将来の姿", en="Where they want to be"),
    "talk.gap": Sentence(ja="ギャップ", en="What is in between"),
    "talk.introduce": Sentence(ja="解決策の紹介", en="Introduce the plan"),
    "talk.demonstrate": Sentence(ja="実演", en="Show it"),
    "talk.roi_together": Sentence(ja="一緒に計算する", en="Work out the value together"),
    "talk.objections": Sentence(ja="異議への対応", en="Meet objections"),
    "talk.next_step": Sentence(ja="次の一歩の合意", en="Agree on the next step"),
    "status.done": Sentence(ja="完了", en="done"),
    "status.skipped": Sentence(ja="省略", en="skipped"),
    "status.open": Sentence(ja="未完了", en="open"),
    "answer": Sentence(ja="回答を記録", en="Record the answer"),
    "answer_anew": Sentence(ja="新しい回答を記録", en="Record a newer answer"),
    "suggestion": Sentence(ja="おそらく:", en="Probably:"),
    "sentences": Sentence(ja="お客様に伝える文", en="To say to the customer"),
    "assets": Sentence(ja="見せたもの", en="What was shown"),
    "open_asset": Sentence(ja="開く", en="Open"),
    "add_asset": Sentence(ja="見せたものを記録", en="Record what was shown"),
    "mark_done": Sentence(ja="このステップを完了", en="Mark as done"),
    "mark_open": Sentence(ja="未完了に戻す", en="Open again"),
    "skip_step": Sentence(ja="このステップを省略", en="Skip this step"),
    "missing": Sentence(ja="完了するには次が必要です。", en="Before it is done:"),
    "missing.question": Sentence(ja="回答:", en="an answer to:"),
    "missing.need": Sentence(ja="確認されたニーズ", en="a need that is certain"),
    "missing.step": Sentence(ja="ステップ{step}の完了", en="step {step} is done"),
    "missing.asset": Sentence(ja="見せたものの記録", en="something was shown to them"),
    "missing.value": Sentence(ja="費用対効果", en="a business case"),
    "missing.objection": Sentence(
        ja="異議の有無と、それぞれへの返答",
        en="whether there are objections, and an answer to each",
    ),
    "missing.next_step": Sentence(ja="これからの次の一歩", en="a next step that is still ahead"),
    "needs": Sentence(ja="ニーズ", en="Needs"),
    "needs.caption": Sentence(ja="今のプランにないもの", en="What their plan does not give"),
    "need": Sentence(ja="ニーズ", en="Need"),
    "need_status": Sentence(ja="確かさ", en="How certain"),
    "need_status.measured": Sentence(ja="計測", en="measured"),
    "need_status.confirmed": Sentence(ja="確認済み", en="confirmed"),
    "need_status.hypothesis": Sentence(ja="仮説", en="hypothesis"),
    "need_status.refuted": Sentence(ja="不要", en="not needed"),
    "need_source": Sentence(ja="根拠", en="Known from"),
    "source.usage": Sentence(ja="利用状況", en="usage"),
    "source.need.stated": Sentence(ja="お客様の言葉", en="what they said"),
    "source.need": Sentence(ja="お客様の言葉", en="what they said"),
    "source.feature.requested": Sentence(ja="機能の要望", en="a request"),
    "source.feature.gated": Sentence(ja="使えない機能への操作", en="the door of a feature"),
    "source.ticket.opened": Sentence(ja="問い合わせ", en="a ticket"),
    "source.compliance.need": Sentence(ja="監査・認証の要件", en="compliance"),
    "need_count": Sentence(ja="回数", en="Times"),
    "need_text": Sentence(ja="お客様の言葉", en="In their words"),
    "add_need": Sentence(ja="ニーズを確認・否定", en="Confirm or refute a need"),
    "empty.needs": Sentence(
        ja="まだ分かっていません。回答や利用状況から分かると、ここに並びます。",
        en="None are known yet: they come from answers and from usage.",
    ),
    "asset.demo": Sentence(ja="デモ", en="Demo"),
    "asset.doc": Sentence(ja="資料", en="Document"),
    "asset.case_study": Sentence(ja="導入事例", en="Case study"),
    "asset.reference": Sentence(ja="紹介先", en="Reference"),
    "asset.meeting": Sentence(ja="打ち合わせ", en="Meeting"),
    "asset.call": Sentence(ja="電話", en="Call"),
    "field.answer": Sentence(ja="回答", en="Answer"),
    "field.said_by": Sentence(ja="誰が(連絡先または名前)", en="Who said it (contact or name)"),
    "field.needs_feature": Sentence(
        ja="この回答で分かった必要な機能", en="Feature that they need, by this answer"
    ),
    "field.needs_meter": Sentence(
        ja="この回答で分かった増やしたい計測項目", en="Meter that they need more of"
    ),
    "field.feature": Sentence(ja="機能", en="Feature"),
    "field.meter": Sentence(ja="計測項目", en="Meter"),
    "field.words": Sentence(ja="お客様の言葉", en="In their words"),
    "field.title": Sentence(ja="題名", en="Title"),
    "field.url": Sentence(ja="アドレス", en="Address (URL)"),
    "field.held_on": Sentence(ja="実施日", en="Day"),
    "field.asset_kind": Sentence(ja="種類", en="Kind"),
}
