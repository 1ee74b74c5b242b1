-- An app's tunables. By the unique key (tenant_id).
select default_target_days, default_session_minutes, report_from_hour, report_until_hour, catch_up_hour
from training.setting
where tenant_id = $1
