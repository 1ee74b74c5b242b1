//! Rows of the tables that grow with every person.

use anyhow::Result;
use sqlx::PgConnection;

use super::Filled;
use crate::copy::Rows;

pub struct Diary {
    pub people: Rows,
    pub preferences: Rows,
    pub suppressions: Rows,
    pub goals: Rows,
    pub marks: Rows,
    pub sessions: Rows,
    pub activity: Rows,
    pub events: Rows,
    pub messages: Rows,
    pub contacts: Rows,
    pub notices: Rows,
    pub episodes: Rows,
}

impl Diary {
    pub fn new() -> Self {
        Self {
            people: Rows::new(
                "copy productivity.app_user (
                     id, tenant_id, email, first_name, last_name, display_name, time_zone, role, status, is_internal,
                     legal_hold, email_verified_at, unsubscribe_token, last_login_at, last_active_at, deleted_at,
                     created_at, updated_at
                 )
                 from stdin (format binary)",
            ),
            preferences: Rows::new(
                "copy productivity.notification_pref (
                     tenant_id, user_id, email_enabled, push_enabled, in_app_enabled, goal_reminders, daily_checkin,
                     weekly_report, monthly_report, reengagement, break_reminders, work_days, work_start, work_end,
                     quiet_start, quiet_end, break_outside_work, snooze_until
                 )
                 from stdin (format binary)",
            ),
            suppressions: Rows::new(
                "copy platform.suppression (id, tenant_id, address, reason, created_at) from stdin (format binary)",
            ),
            goals: Rows::new(
                "copy productivity.goal (
                     id, tenant_id, user_id, title, description, category, priority, status, progress, due_on,
                     completed_at, cancelled_at, archived_at, deleted_at, is_recurring, created_at, updated_at
                 )
                 from stdin (format binary)",
            ),
            marks: Rows::new(
                "copy productivity.goal_reminder_mark (
                     tenant_id, goal_id, due_on, bucket, user_id, local_date, created_at
                 )
                 from stdin (format binary)",
            ),
            sessions: Rows::new(
                "copy productivity.timer_session (
                     id, tenant_id, user_id, goal_id, type, title, started_at, ended_at, planned_seconds,
                     actual_seconds, status, paused_at, paused_seconds, pause_count, last_pause_seconds, resumed_at,
                     completion_pct, productivity_rating, notes, created_at, updated_at
                 )
                 from stdin (format binary)",
            ),
            activity: Rows::new(
                "copy productivity.user_activity_day (
                     tenant_id, user_id, day, logins, sessions, goal_events, first_at, last_at
                 )
                 from stdin (format binary)",
            ),
            events: Rows::new(
                "copy productivity.activity_event (id, tenant_id, user_id, name, occurred_at)
                 from stdin (format binary)",
            ),
            messages: Rows::new(
                "copy platform.message (
                     id, tenant_id, job, channel, dedupe_key, target, subject, body_text, body_html, payload, status,
                     attempts, sent_at, created_at
                 )
                 from stdin (format binary)",
            ),
            contacts: Rows::new(
                "copy productivity.contact_log (tenant_id, dedupe_key, user_id, kind, local_date, created_at)
                 from stdin (format binary)",
            ),
            notices: Rows::new(
                "copy platform.notification (
                     id, tenant_id, recipient_id, kind, title, channel, dedupe_key, expires_at, read_at, created_at
                 )
                 from stdin (format binary)",
            ),
            episodes: Rows::new(
                "copy productivity.reengagement_episode (
                     tenant_id, user_id, episode_start, last_step, last_sent_at
                 )
                 from stdin (format binary)",
            ),
        }
    }

    pub async fn write(self, tx: &mut PgConnection, filled: &mut Filled) -> Result<()> {
        filled.people += self.people.write(tx).await?;
        filled.preferences += self.preferences.write(tx).await?;
        filled.suppressions += self.suppressions.write(tx).await?;
        filled.goals += self.goals.write(tx).await?;
        filled.marks += self.marks.write(tx).await?;
        filled.sessions += self.sessions.write(tx).await?;
        filled.activity_days += self.activity.write(tx).await?;
        filled.events += self.events.write(tx).await?;
        filled.messages += self.messages.write(tx).await?;
        filled.contacts += self.contacts.write(tx).await?;
        filled.notices += self.notices.write(tx).await?;
        filled.episodes += self.episodes.write(tx).await?;
        Ok(())
    }
}
