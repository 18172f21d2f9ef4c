"""`/console/operations/keys`."""

from shared.wording.sentence import Sentence
from shared.wording.texts.console.operations import TABS

SENTENCES = {
    **TABS,
    "title": Sentence(ja="APIキー", en="API keys"),
    "field.name": Sentence(ja="名前", en="Name"),
    "field.scopes": Sentence(ja="権限", en="Scopes"),
    "field.rate": Sentence(ja="上限(件/秒)", en="Requests per second"),
    "prefix": Sentence(ja="先頭", en="Begins with"),
    "last_used": Sentence(ja="最終利用", en="Last used"),
    "state": Sentence(ja="状態", en="State"),
    "revoked": Sentence(ja="失効済み", en="revoked"),
    "type_name": Sentence(ja="失効するには「{name}」と入力", en="Type {name} to revoke it"),
    "made": Sentence(ja="{name}を作成しました", en="{name} is made"),
    "shown_once": Sentence(
        ja="このキーは今だけ表示されます。保管してください。",
        en="This is the only time that the key is shown: keep it now.",
    ),
    "fault.another_name": Sentence(
        ja="入力した名前が違います。", en="That is not the name of this key."
    ),
    "said.revoked": Sentence(ja="失効しました。", en="Revoked."),
    "empty.none": Sentence(
        ja="導入時の管理キーのほかにはありません。", en="None but the installation's own key."
    ),
}
