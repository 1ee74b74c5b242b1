//! Which goals a report counts, and which it names.

use super::*;

/// An open goal.
fn goal() -> Goal {
    Goal {
        id: Uuid::nil(),
        title: "Thesis".to_owned(),
        is_completed: false,
        is_cancelled: false,
        due_on: None,
        created_at: at("2024-01-02T00:00:00Z"),
        completed_at: None,
        closed_at: at("2300-01-01T00:00:00Z"),
    }
}

fn completed(due_on: Option<&str>, completed_at: &str) -> Goal {
    Goal {
        is_completed: true,
        due_on: due_on.map(date),
        completed_at: Some(at(completed_at)),
        closed_at: at(completed_at),
        ..goal()
    }
}

#[test]
fn goals_are_counted_by_the_month_and_judged_by_their_dates() {
    let cancelled = Goal {
        is_cancelled: true,
        due_on: Some(date("2024-06-12")),
        closed_at: at("2024-06-12T00:00:00Z"),
        ..goal()
    };
    let due = |due_on| Goal {
        due_on: Some(date(due_on)),
        ..goal()
    };
    // Created, completed, open at the end and of these overdue, due, on time.
    for (name, goal, expected) in [
        ("open", goal(), [0, 0, 1, 0, 0, 0]),
        ("due on the last day", due("2024-06-30"), [0, 0, 1, 1, 1, 0]),
        ("due after it", due("2024-07-01"), [0, 0, 1, 0, 0, 0]),
        ("due before it", due("2024-05-31"), [0, 0, 1, 1, 0, 0]),
        ("cancelled", cancelled, [0; 6]),
        (
            "completed",
            completed(None, "2024-06-01T00:00:00Z"),
            [0, 1, 0, 0, 0, 0],
        ),
        (
            "the day after",
            completed(None, "2024-07-01T00:00:00Z"),
            [0, 0, 1, 0, 0, 0],
        ),
        (
            "on time",
            completed(Some("2024-06-10"), "2024-06-10T23:59:59Z"),
            [0, 1, 0, 0, 1, 1],
        ),
        (
            "late",
            completed(Some("2024-06-10"), "2024-06-11T00:00:00Z"),
            [0, 1, 0, 0, 1, 0],
        ),
        (
            "early",
            completed(Some("2024-08-10"), "2024-06-11T00:00:00Z"),
            [0, 1, 0, 0, 1, 1],
        ),
        (
            "due in it, done before",
            completed(Some("2024-06-10"), "2024-05-11T00:00:00Z"),
            [0, 0, 0, 0, 1, 1],
        ),
        (
            "due in it, done after",
            completed(Some("2024-06-20"), "2024-07-01T01:00:00Z"),
            [0, 0, 1, 1, 1, 0],
        ),
        (
            "created",
            Goal {
                created_at: at("2024-06-30T23:59:59Z"),
                ..goal()
            },
            [1, 0, 1, 0, 0, 0],
        ),
        (
            "created after",
            Goal {
                created_at: at("2024-07-01T00:00:00Z"),
                ..goal()
            },
            [0; 6],
        ),
    ] {
        let report = reported(&history(Vec::new(), vec![goal])).unwrap().unwrap();
        let numbers = [
            report.goals_created,
            report.goals_completed,
            report.goals_open_end,
            report.overdue_end,
            report.goals_due,
            report.goals_on_time,
        ];
        assert_eq!(numbers, expected, "{name}");
    }
}

#[test]
fn three_goals_are_named_by_their_focus_and_then_by_id() {
    let of = |id: u128, seconds| Session {
        goal_id: Some(Uuid::from_u128(id)),
        ..session(at("2024-06-03T09:00:00Z"), seconds)
    };
    let goals = [1, 2, 3, 4, 6].map(|id| Goal {
        id: Uuid::from_u128(id),
        ..goal()
    });
    // The fifth has been deleted, the sixth was not worked at.
    let sessions = vec![of(4, 10), of(3, 10), of(1, 5), of(2, 6), of(1, 6), of(5, 100)];
    let report = reported(&history(sessions, goals.to_vec())).unwrap().unwrap();
    let top = report.details.top_goals.iter();
    let top: Vec<(u128, i64)> = top.map(|goal| (goal.goal_id.as_u128(), goal.seconds)).collect();
    assert_eq!(top, [(1, 11), (3, 10), (4, 10)]);
}
