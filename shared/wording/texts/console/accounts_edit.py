"""`/console/accounts/{id}/edit`."""

from shared.wording.sentence import Sentence
from shared.wording.texts.console.conflicts import SENTENCES as CONFLICTS

CONTACT_ROLES = {
    "contact_role.owner": Sentence(ja="オーナー", en="Owner"),
    "contact_role.billing_admin": Sentence(ja="支払担当", en="Billing"),
    "contact_role.admin": Sentence(ja="管理者", en="Administrator"),
    "contact_role.member": Sentence(ja="メンバー", en="Member"),
    "contact_role.decision_maker": Sentence(ja="決裁者", en="Decision maker"),
    "contact_role.champion": Sentence(ja="推進者", en="Champion"),
}
SENTENCES = {
    **CONFLICTS,
    **CONTACT_ROLES,
    "title": Sentence(ja="顧客情報の編集", en="Edit account"),
    "reads_only": Sentence(
        ja="あなたの役割では変更できません。変更は管理者に依頼してください。",
        en="Your role cannot change this record: ask an administrator.",
    ),
    "ours": Sentence(ja="社内の担当", en="Our people"),
    "contacts": Sentence(ja="顧客側の担当者", en="Contacts"),
    "new_contact": Sentence(ja="担当者を追加", en="Add a contact"),
    "remove": Sentence(ja="削除", en="Remove"),
    "too_many": Sentence(
        ja="担当者が多いため、ここでは変更できません。APIを使ってください。",
        en="There are too many contacts to be changed here: use the API.",
    ),
    "field.name": Sentence(ja="名前", en="Name"),
    "field.locale": Sentence(ja="言語と地域", en="Language and region"),
    "locale.hint": Sentence(ja="例: ja-JP、en", en="Such as ja-JP or en"),
    "field.time_zone": Sentence(ja="タイムゾーン", en="Time zone"),
    "time_zone.hint": Sentence(ja="例: Asia/Tokyo", en="Such as Asia/Tokyo"),
    "field.country": Sentence(ja="国", en="Country"),
    "country.hint": Sentence(ja="2文字。例: JP", en="Two letters, such as JP"),
    "field.currency": Sentence(ja="通貨", en="Currency"),
    "currency.hint": Sentence(ja="3文字。例: JPY", en="Three letters, such as JPY"),
    "field.segment": Sentence(ja="セグメント", en="Segment"),
    "field.employees": Sentence(ja="従業員数", en="Employees"),
    "field.customer_since": Sentence(ja="契約開始日", en="Customer since"),
    "field.csm": Sentence(ja="CSM", en="CSM"),
    "field.csm.id": Sentence(ja="CSM", en="CSM"),
    "field.ae": Sentence(ja="営業担当", en="AE"),
    "field.ae.id": Sentence(ja="営業担当", en="AE"),
    "field.contacts": Sentence(ja="担当者", en="Contacts"),
    "field.contacts.id": Sentence(ja="担当者のID", en="Id of the contact"),
    "contact.name": Sentence(ja="名前", en="Name"),
    "contact.role": Sentence(ja="役割", en="Role"),
    "contact.email": Sentence(ja="メールアドレス", en="E-mail"),
    "contact.locale": Sentence(ja="言語と地域", en="Language and region"),
    "contact.id": Sentence(ja="ID", en="Id"),
    "contact_id.hint": Sentence(
        ja="自社プロダクトでのユーザーID", en="Of this user in your own product"
    ),
    "field.contacts.name": Sentence(ja="担当者の名前", en="Name of the contact"),
    "field.contacts.role": Sentence(ja="担当者の役割", en="Role of the contact"),
    "field.contacts.email": Sentence(ja="担当者のメールアドレス", en="E-mail of the contact"),
    "field.contacts.locale": Sentence(ja="担当者の言語", en="Language of the contact"),
    "field.external_ids": Sentence(ja="ほかのシステムでのID", en="Ids in other systems"),
    "field.external_system": Sentence(ja="システム", en="System"),
    "external.hint": Sentence(
        ja="例: hubspot。空にしたIDは削除されます。",
        en="Such as hubspot. An id that is emptied is removed.",
    ),
    "field.external_id": Sentence(ja="そのシステムでのID", en="Id there"),
}
