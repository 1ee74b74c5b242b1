-- Jobs work as one role that owns nothing, passes by no policy and can change no schema. It has no login of
-- its own: whoever runs a job connects with a login that is a member of it and leaves that login with
-- `set role nightshift_job`. So the worst that a job can do is bounded here and not in its code.
--
-- Roles belong to the cluster, not to the database, and two databases of one cluster may be migrated in the
-- same second. Whoever comes second waits at the unique index of pg_authid (or pg_auth_members) and then gets
-- unique_violation; whoever comes later still gets duplicate_object. Both mean that the work is done.

do $$
begin
    -- Asked first because a login without createrole may not even try, also where the role has long been there.
    if not exists (select from pg_catalog.pg_roles where rolname = 'nightshift_job') then
        create role nightshift_job nologin;
    end if;
exception
    when duplicate_object or unique_violation then
        raise notice 'role nightshift_job was created by another migration in this cluster';
end
$$;

-- A role of that name may have been made by hand. Row security is void for a superuser and for bypassrls, so
-- nothing may be granted to such a role.
do $$
begin
    if exists (
        select from pg_catalog.pg_roles
        where rolname = 'nightshift_job'
        and (rolsuper or rolbypassrls)
    ) then
        raise exception 'role nightshift_job is a superuser or bypasses row level security'
            using hint = 'alter role nightshift_job nosuperuser nobypassrls';
    end if;
end
$$;

-- In development the login that migrates is also the one that jobs connect with, so it needs the membership
-- for `set role`. A superuser may set any role without it.
do $$
begin
    if not (select rolsuper from pg_catalog.pg_roles where rolname = current_user) then
        execute format('grant nightshift_job to %I', current_user);
    end if;
exception
    when unique_violation then
        raise notice 'membership of nightshift_job was granted by another migration in this cluster';
    when insufficient_privilege then
        raise notice '% may not grant itself nightshift_job: unless it is a member, no job can connect as it',
            current_user;
end
$$;

-- The performance job reads pg_stat_activity and its sisters. They show a stranger's rows half empty without
-- this membership, which is worth a gap in a chart but never a failed migration.
do $$
begin
    grant pg_read_all_stats to nightshift_job;
exception
    when unique_violation then
        raise notice 'pg_read_all_stats was granted by another migration in this cluster';
    when insufficient_privilege then
        raise notice '% may not grant pg_read_all_stats; statistics of other sessions stay hidden from jobs',
            current_user;
end
$$;
