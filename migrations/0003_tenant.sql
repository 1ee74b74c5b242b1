-- A tenant is the organisation whose data is processed. Every other tenant table points here, directly or
-- through a parent, and goes when its tenant goes.

create table platform.tenant (
    id uuid primary key default gen_random_uuid(),
    -- Byte order, as Rust compares strings: a job takes its tenants in order of slug, and the order must not
    -- change with the collation of a database or with an upgrade of its C library.
    slug text collate "C" not null unique check (slug <> ''),
    name text not null,
    product text not null check (product in ('coaching', 'training', 'sales', 'productivity', 'booking')),
    -- Not checked here: an unknown zone is answered by the job that meets it, as an error of this one tenant.
    time_zone text not null default 'UTC',
    -- Set = no job processes this tenant.
    suspended_at timestamptz,
    created_at timestamptz not null default now()
);

comment on table platform.tenant is
    'An organisation whose data is processed. Without row level security: jobs list it before they know whose data they may see.';

grant select on platform.tenant to nightshift_job;
