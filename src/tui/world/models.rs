//! The models of the servers: asking for them, fetching one, deleting one.

use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use tokio_util::sync::CancellationToken;

use super::{Answer, World, failed};
use crate::domain::chat::Role;
use crate::session::Session;
use crate::tui::effect::Msg;

/// Between two messages of how far a model has come.
const PROGRESS_GAP: Duration = Duration::from_millis(100);

impl World {
    /// Asks all servers for their models.
    pub(super) fn list_models(&self) {
        let (session, answers) = (self.session.clone(), self.answers());
        tokio::spawn(async move {
            let (models, complaints) = match session.every_model().await {
                Ok((models, failed)) => (models, failed.iter().map(ToString::to_string).collect()),
                Err(error) => (Vec::new(), vec![error.to_string()]),
            };
            let newest = models.first().map(|model| model.name.clone());
            let roles = roles(&session, newest.as_deref());
            // Without a reader the interface is closed.
            let _ = answers.send(Answer::Tell(Msg::Roles(roles))).await;
            let _ = answers
                .send(Answer::Tell(Msg::Models(models, complaints)))
                .await;
        });
    }

    /// Asks what a model can do.
    pub(super) fn show_model(&self, name: String) {
        let (session, answers) = (self.session.clone(), self.answers());
        tokio::spawn(async move {
            let msg = match session.show_model(&name).await {
                Ok(info) => Msg::ModelShown(name, info),
                Err(error) => failed(&error),
            };
            let _ = answers.send(Answer::Tell(msg)).await;
        });
    }

    /// Deletes a model.
    pub(super) fn delete_model(&self, name: String) {
        let (session, answers) = (self.session.clone(), self.answers());
        tokio::spawn(async move {
            let msg = match session.delete_model(&name).await {
                Ok(()) => Msg::ModelDeleted(name),
                Err(error) => failed(&error),
            };
            let _ = answers.send(Answer::Tell(msg)).await;
        });
    }

    /// Takes a model out of memory.
    pub(super) fn unload_model(&self, name: String) {
        let (session, answers) = (self.session.clone(), self.answers());
        tokio::spawn(async move {
            let msg = match session.unload_model(&name).await {
                Ok(()) => Msg::ModelUnloaded(name),
                Err(error) => failed(&error),
            };
            let _ = answers.send(Answer::Tell(msg)).await;
        });
    }

    /// Fetches a model beside everything else, until it is there or called off.
    pub(super) fn pull(&mut self, name: String) {
        let (session, answers) = (self.session.clone(), self.answers());
        let cancel = CancellationToken::new();
        self.pull = Some(cancel.clone());
        tokio::spawn(async move {
            let mut progress = session.pull_model(&name);
            let mut told: Option<(Instant, String)> = None;
            let failed = loop {
                let step = tokio::select! {
                    () = cancel.cancelled() => break Some("it was called off".to_owned()),
                    step = progress.next() => step,
                };
                match step {
                    Some(Ok(progress)) => {
                        let fresh = told.as_ref().is_some_and(|(at, status)| {
                            at.elapsed() < PROGRESS_GAP && *status == progress.status
                        });
                        if !fresh {
                            told = Some((Instant::now(), progress.status.clone()));
                            let _ = answers.send(Answer::Tell(Msg::Pulling(progress))).await;
                        }
                    }
                    Some(Err(error)) => {
                        let hint = error.hint().map(|hint| format!("; hint: {hint}"));
                        break Some(format!("{error}{}", hint.unwrap_or_default()));
                    }
                    None => break None,
                }
            };
            // The server hears of it before the person does.
            drop(progress);
            let _ = answers.send(Answer::Tell(Msg::Pulled(name, failed))).await;
        });
    }
}

/// The models in force by role; where the newest is taken, that is the one.
fn roles(session: &Session, newest: Option<&str>) -> Vec<(Role, String)> {
    let models = session.models_in_use();
    let named = |name: &str| match newest {
        Some(newest) if name == "auto" => newest.to_owned(),
        _ => name.to_owned(),
    };
    Role::ALL
        .into_iter()
        .map(|role| (role, named(models.of(role))))
        .collect()
}
