-- Writes the heat map of a week ($2), one element of each array a cell, and deletes the cells that are no more. A cell
-- that is so already is neither locked nor rewritten. By the key (tenant_id, week_start, dow, hour).
with cell as (
    select *
    from unnest($3::smallint[], $4::smallint[], $5::integer[]) as c (dow, hour, sessions)
),
changed as (
    select c.dow, c.hour, c.sessions
    from cell c
    except
    select h.dow, h.hour, h.sessions
    from productivity.usage_heatmap h
    where h.tenant_id = $1
    and h.week_start = $2
),
written as (
    insert into productivity.usage_heatmap (tenant_id, week_start, dow, hour, sessions)
    select $1, $2, c.dow, c.hour, c.sessions
    from changed c
    on conflict (tenant_id, week_start, dow, hour) do update
    set sessions = excluded.sessions
    returning dow
),
deleted as (
    delete from productivity.usage_heatmap h
    where h.tenant_id = $1
    and h.week_start = $2
    and (h.dow, h.hour) not in (select c.dow, c.hour from cell c)
    returning h.dow
)
select (select count(*) from written) as "written!", (select count(*) from deleted) as "deleted!"
