//! The little that xtask must know of PostgreSQL URLs, which sqlx and libpq read alike.

use std::path::Path;

/// The path as a value in a URL's query: what is not plain is percent-encoded byte by byte.
pub fn encoded(path: &Path) -> String {
    let mut text = String::new();
    for &byte in path.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

/// The same server and login, another database.
pub fn with_database(url: &str, database: &str) -> String {
    let (address, query) = match url.split_once('?') {
        Some((address, query)) => (address, format!("?{query}")),
        None => (url, String::new()),
    };
    let host = address.find("://").map_or(0, |at| at + 3);
    let end = address[host..].find('/').map_or(address.len(), |at| host + at);
    format!("{}/{database}{query}", &address[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_folder_survives_any_character() {
        assert_eq!(encoded(Path::new("/tmp/nightshift-0a")), "/tmp/nightshift-0a");
        assert_eq!(encoded(Path::new("/tmp/a b&c%é")), "/tmp/a%20b%26c%25%C3%A9");
    }

    #[test]
    fn replaces_the_database_and_nothing_else() {
        for (url, expected) in [
            (
                "postgres://u:p@h:5/old?host=/tmp/s",
                "postgres://u:p@h:5/new?host=/tmp/s",
            ),
            ("postgres://u@h/old", "postgres://u@h/new"),
            ("postgres://u@h", "postgres://u@h/new"),
            (
                "postgres://u@h?sslmode=require",
                "postgres://u@h/new?sslmode=require",
            ),
        ] {
            assert_eq!(with_database(url, "new"), expected);
        }
    }
}
