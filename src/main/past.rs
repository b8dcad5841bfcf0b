//! What was said about past runs, recipes and tools, handed to whoever does it.

use planwright::cli::{ExportFormat, ForkArgs, RecipesCommand, RunsCommand, ToolsCommand};
use planwright::config::Config;
use planwright::headless::fork::{NewFork, fork};
use planwright::headless::out::Stdout;
use planwright::headless::runs::{self, Form};
use planwright::headless::{self, Exit, Failure, diff, recipes, run};
use planwright::session::{ForkPoint, Session};

use super::{options, wait};

/// Does what `runs` was given. `model` is what the command line asks for.
pub(super) fn past(
    session: &Session,
    command: RunsCommand,
    model: Option<&str>,
    stdout: &mut Stdout,
) -> Result<Exit, Failure> {
    match command {
        RunsCommand::List(args) => {
            runs::list(session, &args.query(String::new()), args.json, stdout)
        }
        RunsCommand::Show { run, json, events } => {
            let form = match (json, events) {
                (true, _) => Form::Json,
                (_, true) => Form::Records,
                _ => Form::Human,
            };
            runs::show(session, &run, form, None, stdout)
        }
        RunsCommand::Search { words, listing } => {
            let query = listing.query(words.join(" "));
            runs::search(session, &query, listing.json, stdout)
        }
        RunsCommand::Export {
            run,
            format,
            output,
        } => {
            let form = match format {
                ExportFormat::Md => Form::Markdown,
                ExportFormat::Html => Form::Html,
                ExportFormat::Json => Form::Json,
                ExportFormat::Jsonl => Form::Records,
            };
            runs::show(session, &run, form, output.as_deref(), stdout)
        }
        RunsCommand::Fork(args) => forked(session, args, model, stdout),
        RunsCommand::Diff(args) => diff::diff(session, (&args.a, &args.b), args.json, stdout),
        RunsCommand::Delete { runs: names, purge } => runs::delete(session, &names, purge),
        RunsCommand::Restore { runs: names } => runs::restore(session, &names),
    }
}

fn forked(
    session: &Session,
    args: ForkArgs,
    model: Option<&str>,
    stdout: &mut Stdout,
) -> Result<Exit, Failure> {
    let point = match (args.at, args.step) {
        (Some(seq), _) => ForkPoint::Seq(seq),
        (None, step) => ForkPoint::BeforeStep(step.unwrap_or_default()),
    };
    let new = NewFork {
        run: args.run,
        point,
        plan: args.plan,
        no_run: args.no_run,
    };
    let options = run::Options {
        bounds: args.bounds.given(),
        ..options(args.output)
    };
    wait(fork(session, new, model, options, stdout))
}

/// Does what `recipes` was given.
pub(super) fn recipes(
    config: Config,
    command: RecipesCommand,
    stdout: &mut Stdout,
) -> Result<Exit, Failure> {
    let paths = &config.paths;
    match command {
        RecipesCommand::List { json } => recipes::list(paths, json, stdout),
        RecipesCommand::Show { name, json } => recipes::show(paths, &name, json, stdout),
        RecipesCommand::Check { file } => recipes::check(paths, &file, stdout),
        RecipesCommand::Save { run, name, params } => {
            recipes::save(&Session::open(config)?, &run, &name, &params, stdout)
        }
    }
}

/// Does what `tools` was given.
pub(super) fn tools(
    config: Config,
    command: ToolsCommand,
    stdout: &mut Stdout,
) -> Result<Exit, Failure> {
    let session = Session::in_memory(config)?;
    wait(async {
        match command {
            ToolsCommand::List { json } => headless::tools::list(&session, json, stdout).await,
            ToolsCommand::Call { name, arguments } => {
                headless::tools::call(&session, &name, &arguments, stdout).await
            }
        }
    })
}
