-- A gym's rows in one word. A row's xmin is in it, so a row written again with the same values shows as well.
select md5(coalesce(string_agg(line, ',' order by line), '')) as "fingerprint!"
from (
    select md5(member::text) || member.xmin::text as line
    from coaching.member where tenant_id = $1
    union all
    select md5(history::text) || history.xmin::text
    from coaching.member_score_history history where tenant_id = $1
    union all
    select md5(event::text) || event.xmin::text
    from coaching.member_risk_event event where tenant_id = $1
    union all
    select md5(action::text) || action.xmin::text
    from coaching.coach_action action where tenant_id = $1
) lines
