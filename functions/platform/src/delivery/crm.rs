//! CRM updates: the properties of one contact, set in the CRM that the operator has.

use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, bail};
use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use reqwest::{
    Client, Method, StatusCode,
    header::{CONTENT_TYPE, HeaderValue},
};
use serde_json::{Map, Value, json};
use shared::config::{AppEnv, Variables};
use tokio::time::Instant;
use tracing::error;
use url::Url;

use super::{
    Channel, email,
    guard::is_local,
    http,
    message::{Outcome, Outgoing},
};

/// How many updates are under way: HubSpot counts requests in 10 s, and four at once stay below its smallest allowance.
const AT_ONCE: usize = 4;
/// Where HubSpot answers.
const HUBSPOT: &str = "https://api.hubapi.com";
/// Who is meant in the reasons of outcomes.
const WHO: &str = "the CRM";

/// What is to be set of a contact.
pub struct Contact<'a> {
    pub email: &'a str,
    pub properties: Map<String, Value>,
    /// Whether one that the CRM does not know yet is to be made.
    pub create: bool,
}

/// A CRM.
pub trait Crm: Send + Sync {
    /// Sets the properties of a contact. Twice is as good as once.
    fn update<'a>(&'a self, contact: Contact<'a>, now: DateTime<Utc>) -> BoxFuture<'a, Outcome>;
}

/// The channel `crm`. A message's target is the contact's e-mail address; its payload has the `properties`, and
/// `"create": true` where a contact that is not there is to be made.
pub struct Updates<C>(C);

impl<C: Crm> Updates<C> {
    pub fn new(crm: C) -> Self {
        Self(crm)
    }
}

impl<C: Crm> Channel for Updates<C> {
    fn name(&self) -> &'static str {
        "crm"
    }

    fn at_once(&self) -> usize {
        AT_ONCE
    }

    fn send<'a>(&'a self, message: &'a Outgoing, now: DateTime<Utc>) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let contact = match contact(message) {
                Ok(contact) => contact,
                Err(why) => return Outcome::never(why),
            };
            self.0.update(contact, now).await
        })
    }
}

fn contact(message: &Outgoing) -> Result<Contact<'_>, String> {
    email::address(&message.target)?;
    let properties = message.payload.get("properties").and_then(Value::as_object);
    let properties = properties
        .filter(|properties| !properties.is_empty())
        .ok_or("its payload has no properties")?;
    if properties
        .values()
        .any(|value| value.is_object() || value.is_array())
    {
        return Err("a property in its payload is not a single value".into());
    }
    Ok(Contact {
        email: &message.target,
        properties: properties.clone(),
        create: message.payload.get("create") == Some(&Value::Bool(true)),
    })
}

/// HubSpot, by version 3 of its API for CRM objects.
pub struct HubSpot {
    client: Client,
    contacts: Url,
    authorization: HeaderValue,
    /// Whether it was said already that the token is refused: once, and not with each message.
    has_complained: AtomicBool,
}

impl HubSpot {
    /// Reads `CRM_BASE_URL`, and takes the token from the secret that `CRM_SECRET_ID` names where there is one. In
    /// development it may stand in `CRM_TOKEN`. None where neither is set.
    ///
    /// # Errors
    /// Names the variable that cannot be used.
    pub fn from_variables(
        app_env: AppEnv,
        variables: &Variables<'_>,
        secret: Option<&str>,
    ) -> Result<Option<Self>> {
        let in_clear = variables.text("CRM_TOKEN");
        if in_clear.is_some() && app_env != AppEnv::Development {
            bail!("CRM_TOKEN serves development alone: store the token in the secret CRM_SECRET_ID");
        }
        let Some(token) = secret.map(str::to_owned).or(in_clear) else {
            return Ok(None);
        };
        let base = match variables.text("CRM_BASE_URL") {
            Some(_) => variables.base_url("CRM_BASE_URL")?,
            None => HUBSPOT.to_owned(),
        };
        Self::new(&base, token.trim()).map(Some)
    }

    /// # Errors
    /// When the base URL or the token cannot be used; the token is not quoted.
    pub fn new(base: &str, token: &str) -> Result<Self> {
        let contacts = Url::parse(&format!("{}/crm/v3/objects/contacts", base.trim_end_matches('/')))
            .context("read CRM_BASE_URL")?;
        if contacts.scheme() != "https" && !is_local(&contacts) {
            bail!("CRM_BASE_URL must be https");
        }
        let mut authorization = HeaderValue::from_str(&format!("Bearer {token}"))
            .ok()
            .filter(|_| !token.is_empty())
            .context("the CRM's token cannot stand in a header")?;
        authorization.set_sensitive(true);
        Ok(Self {
            client: http::client()
                .build()
                .context("make the HTTP client of the CRM")?,
            contacts,
            authorization,
            has_complained: AtomicBool::new(false),
        })
    }

    async fn request(
        &self,
        method: Method,
        url: Url,
        properties: &Map<String, Value>,
        begun: Instant,
        now: DateTime<Utc>,
    ) -> Result<http::Answer, Outcome> {
        let request = self
            .client
            .request(method, url)
            .header(CONTENT_TYPE, "application/json")
            .header("authorization", self.authorization.clone())
            .body(json!({"properties": properties}).to_string());
        let answer = http::exchange(&self.client, request, WHO, begun, now).await?;
        match answer.status {
            // The operator's to mend, and then the message is as good as ever.
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                let status = answer.status.as_u16();
                if !self.has_complained.swap(true, Ordering::Relaxed) {
                    error!(
                        status,
                        "the CRM refuses the token; look at the secret CRM_SECRET_ID and the token's scopes"
                    );
                }
                Err(Outcome::closed(format!(
                    "{WHO} refuses the token (HTTP {status})"
                )))
            }
            // It counts all requests of the account.
            StatusCode::TOO_MANY_REQUESTS => Err(match answer.outcome(WHO) {
                Outcome::Again { why, after } => Outcome::Closed { why, after },
                outcome => outcome,
            }),
            _ => Ok(answer),
        }
    }

    async fn set(&self, contact: Contact<'_>, now: DateTime<Utc>) -> Result<Outcome, Outcome> {
        let begun = Instant::now();
        let mut properties = contact.properties;
        for value in properties.values_mut().filter(|value| value.is_null()) {
            // An empty text clears a property; null is not a value it knows.
            *value = Value::String(String::new());
        }
        let mut url = self.contacts.clone();
        url.path_segments_mut()
            .map_err(|()| Outcome::again("CRM_BASE_URL cannot be used"))?
            .push(contact.email);
        url.query_pairs_mut().append_pair("idProperty", "email");
        let answer = self.request(Method::PATCH, url, &properties, begun, now).await?;
        if answer.status != StatusCode::NOT_FOUND {
            return Ok(answer.outcome(WHO));
        }
        if !contact.create {
            return Ok(Outcome::never("the CRM knows no such contact (HTTP 404)"));
        }
        properties.insert("email".into(), contact.email.into());
        let answer = self
            .request(Method::POST, self.contacts.clone(), &properties, begun, now)
            .await?;
        Ok(match answer.status {
            // Somebody else has made it meanwhile: it is there to be updated.
            StatusCode::CONFLICT => Outcome::again("the CRM has the contact by now (HTTP 409)"),
            _ => answer.outcome(WHO),
        })
    }
}

impl Crm for HubSpot {
    fn update<'a>(&'a self, contact: Contact<'a>, now: DateTime<Utc>) -> BoxFuture<'a, Outcome> {
        Box::pin(async move { self.set(contact, now).await.unwrap_or_else(|outcome| outcome) })
    }
}

#[cfg(test)]
mod tests;
