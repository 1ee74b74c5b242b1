//! Whose fault an error is, which decides what the loop does about it.
//!
//! Sentences made here go into reports and logs, so they are built from codes and names of constraints,
//! never from a database message, which may quote a value.

use std::{fmt, io};

use anyhow::Error;
use chrono::DateTime;
use rustls::CertificateError;
use sqlx::postgres::PgDatabaseError;

/// Whose fault an error is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// A record's: the page is done again in halves until the guilty stand alone.
    Record(String),
    /// The tenant's as a whole, as an unknown time zone is: the next tenant goes on.
    Tenant(String),
    /// Nobody's: the page is tried once more on a fresh connection.
    Transient,
    /// The program's or its set-up's: the run fails.
    Bug,
}

/// Makes an error that fails its tenant as a whole. The message stands in the report as it is.
pub fn tenant(message: impl Into<String>) -> Error {
    Error::new(TenantFault(message.into()))
}

#[derive(Debug)]
struct TenantFault(String);

impl fmt::Display for TenantFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TenantFault {}

/// The database did not answer in the time it was given.
#[derive(Debug)]
pub struct NoAnswer;

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the database did not answer in time")
    }
}

impl std::error::Error for NoAnswer {}

/// Finds out whose fault an error is from its chain of causes.
pub fn classify(error: &Error) -> Fault {
    for cause in error.chain() {
        if let Some(TenantFault(message)) = cause.downcast_ref() {
            return Fault::Tenant(message.clone());
        }
        if cause.is::<NoAnswer>() {
            return Fault::Transient;
        }
        if let Some(error) = cause.downcast_ref::<sqlx::Error>() {
            return of_database(error);
        }
    }
    Fault::Bug
}

fn of_database(error: &sqlx::Error) -> Fault {
    match error {
        sqlx::Error::Database(_) => match postgres(error) {
            Some(error) => of_sqlstate(error),
            None => Fault::Bug,
        },
        sqlx::Error::Io(cause) if refused_certificate(cause).is_some() => Fault::Bug,
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => Fault::Transient,
        // A stored value that the program cannot hold, such as an infinite date.
        sqlx::Error::ColumnDecode { index, .. } => {
            Fault::Record(format!("column {index} holds an unreadable value"))
        }
        _ => Fault::Bug,
    }
}

/// The classes are those of PostgreSQL's appendix "Error Codes".
fn of_sqlstate(error: &PgDatabaseError) -> Fault {
    match error.code() {
        "P0001" => Fault::Record(raised(error)),
        // A value too long for its index. Of the rest of the class the program is to blame.
        "54000" => Fault::Record(violated(error)),
        code => match &code[..2] {
            "22" | "23" => Fault::Record(violated(error)),
            "08" | "40" | "53" | "55" | "57" | "58" => Fault::Transient,
            _ => Fault::Bug,
        },
    }
}

fn violated(error: &PgDatabaseError) -> String {
    let kind = match error.code() {
        "23502" => "not-null",
        "23503" => "foreign key",
        "23505" => "unique",
        "23514" => "check",
        "23P01" => "exclusion",
        "54000" => return "a value is too long for its index".into(),
        code => return format!("data exception (SQLSTATE {code})"),
    };
    match (error.constraint(), error.column()) {
        (Some(name), _) => format!("violates {kind} constraint {name}"),
        (None, Some(column)) => format!("violates {kind} constraint of column {column}"),
        (None, None) => format!("violates a {kind} constraint"),
    }
}

/// Names the function that raised, never what it said.
fn raised(error: &PgDatabaseError) -> String {
    match error.r#where().and_then(|context| context.lines().next()) {
        Some(place) if place.starts_with("PL/pgSQL function") => format!("raised by {place}"),
        _ => "raised by the database (SQLSTATE P0001)".to_owned(),
    }
}

/// Says what went wrong in words that may be logged: the program's own sentences, and of the database's
/// only the SQLSTATE.
pub fn describe(error: &Error) -> String {
    let mut parts = Vec::new();
    for cause in error.chain() {
        match cause.downcast_ref::<sqlx::Error>() {
            None => parts.push(cause.to_string()),
            Some(cause) => {
                parts.push(describe_database(cause));
                break;
            }
        }
    }
    parts.join(": ")
}

fn describe_database(error: &sqlx::Error) -> String {
    match (error, postgres(error)) {
        (_, Some(error)) => match of_sqlstate(error) {
            Fault::Record(sentence) => sentence,
            _ => format!("{} (SQLSTATE {})", condition(error.code()), error.code()),
        },
        (sqlx::Error::Io(cause), _) => match refused_certificate(cause) {
            Some(why) => format!(
                "the database's TLS certificate was refused: {}",
                describe_refusal(why)
            ),
            None => format!("the connection to the database broke ({cause})"),
        },
        (sqlx::Error::Tls(cause), _) => {
            format!("TLS is required for the database, and cannot be had: {cause}")
        }
        (sqlx::Error::ColumnDecode { index, .. }, _) => format!("column {index} holds an unreadable value"),
        (sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed, _) => {
            "the connection to the database broke".to_owned()
        }
        _ => "the query does not fit the database's schema".to_owned(),
    }
}

/// Why the database's certificate was refused, where that is what ended the connection.
fn refused_certificate(error: &io::Error) -> Option<&CertificateError> {
    match error.get_ref()?.downcast_ref()? {
        rustls::Error::InvalidCertificate(why) => Some(why),
        _ => None,
    }
}

fn describe_refusal(why: &CertificateError) -> String {
    match why {
        // The second is an authority that has the name of a known one, and another key.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "no known authority has issued it; DATABASE_CA_FILE must name the PEM file of the one that has"
                .to_owned()
        }
        CertificateError::NotValidForNameContext { .. } => {
            format!("{why}; connect by a host name that it holds")
        }
        CertificateError::ExpiredContext { not_after, .. } => {
            let seconds = i64::try_from(not_after.as_secs()).ok();
            match seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0)) {
                Some(end) => format!("it expired on {}; renew it", end.date_naive()),
                None => why.to_string(),
            }
        }
        why => why.to_string(),
    }
}

/// What the commoner SQLSTATEs mean to an operator.
fn condition(code: &str) -> &'static str {
    match code {
        "28P01" | "28000" => "the database refused the login",
        "3D000" => "the database does not exist",
        "42501" => "the database role lacks a privilege",
        "42P01" | "3F000" | "42703" => "the database's schema is older than this program: run migrate",
        "53300" => "the database has no connection left",
        "55P03" => "a lock was not free in time",
        "57014" => "a statement took longer than allowed",
        "57P01" | "57P02" | "57P03" => "the database closed the connection",
        _ => match code.get(..2) {
            Some("40") => "the transaction met another one",
            Some("08") => "the connection to the database broke",
            _ => "the database refused a statement",
        },
    }
}

/// The SQLSTATE of an error, where PostgreSQL gave one.
pub fn sqlstate(error: &Error) -> Option<&str> {
    error
        .chain()
        .find_map(|cause| cause.downcast_ref())
        .and_then(postgres)
        .map(PgDatabaseError::code)
}

fn postgres(error: &sqlx::Error) -> Option<&PgDatabaseError> {
    error.as_database_error()?.try_downcast_ref()
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn a_tenant_fault_keeps_its_message_through_contexts() {
        let error = Err::<(), _>(tenant("time zone 'X' is unknown"))
            .context("read the settings")
            .unwrap_err();
        assert_eq!(classify(&error), Fault::Tenant("time zone 'X' is unknown".into()));
    }

    #[test]
    fn a_broken_connection_is_transient_and_anything_unknown_is_a_bug() {
        let broken = sqlx::Error::Io(std::io::Error::from(std::io::ErrorKind::ConnectionReset));
        assert_eq!(classify(&Error::new(broken)), Fault::Transient);
        assert_eq!(classify(&Error::new(NoAnswer)), Fault::Transient);
        let refused = rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let refused = sqlx::Error::Io(io::Error::new(io::ErrorKind::InvalidData, refused));
        assert_eq!(classify(&Error::new(refused)), Fault::Bug);
        let no_tls = sqlx::Error::Tls("server does not support TLS".into());
        assert_eq!(classify(&Error::new(no_tls)), Fault::Bug);
        assert_eq!(classify(&Error::new(sqlx::Error::RowNotFound)), Fault::Bug);
        assert_eq!(classify(&anyhow::anyhow!("something else")), Fault::Bug);
    }
}
