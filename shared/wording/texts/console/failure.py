"""Pages for what is not there, not allowed, or not working."""

from shared.wording.sentence import Sentence

SENTENCES = {
    "title": Sentence(ja="問題が発生しました", en="Something went wrong"),
    "title.403": Sentence(ja="権限がありません", en="You may not see this"),
    "title.404": Sentence(ja="見つかりません", en="There is nothing here"),
    "title.405": Sentence(ja="この操作はできません", en="This cannot be done here"),
    "title.413": Sentence(ja="送信内容が大きすぎます", en="That was too much to send"),
    "title.500": Sentence(ja="内部エラー", en="An unexpected fault"),
    "title.503": Sentence(ja="今は利用できません", en="Not available now"),
    "title.other": Sentence(ja="問題が発生しました", en="Something went wrong"),
    "text.403": Sentence(
        ja="このページを見る役割がありません。管理者に依頼してください。",
        en="Your role does not open this page. An administrator can change your roles.",
    ),
    "text.404": Sentence(
        ja="削除されたか、アドレスが違います。検索してみてください。",
        en="It may be deleted, or the address is wrong. Try to find it:",
    ),
    "text.405": Sentence(
        ja="前のページからやり直してください。", en="Go back and start again from there."
    ),
    "text.413": Sentence(
        ja="短くして、もう一度送信してください。", en="Make it shorter and send it again."
    ),
    "text.500": Sentence(
        ja="記録されました。続く場合は、次のIDを運用担当に伝えてください。",
        en="It has been logged. If it happens again, give this id to your operator.",
    ),
    "text.503": Sentence(
        ja="サービスに接続できません。データは失われていません。",
        en="A service cannot be reached. Nothing is lost.",
    ),
    "text.other": Sentence(
        ja="前のページからやり直してください。", en="Go back and start again from there."
    ),
}
