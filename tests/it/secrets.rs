//! Where the password of the database comes from: moto's Secrets Manager, or an endpoint that answers as AWS does
//! where moto does not, and a PostgreSQL that asks for passwords.

use demo::runtime_api::Function;
use serde_json::json;
use tokio::net::TcpSocket;

use crate::{
    log::{checked, error},
    stage::{binary, rule_with_id},
    vault::{Endpoint, JOB, Vault, call, moto},
};

#[tokio::test]
async fn a_secret_is_read_as_rds_and_other_tools_write_it() {
    let vault = Vault::new().await;
    vault.set_password("correct-horse").await;
    let content = vault.content("correct-horse").await;
    vault.create(&content.to_string()).await;
    let port = content["port"].to_string();
    for (id, field, value) in [
        ("1", "port", content["port"].clone()),
        ("2", "port", json!(port)),
        ("3", "host", json!("localhost")),
    ] {
        let mut content = content.clone();
        content[field] = value;
        vault.put(json!({"SecretString": content.to_string()})).await;
        let invocation = vault.function().invoke(&rule_with_id(JOB, id)).await;
        let invocation = checked(JOB, invocation.unwrap());
        assert_eq!(invocation.answer().unwrap()["total"], 10, "{content}");
    }
    vault.drop().await;
}

#[tokio::test]
async fn a_secret_is_asked_for_once_until_it_is_too_old() {
    let vault = Vault::new().await;
    vault.set_password("correct-horse").await;
    vault
        .create(&vault.content("correct-horse").await.to_string())
        .await;
    // A run opens two connections: one to work on, one for its lock.
    for (max_age, asked) in [("300", [1, 1]), ("0", [2, 4])] {
        let endpoint = Endpoint::of_moto().await;
        let function = vault
            .function_at(&endpoint.url)
            .env("SECRET_MAX_AGE_SECONDS", max_age);
        for (nth, asked) in asked.into_iter().enumerate() {
            let id = format!("{max_age} {nth}");
            let invocation = checked(JOB, function.invoke(&rule_with_id(JOB, &id)).await.unwrap());
            assert_eq!(invocation.answer().unwrap()["status"], "succeeded");
            assert_eq!(invocation.cold_start.is_some(), nth == 0);
            assert_eq!(
                endpoint.asked(),
                asked,
                "at most {max_age} s old, invocation {nth}"
            );
        }
    }
    vault.drop().await;
}

#[tokio::test]
async fn a_rotated_password_works_in_the_next_run_without_a_restart() {
    let vault = Vault::new().await;
    vault.set_password("first").await;
    vault.create(&vault.content("first").await.to_string()).await;
    let function = vault.function();
    let cold = checked(JOB, function.invoke(&rule_with_id(JOB, "1")).await.unwrap());
    assert_eq!(cold.answer().unwrap()["status"], "succeeded");

    vault.set_password("second").await;
    let second = vault.content("second").await.to_string();
    vault.put(json!({"SecretString": second})).await;
    let warm = checked(JOB, function.invoke(&rule_with_id(JOB, "2")).await.unwrap());
    assert_eq!(warm.answer().unwrap()["status"], "succeeded");
    assert!(
        warm.cold_start.is_none(),
        "the same process read the secret again"
    );

    // Rotated in the database alone: the secret is as wrong as what is in memory.
    vault.set_password("third").await;
    let refused = checked(JOB, function.invoke(&rule_with_id(JOB, "3")).await.unwrap());
    let (kind, message) = error(&refused);
    assert_eq!(kind, "Failed");
    assert_eq!(
        message,
        "connect to the database: the database refused the login (SQLSTATE 28P01)"
    );
    drop(function);
    vault.drop().await;
}

#[tokio::test]
async fn a_secret_that_is_missing_or_malformed_is_named_and_never_quoted() {
    let vault = Vault::new().await;
    assert_eq!(
        vault.refusal(&moto()).await,
        "ResourceNotFoundException: no secret of that name has a value in the function's account and region"
    );
    vault.create("correct-horse").await;
    let form = "it must be JSON with the texts host, username and password (port and dbname if they differ from 5432 and postgres)";
    let mut port = vault.content("correct-horse").await;
    port["port"] = json!("correct-horse");
    for (content, message) in [
        (json!({"SecretString": "correct-horse"}), form),
        (json!({"SecretString": "{\"password\":\"correct-horse\"}"}), form),
        (json!({"SecretString": "[\"correct-horse\"]"}), form),
        (json!({"SecretString": port.to_string()}), "port must be a number"),
        // correct-horse in base64.
        (
            json!({"SecretBinary": "Y29ycmVjdC1ob3JzZQ=="}),
            "it is binary; store it as text (SecretString)",
        ),
    ] {
        vault.put(content.clone()).await;
        assert_eq!(vault.refusal(&moto()).await, message, "{content}");
    }
    call("DeleteSecret", json!({"SecretId": vault.secret})).await;
    assert_eq!(
        vault.refusal(&moto()).await,
        "InvalidRequestException: it is marked for deletion; restore it"
    );
    vault.drop().await;
}

#[tokio::test]
async fn a_secret_that_is_denied_is_asked_for_once_and_the_missing_permission_named() {
    let vault = Vault::new().await;
    for (code, message, said) in [
        (
            "AccessDeniedException",
            "User: arn:aws:sts::123456789012:assumed-role/zebulon/at-risk-detection is not authorized to perform: \
             secretsmanager:GetSecretValue on resource: nightshift/database",
            "AccessDeniedException: the role needs secretsmanager:GetSecretValue on it, and kms:Decrypt where its key \
             is your own",
        ),
        (
            "DecryptionFailure",
            "Secrets Manager can't decrypt the protected secret text using the provided KMS key.",
            "DecryptionFailure: look whether its KMS key is enabled and the role has kms:Decrypt on it",
        ),
        (
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
            "UnrecognizedClientException",
        ),
    ] {
        let endpoint = Endpoint::refusing(code, message).await;
        assert_eq!(vault.refusal(&endpoint.url).await, said);
        assert_eq!(endpoint.asked(), 1, "{code} does not pass");
    }
    vault.drop().await;
}

#[tokio::test]
async fn secrets_manager_out_of_reach_is_told_with_what_a_vpc_needs() {
    let vault = Vault::new().await;
    // Bound, so that nobody else gets the port, and not listening.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let function = vault.function_at(&format!("http://{}", socket.local_addr().unwrap()));
    let failed = checked(JOB, function.invoke(&rule_with_id(JOB, "1")).await.unwrap());
    let message = format!(
        "read the secret {}: no answer from Secrets Manager in 3 attempts of at most 5 s; a function in a VPC needs a NAT \
         gateway or an interface endpoint for it",
        vault.secret
    );
    assert_eq!(error(&failed), ("Failed", message.as_str()));
    vault.drop().await;
}

#[tokio::test]
async fn a_process_without_credentials_or_a_region_is_told_to_have_them() {
    for variable in ["AWS_ACCESS_KEY_ID", "AWS_REGION"] {
        let function = Function::new(binary(JOB), JOB)
            .env("DATABASE_SECRET_ID", "nightshift/database")
            // Or they would be asked for at an address that is not this machine's.
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_REGION", "eu-central-1")
            .env("AWS_ACCESS_KEY_ID", "testing")
            .env("AWS_SECRET_ACCESS_KEY", "testing")
            .env(variable, "");
        let failed = checked(JOB, function.invoke(&rule_with_id(JOB, "1")).await.unwrap());
        let message = "read the secret nightshift/database: the call could not be made; give the process AWS \
                       credentials and a region";
        assert_eq!(error(&failed), ("Failed", message), "without {variable}");
    }
}
