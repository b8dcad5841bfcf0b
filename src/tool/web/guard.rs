//! Which addresses a model may have spoken to: those of the public Internet, and what the person trusts by name.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::domain::sanitize::visible;
use crate::tool::ToolError;

/// Names that are private whatever they resolve to.
const PRIVATE_NAMES: [&str; 8] = [
    "localhost",
    "localhost.localdomain",
    "metadata",
    "metadata.google.internal",
    "instance-data",
    "ip6-localhost",
    "ip6-loopback",
    "host.docker.internal",
];

/// Endings of names that are only known in some network.
const PRIVATE_ENDINGS: [&str; 6] = [
    ".localhost",
    ".local",
    ".internal",
    ".lan",
    ".home.arpa",
    ".intranet",
];

/// The look at each address before it is spoken to.
#[derive(Debug, Clone, Default)]
pub struct Guard {
    trusted: Vec<String>,
}

impl Guard {
    /// A guard that lets these hosts, or hosts with ports, pass whatever they are.
    pub fn new(trusted: Vec<String>) -> Self {
        let trusted = trusted.into_iter().map(|host| host.to_ascii_lowercase());
        Self {
            trusted: trusted.collect(),
        }
    }

    /// Whether the person trusts this host.
    pub fn trusts(&self, host: &str, port: u16) -> bool {
        let host = host.to_ascii_lowercase();
        let whole = format!("{host}:{port}");
        self.trusted
            .iter()
            .any(|known| *known == host || *known == whole)
    }

    /// Refuses names and ports that are never meant.
    ///
    /// # Errors
    /// [`ToolError::Refused`].
    pub fn check_name(&self, host: &str, port: u16) -> Result<(), ToolError> {
        let name = host.trim_end_matches('.').to_ascii_lowercase();
        let private = PRIVATE_NAMES.contains(&name.as_str())
            || PRIVATE_ENDINGS.iter().any(|ending| name.ends_with(ending));
        if private {
            return Err(refused(host));
        }
        // Below 1024 stand services that are no web servers and may be fooled by a request.
        if port < 1024 && !matches!(port, 80 | 443) {
            return Err(ToolError::Refused(format!(
                "port {port} is none of a web server"
            )));
        }
        Ok(())
    }

    /// Refuses addresses of this machine, of private networks, and of services that speak to machines only.
    ///
    /// # Errors
    /// [`ToolError::Refused`].
    pub fn check_address(&self, host: &str, ip: IpAddr) -> Result<(), ToolError> {
        if is_public(ip) {
            Ok(())
        } else {
            Err(refused(host))
        }
    }
}

fn refused(host: &str) -> ToolError {
    ToolError::Refused(format!(
        "`{}` is this machine or in a private network, which is not spoken to; `tools.private_hosts` in the config may name hosts that are",
        visible(host)
    ))
}

/// Whether an address belongs to the public Internet, in whatever form it is written.
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let private = ip.is_unspecified()
        || ip.is_loopback()
        || ip.is_private()
        || ip.is_link_local()
        || ip.is_broadcast()
        || ip.is_documentation()
        || ip.is_multicast();
    let special = a == 0
        || a >= 240
        // Shared by the customers of a provider.
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        // Once the way to IPv6.
        || (a == 192 && b == 88 && c == 99)
        // Measurements.
        || (a == 198 && (18..20).contains(&b));
    !private && !special
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let parts = ip.segments();
    let v4 = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match parts {
        // Mapped and compatible forms stand for an IPv4 address.
        // Or it is translated by a gateway.
        [0, 0, 0, 0, 0, 0xffff, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x2002, high, low, ..] => v4(high, low),
        // Teredo, ORCHID, documentation and what else is set apart.
        [0x2001, second, ..] if second < 0x200 || second == 0xdb8 => false,
        [0x64, 0xff9b, 1, ..] | [0x3fff, ..] => false,
        // All that is public begins with 001.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::{Guard, is_public};

    #[test]
    fn only_public_addresses_are_spoken_to() {
        for ip in [
            "127.0.0.1",
            "127.1.2.3",
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "100.127.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "192.88.99.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2002:a9fe:a9fe::1",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "3fff::1",
            "fec0::1",
            "::ffff:0:127.0.0.1",
        ] {
            assert!(!is_public(ip.parse().expect("an address")), "{ip}");
        }
        for ip in [
            "1.1.1.1",
            "93.184.216.34",
            "172.32.0.1",
            "100.128.0.1",
            "2606:4700::1111",
            "2a00:1450::1",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
        ] {
            assert!(is_public(ip.parse().expect("an address")), "{ip}");
        }
    }

    #[test]
    fn names_and_ports_are_looked_at_too() {
        let guard = Guard::new(vec!["Wiki.lan".to_owned(), "10.0.0.5:8080".to_owned()]);
        for (host, port) in [
            ("localhost", 80),
            ("LOCALHOST.", 80),
            ("printer.local", 80),
            ("metadata.google.internal", 80),
            ("example.org", 22),
            ("example.org", 25),
        ] {
            assert!(guard.check_name(host, port).is_err(), "{host}:{port}");
        }
        for (host, port) in [
            ("example.org", 443),
            ("example.org", 8080),
            ("localhost.example.org", 80),
        ] {
            assert!(guard.check_name(host, port).is_ok(), "{host}:{port}");
        }
        assert!(
            guard.trusts("wiki.LAN", 80)
                && guard.trusts("10.0.0.5", 8080)
                && !guard.trusts("10.0.0.5", 80)
        );
    }
}
