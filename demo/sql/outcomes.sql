-- What a run made of a shop's appointments, as they stand now: one row a reason.
select
    appointment.financial_outcome as "outcome!", appointment.resolution_reason as "reason!", count(*) as "count!"
from booking.appointment_event event
join booking.appointment appointment
    on appointment.tenant_id = event.tenant_id and appointment.id = event.appointment_id
where event.tenant_id = $1
and event.type = 'outcome_resolved'
and event.run_id = $2
group by appointment.financial_outcome, appointment.resolution_reason
