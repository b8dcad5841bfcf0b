//! The tools of a run, by name, and the rules for them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Tool;
use crate::domain::chat::ToolSpec;
use crate::domain::policy::{Policy, Rule};

/// Writes a rule where it holds for later runs, too.
pub type KeepRule = Arc<dyn Fn(&Rule) -> Result<(), String> + Send + Sync>;

/// The tools of a run and the rules for them.
#[derive(Clone)]
pub struct Toolbox {
    tools: BTreeMap<String, Arc<dyn Tool>>,
    /// The rules in force when the run began; what a person allowed since is in its state.
    pub policy: Policy,
    /// The most rounds of calls within one attempt at a step.
    pub max_rounds: u32,
    /// Where "always" is written.
    pub keep_rule: KeepRule,
}

impl Default for Toolbox {
    /// No tools.
    fn default() -> Self {
        Self::new(Policy::default())
    }
}

impl Toolbox {
    /// No tools yet; "always" is kept nowhere.
    pub fn new(policy: Policy) -> Self {
        Self {
            tools: BTreeMap::new(),
            policy,
            max_rounds: 8,
            keep_rule: Arc::new(|_| Err("there is no config file to write to".to_owned())),
        }
    }

    /// Puts a tool in; one of the same name that is there already stays, and the new one is given back.
    ///
    /// # Errors
    /// The tool whose name is taken.
    pub fn add(&mut self, tool: Arc<dyn Tool>) -> Result<(), Arc<dyn Tool>> {
        let name = tool.spec().name.clone();
        if self.tools.contains_key(&name) {
            return Err(tool);
        }
        self.tools.insert(name, tool);
        Ok(())
    }

    /// Keeps only the tools that `wanted` says yes to.
    pub fn retain(&mut self, wanted: impl Fn(&str) -> bool) {
        self.tools.retain(|name, _| wanted(name));
    }

    /// The tool of this name.
    pub fn get(&self, name: &str) -> Option<&Arc<dyn Tool>> {
        self.tools.get(name)
    }

    /// All tools, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn Tool>> {
        self.tools.values()
    }

    /// What a model is told of them.
    pub fn specs(&self) -> impl Iterator<Item = &ToolSpec> {
        self.iter().map(|tool| tool.spec())
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tools.keys().map(String::as_str)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.tools.is_empty()
    }
}
