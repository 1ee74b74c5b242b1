-- What the current role may do beyond a job's own work, and whether it may become nightshift_job.
select
    r.rolsuper
    or r.rolbypassrls
    or r.rolcreaterole
    or exists (
        select from pg_namespace n
        where n.nspname in ('platform', 'coaching', 'training', 'sales', 'productivity', 'booking')
        and (
            has_schema_privilege(n.oid, 'create')
            or exists (select from pg_class c where c.relnamespace = n.oid and pg_has_role(c.relowner, 'usage'))
        )
    ) as "privileged!",
    exists (
        select from pg_roles j
        where j.rolname = 'nightshift_job'
        and pg_has_role(j.oid, 'member')
    ) as "may_step_down!"
from pg_roles r
where r.rolname = current_user
