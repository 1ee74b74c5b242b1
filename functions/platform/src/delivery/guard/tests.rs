use proptest::prelude::*;

use super::*;

/// Answers every name alike.
struct Fixed(Vec<IpAddr>);

impl Lookup for Fixed {
    fn lookup<'a>(&'a self, _: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        Box::pin(async { Ok(self.0.clone()) })
    }
}

fn guard(is_development: bool) -> Guard {
    Guard::new(System, is_development)
}

fn refused(url: &str, is_development: bool) -> Option<&'static str> {
    guard(is_development).url(url).err().map(|refused| refused.0)
}

async fn resolved(addresses: &[&str], is_development: bool) -> Result<Vec<IpAddr>, String> {
    let addresses = addresses.iter().map(|text| text.parse().unwrap()).collect();
    let guard = Guard::new(Fixed(addresses), is_development);
    let found = guard.resolve("hooks.example".parse().unwrap()).await;
    found
        .map(|found| found.map(|address| address.ip()).collect())
        .map_err(|error| error.to_string())
}

#[test]
fn a_public_https_url_is_taken() {
    for url in [
        "https://hooks.example/in?x=1",
        "https://hooks.example:443/",
        "https://hooks.example:8443/",
        "https://hooks.example:1024/",
        "https://93.184.215.14/",
        "https://[2606:4700::6810:84e5]/",
        "https://[::ffff:93.184.215.14]/",
        "https://[64:ff9b::93.184.215.14]/",
    ] {
        assert_eq!(refused(url, false), None, "{url}");
    }
}

#[test]
fn what_a_url_may_not_be_is_named() {
    for (url, why) in [
        ("http://hooks.example/", "its URL is not https"),
        ("ftp://hooks.example/", "its URL is not https"),
        ("file:///etc/passwd", "its URL is not https"),
        ("hooks.example/", "its URL cannot be read"),
        ("https://", "its URL cannot be read"),
        (
            "https://user@hooks.example/",
            "its URL holds a user name or a password",
        ),
        (
            "https://:word@hooks.example/",
            "its URL holds a user name or a password",
        ),
        (
            "https://hooks.example:22/",
            "its URL names a port that is not the web's",
        ),
        (
            "https://hooks.example:80/",
            "its URL names a port that is not the web's",
        ),
        (
            "https://hooks.example:1023/",
            "its URL names a port that is not the web's",
        ),
        (
            "https://hooks.example:0/",
            "its URL names a port that is not the web's",
        ),
    ] {
        assert_eq!(refused(url, false), Some(why), "{url}");
    }
    assert_eq!(refused("http://hooks.example/", true), None, "in development");
    assert_eq!(
        refused("ftp://hooks.example/", true),
        Some("its URL is not https"),
        "nothing else, even there"
    );
}

#[test]
fn an_address_is_seen_in_whatever_form_it_is_written() {
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "127.0.0.1.",
        "%31%32%37.0.0.1",
        "\u{ff11}\u{ff12}\u{ff17}.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "0.0.0.0",
        "0",
        "169.254.169.254",
        "2852039166",
        "0xa9fea9fe",
        "[::ffff:169.254.169.254]",
        "[64:ff9b::169.254.169.254]",
        "[2002:a9fe:a9fe::1]",
        "[::169.254.169.254]",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "[::]",
        "10.0.0.1",
        "100.64.0.1",
    ] {
        let url = format!("https://{host}/");
        assert_eq!(refused(&url, false), Some(NOT_PUBLIC.0), "{url}");
    }
}

#[test]
fn development_has_this_machine_and_nothing_else_of_the_networks_within() {
    for url in [
        "http://127.0.0.1:8080/",
        "http://127.9.9.9/",
        "http://[::1]:8080/",
        "http://[::ffff:127.0.0.1]/",
    ] {
        assert_eq!(refused(url, true), None, "{url}");
    }
    for url in [
        "http://10.0.0.1/",
        "http://169.254.169.254/",
        "http://[fe80::1]/",
        "http://0.0.0.0/",
        "http://[::]/",
    ] {
        assert_eq!(refused(url, true), Some(NOT_PUBLIC.0), "{url}");
    }
}

#[tokio::test]
async fn a_name_is_refused_when_any_of_its_addresses_is_not_public() {
    let public = ["93.184.215.14", "2606:4700::6810:84e5"];
    let found = resolved(&public, false).await.unwrap();
    assert_eq!(found, public.map(|text| text.parse::<IpAddr>().unwrap()));
    for within in [
        "10.0.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "::1",
        "fe80::1",
        "::ffff:10.0.0.1",
    ] {
        for addresses in [vec![within], vec![public[0], within], vec![within, public[0]]] {
            assert_eq!(
                resolved(&addresses, false).await,
                Err(NOT_PUBLIC.to_string()),
                "{addresses:?}"
            );
        }
    }
    assert!(resolved(&["127.0.0.1", "::1"], true).await.is_ok());
    assert!(resolved(&["127.0.0.1", "10.0.0.1"], true).await.is_err());
    assert!(resolved(&[], true).await.is_err(), "no address is no answer");
}

#[test]
fn the_first_and_the_last_address_of_each_network_are_refused_and_their_neighbours_are_not() {
    for (first, last) in [
        ("0.0.0.0", "0.255.255.255"),
        ("10.0.0.0", "10.255.255.255"),
        ("100.64.0.0", "100.127.255.255"),
        ("127.0.0.0", "127.255.255.255"),
        ("169.254.0.0", "169.254.255.255"),
        ("172.16.0.0", "172.31.255.255"),
        ("192.0.0.0", "192.0.0.255"),
        ("192.0.2.0", "192.0.2.255"),
        ("192.88.99.0", "192.88.99.255"),
        ("192.168.0.0", "192.168.255.255"),
        ("198.18.0.0", "198.19.255.255"),
        ("198.51.100.0", "198.51.100.255"),
        ("203.0.113.0", "203.0.113.255"),
        ("224.0.0.0", "255.255.255.255"),
    ] {
        let [first, last]: [Ipv4Addr; 2] = [first, last].map(|text| text.parse().unwrap());
        assert!(!is_public(first.into()) && !is_public(last.into()), "{first}");
        for neighbour in [first.to_bits().checked_sub(1), last.to_bits().checked_add(1)] {
            if let Some(neighbour) = neighbour.map(Ipv4Addr::from_bits) {
                assert!(is_public(neighbour.into()), "{neighbour}");
            }
        }
    }
    for (address, is_open) in [
        ("1fff:ffff::1", false),
        ("2000::1", true),
        ("2001::1", false),
        ("2001:1ff:ffff::", false),
        ("2001:200::1", true),
        ("2001:db8::1", false),
        ("2001:db9::1", true),
        ("2002:5db8:d70e::1", true),
        ("3ffe:ffff::1", true),
        ("3fff::1", false),
        ("3fff:fff:ffff::1", false),
        ("3fff:1000::1", true),
        ("4000::1", false),
        ("64:ff9b:1::5db8:d70e", false),
        ("100::1", false),
        ("fc00::1", false),
        ("fdff:ffff::1", false),
        ("fe80::1", false),
        ("febf:ffff::1", false),
        ("fec0::1", false),
        ("ff02::1", false),
        ("::2", false),
    ] {
        assert_eq!(is_public(address.parse().unwrap()), is_open, "{address}");
    }
}

/// What the standard library calls an address that is not for the public, said in its own words.
fn is_special(address: Ipv4Addr) -> bool {
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_unspecified()
        || address.is_multicast()
        || address.is_broadcast()
        || address.is_documentation()
}

proptest! {
    #[test]
    fn every_address_of_a_refused_network_is_refused_however_it_is_wrapped(
        network in prop::sample::select(REFUSED_V4.to_vec()),
        bits: u32,
    ) {
        let (base, length) = network;
        let address = Ipv4Addr::from_bits(base.to_bits() | (bits & (u32::MAX >> length)));
        prop_assert!(!is_public(address.into()));
        let low = u128::from(address.to_bits());
        for wrapped in [
            address.to_ipv6_mapped(),
            Ipv6Addr::from_bits(low),
            Ipv6Addr::from_bits((0x0064_ff9b << 96) | low),
            Ipv6Addr::from_bits((0x2002 << 112) | (low << 80) | 1),
        ] {
            prop_assert!(!is_public(wrapped.into()), "{wrapped}");
            prop_assert_eq!(refused(&format!("https://[{wrapped}]/"), false), Some(NOT_PUBLIC.0));
        }
        let written = format!("https://{}/", address.to_bits());
        prop_assert_eq!(refused(&written, false), Some(NOT_PUBLIC.0));
    }

    #[test]
    fn what_is_public_is_none_of_what_the_standard_library_knows_as_special(bits: u32, wide: u128) {
        let address = Ipv4Addr::from_bits(bits);
        prop_assert!(!(is_public(address.into()) && is_special(address)));
        let address = Ipv6Addr::from_bits(wide);
        let special = address.is_loopback()
            || address.is_unspecified()
            || address.is_multicast()
            || address.is_unique_local()
            || address.is_unicast_link_local();
        prop_assert!(!(is_public(address.into()) && special));
    }

    #[test]
    fn no_text_makes_the_reader_of_urls_panic(text in ".{0,80}") {
        drop(guard(false).url(&text));
    }
}
