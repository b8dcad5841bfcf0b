//! The words of the help: what `--help` says beside the flags. Every command ends with examples that work as they stand.

pub(super) const ABOUT: &str = "Plan-and-execute agent in the terminal for models you run yourself";

pub(super) const LONG_ABOUT: &str = "\
Plan-and-execute agent in the terminal for models you run yourself.

A planner model writes a plan, you approve or change it, an executor model carries out step after step, a replanner \
decides whether the results are enough, and an answer is written. Every run is kept as a log of what happened and can \
be resumed after any interruption. Without a command the terminal interface opens.";

pub(super) const USAGE: &str = "planwright [OPTIONS] [TASK]\n       planwright [OPTIONS] <COMMAND>";

/// The table of exit codes, as help and man page print it.
pub(super) const EXIT_CODES: &str = "\
Exit codes:
    0  completed
    1  the run failed; the reason is on standard error and in its records
    2  wrong usage or wrong configuration
    3  waiting for a person, or the plan was rejected; the run is kept
    4  the model server cannot be used; the run is kept
  130  interrupted; the run is kept and can be resumed";

/// The environment, as help and man page print it.
pub(super) const ENVIRONMENT: &str = "\
Environment:
  PLANWRIGHT_HOME    one folder for configuration, data and cache
  PLANWRIGHT_*       settings by name, above the config file and below the command line
  OLLAMA_HOST        where the Ollama server is, as Ollama's own client reads it
  VISUAL, EDITOR     the editor for plans
  NO_COLOR           no colours
  LC_ALL, LANG       a locale that is not UTF-8: ASCII characters only";

pub(super) const TOP_EXAMPLES: &str = "\
Examples:
  planwright                                        open the terminal interface
  planwright \"Compare the rail networks of two countries\"
  planwright demo                                   try it without any model server";

pub(super) const RUN_EXAMPLES: &str = "\
Examples:
  planwright run \"Compare Rust and Go for a small service\"
  planwright run --yes --output answer.md - < task.txt
  planwright run --yes --json --plan plan.md \"Write the report\" | jq .type";

pub(super) const RESUME_EXAMPLES: &str = "\
Examples:
  planwright resume                   go on with the newest run that can be resumed
  planwright resume --yes 3f9a2c41    approve its plan and go on
  planwright resume --max-model-calls 80 --max-steps 60 3f9a2c41";

pub(super) const RUNS_EXAMPLES: &str = "\
Examples:
  planwright runs list
  planwright runs show 3f9a2c41
  planwright runs search rail network";

pub(super) const RUNS_LIST_EXAMPLES: &str = "\
Examples:
  planwright runs list --thread garden
  planwright runs list --status failed --since 7d
  planwright runs list --json | jq -r '.[0].run'";

pub(super) const RUNS_SHOW_EXAMPLES: &str = "\
Examples:
  planwright runs show 3f9a2c41
  planwright runs show 3f9a2c41 --json | jq .response
  planwright runs show 3f9a2c41 --events > run.jsonl";

pub(super) const RUNS_SEARCH_EXAMPLES: &str = "\
Examples:
  planwright runs search rail network
  planwright runs search rail --since 2026-11-01 --sort newest
  planwright runs search --json rail | jq -r '.[].snippet'";

pub(super) const RUNS_EXPORT_EXAMPLES: &str = "\
Examples:
  planwright runs export 3f9a2c41 --output report.md
  planwright runs export 3f9a2c41 --format jsonl > run.jsonl";

pub(super) const RUNS_DELETE_EXAMPLES: &str = "\
Examples:
  planwright runs delete 3f9a2c41
  planwright runs delete --purge 3f9a2c41 b07d11e2";

pub(super) const RUNS_RESTORE_EXAMPLES: &str = "\
Examples:
  planwright runs restore 3f9a2c41
  planwright runs restore 3f9a2c41 && planwright runs show 3f9a2c41";

pub(super) const MODELS_EXAMPLES: &str = "\
Examples:
  planwright models list
  planwright models pull qwen3:4b
  planwright models show cluster:qwen3-32b";

pub(super) const MODELS_LIST_EXAMPLES: &str = "\
Examples:
  planwright models list
  planwright models list --json | jq -r '.[].name'";

pub(super) const MODELS_SHOW_EXAMPLES: &str = "\
Examples:
  planwright models show llama3.1:8b
  planwright models show llama3.1:8b --json | jq .context_length";

pub(super) const MODELS_PULL_EXAMPLES: &str = "\
Examples:
  planwright models pull qwen3:4b
  planwright models pull llama3.1:8b --base-url http://192.168.1.20:11434";

pub(super) const MODELS_DELETE_EXAMPLES: &str = "\
Examples:
  planwright models delete qwen3:4b
  planwright models delete gpu:llama3.1:8b";

pub(super) const MODELS_UNLOAD_EXAMPLES: &str = "\
Examples:
  planwright models unload qwen3:4b
  planwright models unload gpu:llama3.1:8b";

pub(super) const CONFIG_EXAMPLES: &str = "\
Examples:
  planwright config init
  $EDITOR \"$(planwright config path)\"
  planwright config show";

pub(super) const CONFIG_PATH_EXAMPLES: &str = "\
Examples:
  planwright config path
  $EDITOR \"$(planwright config path)\"";

pub(super) const CONFIG_INIT_EXAMPLES: &str = "\
Examples:
  planwright config init
  PLANWRIGHT_HOME=/tmp/try planwright config init";

pub(super) const CONFIG_SHOW_EXAMPLES: &str = "\
Examples:
  planwright config show
  planwright config show --model qwen3:4b
  planwright config show --json | jq";

pub(super) const KEYS_EXAMPLES: &str = "\
Examples:
  planwright keys
  planwright keys --json | jq '.[] | select(.name == \"plan\")'
  planwright keys --debug";

pub(super) const SHOT_EXAMPLES: &str = "\
Examples:
  planwright shot 3f9a2c41 > run.svg
  planwright shot 3f9a2c41 --screen review --size 80x24 --output review.svg
  planwright shot 3f9a2c41 --step 2 --screen output --theme light --output step.svg";

pub(super) const DOCTOR_EXAMPLES: &str = "\
Exit codes: 0 planwright can be used, 1 a check failed

Examples:
  planwright doctor
  planwright doctor --base-url http://192.168.1.20:11434
  planwright doctor --json | jq '.checks[] | select(.status != \"ok\")'";

pub(super) const DEMO_EXAMPLES: &str = "\
Examples:
  planwright demo
  planwright demo --keep \"Plan a small garden\"";

pub(super) const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  planwright completions bash > ~/.local/share/bash-completion/completions/planwright
  planwright completions zsh > ~/.zfunc/_planwright
  planwright completions fish > ~/.config/fish/completions/planwright.fish";

pub(super) const MAN_EXAMPLES: &str = "\
Examples:
  planwright man | man -l -
  planwright man > ~/.local/share/man/man1/planwright.1";

pub(super) fn top_long() -> String {
    format!("{EXIT_CODES}\n\n{ENVIRONMENT}\n\n{TOP_EXAMPLES}")
}

pub(super) fn run_long() -> String {
    format!(
        "Without --yes the plan is shown and asked about on the terminal. Where there is no terminal to ask on, the \
         run stops after planning, is kept, and exits with 3.\n\n{EXIT_CODES}\n\n{RUN_EXAMPLES}"
    )
}

pub(super) fn resume_long() -> String {
    format!(
        "A run goes on with the models and limits it was started with, from the last thing that was stored; finished \
         steps are not done again. Limits that are given here hold from now on and are kept with the run: an answer that a \
         limit forced, but that is not written yet, is forced no more where the limit allows to go on.\n\n{EXIT_CODES}\n\n{RESUME_EXAMPLES}"
    )
}
