//! Everything that a program started, however far it went to get away, and how it is ended.
//!
//! A process belongs to a call if it is in the group of the program that the call started, if the mark of the call stands in
//! its environment, or if its parent belongs to it. A process whose parent ended is handed to planwright, which made itself
//! the heir of all that it starts (`PR_SET_CHILD_SUBREAPER`): so nothing gets out of sight, and the dead are buried.
//!
//! A process that left the group, lost its parent *and* threw the mark away cannot be told from one of another call that
//! did the same. It is ended when no other call is at work, which is at once unless steps run side by side. It is known by
//! what it could not throw away: the containment, which what planwright starts for itself does not have.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Read;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{
    Pid, PidfdFlags, Signal, WaitOptions, getpid, kill_process_group, pidfd_open,
    pidfd_send_signal, set_child_subreaper, waitpid,
};

use super::{Ended, MARK};

/// How long ending everything by force may take.
const FORCE_TIME: Duration = Duration::from_secs(5);
/// How often in a row nothing must be found: one look at the processes is no moment in time.
const EMPTY_LOOKS: u32 = 3;
/// The most bytes of an environment that are searched.
const MOST_ENVIRONMENT: u64 = 4 * 1024 * 1024;

/// What one call started.
#[derive(Debug, Clone)]
pub(super) struct Descendants {
    /// The program; its group has the same number. It is not buried before this is done with, so that the number stays its.
    pub(super) root: Pid,
    /// The mark of the call.
    pub(super) mark: String,
}

/// A process as it was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    parent: i32,
    group: i32,
    /// When it began, in ticks since the machine did: together with its number it names one process for ever.
    began: u64,
    dead: bool,
}

/// Makes this process the heir of all that it starts. Not having it is no error: orphans are then found by their mark alone.
pub(super) fn inherit_orphans() {
    let _ = set_child_subreaper(Some(getpid()));
}

impl Descendants {
    /// Ends all that is left: asks first where `gentle` leaves time for it, then by force.
    pub(super) fn end(&self, gentle: Duration) -> Ended {
        let mut found = BTreeSet::new();
        let look = |found: &mut BTreeSet<(i32, u64)>| {
            let living = self.living();
            found.extend(living.iter().map(|(pid, seen)| (*pid, seen.began)));
            living
        };
        let living = look(&mut found);
        if !living.is_empty() && !gentle.is_zero() {
            self.signal(&living, Signal::TERM);
            // What is stopped would not hear it.
            self.signal(&living, Signal::CONT);
            let until = Instant::now() + gentle;
            while Instant::now() < until && !look(&mut found).is_empty() {
                thread::sleep(Duration::from_millis(10));
            }
        }
        let until = Instant::now() + FORCE_TIME;
        let mut empty = 0;
        let mut left = Vec::new();
        while empty < EMPTY_LOOKS {
            let living = look(&mut found);
            if living.is_empty() {
                empty += 1;
            } else if Instant::now() > until {
                left = living.into_iter().map(|(pid, _)| pid).collect();
                break;
            } else {
                empty = 0;
                self.signal(&living, Signal::KILL);
                thread::sleep(Duration::from_millis(1));
            }
        }
        Ended {
            found: found.len(),
            left,
        }
    }

    fn signal(&self, living: &[(i32, Seen)], signal: Signal) {
        // To the group at once: what forks meanwhile is hit, too.
        if living
            .iter()
            .any(|(_, seen)| seen.group == self.root.as_raw_pid())
        {
            let _ = kill_process_group(self.root, signal);
        }
        for (pid, seen) in living {
            // Held first and looked at again then: the number may have become that of a stranger.
            let Some(held) =
                Pid::from_raw(*pid).and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok())
            else {
                continue;
            };
            if look_at(*pid).is_some_and(|now| now.began == seen.began) {
                let _ = pidfd_send_signal(&held, signal);
            }
        }
    }

    /// The processes that live; those that are dead are buried by the way.
    fn living(&self) -> Vec<(i32, Seen)> {
        let all = look_at_all();
        let own = getpid().as_raw_pid();
        let inherited = below(&all, BTreeSet::from([own]));
        let orphans = orphans(own);
        let root = self.root.as_raw_pid();
        // The program of another call is a child of this process that nobody handed to it. One that is dead counts no more:
        // of calls that end together, the one whose program died last sees to what is left of all.
        let alone = !all.iter().any(|(pid, seen)| {
            let other = seen.parent == own && *pid != root && !seen.dead;
            other && !orphans.contains(pid) && is_contained(*pid)
        });
        let mine = |pid: i32, seen: &Seen| {
            pid == root
                || seen.group == root
                || match mark(pid) {
                    Some(mark) => mark == self.mark.as_bytes(),
                    None => alone && orphans.contains(&pid) && is_contained(pid),
                }
        };
        let first: BTreeSet<i32> = inherited
            .iter()
            .filter(|pid| all.get(pid).is_some_and(|seen| mine(**pid, seen)))
            .copied()
            .collect();
        for pid in &orphans {
            // Whosever it was: it has nobody else who would.
            if all.get(pid).is_some_and(|seen| seen.dead) && is_contained(*pid) {
                bury(*pid);
            }
        }
        let further = below(&all, first.clone());
        let members = first.union(&further).copied();
        let seen = members.filter_map(|pid| Some((pid, *all.get(&pid)?)));
        seen.filter(|(_, seen)| !seen.dead).collect()
    }
}

/// Takes in the end of a process that was handed to this one; nobody else waits for it.
fn bury(pid: i32) {
    let _ = waitpid(Pid::from_raw(pid), WaitOptions::NOHANG);
}

/// All that descend from these, without them.
fn below(all: &BTreeMap<i32, Seen>, of: BTreeSet<i32>) -> BTreeSet<i32> {
    let mut found = BTreeSet::new();
    let mut next = of;
    while !next.is_empty() {
        let children = all
            .iter()
            .filter(|(pid, seen)| next.contains(&seen.parent) && !found.contains(*pid));
        next = children.map(|(pid, _)| *pid).collect();
        found.extend(next.iter().copied());
    }
    found
}

/// The processes that were handed to this one, and those that its first thread started itself: the kernel hands all to the
/// first thread, while each program of a call is the child of a thread of its own.
fn orphans(own: i32) -> BTreeSet<i32> {
    let text = read(&format!("/proc/self/task/{own}/children"), 1024 * 1024);
    let text = String::from_utf8_lossy(&text).into_owned();
    text.split_whitespace()
        .filter_map(|pid| pid.parse().ok())
        .collect()
}

fn look_at_all() -> BTreeMap<i32, Seen> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter_map(|pid| Some((pid, look_at(pid)?))).collect()
}

fn look_at(pid: i32) -> Option<Seen> {
    parse(&read(&format!("/proc/{pid}/stat"), 4096))
}

/// Reads a line of `/proc/PID/stat`; the name in brackets may hold anything.
fn parse(line: &[u8]) -> Option<Seen> {
    let after_name = line.iter().rposition(|&byte| byte == b')')?;
    let text = std::str::from_utf8(&line[after_name + 1..]).ok()?;
    let mut fields = text.split_ascii_whitespace();
    let state = fields.next()?;
    let parent = fields.next()?.parse().ok()?;
    let group = fields.next()?.parse().ok()?;
    let began = fields.nth(16)?.parse().ok()?;
    Some(Seen {
        parent,
        group,
        began,
        dead: matches!(state, "Z" | "X" | "x"),
    })
}

/// The mark in a process's environment.
fn mark(pid: i32) -> Option<Vec<u8>> {
    let environment = read(&format!("/proc/{pid}/environ"), MOST_ENVIRONMENT);
    let mut entries = environment.split(|&byte| byte == 0);
    let found = entries.find_map(|entry| entry.strip_prefix(MARK.as_bytes())?.strip_prefix(b"="));
    found.map(<[u8]>::to_owned)
}

/// Whether a process is contained more than this one.
fn is_contained(pid: i32) -> bool {
    let of = |pid: &str| {
        let status = read(&format!("/proc/{pid}/status"), 64 * 1024);
        let status = String::from_utf8_lossy(&status).into_owned();
        let number = |name: &str| -> u32 {
            let mut lines = status.lines();
            let found = lines.find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
            found.unwrap_or(0)
        };
        [number("NoNewPrivs:"), number("Seccomp_filters:")]
    };
    let (own, other) = (of("self"), of(&pid.to_string()));
    other[0] > own[0] || other[1] > own[1]
}

/// What stands in a file, as far as it can be read.
fn read(path: &str, most: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Ok(file) = File::open(path) {
        let _ = file.take(most).read_to_end(&mut bytes);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::{Seen, parse};

    #[test]
    fn a_process_is_read_whatever_its_name() {
        let line = b"7 (a) S 1 (b) R 42 43 44 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 9876 10 11";
        let seen = Seen {
            parent: 42,
            group: 43,
            began: 9876,
            dead: false,
        };
        assert_eq!(parse(line), Some(seen));
        assert_eq!(parse(b"7 (a"), None);
        assert_eq!(parse(b"7 (a) Z 1"), None);
    }
}
