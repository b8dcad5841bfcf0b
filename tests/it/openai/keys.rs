//! Keys: found where the settings say, sent, and seen nowhere else.

use std::path::Path;

use serde_json::json;

use crate::program::{Program, Ran};
use crate::support::openai::{FakeOpenAi, happy};

const KEY: &str = "sk-secret-4711";
const STEPS: &[&str] = &["Find the facts", "Compare the facts"];

fn guarded() -> FakeOpenAi {
    let models = json!({"data": [{"id": "big", "max_model_len": 8192}]});
    FakeOpenAi::with(models, Some(KEY), |asked| happy(STEPS, asked))
}

fn program(server: &FakeOpenAi, source: &str) -> Program {
    let program = Program::new();
    let url = server.url();
    let text = format!(
        "model = \"cluster:big\"\n[providers.cluster]\nkind = \"openai\"\nbase_url = \"{url}\"\n{source}\n"
    );
    program.file("config.toml", text);
    program
}

fn write_key(program: &Program, mode: u32) {
    let file = program.file("cluster.key", format!("{KEY}\nsecond line\n"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
    }
}

/// The key must be in no output and in no file but the one that holds it.
#[track_caller]
fn assert_kept(program: &Program, ran: &Ran) {
    let found = |bytes: &[u8]| {
        bytes
            .windows(KEY.len())
            .any(|window| window == KEY.as_bytes())
    };
    assert!(
        !found(ran.stdout.as_bytes()) && !found(ran.stderr.as_bytes()),
        "{ran:?}"
    );
    let mut folders = vec![program.home().to_owned()];
    let mut looked_at = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name() != Some("cluster.key".as_ref()) {
                looked_at += usize::from(path.extension() == Some("db".as_ref()));
                assert!(!found(&std::fs::read(&path).unwrap()), "{}", path.display());
            }
        }
    }
    assert_eq!(looked_at, 1, "the database was looked at");
    let shown = program.run(&["config", "show"]).exits(0);
    assert!(!found(shown.stdout.as_bytes()), "{}", shown.stdout);
    let doctor = program.run(&["doctor"]);
    assert!(!found(doctor.stdout.as_bytes()), "{}", doctor.stdout);
}

#[test]
fn a_key_comes_from_the_environment_a_command_or_a_file() {
    let server = guarded();
    let command = format!(
        "api_key_command = [\"sh\", \"-c\", \"echo {}; echo more\"]",
        "$HIDDEN"
    );
    for (source, variable) in [
        ("api_key_env = \"CLUSTER_KEY\"", Some("CLUSTER_KEY")),
        (command.as_str(), Some("HIDDEN")),
        ("api_key_file = \"cluster.key\"", None),
        ("api_key_file = \"~/cluster.key\"", None),
    ] {
        let mut program = program(&server, source);
        write_key(&program, 0o600);
        if let Some(variable) = variable {
            program = program.with(variable, KEY);
        }
        let ran = program
            .run(&["run", "--yes", "--json", "--stream", "Compare"])
            .exits(0);
        assert_kept(&program, &ran);
    }
    let given = format!("Bearer {KEY}");
    assert!(
        server
            .asked()
            .iter()
            .all(|asked| asked.authorization.as_ref() == Some(&given))
    );
}

#[test]
fn a_key_that_is_refused_leaves_no_trace_and_names_its_place() {
    let server = FakeOpenAi::with(json!({"data": []}), Some("another"), |asked| {
        happy(STEPS, asked)
    });
    let program = program(&server, "api_key_env = \"CLUSTER_KEY\"").with("CLUSTER_KEY", KEY);
    let ran = program.run(&["run", "--yes", "Compare"]).exits(4);
    assert!(ran.stderr.contains("it answered 401"), "{}", ran.stderr);
    assert!(
        ran.stderr
            .contains("the variable CLUSTER_KEY of the environment"),
        "{}",
        ran.stderr
    );
    assert_kept(&program, &ran);
}

#[cfg(unix)]
#[test]
fn a_key_file_that_others_may_read_is_refused() {
    let server = guarded();
    let program = program(&server, "api_key_file = \"cluster.key\"");
    for mode in [0o640, 0o604, 0o620, 0o777] {
        write_key(&program, mode);
        let ran = program.run(&["run", "--yes", "Compare"]).exits(2);
        let path = Path::new("cluster.key").display();
        assert!(
            ran.stderr.contains(&format!("(mode {mode:o})")),
            "{}",
            ran.stderr
        );
        assert!(ran.stderr.contains("hint: `chmod 600 ") && ran.stderr.contains(&path.to_string()));
    }
    assert!(server.asked().is_empty(), "nothing was sent");
    write_key(&program, 0o400);
    program.run(&["run", "--yes", "Compare"]).exits(0);
}

#[test]
fn a_key_that_is_not_there_is_wrong_configuration() {
    let server = guarded();
    for (source, code, words) in [
        (
            "api_key_env = \"NO_SUCH_KEY\"",
            2,
            "the variable NO_SUCH_KEY, which should hold its key, is not set",
        ),
        (
            "api_key_file = \"nowhere.key\"",
            2,
            "nowhere.key, which should hold its key, cannot be read",
        ),
        ("api_key_file = \".\"", 2, "is no file"),
        (
            "api_key_command = [\"false\"]",
            4,
            "the command `false`, which should print its key, failed (exit status: 1)",
        ),
        ("api_key_command = [\"true\"]", 4, "is empty"),
        (
            "api_key_command = [\"/no/such/program\", \"secret-argument\"]",
            4,
            "cannot be run",
        ),
        ("", 4, "it answered 401"),
    ] {
        let program = program(&server, source);
        let ran = program.run(&["run", "--yes", "Compare"]).exits(code);
        assert!(ran.stderr.contains(words), "{source}: {}", ran.stderr);
        assert!(
            ran.stderr.contains("hint: ") && !ran.stderr.contains("secret-argument"),
            "{}",
            ran.stderr
        );
    }
    assert!(server.chats().is_empty());
}
