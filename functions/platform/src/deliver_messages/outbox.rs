//! Emptying the outbox: claim, send, write down, until nothing is due or the time is over.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use anyhow::Result;
use shared::{
    clock,
    fault::{self, Fault},
    run::{Run, Stop},
};
use tokio::{
    task::{Id, JoinSet},
    time::{Instant, sleep_until},
};
use tracing::{debug, error, warn};
use uuid::Uuid;

use super::{
    Counters, DeliverMessages,
    claim::{self, Claimed, Claims, Source},
    settle::{self, Fate, REST, Settlement},
};
use crate::delivery::{Channels, message::Outcome};

/// The longest that any channel takes over an attempt, and for writing down what became of it.
const LAST_ATTEMPT: Duration = Duration::from_secs(32);
/// How many messages a dry run looks at of each tenant and channel.
const SHOWN: usize = 1_000;

/// The outbox while a run empties it.
pub struct Outbox<'a, 'r> {
    run: &'a mut Run<'r, DeliverMessages>,
    /// The one tenant whose messages are asked for.
    only: Option<Uuid>,
    channels: Arc<Channels>,
    ways: HashMap<&'static str, Way>,
    /// Who may have more to send, as it was when they were last asked for.
    sources: VecDeque<Source>,
    asked_at: Option<Instant>,
    /// How often they were asked for.
    asked: usize,
    /// Whether anybody had, then.
    has_found: bool,
    /// Whether anything was claimed since then.
    has_claimed: bool,
    sending: JoinSet<Outcome>,
    sent: HashMap<Id, Claimed>,
    /// Why nothing more is claimed.
    stop: Option<Stop>,
}

/// A channel while messages are sent through it.
struct Way {
    /// How many it sends at once. Each that finds it closed makes it narrower: a server that takes five connections and no
    /// sixth goes on with five, and one that takes none is soon left alone.
    width: usize,
    sending: usize,
    /// What is claimed and not yet on its way.
    queue: VecDeque<Claimed>,
}

impl Way {
    /// How many messages it would take: twice as many as it sends at once, so that none of its places is ever empty.
    fn room(&self) -> usize {
        (2 * self.width).saturating_sub(self.sending + self.queue.len())
    }

    fn is_closed(&self) -> bool {
        self.width == 0
    }
}

/// Shows what a run would do, as far as one look tells.
///
/// # Errors
/// When the database refuses.
pub async fn show(run: &mut Run<'_, DeliverMessages>, channels: &Channels, only: Option<Uuid>) -> Result<()> {
    let names: Vec<String> = channels.widths().map(|(name, _)| name.to_owned()).collect();
    let now = run.now();
    for source in claim::sources(run.connection(), now, &names, only).await? {
        let left = run.request.limit.map_or(SHOWN, |limit| {
            usize::try_from(limit.saturating_sub(run.totals.total)).unwrap_or(SHOWN)
        });
        let mut tx = run.begin(source.tenant_id).await?;
        let mut claims = claim::claim(&mut tx, &source, now, left.min(SHOWN)).await?;
        tx.rollback().await?;
        claims.counted.due += claims.to_send.len() as u64;
        run.processed(claims.changes.len() as u64, &claims.counted);
        run.show(claims.changes);
    }
    Ok(())
}

impl<'a, 'r> Outbox<'a, 'r> {
    pub fn new(run: &'a mut Run<'r, DeliverMessages>, channels: Arc<Channels>, only: Option<Uuid>) -> Self {
        let way = |width| Way {
            width,
            sending: 0,
            queue: VecDeque::new(),
        };
        Self {
            run,
            only,
            ways: channels
                .widths()
                .map(|(name, width)| (name, way(width)))
                .collect(),
            channels,
            sources: VecDeque::new(),
            asked_at: None,
            asked: 0,
            has_found: true,
            has_claimed: true,
            sending: JoinSet::new(),
            sent: HashMap::new(),
            stop: None,
        }
    }

    /// Sends until nothing is due. What was claimed is sent, or given back, whatever stops the run.
    ///
    /// # Errors
    /// Why it stopped, and that there was no time even to begin.
    pub async fn empty(mut self) -> Result<(), Stop> {
        if self.is_late() {
            return Err(Stop::Deadline);
        }
        loop {
            if let Err(error) = self.fill().await {
                self.stop = Some(Stop::Failed(error));
            }
            self.start();
            let may_claim = self.stop.is_none() && !self.is_late() && self.left() > 0;
            if self.sending.is_empty() && (!may_claim || self.is_empty()) {
                break;
            }
            let rested = self.asked_at.unwrap_or_else(Instant::now) + REST;
            tokio::select! {
                settled = self.finished(), if !self.sending.is_empty() => self.write(&settled).await?,
                // Also while a slow receiver is waited for: others may be due.
                () = sleep_until(rested), if may_claim => {}
            }
        }
        let mut rest = Vec::new();
        for way in self.ways.values_mut() {
            rest.extend(way.queue.drain(..).map(|claimed| Settlement::back(&claimed)));
        }
        self.write(&rest).await?;
        let is_over = self.is_late() || self.left() == 0;
        self.run.counters.more |= is_over && !(self.is_empty() && rest.is_empty());
        self.stop.map_or(Ok(()), Err)
    }

    /// Whether an attempt that begins now might not end in time.
    fn is_late(&self) -> bool {
        Instant::now() + LAST_ATTEMPT >= self.run.deadline()
    }

    /// Whether nothing was due when it was last asked.
    fn is_empty(&self) -> bool {
        self.sources.is_empty() && !self.has_found
    }

    /// How many messages the request leaves to this run.
    fn left(&self) -> usize {
        let waiting: usize = self.ways.values().map(|way| way.sending + way.queue.len()).sum();
        let taken = self.run.totals.total + waiting as u64;
        let left = self.run.request.limit.map(|limit| limit.saturating_sub(taken));
        left.map_or(usize::MAX, |left| usize::try_from(left).unwrap_or(usize::MAX))
    }

    /// Claims what the channels have room for, of one source after the other.
    async fn fill(&mut self) -> Result<()> {
        if self.stop.is_some() || self.is_late() {
            return Ok(());
        }
        self.ask().await?;
        for _ in 0..self.sources.len() {
            let Some(source) = self.sources.pop_front() else {
                break;
            };
            let Some(way) = self.ways.get(source.channel.as_str()) else {
                continue;
            };
            // Half empty, so that a claim is worth its round trips.
            let room = match way.room() {
                room if room < way.width => 0,
                room => room.min(self.left()),
            };
            if room == 0 {
                // A channel that is closed is asked no more.
                if !way.is_closed() {
                    self.sources.push_back(source);
                }
                continue;
            }
            // One tenant's backlog leaves room for the others'.
            let share = room.div_ceil(self.sources.len() + 1).max(way.width / 2);
            let claims = self.claim(&source, share.min(room)).await?;
            // An endpoint gives one message and rests.
            if claims >= share.min(room) && source.channel != "webhook" {
                self.sources.push_back(source);
            }
        }
        Ok(())
    }

    /// Asks who has something to send: after a rest, and at once where those asked before have nothing more.
    async fn ask(&mut self) -> Result<()> {
        let has_rested = self.asked_at.is_none_or(|at| at.elapsed() >= REST);
        let is_idle = self.sending.is_empty() && self.sources.is_empty() && self.has_claimed;
        if self.left() == 0 || !(has_rested || is_idle) {
            return Ok(());
        }
        let open = self.ways.iter().filter(|(_, way)| !way.is_closed());
        let names: Vec<String> = open.map(|(name, _)| (*name).to_owned()).collect();
        let now = self.run.now();
        let found = claim::sources(self.run.connection(), now, &names, self.only).await?;
        self.asked_at = Some(Instant::now());
        self.has_claimed = false;
        self.has_found = !found.is_empty();
        self.sources = found.into();
        // Somebody else is first each time.
        self.asked += 1;
        if !self.sources.is_empty() {
            let first = self.asked % self.sources.len();
            self.sources.rotate_left(first);
        }
        Ok(())
    }

    async fn claim(&mut self, source: &Source, most: usize) -> Result<usize> {
        let now = self.run.now();
        let mut tx = self.run.begin(source.tenant_id).await?;
        let claims = claim::claim(&mut tx, source, now, most).await?;
        tx.commit().await?;
        let Claims {
            to_send,
            counted,
            changes,
        } = claims;
        let (count, settled) = (changes.len(), changes.len() - to_send.len());
        debug!(channel = source.channel, count, "messages claimed");
        self.run.processed(settled as u64, &counted);
        self.has_claimed |= count > 0;
        if let Some(way) = self.ways.get_mut(source.channel.as_str()) {
            way.queue.extend(to_send);
        }
        Ok(count)
    }

    /// Puts on their way what is claimed, as many at once as each channel sends.
    fn start(&mut self) {
        let is_late = self.is_late();
        for way in self.ways.values_mut() {
            while way.sending < way.width && !is_late {
                let Some(claimed) = way.queue.pop_front() else {
                    break;
                };
                let (channels, message) = (Arc::clone(&self.channels), claimed.message.clone());
                // Receivers judge by the time of day how old a message is.
                let attempt = async move { channels.send(&message, clock::now()).await };
                let id = self.sending.spawn(attempt).id();
                self.sent.insert(id, claimed);
                way.sending += 1;
            }
        }
    }

    /// Waits for attempts to end and says what they mean for their messages.
    async fn finished(&mut self) -> Vec<Settlement> {
        let mut settled = Vec::new();
        let mut next = self.sending.join_next_with_id().await;
        while let Some(ended) = next {
            let (id, outcome) = ended.unwrap_or_else(|broken| {
                let why = "the program broke off while it was sent".to_owned();
                (broken.id(), Outcome::Again { why, after: None })
            });
            if let Some(claimed) = self.sent.remove(&id) {
                settled.push(self.ended(&claimed, outcome));
            }
            next = self.sending.try_join_next_with_id();
        }
        settled
    }

    fn ended(&mut self, claimed: &Claimed, outcome: Outcome) -> Settlement {
        let message = &claimed.message;
        if let Some(way) = self.ways.get_mut(message.channel.as_str()) {
            way.sending -= 1;
            // Each endpoint is a way of its own, which is held.
            if let Outcome::Closed { why, .. } = &outcome
                && !claimed.is_webhook()
            {
                way.width = way.width.min(way.sending);
                if way.is_closed() {
                    error!(channel = message.channel, reason = why, "nothing can be sent");
                }
            }
        }
        let is_closed = matches!(outcome, Outcome::Closed { .. });
        let settlement = Settlement::of(claimed, outcome);
        let mut counted = Counters::default();
        match settlement.fate {
            Fate::Sent => counted.sent = 1,
            Fate::Pending if is_closed => counted.closed = 1,
            Fate::Pending => counted.retried = 1,
            Fate::Failed => counted.failed = 1,
            Fate::Gone => (counted.failed, counted.endpoints_disabled) = (1, 1),
        }
        if matches!(settlement.fate, Fate::Failed | Fate::Gone) {
            let tenant = message.tenant.as_ref().map(|tenant| tenant.slug.as_str());
            let (id, channel) = (message.id.to_string(), message.channel.as_str());
            warn!(
                tenant,
                id,
                channel,
                reason = settlement.why,
                "a message was given up"
            );
        }
        self.run.processed(1, &counted);
        settlement
    }

    /// Writes settlements down; once more on a fresh connection where the database was at fault. Failing that, they are
    /// lost, and their messages are sent again when their claims end.
    async fn write(&mut self, settled: &[Settlement]) -> Result<(), Stop> {
        let now = self.run.now();
        let Err(error) = settle::write(self.run.connection(), now, settled).await else {
            return Ok(());
        };
        if fault::classify(&error) != Fault::Transient {
            return Err(Stop::Failed(error));
        }
        self.run.reconnect(&error, "what became of messages").await?;
        settle::write(self.run.connection(), now, settled)
            .await
            .map_err(Stop::Failed)
    }
}
