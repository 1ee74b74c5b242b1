//! Rows of the tables that grow with every user.

use anyhow::Result;
use sqlx::PgConnection;

use super::Filled;
use crate::copy::Rows;

pub struct Diary {
    pub users: Rows,
    pub profiles: Rows,
    pub workouts: Rows,
    pub sets: Rows,
    pub usage: Rows,
    pub metrics: Rows,
    pub reports: Rows,
    pub predictions: Rows,
}

impl Diary {
    pub fn new() -> Self {
        Self {
            users: Rows::new(
                "copy training.app_user (
                     id, tenant_id, email, display_name, time_zone, entitlement, email_verified, pro_trial_ends_at,
                     disabled_at, registered_at, created_at
                 )
                 from stdin (format binary)",
            ),
            profiles: Rows::new(
                "copy training.coach_profile (
                     id, tenant_id, user_id, primary_goal, experience_level, target_days_per_week,
                     target_session_minutes, created_at
                 )
                 from stdin (format binary)",
            ),
            workouts: Rows::new(
                "copy training.workout (
                     id, tenant_id, user_id, lifecycle_status, completion_status, start_time, end_time,
                     duration_minutes, created_at
                 )
                 from stdin (format binary)",
            ),
            sets: Rows::new(
                "copy training.workout_set (
                     id, tenant_id, user_id, workout_id, exercise_id, set_type, reps, weight_kg, duration_seconds,
                     effort, created_at
                 )
                 from stdin (format binary)",
            ),
            usage: Rows::new(
                "copy training.llm_usage_daily (
                     id, tenant_id, user_id, usage_date, input_tokens, output_tokens, total_tokens, coach_calls,
                     report_calls, plan_calls, summary_calls, created_at
                 )
                 from stdin (format binary)",
            ),
            metrics: Rows::new(
                "copy training.behavior_metric (
                     id, tenant_id, user_id, metrics_date, computed_at, time_zone, target_days_per_week,
                     target_session_minutes, workouts_last_7_days, workouts_last_14_days, volume_last_7_days,
                     volume_prev_7_days, volume_delta_pct, sets_last_7_days, sets_prev_7_days, avg_session_minutes,
                     max_gap_days, current_gap_days, consistency_score, dropout_risk, burnout_risk, momentum_trend,
                     adherence_type, reasons, created_at
                 )
                 from stdin (format binary)",
            ),
            reports: Rows::new(
                "copy training.weekly_report (
                     id, tenant_id, user_id, week_start, week_end, status, generated_at, time_zone, target_days,
                     week_target, workouts_count, training_days, total_volume_kg, volume_delta_pct,
                     avg_session_minutes, prs_hit, max_gap_days, mistake_key, focus_key, focus_label, reasons,
                     narrative, narrative_source, created_at
                 )
                 from stdin (format binary)",
            ),
            predictions: Rows::new(
                "copy training.prediction (
                     id, tenant_id, user_id, source, week_start, computed_at, primary_goal,
                     current_consistency_score, current_workouts_per_week, effective_weeks, strength_gain_weeks,
                     visible_change_weeks, next_milestone, next_milestone_weeks, weeks_delta, delta_reason, created_at
                 )
                 from stdin (format binary)",
            ),
        }
    }

    pub async fn write(self, tx: &mut PgConnection, filled: &mut Filled) -> Result<()> {
        filled.users += self.users.write(tx).await?;
        filled.profiles += self.profiles.write(tx).await?;
        filled.workouts += self.workouts.write(tx).await?;
        filled.sets += self.sets.write(tx).await?;
        filled.usage_days += self.usage.write(tx).await?;
        filled.metrics += self.metrics.write(tx).await?;
        filled.reports += self.reports.write(tx).await?;
        filled.predictions += self.predictions.write(tx).await?;
        Ok(())
    }
}
