//! What a program finds in its environment: what planwright has, less what looks like a secret or leads to one.

use std::ffi::OsString;

/// Words in a name that a secret has. `PWD` and `OLDPWD` are none.
const SECRET_WORDS: &[&str] = &[
    "API_KEY",
    "APIKEY",
    "ACCESS_KEY",
    "PRIVATE_KEY",
    "SECRET",
    "TOKEN",
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "CREDENTIAL",
    "COOKIE",
];

/// Ends of such names.
const SECRET_ENDS: &[&str] = &["_KEY", "_PASS", "_PWD", "_PAT", "_AUTH", "_DSN"];

/// What leads to something that would work for a program: agents that hold keys, the desktop, planwright itself.
const LEADS: &[&str] = &[
    "SSH_AUTH_SOCK",
    "SSH_AGENT_PID",
    "SSH_ASKPASS",
    "GPG_AGENT_INFO",
    "GPG_TTY",
    "DBUS_SESSION_BUS_ADDRESS",
    "XDG_RUNTIME_DIR",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "DOCKER_HOST",
    "CONTAINER_HOST",
    "TMUX",
    "STY",
];

/// How well-known keys begin.
const SECRET_BEGINNINGS: &[&str] = &[
    "sk-",
    "ghp_",
    "gho_",
    "ghs_",
    "github_pat_",
    "glpat-",
    "hf_",
    "xoxb-",
    "xoxp-",
    "AKIA",
    "eyJhbGci",
    "-----BEGIN",
];

/// What a program is told about where it runs: nobody sees its output at once, and nobody can answer it.
const SET: &[(&str, &str)] = &[
    ("TERM", "dumb"),
    ("NO_COLOR", "1"),
    ("PAGER", "cat"),
    ("GIT_PAGER", "cat"),
    ("GIT_TERMINAL_PROMPT", "0"),
];

/// The environment without what looks like a secret, has one of these `secret` names, or leads to one; what `passed` names
/// stays all the same.
pub(super) fn scrubbed(
    all: &[(OsString, OsString)],
    secret: &[String],
    passed: &[String],
) -> Vec<(OsString, OsString)> {
    let kept = all.iter().filter(|(name, value)| {
        let name = name.to_string_lossy();
        let is_named = |names: &[String]| names.iter().any(|known| *known == name);
        is_named(passed)
            || !(is_named(secret) || leaks(&name) || looks_secret(&value.to_string_lossy()))
    });
    let mut kept: Vec<_> = kept.cloned().collect();
    kept.retain(|(name, _)| !SET.iter().any(|(known, _)| name == known));
    kept.extend(SET.iter().map(|(name, value)| (name.into(), value.into())));
    kept
}

fn leaks(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    SECRET_WORDS.iter().any(|word| upper.contains(word))
        || SECRET_ENDS.iter().any(|end| upper.ends_with(end))
        || LEADS.contains(&upper.as_str())
        || upper.starts_with("PLANWRIGHT_")
}

fn looks_secret(value: &str) -> bool {
    let value = value.trim_start();
    SECRET_BEGINNINGS
        .iter()
        .any(|beginning| value.starts_with(beginning))
        || holds_login(value)
}

/// Whether a text has an address with a password in it: `scheme://name:password@host`.
fn holds_login(value: &str) -> bool {
    value.split("://").skip(1).any(|rest| {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let login = authority.rsplit_once('@').map(|(login, _)| login);
        login.is_some_and(|login| login.contains(':'))
    })
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::scrubbed;

    fn names(all: &[(&str, &str)], secret: &[&str], passed: &[&str]) -> Vec<String> {
        let texts = |names: &[&str]| -> Vec<String> { names.iter().map(|&n| n.into()).collect() };
        let all: Vec<(OsString, OsString)> = all
            .iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        let kept = scrubbed(&all, &texts(secret), &texts(passed));
        let mut names: Vec<String> = kept
            .into_iter()
            .map(|(name, _)| name.into_string().unwrap())
            .filter(|name| all.iter().any(|(known, _)| known == name.as_str()))
            .collect();
        names.sort();
        names
    }

    #[test]
    fn secrets_go_by_name_and_by_value_and_the_rest_stays() {
        let all = [
            ("PATH", "/usr/bin"),
            ("HOME", "/home/me"),
            ("PWD", "/work"),
            ("OLDPWD", "/"),
            ("CARGO_HOME", "/c"),
            ("OPENAI_API_KEY", "x"),
            ("github_token", "x"),
            ("MY_SECRET", "x"),
            ("DB_PASSWORD", "x"),
            ("MYSQL_PWD", "x"),
            ("SSH_AUTH_SOCK", "/run/x"),
            ("AWS_ACCESS_KEY_ID", "x"),
            ("PLANWRIGHT_HOME", "/p"),
            ("PLAIN", "sk-abcdef"),
            ("DATABASE_URL", "postgres://me:pw@host/db"),
            ("SITE", "https://host/a:b@c"),
            ("CLUSTER", "x"),
        ];
        assert_eq!(
            names(&all, &["CLUSTER"], &[]),
            ["CARGO_HOME", "HOME", "OLDPWD", "PATH", "PWD", "SITE"]
        );
        assert!(names(&all, &[], &["MY_SECRET"]).contains(&"MY_SECRET".to_owned()));
    }
}
