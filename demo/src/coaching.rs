//! Gyms for a demo, a test or a benchmark: the same rows with the same ids for the same seed.
//!
//! People come, fade, return, go on holiday or never show up; imports bring wrong dates; turnstile and app tell
//! of the same visit twice. No result column is filled: that is what the jobs are for.

mod habit;
mod member;
mod places;

use anyhow::{Context, Result};
use chrono::{DateTime, NaiveDate, Utc};
use shared::calendar;
use sqlx::{Connection, Executor, PgConnection};
use uuid::Uuid;

use crate::{
    bare,
    copy::Rows,
    names::{self, Place},
    random::Random,
};
use member::People;
use places::PLACES;

/// Members in one round of inserts: some fifty thousand activities, a few megabytes in memory.
const CHUNK: u32 = 2_000;

/// How many members one coach looks after, and the most coaches that a gym pays.
const MEMBERS_PER_COACH: u32 = 60;
const MOST_COACHES: u32 = 40;

/// The tables that are filled without their indexes: those that grow with every visit and every member.
pub const LARGEST: &str = "coaching.member_activity, coaching.member_coach";

/// How much is made up.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub gyms: u32,
    pub members_per_gym: u32,
    /// Whether the last gym has a time zone that nobody knows, so that it fails as a tenant.
    pub unknown_zone: bool,
}

/// How many rows were written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Filled {
    pub gyms: u64,
    pub members: u64,
    pub activities: u64,
    pub coaches: u64,
    pub assignments: u64,
    pub actions: u64,
}

/// Fills a migrated database with gyms as they stand at `as_of`, in one transaction.
///
/// The connection must be a superuser's: PostgreSQL copies into no table whose policies bind the writer.
///
/// # Errors
/// When the database refuses, as it does when gyms of the same names are there already.
pub async fn fill(conn: &mut PgConnection, seed: u64, as_of: DateTime<Utc>, size: Size) -> Result<Filled> {
    let mut random = Random::new(seed);
    let mut filled = Filled::default();
    let mut tx = conn.begin().await.context("begin to fill the gyms")?;
    bare::set_aside(&mut tx, LARGEST).await?;
    for number in 0..size.gyms {
        let gym = Gym::draw(number, as_of, size, &mut random);
        gym.fill(&mut tx, size.members_per_gym, &mut random, &mut filled)
            .await
            .with_context(|| format!("fill gym {}", gym.slug))?;
    }
    bare::put_back(&mut tx).await?;
    // Lets the planner know what has come.
    tx.execute("analyze coaching.member, coaching.member_activity, coaching.coach, coaching.member_coach, coaching.coach_action")
        .await
        .context("analyse the tables")?;
    tx.commit().await.context("commit the gyms")?;
    Ok(filled)
}

/// A gym and the day that it is there.
struct Gym {
    id: Uuid,
    place: Place,
    name: String,
    slug: String,
    time_zone: &'static str,
    as_of: DateTime<Utc>,
    today: NaiveDate,
    /// Whether its people came from an older system, many with the day of the import as the day they joined.
    imported: bool,
    /// Whether it has settings of its own.
    tuned: bool,
}

impl Gym {
    fn draw(number: u32, as_of: DateTime<Utc>, size: Size, random: &mut Random) -> Self {
        let place = PLACES[number as usize % PLACES.len()];
        let (name, slug) = place.branch(number as usize / PLACES.len());
        let time_zone = place.time_zone(size.unknown_zone && number + 1 == size.gyms);
        Self {
            id: random.id(),
            place,
            name,
            slug,
            time_zone,
            as_of,
            // A gym in a zone that nobody knows still lives by some calendar.
            today: calendar::zone(time_zone)
                .map_or_else(|_| as_of.date_naive(), |zone| calendar::local_date(as_of, zone)),
            imported: number % 3 == 2,
            tuned: number % 3 == 1,
        }
    }

    async fn fill(
        &self,
        tx: &mut PgConnection,
        members: u32,
        random: &mut Random,
        filled: &mut Filled,
    ) -> Result<()> {
        self.insert(tx, random.id()).await?;
        filled.gyms += 1;
        let (coaches, rows) = self.coaches(members, random);
        filled.coaches += rows.write(tx).await?;
        for first in (0..members).step_by(CHUNK as usize) {
            let mut people = People::new();
            for number in first..members.min(first + CHUNK) {
                let coach = whose(&coaches, random);
                people.add(self, number, coach, random);
            }
            people.write(tx, filled).await?;
        }
        Ok(())
    }

    async fn insert(&self, tx: &mut PgConnection, setting: Uuid) -> Result<()> {
        sqlx::query_file!(
            "sql/coaching/insert_gym.sql",
            self.id,
            self.slug,
            self.name,
            self.time_zone,
            self.as_of
        )
        .execute(&mut *tx)
        .await
        .context("insert the gym")?;
        if self.tuned {
            sqlx::query_file!("sql/coaching/insert_setting.sql", setting, self.id, self.as_of)
                .execute(tx)
                .await
                .context("insert its settings")?;
        }
        Ok(())
    }

    /// The owner, someone who has left, and as many coaches as the members need.
    fn coaches(&self, members: u32, random: &mut Random) -> (Vec<Uuid>, Rows) {
        let working = (members / MEMBERS_PER_COACH).clamp(2, MOST_COACHES);
        let mut ids = Vec::new();
        let mut rows = Rows::new(
            "copy coaching.coach (id, tenant_id, first_name, last_name, email, role, active, created_at)
             from stdin (format binary)",
        );
        for number in 0..working + 2 {
            let id = random.id();
            let (first, last) = self.place.city.names.draw(random);
            let email = names::email(first, last, self.place.slug, &format!("staff{number}"));
            let role = if number == 0 { "owner" } else { "coach" };
            rows.push(&[
                &id,
                &self.id,
                &first,
                &last,
                &email,
                &role,
                &(number != 1),
                &self.as_of,
            ]);
            ids.push(id);
        }
        (ids, rows)
    }
}

/// Who looks after a member: mostly a coach who works, sometimes the owner, someone who has left or nobody.
fn whose(coaches: &[Uuid], random: &mut Random) -> Option<Uuid> {
    match random.below(100) {
        0..4 => None,
        4..7 => Some(coaches[0]),
        7..10 => Some(coaches[1]),
        _ => Some(random.one_of(&coaches[2..])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Generator, filled, has_each, seeded};

    struct Gyms;

    impl Generator for Gyms {
        type Size = Size;
        type Filled = Filled;

        const AS_OF: &'static str = "2026-01-29T02:00:00Z";
        const SIZE: Size = Size {
            gyms: 4,
            members_per_gym: 1_000,
            unknown_zone: false,
        };
        const LOST: Size = Size {
            unknown_zone: true,
            ..Self::SIZE
        };
        const UNCOUNTED: &'static [&'static str] = &["coaching.setting"];
        const ASKED: &'static [(&'static str, u64)] = &[("platform.tenant", 4), ("coaching.member", 4_000)];

        async fn fill(
            connection: &mut PgConnection,
            seed: u64,
            as_of: DateTime<Utc>,
            size: Size,
        ) -> Result<Filled> {
            fill(connection, seed, as_of, size).await
        }

        fn written(filled: &Filled) -> Vec<(&'static str, u64)> {
            let Filled {
                gyms,
                members,
                activities,
                coaches,
                assignments,
                actions,
            } = *filled;
            vec![
                ("platform.tenant", gyms),
                ("coaching.member", members),
                ("coaching.member_activity", activities),
                ("coaching.coach", coaches),
                ("coaching.member_coach", assignments),
                ("coaching.coach_action", actions),
            ]
        }
    }

    seeded!(Gyms);

    #[tokio::test]
    async fn has_someone_for_every_case_that_a_job_must_tell_apart() {
        let db = filled::<Gyms>().await;
        let cases = [
            ("cancelled", "select count(*) from coaching.member where status = 'cancelled'"),
            ("never seen", "select count(*) from coaching.member where status = 'active' and last_visit_date is null
              and not exists (select from coaching.member_activity where member_id = member.id)"),
            ("not started", "select count(*) from coaching.member where joined_date > '2026-01-30'"),
            ("came before they joined", "select count(*) from coaching.member where status = 'active' and exists (
              select from coaching.member_activity where member_id = member.id and activity_date < joined_date)"),
            ("known from an import only", "select count(*) from coaching.member where last_visit_date <= '2026-01-28'
              and not exists (select from coaching.member_activity where member_id = member.id)"),
            ("last visit in the future", "select count(*) from coaching.member where last_visit_date > '2026-01-30'"),
            ("visit in the future", "select count(*) from coaching.member_activity where activity_date > '2026-01-30'"),
            ("visit told twice", "select count(*) from (select from coaching.member_activity
              where activity_type in ('visit', 'check_in') group by member_id, activity_date having count(*) > 1) as d"),
            ("reply", "select count(*) from coaching.member_activity where activity_type = 'reply'"),
            ("without a coach", "select count(*) from coaching.member where not exists (
              select from coaching.member_coach where member_id = member.id)"),
            ("with a coach who left", "select count(*) from coaching.member_coach
              join coaching.coach on coach.id = coach_id where not active"),
            ("with the owner", "select count(*) from coaching.member_coach
              join coaching.coach on coach.id = coach_id where role = 'owner'"),
            ("gym with settings", "select count(*) from coaching.setting"),
            ("open action", "select count(*) from coaching.coach_action where completed_at is null and expired_at is null"),
            ("completed action", "select count(*) from coaching.coach_action where completed_at is not null"),
            ("expired action", "select count(*) from coaching.coach_action where expired_at is not null"),
            ("manual action", "select count(*) from coaching.coach_action where source = 'manual'"),
        ];
        has_each(&db, &cases).await;
    }
}
