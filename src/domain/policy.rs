//! What a tool call would touch, and whether it may: rules first, then a default that asks about all but harmless reads.

use globset::GlobBuilder;
use serde::{Deserialize, Serialize};

use super::chat::Effect;
pub use super::reach::Reach;

/// What is to happen with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// It runs.
    Allow,
    /// A person is asked.
    Ask,
    /// It does not run.
    Deny,
}

impl Permission {
    /// As it stands in a config.
    pub fn word(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Ask => "ask",
            Self::Deny => "deny",
        }
    }
}

/// One rule. What it leaves out holds for all; a rule that leaves out everything holds for every call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// What happens with the calls it holds for.
    pub permission: Permission,
    /// The tool: a name, in which `*` stands for any letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// The files: a glob as in `src/**/*.rs`, on paths as in [`Reach::paths`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The first words of the command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// The host: a name, in which a first `*.` stands for it and all below it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
}

impl Rule {
    /// The rule that would allow calls like this one: the same tool on the same command, host or file. Within the
    /// workspace it holds for all files, and what changes something never allows more than its own tool.
    pub fn allowing(tool: &str, reach: &Reach) -> Self {
        let path = match (reach.paths.as_slice(), reach.outside) {
            ([only], true) => Some(escaped(only)),
            ([], _) => None,
            _ if reach.outside => Some(escaped(&reach.paths[0])),
            _ => None,
        };
        let words = match reach.command.as_slice() {
            [] => None,
            [program, sub, ..] if is_subcommand(sub) => Some(format!("{program} {sub}")),
            [program, ..] => Some(program.clone()),
        };
        Self {
            permission: Permission::Allow,
            tool: Some(tool.to_owned()),
            path,
            command: words,
            host: reach.host.clone(),
        }
    }

    /// Whether it holds for this call. Of several paths, a rule that allows must hold for all, any other for one.
    pub fn holds(&self, tool: &str, reach: &Reach) -> bool {
        let every = self.permission == Permission::Allow;
        self.tool
            .as_deref()
            .is_none_or(|glob| matches(glob, tool, false))
            && self.path.as_deref().is_none_or(|glob| {
                let mut paths = reach.paths.iter();
                let fits = |path: &String| matches(glob, path, true);
                !reach.paths.is_empty()
                    && if every {
                        paths.all(fits)
                    } else {
                        paths.any(fits)
                    }
            })
            && self.command.as_deref().is_none_or(|prefix| {
                let words: Vec<&str> = prefix.split_whitespace().collect();
                !words.is_empty()
                    && words.len() <= reach.command.len()
                    && words
                        .iter()
                        .zip(&reach.command)
                        .all(|(word, own)| word == own)
            })
            && self.host.as_deref().is_none_or(|host| {
                let own = reach
                    .host
                    .as_deref()
                    .unwrap_or_default()
                    .to_ascii_lowercase();
                let host = host.to_ascii_lowercase();
                match host.strip_prefix("*.") {
                    Some(domain) => own == domain || own.ends_with(&format!(".{domain}")),
                    None => own == host,
                }
            })
    }

    /// In a few words: `run_command, command "cargo test"`.
    pub fn words(&self) -> String {
        let part = |name: &str, value: &Option<String>| {
            value.as_ref().map(|value| format!("{name} \"{value}\""))
        };
        let tool = self.tool.clone().unwrap_or_else(|| "every tool".to_owned());
        let parts = [
            part("path", &self.path),
            part("command", &self.command),
            part("host", &self.host),
        ];
        std::iter::once(tool)
            .chain(parts.into_iter().flatten())
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// A pattern in it that is none, such as `src/[a`.
    pub fn problem(&self) -> Option<&str> {
        let globs = [&self.tool, &self.path].into_iter().flatten();
        let mut bad = globs.filter(|glob| GlobBuilder::new(glob).build().is_err());
        bad.next().map(String::as_str)
    }
}

/// A sub-command names what is done (`cargo test`), a flag or a file does not.
fn is_subcommand(word: &str) -> bool {
    !word.is_empty()
        && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && !word.starts_with('-')
}

fn escaped(path: &str) -> String {
    globset::escape(path)
}

fn matches(glob: &str, text: &str, separators: bool) -> bool {
    GlobBuilder::new(glob)
        .literal_separator(separators)
        .build()
        .is_ok_and(|glob| glob.compile_matcher().is_match(text))
}

/// The rules in force.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Policy {
    /// In any order: what denies wins over what asks, and that over what allows.
    pub rules: Vec<Rule>,
}

impl Policy {
    /// What happens with this call, and why. Without a rule: what only reads, in the workspace or nowhere and without
    /// network, is allowed; a person is asked about everything else.
    pub fn decide(&self, tool: &str, reach: &Reach) -> (Permission, String) {
        let holding = self.rules.iter().filter(|rule| rule.holds(tool, reach));
        if let Some(rule) = holding.max_by_key(|rule| rule.permission) {
            return (
                rule.permission,
                format!("rule: {} {}", rule.permission.word(), rule.words()),
            );
        }
        let harmless = reach.effect == Effect::ReadOnly
            && reach.command.is_empty()
            && !reach.outside
            && !reach.network;
        let permission = if harmless {
            Permission::Allow
        } else {
            Permission::Ask
        };
        (permission, reach.words())
    }
}

#[cfg(test)]
mod tests {
    use super::{Effect, Permission, Policy, Reach, Rule};

    fn rule(permission: Permission) -> Rule {
        Rule {
            permission,
            tool: None,
            path: None,
            command: None,
            host: None,
        }
    }

    fn command(words: &str) -> Reach {
        Reach {
            command: words.split(' ').map(str::to_owned).collect(),
            ..Reach::mutating()
        }
    }

    fn path(path: &str) -> Reach {
        Reach {
            paths: vec![path.to_owned()],
            ..Reach::mutating()
        }
    }

    #[test]
    fn without_rules_only_harmless_reads_are_allowed() {
        let policy = Policy::default();
        let decide = |reach: &Reach| policy.decide("t", reach).0;
        assert_eq!(decide(&Reach::harmless()), Permission::Allow);
        assert_eq!(decide(&Reach::mutating()), Permission::Ask);
        for reach in [
            Reach {
                outside: true,
                ..Reach::harmless()
            },
            Reach {
                network: true,
                ..Reach::harmless()
            },
            Reach {
                command: vec!["ls".to_owned()],
                ..Reach::harmless()
            },
        ] {
            assert_eq!(decide(&reach), Permission::Ask, "{reach:?}");
        }
    }

    #[test]
    fn what_denies_wins_whatever_the_order() {
        let allow = Rule {
            tool: Some("run_*".to_owned()),
            ..rule(Permission::Allow)
        };
        let deny = Rule {
            command: Some("git push".to_owned()),
            ..rule(Permission::Deny)
        };
        for rules in [[allow.clone(), deny.clone()], [deny, allow]] {
            let policy = Policy {
                rules: rules.to_vec(),
            };
            let decide = |words| policy.decide("run_command", &command(words)).0;
            assert_eq!(decide("git push origin"), Permission::Deny);
            assert_eq!(decide("git pushy"), Permission::Allow);
            assert_eq!(decide("git status"), Permission::Allow);
        }
    }

    #[test]
    fn a_rule_that_allows_holds_for_all_paths_one_that_denies_for_any() {
        let two = Reach {
            paths: vec!["src/a.rs".to_owned(), "secret/key".to_owned()],
            ..Reach::mutating()
        };
        let on = |permission, glob: &str| Policy {
            rules: vec![Rule {
                path: Some(glob.to_owned()),
                ..rule(permission)
            }],
        };
        assert_eq!(
            on(Permission::Allow, "src/**").decide("t", &two).0,
            Permission::Ask
        );
        assert_eq!(
            on(Permission::Deny, "secret/*").decide("t", &two).0,
            Permission::Deny
        );
        assert_eq!(
            on(Permission::Allow, "src/**")
                .decide("t", &path("src/b/c.rs"))
                .0,
            Permission::Allow
        );
        assert_eq!(
            on(Permission::Allow, "src/*")
                .decide("t", &path("src/b/c.rs"))
                .0,
            Permission::Ask
        );
        assert_eq!(
            on(Permission::Allow, "**")
                .decide("t", &Reach::mutating())
                .0,
            Permission::Ask
        );
    }

    #[test]
    fn hosts_match_whole_names() {
        let policy = Policy {
            rules: vec![Rule {
                host: Some("*.example.org".to_owned()),
                ..rule(Permission::Allow)
            }],
        };
        let decide = |host: &str| {
            let reach = Reach {
                network: true,
                host: Some(host.to_owned()),
                ..Reach::harmless()
            };
            policy.decide("fetch_url", &reach).0
        };
        assert_eq!(decide("Docs.Example.org"), Permission::Allow);
        assert_eq!(decide("example.org"), Permission::Allow);
        assert_eq!(decide("badexample.org"), Permission::Ask);
        assert_eq!(decide("example.org.evil"), Permission::Ask);
    }

    #[test]
    fn what_would_be_allowed_is_as_narrow_as_the_call() {
        let words = |reach: &Reach| Rule::allowing("t", reach).words();
        assert_eq!(
            words(&command("cargo test --all")),
            "t, command \"cargo test\""
        );
        assert_eq!(words(&command("rm -rf x")), "t, command \"rm\"");
        assert_eq!(words(&path("a.txt")), "t");
        let outside = Reach {
            outside: true,
            ..path("/etc/a*")
        };
        let rule = Rule::allowing("t", &outside);
        assert!(rule.holds("t", &outside));
        assert!(!rule.holds(
            "t",
            &Reach {
                outside: true,
                ..path("/etc/abc")
            }
        ));
        assert_eq!(rule.problem(), None);
        assert_eq!(Effect::Mutating, outside.effect);
    }
}
