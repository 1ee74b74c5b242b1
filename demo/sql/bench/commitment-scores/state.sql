-- What commitment-scores leaves behind in one line, but for the ids and the time of each row's making.
select concat_ws(' ',
    (
        select concat_ws(' ', count(*), sum(hashtextextended(
            concat_ws('|', id, commitment_score, score_factors, member_stage, habit_decay_index,
                disengagement_flags, behaviour_interpretation, commitment_score_calculated_at), 0
        )))
        from coaching.member
    ),
    (
        select concat_ws(' ', count(*), sum(hashtextextended(
            concat_ws('|', member_id, kind, scored_on, score, level, calculated_at), 0
        )))
        from coaching.member_score_history
    )
)
