create table public.kept (
    tenant_id uuid,
    id uuid primary key,
    score smallint,
    level text,
    factors jsonb,
    has_history boolean,
    has_event boolean,
    from_level text
);
grant select on public.kept to nightshift_job
