select
    (select count(*) from sales.customer where tenant_id = $1) as "customers!",
    (select count(*) from sales.sales_rep where tenant_id = $1) as "reps!",
    (select count(*) from sales.sku where tenant_id = $1) as "skus!",
    (select count(*) from sales."order" where tenant_id = $1) as "orders!",
    (select count(*) from sales.sample_usage where tenant_id = $1) as "samples!",
    (select count(*) from sales.trigger where tenant_id = $1 and is_active) as "triggers!"
