use hyper::StatusCode;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::*;

/// Says all of it at once, and returns what is answered until the other side leaves.
async fn say(port: u16, text: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

fn letter(to: &str) -> String {
    format!(
        "EHLO test\r\nNOOP\r\nMAIL FROM:<no-reply@example.com>\r\nRCPT TO:<{to}>\r\nDATA\r\n\
         Subject: a\r\n folded one\r\n\r\n..dot\r\n.\r\nRSET\r\nHELP\r\nQUIT\r\n"
    )
}

#[tokio::test]
async fn the_mail_server_takes_letters_of_several_connections_and_keeps_them_while_it_is_silent() {
    let server = MailServer::start().await.unwrap();
    server.taking().close();
    let (ann, ben) = (letter("ann@example.com"), letter("ben@example.com"));
    let (to_ann, to_ben, mut mails) = tokio::join!(say(server.port, &ann), say(server.port, &ben), async {
        server.taking().reached(2).await;
        let mails = server.take();
        server.taking().open();
        mails
    });
    let codes: Vec<&str> = to_ann.lines().map(|line| &line[..3]).collect();
    assert_eq!(
        codes,
        [
            "220", "250", "250", "250", "250", "354", "250", "250", "502", "221"
        ]
    );
    assert_eq!(to_ann, to_ben);
    mails.sort_by(|one, other| one.to.cmp(&other.to));
    let of = |to: &str| Mail {
        from: "no-reply@example.com".into(),
        to: to.into(),
        data: "Subject: a\r\n folded one\r\n\r\n.dot\r\n".into(),
    };
    assert_eq!(mails, [of("ann@example.com"), of("ben@example.com")]);
    assert_eq!(mails[0].header("Subject").as_deref(), Some("a folded one"));
    assert_eq!(server.take(), []);
}

#[tokio::test]
async fn the_receiver_of_webhooks_answers_as_it_is_told_and_keeps_requests_while_it_is_silent() {
    let receiver = HookReceiver::start(|hook| match hook.path.as_str() {
        "/gone" => StatusCode::GONE,
        _ => StatusCode::NO_CONTENT,
    })
    .await
    .unwrap();
    receiver.answering().close();
    let post = |path| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nwebhook-id: 7\r\nContent-Length: 2\r\n\r\n{{}}"
        )
    };
    let (here, gone) = (post("/here"), post("/gone"));
    let (here, gone, hooks) = tokio::join!(say(receiver.port, &here), say(receiver.port, &gone), async {
        receiver.answering().reached(2).await;
        let hooks = receiver.take();
        receiver.answering().open();
        hooks
    });
    assert!(here.starts_with("HTTP/1.1 204 "), "{here}");
    assert!(gone.starts_with("HTTP/1.1 410 "), "{gone}");
    let mut paths: Vec<&str> = hooks.iter().map(|hook| hook.path.as_str()).collect();
    paths.sort_unstable();
    assert_eq!(paths, ["/gone", "/here"]);
    assert_eq!(
        (hooks[0].header("webhook-id"), hooks[0].body.as_str()),
        (Some("7"), "{}")
    );
}
