-- Most of a filling's time goes into the indexes and foreign key checks of the tables that grow with every visit
-- and every person. Built over all rows at once they cost a third. What is taken away here is read from the
-- catalogue, and put_back.sql builds it again before the transaction ends: nobody else ever sees the tables bare.
-- The setting `demo.bare` names the tables; whatever refers to one of them is another of them.
create temporary table set_aside on commit drop as
select
    format('alter table %s drop constraint %I', bare.name, con.conname) as remove,
    format('alter table %s add constraint %I %s', bare.name, con.conname, pg_get_constraintdef(con.oid)) as restore,
    -- The order of putting back: keys, other indexes, foreign keys.
    case con.contype when 'f' then 2 else 0 end as place
from string_to_table(current_setting('demo.bare'), ', ') as bare (name)
join pg_constraint as con on con.conrelid = bare.name::regclass
where con.contype in ('p', 'u', 'f')
union all
select format('drop index %s', ind.indexrelid::regclass), pg_get_indexdef(ind.indexrelid), 1
from string_to_table(current_setting('demo.bare'), ', ') as bare (name)
join pg_index as ind on ind.indrelid = bare.name::regclass
where not exists (select from pg_constraint as con where con.conindid = ind.indexrelid and con.contype in ('p', 'u'));

do $$
declare
    statement text;
begin
    for statement in select remove from set_aside order by place desc, remove loop
        execute statement;
    end loop;
end
$$;
