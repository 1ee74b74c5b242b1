-- Has the statements of a page walk their indexes, until the end of the transaction.
--
-- Between an index and a scan or a sort of the whole gym the planner decides by its statistics, and these are
-- missing or wrong just after an import, after the first night's results, and for a gym much larger than the
-- others. Measured at 100,000 members without these settings: 1 s to 20 s for a page's read and 44 s for its
-- update, in place of 0.02 s each.
--  - Without sorts, an ordered page is read by the index that has the order.
--  - Without sequential scans, a table that was empty in the evening is not read whole for every member.
--  - A plan made once for any parameters takes a page's arrays for short, and looks each row up by its key.
--    One made for these parameters is made anew for every page, and costs more than it finds.
--  - Compiling a statement never pays for a page.
select
    set_config('enable_sort', 'off', true) as enable_sort,
    set_config('enable_seqscan', 'off', true) as enable_seqscan,
    set_config('plan_cache_mode', 'force_generic_plan', true) as plan_cache_mode,
    set_config('jit', 'off', true) as jit
