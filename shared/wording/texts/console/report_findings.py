"""What reports say, each in a sentence; and what their codes are called."""

from shared.wording.sentence import Sentence

FINDINGS = {
    "few": Sentence(ja="(件数が少ない)", en="(few cases)"),
    "finding.conversion": Sentence(
        ja="見極めた商談{n:number}件のうち{won:number}件が成約しました({percent:number}%、{band})。",
        en="Won: {won:number} of {n:number} qualified opportunities ({percent:number} %, {band}).",
    ),
    "finding.conversion.few": Sentence(
        ja="見極めた商談{n:number}件のうち{won:number}件が成約しました(件数が少ない)。",
        en="Won: {won:number} of {n:number} qualified opportunities (few cases).",
    ),
    "finding.best": Sentence(
        ja="最も高いのは{key}で、{n:number}件のうち{won:number}件({percent:number}%)です。",
        en="Best: {key}, {won:number} of {n:number} ({percent:number} %).",
    ),
    "finding.pipeline": Sentence(
        ja="進行中の商談は{n:number}件、平均{age:number}日です。最も多いステージは{stage}"
        "({most:number}件)です。",
        en="Open opportunities: {n:number}, {age:number} day{age:s} old on average; most are in "
        "{stage} ({most:number}).",
    ),
    "finding.funnel": Sentence(
        ja="対象{eligible:number}件のうち、準備完了{ready:number}件、対話中{engaged:number}件、"
        "成約{won:number}件です。",
        en="Of {eligible:number} eligible: {ready:number} ready, {engaged:number} engaged, "
        "{won:number} won.",
    ),
    "finding.funnel.few": Sentence(
        ja="対象{eligible:number}件のうち、準備完了{ready:number}件、対話中{engaged:number}件、"
        "成約{won:number}件です(件数が少ない)。",
        en="Of {eligible:number} eligible: {ready:number} ready, {engaged:number} engaged, "
        "{won:number} won (few cases).",
    ),
    "finding.owners": Sentence(
        ja="成約{won:number}件、失注{lost:number}件です。",
        en="Won: {won:number}, lost: {lost:number}.",
    ),
    "finding.objections": Sentence(
        ja="異議は{raised:number}件出され、{resolved:number}件({percent:number}%)が解消し、"
        "{won:number}件が成約しました。",
        en="Objections raised: {raised:number}; resolved: {resolved:number} ({percent:number} "
        "%), {won:number} of those won.",
    ),
    "finding.objections.few": Sentence(
        ja="異議は{raised:number}件出され、{resolved:number}件が解消し、{won:number}件が成約しました"
        "(件数が少ない)。",
        en="Objections raised: {raised:number}; resolved: {resolved:number}, {won:number} of "
        "those won (few cases).",
    ),
    "finding.objections.most": Sentence(
        ja="最も多いのは「{objection}」({n:number}件)です。",
        en="Most frequent: {objection} ({n:number}).",
    ),
    "finding.handoffs": Sentence(
        ja="返答のあった引き継ぎ{n:number}件のうち{accepted:number}件が受け入れられました"
        "({percent:number}%)。",
        en="Accepted: {accepted:number} of {n:number} answered hand-offs ({percent:number} %).",
    ),
    "finding.handoffs.few": Sentence(
        ja="返答のあった引き継ぎ{n:number}件のうち{accepted:number}件が受け入れられました"
        "(件数が少ない)。",
        en="Accepted: {accepted:number} of {n:number} answered hand-offs (few cases).",
    ),
    "finding.handoffs.open": Sentence(
        ja="引き継ぎの依頼{n:number}件に返答はまだありません。",
        en="Hand-offs that nobody has answered yet: {n:number}.",
    ),
    "finding.handoffs.hours": Sentence(
        ja="返答までの中央値は{hours:number}時間です。",
        en="The median answer took {hours:number} hour{hours:s}.",
    ),
    "finding.missed": Sentence(
        ja="きっかけ{triggers:number}件のうち、見逃し{missed:number}件、伝えた{told:number}件、"
        "見送り{held:number}件、待ち{pending:number}件です。",
        en="Of {triggers:number} signals: {missed:number} missed, {told:number} told, "
        "{held:number} held back, {pending:number} pending.",
    ),
    "finding.hygiene": Sentence(
        ja="足りないものがある商談が{opportunities:number}件、期限切れのタスクが{tasks:number}件あります。",
        en="Lacking on opportunities: {opportunities:number}; overdue tasks: {tasks:number}.",
    ),
    "finding.thresholds": Sentence(
        ja="通知{notices:number}件から、提案{proposals:number}件、成約{won:number}件につながりました。",
        en="Notices: {notices:number}; proposals from them: {proposals:number}; won: {won:number}.",
    ),
    "finding.thresholds.best": Sentence(
        ja="成約が最も多いのは{threshold:number}%の通知({won:number}件)です。",
        en="Most were won after notices at {threshold:number} % ({won:number}).",
    ),
    "finding.amounts": Sentence(
        ja="アップセル{n:number}件で年額{sum:money}が増えました(中央値{median:money})。",
        en="Upsells: {n:number}, together {sum:money} a year (median {median:money}).",
    ),
    "finding.amounts.ratio": Sentence(
        ja="当初の契約額の{ratio:number}倍です。",
        en="That is {ratio:number} times what these accounts first paid.",
    ),
    "finding.nrr": Sentence(
        ja="{currency}: NRRは{percent:number}%で、うちプラン移行によるものは{points}ポイントです。",
        en="{currency}: NRR is {percent:number} %, {points} points of it from plan upgrades.",
    ),
    "finding.nrr.few": Sentence(
        ja="{currency}: 顧客{n:number}社の年額は{start:money}から{end:money}になりました"
        "(件数が少ない)。",
        en="{currency}: what accounts pay went from {start:money} to {end:money} (n = "
        "{n:number}, few cases).",
    ),
    "finding.attribution": Sentence(
        ja="アップセル{n:number}件のうち{credited:number}件が提案によるものです。",
        en="Credited to a proposal: {credited:number} of {n:number} upsells.",
    ),
    "finding.costs": Sentence(
        ja="提案{proposals:number}件、成約{won:number}件で、成約1件あたりの費用は{cost:money}です。",
        en="Proposals: {proposals:number}, won: {won:number}. A win costs {cost:money}.",
    ),
    "finding.costs.none": Sentence(
        ja="提案{proposals:number}件、成約{won:number}件です。成約あたりの費用はまだ出せません。",
        en="Proposals: {proposals:number}, won: {won:number}. What a win costs is not known.",
    ),
    "finding.costs.ratio": Sentence(
        ja="新規獲得にはその{ratio:number}倍かかります。",
        en="A new customer costs {ratio:number} times that.",
    ),
    "finding.ltv": Sentence(
        ja="顧客{n:number}社の平均契約期間は{months:number}か月、LTVは{ltv:money}です。",
        en="Accounts stay {months:number} months on average and are worth {ltv:money} (n = "
        "{n:number}).",
    ),
    "finding.ltv.few": Sentence(
        ja="顧客{n:number}社の平均契約期間は{months:number}か月、LTVは{ltv:money}です"
        "(件数が少ない)。",
        en="Accounts stay {months:number} months on average and are worth {ltv:money} (n = "
        "{n:number}, few cases).",
    ),
    "finding.case_study": Sentence(
        ja="{currency}: 移行したのは{m:number}社中{were:number}社から{n:number}社中"
        "{upgraded:number}社になりました({points}ポイント)。",
        en="{currency}: {upgraded:number} of {n:number} moved up, {were:number} of {m:number} "
        "before ({points} points).",
    ),
    "finding.case_study.few": Sentence(
        ja="{currency}: 移行したのは{m:number}社中{were:number}社から{n:number}社中"
        "{upgraded:number}社になりました(件数が少ない、差{points})。",
        en="{currency}: {upgraded:number} of {n:number} moved up, {were:number} of {m:number} "
        "before (few cases; difference {points}).",
    ),
    "finding.first_year": Sentence(
        ja="{n:number}社のうち{upgraded:number}社が初年度に移行しました({percent:number}%、{band})。",
        en="Moved up in their first year: {upgraded:number} of {n:number} ({percent:number} "
        "%, {band}).",
    ),
    "finding.first_year.few": Sentence(
        ja="{n:number}社のうち{upgraded:number}社が初年度に移行しました(件数が少ない)。",
        en="Moved up in their first year: {upgraded:number} of {n:number} (few cases).",
    ),
    "finding.time_to_upsell": Sentence(
        ja="{n:number}社のうち{upgraded:number}社が移行しました。",
        en="Moved up: {upgraded:number} of {n:number}.",
    ),
    "finding.time_to_upsell.few": Sentence(
        ja="{n:number}社のうち{upgraded:number}社が移行しました(件数が少ない)。",
        en="Moved up: {upgraded:number} of {n:number} (few cases).",
    ),
    "finding.time_to_upsell.median": Sentence(
        ja="半数が移行するまでの期間は{months:number}か月です。",
        en="Half take at most {months:number} month{months:s}.",
    ),
    "finding.time_to_upsell.none": Sentence(
        ja="半数に達していないため、中央値はまだありません。",
        en="It is not half of them yet, so there is no median.",
    ),
    "finding.retention": Sentence(
        ja="移行したお客様は{n:number}社中{retained:number}社({percent:number}%)、ほかのお客様は"
        "{m:number}社中{stayed:number}社({other:number}%)が継続しました。",
        en="Stayed: {retained:number} of {n:number} who moved up ({percent:number} %), "
        "{stayed:number} of {m:number} others ({other:number} %).",
    ),
    "finding.retention.few": Sentence(
        ja="移行したお客様は{n:number}社中{retained:number}社、ほかのお客様は{m:number}社中"
        "{stayed:number}社が継続しました(件数が少ない)。",
        en="Stayed: {retained:number} of {n:number} who moved up, {stayed:number} of "
        "{m:number} others (few cases).",
    ),
    "finding.arm": Sentence(
        ja="{arm}: {n:number}社のうち{upgraded:number}社が移行({percent:number}%)。",
        en="{arm}: {upgraded:number} of {n:number} moved up ({percent:number} %).",
    ),
    "finding.arm.few": Sentence(
        ja="{arm}: {n:number}社のうち{upgraded:number}社が移行。",
        en="{arm}: {upgraded:number} of {n:number} moved up.",
    ),
    "finding.uplift": Sentence(
        ja="差は{points}ポイント(95%信頼区間: {low}〜{high})です。",
        en="The difference is {points} points (95 %: {low} to {high}).",
    ),
    "finding.uplift.sure": Sentence(
        ja="偶然とは考えにくい差です(p {p:number})。",
        en="That is more than chance (p {p:number}).",
    ),
    "finding.uplift.unsure": Sentence(
        ja="結論は出せません。この差を示すには各グループ{n:number}社が必要です。",
        en="That is not conclusive: it takes {n:number} account{n:s} per group to show it.",
    ),
    "finding.uplift.no": Sentence(ja="差はありません。", en="There is no difference."),
    "finding.uplift.none": Sentence(
        ja="比べる相手がまだありません。", en="There is nothing to compare with yet."
    ),
    "finding.plays": Sentence(
        ja="{n:number}種類の理由で{sent:number}件の提案を送りました。",
        en="Proposals sent: {sent:number}; reasons for them: {n:number}.",
    ),
    "finding.plays.paused": Sentence(
        ja="うち{n:number}種類は自動で止まっています。", en="Paused by themselves: {n:number}."
    ),
    "finding.readiness": Sentence(
        ja="人が対応を検討した{n:number}件のうち{qualified:number}件が見極め済みです。",
        en="Qualified: {qualified:number} of {n:number} that a person was asked to handle.",
    ),
    "finding.plans": Sentence(
        ja="{family}: 長く続くお客様{n:number}社の{percent:number}%が主力プランを使っています。",
        en="{family}: {percent:number} % of long-standing customers are on the target plan (n "
        "= {n:number}).",
    ),
    "finding.plans.few": Sentence(
        ja="{family}: 長く続くお客様は{n:number}社です(件数が少ない)。",
        en="{family}: long-standing customers: {n:number} (few cases).",
    ),
    "finding.plans.early": Sentence(
        ja="早すぎる上限は{n:number}件です。", en="Limits reached too early: {n:number}."
    ),
    "finding.balance": Sentence(
        ja="年額{won:money}が増えました(前の期間比{change}%)。",
        en="Won a year: {won:money} ({change} % on the period before).",
    ),
    "finding.balance.new": Sentence(
        ja="年額{won:money}が増えました(前の期間は0)。",
        en="Won a year: {won:money} (nothing in the period before).",
    ),
    "finding.balance.nps": Sentence(
        ja="提案後のNPSの変化は{delta}です(回答{n:number}件)。",
        en="NPS after an offer: {delta} (n = {n:number}).",
    ),
    "finding.balance.nps.few": Sentence(
        ja="提案後のNPSの変化は{delta}です(回答{n:number}件、件数が少ない)。",
        en="NPS after an offer: {delta} (n = {n:number}, few cases).",
    ),
    "finding.balance.silent": Sentence(
        ja="提案後のNPSの回答はまだありません。", en="NPS after an offer: no answers yet."
    ),
}
CODES = {
    "value.key.all": Sentence(ja="全体", en="all"),
    "value.key.unknown": Sentence(ja="不明", en="unknown"),
    "value.arm.upgraded": Sentence(ja="移行した", en="moved up"),
    "value.arm.others": Sentence(ja="移行しなかった", en="others"),
    "value.arm.control": Sentence(ja="比較グループ", en="comparison group"),
    "value.arm.offered": Sentence(ja="提案あり", en="offered"),
    "value.band.below": Sentence(ja="目安より低い", en="below"),
    "value.band.in": Sentence(ja="目安の範囲", en="in"),
    "value.band.above": Sentence(ja="目安より高い", en="above"),
    "value.conversion_band.below": Sentence(ja="目安の40〜60%より低い", en="below 40–60"),
    "value.conversion_band.in": Sentence(ja="目安の40〜60%の範囲", en="in 40–60"),
    "value.conversion_band.above": Sentence(ja="目安の40〜60%より高い", en="above 40–60"),
    "value.first_year_band.below": Sentence(ja="目安の30〜50%より低い", en="below 30–50"),
    "value.first_year_band.in": Sentence(ja="目安の30〜50%の範囲", en="in 30–50"),
    "value.first_year_band.above": Sentence(ja="目安の30〜50%より高い", en="above 30–50"),
    "value.role.self_serve": Sentence(ja="セルフサービス", en="self-serve"),
    "value.role.cs": Sentence(ja="CS", en="customer success"),
    "value.role.sales": Sentence(ja="営業", en="Sales"),
    "value.role.hybrid": Sentence(ja="CSと営業", en="CS and Sales"),
    "value.period.before": Sentence(ja="前の期間", en="before"),
    "value.period.after": Sentence(ja="この期間", en="after"),
    "value.kind.opportunity": Sentence(ja="商談", en="opportunity"),
    "value.kind.task": Sentence(ja="タスク", en="task"),
    "value.flag.no_next_step": Sentence(ja="次の一歩なし", en="no next step"),
    "value.flag.unowned": Sentence(ja="担当なし", en="nobody's"),
    "value.flag.proposal_expired": Sentence(ja="提案の期限切れ", en="proposal expired"),
    "value.flag.handoff_waiting": Sentence(ja="引き継ぎ待ち", en="hand-off waiting"),
    "value.flag.needs_quote": Sentence(ja="見積もりが必要", en="needs a quote"),
    "value.flag.overdue": Sentence(ja="期限切れ", en="overdue"),
    "value.objection.too_expensive": Sentence(ja="高すぎる", en="too expensive"),
    "value.objection.wait_renewal": Sentence(ja="更新まで待ちたい", en="wait until the renewal"),
    "value.objection.unsure_need": Sentence(ja="必要か分からない", en="unsure of the need"),
    "value.objection.budget_process": Sentence(ja="予算の承認が必要", en="needs budget approval"),
    "value.objection.other_tools": Sentence(ja="ほかのツールと比較中", en="comparing other tools"),
    "value.play.usage_limit": Sentence(ja="上限に到達", en="limit reached"),
    "value.play.repeated_limit": Sentence(ja="繰り返し上限に接近", en="limit reached repeatedly"),
    "value.play.forecast_limit": Sentence(ja="上限に達する見込み", en="limit ahead"),
    "value.play.compliance_need": Sentence(ja="コンプライアンス対応", en="compliance need"),
    "value.play.team_growth": Sentence(ja="チームの増員", en="growing team"),
    "value.play.pre_purchase": Sentence(ja="見積の提示", en="quote presented"),
    "value.play.renewal": Sentence(ja="契約の更新", en="renewal"),
    "value.play.feature_requested": Sentence(ja="機能の要望", en="feature requested"),
    "value.play.nps_high": Sentence(ja="高いNPS", en="high NPS"),
    "value.play.better_support": Sentence(ja="早いサポートの要望", en="faster support wanted"),
    "value.play.cancel_intent": Sentence(ja="解約の意向", en="may cancel"),
}
SENTENCES = {**FINDINGS, **CODES}
