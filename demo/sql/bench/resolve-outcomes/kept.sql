create table public.kept (
    tenant_id uuid,
    id uuid primary key,
    status text,
    outcome text,
    reason text,
    attendance text,
    meta jsonb,
    dedupe_key text,
    target text,
    subject text,
    body_text text,
    body_html text,
    payload jsonb
);
grant select on public.kept to nightshift_job
