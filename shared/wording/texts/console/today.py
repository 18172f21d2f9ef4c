"""`/console/today`."""

from shared.wording.sentence import Sentence

SENTENCES = {
    "title": Sentence(ja="今日", en="Today"),
    "who": Sentence(ja="担当", en="Who"),
    "who.me": Sentence(ja="自分", en="Me"),
    "who.all": Sentence(ja="全員", en="Everybody"),
    "my_accounts": Sentence(ja="担当の顧客", en="Your accounts"),
    "kind": Sentence(ja="種類", en="Kind"),
    "group.overdue": Sentence(ja="期限切れ", en="Overdue"),
    "group.today": Sentence(ja="今日", en="Today"),
    "group.week": Sentence(ja="今週", en="This week"),
    "group.later": Sentence(ja="それ以降", en="Later"),
    "group.snoozed": Sentence(ja="スヌーズ中", en="Snoozed"),
    "snoozed": Sentence(ja="スヌーズ中 {n:number}件", en="{n:number} snoozed"),
    "open": Sentence(ja="未完了 {n:number}件", en="{n:number} open"),
    "closed_today": Sentence(ja="今日の完了 {n:number}件", en="{n:number} closed today"),
    "bulk": Sentence(ja="選択したタスク", en="Selected tasks"),
    "chosen": Sentence(ja="{n:number}件を選択中", en="{n:number} selected"),
    "select": Sentence(ja="選択:", en="Select:"),
    "first_of": Sentence(
        ja="{n:number}件中 {shown:number}件を表示", en="The first {shown:number} of {n:number}"
    ),
    "start_first": Sentence(ja="最初のタスクから始める", en="Start with the first"),
    "empty.week": Sentence(
        ja="期限の来たタスクはありません。今週のタスクが{n:number}件あります。",
        en="Nothing is due. {n:number} task{n:s} this week:",
    ),
    "empty.others": Sentence(
        ja="ここに当てはまるタスクはありません。ほかに{n:number}件あります。",
        en="Nothing is due here. Other tasks: {n:number}.",
    ),
    "see_them": Sentence(ja="表示する", en="see them"),
    "empty.none": Sentence(
        ja="あなたのタスクはありません。担当の顧客があれば、ここに並びます。担当はマネージャーが変更できます。",
        en=(
            "You have no tasks. They appear here for the accounts that are yours; "
            "a manager can change whose an account is."
        ),
    ),
    "empty.nobody": Sentence(ja="未完了のタスクはありません。", en="There are no open tasks."),
    "fault.none_chosen": Sentence(
        ja="タスクを1件以上選択してください。", en="Select at least one task."
    ),
}
