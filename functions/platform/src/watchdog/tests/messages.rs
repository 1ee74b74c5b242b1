//! What the outbox says.

use serde_json::{Value, json};

use super::*;

/// Makes a message of a tenant, or of the operator, that was written an hour before the first look.
async fn message(world: &mut World, tenant: Option<uuid::Uuid>, other: Value) {
    world.runs += 1;
    let mut message = json!({
        "id": uuid::Uuid::now_v7(), "tenant_id": tenant, "job": "weekly-report", "channel": "email", "dedupe_key": format!("message-{}", world.runs),
        "target": "somebody@example.org", "status": "sent", "created_at": minutes(-60),
    });
    message
        .as_object_mut()
        .unwrap()
        .extend(other.as_object().unwrap().clone());
    insert(&mut world.admin, "platform.message", &message).await;
}

async fn health(world: &World, at: DateTime<Utc>) -> (i64, i64) {
    let mut connection = world.connect().await;
    let mut tx = connection.begin().await.unwrap();
    let messages = observed::messages(&mut tx, at).await.unwrap();
    tx.rollback().await.unwrap();
    (messages.failed, messages.waiting)
}

#[tokio::test]
async fn failed_messages_are_told_of_for_an_hour() {
    let mut world = World::new().await;
    let gym = world.db.tenant("coaching", "alpha", "UTC").await;
    message(
        &mut world,
        Some(gym),
        json!({"status": "failed", "failed_at": minutes(-52)}),
    )
    .await;
    world
        .comes_and_goes(
            "deliver-messages",
            Rule::MessagesFailed,
            "1 message failed in the last hour",
            async |_| {},
        )
        .await;
}

#[tokio::test]
async fn waiting_messages_are_told_of_until_they_are_sent() {
    let mut world = World::new().await;
    let gym = world.db.tenant("coaching", "alpha", "UTC").await;
    message(&mut world, Some(gym), json!({"status": "pending"})).await;
    let told = "1 message waited to be sent for more than 30 minutes";
    world
        .comes_and_goes("deliver-messages", Rule::MessagesWaiting, told, async |world| {
            execute(&mut world.admin, "update platform.message set status = 'sent'").await;
        })
        .await;
}

#[tokio::test]
async fn a_message_counts_by_when_it_was_due_and_when_it_failed() {
    for (message_is, expected) in [
        (json!({"status": "failed", "failed_at": minutes(0)}), (1, 0)),
        (json!({"status": "failed", "failed_at": minutes(-59)}), (1, 0)),
        (json!({"status": "failed", "failed_at": minutes(-60)}), (0, 0)),
        (json!({"status": "failed", "failed_at": minutes(1)}), (0, 0)),
        (json!({"status": "pending"}), (0, 1)),
        (
            json!({"status": "sending", "next_attempt_at": minutes(5)}),
            (0, 1),
        ),
        (
            json!({"status": "pending", "next_attempt_at": minutes(8), "attempts": 4}),
            (0, 1),
        ),
        (json!({"status": "pending", "created_at": minutes(-31)}), (0, 1)),
        (json!({"status": "pending", "created_at": minutes(-30)}), (0, 0)),
        (json!({"status": "pending", "not_before": minutes(-31)}), (0, 1)),
        (json!({"status": "pending", "not_before": minutes(-30)}), (0, 0)),
        (json!({"status": "pending", "not_before": minutes(600)}), (0, 0)),
        (
            json!({"status": "pending", "not_before": minutes(-90), "created_at": minutes(-20)}),
            (0, 0),
        ),
        (json!({"status": "sent"}), (0, 0)),
        (json!({"status": "suppressed"}), (0, 0)),
        (json!({"status": "expired"}), (0, 0)),
    ] {
        let mut world = World::new().await;
        let gym = world.db.tenant("coaching", "alpha", "UTC").await;
        message(&mut world, Some(gym), message_is.clone()).await;
        assert_eq!(health(&world, at(NOW)).await, expected, "{message_is}");
    }
}

#[tokio::test]
async fn messages_of_every_tenant_and_the_operators_own_count_but_not_of_the_suspended() {
    let mut world = World::new().await;
    let gym = world.db.tenant("coaching", "alpha", "UTC").await;
    let shop = world.db.tenant("booking", "beta", "UTC").await;
    let gone = world.db.tenant("sales", "gone", "UTC").await;
    execute(
        &mut world.admin,
        "update platform.tenant set suspended_at = '2026-01-01T00:00:00Z' where slug = 'gone'",
    )
    .await;
    for tenant in [Some(gym), Some(gym), Some(shop), Some(gone), None] {
        message(&mut world, tenant, json!({"status": "pending"})).await;
        message(
            &mut world,
            tenant,
            json!({"status": "failed", "failed_at": minutes(-1)}),
        )
        .await;
    }
    assert_eq!(health(&world, at(NOW)).await, (4, 4));
}

#[tokio::test]
async fn at_most_a_thousand_of_a_tenant_are_counted() {
    let mut world = World::new().await;
    let gym = world.db.tenant("coaching", "alpha", "UTC").await;
    let many = format!(
        "insert into platform.message (tenant_id, job, channel, dedupe_key, target, created_at)
         select '{gym}', 'x', 'email', n::text, 'x@example.org', '{}' from generate_series(1, 1001) n",
        minutes(-60)
    );
    execute(&mut world.admin, &many).await;
    assert_eq!(health(&world, at(NOW)).await, (0, 1000));
    world.look(0).await;
    assert_eq!(
        world.alerts().await[0]["message"],
        "at least 1000 messages waited to be sent for more than 30 minutes"
    );
}

#[tokio::test]
async fn counting_leaves_no_tenant_behind_and_needs_none_before() {
    let mut world = World::new().await;
    let gym = world.db.tenant("coaching", "alpha", "UTC").await;
    message(&mut world, Some(gym), json!({"status": "pending"})).await;
    let mut connection = world.connect().await;
    let mut tx = connection.begin().await.unwrap();
    let setting = "select coalesce(current_setting('app.tenant_id', true), '') as tenant, (select count(*) from platform.message) as seen";
    assert_eq!(one(&mut tx, setting).await, json!({"tenant": "", "seen": 0}));
    observed::messages(&mut tx, at(NOW)).await.unwrap();
    assert_eq!(
        one(&mut tx, setting).await,
        json!({"tenant": "", "seen": 0}),
        "no tenant's rows are seen"
    );
    execute(
        &mut tx,
        &format!("select set_config('app.tenant_id', '{gym}', true)"),
    )
    .await;
    observed::messages(&mut tx, at(NOW)).await.unwrap();
    assert_eq!(
        one(&mut tx, setting).await,
        json!({"tenant": gym, "seen": 1}),
        "who had one keeps it"
    );
    tx.rollback().await.unwrap();
}

#[tokio::test]
async fn messages_of_every_channel_that_there_is_count() {
    let mut world = World::new().await;
    let gym = world.db.tenant("coaching", "alpha", "UTC").await;
    let channels = r"select (regexp_matches(pg_get_constraintdef(c.oid), '''(\w+)''', 'g'))[1] as channel
                     from pg_constraint c where c.conname = 'message_channel_check'";
    let channels = all(&mut world.admin, channels).await;
    assert!(channels.len() >= 3, "{channels:?}");
    for tenant in [Some(gym), None] {
        for channel in &channels {
            let pending = json!({"status": "pending", "channel": channel["channel"]});
            message(&mut world, tenant, pending).await;
        }
    }
    assert_eq!(health(&world, at(NOW)).await, (0, 2 * channels.len() as i64));
}
