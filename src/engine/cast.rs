//! The models of one run, by the names that its records use.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::in_use::ModelInUse;
use crate::model::ModelError;

/// The models of one run.
#[derive(Default)]
pub struct Cast {
    models: BTreeMap<String, Arc<ModelInUse>>,
}

impl Cast {
    /// Adds a model under the name that records use.
    pub fn add(&mut self, name: String, model: ModelInUse) {
        self.models.insert(name, Arc::new(model));
    }

    /// The model of this name.
    ///
    /// # Errors
    /// [`ModelError::Missing`] where there is none.
    pub fn model(&self, name: &str) -> Result<Arc<ModelInUse>, ModelError> {
        let found = self.models.get(name).cloned();
        found.ok_or_else(|| ModelError::Missing {
            model: name.to_owned(),
        })
    }
}
