//! Each rule with its near-misses: rows that differ in one respect.

mod properties;

use super::{super::observed::Stuck, *};

fn now() -> DateTime<Utc> {
    "2026-02-03T10:00:00Z".parse().unwrap()
}

const WELL: Finished = Finished {
    ended: Ended::Well,
    duration_ms: Some(4_000),
    total: 100,
    failed: 0,
};
const FAILED: Finished = Finished {
    ended: Ended::Failed,
    ..WELL
};
const INCOMPLETE: Finished = Finished {
    ended: Ended::Incomplete,
    ..WELL
};

fn took(duration_ms: i64) -> Finished {
    Finished {
        duration_ms: Some(duration_ms),
        ..WELL
    }
}

fn of(total: i64, failed: i64) -> Finished {
    Finished {
        total,
        failed,
        ..WELL
    }
}

fn job(finished: &[Finished]) -> Observed {
    Observed {
        job: "commitment-scores".into(),
        finished: finished.to_vec(),
        ..Observed::default()
    }
}

fn verdict(job: &Observed, rule: Rule) -> Verdict {
    let finding = judge(job, now()).into_iter().find(|finding| finding.rule == rule);
    finding.unwrap().verdict
}

fn bad(sentence: &str) -> Verdict {
    Verdict::Bad(sentence.to_owned())
}

#[test]
fn a_job_fails_when_its_last_two_runs_failed() {
    for (finished, expected) in [
        (&[FAILED, FAILED, WELL][..], bad("the last 2 runs failed")),
        (&[FAILED, FAILED, FAILED], bad("the last 3 runs failed")),
        (&[FAILED; 50], bad("the last at least 50 runs failed")),
        (&[FAILED, WELL, FAILED], Verdict::Good),
        (&[WELL, FAILED, FAILED], Verdict::Good),
        (&[INCOMPLETE, FAILED, FAILED], Verdict::Good),
        (&[FAILED], Verdict::Good),
        (&[], Verdict::Good),
    ] {
        assert_eq!(verdict(&job(finished), Rule::Failing), expected, "{finished:?}");
    }
}

#[test]
fn a_run_is_slow_past_three_times_the_median_of_its_successes_and_ten_seconds() {
    let before = |run: Finished| [vec![run], vec![WELL; 20]].concat();
    let slow =
        "the last run took 12.0 s, more than 3 times the median of 4.0 s of the 20 successes before it";
    assert_eq!(verdict(&job(&before(took(12_001))), Rule::Slow), bad(slow));
    assert_eq!(
        verdict(&job(&before(took(12_000))), Rule::Slow),
        Verdict::Good,
        "three times"
    );
    let quick = [vec![took(10_000)], vec![took(100); 20]].concat();
    assert_eq!(verdict(&job(&quick), Rule::Slow), Verdict::Good, "10 s");
    let quick = [vec![took(10_001)], vec![took(100); 20]].concat();
    assert!(matches!(verdict(&job(&quick), Rule::Slow), Verdict::Bad(_)));
    // Between two: 4 s and 6 s have the median 5 s.
    let even = [vec![took(15_001)], vec![took(4_000); 10], vec![took(6_000); 10]].concat();
    assert!(matches!(verdict(&job(&even), Rule::Slow), Verdict::Bad(_)));
    let even = [vec![took(15_000)], vec![took(4_000); 10], vec![took(6_000); 10]].concat();
    assert_eq!(verdict(&job(&even), Rule::Slow), Verdict::Good);
    // The 21st success and failed runs do not count.
    let old = [
        vec![took(12_001)],
        vec![FAILED; 9],
        vec![WELL; 20],
        vec![took(90_000); 20],
    ]
    .concat();
    assert!(matches!(verdict(&job(&old), Rule::Slow), Verdict::Bad(_)));
    assert_eq!(
        verdict(&job(&[took(99_000)]), Rule::Slow),
        Verdict::Unknown,
        "its first run"
    );
    let unknown = Finished {
        duration_ms: None,
        ..FAILED
    };
    assert_eq!(
        verdict(&job(&before(unknown)), Rule::Slow),
        Verdict::Unknown,
        "closed by another"
    );
}

#[test]
fn failed_subjects_are_told_of_past_ten_percent_of_at_least_twenty() {
    for (run, expected) in [
        (
            of(20, 3),
            bad("3 of 20 subjects failed in the last run, more than 10 %"),
        ),
        (of(20, 2), Verdict::Good),
        (of(19, 19), Verdict::Good),
        (
            of(1000, 101),
            bad("101 of 1000 subjects failed in the last run, more than 10 %"),
        ),
        (of(1000, 100), Verdict::Good),
        (of(0, 0), Verdict::Good),
    ] {
        assert_eq!(
            verdict(&job(&[run, of(20, 20)]), Rule::FailedSubjects),
            expected,
            "{run:?}"
        );
    }
    assert_eq!(verdict(&job(&[]), Rule::FailedSubjects), Verdict::Unknown);
}

#[test]
fn no_subjects_are_told_of_where_the_seven_runs_before_had_some() {
    let before = |run: Finished, totals: &[i64]| {
        let totals = totals.iter().map(|total| of(*total, 0));
        job(&[vec![run], totals.collect()].concat())
    };
    let told = bad("the last run had no subjects; the median of the 7 runs before it is 5");
    let seven = [5, 0, 5, 0, 5, 0, 5];
    for (observed, expected) in [
        (before(of(0, 0), &seven), told),
        (before(of(1, 0), &seven), Verdict::Good),
        (before(of(0, 0), &[0, 5, 0, 5, 0, 5, 0]), Verdict::Good),
        (before(of(0, 0), &[0, 0, 0, 0, 5, 5, 5, 5, 5]), Verdict::Good),
        (
            before(of(0, 0), &[0, 1]),
            bad("the last run had no subjects; the median of the 2 runs before it is 0.5"),
        ),
        (before(of(0, 0), &[]), Verdict::Good),
        // It stopped before it had read anybody.
        (before(Finished { total: 0, ..FAILED }, &seven), Verdict::Unknown),
        (
            Observed {
                may_be_empty: true,
                ..before(of(0, 0), &seven)
            },
            Verdict::Good,
        ),
    ] {
        assert_eq!(verdict(&observed, Rule::NoSubjects), expected, "{observed:?}");
    }
}

#[test]
fn a_run_that_is_owed_and_did_not_come_is_missing() {
    let missing = Observed {
        expected: Some("2026-02-03T09:30:00Z".parse().unwrap()),
        ..job(&[])
    };
    assert_eq!(
        verdict(&missing, Rule::Missing),
        bad("the run of 2026-02-03T09:30:00Z did not come within 15 minutes")
    );
    for observed in [
        Observed {
            came: true,
            ..missing.clone()
        },
        Observed {
            expected: None,
            ..missing.clone()
        },
        Observed {
            is_paused: true,
            ..missing.clone()
        },
    ] {
        assert_eq!(verdict(&observed, Rule::Missing), Verdict::Good, "{observed:?}");
    }
}

#[test]
fn a_stuck_run_is_told_of_until_another_ends_well_or_a_day_is_over() {
    let run = |attempt, dry_run| Stuck { attempt, dry_run };
    let found = |stuck: &[Stuck]| Observed {
        stuck: stuck.to_vec(),
        ..job(&[])
    };
    let since = |hours, ended_well| Observed {
        stuck_since: Some(now() - TimeDelta::hours(hours)),
        ended_well,
        ..job(&[])
    };
    for (observed, expected) in [
        (
            found(&[run(1, false)]),
            bad("1 run gave no sign of life for 15 minutes and was marked failed"),
        ),
        (
            found(&[run(3, false), run(1, false), run(3, true)]),
            bad(
                "3 runs gave no sign of life for 15 minutes and were marked failed; of 1 it was attempt 3, which is the last",
            ),
        ),
        (since(1, false), Verdict::Unknown),
        (since(1, true), Verdict::Good),
        (since(24, false), Verdict::Good),
        (job(&[]), Verdict::Good),
    ] {
        assert_eq!(verdict(&observed, Rule::Stuck), expected, "{observed:?}");
    }
}

#[test]
fn of_a_paused_job_nothing_new_is_said() {
    let paused = Observed {
        is_paused: true,
        stuck: vec![Stuck {
            attempt: 1,
            dry_run: false,
        }],
        ..job(&[Finished { total: 0, ..FAILED }, FAILED])
    };
    for finding in judge(&paused, now()) {
        let expected = match finding.rule {
            Rule::Missing => Verdict::Good,
            _ => Verdict::Unknown,
        };
        assert_eq!(finding.verdict, expected, "{:?}", finding.rule);
    }
}

#[test]
fn messages_are_told_of_from_the_first_on() {
    let said = |failed, waiting| {
        judge_messages("deliver-messages", Messages { failed, waiting }).map(|finding| finding.verdict)
    };
    assert_eq!(said(0, 0), [Verdict::Good, Verdict::Good]);
    assert_eq!(
        said(1, 0),
        [bad("1 message failed in the last hour"), Verdict::Good]
    );
    assert_eq!(
        said(0, 1000),
        [
            Verdict::Good,
            bad("at least 1000 messages waited to be sent for more than 30 minutes")
        ]
    );
}
