"""`/console/preferences`."""

from shared.wording.sentence import Sentence

SESSIONS = {
    "session.browser": Sentence(ja="ブラウザー", en="Browser"),
    "session.created_at": Sentence(ja="ログイン", en="Logged in"),
    "session.seen_at": Sentence(ja="最後の利用", en="Last used"),
    "session.this": Sentence(ja="このブラウザー", en="this one"),
    "session.end": Sentence(ja="終了", en="End"),
    "session.end_one": Sentence(
        ja="{browser} のセッションを終了", en="End the session in {browser}"
    ),
}
SENTENCES = {
    "title": Sentence(ja="設定", en="Preferences"),
    "look": Sentence(ja="表示", en="How it looks"),
    "field.language": Sentence(ja="言語", en="Language"),
    "language.en": Sentence(ja="英語", en="English"),
    "language.ja": Sentence(ja="日本語", en="Japanese"),
    "as_record": Sentence(ja="登録情報に合わせる", en="As in my record"),
    "field.time_zone": Sentence(ja="タイムゾーン", en="Time zone"),
    "field.theme": Sentence(ja="配色", en="Colours"),
    "field.keys_on": Sentence(
        ja="1文字のキーボードショートカットを使う", en="Use keyboard shortcuts of a single key"
    ),
    "field.start_page": Sentence(ja="最初に開くページ", en="First page"),
    "as_roles": Sentence(ja="役割に合わせる", en="As my roles have it"),
    "fault.unknown_language": Sentence(
        ja="選択肢にない言語です。", en="There is no such language."
    ),
    "fault.unknown_time_zone": Sentence(
        ja="Asia/Tokyo のようなタイムゾーン名を入力してください。",
        en="Choose the name of a time zone, such as Europe/Paris.",
    ),
    "fault.unknown_theme": Sentence(ja="選択肢にない配色です。", en="There are no such colours."),
    "fault.unknown_start_page": Sentence(
        ja="選択肢にないページです。", en="There is no such page to begin with."
    ),
    "sessions": Sentence(ja="ログイン中のセッション", en="Where I am logged in"),
    **SESSIONS,
    "said.saved": Sentence(ja="保存しました。", en="Saved."),
    "said.ended": Sentence(ja="セッションを終了しました。", en="The session has ended."),
}
