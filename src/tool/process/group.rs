//! Where there is no list of processes to look at: a program and its group, and no more.

use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};

use super::Ended;

/// What one call started.
#[derive(Debug, Clone)]
pub(super) struct Descendants {
    pub(super) root: Pid,
    #[expect(dead_code, reason = "nothing looks for it here")]
    pub(super) mark: String,
}

/// There is no such thing here.
pub(super) fn inherit_orphans() {}

impl Descendants {
    /// Asks the group to end, then ends it.
    pub(super) fn end(&self, gentle: Duration) -> Ended {
        let until = Instant::now() + gentle;
        let _ = kill_process_group(self.root, Signal::TERM);
        while Instant::now() < until && test_kill_process_group(self.root).is_ok() {
            thread::sleep(Duration::from_millis(10));
        }
        let _ = kill_process_group(self.root, Signal::KILL);
        Ended {
            found: 0,
            left: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::{CommandExt, ExitStatusExt};
    use std::process::Command;
    use std::time::Duration;

    use rustix::process::Pid;

    #[test]
    fn a_group_is_asked_to_end() {
        super::inherit_orphans();
        let mut child = Command::new("sleep").arg("60").process_group(0).spawn();
        let child = child.as_mut().unwrap();
        let descendants = super::Descendants {
            root: Pid::from_child(child),
            mark: String::new(),
        };
        let ended = descendants.end(Duration::from_millis(20));
        assert!(ended.left.is_empty());
        assert_eq!(child.wait().unwrap().signal(), Some(15));
    }
}
