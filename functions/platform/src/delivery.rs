//! The channels of `deliver-messages`: what takes one message of the outbox to whoever it is for, and says what became
//! of it. Which message's turn it is, and what is written down about it, is not decided here.
//!
//! Sending is at least once. A message keeps its id at every attempt (`Message-ID`, `webhook-id`), so whoever gets it
//! twice can tell. That happens in one window: the receiver has taken the message, and the sender did not hear of it,
//! because the connection was cut, the receiver was late, or the sender stopped before it wrote the outcome down.
//!
//! # Adding a channel
//!
//! A channel of text messages or push notices is one file beside `crm.rs`, the shortest there is: a type that
//! implements [`Channel`], with the word that stands in `platform.message.channel` as its name. It is handed to
//! [`Channels::new`] by the function, and the word is added to the column's CHECK by a migration.

pub mod crm;
pub mod email;
pub mod guard;
mod http;
pub mod message;
#[cfg(test)]
pub(crate) mod testing;
pub mod webhook;

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;

use message::{Outcome, Outgoing};

/// One way out. A channel bounds the time that an attempt takes by itself.
pub trait Channel: Send + Sync {
    /// The word in `platform.message.channel`.
    fn name(&self) -> &'static str;

    /// How many messages are sent at the same time.
    fn at_once(&self) -> usize;

    /// Makes one attempt at a message. `now` is the instant that the message says it was sent at.
    fn send<'a>(&'a self, message: &'a Outgoing, now: DateTime<Utc>) -> BoxFuture<'a, Outcome>;

    /// Takes leave of whoever was spoken to, when all is sent.
    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
}

/// The channels of a process.
pub struct Channels(Vec<Box<dyn Channel>>);

impl Channels {
    pub fn new(channels: Vec<Box<dyn Channel>>) -> Self {
        Self(channels)
    }

    /// The channels there are, each with how many messages it sends at the same time. Those of another one are better not
    /// claimed.
    pub fn widths(&self) -> impl Iterator<Item = (&'static str, usize)> {
        self.0.iter().map(|channel| (channel.name(), channel.at_once()))
    }

    /// Makes one attempt at a message.
    pub async fn send(&self, message: &Outgoing, now: DateTime<Utc>) -> Outcome {
        if let Err(why) = message.check() {
            return Outcome::Never { why };
        }
        match self.0.iter().find(|channel| channel.name() == message.channel) {
            Some(channel) => channel.send(message, now).await,
            None => Outcome::again(format!("the channel {} is not configured", message.channel)),
        }
    }

    /// Takes leave of whoever was spoken to.
    pub async fn close(&self) {
        for channel in &self.0 {
            channel.close().await;
        }
    }
}

#[cfg(test)]
mod tests;
