-- What is summed up over a whole company is joined with its people by a hash: row by row, a plan that took them for few would
-- look at all of them for each session.
set local enable_nestloop = off
