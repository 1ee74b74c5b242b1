//! What a client asks of PostgreSQL, read from its messages.

use std::{
    collections::HashSet,
    sync::atomic::{AtomicU64, Ordering},
};

use super::Asked;

/// How much of a message is looked at: enough for a statement's name and the head of its text.
const LOOKED_AT: usize = 1024;

/// What sets the tenant is in the head of a page's first statement.
const SETS_TENANT: &[u8] = b"app.tenant_id";

/// Follows the messages of a client through the chunks in which they come.
#[derive(Default)]
pub struct Reader {
    started: bool,
    /// The head of a message: its type, but for the first, and its length.
    head: Vec<u8>,
    /// The beginning of its body.
    body: Vec<u8>,
    /// What is still to come of the body.
    rest: usize,
    /// The names of the prepared statements that set the tenant.
    guards: HashSet<Vec<u8>>,
    /// Whether the bound statement is one of them.
    is_guard: bool,
    transaction: Option<Transaction>,
}

/// A transaction under way.
#[derive(Default)]
struct Transaction {
    statements: u64,
    is_page: bool,
}

impl Reader {
    pub fn count(&mut self, mut chunk: &[u8], asked: &Asked) {
        loop {
            let wanted = if self.started { 5 } else { 4 };
            if self.head.len() < wanted {
                let taken = (wanted - self.head.len()).min(chunk.len());
                self.head.extend(&chunk[..taken]);
                chunk = &chunk[taken..];
                if self.head.len() < wanted {
                    return;
                }
                let length = &self.head[wanted - 4..];
                let length = length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
                self.rest = length.saturating_sub(4);
            }
            let taken = self.rest.min(chunk.len());
            let looked_at = (LOOKED_AT - self.body.len()).min(taken);
            self.body.extend(&chunk[..looked_at]);
            chunk = &chunk[taken..];
            self.rest -= taken;
            if self.rest > 0 {
                return;
            }
            if self.started {
                self.message(asked);
            }
            self.started = true;
            self.head.clear();
            self.body.clear();
        }
    }

    /// Counts a message whose type and the beginning of whose body are known.
    fn message(&mut self, asked: &Asked) {
        let add = |number: &AtomicU64, more| {
            number.fetch_add(more, Ordering::Relaxed);
        };
        let mut words = self.body.splitn(3, |byte| *byte == 0);
        let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        match self.head[0] {
            // A statement's name and its text.
            b'P' if contains(second, SETS_TENANT) => {
                self.guards.insert(first.to_owned());
            }
            b'P' => {
                self.guards.remove(first);
            }
            // A portal's name and its statement's.
            b'B' => self.is_guard = self.guards.contains(second),
            b'E' => {
                add(&asked.statements, 1);
                if let Some(transaction) = &mut self.transaction {
                    transaction.statements += 1;
                    transaction.is_page |= self.is_guard;
                }
            }
            b'Q' => {
                add(&asked.statements, 1);
                add(&asked.round_trips, 1);
                let is = |word: &[u8]| {
                    first
                        .get(..word.len())
                        .is_some_and(|text| text.eq_ignore_ascii_case(word))
                };
                if is(b"begin") {
                    self.transaction = Some(Transaction::default());
                }
                if let Some(transaction) = &mut self.transaction {
                    transaction.statements += 1;
                    if is(b"commit") || is(b"rollback") {
                        if transaction.is_page {
                            add(&asked.pages, 1);
                            add(&asked.statements_of_pages, transaction.statements);
                        }
                        self.transaction = None;
                    }
                }
            }
            b'S' => add(&asked.round_trips, 1),
            _ => {}
        }
    }
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|part| part == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: &str, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 4).unwrap();
        [kind.as_bytes(), &length.to_be_bytes(), body].concat()
    }

    #[test]
    fn counts_the_same_however_the_messages_are_cut() {
        let session = [
            message("", b"\0\x03\0\0user\0postgres\0\0"),
            message("Q", b"set time zone 'UTC'\0"),
            message("Q", b"BEGIN\0"),
            message("P", b"one\0select QES\0\0\0"),
            message("B", b"\0one\0"),
            message("E", b"\0\0\0\0\0"),
            message("S", b""),
            message("Q", b"COMMIT\0"),
            message("Q", b"BEGIN\0"),
            message("P", b"two\0select set_config('app.tenant_id', $1, true)\0\0\0"),
            message("B", b"\0two\0\0\0"),
            message("E", b"\0\0\0\0\0"),
            message("S", b""),
            message("B", b"\0one\0"),
            message("E", b"\0\0\0\0\0"),
            message("S", b""),
            message("Q", b"COMMIT\0"),
            message("B", &[b"\0one\0".as_slice(), &[1; 2 * LOOKED_AT]].concat()),
            message("E", b"\0\0\0\0\0"),
            message("S", b""),
        ]
        .concat();
        for size in 1..session.len() {
            let (asked, mut reader) = (Asked::default(), Reader::default());
            for chunk in session.chunks(size) {
                reader.count(chunk, &asked);
            }
            let counted = [
                asked.statements,
                asked.round_trips,
                asked.pages,
                asked.statements_of_pages,
            ];
            let counted = counted.map(AtomicU64::into_inner);
            assert_eq!(counted, [9, 9, 1, 4], "in chunks of {size}");
        }
    }
}
