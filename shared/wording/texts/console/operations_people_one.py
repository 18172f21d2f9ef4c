"""`/console/operations/people/{id}`."""

from shared.wording.sentence import Sentence
from shared.wording.texts.console.conflicts import SENTENCES as CONFLICTS
from shared.wording.texts.console.operations_people import PERSON, ROLES
from shared.wording.texts.console.preferences import SESSIONS

SENTENCES = {
    **CONFLICTS,
    **ROLES,
    **PERSON,
    **SESSIONS,
    "title": Sentence(ja="担当者", en="Person"),
    "people": Sentence(ja="担当者の一覧", en="People"),
    "no_roles": Sentence(ja="役割なし", en="no role"),
    "sessions": Sentence(ja="セッション", en="Sessions"),
    "field.manager": Sentence(ja="マネージャー", en="Manager"),
    "manager.hint": Sentence(ja="担当者のID", en="The id of a person"),
    "field.locale": Sentence(ja="言語と地域", en="Language and region"),
    "field.time_zone": Sentence(ja="タイムゾーン", en="Time zone"),
    "field.close_authority": Sentence(
        ja="単独で契約できる年額の上限", en="Largest yearly deal they may close"
    ),
    "field.sales_trained": Sentence(ja="営業研修を受けた", en="Trained to sell"),
    "field.active": Sentence(ja="有効", en="Active"),
    "make_link": Sentence(ja="ログイン用リンクを発行", en="Make a link to log in"),
    "link_is": Sentence(ja="ログイン用リンク", en="Link to log in"),
    "link_note": Sentence(
        ja="1回だけ、10分間使えます。この人としてログインするため、本人にだけ渡してください。",
        en="It works once, for ten minutes, and logs in as this person: give it to nobody else.",
    ),
    "said.saved": Sentence(ja="保存しました。", en="Saved."),
    "said.ended": Sentence(ja="セッションを終了しました。", en="The sessions have ended."),
}
