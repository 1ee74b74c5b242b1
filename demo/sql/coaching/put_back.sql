-- Builds what set_aside.sql took away, and lets the planner know what has come.
do $$
declare
    statement text;
begin
    -- Sorting a million members' visits in memory instead of on disk.
    set local maintenance_work_mem = '512MB';
    for statement in select restore from set_aside order by place, restore loop
        execute statement;
    end loop;
end
$$;

drop table set_aside;

analyze coaching.member, coaching.member_activity, coaching.coach, coaching.member_coach, coaching.coach_action;
