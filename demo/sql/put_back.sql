-- Builds what set_aside.sql took away.
do $$
declare
    statement text;
begin
    -- Sorting a million people's visits in memory instead of on disk.
    set local maintenance_work_mem = '512MB';
    for statement in select restore from set_aside order by place, restore loop
        execute statement;
    end loop;
end
$$;

drop table set_aside
