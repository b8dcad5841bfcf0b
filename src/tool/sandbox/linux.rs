//! Linux: Landlock for files and signals, seccomp for the network, and of root's powers those over files alone. All bind a
//! thread and what it starts, and none can be taken off again.

use std::thread;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, LandlockStatus, PathBeneath, RestrictionStatus,
    Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
};
use rustix::fs::{Mode, OFlags};
use rustix::thread::{
    CapabilitySet, CapabilitySets, capabilities, set_capabilities, set_no_new_privs,
};

use super::folders::{Grant, Right};
use super::{Offer, filter};

/// The newest interface that is asked for; a kernel that has less does less, and [`offer`] says which it has.
const NEWEST: ABI = ABI::V6;

/// What is left of root's powers: those that unpacking and installing files take. Any other would reach past Landlock, to
/// the memory of other programs or the kernel itself.
const POWERS: CapabilitySet = CapabilitySet::CHOWN
    .union(CapabilitySet::DAC_OVERRIDE)
    .union(CapabilitySet::FOWNER)
    .union(CapabilitySet::FSETID)
    .union(CapabilitySet::SETGID)
    .union(CapabilitySet::SETUID);

/// Tries both on a thread that ends at once.
pub(super) fn offer() -> Offer {
    let tried = thread::spawn(|| {
        let files = restrict(&[], false).map_err(|error| error.to_string());
        let network = filter::apply(false);
        (files, network)
    });
    let failed = |reason: &str| (Err(reason.to_owned()), Err(reason.to_owned()));
    let (files, network) = tried
        .join()
        .unwrap_or_else(|_| failed("it could not be tried"));
    let (files, no_files) = match files {
        Ok(RestrictionStatus {
            landlock: LandlockStatus::Available { effective_abi, .. },
            ruleset: RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced,
            ..
        }) => (Some(effective_abi as u32), String::new()),
        Ok(RestrictionStatus {
            landlock: LandlockStatus::NotEnabled,
            ..
        }) => (
            None,
            "this kernel was started without Landlock (see `lsm=`)".to_owned(),
        ),
        Ok(_) => (None, "this kernel has no Landlock".to_owned()),
        Err(reason) => (None, format!("Landlock failed ({reason})")),
    };
    Offer {
        files,
        no_files,
        network: network.is_ok(),
        no_network: network.err().unwrap_or_default(),
    }
}

/// Contains the calling thread.
pub(super) fn enter(
    grants: &[Grant],
    network: bool,
    contain_files: bool,
    contain_network: bool,
) -> Result<(), String> {
    if contain_files {
        let status = restrict(grants, network)
            .map_err(|error| format!("it could not be contained: {error}"))?;
        if status.ruleset == RulesetStatus::NotEnforced {
            return Err("it could not be contained: Landlock is gone".to_owned());
        }
    }
    if contain_network {
        filter::apply(network)
            .map_err(|reason| format!("it could not be kept from the network: {reason}"))?;
    }
    give_up_powers().map_err(|error| format!("it could not be contained: {error}"))
}

/// Most have none to give up. Nothing that is started gets them back, as no program can gain any from now on.
fn give_up_powers() -> rustix::io::Result<()> {
    set_no_new_privs(true)?;
    let own = capabilities(None)?;
    let kept = CapabilitySets {
        effective: own.effective & POWERS,
        permitted: own.permitted & POWERS,
        inheritable: CapabilitySet::empty(),
    };
    set_capabilities(None, kept)
}

fn restrict(grants: &[Grant], network: bool) -> Result<RestrictionStatus, RulesetError> {
    let mut ruleset = Ruleset::default().handle_access(AccessFs::from_all(NEWEST))?;
    if !network {
        ruleset = ruleset.handle_access(AccessNet::from_all(NEWEST))?;
    }
    let mut ruleset = ruleset.scope(Scope::from_all(NEWEST))?.create()?;
    for grant in grants {
        // A link is not followed: what it points to would be granted in its place.
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let Ok(file) = rustix::fs::open(&grant.path, flags, Mode::empty()) else {
            continue;
        };
        // What cannot be granted stays forbidden.
        let _ = (&mut ruleset).add_rule(PathBeneath::new(file, rights(grant.right)));
    }
    ruleset.restrict_self()
}

fn rights(right: Right) -> BitFlags<AccessFs> {
    let devices = AccessFs::MakeChar | AccessFs::MakeBlock | AccessFs::IoctlDev;
    match right {
        Right::List => AccessFs::ReadDir.into(),
        Right::Read => AccessFs::from_read(NEWEST),
        Right::Write => AccessFs::from_all(NEWEST) & !devices,
        Right::Device => {
            AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::Truncate | AccessFs::IoctlDev
        }
    }
}
