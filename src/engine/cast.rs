//! The models of one run, by the names that its records use. One is asked what it is when it is first needed.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{Mutex, OnceCell};

use super::Halt;
use super::graph::Port;
use super::in_use::ModelInUse;
use super::journal::Journal;
use super::patience::Patience;
use super::swaps::Swaps;
use crate::domain::chat::ModelInfo;
use crate::domain::event::NoticeLevel;
use crate::model::ModelError;

/// The models of one run.
#[derive(Default)]
pub struct Cast {
    members: BTreeMap<String, Member>,
    num_ctx: u32,
    think: bool,
    /// Held while a role gets another model: several calls may have lost the same one.
    pub(super) switching: Mutex<()>,
    pub(super) swaps: Swaps,
}

/// A model, and the way to it where it was not asked yet.
#[derive(Default)]
struct Member {
    port: Option<Port>,
    model: OnceCell<Arc<ModelInUse>>,
}

impl Cast {
    /// The models behind these ports, under the names that records use; none is asked yet. `num_ctx` in tokens and `think`
    /// are as in [`super::graph::Setup`].
    pub fn of(ports: BTreeMap<String, Port>, num_ctx: u32, think: bool) -> Self {
        let member = |port| Member {
            port: Some(port),
            ..Member::default()
        };
        let members = ports.into_iter().map(|(name, port)| (name, member(port)));
        Self {
            members: members.collect(),
            num_ctx,
            think,
            ..Self::default()
        }
    }

    /// Adds a model under the name that records use.
    pub fn add(&mut self, name: String, model: ModelInUse) {
        let model = OnceCell::new_with(Some(Arc::new(model)));
        self.members.insert(name, Member { port: None, model });
    }

    /// The model of this name; at the first time its server is asked what it is.
    ///
    /// # Errors
    /// [`ModelError::Missing`] where there is none of this name; as for [`Patience::first_contact`].
    pub async fn meet(
        &self,
        name: &str,
        patience: &Patience,
        journal: &Journal,
    ) -> Result<Arc<ModelInUse>, Halt> {
        let missing = || ModelError::Missing {
            model: name.to_owned(),
        };
        let member = self.members.get(name).ok_or_else(missing)?;
        let asked = async {
            let port = member.port.as_ref().ok_or_else(missing)?;
            self.describe(port, patience, journal).await.map(Arc::new)
        };
        member.model.get_or_try_init(|| asked).await.cloned()
    }

    async fn describe(
        &self,
        port: &Port,
        patience: &Patience,
        journal: &Journal,
    ) -> Result<ModelInUse, Halt> {
        let Port { name, model } = port;
        let described = patience.first_contact(|| model.describe()).await;
        let info = match described {
            Err(Halt::Model(ModelError::Status { .. } | ModelError::Malformed { .. })) => {
                let text = format!(
                    "the server does not describe `{name}`; its context is taken to be {} tokens",
                    self.num_ctx
                );
                journal.notice(NoticeLevel::Info, text).await?;
                ModelInfo::default()
            }
            described => described?,
        };
        let (name, model) = (name.clone(), Arc::clone(model));
        Ok(ModelInUse::new(name, model, info, self.num_ctx, self.think))
    }
}
