-- `unique (tenant_id, id)` is there for foreign keys to point at. Nothing points at a visit, a row of the history
-- or an event, and on these the index costs a random write for every row: a third of what their rows cost.

alter table coaching.member_activity drop constraint member_activity_tenant_id_id_key;
alter table coaching.member_score_history drop constraint member_score_history_tenant_id_id_key;
alter table coaching.member_risk_event drop constraint member_risk_event_tenant_id_id_key;
