-- Numbers of the whole installation that are too old. By the primary key.
delete from productivity.system_metric
where hour_at < $1
