"""How customers answer proposals, by play: scores before and after, complaints, refusals."""

from collections import defaultdict

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.process.figures.answer import Question
from services.trigger.process.reports.balance import Answers
from services.trigger.tables.figures.parts import IS_SENT, period


async def answers(conn: AsyncConnection, question: Question) -> dict[str, Answers]:
    """Of the proposals and answers of the period, by play."""
    given = period(question)
    scores: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for row in await conn.execute(_SCORES, given):
        scores[row.play].extend([(row.before, row.after)] * row.number)
    return {
        row.play: Answers(
            scores[row.play],
            row.sent,
            row.complaints,
            row.unsubscribes,
            row.helpful,
            row.unwanted,
        )
        for row in await conn.execute(_ANSWERS, given)
    }


_SCORE = """
    select cast(f.event -> 'data' ->> 'score' as integer) as score from fact f
    where f.account = p.account and f.type = 'nps.responded' and f.taken_back_at is null
"""
_SCORES = text(
    f"""
    select p.reason as play, b.score as before, a.score as after, count(*) as number
    from proposal p
    cross join lateral ({_SCORE} and f.at <= p.at order by f.at desc, f.seq desc limit 1) b
    cross join lateral ({_SCORE} and f.at > p.at order by f.at, f.seq limit 1) a
    where p.at >= :since and p.at < :until and {IS_SENT}
    group by 1, 2, 3
    """
)
# An answer is to the proposal that it names, else to the newest before it; a refusal, to the newest
# mail to that contact.
_ANSWERS = text(
    f"""
    with sent as (
        select p.reason as play, count(*) as sent from proposal p
        where p.at >= :since and p.at < :until and {IS_SENT} group by 1),
    said as (
        select account, type, at, event -> 'data' ->> 'answer' as answer,
               event -> 'data' ->> 'contact' as contact,
               event -> 'data' ->> 'proposal' as proposal
        from fact where type in ('proposal.answered', 'contact.unsubscribed')
            and taken_back_at is null and at >= :since and at < :until),
    meant as (
        select s.type, s.answer, o.reason as play from said s cross join lateral (
            select p.reason from proposal p
            where p.account = s.account and p.at <= s.at
                and p.state is distinct from 'draft'
                and (s.proposal is null or p.id = s.proposal)
                and case s.type when 'contact.unsubscribed'
                    then p.channel = 'message' and p.contacts ? s.contact
                    else s.contact is null or s.proposal is not null or p.channel = 'person'
                        or p.contacts ? s.contact end
            order by p.seq desc limit 1) o),
    counts as (
        select play, count(*) filter (where answer = 'complained') as complaints,
               count(*) filter (where type = 'contact.unsubscribed') as unsubscribes,
               count(*) filter (where answer = 'helpful') as helpful,
               count(*) filter (where answer = 'unwanted') as unwanted
        from meant group by play)
    select play, coalesce(s.sent, 0) as sent, coalesce(c.complaints, 0) as complaints,
           coalesce(c.unsubscribes, 0) as unsubscribes, coalesce(c.helpful, 0) as helpful,
           coalesce(c.unwanted, 0) as unwanted
    from sent s full join counts c using (play) order by play
    """
)
