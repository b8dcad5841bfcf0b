//! Settings: the example is the default, every mistake is named with its place, and each value knows where it came from.

use std::collections::BTreeSet;
use std::fs;

use planwright::config::{Config, ConfigError, Loaded, Origin, Overrides, Paths, Sources};
use planwright::config::{example, init, ollama_host};
use planwright::domain::event::{ApprovalPolicy, Limits};
use tempfile::TempDir;

mod mistakes;

/// A home folder with this config file, and this environment.
struct Setting {
    home: TempDir,
    sources: Sources,
}

fn setting(file: &str, env: &[(&str, &str)]) -> Setting {
    let home = tempfile::tempdir().unwrap();
    if !file.is_empty() {
        fs::write(home.path().join("config.toml"), file).unwrap();
    }
    let mut sources = Sources::default();
    for (name, value) in env {
        sources.env.insert((*name).to_owned(), (*value).to_owned());
    }
    let path = home.path().to_str().unwrap().to_owned();
    sources.env.insert("PLANWRIGHT_HOME".to_owned(), path);
    Setting { home, sources }
}

impl Setting {
    fn load(&self) -> Result<Loaded, ConfigError> {
        Config::load(&self.sources)
    }

    fn config(&self) -> Config {
        self.load().unwrap().config
    }

    /// The error and its hint, the file's folder left out.
    fn error(&self) -> String {
        let error = self.load().unwrap_err();
        let hint = error.hint().unwrap_or_default();
        let folder = format!("{}/", self.home.path().display());
        format!("{error}\nhint: {hint}").replace(&folder, "")
    }
}

fn origin<'a>(loaded: &'a Loaded, key: &str) -> &'a Origin {
    let found = loaded.origins.iter().find(|(name, ..)| *name == key);
    &found.unwrap().2
}

/// The dotted names of all keys of a TOML text.
fn keys_of(text: &str) -> BTreeSet<String> {
    fn below(prefix: &str, table: &toml::Table) -> BTreeSet<String> {
        let all = table.iter().flat_map(|(name, value)| {
            let name = format!("{prefix}{name}");
            match value.as_table() {
                Some(table) => below(&format!("{name}."), table),
                None => BTreeSet::from([name]),
            }
        });
        all.collect()
    }
    below("", &text.parse().unwrap())
}

#[test]
fn the_example_holds_every_key_and_no_other() {
    let known: BTreeSet<String> = setting("", &[])
        .load()
        .unwrap()
        .origins
        .iter()
        .map(|(key, ..)| (*key).to_owned())
        .collect();
    assert_eq!(keys_of(example()), known);
    assert_eq!(example(), include_str!("../../config.example.toml"));
}

#[test]
fn every_key_of_the_example_has_a_comment() {
    let mut comment = false;
    for line in example().lines() {
        let key = line.split_once('=').filter(|_| !line.starts_with('#'));
        if let Some((key, _)) = key {
            assert!(
                comment || key.ends_with("_model ") || line.ends_with("= []"),
                "`{key}` has no comment"
            );
        }
        comment = line.starts_with('#');
    }
}

#[test]
fn the_defaults_are_what_the_example_says() {
    let loaded = setting("", &[]).load().unwrap();
    let document: toml::Table = example().parse().unwrap();
    for (key, value, origin) in &loaded.origins {
        let mut parts = key.split('.');
        let first = &document[parts.next().unwrap()];
        let said = parts.fold(first, |table, part| &table[part]);
        assert_eq!(*origin, Origin::Default);
        if *key == "base_url" {
            assert_eq!(value, "\"http://127.0.0.1:11434\"");
        } else {
            assert_eq!(*value, said.to_string(), "{key}");
        }
    }
    let written_out = setting(example(), &[]);
    assert_eq!(
        Config {
            paths: loaded.config.paths.clone(),
            ..written_out.config()
        },
        loaded.config
    );
    assert_eq!(loaded.config, Config::defaults(loaded.config.paths.clone()));
    assert_eq!(
        Limits {
            max_parallel: 1,
            ..loaded.config.limits
        },
        Limits::default(),
        "one default, two places"
    );
    assert_eq!(loaded.warnings, [""; 0]);
}

#[test]
fn everything_stands_under_planwright_home() {
    let setting = setting("", &[]);
    let home = setting.home.path();
    assert_eq!(
        setting.config().paths,
        Paths {
            config_file: home.join("config.toml"),
            data_dir: home.to_owned(),
            database: home.join("planwright.db"),
            log_file: home.join("logs/planwright.log"),
        }
    );
}

#[test]
fn the_file_is_under_the_environment_is_under_the_command_line() {
    let file =
        "model = 'file'\nplanner_model = 'file'\nmax_steps = 7\n\n[ollama]\nnum_ctx = 4096\n";
    let mut setting = setting(
        file,
        &[
            ("PLANWRIGHT_MODEL", "env"),
            ("PLANWRIGHT_PLANNER_MODEL", "env"),
            ("PLANWRIGHT_OLLAMA_THINK", "true"),
            ("PLANWRIGHT_EXECUTOR_MODEL", ""),
        ],
    );
    setting.sources.overrides = Overrides::default()
        .with("model", Some("cli"))
        .with("timeout", Some(60))
        .with("max_steps", None::<u32>)
        .with("approval", Some("first"));
    let loaded = setting.load().unwrap();
    let config = &loaded.config;
    assert_eq!(config.model, "cli");
    assert_eq!(config.planner_model.as_deref(), Some("env"));
    assert_eq!(config.executor_model, None);
    assert_eq!((config.limits.max_steps, config.ollama.num_ctx), (7, 4096));
    assert_eq!(config.limits.timeout_s, Some(60));
    assert_eq!(config.approval, ApprovalPolicy::First);
    assert!(config.ollama.think);
    let path = setting.home.path().join("config.toml");
    let in_file = |line, column| Origin::File {
        path: path.clone(),
        line,
        column,
    };
    let from_env = |name: &str| Origin::Environment(name.to_owned());
    for (key, expected) in [
        ("model", Origin::CommandLine("--model".to_owned())),
        ("timeout", Origin::CommandLine("--timeout".to_owned())),
        ("planner_model", from_env("PLANWRIGHT_PLANNER_MODEL")),
        ("ollama.think", from_env("PLANWRIGHT_OLLAMA_THINK")),
        ("max_steps", in_file(3, 13)),
        ("ollama.num_ctx", in_file(6, 11)),
        ("executor_model", Origin::Default),
        ("ui.ascii", Origin::Default),
    ] {
        assert_eq!(*origin(&loaded, key), expected, "{key}");
    }
}

#[test]
fn every_key_can_be_set_in_the_environment() {
    let defaults = setting("", &[]).load().unwrap();
    for (key, value, _) in &defaults.origins {
        let variable = format!("PLANWRIGHT_{}", key.replace('.', "_").to_uppercase());
        let other = match value.as_str() {
            _ if *key == "tools.search.provider" => "brave".to_owned(),
            _ if *key == "tools.search.base_url" => "https://search.example".to_owned(),
            "true" => "false".to_owned(),
            "false" => "1".to_owned(),
            "\"always\"" => "never".to_owned(),
            // The only one that is always there; that another one must be configured is tested elsewhere.
            "\"ollama\"" => continue,
            "\"plan-execute\"" => "direct".to_owned(),
            "\"plan-done\"" => "failure".to_owned(),
            "\"checks\"" => "off".to_owned(),
            "\"terminal\"" => "dark".to_owned(),
            "\"info\"" => "debug".to_owned(),
            "\"auto\"" if *key == "ui.notify" => "bell".to_owned(),
            _ if key.starts_with("colors.") => "#aabbcc".to_owned(),
            "\"10m\"" => "-1".to_owned(),
            _ if key.ends_with("able") => "/somewhere".to_owned(),
            "250" | "8000" => "300".to_owned(),
            "8192" => "1024".to_owned(),
            number if number.parse::<u32>().is_ok_and(|number| number < 5) => "5".to_owned(),
            number if number.parse::<u32>().is_ok() => "17".to_owned(),
            _ => "somewhere".to_owned(),
        };
        let loaded = setting("", &[(&variable, &other)]).load();
        let (found, from) = match &loaded {
            Ok(loaded) => {
                let found = loaded
                    .origins
                    .iter()
                    .find(|(name, ..)| name == key)
                    .unwrap();
                (&found.1, found.2.clone())
            }
            Err(error) => panic!("{variable}: {error}"),
        };
        assert_ne!(found, value, "{variable}");
        assert_eq!(from, Origin::Environment(variable));
    }
}

#[test]
fn the_time_a_model_stays_loaded_is_worded_as_ollama_words_it() {
    for good in ["-1", "0", "600", "30s", "10m", "1h30m", "-1m"] {
        let env = [("PLANWRIGHT_OLLAMA_KEEP_ALIVE", good)];
        assert_eq!(setting("", &env).config().ollama.keep_alive, good);
    }
    for bad in ["ten", "10x", "m", "5mm", "--1", "1h30", "1.5.2h", "10 m"] {
        let env = [("PLANWRIGHT_OLLAMA_KEEP_ALIVE", bad)];
        assert!(setting("", &env).load().is_err(), "{bad}");
    }
}

#[test]
fn a_locale_that_is_not_utf8_has_ascii_drawn_where_nobody_says_otherwise() {
    let ascii = |file: &str, env: &[(&str, &str)]| setting(file, env).config().ui.ascii;
    assert!(!ascii("", &[]));
    assert!(!ascii("", &[("LANG", "C.UTF-8")]));
    assert!(!ascii("", &[("LANG", "de_DE.utf8"), ("LC_ALL", "")]));
    assert!(ascii("", &[("LANG", "C")]));
    assert!(ascii(
        "",
        &[("LANG", "C.UTF-8"), ("LC_CTYPE", "de_DE.ISO-8859-1")]
    ));
    assert!(!ascii("", &[("LANG", "C"), ("LC_ALL", "en_GB.UTF-8")]));
    assert!(!ascii("ui.ascii = false", &[("LC_ALL", "POSIX")]));
}

#[test]
fn habits_of_terminals_are_honoured() {
    let ui = |file: &str, env: &[(&str, &str)]| {
        let ui = setting(file, env).config().ui;
        (ui.color, ui.reduced_motion)
    };
    assert_eq!(ui("", &[]), (true, false));
    assert_eq!(ui("", &[("NO_COLOR", "1")]), (false, false));
    assert_eq!(ui("", &[("NO_COLOR", "")]), (true, false));
    assert_eq!(ui("ui.color = true", &[("NO_COLOR", "1")]), (false, false));
    assert_eq!(
        ui("", &[("NO_COLOR", "1"), ("PLANWRIGHT_UI_COLOR", "1")]),
        (true, false)
    );
    assert_eq!(ui("", &[("SSH_TTY", "/dev/pts/1")]), (true, true));
    assert_eq!(ui("", &[("NO_MOTION", "1")]), (true, true));
    assert_eq!(ui("", &[("NO_MOTION", "0")]), (true, false));
    let set = "ui.reduced_motion = false";
    assert_eq!(ui(set, &[("SSH_TTY", "/dev/pts/1")]), (true, false));
    let env = [("SSH_TTY", "x"), ("PLANWRIGHT_UI_REDUCED_MOTION", "false")];
    assert_eq!(ui("", &env), (true, false));
}

#[test]
fn the_server_is_named_by_setting_then_ollama_host_then_default() {
    let url = |file: &str, env: &[(&str, &str)]| {
        let loaded = setting(file, env).load().unwrap();
        let from = origin(&loaded, "base_url").clone();
        (loaded.config.base_url, from, loaded.warnings.len())
    };
    let host = |name: &str| Origin::Environment(name.to_owned());
    let (found, from, _) = url("base_url = 'example.com'", &[("OLLAMA_HOST", "other")]);
    assert_eq!(found, "http://example.com:11434");
    assert!(matches!(from, Origin::File { line: 1, .. }));
    let (found, from, _) = url("base_url = ''", &[("OLLAMA_HOST", "0.0.0.0:8080")]);
    assert_eq!(
        (found.as_str(), from),
        ("http://127.0.0.1:8080", host("OLLAMA_HOST"))
    );
    let (found, from, warnings) = url("", &[("OLLAMA_HOST", "h:99999")]);
    assert_eq!(
        (found.as_str(), from),
        ("http://h:11434", host("OLLAMA_HOST"))
    );
    assert_eq!(warnings, 1);
    let (found, from, _) = url("", &[("OLLAMA_HOST", " ")]);
    assert_eq!(
        (found.as_str(), from),
        ("http://127.0.0.1:11434", Origin::Default)
    );
    let (found, from, _) = url("", &[("PLANWRIGHT_BASE_URL", "https://h/x/")]);
    assert_eq!(
        (found.as_str(), from),
        ("https://h:443/x", host("PLANWRIGHT_BASE_URL"))
    );
}

#[test]
fn ollama_host_is_read_as_ollama_reads_it() {
    for (text, expected) in [
        ("", "http://127.0.0.1:11434"),
        ("1.2.3.4", "http://1.2.3.4:11434"),
        (":8080", "http://127.0.0.1:8080"),
        ("1.2.3.4:8080", "http://1.2.3.4:8080"),
        ("example.com", "http://example.com:11434"),
        ("example.com:8080", "http://example.com:8080"),
        ("[::1]", "http://[::1]:11434"),
        ("::1", "http://[::1]:11434"),
        ("[::1]:1234", "http://[::1]:1234"),
        ("fe80::1", "http://[fe80::1]:11434"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:80", "http://127.0.0.1:80"),
        ("[::]", "http://[::1]:11434"),
        ("[::]:1", "http://[::1]:1"),
        (" 1.2.3.4 ", "http://1.2.3.4:11434"),
        ("\"1.2.3.4\"", "http://1.2.3.4:11434"),
        (" \" 1.2.3.4 \" ", "http://1.2.3.4:11434"),
        ("'1.2.3.4'", "http://1.2.3.4:11434"),
        ("http://1.2.3.4", "http://1.2.3.4:80"),
        ("http://1.2.3.4:4321", "http://1.2.3.4:4321"),
        ("HTTP://h", "http://h:80"),
        ("https://1.2.3.4", "https://1.2.3.4:443"),
        ("https://1.2.3.4:4321", "https://1.2.3.4:4321"),
        ("https://h/ollama", "https://h:443/ollama"),
        ("http://h:1/a/b/", "http://h:1/a/b"),
        ("example.com/ollama", "http://example.com:11434/ollama"),
        ("ollama.com", "https://ollama.com:443"),
        ("http://", "http://127.0.0.1:80"),
    ] {
        let host = ollama_host::parse(text).unwrap();
        assert_eq!(
            (host.base_url.as_str(), host.warning),
            (expected, None),
            "{text:?}"
        );
    }
    for (text, expected) in [
        (":66000", "http://127.0.0.1:11434"),
        ("h:-1", "http://h:11434"),
        ("h:", "http://h:11434"),
        ("https://h:x", "https://h:443"),
        ("[::1]:x", "http://[::1]:11434"),
    ] {
        let host = ollama_host::parse(text).unwrap();
        assert_eq!(host.base_url, expected, "{text:?}");
        assert!(host.warning.is_some(), "{text:?}");
    }
    for text in [
        "ftp://h",
        "unix:///run/x",
        "a b",
        "http://u:p@h",
        "[::1",
        "[::1]x",
        "h?q",
        "h/#a",
        "%zz",
    ] {
        assert!(ollama_host::parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn init_writes_the_example_once() {
    let home = tempfile::tempdir().unwrap();
    let paths = Paths::under(&home.path().join("a/b"));
    let path = init(&paths).unwrap();
    assert_eq!(path, paths.config_file);
    assert_eq!(fs::read_to_string(&path).unwrap(), example());
    fs::write(&path, "mine").unwrap();
    assert_eq!(
        init(&paths),
        Err(ConfigError::Exists { path: path.clone() })
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
}

#[test]
fn any_bytes_in_the_file_and_the_environment_are_an_answer_not_a_panic() {
    use proptest::prelude::*;
    proptest!(|(file in "(model|\\[ui\\]|ascii|=|'|\\PC|\n){0,12}", host in "\\PC{0,20}")| {
        let _ = setting(&file, &[("OLLAMA_HOST", host.as_str())]).load();
        let host = ollama_host::parse(&host);
        if let Ok(host) = host {
            prop_assert_eq!(ollama_host::parse(&host.base_url).map(|host| host.base_url), Ok(host.base_url));
        }
    });
}

/// A default that comes back stands where the value stood, below the comment that says what the setting is for.
#[test]
fn a_setting_that_is_set_back_keeps_its_comment() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("config.toml");
    std::fs::write(
        &path,
        "# How often.\nmax_iterations = 9 # mine\n\n[ui]\n# Plain.\nascii = true\n# Colours.\ntheme = \"dark\"\n",
    )
    .unwrap();
    let place = home.path().to_string_lossy().into_owned();
    let sources = Sources {
        env: [("PLANWRIGHT_HOME".to_owned(), place)]
            .into_iter()
            .collect(),
        overrides: Overrides::default(),
    };
    let back = |name: &str| planwright::config::keep_setting(&sources, name, None).unwrap();
    assert_eq!(back("max_iterations").config.limits.max_iterations, 3);
    back("ui.theme");
    back("ui.ascii");
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(
        text,
        "# How often.\nmax_iterations = 3 # mine\n\n[ui]\n# Plain.\n# Colours.\ntheme = \"terminal\"\n"
    );
}

#[test]
fn a_setting_is_written_where_it_belongs_and_everything_else_stays() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("config.toml");
    let env = [(
        "PLANWRIGHT_HOME".to_owned(),
        home.path().to_string_lossy().into_owned(),
    )];
    let sources = Sources {
        env: env.into_iter().collect(),
        overrides: Overrides::default(),
    };
    let keep =
        |name: &str, typed: &str| planwright::config::keep_setting(&sources, name, Some(typed));
    keep("ui.theme", "dark").unwrap();
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        "[ui]\ntheme = \"dark\"\n"
    );
    let before = "# mine\nmodel = \"a\" # the small one\n\n[ui]\n# no colours\ncolor = false\n\n[[tools.rule]]\npermission = \"deny\"\ntool = \"n*\"\n";
    std::fs::write(&path, before).unwrap();
    keep("model", "\"b:1\"").unwrap();
    keep("ui.mouse", "true").unwrap();
    keep("max_steps", "7").unwrap();
    let after = std::fs::read_to_string(&path).unwrap();
    for kept in [
        "# mine\n",
        "model = \"b:1\" # the small one\n",
        "# no colours\ncolor = false\nmouse = true\n",
        "max_steps = 7\n",
        "tool = \"n*\"\n",
    ] {
        assert!(after.contains(kept), "no {kept:?} in {after}");
    }
    for (name, typed, words) in [
        ("ui.theme", "pink", "`ui.theme` must be"),
        ("ui.color", "maybe", "must be `true` or `false`"),
        ("retry.max_delay_ms", "1", "must not make"),
        ("no.such", "1", "there is no setting `no.such`"),
    ] {
        let why = keep(name, typed).unwrap_err();
        assert!(why.contains(words), "{why}");
        assert_eq!(
            std::fs::read_to_string(&path).unwrap(),
            after,
            "the file is as it was"
        );
    }
    // A table in one line is one, too; and what is taken out is as if it had never been there.
    std::fs::write(&path, "ui = { color = false } # mine\nmax_steps = 7\n").unwrap();
    keep("ui.mouse", "true").unwrap();
    let loaded = planwright::config::keep_setting(&sources, "max_steps", None).unwrap();
    assert_eq!(loaded.config.limits.max_steps, 30);
    planwright::config::keep_setting(&sources, "retry.attempts", None).unwrap();
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        "ui = { color = false , mouse = true } # mine\n"
    );
    // The running program takes over that one setting.
    let mut running = Config::load(&sources).unwrap().config;
    running.limits.max_steps = 3;
    running.adopt(&loaded.config, "max_steps").unwrap();
    assert_eq!(
        running,
        Config {
            limits: loaded.config.limits,
            ..loaded.config.clone()
        }
    );
    std::fs::write(&path, "not toml at [[[").unwrap();
    assert!(keep("ui.color", "true").is_err());
}

#[test]
fn every_setting_is_explained() {
    for (name, ..) in &setting("", &[]).load().unwrap().origins {
        assert!(!planwright::config::about(name).is_empty(), "{name}");
    }
}
