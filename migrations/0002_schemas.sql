-- One schema for what all jobs share and one for each domain. A domain's schema comes with its first job.
--
-- The job role may use the schemas and never create in them. Nothing is granted to public: whoever needs a
-- table is named where the table is made.

create schema platform;
create schema coaching;

comment on schema platform is 'What every job shares: tenants, runs, leases, checkpoints, the outbox, alerts.';
comment on schema coaching is 'Gyms, their members and coaches, and what the coaching jobs found out about them.';

revoke all on schema platform, coaching from public;
grant usage on schema platform, coaching to nightshift_job;
