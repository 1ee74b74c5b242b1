//! The channels of a run, made of the environment and of secrets.

use std::collections::HashMap;

use anyhow::Result;
use shared::{config::Variables, fault, run::Run};

use super::DeliverMessages;
use crate::delivery::{
    Channel, Channels,
    crm::{HubSpot, Updates},
    email::{Email, settings::SmtpSettings},
    webhook::{Webhook, secret::SealingKey},
};

/// The variables that channels are made of.
const NAMES: [&str; 11] = [
    "SMTP_HOST",
    "SMTP_PORT",
    "SMTP_USER",
    "SMTP_PASS",
    "SMTP_FROM",
    "SMTP_CA_FILE",
    "SMTP_SECRET_ID",
    "WEBHOOK_KEY_SECRET_ID",
    "CRM_BASE_URL",
    "CRM_TOKEN",
    "CRM_SECRET_ID",
];

/// What the process was told about channels when it started. Secrets are asked for in each run, so that a new password is
/// known without a restart.
pub struct Environment(HashMap<&'static str, String>);

impl Environment {
    pub fn of(variables: &Variables<'_>) -> Self {
        let set = |name| Some((name, variables.text(name)?));
        Self(NAMES.into_iter().filter_map(set).collect())
    }

    /// Makes the channels there can be. One that is not set up at all is none; one that cannot be used is a subject that failed,
    /// and the others go on.
    ///
    /// # Errors
    /// When the database refuses to keep that.
    pub async fn channels(&self, run: &mut Run<'_, DeliverMessages>) -> Result<Channels> {
        let mut channels = Vec::new();
        for (name, made) in [
            ("email", self.email(run).await),
            ("webhook", self.webhook(run).await),
            ("crm", self.crm(run).await),
        ] {
            match made {
                Ok(channel) => channels.extend(channel),
                Err(error) => {
                    let why = fault::describe(&error);
                    run.failed("", &format!("channel:{name}"), &why).await?;
                }
            }
        }
        Ok(Channels::new(channels))
    }

    async fn secret(&self, run: &Run<'_, DeliverMessages>, name: &str) -> Result<Option<String>> {
        match self.0.get(name) {
            None => Ok(None),
            Some(id) => run.secret(id.trim()).await.map(Some),
        }
    }

    /// Reads something out of the variables.
    fn read<T>(&self, read: impl FnOnce(&Variables<'_>) -> Result<T>) -> Result<T> {
        read(&Variables::new(&|name| self.0.get(name).cloned()))
    }

    async fn email(&self, run: &Run<'_, DeliverMessages>) -> Result<Option<Box<dyn Channel>>> {
        let secret = self.secret(run, "SMTP_SECRET_ID").await?;
        let settings =
            self.read(|variables| SmtpSettings::from_variables(run.app_env(), variables, secret.as_deref()))?;
        let Some(settings) = settings else { return Ok(None) };
        Ok(Some(Box::new(Email::new(settings)?)))
    }

    async fn webhook(&self, run: &Run<'_, DeliverMessages>) -> Result<Option<Box<dyn Channel>>> {
        let key = self.secret(run, "WEBHOOK_KEY_SECRET_ID").await?;
        let key = key.map(|text| SealingKey::read(&text)).transpose()?;
        Ok(Some(Box::new(Webhook::new(run.app_env(), key)?)))
    }

    async fn crm(&self, run: &Run<'_, DeliverMessages>) -> Result<Option<Box<dyn Channel>>> {
        let secret = self.secret(run, "CRM_SECRET_ID").await?;
        let hubspot =
            self.read(|variables| HubSpot::from_variables(run.app_env(), variables, secret.as_deref()))?;
        let Some(hubspot) = hubspot else { return Ok(None) };
        Ok(Some(Box::new(Updates::new(hubspot))))
    }
}
