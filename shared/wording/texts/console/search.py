"""`/console/search`."""

from shared.wording.sentence import Sentence

SENTENCES = {
    "title": Sentence(ja="検索", en="Search"),
    "kind.account": Sentence(ja="顧客", en="Accounts"),
    "kind.contact": Sentence(ja="顧客側の担当者", en="Contacts"),
    "kind.opportunity": Sentence(ja="商談", en="Opportunities"),
    "kind.task": Sentence(ja="タスク", en="Tasks"),
    "kind.page": Sentence(ja="ページ", en="Pages"),
    "empty.none": Sentence(
        ja="「{words}」は見つかりません。名前の一部でも検索できます。",
        en="Nothing is called “{words}”. Any part of a name finds it.",
    ),
    "empty.nothing": Sentence(ja="名前の一部を入力してください。", en="Type any part of a name."),
}
