//! What a binary learns from its environment: read once at start; an error names the variable.

use std::{fmt, ops::RangeInclusive, str::FromStr, time::Duration};

use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use sqlx::postgres::PgConnectOptions;

/// Where a function runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppEnv {
    Development,
    Staging,
    Production,
}

/// Where the address and the password of the database come from.
#[derive(Clone)]
pub enum DatabaseSource {
    /// A secret in Secrets Manager, in the form that RDS gives it.
    Secret(String),
    /// `DATABASE_URL`, for development and tests.
    Url(Box<PgConnectOptions>),
}

/// Everything that jobs have in common.
#[derive(Clone)]
pub struct Config {
    pub app_env: AppEnv,
    pub database: DatabaseSource,
    /// PEM certificates of the authorities that are trusted with the database's own, beside the public ones.
    pub database_ca: Option<Vec<u8>>,
    /// Subjects a page.
    pub batch_size: u32,
    /// Rest between two pages.
    pub batch_delay: Duration,
    /// How long a run may work; a Lambda deadline that comes sooner wins.
    pub job_timeout: Duration,
    /// How long a secret is taken from memory.
    pub secret_max_age: Duration,
    /// Stands in for the job's own advisory lock id.
    pub lock_id: Option<i32>,
}

/// A variable that is missing or malformed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError(String);

impl ConfigError {
    /// The error of a variable that only the program itself can judge: its name, and what it takes.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

/// A process's variables; one that is blank counts as not set.
pub struct Variables<'a>(&'a dyn Fn(&str) -> Option<String>);

impl<'a> Variables<'a> {
    pub fn new(value: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self(value)
    }

    /// Those of this process.
    pub fn of_process() -> Variables<'static> {
        Variables(&|name| std::env::var(name).ok())
    }

    /// A variable's text.
    pub fn text(&self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.trim().is_empty())
    }

    /// A whole number within a range; none is the default.
    ///
    /// # Errors
    /// [`ConfigError`] names the variable and the range.
    pub fn whole<N>(&self, name: &str, range: RangeInclusive<N>, default: N) -> Result<N, ConfigError>
    where
        N: FromStr + PartialOrd + fmt::Display,
    {
        match self.text(name) {
            None => Ok(default),
            Some(_) => self.required(name, range),
        }
    }

    /// A whole number within a range, for which there is no default.
    ///
    /// # Errors
    /// [`ConfigError`] names the variable, and the range if it is set.
    pub fn required<N>(&self, name: &str, range: RangeInclusive<N>) -> Result<N, ConfigError>
    where
        N: FromStr + PartialOrd + fmt::Display,
    {
        let text = self
            .text(name)
            .ok_or_else(|| ConfigError(format!("{name} is not set")))?;
        let whole = text.trim().parse().ok().filter(|value| range.contains(value));
        whole.ok_or_else(|| {
            ConfigError(format!(
                "{name} must be a whole number from {} to {}",
                range.start(),
                range.end()
            ))
        })
    }

    /// One of several words; none is the default.
    ///
    /// # Errors
    /// [`ConfigError`] names the variable and the words.
    pub fn one_of<T: Copy>(&self, name: &str, words: &[(&str, T)], default: T) -> Result<T, ConfigError> {
        let Some(text) = self.text(name) else {
            return Ok(default);
        };
        let meant = words.iter().find(|(word, _)| *word == text.trim());
        meant.map(|(_, value)| *value).ok_or_else(|| {
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            ConfigError(format!("{name} must be {}", words.join(" or ")))
        })
    }

    /// Whether a variable is `true`; none is `false`.
    ///
    /// # Errors
    /// [`ConfigError`] names the variable when it is neither.
    pub fn flag(&self, name: &str) -> Result<bool, ConfigError> {
        self.one_of(name, &[("true", true), ("false", false)], false)
    }

    /// The address that links in messages begin with, without a slash at its end.
    ///
    /// # Errors
    /// [`ConfigError`] when it is missing, or is no web address.
    pub fn base_url(&self, name: &str) -> Result<String, ConfigError> {
        let Some(text) = self.text(name) else {
            return Err(ConfigError(format!("{name} is not set")));
        };
        let url = text.trim().trim_end_matches('/');
        let host = url
            .strip_prefix("https://")
            .or_else(|| url.strip_prefix("http://"));
        // It goes into headers and attributes as it is.
        let plain = |c: char| c.is_ascii_graphic() && !"<>\"'`\\?#".contains(c);
        match host.is_some_and(|host| !host.is_empty() && host.chars().all(plain)) {
            true => Ok(url.to_owned()),
            false => Err(ConfigError(format!(
                "{name} must be a web address such as https://app.example.com"
            ))),
        }
    }
}

impl Config {
    /// Reads the configuration of a job from the process's environment.
    ///
    /// # Errors
    /// [`ConfigError`] names the first variable that is missing or malformed, and says what it takes.
    pub fn from_env(job: &str) -> Result<Self, ConfigError> {
        Self::read(job, &Variables::of_process())
    }

    /// Reads the configuration from any set of variables.
    ///
    /// # Errors
    /// As [`Config::from_env`].
    pub fn read(job: &str, variables: &Variables<'_>) -> Result<Self, ConfigError> {
        let seconds = |name, range, default| variables.whole(name, range, default).map(Duration::from_secs);
        let lock_variable = lock_variable(job);
        Ok(Self {
            app_env: app_env(variables.text("APP_ENV"))?,
            database: database(
                variables.text("DATABASE_SECRET_ID"),
                variables.text("DATABASE_URL"),
            )?,
            database_ca: variables
                .text("DATABASE_CA_FILE")
                .map(|file| authorities(&file))
                .transpose()?,
            // A page is held in memory and written by one statement; past 10,000 both only get slower.
            batch_size: variables.whole("BATCH_SIZE", 1..=10_000, 500)?,
            batch_delay: Duration::from_millis(variables.whole("BATCH_DELAY_MS", 0..=60_000, 0)?),
            job_timeout: seconds("JOB_TIMEOUT_SECONDS", 1..=86_400, 600)?,
            secret_max_age: seconds("SECRET_MAX_AGE_SECONDS", 0..=86_400, 300)?,
            lock_id: match variables.text(&lock_variable) {
                None => None,
                Some(_) => Some(variables.whole(&lock_variable, 1..=i32::MAX, 1)?),
            },
        })
    }
}

/// The variable that stands in for a job's lock id.
pub fn lock_variable(job: &str) -> String {
    format!("{}_LOCK_ID", job.to_uppercase().replace('-', "_"))
}

fn app_env(value: Option<String>) -> Result<AppEnv, ConfigError> {
    match value.as_deref().map(str::trim) {
        None | Some("development") => Ok(AppEnv::Development),
        Some("staging") => Ok(AppEnv::Staging),
        Some("production") => Ok(AppEnv::Production),
        Some(_) => Err(ConfigError(
            "APP_ENV must be development, staging or production".into(),
        )),
    }
}

fn database(secret: Option<String>, url: Option<String>) -> Result<DatabaseSource, ConfigError> {
    match (secret, url) {
        (Some(id), None) => Ok(DatabaseSource::Secret(id)),
        // The URL itself is not quoted: it may hold the password.
        (None, Some(url)) => PgConnectOptions::from_str(&url)
            .map(|options| DatabaseSource::Url(Box::new(options)))
            .map_err(|_| {
                ConfigError("DATABASE_URL must read postgres://user:password@host:port/name".into())
            }),
        (None, None) => Err(ConfigError(
            "DATABASE_SECRET_ID is not set (nor DATABASE_URL, which serves development)".into(),
        )),
        (Some(_), Some(_)) => Err(ConfigError(
            "DATABASE_SECRET_ID and DATABASE_URL are both set: unset the one that is not meant".into(),
        )),
    }
}

fn authorities(file: &str) -> Result<Vec<u8>, ConfigError> {
    let refused = |why: &str| {
        ConfigError(format!(
            "DATABASE_CA_FILE must name a file of PEM certificates: {file} {why}"
        ))
    };
    let pem = std::fs::read(file).map_err(|error| refused(&format!("cannot be read ({})", error.kind())))?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let certificates = certificates.map_err(|_| refused("holds a malformed one"))?;
    match RootCertStore::empty().add_parsable_certificates(certificates) {
        (0, 0) => Err(refused("holds none")),
        (_, 0) => Ok(pem),
        _ => Err(refused("holds a malformed one")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Config, String> {
        let url = [("DATABASE_URL", "postgres://localhost/x")];
        let all: Vec<_> = url.iter().chain(variables).copied().collect();
        let last = |name: &str| {
            all.iter()
                .rev()
                .find(|(n, _)| *n == name)
                .map(|(_, v)| (*v).to_owned())
        };
        Config::read("at-risk-detection", &Variables(&last)).map_err(|error| error.to_string())
    }

    #[test]
    fn defaults_are_those_of_the_contract() {
        let config = read(&[]).unwrap();
        assert_eq!((config.batch_size, config.batch_delay), (500, Duration::ZERO));
        assert_eq!(config.job_timeout, Duration::from_secs(600));
        assert_eq!(config.secret_max_age, Duration::from_secs(300));
        assert_eq!((config.app_env, config.lock_id), (AppEnv::Development, None));
    }

    #[test]
    fn a_malformed_variable_is_named_with_what_it_takes() {
        let error = |name, value| read(&[(name, value)]).err().unwrap_or_default();
        assert_eq!(
            error("BATCH_SIZE", "0"),
            "BATCH_SIZE must be a whole number from 1 to 10000"
        );
        assert_eq!(
            error("BATCH_SIZE", "many"),
            "BATCH_SIZE must be a whole number from 1 to 10000"
        );
        assert_eq!(
            error("BATCH_DELAY_MS", "-1"),
            "BATCH_DELAY_MS must be a whole number from 0 to 60000"
        );
        assert_eq!(
            error("JOB_TIMEOUT_SECONDS", "1h"),
            "JOB_TIMEOUT_SECONDS must be a whole number from 1 to 86400"
        );
        assert_eq!(
            error("APP_ENV", "prod"),
            "APP_ENV must be development, staging or production"
        );
        assert!(error("AT_RISK_DETECTION_LOCK_ID", "x").starts_with("AT_RISK_DETECTION_LOCK_ID must be"));
        assert_eq!(
            error("COACH_ACTIONS_LOCK_ID", "x"),
            "",
            "another job's variable is none of ours"
        );
    }

    #[test]
    fn a_variable_without_a_default_must_be_set_and_a_flag_is_true_or_false() {
        let given = |name: &str| match name {
            "DAYS" => Some(" 90 ".to_owned()),
            "ON" => Some("true".to_owned()),
            "OFF" => Some("false".to_owned()),
            "MAYBE" => Some("yes".to_owned()),
            _ => None,
        };
        let variables = Variables(&given);
        assert_eq!(variables.required("DAYS", 90..=100), Ok(90));
        let refused = |name| variables.required(name, 1..=89).unwrap_err().to_string();
        assert_eq!(refused("DAYS"), "DAYS must be a whole number from 1 to 89");
        assert_eq!(refused("NONE"), "NONE is not set");
        let flags = ["ON", "OFF", "NONE"].map(|name| variables.flag(name));
        assert_eq!(flags, [Ok(true), Ok(false), Ok(false)]);
        let refused = variables.flag("MAYBE").unwrap_err().to_string();
        assert_eq!(refused, "MAYBE must be true or false");
    }

    #[test]
    fn the_database_comes_from_exactly_one_place_and_its_url_is_never_quoted() {
        let neither = read(&[("DATABASE_URL", " ")]).err().unwrap();
        assert!(neither.starts_with("DATABASE_SECRET_ID is not set"), "{neither}");
        let both = read(&[("DATABASE_SECRET_ID", "db")]).err().unwrap();
        assert!(both.contains("both set"), "{both}");
        let malformed = read(&[("DATABASE_URL", "postgres://u:hunter2@:bad:/x")])
            .err()
            .unwrap();
        assert!(
            malformed.starts_with("DATABASE_URL must read") && !malformed.contains("hunter2"),
            "{malformed}"
        );
    }

    #[test]
    fn a_web_address_is_one_that_links_can_begin_with() {
        let read = |value: Option<&str>| {
            let variable = |_: &str| value.map(str::to_owned);
            Variables(&variable).base_url("FRONTEND_URL")
        };
        assert_eq!(
            read(Some(" https://shop.example/app// ")).unwrap(),
            "https://shop.example/app"
        );
        assert_eq!(
            read(Some("http://localhost:3000")).unwrap(),
            "http://localhost:3000"
        );
        for missing in [None, Some(" ")] {
            assert_eq!(read(missing).unwrap_err().to_string(), "FRONTEND_URL is not set");
        }
        for garbled in [
            "shop.example",
            "https://",
            "javascript:alert(1)",
            "https://a b",
            "https://a\">",
            "https://a?b",
            "https://a\nB: c",
        ] {
            let error = read(Some(garbled)).unwrap_err().to_string();
            assert_eq!(
                error, "FRONTEND_URL must be a web address such as https://app.example.com",
                "{garbled}"
            );
        }
    }
}
