//! Where a tenant's URL may lead: to public addresses, and to nothing that only this machine or its network can reach
//! (server-side request forgery).
//!
//! The client connects to the addresses that were looked at, and to no others: [`Guard`] is what it resolves names with.
//! So a name that answers differently the second time has nothing to gain.

use std::{
    error::Error,
    fmt, io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use futures_util::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// The lowest port that a URL may name, but for those of the web itself: the ones below are where mail, shells, names
/// and directories are served.
const PORT_MIN: u16 = 1024;

/// Networks that are nobody's on the public internet: the IPv4 special-purpose registry of IANA (RFC 6890).
const REFUSED_V4: [(Ipv4Addr, u32); 15] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),       // this network, unspecified
    (Ipv4Addr::new(10, 0, 0, 0), 8),      // private
    (Ipv4Addr::new(100, 64, 0, 0), 10),   // shared with a carrier's customers
    (Ipv4Addr::new(127, 0, 0, 0), 8),     // loopback
    (Ipv4Addr::new(169, 254, 0, 0), 16),  // link-local, with the metadata of clouds
    (Ipv4Addr::new(172, 16, 0, 0), 12),   // private
    (Ipv4Addr::new(192, 0, 0, 0), 24),    // protocol assignments
    (Ipv4Addr::new(192, 0, 2, 0), 24),    // documentation
    (Ipv4Addr::new(192, 88, 99, 0), 24),  // relays of 6to4
    (Ipv4Addr::new(192, 168, 0, 0), 16),  // private
    (Ipv4Addr::new(198, 18, 0, 0), 15),   // benchmarking
    (Ipv4Addr::new(198, 51, 100, 0), 24), // documentation
    (Ipv4Addr::new(203, 0, 113, 0), 24),  // documentation
    (Ipv4Addr::new(224, 0, 0, 0), 4),     // multicast
    (Ipv4Addr::new(240, 0, 0, 0), 4),     // reserved, broadcast
];

/// Where IPv6 is global unicast (RFC 4291). What lies outside is loopback, private (fc00::/7), link-local (fe80::/10),
/// multicast, or nobody's.
const GLOBAL_V6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);
/// What is set apart inside of that.
const REFUSED_V6: [(Ipv6Addr, u32); 3] = [
    // Protocol assignments: Teredo, benchmarking, ORCHID.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    // Documentation.
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Where an IPv6 address is another way to write an IPv4 one, and how many bits stand before that: mapped
/// (RFC 4291), NAT64 (RFC 6052) and 6to4 (RFC 3056).
const EMBEDDED_V4: [(Ipv6Addr, u32, u32); 3] = [
    (Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96, 96),
    (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96, 96),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16, 16),
];

/// Finds the addresses of a name.
pub trait Lookup: Send + Sync {
    fn lookup<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>>;
}

/// The machine's own resolver.
pub struct System;

impl Lookup for System {
    fn lookup<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// Says which URLs and addresses may be spoken to.
#[derive(Clone)]
pub struct Guard {
    lookup: Arc<dyn Lookup>,
    is_development: bool,
}

/// Why a URL is not spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused(pub &'static str);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for Refused {}

/// The answer to a name of which any address is not public.
const NOT_PUBLIC: Refused = Refused("its URL leads to an address that is not public");

impl Guard {
    /// Development has loopback addresses and `http` as well.
    pub fn new(lookup: impl Lookup + 'static, is_development: bool) -> Self {
        Self {
            lookup: Arc::new(lookup),
            is_development,
        }
    }

    /// Reads a URL. An address in it is looked at here, in whatever form it is written; a name is when it is resolved.
    ///
    /// # Errors
    /// What stands against it.
    pub fn url(&self, text: &str) -> Result<Url, Refused> {
        let url = Url::parse(text).map_err(|_| Refused("its URL cannot be read"))?;
        match url.scheme() {
            "https" => (),
            "http" if self.is_development => (),
            _ => return Err(Refused("its URL is not https")),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refused("its URL holds a user name or a password"));
        }
        // None is the scheme's own.
        if url.port().is_some_and(|port| port < PORT_MIN) {
            return Err(Refused("its URL names a port that is not the web's"));
        }
        let literal = match url.host() {
            None => return Err(Refused("its URL names no host")),
            Some(Host::Domain(_)) => None,
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        };
        match literal.is_none_or(|address| self.allows(address)) {
            true => Ok(url),
            false => Err(NOT_PUBLIC),
        }
    }

    /// Whether an address may be spoken to.
    fn allows(&self, address: IpAddr) -> bool {
        is_public(address) || (self.is_development && address.to_canonical().is_loopback())
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let found = guard.lookup.lookup(name.as_str()).await?;
            if found.is_empty() {
                return Err(io::Error::from(io::ErrorKind::NotFound).into());
            }
            // One that is not public spoils them all: whoever mixes them means to have it tried.
            if !found.iter().all(|address| guard.allows(*address)) {
                return Err(NOT_PUBLIC.into());
            }
            // Port 0 is the URL's.
            let found = found.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(found) as Addrs)
        })
    }
}

/// Whether a URL leads to this machine.
pub(super) fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether anyone on the internet could be meant by an address.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !REFUSED_V4.iter().any(|network| within_v4(address, *network)),
        IpAddr::V6(address) => match embedded(address) {
            Some(address) => is_public(IpAddr::V4(address)),
            None => {
                within_v6(address, GLOBAL_V6)
                    && !REFUSED_V6.iter().any(|network| within_v6(address, *network))
            }
        },
    }
}

/// The IPv4 address that an IPv6 one is another way to write.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let (_, _, before) = EMBEDDED_V4
        .iter()
        .find(|(network, bits, _)| within_v6(address, (*network, *bits)))?;
    let shifted = address.to_bits() >> (u128::BITS - u32::BITS - before);
    // The low 32 bits are what is left of it.
    u32::try_from(shifted & u128::from(u32::MAX))
        .ok()
        .map(Ipv4Addr::from_bits)
}

fn within_v4(address: Ipv4Addr, (network, bits): (Ipv4Addr, u32)) -> bool {
    (address.to_bits() ^ network.to_bits()) >> (u32::BITS - bits) == 0
}

fn within_v6(address: Ipv6Addr, (network, bits): (Ipv6Addr, u32)) -> bool {
    (address.to_bits() ^ network.to_bits()) >> (u128::BITS - bits) == 0
}

#[cfg(test)]
mod tests;
