//! One slot that became free, and the customers whom it is offered to one after the other. Each step checks what
//! it says.

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, NaiveTime, SecondsFormat, TimeDelta, Utc};
use serde_json::json;
use shared::{calendar, report::Report};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{night::Night, paper::Paper, shops::Shop, words::counter};

pub const SHOP: &str = "corner-barbers";

/// Who gives the slot up. With a better score than the second who is asked, but it is not offered to him again.
const GIVES_UP: &str = "Dan Weiss";

/// Who is asked, and the tier that their visits have earned them.
const ASKED: [(&str, &str); 3] = [
    ("Ana Prado", "top"),
    ("Ben Okafor", "neutral"),
    ("Cleo Hart", "risk"),
];

/// What holds for a shop that has chosen nothing: how long an offer stands, and how long whoever accepts it may
/// take to pay.
const OFFER_TTL: TimeDelta = TimeDelta::minutes(15);
const RECOVERY_TTL: TimeDelta = TimeDelta::minutes(120);

// By the clock on the shop's wall.
const GIVEN_UP: NaiveTime = time(9, 50);
const FIRST_RUN: NaiveTime = time(10, 0);
const TOO_LATE: NaiveTime = time(10, 20);
const ACCEPTED: NaiveTime = time(10, 37);
const LAST_RUN: NaiveTime = time(10, 40);
const STARTS: NaiveTime = time(14, 30);

const fn time(hour: u32, minute: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(hour, minute, 0).expect("a time")
}

struct Offer {
    id: Uuid,
    name: String,
    status: String,
    rank: i32,
    tier: String,
    score: i32,
    deposit: String,
    currency: String,
    sent_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    target: String,
    subject: String,
}

/// Makes up the shop and its customers as they stand at the midnight before the story.
pub async fn open_shop(database: &mut PgConnection, midnight: DateTime<Utc>) -> Result<()> {
    sqlx::query_file!("sql/story/open_shop.sql", midnight, SHOP)
        .execute(database)
        .await
        .with_context(|| format!("make up {SHOP}"))?;
    Ok(())
}

/// Tells the story of the day that begins at midnight, and returns the instant at which the slot is free again
/// unless the deposit is paid.
pub async fn one_slot(
    paper: Paper,
    database: &mut PgConnection,
    shops: &[Shop],
    night: &Night,
    midnight: DateTime<Utc>,
) -> Result<DateTime<Utc>> {
    let shop = shops
        .iter()
        .find(|shop| shop.slug == SHOP)
        .with_context(|| format!("find {SHOP}"))?;
    let zone = calendar::zone(&shop.time_zone)?;
    let day = calendar::local_date(midnight, zone);
    let at = |time: NaiveTime| calendar::instants(day.and_time(time), zone).0;
    let clock = |instant: DateTime<Utc>| instant.with_timezone(&zone).format("%H:%M").to_string();

    paper.heading(&format!(
        "One free slot at {} on {}, by the shop's own clock",
        shop.name,
        day.format("%A, %-d %B")
    ));
    let opening = shop.free_slot(database, at(GIVEN_UP), at(STARTS)).await?;
    paper.step(
        &clock(at(GIVEN_UP)),
        &format!("{GIVES_UP} gives up a haircut at {}.", clock(at(STARTS))),
    );
    let mut now = at(FIRST_RUN);
    let mut unanswered: Option<Offer> = None;
    for asked in ASKED {
        let report = expire_offers(night, now, false).await?;
        let done = (counter(&report, "expired")?, counter(&report, "triggered")?);
        ensure!(
            done == (u64::from(unanswered.is_some()), 1),
            "one offer is due, and what was not answered expires: {report:?}"
        );
        let offer = shop.last_offer(database, opening, unanswered.as_ref()).await?;
        offer.check(asked, now)?;
        let why = unanswered.as_ref().map_or_else(String::new, |before| {
            format!(
                "{} has not answered: offer {} has expired. ",
                before.name, before.rank
            )
        });
        let until = clock(offer.expires_at);
        paper.step(&clock(now), &format!("{why}{}", offer.in_words(&until)));
        paper.aside(8, &format!("“{}” · to {}", offer.subject, offer.target));
        if let Some(before) = unanswered.filter(|before| before.rank == 1) {
            let status = shop.accept(database, &before, at(TOO_LATE)).await?;
            ensure!(status.is_none(), "an offer was accepted after its time");
            paper.step(
                &clock(at(TOO_LATE)),
                &format!("{} says yes, too late: that offer no longer stands.", before.name),
            );
        }
        unanswered = Some(offer);
        now += OFFER_TTL;
    }

    let offer = unanswered.context("somebody was asked")?;
    let status = shop.accept(database, &offer, at(ACCEPTED)).await?;
    ensure!(
        status.as_deref() == Some("pending"),
        "{} accepted, and the booking is {status:?}",
        offer.name
    );
    let lost_at = at(ACCEPTED) + RECOVERY_TTL;
    paper.step(
        &clock(at(ACCEPTED)),
        &format!(
            "{} says yes. The slot is taken, and kept until {} for the deposit to be paid.",
            offer.name,
            clock(lost_at)
        ),
    );

    let report = expire_offers(night, at(LAST_RUN), false).await?;
    let offers = shop.offers(database, opening).await?;
    let stands: Vec<_> = offers.iter().map(|offer| offer.status.as_str()).collect();
    ensure!(
        report.totals.total == 0 && stands == ["expired", "expired", "accepted"],
        "nothing is left to do, and the offers are {stands:?}: {report:?}"
    );
    paper.step(
        &clock(at(LAST_RUN)),
        "The next run finds nothing to do: nobody else is asked.",
    );
    let report = expire_offers(night, lost_at, true).await?;
    ensure!(
        counter(&report, "released")? == 1,
        "the booking is released when nobody pays: {report:?}"
    );
    Ok(lost_at)
}

/// Has the shop's slots seen to at an instant, by a direct request.
async fn expire_offers(night: &Night, as_of: DateTime<Utc>, dry_run: bool) -> Result<Report> {
    let as_of = as_of.to_rfc3339_opts(SecondsFormat::Secs, true);
    let request = json!({"tenant": SHOP, "asOf": as_of, "dryRun": dry_run});
    night.request("expire-offers", &request).await
}

impl Offer {
    fn check(&self, (name, tier): (&str, &str), now: DateTime<Utc>) -> Result<()> {
        ensure!(
            (self.name.as_str(), self.tier.as_str()) == (name, tier) && self.status == "sent",
            "the slot is {name}'s, {tier}, and was offered to {}, {}",
            self.name,
            self.tier
        );
        ensure!(
            (self.sent_at, self.expires_at) == (now, now + OFFER_TTL),
            "the offer to {name} stands from {} to {}",
            self.sent_at,
            self.expires_at
        );
        Ok(())
    }

    fn in_words(&self, until: &str) -> String {
        let deposit = match self.deposit.as_str() {
            "0.00" => "no deposit".to_owned(),
            amount => format!("a deposit of {amount} {}", self.currency),
        };
        format!(
            "Offer {} goes to {} ({}, score {}): until {until}, {deposit}.",
            self.rank, self.name, self.tier, self.score
        )
    }
}

impl Shop {
    /// Lets a customer give up a slot, and returns the opening.
    async fn free_slot(
        &self,
        connection: &mut PgConnection,
        given_up_at: DateTime<Utc>,
        starts_at: DateTime<Utc>,
    ) -> Result<Uuid> {
        let mut tx = self.begin(connection).await?;
        let opening = sqlx::query_file_scalar!(
            "sql/story/free_slot.sql",
            self.id,
            given_up_at,
            starts_at,
            GIVES_UP
        )
        .fetch_one(&mut *tx)
        .await
        .context("give a slot up")?;
        tx.commit().await.context("commit the free slot")?;
        Ok(opening)
    }

    async fn offers(&self, connection: &mut PgConnection, opening: Uuid) -> Result<Vec<Offer>> {
        let mut tx = self.begin(connection).await?;
        sqlx::query_file_as!(Offer, "sql/story/offers.sql", self.id, opening)
            .fetch_all(&mut *tx)
            .await
            .context("read the offers")
    }

    /// The offer that came after another, which has expired.
    async fn last_offer(
        &self,
        connection: &mut PgConnection,
        opening: Uuid,
        before: Option<&Offer>,
    ) -> Result<Offer> {
        let mut offers = self.offers(connection, opening).await?;
        let last = offers.pop().context("an offer was made")?;
        let expired = offers.last().map(|offer| (offer.id, offer.status.as_str()));
        ensure!(
            expired == before.map(|offer| (offer.id, "expired")) && last.rank == offers.len() as i32 + 1,
            "offer {} came after {expired:?}",
            last.rank
        );
        Ok(last)
    }

    /// Accepts an offer as the application does, and returns what became of the booking: nothing when the offer no
    /// longer stands.
    async fn accept(
        &self,
        connection: &mut PgConnection,
        offer: &Offer,
        now: DateTime<Utc>,
    ) -> Result<Option<String>> {
        let mut tx = self.begin(connection).await?;
        let status = sqlx::query_file_scalar!("sql/story/accept.sql", self.id, offer.id, now)
            .fetch_optional(&mut *tx)
            .await
            .context("accept an offer")?;
        tx.commit().await.context("commit the answer")?;
        Ok(status)
    }
}
