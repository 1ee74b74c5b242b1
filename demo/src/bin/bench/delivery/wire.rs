//! The floor of sending: letters that are written already, over as many connections, and nothing else.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use demo::receivers::Mail;
use futures_util::future::try_join_all;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

/// As many as the channel opens.
pub const CONNECTIONS: usize = 8;

/// Sends the letters and returns how long it took, in seconds.
pub async fn send(port: u16, letters: &[Mail]) -> Result<f64> {
    let begun = Instant::now();
    let shares = letters.chunks(letters.len().div_ceil(CONNECTIONS).max(1));
    try_join_all(shares.map(|share| one_after_the_other(port, share))).await?;
    Ok(begun.elapsed().as_secs_f64())
}

async fn one_after_the_other(port: u16, letters: &[Mail]) -> Result<()> {
    let client = TcpStream::connect(("127.0.0.1", port))
        .await
        .context("connect to the mail server")?;
    client.set_nodelay(true).context("set up the connection")?;
    let mut stream = BufReader::new(client);
    answer(&mut stream, "220").await?;
    say(&mut stream, "EHLO example.com\r\n", "250").await?;
    for (number, letter) in letters.iter().enumerate() {
        if number > 0 {
            say(&mut stream, "RSET\r\n", "250").await?;
        }
        say(&mut stream, &format!("MAIL FROM:<{}>\r\n", letter.from), "250").await?;
        say(&mut stream, &format!("RCPT TO:<{}>\r\n", letter.to), "250").await?;
        say(&mut stream, "DATA\r\n", "354").await?;
        let text = letter.data.replace("\r\n.", "\r\n..");
        say(&mut stream, &format!("{text}.\r\n"), "250").await?;
    }
    say(&mut stream, "QUIT\r\n", "221").await
}

async fn say(stream: &mut BufReader<TcpStream>, text: &str, code: &str) -> Result<()> {
    let written = stream.get_mut().write_all(text.as_bytes()).await;
    written.context("speak to the mail server")?;
    answer(stream, code).await
}

async fn answer(stream: &mut BufReader<TcpStream>, code: &str) -> Result<()> {
    let mut line = String::new();
    let read = stream.read_line(&mut line).await;
    read.context("hear the mail server")?;
    ensure!(
        line.starts_with(code),
        "the mail server says {line} instead of {code}"
    );
    Ok(())
}
