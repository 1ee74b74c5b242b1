//! What a distributor's limits allow on one day: counted one candidate after another, whatever the pages.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::{candidate::Place, decision::Skip};

/// What was executed on the day: what the table held when the run began, and what the run added since.
#[derive(Debug, Clone, Default)]
pub struct Day {
    max_executions: usize,
    max_tasks_of_owner: usize,
    executed: usize,
    contacted: HashSet<Uuid>,
    tasks: HashMap<Uuid, usize>,
    /// What this run executed, in the order of places.
    added: Vec<(Place, Execution)>,
}

/// An execution as the limits see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Execution {
    pub customer_id: Option<Uuid>,
    /// Who gets a task.
    pub task_for: Option<Uuid>,
}

impl Day {
    /// A day on which this much was executed.
    pub fn new(
        max_executions: i32,
        max_tasks_of_owner: i32,
        executed: impl IntoIterator<Item = Execution>,
    ) -> Self {
        let mut day = Self {
            max_executions: usize::try_from(max_executions).unwrap_or_default(),
            max_tasks_of_owner: usize::try_from(max_tasks_of_owner).unwrap_or_default(),
            ..Self::default()
        };
        for execution in executed {
            day.count(execution);
        }
        day
    }

    /// Takes back what this run executed from a place on: an attempt that did not come through.
    pub fn take_back(&mut self, from: Place) {
        while let Some((_, execution)) = self.added.pop_if(|(place, _)| *place >= from) {
            self.executed -= 1;
            if let Some(customer) = execution.customer_id {
                // It was the day's only one.
                self.contacted.remove(&customer);
            }
            if let Some(tasks) = execution.task_for.and_then(|owner| self.tasks.get_mut(&owner)) {
                *tasks -= 1;
            }
        }
    }

    fn count(&mut self, execution: Execution) {
        self.executed += 1;
        self.contacted.extend(execution.customer_id);
        if let Some(owner) = execution.task_for {
            *self.tasks.entry(owner).or_default() += 1;
        }
    }
}

/// Executes the candidate at this place unless a limit is met, and remembers it. Candidates come in the order of their
/// places.
pub fn settle(day: &mut Day, place: Place, execution: Execution) -> Result<(), Skip> {
    if execution
        .customer_id
        .is_some_and(|customer| day.contacted.contains(&customer))
    {
        return Err(Skip::CustomerLimit);
    }
    let tasks = execution.task_for.and_then(|owner| day.tasks.get(&owner));
    if tasks.is_some_and(|tasks| *tasks >= day.max_tasks_of_owner) {
        return Err(Skip::OwnerLimit);
    }
    if day.executed >= day.max_executions {
        return Err(Skip::TenantLimit);
    }
    day.count(execution);
    day.added.push((place, execution));
    Ok(())
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn place(n: usize) -> Place {
        serde_json::from_value(json!({
            "rank": 1, "condition_on": NaiveDate::MIN, "trigger": Uuid::nil(), "subject": Uuid::from_u128(n as u128),
        }))
        .unwrap()
    }

    fn execution(customer: u8, owner: u8) -> Execution {
        let id = |n: u8| (n > 0).then(|| Uuid::from_u128(n.into()));
        Execution {
            customer_id: id(customer),
            task_for: id(owner),
        }
    }

    /// What becomes of these, one after another.
    fn handled(day: &mut Day, all: &[(Place, Execution)]) -> Vec<Result<(), Skip>> {
        all.iter()
            .map(|(place, execution)| settle(day, *place, *execution))
            .collect()
    }

    #[test]
    fn each_limit_is_met_and_the_first_one_is_named() {
        let day = |executed: &[Execution]| Day::new(3, 2, executed.iter().copied());
        let outcome = |executed: &[Execution], next| settle(&mut day(executed), place(0), next);
        let (a, b, stock) = (execution(1, 9), execution(2, 9), execution(0, 9));
        assert_eq!(outcome(&[a], b), Ok(()));
        assert_eq!(outcome(&[a], execution(1, 8)), Err(Skip::CustomerLimit));
        assert_eq!(
            outcome(&[a, stock], b),
            Err(Skip::OwnerLimit),
            "stock has tasks, too"
        );
        assert_eq!(outcome(&[a, stock], execution(2, 8)), Ok(()), "of another owner");
        assert_eq!(outcome(&[a, stock], execution(2, 0)), Ok(()), "without a task");
        let full = [a, stock, execution(3, 8)];
        assert_eq!(outcome(&full, execution(2, 8)), Err(Skip::TenantLimit));
        assert_eq!(outcome(&full, execution(2, 9)), Err(Skip::OwnerLimit));
        assert_eq!(outcome(&full, execution(3, 9)), Err(Skip::CustomerLimit));
        assert_eq!(outcome(&[stock], stock), Ok(()), "stock is no contact");
    }

    proptest! {
        #[test]
        fn slices_and_attempts_that_are_taken_back_make_no_difference(
            before in prop::collection::vec((0..6_u8, 0..4_u8), 0..4),
            all in prop::collection::vec((0..6_u8, 0..4_u8), 0..24),
            ends in prop::collection::vec(0..24_usize, 0..6),
            max in (1..12, 1..5),
        ) {
            let executions = |pairs: &[(u8, u8)]| -> Vec<Execution> {
                pairs.iter().map(|(customer, owner)| execution(*customer, *owner)).collect()
            };
            let (before, all) = (executions(&before), executions(&all));
            let all: Vec<(Place, Execution)> = (0..).map(place).zip(all).collect();
            let mut ends: Vec<usize> = ends.into_iter().map(|end| end.min(all.len())).collect();
            ends.push(all.len());
            ends.sort_unstable();
            let mut day = Day::new(max.0, max.1, before.iter().copied());
            let one_by_one = handled(&mut day.clone(), &all);
            // Each slice is first tried with all that comes after it, and taken back.
            let mut outcomes: Vec<Result<(), Skip>> = Vec::new();
            for end in ends {
                let first = outcomes.len();
                let _attempted = handled(&mut day, &all[first..]);
                day.take_back(place(first));
                outcomes.extend(handled(&mut day, &all[first..end]));
            }
            prop_assert_eq!(&outcomes, &one_by_one);

            // No limit is passed by what the run added.
            let added: Vec<Execution> =
                all.iter().zip(&outcomes).filter(|(_, outcome)| outcome.is_ok()).map(|((_, one), _)| *one).collect();
            let count = |of: &dyn Fn(&Execution) -> bool| before.iter().chain(&added).filter(|one| of(one)).count();
            if !added.is_empty() {
                prop_assert!(count(&|_| true) <= max.0 as usize);
            }
            for one in &added {
                if one.customer_id.is_some() {
                    prop_assert_eq!(count(&|other| other.customer_id == one.customer_id), 1);
                }
                if one.task_for.is_some() {
                    prop_assert!(count(&|other| other.task_for == one.task_for) <= max.1 as usize);
                }
            }
        }
    }
}
