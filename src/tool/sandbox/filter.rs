//! The filter of system calls: what it refuses fails with "Operation not permitted".
//!
//! Sockets cannot be made at all without the network, and with it those of the internet only: through a socket of another
//! program on this machine (D-Bus, Docker, an agent that holds keys) a program would have that one work for it. Connected
//! pairs, which programs use to speak to what they start, stay. `io_uring` goes, as it makes sockets past any filter, and so
//! does what types into a person's terminal or reads the keys that the kernel holds.
//!
//! A program made for another processor mode (32 bits) is ended at its first system call.

use std::collections::BTreeMap;

use libc::c_long;
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition,
    SeccompFilter, SeccompRule, TargetArch,
};

/// Refused whatever the arguments.
const NEVER: &[c_long] = &[
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
];

/// Families of sockets that the network is made of.
const INTERNET: [i32; 3] = [libc::AF_INET, libc::AF_INET6, libc::AF_NETLINK];

/// Types of a pair that could be sent elsewhere later; `SOCK_RAW` is one more name for datagrams here.
const LOOSE: [i32; 2] = [libc::SOCK_DGRAM, libc::SOCK_RAW];

/// Puts text into a terminal as if a person had typed it: `TIOCSTI` and `TIOCLINUX`.
const TYPING: [u64; 2] = [0x5412, 0x541c];

/// The bit of system calls of the x32 mode of `x86_64`, which have the same numbers otherwise,
const X32: c_long = 0x4000_0000;
/// but for this one.
const X32_IOCTL: c_long = 514;

/// Filters the system calls of the calling thread.
pub(super) fn apply(network: bool) -> Result<(), String> {
    let program = program(network)?;
    seccompiler::apply_filter(&program)
        .map_err(|error| format!("this kernel takes no filter of system calls ({error})"))
}

fn program(network: bool) -> Result<BpfProgram, String> {
    let architecture = TargetArch::try_from(std::env::consts::ARCH).map_err(|_| {
        format!(
            "there is no filter of system calls for {}",
            std::env::consts::ARCH
        )
    })?;
    let built = rules(network, architecture == TargetArch::x86_64).and_then(|rules| {
        let refused = SeccompAction::Errno(libc::EPERM.unsigned_abs());
        SeccompFilter::new(rules, SeccompAction::Allow, refused, architecture)?.try_into()
    });
    built.map_err(|error: BackendError| format!("the filter cannot be built ({error})"))
}

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

fn rules(network: bool, x32: bool) -> Result<Rules, BackendError> {
    let mut rules: Rules = NEVER.iter().map(|&call| (call, Vec::new())).collect();
    let mut sockets = Vec::new();
    if network {
        let none_of = INTERNET.map(|family| is_not(0, family));
        sockets.push(SeccompRule::new(
            none_of.into_iter().collect::<Result<_, _>>()?,
        )?);
    }
    rules.insert(libc::SYS_socket, sockets);
    let mut pairs = vec![SeccompRule::new(vec![is_not(0, libc::AF_UNIX)?])?];
    for kind in LOOSE {
        let kind_only = SeccompCmpOp::MaskedEq(0xf);
        pairs.push(SeccompRule::new(vec![condition(1, kind_only, kind)?])?);
    }
    rules.insert(libc::SYS_socketpair, pairs);
    let mut typing = Vec::new();
    for request in TYPING {
        let same = SeccompCondition::new(1, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, request)?;
        typing.push(SeccompRule::new(vec![same])?);
    }
    rules.insert(libc::SYS_ioctl, typing);
    if x32 {
        let number = |call| {
            if call == libc::SYS_ioctl {
                X32_IOCTL
            } else {
                call
            }
        };
        let doubled: Vec<_> = rules
            .iter()
            .map(|(call, rules)| (number(*call) | X32, rules.clone()))
            .collect();
        rules.extend(doubled);
    }
    Ok(rules)
}

fn is_not(argument: u8, value: i32) -> Result<SeccompCondition, BackendError> {
    condition(argument, SeccompCmpOp::Ne, value)
}

fn condition(
    argument: u8,
    operator: SeccompCmpOp,
    value: i32,
) -> Result<SeccompCondition, BackendError> {
    let value = u64::from(value.unsigned_abs());
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operator, value)
}

#[cfg(test)]
mod tests {
    use super::{X32, program, rules};

    #[test]
    fn the_filter_is_built_for_both_and_counts_the_calls_of_the_other_mode() {
        assert!(program(true).is_ok() && program(false).is_ok());
        let all = rules(false, true).unwrap();
        let plain = all.keys().filter(|&call| *call < X32).count();
        assert_eq!(all.len(), plain * 2);
    }
}
