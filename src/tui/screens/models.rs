//! The models of the servers, and one that is being fetched.

use jiff::Timestamp;

use crate::domain::chat::{ModelInfo, Role};
use crate::session::{InstalledModel, PullProgress};

/// The small model that is offered where a server has none, and how large it is.
pub(in crate::tui) const SMALL: (&str, &str) = ("llama3.2", "2.0 GB");

/// What the list of models remembers while it is open.
#[derive(Default)]
pub(in crate::tui) struct Models {
    pub(in crate::tui) selected: usize,
    /// What the server says of the model that was looked into last.
    pub(in crate::tui) shown: Option<(String, ModelInfo)>,
}

/// What the servers have.
#[derive(Default)]
pub(in crate::tui) struct Shelf {
    /// None until they have answered once.
    pub(in crate::tui) models: Option<Vec<InstalledModel>>,
    /// A sentence for each server that could not be asked.
    pub(in crate::tui) failed: Vec<String>,
    /// The models in force, by role.
    pub(in crate::tui) roles: Vec<(Role, String)>,
}

impl Shelf {
    /// How many models there are.
    pub(in crate::tui) fn len(&self) -> usize {
        self.models.as_ref().map_or(0, Vec::len)
    }

    /// The `index`-th model.
    pub(in crate::tui) fn model(&self, index: usize) -> Option<&InstalledModel> {
        self.models.as_ref()?.get(index)
    }

    /// The roles that a model has.
    pub(in crate::tui) fn roles_of(&self, name: &str) -> Vec<Role> {
        let bare = |name: &str| name.strip_suffix(":latest").unwrap_or(name).to_owned();
        let its = |model: &str| bare(model.strip_prefix("ollama:").unwrap_or(model)) == bare(name);
        let roles = self.roles.iter().filter(|(_, model)| its(model));
        roles.map(|(role, _)| *role).collect()
    }
}

/// A model that is being fetched.
#[derive(Debug, Clone)]
pub(in crate::tui) struct Pull {
    pub(in crate::tui) name: String,
    /// What the server says it is doing.
    pub(in crate::tui) status: String,
    /// Bytes of the part at work that are there, and all of it.
    pub(in crate::tui) bytes: Option<(u64, u64)>,
    /// When that part was first heard of, and how much of it was there already.
    since: Option<(Timestamp, u64)>,
    /// Whether it was called off and has not ended yet.
    pub(in crate::tui) cancelled: bool,
}

impl Pull {
    /// Nothing heard of yet.
    pub(in crate::tui) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            status: "asking the server".to_owned(),
            bytes: None,
            since: None,
            cancelled: false,
        }
    }

    /// Takes in what the server says.
    pub(in crate::tui) fn hear(&mut self, progress: &PullProgress, now: Timestamp) {
        if self.status != progress.status {
            progress.status.clone_into(&mut self.status);
            self.since = None;
        }
        let whole = progress.total.filter(|total| *total > 0);
        self.bytes = whole.map(|total| (progress.completed.unwrap_or(0).min(total), total));
        if let (None, Some((completed, _))) = (self.since, self.bytes) {
            self.since = Some((now, completed));
        }
    }

    /// Bytes a second; none while there is too little to tell from.
    pub(in crate::tui) fn rate(&self, now: Timestamp) -> Option<u64> {
        let ((since, before), (completed, _)) = self.since.zip(self.bytes)?;
        let ms = u64::try_from(now.duration_since(since).as_millis()).ok()?;
        let fetched = completed.saturating_sub(before);
        let rate = fetched.saturating_mul(1_000).checked_div(ms);
        rate.filter(|rate| ms >= 500 && *rate > 0)
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::{Pull, Shelf};
    use crate::domain::chat::Role;
    use crate::session::PullProgress;

    #[test]
    fn speed_is_that_of_the_part_at_work() {
        let start = Timestamp::UNIX_EPOCH;
        let mut pull = Pull::new("m");
        let hear = |pull: &mut Pull, status: &str, completed, total, ms| {
            let now = start + SignedDuration::from_millis(ms);
            let status = status.to_owned();
            pull.hear(
                &PullProgress {
                    status,
                    total,
                    completed,
                },
                now,
            );
            pull.rate(now)
        };
        assert_eq!(hear(&mut pull, "pulling a", Some(500), Some(2000), 0), None);
        assert_eq!(
            hear(&mut pull, "pulling a", Some(600), Some(2000), 100),
            None
        );
        assert_eq!(
            hear(&mut pull, "pulling a", Some(1500), Some(2000), 1000),
            Some(1000)
        );
        assert_eq!(
            hear(&mut pull, "pulling b", Some(0), Some(9000), 2000),
            None
        );
        assert_eq!(pull.bytes, Some((0, 9000)));
        assert_eq!(hear(&mut pull, "verifying", None, None, 3000), None);
        assert_eq!(hear(&mut pull, "odd", Some(7), Some(0), 3000), None);
        assert_eq!(pull.bytes, None);
    }

    #[test]
    fn a_model_is_known_by_its_bare_name_too() {
        let shelf = Shelf {
            roles: vec![(Role::Planner, "ollama:llama3.2".to_owned())],
            ..Shelf::default()
        };
        assert_eq!(shelf.roles_of("llama3.2:latest"), [Role::Planner]);
        assert_eq!(shelf.roles_of("llama3.1"), []);
    }
}
