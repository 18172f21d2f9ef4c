"""The five lines of a person's task: what happened, why now, what to say, what not to say, the next
step (R-073).

What to say are mostly the sentences of the other modules; here is what the colleague reads and the
customer does not.
"""

from shared.wording.sentence import Sentence

LINES = {
    "happened": Sentence(ja="起きたこと", en="What happened"),
    "why_now": Sentence(ja="なぜ今", en="Why now"),
    "say": Sentence(ja="伝えること", en="Say"),
    "do_not_say": Sentence(ja="言わないこと", en="Do not say"),
    "next_step": Sentence(ja="次の一歩", en="Next step"),
}

SIGNALS = {
    "signal.trial_ending": Sentence(
        ja="トライアル({tried:list})が{date:when}に終了します",
        en="their trial of {tried:list} ends on {date:when}",
    ),
    "trial.ask": Sentence(ja="トライアルはいかがでしたか?", en="How has the trial been for you?"),
    "signal.usage": Sentence(ja="{meter:name} {used:share}", en="{meter:name} {used:share}"),
    "signal.usage_limit": Sentence(
        ja="{meter:name}が{threshold:threshold}に達しました",
        en="{meter:name} reached {threshold:threshold}",
    ),
    "signal.again": Sentence(
        ja="{meter:name}が新しい上限の{threshold:threshold}に再び達しました",
        en="{meter:name} reached {threshold:threshold} of the new limit, once again",
    ),
    "signal.gated": Sentence(
        ja="契約に含まれていない{meter:name}が使われました",
        en="{meter:name}, which the contract does not include, was used",
    ),
    "signal.repeated_limit": Sentence(
        ja="{meter:name}が繰り返し上限近くに達しています",
        en="{meter:name} came close to the limit repeatedly",
    ),
    "signal.forecast_limit": Sentence(
        ja="{meter:name}はこのままだと{date:when}に上限に達する見込みです",
        en="at this rate {meter:name} will reach the limit on {date:when}",
    ),
    "signal.feature_requested": Sentence(
        ja="{feature:name}について{count:number}回ご要望がありました",
        en="{feature:name} was asked for {count:number} times",
    ),
    "signal.team_growth": Sentence(
        ja="{count:number}人の新しい{role:role}を採用しています",
        en="they are hiring {count:number} new {role:role}",
        defaults={"role": {"ja": "メンバー", "en": "team members"}},
    ),
    "signal.better_support": Sentence(
        ja="至急のサポート依頼が{count:number}件ありました",
        en="there were {count:number} urgent requests for faster support",
    ),
    "signal.compliance_need": Sentence(
        ja="{framework:name}への対応が必要です", en="{framework:name} compliance is needed"
    ),
    "signal.compliance_deadline": Sentence(
        ja="{framework:name}の期限は{deadline:when}(あと{days:number}日)です",
        en="the {framework:name} deadline is {deadline:when}, in {days:number} days",
    ),
    "signal.nps_high": Sentence(
        ja="NPSで{score:number}点をいただきました", en="they gave an NPS of {score:number}"
    ),
    "signal.renewal": Sentence(
        ja="契約更新日は{date:when}です", en="the contract renews on {date:when}"
    ),
    "signal.pre_purchase": Sentence(
        ja="{plan:plan}の見積を提示しました", en="a quote for {plan:plan} was presented"
    ),
    "signal.cancel_intent": Sentence(
        ja="解約の意向が示されました", en="they said that they may cancel"
    ),
    "signal.upgraded": Sentence(
        ja="{date:day}に{from:plan}から{plan:plan}へ移りました",
        en="they moved from {from:plan} to {plan:plan} on {date:day}",
        defaults={"from": {"ja": "以前のプラン", "en": "their former plan"}},
    ),
    "signal.more": Sentence(
        ja="ほかに{count:number}件の理由があります", en="there are {count:number} more reasons"
    ),
    "signal.over": Sentence(
        ja="この商談の理由になっていたことは、今はすべて解消しています",
        en="nothing that spoke for this opportunity holds any more",
    ),
    "signal.held": Sentence(ja="{reason:name}", en="{reason:name}"),
    "signal.unreachable": Sentence(
        ja="請求のご担当者({contact:name})へのメールが届きません",
        en="mail to the billing contact {contact:name} does not arrive",
    ),
    "signal.unsure": Sentence(
        ja="必要かどうか確信が持てないとのことです", en="they are not sure that they need it"
    ),
    "signal.competitor": Sentence(
        ja="他のツールも検討しています。探している機能: {wanted:list}",
        en="they are looking at other tools, for {wanted:list}",
    ),
    "signal.overdue": Sentence(
        ja="「{title:name}」の期限({date:when})が過ぎました",
        en="“{title:name}” was due on {date:when}",
    ),
    "signal.won": Sentence(
        ja="{date:day}に{items:list}のご購入が決まりました",
        en="they bought {items:list} on {date:day}",
    ),
    "signal.won.unnamed": Sentence(
        ja="{date:day}にご購入が決まりました", en="they bought on {date:day}"
    ),
    "signal.decided": Sentence(ja="{plan:plan}に決まりました", en="they decided on {plan:plan}"),
    "signal.written": Sentence(ja="{text:name}", en="{text:name}"),
    "signal.cured": Sentence(
        ja="{meter:name}は上限を下回りました", en="{meter:name}: usage is below the limit again"
    ),
}

WHY_NOW = {
    "why.before_wall": Sentence(
        ja="上限に達する前に相談できます",
        en="there is still time to talk before the limit is reached",
    ),
    "why.at_limit": Sentence(ja="上限に達しています", en="the limit is reached"),
    "why.resets": Sentence(
        ja="使用量は{date:when}に0に戻ります", en="usage starts again from zero on {date:when}"
    ),
    "why.growing": Sentence(
        ja="人数が増える前に相談できます",
        en="there is still time to talk before the new people arrive",
    ),
    "why.asked": Sentence(ja="お客様ご自身が求めています", en="they are asking for it themselves"),
    "why.content": Sentence(
        ja="満足していただいている今が話しやすい時期です",
        en="they are content, so this is a good time to talk",
    ),
    "why.renewal": Sentence(
        ja="更新の前に内容を見直せます", en="the contract can be looked at again before it renews"
    ),
    "why.quote": Sentence(
        ja="契約の前なので、見積を見直せます",
        en="they have not signed yet, so the quote can still change",
    ),
    "why.leaving": Sentence(
        ja="解約が決まる前に話し合えます", en="there is still time to talk before they leave"
    ),
    "why.remedy": Sentence(
        ja="提案よりも、まずこちらが先です", en="this comes before any proposal"
    ),
    "why.done": Sentence(ja="この件は完了しました", en="this is done"),
    "why.over": Sentence(
        ja="新しい理由ができれば、この依頼を更新します",
        en="if another reason comes up, this task is updated",
    ),
    "why.late": Sentence(ja="この知らせは予定より遅れています", en="this comes later than planned"),
    "why.goal": Sentence(
        ja="今四半期の目標がまだ分かっていません",
        en="nobody knows their goals for this quarter yet",
    ),
    "why.competitor": Sentence(
        ja="まだ決まる前なので、理由を伺えます", en="there is still time to find out why"
    ),
    "why.trial": Sentence(
        ja="成功条件{count:number}件のうち{met:number}件を満たしています",
        en="{met:number} of {count:number} criteria are met so far",
    ),
    "why.overdue": Sentence(
        ja="{owner:person}の対応がまだ終わっていません",
        en="{owner:person} has not finished it yet",
        defaults={"owner": {"name": {"ja": "担当者", "en": "The owner"}}},
    ),
    "why.bought": Sentence(
        ja="購入の直後が、使い始めていただくのによい時期です",
        en="right after the purchase is when they start to use it",
    ),
    "why.decided": Sentence(
        ja="決まったばかりの今なら、あわせて使えるものを確認できます",
        en="they have just decided, so what goes with it can be looked at",
    ),
    "why.settled": Sentence(
        ja="新しいプランになって30日が経ちました", en="they have had the new plan for 30 days"
    ),
    "why.merged": Sentence(
        ja="進行中の商談に新しい理由が加わりました",
        en="a new reason was added to the open opportunity",
    ),
}

DO_NOT_SAY = {
    "avoid.upgrade": Sentence(
        ja="アップグレードや価格の話はしないでください({reason:name})",
        en="nothing about upgrades or prices ({reason:name})",
    ),
    "avoid.next_plan": Sentence(
        ja="さらに上のプランの話はまだしないでください", en="nothing yet about the plan above"
    ),
    "avoid.cheaper": Sentence(
        ja="アップグレードのほうが割安だとは言わないでください。席の追加のほうが安くなります",
        en="not that the upgrade would cost less: more seats do",
    ),
    "avoid.step": Sentence(
        ja="上のプランへの移行は勧めないでください。{item:item}のほうが少ない費用で足ります",
        en="not the plan above: {item:item} is enough and costs less",
    ),
    "avoid.claims": Sentence(
        ja="確認されていない効果や割引を約束しないでください",
        en="no benefit that is not confirmed, and no discount",
    ),
    "avoid.price_first": Sentence(
        ja="価格だけの説明から始めないでください", en="do not open with the price alone"
    ),
    "avoid.gap": Sentence(
        ja="次の機能があるとは言わないでください: {gaps:list}",
        en="not that we have {gaps:list}",
    ),
    "avoid.unconfirmed": Sentence(
        ja="お客様がまだ述べていない課題を事実として話さないでください",
        en="no problem as a fact that the customer has not stated",
    ),
}

CRM = {
    "crm.no_owner": Sentence(
        ja="CRMで{owner:person}を担当者にできません。担当者なしで作成しました",
        en="The CRM does not accept {owner:person} as the owner: this task has none",
    ),
    "crm.no_company": Sentence(
        ja="CRMに会社{company:name}が見つかりません。会社に紐付けずに作成しました",
        en="The CRM has no company {company:name}: this task belongs to none",
    ),
}

NEXT_STEP = {
    "next.trial": Sentence(
        ja="結果を一緒に確認し、終了前に次の一歩を決めてください",
        en="look at the results with them and agree on what comes next before it ends",
    ),
    "next.watch": Sentence(
        ja="利用状況を確認し、必要なら連絡してください",
        en="look at their usage and get in touch if they need help",
    ),
    "next.talk": Sentence(
        ja="お客様に連絡し、上の文を自分の言葉で伝えてください",
        en="get in touch and say the above in your own words",
    ),
    "next.discovery": Sentence(
        ja="次の質問をしてください: {questions:list}", en="ask these questions: {questions:list}"
    ),
    "next.ask": Sentence(ja="次のことも伺ってください", en="ask them this as well"),
    "next.handoff": Sentence(
        ja="{owner:person}に引き継いでください",
        en="hand over to {owner:person}",
        defaults={"owner": {"name": "Sales"}},
    ),
    "next.join": Sentence(
        ja="{owner:person}と一緒に進めてください",
        en="work on this together with {owner:person}",
        defaults={"owner": {"name": "Sales"}},
    ),
    "next.approval": Sentence(
        ja="{plan:plan}では足りないため、{option:plan}をご提案する承認を得てください",
        en="{plan:plan} would not be enough: get approval to offer {option:plan}",
    ),
    "next.seats": Sentence(
        ja="シートの追加({count:number}席、年{year:money})を案内してください",
        en="offer {count:number} more seats instead ({year:money} a year)",
    ),
    "next.add_on": Sentence(
        ja="{name:name}の追加({count:number}個、年{year:money})を案内してください",
        en="offer {count:number} x {name:name} instead ({year:money} a year)",
    ),
    "next.price": Sentence(
        ja="{plan:plan}の料金は{cost:name}です", en="the {plan:plan} plan costs {cost:name}"
    ),
    "next.offer_add_on": Sentence(
        ja="{item:item}(年{year:money})を案内してください",
        en="offer {item:item} for {year:money} a year",
    ),
    "next.offer_add_on.instead": Sentence(
        ja="{item:item}(年{year:money})を案内してください。{plan:plan}への移行は年{step:money}の追加になります",
        en=(
            "offer {item:item} for {year:money} a year; "
            "moving to {plan:plan} would add {step:money}"
        ),
    ),
    "next.no_buyer": Sentence(
        ja="購入できるご担当者が登録されていないため、お客様には送っていません。ご担当者を確認して登録し、上の文を伝えてください",
        en=(
            "nobody who may buy is known, so nothing was sent to the customer: "
            "find out who that is, enter them, and say the above"
        ),
    ),
    "next.csat": Sentence(
        ja="満足度(CSAT)を伺い、記録してください",
        en="ask how satisfied they are and record the answer (CSAT)",
    ),
    "next.nurture": Sentence(
        ja="まだ提案の段階ではありません。価値を測れるよう支援してください",
        en="it is too early to propose: help them measure the value first",
    ),
    "next.due": Sentence(ja="このタスクの期限は{due:day}です", en="this task is due on {due:day}"),
    "next.retry": Sentence(
        ja="{date:when}に自動的に再判断します", en="this is decided again by itself on {date:when}"
    ),
    "next.clears": Sentence(
        ja="次の条件で再判断します: {condition:name}",
        en="this is decided again when {condition:name}",
    ),
    "next.goal": Sentence(
        ja="目標を伺い、商談に記録してください",
        en="ask for their goals and record them in the deal",
    ),
    "next.competitor": Sentence(
        ja="なぜ他のツールを検討しているのかを伺い、商談に記録してください",
        en="find out why they are looking elsewhere and record it in the deal",
    ),
    "next.escalated": Sentence(
        ja="「{title:name}」について{owner:person}と話し、必要なら引き継いでください",
        en="talk to {owner:person} about “{title:name}”, or take it over",
        defaults={"owner": {"name": {"ja": "担当者", "en": "the owner"}}},
    ),
    "next.written": Sentence(ja="{title:name}", en="{title:name}"),
    "next.implementation": Sentence(
        ja="導入を支援してください: 設定、利用者へのご案内、最初の成果まで",
        en="help them start: set it up, show it to its users, see a first result",
    ),
    "next.cross_sell": Sentence(
        ja="次の会話で触れ、希望があれば商談に追加してください",
        en="mention it in the next conversation, and add it to the deal if they want it",
    ),
    "next.address": Sentence(
        ja="{contact:name}の正しいメールアドレスを確認し、登録し直してください",
        en="ask for a working e-mail address of {contact:name} and enter it",
    ),
    "remedy.retention": Sentence(
        ja="解約の理由を伺い、継続に向けて話し合ってください(期限 {due:day})",
        en="ask why they may cancel and talk about how to keep them (due {due:day})",
    ),
    "remedy.support_reinforcement": Sentence(
        ja="サポートを強化してください: 優先対応に切り替え、担当CSMから電話する(期限 {due:day})",
        en="reinforce support: give them priority and have the CSM call (due {due:day})",
    ),
    "remedy.onboarding": Sentence(
        ja="オンボーディングを進め、最初の成果まで伴走してください(期限 {due:day})",
        en="continue the onboarding until they see a first result (due {due:day})",
    ),
    "remedy.training": Sentence(
        ja="トレーニングを案内してください(期限 {due:day})", en="offer training (due {due:day})"
    ),
    "remedy.adoption": Sentence(
        ja="今のプランの機能を使いこなせるよう支援してください(期限 {due:day})",
        en="help them use what their plan already has (due {due:day})",
    ),
    "remedy.closed": Sentence(ja="対応は不要になりました", en="nothing more needs to be done"),
}

NONE = Sentence(ja="特にありません。", en="Nothing in particular.")
UNREADABLE = Sentence(
    ja="この文は別のバージョンのPlimsollが書いたため、表示できません。",
    en="Another version of Plimsoll wrote this sentence; this one cannot show it.",
)

SENTENCES = {**SIGNALS, **WHY_NOW, **DO_NOT_SAY, **NEXT_STEP, **CRM}
