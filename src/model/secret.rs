//! Keys of model servers: held so that nothing prints them by accident.

use std::fmt;

use reqwest::header::HeaderValue;

use super::ModelError;

/// The longest key.
const MAX_BYTES: usize = 8 * 1024;

/// A key. `Debug` does not show it, and there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a key, white space around it left out.
    ///
    /// # Errors
    /// What is wrong with it, as the rest of a sentence that begins with where it was found; it does not quote the key.
    pub fn new(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        if text.is_empty() {
            return Err("is empty");
        }
        if text.len() > MAX_BYTES {
            return Err("is longer than 8 KiB");
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("holds characters that no key has");
        }
        Ok(Self(text.to_owned()))
    }

    /// The key itself, for a service that wants it in a place of its own. It is not to be shown or stored.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// As it is sent, marked as sensitive.
    pub fn header(&self) -> Option<HeaderValue> {
        let mut value = HeaderValue::from_str(&format!("Bearer {}", self.0)).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A provider that the settings name, and the key to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// The provider's name in the settings.
    pub provider: String,
    /// The key, where it needs one.
    pub key: Option<Secret>,
    /// Where the key is looked for, in words: the remedy when the server does not take it.
    pub key_place: String,
}

impl Access {
    /// The text without the key: a server may repeat what it was sent.
    pub(super) fn scrub(&self, text: String) -> String {
        match &self.key {
            Some(Secret(key)) if text.contains(key.as_str()) => text.replace(key.as_str(), "…"),
            _ => text,
        }
    }

    /// No connection could be made.
    pub(super) fn away(&self, url: String, reason: String) -> ModelError {
        ModelError::Away {
            provider: self.provider.clone(),
            url,
            reason: self.scrub(reason),
        }
    }

    /// The server does not have the model.
    pub(super) fn lacks(&self, model: &str) -> ModelError {
        ModelError::Lacks {
            provider: self.provider.clone(),
            model: model.to_owned(),
        }
    }

    /// What an error of the transport means for this provider.
    pub(super) fn own(&self, error: ModelError) -> ModelError {
        match error {
            ModelError::Status {
                status: status @ (401 | 403),
                message,
                ..
            } => ModelError::Denied {
                provider: self.provider.clone(),
                reason: format!("it answered {status}: {}", self.scrub(message)),
                remedy: self.remedy(),
            },
            ModelError::Status {
                status,
                message,
                retry_after,
            } => ModelError::Status {
                status,
                message: self.scrub(message),
                retry_after,
            },
            ModelError::Missing { model } => self.lacks(&model),
            ModelError::Unreachable { url, reason } => self.away(url, reason),
            ModelError::Reported { message } => ModelError::Reported {
                message: self.scrub(message),
            },
            other => other,
        }
    }

    fn remedy(&self) -> String {
        let provider = &self.provider;
        if self.key.is_some() {
            format!(
                "the key comes from {}: see that it is the right one, and that it may use this model",
                self.key_place
            )
        } else {
            format!(
                "no key was sent: say where it is with `api_key_env`, `api_key_command` or `api_key_file` in `[providers.{provider}]`"
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Access, Secret};

    #[test]
    fn a_key_is_never_shown() {
        let access = Access {
            provider: "x".to_owned(),
            key: Some(Secret::new(" sk-1234\n").unwrap()),
            key_place: "the variable X".to_owned(),
        };
        let shown = format!("{access:?}");
        assert!(!shown.contains("1234"), "{shown}");
        let header = access.key.as_ref().and_then(Secret::header).unwrap();
        assert_eq!(header, "Bearer sk-1234");
        assert!(!format!("{header:?}").contains("1234"));
        assert_eq!(access.scrub("bad key sk-1234!".to_owned()), "bad key …!");
    }

    #[test]
    fn what_cannot_be_a_key_is_refused_without_quoting_it() {
        for text in ["", "  ", "a b", "sk-ä", "a\nb", &"x".repeat(9000)] {
            let wrong = Secret::new(text).unwrap_err();
            assert!(text.trim().is_empty() || !wrong.contains(text.trim()));
        }
    }
}
