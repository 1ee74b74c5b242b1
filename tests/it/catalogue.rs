//! What the database itself must promise, read from its catalogue: tenants are kept apart whatever a job's SQL
//! says, and the role that jobs work as can do no more than it needs.
//!
//! A check is a query that returns one sentence for each finding. It looks at every schema that is not
//! PostgreSQL's own, so that the tables of a new domain are held to it without being named here.
//!
//! It is long because most of it is those queries, each beside the table that breaks it.

use anyhow::{Context, Result};
use shared::testing::TestDb;
use sqlx::{Connection, PgConnection};

/// Whoever adds a table with a `tenant_id`, a foreign key or a grant meets these.
const CHECKS: [&str; 6] = [
    ROW_SECURITY,
    POLICIES,
    FOREIGN_KEYS,
    JOB_ROLE,
    JOB_ROLE_PRIVILEGES,
    PUBLIC_PRIVILEGES,
];

async fn findings(conn: &mut PgConnection) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for check in CHECKS {
        let found: Vec<String> = sqlx::query_scalar(check)
            .fetch_all(&mut *conn)
            .await
            .context("read the catalogue")?;
        all.extend(found);
    }
    Ok(all)
}

// --- The migrated database ---------------------------------------------------------------------------------

#[tokio::test]
async fn the_migrated_database_keeps_tenants_apart_and_its_job_role_small() -> Result<()> {
    let db = TestDb::new().await;
    assert_eq!(findings(&mut db.connect().await).await?, Vec::<String>::new());
    Ok(())
}

// --- Near-misses: each offends in one respect, and the finding names it ---------------------------------------

/// What the catalogue says after `offence`, which is never committed: roles belong to the whole cluster.
async fn findings_after(offence: &'static str) -> Result<Vec<String>> {
    let db = TestDb::new().await;
    let mut conn = db.connect().await;
    let mut tx = conn.begin().await?;
    sqlx::raw_sql(offence)
        .execute(&mut *tx)
        .await
        .context("commit the offence")?;
    findings(&mut tx).await
}

#[tokio::test]
async fn finds_a_tenant_table_without_row_level_security() -> Result<()> {
    let found = findings_after("create table coaching.locker (tenant_id uuid not null)").await?;
    assert_eq!(
        found,
        [
            "coaching.locker: row level security is not enabled",
            "coaching.locker: row level security is not forced",
            "coaching.locker: no policy for select",
            "coaching.locker: no policy for insert",
            "coaching.locker: no policy for update",
            "coaching.locker: no policy for delete",
        ]
    );
    Ok(())
}

#[tokio::test]
async fn finds_row_level_security_that_does_not_hold_for_the_owner() -> Result<()> {
    let found = findings_after("alter table coaching.member no force row level security").await?;
    assert_eq!(found, ["coaching.member: row level security is not forced"]);
    Ok(())
}

#[tokio::test]
async fn finds_a_tenant_table_in_a_schema_that_it_has_never_heard_of() -> Result<()> {
    let found = findings_after(
        "create schema laundry;
         create table laundry.towel (tenant_id uuid not null);
         alter table laundry.towel enable row level security, force row level security;
         create policy tenant on laundry.towel for select
             using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)",
    )
    .await?;
    assert_eq!(
        found,
        [
            "laundry.towel: no policy for insert",
            "laundry.towel: no policy for update",
            "laundry.towel: no policy for delete",
        ]
    );
    Ok(())
}

#[tokio::test]
async fn finds_a_policy_that_opens_what_another_closes() -> Result<()> {
    let found =
        findings_after("create policy for_reports on coaching.member for select using (true)").await?;
    assert_eq!(found, ["coaching.member: policy for_reports reads where true"]);
    Ok(())
}

#[tokio::test]
async fn finds_a_policy_that_checks_reading_only() -> Result<()> {
    let found = findings_after(
        "drop policy tenant on coaching.coach;
         create policy tenant on coaching.coach
             using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)",
    )
    .await?;
    assert_eq!(found, ["coaching.coach: policy tenant writes without with check"]);
    Ok(())
}

#[tokio::test]
async fn finds_a_policy_that_stops_at_the_empty_setting_instead_of_hiding_the_rows() -> Result<()> {
    let found = findings_after(
        "drop policy tenant on coaching.coach;
         create policy tenant on coaching.coach
             using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
             with check (tenant_id = current_setting('app.tenant_id', true)::uuid)",
    )
    .await?;
    assert_eq!(
        found,
        ["coaching.coach: policy tenant writes where \
          (tenant_id = (current_setting('app.tenant_id'::text, true))::uuid)"]
    );
    Ok(())
}

#[tokio::test]
async fn finds_a_view_that_shows_its_owners_rows() -> Result<()> {
    let found = findings_after(
        "create view coaching.everyone as select id, tenant_id from coaching.member;
         create view coaching.mine with (security_invoker = true) as select id, tenant_id from coaching.member",
    )
    .await?;
    assert_eq!(
        found,
        ["coaching.everyone: a view without security_invoker passes by row level security"]
    );
    Ok(())
}

#[tokio::test]
async fn finds_a_foreign_key_that_can_point_into_another_tenant() -> Result<()> {
    let found = findings_after(
        "alter table coaching.member_coach
             add constraint member_coach_assigned_by_fkey foreign key (assigned_by) references coaching.coach (id)",
    )
    .await?;
    assert_eq!(
        found,
        ["coaching.member_coach: member_coach_assigned_by_fkey leaves out tenant_id"]
    );
    Ok(())
}

#[tokio::test]
async fn finds_a_foreign_key_that_holds_tenant_id_against_another_column() -> Result<()> {
    let found = findings_after(
        "alter table coaching.member_coach
             add constraint crossed_fkey foreign key (member_id, tenant_id) references coaching.coach (tenant_id, id)",
    )
    .await?;
    assert_eq!(
        found,
        ["coaching.member_coach: crossed_fkey leaves out tenant_id"]
    );
    Ok(())
}

#[tokio::test]
async fn finds_a_job_role_that_is_more_than_it_should_be() -> Result<()> {
    let found = findings_after(
        "alter role nightshift_job superuser bypassrls createdb createrole;
         grant pg_write_all_data to nightshift_job;
         alter table platform.job_setting owner to nightshift_job",
    )
    .await?;
    // A superuser has every privilege, so the other checks have much to say as well.
    for sentence in [
        "nightshift_job: is a superuser",
        "nightshift_job: bypasses row level security",
        "nightshift_job: may create databases",
        "nightshift_job: may create roles",
        "nightshift_job: is a member of pg_write_all_data",
        "nightshift_job: owns table platform.job_setting",
    ] {
        assert!(
            found.iter().any(|finding| finding == sentence),
            "{sentence} is not among {found:#?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn finds_privileges_that_no_job_needs() -> Result<()> {
    let found = findings_after(
        "grant create on schema coaching to nightshift_job;
         grant delete on coaching.member to nightshift_job;
         grant truncate, references, trigger on coaching.coach to nightshift_job;
         grant delete on platform.tenant to public",
    )
    .await?;
    assert_eq!(
        found,
        [
            "nightshift_job: may create in schema coaching",
            "nightshift_job: holds references on coaching.coach",
            "nightshift_job: holds trigger on coaching.coach",
            "nightshift_job: holds truncate on coaching.coach",
            "nightshift_job: holds delete on coaching.member",
            "nightshift_job: holds delete on platform.tenant",
            "platform.tenant: public may delete",
        ]
    );
    Ok(())
}

// --- The checks ------------------------------------------------------------------------------------------------

/// Tables and views with a `tenant_id`. A view works with its owner's rights unless it says otherwise, and a
/// materialized one keeps rows that no policy guards.
const ROW_SECURITY: &str = "
    select format('%s: %s', class.oid::regclass, offence.sentence)
    from pg_catalog.pg_class as class
    join pg_catalog.pg_namespace as namespace on namespace.oid = class.relnamespace
    join pg_catalog.pg_attribute as tenant_id
        on tenant_id.attrelid = class.oid
        and tenant_id.attname = 'tenant_id'
        and not tenant_id.attisdropped
    cross join lateral (
        values
            (1, 'row level security is not enabled', class.relkind in ('r', 'p') and not class.relrowsecurity),
            (2, 'row level security is not forced', class.relkind in ('r', 'p') and not class.relforcerowsecurity),
            (3, 'a view without security_invoker passes by row level security',
                class.relkind = 'v'
                and not coalesce(class.reloptions && '{security_invoker=true,security_invoker=on}', false)),
            (4, 'a materialized view passes by row level security', class.relkind = 'm')
    ) as offence (place, sentence, committed)
    where offence.committed
    and namespace.nspname !~ '^(pg_|information_schema$)'
    order by class.oid::regclass::text, offence.place";

/// Permissive policies are joined with `or`, so a table is as closed as its most open one: each must be exactly
/// the tenant's condition, and for each command there must be one. A nullable `tenant_id` is compared with
/// `is not distinct from`, as its rows without a tenant belong to where none is set.
const POLICIES: &str = "
    with tenant_table as (
        select
            class.oid::regclass as name,
            case
                when tenant_id.attnotnull
                then '(tenant_id = (NULLIF(current_setting(''app.tenant_id''::text, true), ''''::text))::uuid)'
                else '(NOT (tenant_id IS DISTINCT FROM '
                    || '(NULLIF(current_setting(''app.tenant_id''::text, true), ''''::text))::uuid))'
            end as condition
        from pg_catalog.pg_class as class
        join pg_catalog.pg_namespace as namespace on namespace.oid = class.relnamespace
        join pg_catalog.pg_attribute as tenant_id
            on tenant_id.attrelid = class.oid
            and tenant_id.attname = 'tenant_id'
            and not tenant_id.attisdropped
        where class.relkind in ('r', 'p')
        and namespace.nspname !~ '^(pg_|information_schema$)'
    ),
    policy as (
        select
            tenant_table.name as table_name,
            tenant_table.condition,
            policy.polname as name,
            policy.polcmd as command,
            pg_catalog.pg_get_expr(policy.polqual, policy.polrelid) as reads,
            pg_catalog.pg_get_expr(policy.polwithcheck, policy.polrelid) as writes
        from tenant_table
        join pg_catalog.pg_policy as policy on policy.polrelid = tenant_table.name
        where policy.polpermissive
    ),
    finding as (
        select tenant_table.name as table_name, command.place, 'no policy for ' || command.name as sentence
        from tenant_table
        cross join (values (1, 'r', 'select'), (2, 'a', 'insert'), (3, 'w', 'update'), (4, 'd', 'delete'))
            as command (place, letter, name)
        where not exists (
            select from policy
            where policy.table_name = tenant_table.name
            and policy.command::text in ('*', command.letter)
        )
        union all
        select
            policy.table_name,
            5,
            format('policy %s reads %s', policy.name, coalesce('where ' || policy.reads, 'without using'))
        from policy
        where policy.command <> 'a'
        and policy.reads is distinct from policy.condition
        union all
        select
            policy.table_name,
            6,
            format('policy %s writes %s', policy.name, coalesce('where ' || policy.writes, 'without with check'))
        from policy
        where policy.command not in ('r', 'd')
        and policy.writes is distinct from policy.condition
    )
    select format('%s: %s', finding.table_name, finding.sentence)
    from finding
    order by finding.table_name::text, finding.place, finding.sentence";

/// Foreign keys from one tenant table to another in which `tenant_id` does not stand against `tenant_id`.
const FOREIGN_KEYS: &str = "
    select format('%s: %s leaves out tenant_id', fkey.conrelid::regclass, fkey.conname)
    from pg_catalog.pg_constraint as fkey
    join pg_catalog.pg_attribute as here
        on here.attrelid = fkey.conrelid
        and here.attname = 'tenant_id'
        and not here.attisdropped
    join pg_catalog.pg_attribute as there
        on there.attrelid = fkey.confrelid
        and there.attname = 'tenant_id'
        and not there.attisdropped
    where fkey.contype = 'f'
    and not exists (
        select from unnest(fkey.conkey, fkey.confkey) as pair (here_column, there_column)
        where pair.here_column = here.attnum
        and pair.there_column = there.attnum
    )
    order by fkey.conrelid::regclass::text, fkey.conname";

/// What `nightshift_job` is, belongs to and owns.
const JOB_ROLE: &str = "
    select format('nightshift_job: %s', finding.sentence)
    from (
        select attribute.sentence
        from pg_catalog.pg_roles as role
        cross join lateral (
            values
                ('is a superuser', role.rolsuper),
                ('bypasses row level security', role.rolbypassrls),
                ('may create roles', role.rolcreaterole),
                ('may create databases', role.rolcreatedb),
                ('may replicate', role.rolreplication)
        ) as attribute (sentence, held)
        where role.rolname = 'nightshift_job'
        and attribute.held
        union all
        select 'is a member of ' || granted.rolname
        from pg_catalog.pg_auth_members as membership
        join pg_catalog.pg_roles as granted on granted.oid = membership.roleid
        where membership.member = 'nightshift_job'::regrole
        and granted.rolname <> 'pg_read_all_stats'
        union all
        select 'owns ' || pg_catalog.pg_describe_object(dependency.classid, dependency.objid, dependency.objsubid)
        from pg_catalog.pg_shdepend as dependency
        where dependency.refclassid = 'pg_catalog.pg_authid'::regclass
        and dependency.refobjid = 'nightshift_job'::regrole
        and dependency.deptype = 'o'
        and dependency.dbid in (0, (select oid from pg_catalog.pg_database where datname = current_database()))
    ) as finding
    order by finding.sentence";

/// What `nightshift_job` may do, by whatever grant. Truncating passes by row level security, and a trigger runs
/// as whoever sets it off. Rows are deleted on the tables listed here only: add one together with the sentence of
/// the domain that asks for it.
const JOB_ROLE_PRIVILEGES: &str = "
    with deletable (table_name) as (
        values
            ('platform.job_run_error'),
            ('platform.message'),
            ('platform.notification'),
            -- What is not so any more, what is too old, and those of erased people, productivity.md.
            ('productivity.activity_event'),
            ('productivity.anomaly'),
            ('productivity.app_user'),
            ('productivity.behavior_insight'),
            ('productivity.contact_log'),
            ('productivity.daily_metric'),
            ('productivity.goal'),
            ('productivity.goal_reminder_mark'),
            ('productivity.http_minute_stat'),
            ('productivity.metric_trend'),
            ('productivity.notification_pref'),
            ('productivity.performance_metric'),
            ('productivity.reengagement_episode'),
            ('productivity.retention_cohort'),
            ('productivity.system_metric'),
            ('productivity.timer_session'),
            ('productivity.timer_session_archive'),
            ('productivity.usage_heatmap'),
            ('productivity.user_activity_day'),
            ('productivity.user_behavior_profile'),
            ('productivity.user_daily_focus'),
            ('productivity.user_monthly_report'),
            ('productivity.user_segment'),
            ('productivity.user_weekly_review'),
            -- What a run no longer finds, sales.md: metric rows of its date, recommendations of it, pairs without a pace.
            ('sales.customer_sku_rate'),
            ('sales.inventory_recommendation'),
            ('sales.sample_metric'),
            ('sales.sample_metric_sku')
    ),
    finding as (
        select
            0 as place,
            namespace.nspname::text as object,
            format('may create in schema %s', namespace.nspname) as sentence
        from pg_catalog.pg_namespace as namespace
        where namespace.nspname !~ '^(pg_|information_schema$)'
        and pg_catalog.has_schema_privilege('nightshift_job', namespace.oid, 'create')
        union all
        select 1, class.oid::regclass::text, format('holds %s on %s', privilege.name, class.oid::regclass)
        from pg_catalog.pg_class as class
        join pg_catalog.pg_namespace as namespace on namespace.oid = class.relnamespace
        cross join (values ('delete'), ('truncate'), ('references'), ('trigger')) as privilege (name)
        where class.relkind in ('r', 'p', 'v', 'm')
        and namespace.nspname !~ '^(pg_|information_schema$)'
        and pg_catalog.has_table_privilege('nightshift_job', class.oid, privilege.name)
        and not (
            privilege.name = 'delete'
            and class.oid::regclass::text in (select table_name from deletable)
        )
    )
    select format('nightshift_job: %s', finding.sentence)
    from finding
    order by finding.place, finding.object, finding.sentence";

/// Whatever anyone may do who can connect. Schema `public` is PostgreSQL's own and may be used.
const PUBLIC_PRIVILEGES: &str = "
    select format('%s: public may %s', granted.object, lower(granted.privilege_type))
    from (
        select class.oid::regclass::text as object, acl.grantee, acl.privilege_type
        from pg_catalog.pg_class as class
        join pg_catalog.pg_namespace as namespace on namespace.oid = class.relnamespace
        cross join lateral pg_catalog.aclexplode(class.relacl) as acl
        where namespace.nspname !~ '^(pg_|information_schema$)'
        union all
        select 'schema ' || namespace.nspname, acl.grantee, acl.privilege_type
        from pg_catalog.pg_namespace as namespace
        cross join lateral pg_catalog.aclexplode(namespace.nspacl) as acl
        where namespace.nspname !~ '^(pg_|information_schema$|public$)'
    ) as granted
    where granted.grantee = 0
    order by granted.object, granted.privilege_type";
