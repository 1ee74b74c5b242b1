-- What an earlier attempt said of a tenant that is now tried again: everything, or its failure as a whole.
delete from platform.job_run_error
where run_id = $1
and tenant_slug = $2
and ($3 or subject = 'tenant')
