-- `unique (tenant_id, id)` is there for foreign keys to point at. Nothing points at a visit, a row of the history
-- or an event, so on these the index is only one more random write for every row.

alter table coaching.member_activity drop constraint member_activity_tenant_id_id_key;
alter table coaching.member_score_history drop constraint member_score_history_tenant_id_id_key;
alter table coaching.member_risk_event drop constraint member_risk_event_tenant_id_id_key;
