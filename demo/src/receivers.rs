//! Receivers of messages on loopback ports: a mail server and a receiver of webhooks. Each keeps what it is handed before
//! it answers, and may be told to hold its answers back.

mod hooks;
mod mail;

use tokio::sync::watch;

pub use hooks::{Hook, HookReceiver};
pub use mail::{Mail, MailServer};

/// Where those who want an answer wait while it is closed.
pub struct Valve {
    is_open: watch::Sender<bool>,
    waiting: watch::Sender<usize>,
}

impl Default for Valve {
    /// Open.
    fn default() -> Self {
        Self {
            is_open: watch::Sender::new(true),
            waiting: watch::Sender::new(0),
        }
    }
}

impl Valve {
    pub fn close(&self) {
        self.is_open.send_replace(false);
    }

    pub fn open(&self) {
        self.is_open.send_replace(true);
    }

    /// Returns when so many wait here at once, those who gave up waiting included.
    pub async fn reached(&self, count: usize) {
        wait_for(&self.waiting, |waiting| *waiting >= count).await;
    }

    async fn pass(&self) {
        self.waiting.send_modify(|waiting| *waiting += 1);
        wait_for(&self.is_open, |is_open| *is_open).await;
        self.waiting.send_modify(|waiting| *waiting -= 1);
    }
}

async fn wait_for<T>(value: &watch::Sender<T>, condition: impl FnMut(&T) -> bool) {
    // Its sender lives as long as this borrow of it, so there is no error.
    drop(value.subscribe().wait_for(condition).await);
}

#[cfg(test)]
mod tests;
