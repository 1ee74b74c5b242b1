//! A channel that does not work: its messages wait, and the others go.

use super::*;
use crate::command::command;

/// A port that nobody listens on.
async fn nobody() -> String {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    listener.local_addr().unwrap().port().to_string()
}

#[tokio::test]
async fn what_waits_for_a_dead_mail_server_has_not_been_tried() {
    let post = Post::new().await;
    for n in 1..=20 {
        post.email(Some(post.alpha), n).await;
    }
    let webhook = sorted([post.webhook(post.alpha, 21).await]);
    let function = post.function().env("SMTP_PORT", &nobody().await);
    let run = checked(JOB, function.invoke(&rule(JOB)).await.unwrap());
    let report = run.answer().unwrap();
    let closed = report["counters"]["closed"].as_u64().unwrap();
    // Those under way when the first was found closed; the rest of the claim is given back, and no more is claimed.
    assert!((1..=8).contains(&closed), "{report}");
    assert_eq!(report["status"], "succeeded");
    assert_eq!(
        report["counters"],
        counters(&json!({"sent": 1, "closed": closed, "more": report["counters"]["more"]}))
    );
    let waiting = "select count(*) from platform.message where channel = 'email' and status = 'pending' and attempts = 0";
    assert_eq!(post.stage.count(waiting).await, 20);
    assert_eq!(post.got(), webhook);
    assert!(
        run.logs
            .iter()
            .any(|line| line.contains("\"ERROR\"") && line.contains("the mail server could not be reached")),
        "{:?}",
        run.logs
    );
}

#[tokio::test]
async fn a_command_names_the_setting_that_e_mails_lack_and_sends_the_webhooks() {
    for (variables, why) in [
        (
            [
                ("SMTP_PORT", "twenty-five"),
                ("SMTP_FROM", "no-reply@example.com"),
            ],
            "SMTP_PORT",
        ),
        ([("SMTP_PORT", "2525"), ("SMTP_FROM", "")], "SMTP_FROM"),
        (
            [("SMTP_PORT", "2525"), ("SMTP_FROM", "correct-horse")],
            "SMTP_FROM",
        ),
    ] {
        let post = Post::new().await;
        post.email(Some(post.alpha), 1).await;
        let webhook = sorted([post.webhook(post.beta, 2).await]);
        let mut env = vec![
            ("DATABASE_URL", post.stage.url.as_str()),
            ("SMTP_HOST", "127.0.0.1"),
        ];
        env.extend(variables);
        let ended = command(JOB, &env, &["--as-of", AS_OF, "--json"]).await;
        assert_eq!(ended.status, Some(1), "{}", ended.stderr);
        let report: Value = serde_json::from_str(&ended.stdout).unwrap();
        assert_eq!(
            (
                &report["status"],
                &report["total"],
                &report["failed"],
                &report["counters"]
            ),
            (
                &json!("partial"),
                &json!(2),
                &json!(1),
                &counters(&json!({"sent": 1}))
            )
        );
        let error = &report["errors"][0];
        assert_eq!(error["subject"], "channel:email");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(why), "{message}");
        crate::log::private(message);
        assert_eq!(post.got(), webhook);
        assert_eq!(
            post.outbox().await,
            ["alpha message-1 pending 0", "beta message-2 sent 1"]
        );
    }
}
