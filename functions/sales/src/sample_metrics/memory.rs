//! What stays of a tenant's samples until the last of them is done.

use std::{collections::HashSet, sync::Arc};

use super::{Place, measure::Fact};

/// What stays of the samples that are done, in their order.
#[derive(Default)]
pub struct Memory {
    facts: Vec<Fact>,
    /// Each name once, however many samples have it.
    names: HashSet<Arc<str>>,
}

impl Memory {
    pub fn facts(&self) -> &[Fact] {
        &self.facts
    }

    /// Forgets what is behind a place.
    pub fn forget(&mut self, is_behind: impl Fn(&Place) -> bool) {
        let kept = self.facts.partition_point(|fact| !is_behind(&fact.place));
        self.facts.truncate(kept);
    }

    /// Keeps what samples led to, in place of what an attempt that did not come through had kept of them.
    pub fn remember<'a>(&mut self, facts: impl Iterator<Item = &'a Fact>) {
        let mut facts = facts.peekable();
        let Some(first) = facts.peek().map(|fact| fact.place) else {
            return;
        };
        self.forget(|place| *place >= first);
        for fact in facts {
            let fact = Fact {
                category: self.once(&fact.category),
                segment: self.once(&fact.segment),
                ..fact.clone()
            };
            self.facts.push(fact);
        }
    }

    /// The name as it is kept once for all.
    fn once(&mut self, name: &Arc<str>) -> Arc<str> {
        match self.names.get(name) {
            Some(known) => known.clone(),
            None => {
                self.names.insert(name.clone());
                name.clone()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample_metrics::measure;

    /// The n-th sample, whose category is not shared with the others yet.
    fn fact(n: u128) -> Fact {
        Fact {
            category: String::from("Wine").into(),
            ..measure::tests::fact(n)
        }
    }

    #[test]
    fn a_fact_is_small_and_names_are_shared() {
        assert!(size_of::<Fact>() <= 144, "{} bytes", size_of::<Fact>());
        let mut memory = Memory::default();
        memory.remember([fact(1), fact(2)].iter());
        memory.remember([fact(3)].iter());
        let names = memory
            .facts()
            .iter()
            .map(|fact| Arc::as_ptr(&fact.category).addr());
        assert_eq!(names.collect::<HashSet<_>>().len(), 1, "each name is kept once");
    }

    #[test]
    fn what_is_done_again_takes_the_place_of_the_attempt_before() {
        let mut memory = Memory::default();
        memory.remember([fact(1), fact(2), fact(3)].iter());
        memory.remember([fact(2), fact(4)].iter());
        assert_eq!(memory.facts(), [fact(1), fact(2), fact(4)]);
        memory.forget(|place| *place > fact(1).place);
        assert_eq!(memory.facts(), [fact(1)]);
        memory.remember([].iter());
        assert_eq!(memory.facts(), [fact(1)]);
    }
}
