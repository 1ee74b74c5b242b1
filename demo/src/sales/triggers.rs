//! What triggers there are, and what they did in the nights before.

use anyhow::{Context, Result};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Distributor, Filled, account::Account, habit::Habit};
use crate::{
    copy::{Json, Rows},
    random::Random,
};

const TRIGGERS: usize = 10;
const ENDPOINTS: usize = 3;

// As insert_triggers.sql numbers them, from nought.
const DORMANCY: usize = 0;
const FIRST_ORDER: usize = 5;

/// Of so many accounts earlier nights have dealt with one, and with no more than so many in all.
const ONE_IN: usize = 2;
const MOST_EXECUTIONS: usize = 60;

pub async fn fill(
    distributor: &Distributor,
    tx: &mut PgConnection,
    accounts: &[Account],
    unusable: bool,
    random: &mut Random,
    filled: &mut Filled,
) -> Result<()> {
    insert_setting(distributor, tx, random).await?;
    let triggers: [Uuid; TRIGGERS] = std::array::from_fn(|_| random.id());
    sqlx::query(include_str!("../../sql/sales/insert_triggers.sql"))
        .bind(triggers)
        .bind(distributor.id)
        .bind(distributor.days.beginning())
        .bind(unusable)
        .execute(&mut *tx)
        .await
        .context("insert the triggers")?;
    let endpoints: [Uuid; ENDPOINTS] = std::array::from_fn(|_| random.id());
    sqlx::query(include_str!("../../sql/sales/insert_endpoints.sql"))
        .bind(endpoints)
        .bind(distributor.id)
        .bind(&distributor.slug)
        .bind(distributor.days.beginning())
        .execute(&mut *tx)
        .await
        .context("insert the endpoints of webhooks")?;
    let mut past = Past::new();
    let accounts = accounts.iter().filter(|account| account.is_open);
    let dormant = accounts.clone().filter(|account| account.habit == Habit::Dormant);
    for (number, account) in dormant.step_by(ONE_IN).take(MOST_EXECUTIONS).enumerate() {
        past.win_back(distributor, triggers[DORMANCY], account, number, random);
    }
    let weekly = accounts.filter(|account| account.habit == Habit::Weekly);
    for account in weekly.take(2) {
        past.thanks_of_today(distributor, triggers[FIRST_ORDER], account, random);
    }
    past.write(tx, filled).await
}

/// Of three distributors the last has none.
async fn insert_setting(distributor: &Distributor, tx: &mut PgConnection, random: &mut Random) -> Result<()> {
    let id = random.id();
    if distributor.number % 3 == 2 {
        return Ok(());
    }
    sqlx::query(include_str!("../../sql/sales/insert_setting.sql"))
        .bind(id)
        .bind(distributor.id)
        .bind(distributor.number.is_multiple_of(3))
        .bind(distributor.reps[0].user)
        .bind(&distributor.slug)
        .bind(distributor.reps[1].user)
        .bind(distributor.days.beginning())
        .execute(tx)
        .await
        .context("insert the settings")?;
    Ok(())
}

/// Rows of earlier nights.
struct Past {
    executions: Rows,
    tasks: Rows,
}

struct Execution {
    trigger: Uuid,
    key: String,
    condition_on: NaiveDate,
    status: &'static str,
    reason: Option<&'static str>,
    error: Option<&'static str>,
    attempts: i32,
    at: DateTime<Utc>,
    /// Days ago.
    on: i64,
    kind: &'static str,
}

impl Past {
    fn new() -> Self {
        Self {
            executions: Rows::new(
                "copy sales.trigger_execution (
                     id, tenant_id, trigger_id, dedupe_key, customer_id, owner_user_id, condition_on, status,
                     skip_reason, error_message, attempts, task_created, executed_at, executed_on, metadata,
                     created_at
                 )
                 from stdin (format binary)",
            ),
            tasks: Rows::new(
                "copy sales.task (
                     id, tenant_id, user_id, customer_id, trigger_execution_id, title, description, due_on,
                     priority, status, completed_at, created_at
                 )
                 from stdin (format binary)",
            ),
        }
    }

    async fn write(self, tx: &mut PgConnection, filled: &mut Filled) -> Result<()> {
        filled.executions += self.executions.write(tx).await?;
        self.tasks.write(tx).await?;
        Ok(())
    }

    /// One night did it, found another occasion, failed once or for good, or had no room for it.
    fn win_back(
        &mut self,
        distributor: &Distributor,
        trigger: Uuid,
        account: &Account,
        number: usize,
        random: &mut Random,
    ) {
        let Some(last) = account.last else { return };
        let before = last - TimeDelta::days(90);
        let (status, condition_on, reason, error, attempts) = [
            ("SUCCESS", last, None, None, 0),
            ("SUCCESS", before, None, None, 0),
            ("FAILED", last, None, Some("the row was refused"), 1),
            ("SKIPPED", last, Some("tenant_limit"), None, 0),
            ("FAILED", last, None, Some("the row was refused"), 5),
        ][number % 5];
        let on = random.between(5, 20);
        let execution = Execution {
            trigger,
            key: format!("dormant:{}:{condition_on}", account.id),
            condition_on,
            status,
            reason,
            error,
            attempts,
            at: distributor.as_of - TimeDelta::days(on),
            on,
            kind: "CUSTOMER_DORMANCY",
        };
        self.execution(distributor, account, &execution, random);
    }

    /// Somebody was thanked by an earlier run of today, and is not to be bothered again.
    fn thanks_of_today(
        &mut self,
        distributor: &Distributor,
        trigger: Uuid,
        account: &Account,
        random: &mut Random,
    ) {
        let execution = Execution {
            trigger,
            key: format!("first-order:{}", random.id()),
            condition_on: distributor.days.date(3),
            status: "SUCCESS",
            reason: None,
            error: None,
            attempts: 0,
            at: distributor.as_of - TimeDelta::minutes(1),
            on: 0,
            kind: "FIRST_ORDER_FOLLOWUP",
        };
        self.execution(distributor, account, &execution, random);
    }

    fn execution(
        &mut self,
        distributor: &Distributor,
        account: &Account,
        execution: &Execution,
        random: &mut Random,
    ) {
        let id = random.id();
        let rep = distributor.reps.iter().find(|rep| Some(rep.id) == account.rep);
        let owner = rep
            .and_then(|rep| rep.user)
            .filter(|_| execution.status == "SUCCESS");
        self.executions.push(&[
            &id,
            &distributor.id,
            &execution.trigger,
            &execution.key,
            &account.id,
            &owner,
            &execution.condition_on,
            &execution.status,
            &execution.reason,
            &execution.error,
            &execution.attempts,
            &owner.is_some(),
            &execution.at,
            &distributor.days.date(execution.on),
            &Json(format!(r#"{{"type": "{}"}}"#, execution.kind)),
            &execution.at,
        ]);
        if let Some(user) = owner {
            let is_done = random.percent(50);
            self.tasks.push(&[
                &random.id(),
                &distributor.id,
                &user,
                &account.id,
                &id,
                &"Call the customer",
                &"As one night before had it.",
                &distributor.days.date(execution.on - 2),
                &"HIGH",
                &if is_done { "COMPLETED" } else { "PENDING" },
                &is_done.then_some(distributor.as_of),
                &execution.at,
            ]);
        }
    }
}
