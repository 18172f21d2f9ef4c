"""Answers to the five objections, what to keep in mind with each, and the questions of a
conversation, for a person to say
(R-131..R-137, R-150..R-157).
"""

import re
from collections.abc import Mapping

from shared.wording.sentence import Sentence

SENTENCES = {
    "goal.quarter": Sentence(
        ja="今四半期の目標は何ですか?", en="What are your goals for this quarter?"
    ),
    "step.current_state": Sentence(ja="現状を聞く", en="The current state"),
    "step.future_state": Sentence(ja="今後を聞く", en="The future state"),
    "step.gap": Sentence(ja="ギャップを確認する", en="The gap"),
    "step.introduce": Sentence(ja="プランを紹介する", en="Introduce the plan"),
    "step.demonstrate": Sentence(ja="実際に見せる", en="Show it"),
    "step.roi_together": Sentence(ja="ROIを一緒に計算する", en="Calculate the ROI together"),
    "step.objections": Sentence(ja="懸念に答える", en="Answer objections"),
    "step.next_step": Sentence(ja="次の一歩を決める", en="Agree on the next step"),
    "objection.too_expensive": Sentence(
        ja="理解します。ROIを見てみましょう。週{hours:hours}節約し、{feature:name}をアンロックします。その価値は追加コストを超えますか?",
        en=(
            "I understand. Let's look at the ROI. You save {hours:hours} a week "
            "and unlock {feature:name}. Is that worth more than the additional cost?"
        ),
    ),
    "objection.wait": Sentence(
        ja=(
            "タイミングの考慮事項を理解します。{months:number}ヶ月待つことのデメリットは何ですか?"
            "自動化が週{hours:hours}節約する場合、{total:hours}を逃すことになります。それはチームにとってどれくらいの価値ですか?"
        ),
        en=(
            "I understand that timing matters. What does waiting {months:number} months cost you? "
            "If automation saves {hours:hours} a week, you miss out on {total:hours}. "
            "What is that worth to your team?"
        ),
    ),
    "objection.unsure": Sentence(
        ja=(
            "公平です。今四半期の目標について話しましょう。{conversation:name}。"
            "それに基づいて、{feature:name}は{goal:name}に役立ちます。探求する価値がありますか?"
        ),
        en=(
            "That is fair. Let's talk about your goals for this quarter. {conversation:name}. "
            "From what you say, {feature:name} would help you with {goal:name}. "
            "Is that worth exploring?"
        ),
    ),
    "objection.budget": Sentence(
        ja=(
            "誰がこれを承認する必要がありますか?彼らにはどのような情報が必要ですか?"
            "エグゼクティブサマリー、ROI分析を提供したり、価値を説明するための通話に参加したりできます。"
        ),
        en=(
            "Who needs to approve this, and what information do they need? I can "
            "provide an executive summary and an ROI analysis, or join a call to explain the value."
        ),
    ),
    "objection.other_tools": Sentence(
        ja=(
            "今得られていないどのような機能を探していますか?{listen:name}。"
            "それらの多くは、{plan:plan}で利用可能です。それらの機能を見ましたか?"
        ),
        en=(
            "Which capabilities are you looking for that you do not have today? {listen:name}. "
            "Many of them are available in the {plan:plan} plan. Have you seen them?"
        ),
    ),
    "objection.subject": Sentence(ja="ご相談の件について", en="About your question"),
    "objection.wait.quote": Sentence(
        ja="今切り替える場合、日割りのお支払いは{due:money}です。",
        en="If you switch today, the prorated amount due is {due:money}.",
    ),
    "counter.too_expensive": Sentence(
        ja="価格を擁護しないでください。価値を中心に再フレームします。",
        en="Do not defend the price. Reframe around the value.",
    ),
    "counter.wait_renewal": Sentence(
        ja="懸念を理解しますが、待つコストを示します。",
        en="Understand the concern, but show the cost of waiting.",
    ),
    "counter.unsure_need": Sentence(
        ja="彼らはまだ機能をニーズに結び付けていません。",
        en="They have not connected the features to their needs yet.",
    ),
    "counter.budget_process": Sentence(
        ja="これはプロセスであり、異議ではありません。ナビゲートを支援します。",
        en="This is a process, not an objection. Help them through it.",
    ),
    "counter.other_tools": Sentence(
        ja="ベンダーを切り替えずにニーズを解決するものとして、アップグレードをポジショニングします。",
        en="Position the upgrade as what meets their needs without switching vendors.",
    ),
    "conversation.1": Sentence(
        ja="何が本当にうまくいっていますか?どこで制限に直面していますか?",
        en="What is working really well? Where do you run into limits?",
    ),
    "conversation.2": Sentence(
        ja=(
            "チームは今後6〜12ヶ月でどこに向かっていますか?結果に最大の違いをもたらす機能は何ですか?"
            "魔法の杖を振って任意の機能を追加できるなら、それは何でしょうか?"
        ),
        en=(
            "Where is your team heading in the next 6 to 12 months? "
            "Which capability would make the biggest difference to your results? "
            "If you could add any capability with a magic wand, what would it be?"
        ),
    ),
    "conversation.4": Sentence(
        ja="{plan:plan}を見ましたか?彼らが説明しているものが正確に含まれています。",
        en="Have you seen the {plan:plan} plan? It contains exactly what you describe.",
    ),
    "conversation.8": Sentence(
        ja="正式な提案を送るべきですか?{plan:name}機能のトライアルを実行したいですか?この決定に他に誰が関与する必要がありますか?",
        en=(
            "Should I send a formal proposal? Would you like a trial of the {plan:name} features? "
            "Who else needs to be part of this decision?"
        ),
    ),
}


def _asked(key: str) -> Mapping[str, Sentence]:
    """Each question of a text that asks several."""
    whole = SENTENCES[key]
    texts = zip(_END.split(whole.ja), _END.split(whole.en), strict=True)
    return {f"{key}.{n}": Sentence(ja=ja, en=en) for n, (ja, en) in enumerate(texts, 1)}


_END = re.compile(r"(?<=\?)\s*(?!$)")
SENTENCES |= {**_asked("conversation.1"), **_asked("conversation.2"), **_asked("conversation.8")}
