"""`/console/operations/people`."""

from shared.wording.sentence import Sentence
from shared.wording.texts.console.operations import TABS

ROLES = {
    "role.csm": Sentence(ja="カスタマーサクセス", en="CSM"),
    "role.sales": Sentence(ja="営業", en="Sales"),
    "role.manager": Sentence(ja="マネージャー", en="Manager"),
    "role.planner": Sentence(ja="プラン担当", en="Plan owner"),
    "role.operator": Sentence(ja="運用担当", en="Operator"),
    "role.admin": Sentence(ja="管理者", en="Administrator"),
}
PERSON = {
    "field.name": Sentence(ja="名前", en="Name"),
    "field.email": Sentence(ja="メールアドレス", en="E-mail"),
    "field.roles": Sentence(ja="役割", en="Roles"),
    "active.true": Sentence(ja="有効", en="Active"),
    "active.false": Sentence(ja="無効", en="Not active"),
}
SENTENCES = {
    **TABS,
    **ROLES,
    **PERSON,
    "title": Sentence(ja="担当者", en="People"),
    "role": Sentence(ja="役割", en="Role"),
    "active": Sentence(ja="状態", en="State"),
    "sessions": Sentence(ja="セッション", en="Sessions"),
    "empty": Sentence(
        ja="担当者はまだいません。最初のログインか PUT /v1/people/{{id}} で登録されます。",
        en="There is nobody yet: people appear when they log in, or with PUT /v1/people/{{id}}.",
    ),
    "empty.filtered": Sentence(
        ja="この条件に当てはまる担当者はいません。", en="Nobody fits these filters."
    ),
}
