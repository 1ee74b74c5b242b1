create table public.kept (
    tenant_id uuid,
    id uuid primary key,
    score integer,
    tier text,
    history text,
    window_days integer,
    stats jsonb,
    breakdown jsonb,
    last_activity_at timestamptz,
    visits integer,
    attended integer,
    presumed_attended integer,
    no_shows integer,
    no_shows_last_90_days integer,
    late_cancels integer,
    cancels integer,
    no_show_rate numeric(5,4),
    last_no_show_at timestamptz,
    no_show_score integer,
    no_show_risk text,
    no_show_breakdown jsonb
);
grant select on public.kept to nightshift_job
