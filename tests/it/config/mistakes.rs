//! Every mistake in the settings is named with its place and what would be right.

use std::fs;

use planwright::config::Overrides;

use super::setting;

#[test]
fn mistakes_name_the_file_the_line_and_what_is_known() {
    for (file, expected) in [
        (
            "model = 'a'\n\nmodle = 'b'",
            "config.toml line 3, column 1: there is no setting `modle`\nhint: the nearest known key is `model`",
        ),
        (
            "[ollama]\n  num_ctxt = 1",
            "config.toml line 2, column 3: there is no setting `ollama.num_ctxt`\nhint: the nearest known key is `ollama.num_ctx`: `num_ctx` in `[ollama]`",
        ),
        (
            "idle_timeout = 1",
            "config.toml line 1, column 1: there is no setting `idle_timeout`\nhint: the nearest known key is `ollama.idle_timeout`: `idle_timeout` in `[ollama]`",
        ),
        (
            "[olama]\nx = 1",
            "config.toml line 1, column 2: there is no setting `olama`\nhint: the nearest known key is `ollama`",
        ),
        (
            "[[ui]]\nascii = true",
            "config.toml line 1, column 1: `ui` must be a table: `[ui]` on a line of its own",
        ),
        (
            "[tools]\nenable = ['*']",
            "config.toml line 2, column 1: there is no setting `tools.enable`\nhint: the nearest known key is `tools.enabled`: `enabled` in `[tools]`",
        ),
        (
            "[[tools.rule]]\ntool = 'now'",
            "config.toml line 1, column 1: `tools.rule[0]` lacks `permission`: `allow`, `ask` or `deny`",
        ),
        (
            "[[tools.rule]]\npermission = 'allow'\n[[tools.rule]]\npermission = 'maybe'",
            "config.toml line 4, column 14: `tools.rule[1].permission` must be `allow`, `ask` or `deny`, not `maybe`",
        ),
        (
            "[[tools.rule]]\npermission = 'allow'\npaths = 'src/**'",
            "config.toml line 3, column 1: `tools.rule[0].paths` is no setting of a rule\nhint: the nearest known key is `path`",
        ),
        (
            "[[tools.rule]]\npermission = 'deny'\npath = 'src/[a'",
            "config.toml line 1, column 1: `tools.rule[0]` has a pattern that is none: `src/[a`",
        ),
        (
            "[tools.rule]\npermission = 'deny'",
            "config.toml line 1, column 1: `tools.rule` must be tables: `[[tools.rule]]` on a line of its own before each",
        ),
        (
            "[mcp]\nfiles = 3",
            "config.toml line 2, column 9: `mcp.files` must be a table: `[mcp.NAME]` on a line of its own",
        ),
        (
            "[mcp.a-b]\ncommand = ['x']",
            "config.toml line 1, column 6: `mcp.a-b` is no name of a server: up to 24 letters and digits, with single `_` between them",
        ),
        (
            "[mcp.a__b]\ncommand = ['x']",
            "config.toml line 1, column 6: `mcp.a__b` is no name of a server: up to 24 letters and digits, with single `_` between them",
        ),
        (
            "[mcp.files]\ntimeout = 3",
            "config.toml line 1, column 6: `mcp.files` lacks `command`, the program to start, or `url`, the address of a server that runs",
        ),
        (
            "[mcp.files]\ncommand = ['x']\nurl = 'http://a/mcp'",
            "config.toml line 1, column 6: `mcp.files` has both `command` and `url`: keep the one that leads to the server",
        ),
        (
            "[mcp.files]\ncommand = 'npx -y files'",
            "config.toml line 2, column 11: `mcp.files.command` must be a list of texts: a program and its arguments, such as `[\"npx\", \"-y\", \"NAME\"]`",
        ),
        (
            "[mcp.files]\ncommand = ['x']\ncomand = 1",
            "config.toml line 3, column 1: `mcp.files.comand` is no setting of an MCP server\nhint: the nearest known key is `command`",
        ),
        (
            "[mcp.files]\ncommand = ['x']\nenv = { A = 1 }",
            "config.toml line 3, column 13: `mcp.files.env.A` must be one line of text in quotes",
        ),
        (
            "[mcp.files]\ncommand = ['x']\nenv_from = ['A=secret']",
            "config.toml line 3, column 12: `mcp.files.env_from` must hold names of variables of the environment, not values",
        ),
        (
            "[mcp.files]\ncommand = ['x']\napi_key_env = 'A'",
            "config.toml line 1, column 6: `mcp.files` has `api_key_env`, which is for a server with `url`; a program gets its key with `env_from`",
        ),
        (
            "[mcp.t]\nurl = 'ftp://a/mcp'",
            "config.toml line 2, column 7: `mcp.t.url` must be the address of a server such as `http://127.0.0.1:8000/mcp`: it has to begin with `http://` or `https://`",
        ),
        (
            "[mcp.t]\nurl = 'http://a/mcp'\nenv_from = ['A']",
            "config.toml line 1, column 6: `mcp.t` has an environment, which is for a server with `command`",
        ),
        (
            "[mcp.t]\nurl = 'http://a/mcp'\ntools = ['a[']",
            "config.toml line 3, column 9: `mcp.t.tools` has a pattern that is none: `a[`",
        ),
        (
            "max_steps = \"many\"",
            "config.toml line 1, column 13: `max_steps` must be a whole number from 1 to 500, not `many`",
        ),
        (
            "max_iterations = 0",
            "config.toml line 1, column 18: `max_iterations` must be a whole number from 1 to 50, not 0",
        ),
        (
            "timeout = 1.5",
            "config.toml line 1, column 11: `timeout` must be a whole number from 0 to 604800, not a number with a fraction",
        ),
        (
            "timeout = 99999999999999999999",
            "config.toml line 1, column 11: `timeout` must be a whole number from 0 to 604800, not a number as large as this",
        ),
        (
            "model = 3",
            "config.toml line 1, column 9: `model` must be a text in quotes, not 3",
        ),
        (
            "model = ''",
            "config.toml line 1, column 9: `model` must not be empty",
        ),
        (
            "model = { name = 'x' }",
            "config.toml line 1, column 9: `model` must be a text in quotes, not a table",
        ),
        (
            "approval = 'sometimes'",
            "config.toml line 1, column 12: `approval` must be `always`, `first` or `never`, not `sometimes`",
        ),
        (
            "ui.theme = 'pink'",
            "config.toml line 1, column 12: `ui.theme` must be `terminal`, `auto`, `dark`, `light` or `contrast`, not `pink`",
        ),
        (
            "[colors]\ngood = 'green'",
            "config.toml line 2, column 8: `colors.good` must be a colour such as `#87d787`, not `green`",
        ),
        (
            "ui.ascii = 'yes'",
            "config.toml line 1, column 12: `ui.ascii` must be `true` or `false`, not `yes`",
        ),
        (
            "[ollama]\nnum_ctx = 511",
            "config.toml line 2, column 11: `ollama.num_ctx` must be a whole number from 512 to 16777216, not 511",
        ),
        (
            "[ollama]\nkeep_alive = '10 minutes'",
            "config.toml line 2, column 14: `ollama.keep_alive` must be a time such as `30s`, `10m` or `1h30m`, or `-1` for ever, not `10 minutes`",
        ),
        (
            "base_url = 'ftp://here'",
            "config.toml line 1, column 12: `base_url` must be the address of a server such as `http://127.0.0.1:11434`: `ftp` is not a scheme of a model server",
        ),
        (
            "[retry]\nfirst_delay_ms = 9000",
            "config.toml line 2, column 18: `retry.first_delay_ms` must not make `retry.max_delay_ms` less than `retry.first_delay_ms`",
        ),
        (
            "model = 'a'\nmodel = 'b'",
            "config.toml line 2, column 1: duplicate key",
        ),
        (
            "# ä\nmodel = ",
            "config.toml line 2, column 9: string values must be quoted, expected literal string",
        ),
    ] {
        let found = setting(file, &[]).error();
        let expected = if expected.contains("hint:") {
            expected.to_owned()
        } else {
            format!("{expected}\nhint: `config.example.toml` shows every key with its default")
        };
        assert_eq!(found, expected, "{file}");
    }
}

#[test]
fn mistakes_in_the_environment_and_on_the_command_line_name_them() {
    let bad = setting("", &[("PLANWRIGHT_OLLAMA_NUM_CTX", "lots")]);
    assert!(bad.error().starts_with(
        "PLANWRIGHT_OLLAMA_NUM_CTX in the environment: `ollama.num_ctx` must be a whole number from 512 to 16777216, not `lots`"
    ));
    let bad = setting("", &[("OLLAMA_HOST", "ftp://x")]);
    assert!(
        bad.error()
            .starts_with("OLLAMA_HOST in the environment: `base_url` cannot be `ftp://x`: ")
    );
    assert!(
        bad.error()
            .ends_with("hint: set it to where the server is, such as `127.0.0.1:11434`")
    );
    let mut bad = setting("", &[]);
    bad.sources.overrides = Overrides::default().with("max_steps", Some(501));
    assert!(bad.error().starts_with(
        "`--max-steps` on the command line: `max_steps` must be a whole number from 1 to 500, not 501"
    ));
}

#[test]
fn an_unknown_variable_is_a_warning_with_the_nearest_name() {
    let loaded = setting("", &[("PLANWRIGHT_MODLE", "x")]).load().unwrap();
    assert_eq!(
        loaded.warnings,
        [
            "planwright does not know the environment variable `PLANWRIGHT_MODLE`; the nearest is `PLANWRIGHT_MODEL`"
        ]
    );
}

#[test]
fn what_cannot_be_read_is_named() {
    let folder = setting("", &[]);
    fs::create_dir(folder.home.path().join("config.toml")).unwrap();
    assert!(folder.error().starts_with("config.toml: "));
    let binary = setting("", &[]);
    fs::write(binary.home.path().join("config.toml"), b"model = 'a'\n\xff").unwrap();
    assert!(
        binary
            .error()
            .starts_with("config.toml line 2, column 1: this is not UTF-8 text")
    );
    let endless = setting(&"#\n".repeat(600_000), &[]);
    assert!(
        endless
            .error()
            .starts_with("config.toml: this file is too long")
    );
}
