//! A reminder as the loop runs it.

use anyhow::Result;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use shared::job::{Batch, Counters, Decision, Diff, Job, Reason, Scope, Tenant};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    Change, Reminder, Reminding, Round, Row, Said,
    clock::DueZones,
    counted::{Common, Counted},
    outbox,
    person::Reader,
};
use crate::company::Company;

impl<R: Reminder> Job for Reminding<R> {
    const NAME: &'static str = R::NAME;
    const PRODUCT: &'static str = "productivity";
    const LOCK_ID: i32 = R::LOCK_ID;

    type Settings = Round<R::Settings>;
    type Cursor = Uuid;
    type Row = Row<R>;
    type Change = Change<R>;
    type Counters = Counted<R::Counters>;

    async fn settings(
        &self,
        tx: &mut PgConnection,
        as_of: DateTime<Utc>,
        tenant: &Tenant,
    ) -> Result<Round<R::Settings>> {
        let company = Company::read(tx, tenant).await?;
        let round = Round {
            due: DueZones::at(as_of, R::SLOT, self.clock, &company.zones),
            company,
            clock: self.clock,
            frontend_url: self.frontend_url.clone(),
            settings: (),
        };
        let settings = self.reminder.settings(tx, as_of, &round).await?;
        Ok(round.with(settings))
    }

    async fn once(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Round<R::Settings>>,
    ) -> Result<Counted<R::Counters>> {
        Ok(Counted::own(self.reminder.once(tx, scope).await?))
    }

    async fn read(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Round<R::Settings>>,
        after: Option<&Uuid>,
        limit: i64,
    ) -> Result<Batch<Self>> {
        let people = match scope.settings.due.is_anybodys() {
            true => self.reminder.read(tx, scope, after.copied(), limit).await?,
            false => Vec::new(),
        };
        let row = |(person, facts)| Row {
            reader: Reader::new(scope.as_of, &scope.settings.company.zones, person),
            facts,
        };
        let rows: Vec<Row<R>> = people.into_iter().map(row).collect();
        let counted = Common {
            candidates: rows.len() as u64,
            timezone_fallbacks: rows.iter().filter(|row| row.reader.zone.is_fallback).count() as u64,
            ..Common::default()
        };
        Ok(Batch {
            counted: Counted::common(counted),
            ..Batch::<Self>::of(rows, limit, |row| row.reader.person.id)
        })
    }

    fn subject(row: &Row<R>) -> String {
        format!("user:{}", row.reader.person.id)
    }

    fn decide(
        scope: &Scope<Round<R::Settings>>,
        row: &Row<R>,
    ) -> Result<Decision<Change<R>, Counted<R::Counters>>, Reason> {
        let reader = &row.reader;
        let nothing = |counted| {
            Ok(Decision {
                change: None,
                counted,
            })
        };
        if !reader.person.is_willing {
            return nothing(Counted::common(Common {
                skipped_pref: 1,
                ..Common::default()
            }));
        }
        let said = match R::say(scope, reader, &row.facts)? {
            Said::Nothing(counted) => return nothing(counted),
            Said::Something(said) => said,
        };
        let mut counted = Counted {
            common: Common {
                eligible: 1,
                ..Common::default()
            },
            own: said.counted,
        };
        let post = match said
            .draft
            .map(|draft| Self::post(scope, reader, draft))
            .transpose()?
        {
            None => None,
            Some(Ok(post)) => Some(post),
            Some(Err(stopped)) => {
                counted.common.add(&stopped);
                None
            }
        };
        let change = Change {
            user_id: reader.person.id,
            read_on: reader.reads_on,
            notices: said
                .notices
                .into_iter()
                .filter(|notice| reader.hears(notice.channel))
                .collect(),
            post,
            own: said.own,
        };
        Ok(Decision {
            change: Some(change),
            counted,
        })
    }

    async fn write(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Round<R::Settings>>,
        changes: &[Change<R>],
    ) -> Result<Counted<R::Counters>> {
        let (outcomes, common) = outbox::write(tx, scope, R::NAME, changes).await?;
        let told: Vec<_> = changes.iter().map(|change| &change.own).zip(outcomes).collect();
        Ok(Counted {
            own: self.reminder.settle(tx, scope, &told).await?,
            common,
        })
    }

    fn diff(_: &Row<R>, change: &Change<R>) -> Diff {
        let notices: Vec<&str> = change
            .notices
            .iter()
            .map(|notice| notice.dedupe_key.as_str())
            .collect();
        Diff {
            before: Value::Null,
            after: json!({
                "notifications": notices,
                "message": change.post.as_ref().map(|post| &post.dedupe_key),
            }),
        }
    }
}
