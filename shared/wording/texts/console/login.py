"""`/console/login`, and the pages that say that a log-in or a form was refused."""

from shared.wording.sentence import Sentence
from shared.wording.texts.console.operations_people import SENTENCES as PEOPLE

SENTENCES = {
    "title": Sentence(ja="ログイン", en="Log in"),
    "log_in": Sentence(ja="ログイン", en="Log in"),
    "log_in_again": Sentence(ja="もう一度ログイン", en="Log in again"),
    "try_again": Sentence(ja="もう一度", en="Try again"),
    "to_start": Sentence(ja="最初のページへ", en="Go to the first page"),
    "no_provider": Sentence(
        ja=(
            "IDプロバイダーが設定されていません。運用担当は次のコマンドで、"
            "1回だけ使えるログイン用リンクを発行できます: plimsoll person link NAME --role csm"
        ),
        en=(
            "No identity provider is set up. An operator can make a link that logs in once: "
            "plimsoll person link NAME --role csm"
        ),
    ),
    "made_up": Sentence(
        ja="これはデモです。5人の架空の人物から1人を選んでログインしてください。",
        en="This is a demo: log in as one of five made-up persons.",
    ),
    "as": Sentence(ja="{person} としてログイン", en="Log in as {person}"),
    **{name: one for name, one in PEOPLE.items() if name.startswith("role.")},
    "comes_for.csm": Sentence(
        ja="今朝は何を、どの順番で?", en="What do I do this morning, and in which order?"
    ),
    "comes_for.sales": Sentence(
        ja="自分の商談は? 引き継がれたものは? 止まっているものは?",
        en="What is mine, what was handed to me, what stands still?",
    ),
    "comes_for.manager": Sentence(
        ja="効果は出ているか、お客様に嫌がられていないか?",
        en="Does it work, and do customers mind?",
    ),
    "comes_for.planner": Sentence(
        ja="何を販売しているか、変えたら何が送られていたか?",
        en="What do we sell, and what would a change have sent?",
    ),
    "comes_for.operator": Sentence(
        ja="正常に動いているか、何を直すべきか?", en="Does it run, and what must I mend?"
    ),
    "comes_for.admin": Sentence(
        ja="すべての画面と、人と役割の管理", en="All pages, and people and their roles"
    ),
    "not_guarded": Sentence(
        ja=(
            "このアドレスはhttpsではないため、ブラウザーはログインを保持できません。"
            "httpsのアドレスで開いてください (PLIMSOLL_PUBLIC_URL)。"
        ),
        en=(
            "This address is not https, so the browser cannot keep a log-in. "
            "Open the console under its https address (PLIMSOLL_PUBLIC_URL)."
        ),
    ),
    "away": Sentence(
        ja="IDプロバイダーに接続できません。少し待って、もう一度試してください。",
        en="The identity provider cannot be reached. Wait a moment and try again.",
    ),
    "away_otherwise": Sentence(
        ja="急ぐ場合、運用担当は plimsoll person link NAME でログイン用リンクを発行できます。",
        en="If it is urgent, an operator can make a link to log in: plimsoll person link NAME",
    ),
    "refused": Sentence(
        ja="ログインできませんでした (理由: {code})。もう一度試してください。",
        en="The log-in was refused (reason: {code}). Try again.",
    ),
    "inactive": Sentence(
        ja="{person} さんはPlimsollで無効になっています。", en="{person} is not active in Plimsoll."
    ),
    "no_role": Sentence(
        ja=(
            "{person} さんにはPlimsollの役割がありません。"
            "IDプロバイダーの応答にクレーム {claim} がありません。"
        ),
        en=(
            "{person} has no role in Plimsoll. "
            "The identity provider did not send the claim {claim}."
        ),
    ),
    "no_role_claimed": Sentence(
        ja=(
            "{person} さんにはPlimsollの役割がありません: IDプロバイダーのクレーム {claim} に"
            "役割が含まれていません。"
        ),
        en=(
            "{person} has no role in Plimsoll: "
            "the claim {claim} of the identity provider names none."
        ),
    ),
    "ask": Sentence(
        ja="管理者に依頼してください: {people:list}", en="Ask an administrator: {people:list}"
    ),
    "ask_operator": Sentence(
        ja="Plimsollの運用担当に依頼してください。", en="Ask whoever operates Plimsoll."
    ),
    "once": Sentence(
        ja="{person} として1回だけログインします。", en="This logs you in once, as {person}."
    ),
    "once_gone": Sentence(
        ja="このリンクは使用済みか、発行から10分を過ぎています。",
        en="This link was used already, or is older than ten minutes.",
    ),
    "once_nobody": Sentence(
        ja="{person} は有効な担当者ではないか、役割がありません。",
        en="{person} is nobody who is active and has a role.",
    ),
    "over.title": Sentence(ja="セッションが終了しました", en="Your session has ended"),
    "over": Sentence(
        ja="もう一度ログインしてください。入力した内容は下にあります。",
        en="Log in again. What you typed is below.",
    ),
    "over_read": Sentence(
        ja="もう一度ログインすると、このページに戻ります。", en="Log in again to come back here."
    ),
    "over_kept": Sentence(
        ja="もう一度ログインすると、入力した内容から続けられます。",
        en="Log in again, and go on with what you typed.",
    ),
    "kept.title": Sentence(ja="入力した内容", en="What you typed"),
    "kept": Sentence(
        ja="まだ送信されていません。確認して、送信してください。",
        en="It has not been sent yet. Look at it and send it.",
    ),
    "kept_gone": Sentence(
        ja="保存された入力はもうありません。", en="What was typed is not kept any more."
    ),
    "send_again": Sentence(ja="送信", en="Send"),
    "too_long.title": Sentence(ja="送信されませんでした", en="This was not sent"),
    "too_long": Sentence(
        ja="このページは長い時間開かれていました。もう一度読み込んでください",
        en="This page was open too long: load it again",
    ),
    "load_again": Sentence(ja="もう一度読み込む", en="Load it again"),
    "logged_out.title": Sentence(ja="ログアウトしました", en="You are logged out"),
    "logged_out": Sentence(
        ja="このブラウザーのセッションは終了しました。", en="The session of this browser has ended."
    ),
}
