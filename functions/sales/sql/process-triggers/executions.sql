-- What earlier runs made of candidates ($2 trigger, $3 dedupe key, $4 customer, $5 condition_on): the candidates' own
-- executions, by the unique index (tenant_id, trigger_id, dedupe_key), and whether the trigger fired for the customer
-- after $6 and not after $7 for another condition, by the index (tenant_id, trigger_id, customer_id, executed_on).
-- Candidates are named by their places, from 1 on; those without either are left out.
select
    c.place as "place!",
    stored.status as "status?",
    stored.attempts as "attempts?",
    coalesce(fired.is_lately, false) as "is_cooling!"
from rows from (
    unnest($2::uuid[]), unnest($3::text[]), unnest($4::uuid[]), unnest($5::date[]),
    generate_series(1, cardinality($2::uuid[]))
) as c (trigger_id, dedupe_key, customer_id, condition_on, place)
-- The key is asked for as a range of one, in its order: for that there is one index, whatever the planner thinks of the
-- table. And the range ends, so that no search for a key that is not there goes on through rows that are deleted.
left join lateral (
    select e.status, e.attempts
    from sales.trigger_execution e
    where e.tenant_id = $1
    and e.trigger_id = c.trigger_id
    and e.dedupe_key >= c.dedupe_key
    and e.dedupe_key <= c.dedupe_key
    order by e.dedupe_key
    limit 1
) stored on true
-- When and how it fired is asked of all that there is for the customer, which is little: as a condition it would
-- have the planner read a whole month for each candidate.
cross join lateral (
    select bool_or(
        e.status = 'SUCCESS'
        and e.executed_on > $6
        and e.executed_on <= $7
        and e.condition_on <> c.condition_on
    ) as is_lately
    from sales.trigger_execution e
    where e.tenant_id = $1
    and e.trigger_id = c.trigger_id
    and e.customer_id = c.customer_id
) fired
where stored.status is not null
or fired.is_lately
