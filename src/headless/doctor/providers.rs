//! What `doctor` says about the providers of the settings: reachable, key found, models.

use super::super::format::plural;
use super::Check;
use crate::domain::chat::Role;
use crate::domain::sanitize::line;
use crate::model::ModelError;
use crate::session::{ProviderStatus, Session};

/// Every provider, and the models of each that are in use.
pub(super) async fn checks(session: &Session) -> Vec<Check> {
    let in_use = session.models_in_use();
    let names = in_use.names();
    let mut checks = Vec::new();
    for status in session.provider_statuses().await {
        let own = |name: &&&str| session.provider_of(name).as_deref() == Some(&status.name);
        let used: Vec<&&str> = names.iter().filter(own).collect();
        let begins = |name: &&&str| Role::ALL.iter().any(|&role| in_use.of(role) == **name);
        checks.push(provider(&status, used.iter().any(begins)));
        if status.models.is_ok() {
            for name in used {
                checks.push(model(session, name).await);
            }
        }
    }
    checks
}

fn provider(status: &ProviderStatus, is_used: bool) -> Check {
    let title = format!("provider {}", line(&status.name));
    let key = status
        .key
        .as_ref()
        .map_or("no key".to_owned(), |place| format!("key from {place}"));
    let detail = format!(
        "{}, speaks {}, {}",
        line(&status.url),
        status.kind,
        line(&key)
    );
    match &status.models {
        Ok(models) => {
            let models = plural(models.len() as u64, "model");
            let open =
                status.url.starts_with("http://") && status.key.is_some() && !is_near(&status.url);
            if open {
                let hint = "the key goes over the network unencrypted: use `https://`, unless you trust this network";
                return Check::warning(title, format!("{detail}, {models}"), hint);
            }
            Check::ok(title, format!("{detail}, {models}"))
        }
        Err(ModelError::Status {
            status: 404 | 405 | 501,
            ..
        }) => {
            let hint = "see that `base_url` is right, mostly with `/v1` at its end; a server without such a list can be used all the same";
            Check::warning(
                title,
                format!("{detail}: it does not list its models"),
                hint,
            )
        }
        Err(error) => {
            let detail = format!("{detail}: {error}");
            let hint = error.hint();
            // One that no role begins with stands in nobody's way.
            if !is_used {
                let hint = hint.unwrap_or_else(|| "see that its server is up".to_owned());
                return Check::warning(title, detail, hint);
            }
            let check = Check::failed(title, detail);
            match hint {
                Some(hint) => check.with_hint(hint),
                None => check,
            }
        }
    }
}

/// Whether a server is this machine itself.
fn is_near(url: &str) -> bool {
    ["http://127.", "http://localhost", "http://[::1]"]
        .iter()
        .any(|near| url.starts_with(near))
}

async fn model(session: &Session, name: &str) -> Check {
    let title = format!("model {}", line(name));
    match session.show_model(name).await {
        Ok(info) => {
            let context = info.context_length.map_or_else(
                || "the server does not say how long its context is".to_owned(),
                |tokens| format!("context {tokens}"),
            );
            let abilities = line(&info.capabilities.join(", ")).into_owned();
            Check::ok(title, format!("can {abilities}, {context}"))
        }
        Err(error) => Check::failed(title, error.to_string())
            .with_hint("`planwright models list` shows what is there"),
    }
}
