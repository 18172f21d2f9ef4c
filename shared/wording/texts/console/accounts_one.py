"""`/console/accounts/{id}`."""

from shared.wording.sentence import Sentence
from shared.wording.texts.console.accounts_timeline import KINDS

SENTENCES = {
    **KINDS,
    "title": Sentence(ja="顧客", en="Account"),
    "no_plan": Sentence(ja="契約なし", en="No subscription"),
    "since": Sentence(ja="契約開始", en="since"),
    "renewal": Sentence(ja="更新日", en="renewal"),
    "now": Sentence(ja="現在", en="Now"),
    "next": Sentence(ja="次にすること", en="Next"),
    "meters": Sentence(ja="利用状況", en="Usage"),
    "share": Sentence(ja="割合", en="How full"),
    "used": Sentence(ja="利用量 / 上限", en="Used / limit"),
    "percent": Sentence(ja="%", en="%"),
    "unlimited": Sentence(ja="無制限", en="unlimited"),
    "reaches": Sentence(ja="上限に達する見込み:", en="at the limit about"),
    "alerts": Sentence(ja="未解決のアラート", en="Open alerts"),
    "no_next_step": Sentence(ja="次の一歩がありません", en="no next step"),
    "may_we": Sentence(ja="提案できるか", en="May we offer?"),
    "yes": Sentence(ja="できる", en="Yes"),
    "no": Sentence(ja="できない", en="No"),
    "field.title": Sentence(ja="すること", en="What to do"),
    "field.due_at": Sentence(ja="期限", en="Due"),
    "field.to_plan": Sentence(ja="プラン", en="Plan"),
    "field.type": Sentence(ja="種類", en="Type"),
    "field.data": Sentence(ja="内容(JSON)", en="Data (JSON)"),
    "fault.not_json": Sentence(ja="JSONではありません。", en="That is not JSON."),
    "said.begun": Sentence(ja="作成しました。", en="Created."),
    "said.fact_sent": Sentence(ja="記録しました。", en="Recorded."),
    "people": Sentence(ja="関係者", en="People"),
    "contacts": Sentence(ja="顧客側の担当者", en="Contacts"),
    "name": Sentence(ja="名前", en="Name"),
    "role": Sentence(ja="役割", en="Role"),
    "email": Sentence(ja="メール", en="E-mail"),
    "timeline": Sentence(ja="タイムライン", en="Timeline"),
    "criterion.tenure": Sentence(ja="契約期間", en="Tenure"),
    "criterion.logins": Sentence(ja="ログイン", en="Logins"),
    "criterion.nps": Sentence(ja="NPS", en="NPS"),
    "criterion.enquiries": Sentence(ja="問い合わせ", en="Enquiries"),
    "component.nps": Sentence(ja="NPS", en="NPS"),
    "component.logins": Sentence(ja="ログイン", en="Logins"),
    "component.features": Sentence(ja="機能の利用", en="Use of features"),
    "component.usage": Sentence(ja="利用量", en="Usage"),
    "component.limits": Sentence(ja="上限までの余裕", en="Room below limits"),
    "component.tickets": Sentence(ja="問い合わせ", en="Tickets"),
    "role.owner": Sentence(ja="オーナー", en="Owner"),
    "role.admin": Sentence(ja="管理者", en="Administrator"),
    "edit": Sentence(ja="編集", en="Edit"),
    "role.billing_admin": Sentence(ja="支払担当", en="Billing"),
    "role.member": Sentence(ja="メンバー", en="Member"),
    "no_subscription": Sentence(
        ja="契約がないため、上限としきい値は監視されません。",
        en="There is no subscription: limits and thresholds are not watched.",
    ),
    "empty.meters": Sentence(
        ja="カタログに計測項目がまだありません。",
        en="No catalogue has been applied yet, so nothing is counted.",
    ),
    "empty.alerts": Sentence(
        ja="未解決のアラートはありません。", en="No threshold is reached at the moment."
    ),
    "empty.tasks": Sentence(ja="未完了のタスクはありません。", en="No task is open."),
    "empty.opportunities": Sentence(ja="進行中の商談はありません。", en="No opportunity is open."),
    "empty.decision": Sentence(
        ja="まだしきい値に達していないため、判定はありません。",
        en="Nothing was decided yet: no threshold was reached and no signal came in.",
    ),
    "empty.health": Sentence(
        ja="まだデータがありません。ログインやNPSが届くと表示されます。",
        en="There is no data yet: logins and answers to surveys make it up.",
    ),
    "empty.people": Sentence(
        ja="担当者が登録されていません。", en="No contact is known: nobody can be told anything."
    ),
}
