//! How tokens look: their first letters, and how they go on.

use super::MOST_HELD;

/// The longest token, in bytes.
const MOST_TOKEN: usize = 4 * 1024;

/// How a token goes on behind its first letters.
#[derive(Clone, Copy)]
pub(super) enum Form {
    /// At least so many letters, digits, `-` and `_`.
    Word(usize),
    /// Exactly so many upper-case letters and digits.
    Capitals(usize),
    /// Three parts in base64 with dots between them.
    Jwt,
    /// A token behind white space, at least so long.
    Header(usize),
    /// To the line that ends a block.
    Block,
    /// `name:password@` of an address.
    Login,
}

/// First letters, what they begin, and how it goes on.
pub(super) const TOKENS: [(&str, &str, Form); 34] = [
    ("AKIA", "AWS access key", Form::Capitals(16)),
    ("ASIA", "AWS access key", Form::Capitals(16)),
    ("ghp_", "GitHub token", Form::Word(30)),
    ("gho_", "GitHub token", Form::Word(30)),
    ("ghu_", "GitHub token", Form::Word(30)),
    ("ghs_", "GitHub token", Form::Word(30)),
    ("ghr_", "GitHub token", Form::Word(30)),
    ("github_pat_", "GitHub token", Form::Word(40)),
    ("glpat-", "GitLab token", Form::Word(20)),
    ("xoxb-", "Slack token", Form::Word(20)),
    ("xoxp-", "Slack token", Form::Word(20)),
    ("xoxa-", "Slack token", Form::Word(20)),
    ("xoxr-", "Slack token", Form::Word(20)),
    ("xoxs-", "Slack token", Form::Word(20)),
    ("xapp-", "Slack token", Form::Word(20)),
    ("sk-ant-", "Anthropic key", Form::Word(20)),
    ("sk-proj-", "OpenAI key", Form::Word(20)),
    ("sk-or-", "OpenRouter key", Form::Word(20)),
    ("sk-", "OpenAI key", Form::Word(32)),
    ("sk_live_", "Stripe key", Form::Word(16)),
    ("rk_live_", "Stripe key", Form::Word(16)),
    ("AIza", "Google key", Form::Word(35)),
    ("ya29.", "Google token", Form::Word(20)),
    ("npm_", "npm token", Form::Word(36)),
    ("pypi-AgEI", "PyPI token", Form::Word(40)),
    ("hf_", "Hugging Face token", Form::Word(30)),
    ("tvly-", "Tavily key", Form::Word(20)),
    ("eyJ", "web token", Form::Jwt),
    ("Bearer ", "bearer token", Form::Header(16)),
    ("bearer ", "bearer token", Form::Header(16)),
    ("Basic ", "login", Form::Header(12)),
    ("-----BEGIN ", "private key", Form::Block),
    ("https://", "login", Form::Login),
    ("http://", "login", Form::Login),
];

/// What may be said of the text so far.
pub(super) enum Found {
    /// A secret up to here, and what it is.
    Secret(usize, &'static str),
    /// None before here.
    Nothing(usize),
    /// That shows with what comes next.
    Open,
}

/// What stands behind the first letters of a token.
pub(super) fn token_at(
    text: &str,
    start: usize,
    end: usize,
    name: &'static str,
    form: Form,
    whole: bool,
) -> Found {
    let before = text[..start].chars().next_back();
    let inside_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    if inside_word && !matches!(form, Form::Block | Form::Login) {
        return Found::Nothing(end);
    }
    let rest = &text[end..];
    let run = Run { rest, end, whole };
    match form {
        Form::Word(least) => run.token(name, word, |got| got.len() >= least && mixed(got)),
        Form::Capitals(exactly) => {
            let fits = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
            run.token(name, fits, |got| got.len() == exactly)
        }
        Form::Jwt => run.token(name, |c| word(c) || c == '.', |got| {
            let parts: Vec<&str> = got.split('.').collect();
            matches!(parts.as_slice(), [head, body, _, ..] if head.len() >= 8 && body.starts_with("eyJ"))
        }),
        Form::Header(least) => {
            let fits = |c: char| word(c) || matches!(c, '.' | '+' | '/' | '=' | '~');
            run.token(name, fits, |got| got.len() >= least && mixed(got))
        }
        Form::Block => run.block(name),
        Form::Login => run.login(name),
    }
}

fn word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

/// What stands behind first letters that end at `end`.
struct Run<'a> {
    rest: &'a str,
    end: usize,
    /// Whether the text goes on no further.
    whole: bool,
}

impl Run<'_> {
    /// A run of letters that fit, where it is a token.
    fn token(
        &self,
        name: &'static str,
        fits: impl Fn(char) -> bool,
        is_token: impl Fn(&str) -> bool,
    ) -> Found {
        let length = self.rest.find(|c| !fits(c)).unwrap_or(self.rest.len());
        // No token is that long, nor is there one in the middle of it: each letter is gone through once.
        if length > MOST_TOKEN {
            return Found::Nothing(self.end + length);
        }
        if !self.whole && length == self.rest.len() {
            return Found::Open;
        }
        let got = self.rest[..length].trim_end_matches('.');
        if is_token(got) {
            Found::Secret(self.end + got.len(), name)
        } else {
            Found::Nothing(self.end)
        }
    }

    /// A block from its first line to its last.
    fn block(&self, name: &'static str) -> Found {
        let start = self
            .rest
            .get(..self.rest.len().min(64))
            .unwrap_or(self.rest);
        match start.find("-----").map(|at| &start[..at]) {
            Some(title) if title.ends_with("PRIVATE KEY") => {}
            None if !self.whole && self.rest.len() < 64 => return Found::Open,
            _ => return Found::Nothing(self.end),
        }
        let close = self.rest.find("-----END ").and_then(|at| {
            let behind = &self.rest[at + 9..];
            Some(at + 9 + behind.find("-----")? + 5)
        });
        match close {
            Some(close) => Found::Secret(self.end + close, name),
            // The end is missing: whatever is there is no one's business.
            None if self.whole || self.rest.len() > MOST_HELD => {
                Found::Secret(self.end + self.rest.len(), name)
            }
            None => Found::Open,
        }
    }

    /// `name:password@` before the host of an address.
    fn login(&self, name: &'static str) -> Found {
        let ends = |c: char| {
            let mark = matches!(c, '/' | '?' | '#' | '"' | '\'' | '<' | '>' | '[' | ']');
            mark || c.is_whitespace() || c.is_control()
        };
        let length = self.rest.find(ends).unwrap_or(self.rest.len());
        if length > MOST_TOKEN {
            return Found::Nothing(self.end + length);
        }
        match self.rest[..length].rfind('@') {
            Some(at) if self.rest[..at].contains(':') => Found::Secret(self.end + at, name),
            _ if !self.whole && length == self.rest.len() => Found::Open,
            _ => Found::Nothing(self.end),
        }
    }
}

/// Whether letters and digits, or both cases, stand in it: words and rows of dashes are no tokens.
fn mixed(text: &str) -> bool {
    let any = |fits: fn(&u8) -> bool| text.as_bytes().iter().any(fits);
    let kinds = [
        any(u8::is_ascii_lowercase),
        any(u8::is_ascii_uppercase),
        any(u8::is_ascii_digit),
    ];
    kinds.iter().filter(|kind| **kind).count() >= 2
}
