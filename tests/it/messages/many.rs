//! Several senders at once.

use super::*;

/// Messages of both tenants together.
const MESSAGES: u32 = 200;
/// The e-mails that a sender has under way at the same time.
const AT_ONCE: usize = 8;

#[tokio::test]
async fn several_senders_at_once_send_each_message_once() {
    let post = Post::new().await;
    for tenant in [post.alpha, post.beta] {
        for n in 1..=MESSAGES / 2 {
            post.email(Some(tenant), n).await;
        }
    }
    // Under numbers of their own, locks keep no two of them apart.
    let senders: Vec<Function> = (1..=3)
        .map(|n| post.function().env("DELIVER_MESSAGES_LOCK_ID", &n.to_string()))
        .collect();
    post.mail.taking().close();
    let events = ["1", "2", "3"].map(|id| rule_with_id(JOB, id));
    // Each begins when those before it have claimed, and are sending.
    let taking = post.mail.taking();
    let nth = async |n: usize| {
        taking.reached(n * AT_ONCE).await;
        senders[n].invoke(&events[n]).await
    };
    let (first, second, third, ()) = tokio::join!(nth(0), nth(1), nth(2), async {
        taking.reached(3 * AT_ONCE).await;
        taking.open();
    });
    let runs = [first, second, third].map(|run| checked(JOB, run.unwrap()));
    // The one that began last owns the fence. The others send what they have in hand, and claim nothing more.
    let worked = runs.iter().filter(|run| run.answer().is_ok()).count();
    assert_eq!(worked, 1, "{runs:?}");
    for overtaken in runs.iter().filter(|run| run.answer().is_err()) {
        assert!(error(overtaken).1.contains("superseded"), "{overtaken:?}");
    }
    let rest = post.invoke(&rule_with_id(JOB, "rest")).await;
    assert_eq!(rest.answer().unwrap()["status"], "succeeded");

    let got = post.got();
    let written = post
        .stage
        .texts("select id::text from platform.message order by 1")
        .await;
    assert_eq!(got, written, "each once");
    let once = "select count(*) from platform.message where status = 'sent' and attempts = 1";
    assert_eq!(post.stage.count(once).await, i64::from(MESSAGES));
}
