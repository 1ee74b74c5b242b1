create table public.kept (
    tenant_id uuid,
    id uuid primary key,
    score smallint,
    factors jsonb,
    stage text,
    decay smallint,
    flags text[],
    interpretation text,
    has_history boolean,
    band text
);
grant select on public.kept to nightshift_job
