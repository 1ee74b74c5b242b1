-- Puts e-mails to the operator into the outbox, one element of $3 to $7 an e-mail, unless they are there already.
insert into platform.message (tenant_id, job, channel, dedupe_key, target, subject, body_text, body_html, payload)
select null, $1, 'email', mail.dedupe_key, $2, mail.subject, mail.body_text, mail.body_html, mail.payload
from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::jsonb[])
    as mail (dedupe_key, subject, body_text, body_html, payload)
on conflict (tenant_id, channel, dedupe_key) do nothing
