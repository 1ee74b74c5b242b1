use super::*;

const FROM: (&str, &str) = ("SMTP_FROM", "Nightshift <no-reply@example.com>");

fn read(variables: &[(&str, &str)], secret: Option<&str>) -> Result<Option<SmtpSettings>, String> {
    let of = |name: &str| {
        let found = variables.iter().find(|(variable, _)| *variable == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    SmtpSettings::from_variables(AppEnv::Production, &Variables::new(&of), secret)
        .map_err(|error| error.to_string())
}

fn given(variables: &[(&str, &str)], secret: Option<&str>) -> SmtpSettings {
    read(variables, secret).unwrap().unwrap()
}

fn refused(variables: &[(&str, &str)], secret: Option<&str>) -> String {
    let error = read(variables, secret).err().unwrap();
    assert!(
        !error.contains("correct-horse") && !error.contains("hidden"),
        "{error}"
    );
    error
}

#[test]
fn a_server_comes_from_variables_or_from_a_secret_and_not_from_both() {
    let login = Some(("hidden".to_owned(), "correct-horse".to_owned()));
    let variables = [
        ("SMTP_HOST", " mail.example.com "),
        ("SMTP_PORT", "2525"),
        ("SMTP_USER", "hidden"),
        ("SMTP_PASS", "correct-horse"),
        FROM,
    ];
    let secret =
        r#"{"host": "mail.example.com", "port": 2525, "username": "hidden", "password": "correct-horse"}"#;
    for settings in [given(&variables, None), given(&[FROM], Some(secret))] {
        assert_eq!(
            (settings.host.as_str(), settings.port),
            ("mail.example.com", 2525)
        );
        assert_eq!((settings.security, &settings.login), (Security::StartTls, &login));
        assert_eq!(settings.from.to_string(), "Nightshift <no-reply@example.com>");
        assert!(!settings.is_development);
    }
    let both = "SMTP_SECRET_ID and SMTP_HOST are both set: unset the one that is not meant";
    assert_eq!(refused(&variables, Some(secret)), both);
    assert!(read(&[FROM], None).unwrap().is_none(), "no server, no e-mail");
    let sender = r#"{"host": "m", "port": "25", "from": "a@b.example"}"#;
    let settings = given(&[], Some(sender));
    assert_eq!((settings.port, settings.from.email.domain()), (25, "b.example"));
    let settings = given(&[FROM], Some(sender));
    assert_eq!(
        settings.from.email.domain(),
        "example.com",
        "the variable has the last word"
    );
}

#[test]
fn what_is_malformed_is_named_and_not_quoted() {
    let host = ("SMTP_HOST", "mail.example.com");
    for (variables, why) in [
        (vec![host], "SMTP_FROM is not set"),
        (
            vec![host, FROM, ("SMTP_USER", "hidden")],
            "the mail server's user name and password must be given both or neither",
        ),
        (
            vec![host, FROM, ("SMTP_PASS", "correct-horse")],
            "the mail server's user name and password must be given both or neither",
        ),
        (
            vec![host, FROM, ("SMTP_PORT", "0")],
            "SMTP_PORT must be a whole number from 1 to 65535",
        ),
    ] {
        assert_eq!(refused(&variables, None), why);
    }
    let malformed = "SMTP_FROM must be an address such as Nightshift <no-reply@example.com>";
    for from in [
        "hidden",
        "a@b@hidden",
        "hidden <>",
        "hidden\r\nBcc: x <a@b.example>",
        "a@[127.0.0.1]",
        "\u{fc}@b.example",
    ] {
        assert_eq!(refused(&[host, ("SMTP_FROM", from)], None), malformed, "{from}");
    }
    for (secret, why) in [
        ("correct-horse", "the secret SMTP_SECRET_ID must be a JSON object"),
        ("[]", "the secret SMTP_SECRET_ID must be a JSON object"),
        (
            r#"{"password": "correct-horse"}"#,
            "the secret SMTP_SECRET_ID has no host",
        ),
        (r#"{"host": " "}"#, "the secret SMTP_SECRET_ID has no host"),
        (
            r#"{"host": "m", "port": 70000}"#,
            "port in the secret SMTP_SECRET_ID must be a whole number from 1 to 65535",
        ),
        (
            r#"{"host": "m", "port": "0"}"#,
            "port in the secret SMTP_SECRET_ID must be a whole number from 1 to 65535",
        ),
    ] {
        assert_eq!(refused(&[FROM], Some(secret)), why);
    }
    let error = refused(&[host, FROM, ("SMTP_CA_FILE", "/nowhere/ca.pem")], None);
    assert_eq!(error, "read SMTP_CA_FILE /nowhere/ca.pem");
}

#[test]
fn only_a_server_on_this_machine_is_spoken_to_in_clear() {
    for (host, port, expected) in [
        ("mail.example.com", 587, Security::StartTls),
        ("mail.example.com", 25, Security::StartTls),
        ("mail.example.com", 465, Security::Tls),
        ("localhost", 465, Security::Tls),
        ("localhost", 1025, Security::Plain),
        ("LOCALHOST", 1025, Security::Plain),
        ("127.0.0.1", 25, Security::Plain),
        ("127.8.9.10", 587, Security::Plain),
        ("::1", 587, Security::Plain),
        ("128.0.0.1", 587, Security::StartTls),
        ("10.0.0.1", 25, Security::StartTls),
        ("127.0.0.1.example.com", 587, Security::StartTls),
        ("localhost.example.com", 587, Security::StartTls),
        ("::2", 587, Security::StartTls),
    ] {
        assert_eq!(security(host, port), expected, "{host} {port}");
    }
}
