//! A month of ticks over a thousand people who live on between them, by either clock: everybody is told all that he is to be
//! told, and nobody is told it twice, at the wrong time, too often, or against his will, also when ticks are late, come twice,
//! are lost, or die half way.
//!
//! The month is October 2024 and some days around it: clocks are changed in Sydney, on Lord Howe, in Cairo, London,
//! Berlin, New York and Havana, where midnight comes twice. Each tick is done as the loop does it, without what the loop
//! records of a run. By local clocks each job is called every quarter of an hour, 3,000 times; here it is as often as lets each
//! slot be met, if all goes well. Breaks are looked at on two days.

mod breaks;
mod life;
mod log;
mod oracle;
mod people;
mod reports;
mod wall;
mod world;

use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc};
use shared::{
    db::Database,
    job::Job,
    testing::{TestDb, execute, scope, tenant},
};
use sqlx::{Connection, PgConnection};

use super::{Reminder, clock::Clock, testing};
use crate::{
    break_reminders::Breaks, daily_check::Check, goal_deadlines::Deadlines, inactive_users::Ladder,
    monthly_report::Monthly, weekly_review::Weekly,
};
use log::{Log, Seen, Told};
use oracle::{Oracle, Which};
use people::{Chance, OWN};
use world::{Choice, World};

const FROM: DateTime<Utc> = instant(1_728_000_000); // 2024-10-04
const UNTIL: DateTime<Utc> = instant(1_730_851_200); // 2024-11-06

const PEOPLE: u32 = 1000;

/// Of a company where only the choices matter.
const FEW: u32 = 250;

/// Fewer than all, so that there are pages.
const PAGE: i64 = 300;

const fn instant(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Tick {
    at: DateTime<Utc>,
    which: Which,
    /// It ends before anything that it did is kept.
    dies: bool,
}

/// When each job is called, if all goes well.
fn is_called(which: Which, clock: Clock, at: DateTime<Utc>) -> bool {
    let (hour, minute, weekday) = (at.hour(), at.minute(), at.weekday().num_days_from_sunday());
    let is_break_day = [9, 24].contains(&at.day()) && at.month() == 10;
    match (clock, which) {
        (Clock::Utc, Which::GoalDeadlines) => (hour, minute) == (9, 0),
        (Clock::Utc, Which::DailyCheck) => (hour, minute) == (18, 0),
        (Clock::Utc, Which::InactiveUsers) => (hour, minute) == (10, 0),
        (Clock::Utc, Which::WeeklyReview) => weekday == 0 && (hour, minute) == (19, 0),
        (Clock::Utc, Which::MonthlyReport) => at.day() == 1 && (hour, minute) == (9, 0),
        (Clock::Utc, Which::BreakReminders) => {
            is_break_day && (9..18).contains(&hour) && minute.is_multiple_of(25)
        }
        (Clock::Local, Which::GoalDeadlines) => hour % 3 == 1 && minute == 0,
        (Clock::Local, Which::DailyCheck) => hour % 2 == 0 && minute == 0,
        (Clock::Local, Which::InactiveUsers) => hour % 4 == 0 && minute == 0,
        // It is Sunday somewhere for two days, and the first for as long.
        (Clock::Local, Which::WeeklyReview) => (weekday + 1) % 7 < 3 && hour % 3 == 0 && minute == 0,
        (Clock::Local, Which::MonthlyReport) => {
            (at + TimeDelta::days(1)).day() < 4 && hour % 4 == 0 && minute == 0
        }
        (Clock::Local, Which::BreakReminders) => is_break_day && minute.is_multiple_of(30),
    }
}

/// How late a tick may be and still find whom it is for.
fn minutes_of_grace(which: Which) -> i64 {
    match which {
        Which::GoalDeadlines | Which::WeeklyReview => 180,
        Which::DailyCheck => 120,
        Which::InactiveUsers => 360,
        Which::MonthlyReport => 720,
        Which::BreakReminders => 40,
    }
}

/// The ticks of the month, as they come.
fn ticks(clock: Clock) -> Vec<Tick> {
    let (mut chance, mut ticks) = (Chance(31), Vec::new());
    let minutes = (0..(UNTIL - FROM).num_minutes()).step_by(5);
    for at in minutes.map(|minutes| FROM + TimeDelta::minutes(minutes)) {
        // A day on which nothing worked, and a morning.
        let is_out = at.day() == 15 || at.day() == 22 && (8..14).contains(&at.hour());
        for which in [
            Which::GoalDeadlines,
            Which::DailyCheck,
            Which::WeeklyReview,
            Which::InactiveUsers,
            Which::BreakReminders,
            Which::MonthlyReport,
        ] {
            if is_out || !is_called(which, clock, at) {
                continue;
            }
            let late = |minutes| at + TimeDelta::minutes(minutes);
            let grace = minutes_of_grace(which);
            let coming: Vec<(DateTime<Utc>, bool)> = match chance.below(100) {
                0..4 => vec![],
                4..7 => vec![(at, true)],
                7..12 => vec![(at, true), (late(2), false)],
                12..28 => vec![(late(chance.pick(&[20, grace - 30, grace - 1, grace])), false)],
                28..36 => vec![(at, false), (at, false)],
                36..44 => vec![(at, false), (late(1 + chance.below(60)), false)],
                _ => vec![(at, false)],
            };
            ticks.extend(coming.into_iter().map(|(at, dies)| Tick { at, which, dies }));
        }
    }
    ticks.sort_unstable();
    ticks
}

/// Does the ticks of the month and checks after each of them what was told, and after all of them what that comes to.
async fn replay(clock: Clock, count: u32, choice: Choice) {
    let db = TestDb::new().await;
    let id = db.tenant("productivity", "acme", OWN).await;
    let world = World::new(id, choice, count);
    let mut life = db.connect().await;
    let mut setting = serde_json::json!(choice);
    setting["tenant_id"] = serde_json::json!(id);
    shared::testing::insert(&mut life, "productivity.setting", &setting).await;
    // What is new is found by its number.
    for table in ["notification", "message"] {
        let number = format!(
            "alter table platform.{table} add column n bigint generated always as identity;
            create unique index on platform.{table} (n)"
        );
        execute(&mut life, &number).await;
    }
    world.go_on(&mut life, None, FROM).await;
    execute(&mut life, "analyze").await;
    let mut jobs = Database::new(&db.config(), "month").connect().await.unwrap();
    execute(
        &mut jobs,
        &format!("select set_config('app.tenant_id', '{id}', false)"),
    )
    .await;

    let mut oracle = Oracle::new(&world, clock);
    let (mut log, mut seen, mut now) = (Log::default(), Seen::default(), FROM);
    for tick in ticks(clock) {
        world.go_on(&mut life, Some(now), tick.at).await;
        now = tick.at;
        one(&mut jobs, clock, tick).await;
        let told = Told::since(&mut seen, &mut life).await;
        let expected = match tick.dies {
            true => Vec::new(),
            false => oracle.expect(tick.which, tick.at),
        };
        assert_same(tick, &told, &expected, &world);
        log.0.extend(told.into_iter().map(|told| (tick.at, told)));
    }
    log.assert_considerate(&world, clock);
    let nudged: i64 =
        sqlx::query_scalar("select count(*) from productivity.contact_log where kind = 'daily_nudge'")
            .fetch_one(&mut life)
            .await
            .unwrap();
    assert_eq!(nudged, oracle.nudged.len() as i64);
    if count == PEOPLE {
        log.assert_lively();
    }
}

/// Does a tick.
async fn one(connection: &mut PgConnection, clock: Clock, tick: Tick) {
    match tick.which {
        Which::GoalDeadlines => run::<Deadlines>(connection, clock, tick).await,
        Which::DailyCheck => run::<Check>(connection, clock, tick).await,
        Which::WeeklyReview => run::<Weekly>(connection, clock, tick).await,
        Which::InactiveUsers => run::<Ladder>(connection, clock, tick).await,
        Which::BreakReminders => run::<Breaks>(connection, clock, tick).await,
        Which::MonthlyReport => run::<Monthly>(connection, clock, tick).await,
    }
}

async fn run<R: Reminder>(connection: &mut PgConnection, clock: Clock, tick: Tick) {
    let job = testing::job::<R>(match clock {
        Clock::Utc => "utc",
        Clock::Local => "local",
    });
    let tenant = tenant("acme", OWN);
    let mut tx = connection.begin().await.unwrap();
    let settings = job.settings(&mut tx, tick.at, &tenant).await.unwrap();
    let scope = scope(settings, tenant, tick.at);
    job.once(&mut tx, &scope).await.unwrap();
    let mut cursor = None;
    loop {
        let page = job.read(&mut tx, &scope, cursor.as_ref(), PAGE).await.unwrap();
        let decided = page
            .rows
            .iter()
            .map(|row| super::Reminding::<R>::decide(&scope, row).unwrap());
        let changes: Vec<_> = decided.filter_map(|decided| decided.change).collect();
        if !changes.is_empty() {
            job.write(&mut tx, &scope, &changes).await.unwrap();
        }
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    match tick.dies {
        true => tx.rollback().await.unwrap(),
        false => tx.commit().await.unwrap(),
    }
}

fn assert_same(tick: Tick, told: &[Told], expected: &[Told], world: &World) {
    let but = |these: &[Told], others: &[Told]| {
        let rest = these.iter().filter(|told| !others.contains(told));
        rest.take(3).cloned().collect::<Vec<_>>()
    };
    if told == expected {
        return;
    }
    let (unexpected, missing) = (but(told, expected), but(expected, told));
    let whom = unexpected.iter().chain(&missing).next().map(|told| told.person);
    let person = world.people.iter().find(|person| Some(person.id) == whom);
    panic!("{tick:?}\nunexpected {unexpected:#?}\nmissing {missing:#?}\n{person:?}");
}

#[tokio::test]
async fn by_utc_a_month_tells_everybody_all_that_is_due_once() {
    let choice = Choice {
        goal_week_mail: false,
        goal_overdue_notice: true,
        daily_mail_workdays_only: true,
        nudge_mails_per_week: 2,
    };
    replay(Clock::Utc, PEOPLE, choice).await;
}

#[tokio::test]
async fn by_utc_a_company_that_has_chosen_otherwise_is_obeyed() {
    let choice = Choice {
        goal_week_mail: true,
        goal_overdue_notice: false,
        daily_mail_workdays_only: false,
        nudge_mails_per_week: 1,
    };
    replay(Clock::Utc, FEW, choice).await;
}

#[tokio::test]
async fn by_local_clocks_a_month_tells_everybody_all_that_is_due_once() {
    let choice = Choice {
        goal_week_mail: true,
        goal_overdue_notice: true,
        daily_mail_workdays_only: false,
        nudge_mails_per_week: 3,
    };
    replay(Clock::Local, PEOPLE, choice).await;
}
