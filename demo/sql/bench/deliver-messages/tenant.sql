-- The tenant whose messages are delivered.
insert into platform.tenant (id, slug, name, product, time_zone)
values ('00000000-0000-0000-0000-000000000001', 'sender', 'Sender', 'coaching', 'UTC')
