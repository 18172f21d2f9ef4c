"""A deal goes from its CSM to Sales: how the customer hears of it, and what our people do (R-175,
BP-26).
"""

from shared.wording.sentence import Sentence

SENTENCES = {
    "handoff.intro.subject": Sentence(ja="担当者のご紹介: {to:name}", en="Introducing {to:name}"),
    "handoff.intro.body": Sentence(
        ja=(
            "{contact:name}様、いつもお世話になっております。{from:name}です。今後は{to:name}が私とともに担当いたします。"
            "これまで伺った内容はすべて共有しておりますので、改めてご説明いただく必要はありません。"
            "次の一歩: {next:name}"
        ),
        en=(
            "Hello {contact:name}, this is {from:name}. "
            "From now on {to:name} will work with you together with me. "
            "{to:name} knows all that we have discussed, so you need not repeat it. "
            "Next step: {next:name}."
        ),
    ),
    "handoff.next.formal_proposal": Sentence(ja="正式なご提案", en="a formal proposal"),
    "handoff.next.trial": Sentence(ja="トライアル", en="a trial"),
    "handoff.next.involve_stakeholder": Sentence(
        ja="関係者の皆様とのお打ち合わせ", en="a meeting with everybody involved"
    ),
    "handoff.next.by": Sentence(ja="{what:name}({due:day}まで)", en="{what:name} by {due:day}"),
    "handoff.asked": Sentence(
        ja="{owner:person}から案件の引き継ぎを依頼されています",
        en="{owner:person} asks you to take over this deal",
    ),
    "handoff.taken": Sentence(
        ja="{owner:person}から案件を引き継ぎました",
        en="you took over this deal from {owner:person}",
    ),
    "handoff.reject": Sentence(
        ja="{owner:person}が引き継ぎを断りました", en="{owner:person} rejected the hand-off"
    ),
    "handoff.timed_out": Sentence(
        ja="{owner:person}から期限までに返答がありませんでした",
        en="{owner:person} did not answer the hand-off in time",
    ),
    "handoff.returned": Sentence(
        ja="{owner:person}から期限までにお客様への連絡がありませんでした",
        en="{owner:person} did not contact the customer in time",
    ),
    "handoff.said": Sentence(ja="「{text:name}」", en="“{text:name}”"),
    "handoff.raised": Sentence(
        ja="案件がCSMの担当範囲を超えました", en="the deal has grown beyond what a CSM closes"
    ),
    "next.handoff.answer": Sentence(
        ja="引き継ぎ資料を確認し、引き受けるか、理由を添えて断ってください",
        en="read the packet, then accept the hand-off or reject it with a reason",
    ),
    "next.handoff.again": Sentence(
        ja="足りないものを補い、もう一度引き継ぎを依頼してください",
        en="add what is missing and request the hand-off again",
    ),
    "next.first_contact": Sentence(
        ja="お客様に最初のご連絡をしてください", en="contact the customer for the first time"
    ),
}
