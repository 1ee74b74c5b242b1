-- One member, as the replaced program wrote each of them.
update coaching.member m
set
    commitment_score = k.score,
    score_factors = k.factors,
    member_stage = k.stage,
    habit_decay_index = k.decay,
    disengagement_flags = k.flags,
    behaviour_interpretation = k.interpretation,
    commitment_score_calculated_at = $3
from public.kept k
where m.tenant_id = $1
and m.id = $2
and k.id = $2
