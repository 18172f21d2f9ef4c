"""`/console/search`."""

from shared.wording.sentence import Sentence

SENTENCES = {
    "title": Sentence(ja="検索", en="Search"),
    "kind.account": Sentence(ja="顧客", en="Accounts"),
    "kind.contact": Sentence(ja="顧客側の担当者", en="Contacts"),
    "kind.opportunity": Sentence(ja="商談", en="Opportunities"),
    "kind.task": Sentence(ja="タスク", en="Tasks"),
    "kind.page": Sentence(ja="ページ", en="Pages"),
    "kind.action": Sentence(ja="操作", en="Actions"),
    "quote": Sentence(ja="見積もり", en="Quote"),
    "edit_catalogue": Sentence(ja="カタログを編集", en="Edit the catalogue"),
    "create_key": Sentence(ja="APIキーを作成", en="Create an API key"),
    "recover": Sentence(ja="配信の再送(期間)", en="Recover deliveries"),
    "end_all": Sentence(ja="すべてのセッションを終了", en="End all sessions"),
    "empty.none": Sentence(
        ja="「{words}」は見つかりません。名前の一部でも検索できます。",
        en="Nothing is called “{words}”. Any part of a name finds it.",
    ),
    "empty.nothing": Sentence(ja="名前の一部を入力してください。", en="Type any part of a name."),
}
