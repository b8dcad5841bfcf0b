//! Secrets in text, found and masked: values that are known, and tokens that show by their form what they are.

mod form;

use std::borrow::Cow;

use aho_corasick::{AhoCorasick, MatchKind};

use form::{Found, TOKENS, token_at};

/// What stands in the place of a secret begins so.
pub const MARK: &str = "[secret: ";

/// The shortest value that counts as one: shorter ones stand in ordinary text.
pub const LEAST: usize = 8;

/// The longest secret that is waited for while text arrives, in bytes.
const MOST_HELD: usize = 16 * 1024;

/// Finds and masks secrets.
#[derive(Debug, Clone)]
pub struct Redactor {
    /// Values that are known, as they are and as JSON writes them; the longest first.
    values: Vec<String>,
    search: Option<AhoCorasick>,
}

impl Default for Redactor {
    /// Knows forms only.
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl Redactor {
    /// Masks these values, and tokens by their form. Values shorter than [`LEAST`] are left out.
    pub fn new(values: Vec<String>) -> Self {
        let known = values.into_iter().filter(|value| value.len() >= LEAST);
        let mut all: Vec<String> = Vec::new();
        for value in known {
            let written = serde_json::Value::String(value.clone()).to_string();
            let written = written.trim_matches('"').to_owned();
            for form in [written, percent(&value), value] {
                if !all.contains(&form) {
                    all.push(form);
                }
            }
        }
        all.sort_by_key(|value| std::cmp::Reverse(value.len()));
        let patterns = all
            .iter()
            .map(String::as_str)
            .chain(TOKENS.iter().map(|(start, ..)| *start));
        let search = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(patterns);
        Self {
            values: all,
            search: search.ok(),
        }
    }

    /// Whether there may be something to mask; quick.
    pub fn suspects(&self, text: &str) -> bool {
        self.search
            .as_ref()
            .is_some_and(|search| search.is_match(text))
    }

    /// The text with its secrets masked. What is masked already stays as it is.
    pub fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if !self.suspects(text) {
            return Cow::Borrowed(text);
        }
        let (masked, _) = self.pass(text, true);
        masked.map_or(Cow::Borrowed(text), Cow::Owned)
    }

    /// As [`Redactor::mask`], for text that goes on: what may be shown of it, and how many bytes at its end have to wait.
    pub fn mask_start(&self, text: &str) -> (String, usize) {
        let (masked, used) = self.pass(text, false);
        let held = text.len() - used;
        if held > MOST_HELD {
            // No secret is that long.
            return (self.mask(text).into_owned(), 0);
        }
        (masked.unwrap_or_else(|| text[..used].to_owned()), held)
    }

    /// The masked text, where something is masked, of as many bytes as can be decided on.
    fn pass(&self, text: &str, whole: bool) -> (Option<String>, usize) {
        let Some(search) = &self.search else {
            return (None, text.len());
        };
        let mut masked: Option<String> = None;
        let (mut copied, mut at) = (0, 0);
        while let Some(found) = search.find(aho_corasick::Input::new(text).range(at..)) {
            let start = found.start();
            let index = found.pattern().as_usize();
            let what = match index.checked_sub(self.values.len()) {
                None => Found::Secret(found.end(), "a configured key"),
                Some(token) => {
                    let (_, name, form) = TOKENS[token];
                    token_at(text, start, found.end(), name, form, whole)
                }
            };
            match what {
                Found::Secret(end, name) => {
                    let out = masked.get_or_insert_with(String::new);
                    // Of an address only the login goes.
                    let from = if name == "login" && text[start..].starts_with("http") {
                        found.end()
                    } else {
                        start
                    };
                    out.push_str(&text[copied..from]);
                    out.push_str(&format!("{MARK}{name}]"));
                    (copied, at) = (end, end);
                }
                Found::Nothing(end) => at = end,
                Found::Open => return (masked.map(|out| out + &text[copied..start]), start),
            }
        }
        let used = if whole {
            text.len()
        } else {
            self.settled(text, copied)
        };
        (masked.map(|out| out + &text[copied..used]), used)
    }

    /// Up to where a text cannot be the beginning of something that is known by its first letters.
    fn settled(&self, text: &str, from: usize) -> usize {
        let patterns = || {
            self.values
                .iter()
                .map(String::as_str)
                .chain(TOKENS.iter().map(|(start, ..)| *start))
        };
        let longest = patterns().map(str::len).max().unwrap_or(0);
        let first = text.len().saturating_sub(longest).max(from);
        let mut starts = (first..text.len()).filter(|&at| text.is_char_boundary(at));
        let open = |at: usize| {
            patterns()
                .any(|pattern| pattern.len() > text.len() - at && pattern.starts_with(&text[at..]))
        };
        // A token whose first letters stand behind a word is none: the letter before decides, too.
        starts.find(|&at| open(at)).unwrap_or(text.len())
    }
}

/// As an address writes it.
fn percent(value: &str) -> String {
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        if plain(byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{MARK, Redactor};

    const JWT: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";

    fn samples() -> Vec<(String, &'static str)> {
        let key = |start: &str, n: usize| {
            format!(
                "{start}{}",
                "aB3dE5gH7j".repeat(10).chars().take(n).collect::<String>()
            )
        };
        vec![
            ("AKIAIOSFODNN7EXAMPLE".to_owned(), "AWS access key"),
            (key("ghp_", 36), "GitHub token"),
            (key("github_pat_", 60), "GitHub token"),
            (key("glpat-", 20), "GitLab token"),
            (key("xoxb-", 40), "Slack token"),
            (key("sk-ant-api03-", 60), "Anthropic key"),
            (key("sk-proj-", 60), "OpenAI key"),
            (key("sk-", 48), "OpenAI key"),
            (key("sk_live_", 24), "Stripe key"),
            (key("AIza", 35), "Google key"),
            (key("npm_", 36), "npm token"),
            (key("hf_", 34), "Hugging Face token"),
            (JWT.to_owned(), "web token"),
            (
                "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAK\n-----END RSA PRIVATE KEY-----"
                    .to_owned(),
                "private key",
            ),
            ("my-configured-value-1".to_owned(), "a configured key"),
        ]
    }

    fn redactor() -> Redactor {
        Redactor::new(vec![
            "my-configured-value-1".to_owned(),
            "with \"quotes\" & more".to_owned(),
            "short".to_owned(),
        ])
    }

    #[test]
    fn secrets_are_masked_wherever_they_stand_and_once() {
        let redactor = redactor();
        for (secret, name) in samples() {
            for text in [
                secret.clone(),
                format!("key={secret}\nnext"),
                format!("({secret}), and so on"),
                format!("\"{secret}\""),
            ] {
                let masked = redactor.mask(&text).into_owned();
                assert!(!masked.contains(&secret), "{text}: {masked}");
                assert!(
                    masked.contains(&format!("{MARK}{name}]")),
                    "{text}: {masked}"
                );
                assert_eq!(redactor.mask(&masked), masked, "twice is once");
            }
        }
        assert_eq!(
            redactor.mask("Authorization: Bearer abc123DEF456ghi789 ok"),
            "Authorization: [secret: bearer token] ok"
        );
        assert_eq!(
            redactor.mask("see https://user:pa55word@example.org/x?y"),
            "see https://[secret: login]@example.org/x?y"
        );
        assert_eq!(
            redactor.mask("with%20%22quotes%22%20%26%20more"),
            "[secret: a configured key]"
        );
        assert_eq!(
            redactor.mask(r#"{"a":"with \"quotes\" & more"}"#),
            r#"{"a":"[secret: a configured key]"}"#
        );
    }

    #[test]
    fn ordinary_text_stays_as_it_is() {
        let redactor = redactor();
        for text in [
            "The sk-learn library, task-oriented work, risk-free, a desk-mounted thing.",
            "sk-this-is-a-very-long-name-of-a-css-class-without-any-digits",
            "https://example.org/a@b and http://example.org:8080/x, mailto:a@b.org",
            "Bearer of good news; Basic instructions; Bearer tokens_are_words_like_these",
            "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "550e8400-e29b-41d4-a716-446655440000",
            "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4",
            "eyJ is how many tokens begin; eyJhbGciOi alone is none",
            "hf_hub_download and npm_config_registry are names, ghp_short too, short",
            "AKIA is a prefix, AKIAIOSFODNN7EXAMPLEX is too long",
        ] {
            assert_eq!(redactor.mask(text), text);
        }
    }

    #[test]
    fn however_a_stream_is_cut_the_same_is_shown() {
        let redactor = redactor();
        let all: Vec<String> = samples().into_iter().map(|(secret, _)| secret).collect();
        let text = format!(
            "Begin {} end. A tail that could go on: sk",
            all.join(" and ")
        );
        let whole = redactor.mask(&text).into_owned();
        for size in [1, 2, 3, 5, 7, 11, 50, 1_000] {
            let (mut held, mut shown) = (String::new(), String::new());
            let chars: Vec<char> = text.chars().collect();
            for piece in chars.chunks(size) {
                held.extend(piece);
                let (out, waits) = redactor.mask_start(&held);
                shown.push_str(&out);
                held = held[held.len() - waits..].to_owned();
                for secret in &all {
                    assert!(!shown.contains(secret.as_str()));
                }
            }
            shown.push_str(&redactor.mask(&held));
            assert_eq!(shown, whole, "pieces of {size}");
        }
    }

    #[test]
    fn hostile_text_costs_no_more_than_other_text() {
        let redactor = redactor();
        for text in [
            "sk-".repeat(400_000),
            "eyJ".repeat(400_000),
            "-----BEGIN ".repeat(100_000),
            "http://".repeat(150_000),
            "a".repeat(1_000_000),
        ] {
            let started = std::time::Instant::now();
            redactor.mask(&text);
            assert!(started.elapsed().as_secs() < 10, "{}", &text[..12]);
        }
    }
}
