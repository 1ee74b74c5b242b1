//! Rows for PostgreSQL's `copy … from stdin` in its binary format: a fifth of the time that inserts of arrays
//! take.

use anyhow::{Context, Result};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";
/// No flags, and no extension of the header.
const HEADER: [u8; 8] = [0; 8];
/// In place of a row's number of fields.
const TRAILER: i16 = -1;
/// In place of a field's length.
const NULL: i32 = -1;

/// PostgreSQL counts days and microseconds from here.
const EPOCH: NaiveDate = NaiveDate::from_ymd_opt(2000, 1, 1).expect("a date");

/// Rows on their way to a table.
pub struct Rows {
    bytes: Vec<u8>,
    statement: &'static str,
}

impl Rows {
    /// `statement` names the columns in the order in which rows will give them.
    pub fn new(statement: &'static str) -> Self {
        Self {
            bytes: [SIGNATURE, &HEADER].concat(),
            statement,
        }
    }

    pub fn push(&mut self, fields: &[&dyn Field]) {
        self.bytes.extend((fields.len() as i16).to_be_bytes());
        for field in fields {
            let length_at = self.bytes.len();
            self.bytes.extend(NULL.to_be_bytes());
            if field.put(&mut self.bytes) {
                let length = (self.bytes.len() - length_at - NULL.to_be_bytes().len()) as i32;
                self.bytes[length_at..][..4].copy_from_slice(&length.to_be_bytes());
            }
        }
    }

    /// Writes the rows and says how many they were.
    pub async fn write(mut self, connection: &mut PgConnection) -> Result<u64> {
        self.bytes.extend(TRAILER.to_be_bytes());
        let mut copy = connection
            .copy_in_raw(self.statement)
            .await
            .with_context(|| format!("begin to {}", self.statement))?;
        copy.send(self.bytes)
            .await
            .with_context(|| format!("send rows to {}", self.statement))?;
        copy.finish().await.with_context(|| self.statement)
    }
}

/// A value in PostgreSQL's binary form.
pub trait Field {
    /// Appends the value; false = there is none.
    fn put(&self, bytes: &mut Vec<u8>) -> bool;
}

impl Field for Uuid {
    fn put(&self, bytes: &mut Vec<u8>) -> bool {
        bytes.extend(self.as_bytes());
        true
    }
}

impl Field for &str {
    fn put(&self, bytes: &mut Vec<u8>) -> bool {
        bytes.extend(self.bytes());
        true
    }
}

impl Field for String {
    fn put(&self, bytes: &mut Vec<u8>) -> bool {
        self.as_str().put(bytes)
    }
}

impl Field for bool {
    fn put(&self, bytes: &mut Vec<u8>) -> bool {
        bytes.push(u8::from(*self));
        true
    }
}

impl Field for i16 {
    fn put(&self, bytes: &mut Vec<u8>) -> bool {
        bytes.extend(self.to_be_bytes());
        true
    }
}

impl Field for i64 {
    fn put(&self, bytes: &mut Vec<u8>) -> bool {
        bytes.extend(self.to_be_bytes());
        true
    }
}

impl Field for i32 {
    fn put(&self, bytes: &mut Vec<u8>) -> bool {
        bytes.extend(self.to_be_bytes());
        true
    }
}

impl Field for NaiveDate {
    fn put(&self, bytes: &mut Vec<u8>) -> bool {
        // A chrono date is at most 96 million days away.
        let days = (*self - EPOCH).num_days() as i32;
        days.put(bytes)
    }
}

impl Field for DateTime<Utc> {
    fn put(&self, bytes: &mut Vec<u8>) -> bool {
        let epoch = EPOCH.and_time(NaiveTime::MIN).and_utc();
        bytes.extend((self.timestamp_micros() - epoch.timestamp_micros()).to_be_bytes());
        true
    }
}

impl Field for NaiveTime {
    fn put(&self, bytes: &mut Vec<u8>) -> bool {
        let since_midnight = *self - Self::MIN;
        bytes.extend((since_midnight.num_seconds() * 1_000_000).to_be_bytes());
        true
    }
}

/// A number in units of its last decimal, of which there are one or two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal<const PLACES: i16>(pub i32);

impl<const PLACES: i16> Field for Decimal<PLACES> {
    /// Three digits of base 10,000, of which the first two stand before the point, the sign, the decimals shown.
    fn put(&self, bytes: &mut Vec<u8>) -> bool {
        const NEGATIVE: i32 = 0x4000;
        let sign = if self.0 < 0 { NEGATIVE } else { 0 };
        let unit = if PLACES == 1 { 10 } else { 100 };
        let (whole, rest) = (self.0.abs() / unit, self.0.abs() % unit);
        let fraction = rest * (10_000 / unit);
        for word in [
            3,
            1,
            sign,
            PLACES.into(),
            whole / 10_000,
            whole % 10_000,
            fraction,
        ] {
            (word as i16).put(bytes);
        }
        true
    }
}

/// An amount in hundredths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Money(pub i32);

impl Field for Money {
    fn put(&self, bytes: &mut Vec<u8>) -> bool {
        Decimal::<2>(self.0).put(bytes)
    }
}

/// What an array may consist of, by PostgreSQL's number for its type.
pub trait Element: Field {
    const TYPE: i32;
}

impl Element for i16 {
    const TYPE: i32 = 21;
}

impl Element for i32 {
    const TYPE: i32 = 23;
}

impl<T: Element> Field for &[T] {
    /// One dimension, no NULLs, the elements' type, how many there are, and that they are counted from 1.
    fn put(&self, bytes: &mut Vec<u8>) -> bool {
        for word in [1, 0, T::TYPE, self.len() as i32, 1] {
            word.put(bytes);
        }
        for element in *self {
            (size_of::<T>() as i32).put(bytes);
            element.put(bytes);
        }
        true
    }
}

/// The text of a jsonb.
pub struct Json(pub String);

impl Field for Json {
    fn put(&self, bytes: &mut Vec<u8>) -> bool {
        const VERSION: u8 = 1;
        bytes.push(VERSION);
        self.0.put(bytes)
    }
}

impl<T: Field> Field for Option<T> {
    fn put(&self, bytes: &mut Vec<u8>) -> bool {
        self.as_ref().is_some_and(|value| value.put(bytes))
    }
}

#[cfg(test)]
mod tests {
    use shared::testing::TestDb;

    use super::*;

    #[tokio::test]
    async fn money_arrives_as_it_was_sent() {
        let db = TestDb::new().await;
        let mut connection = db.connect().await;
        sqlx::query("create temporary table purse (place integer, money numeric(12,2))")
            .execute(&mut connection)
            .await
            .unwrap();
        let mut rows = Rows::new("copy purse from stdin (format binary)");
        let sums = [0, 5, 99, 100, 12_345, -50, -1_000_001, 123_456_789, i32::MAX];
        for (place, cents) in sums.into_iter().enumerate() {
            rows.push(&[&(place as i32), &Money(cents)]);
        }
        rows.write(&mut connection).await.unwrap();
        let read: Vec<i64> = sqlx::query_scalar("select (money * 100)::bigint from purse order by place")
            .fetch_all(&mut connection)
            .await
            .unwrap();
        assert_eq!(read, sums.map(i64::from));
    }

    #[tokio::test]
    async fn arrays_arrive_as_they_were_sent() {
        let db = TestDb::new().await;
        let mut connection = db.connect().await;
        sqlx::query("create temporary table list (small smallint[], large integer[])")
            .execute(&mut connection)
            .await
            .unwrap();
        let mut rows = Rows::new("copy list from stdin (format binary)");
        rows.push(&[&[1_i16, -7].as_slice(), &[i32::MAX].as_slice()]);
        rows.push(&[&[0_i16; 0].as_slice(), &[3, 2, 1].as_slice()]);
        rows.write(&mut connection).await.unwrap();
        let read: Vec<(Vec<i16>, Vec<i32>)> = sqlx::query_as("select small, large from list")
            .fetch_all(&mut connection)
            .await
            .unwrap();
        assert_eq!(read, [(vec![1, -7], vec![i32::MAX]), (vec![], vec![3, 2, 1])]);
    }

    #[tokio::test]
    async fn decimals_show_as_many_places_as_they_have() {
        let db = TestDb::new().await;
        let mut connection = db.connect().await;
        sqlx::query("create temporary table share (one numeric, two numeric)")
            .execute(&mut connection)
            .await
            .unwrap();
        let mut rows = Rows::new("copy share from stdin (format binary)");
        rows.push(&[&Decimal::<1>(-1_234_567), &Decimal::<2>(1_205)]);
        rows.write(&mut connection).await.unwrap();
        let read: String = sqlx::query_scalar("select one || ' ' || two from share")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(read, "-123456.7 12.05");
    }
}
