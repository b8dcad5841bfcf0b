//! The program: command line and settings in, work handed out, exit code back. Nothing is decided here.

use std::future::Future;
use std::process::ExitCode;

use planwright::cli::{
    Cli, Command, ConfigCommand, LimitArgs, LooksArgs, ModelsCommand, OutputArgs, RoleArgs,
    ServerArgs, generate,
};
use planwright::config::{Config, Loaded, Overrides, Sources};
use planwright::domain::chat::Role;
use planwright::headless::out::{self, Stdout};
use planwright::headless::{Exit, Failure, doctor, finish, lines, models, run, settings};
use planwright::session::Session;
use planwright::tui::app::AppOptions;
use planwright::tui::keymap::Keymap;
use planwright::tui::look::Look;
use planwright::tui::{self, TuiError};

#[path = "main/keys.rs"]
mod keys;
#[path = "main/past.rs"]
mod past;
#[path = "main/shot.rs"]
mod shot;

use past::{past, recipes, tools};

fn main() -> ExitCode {
    finish(dispatch(Cli::from_process())).into()
}

#[expect(clippy::too_many_lines, reason = "one table: which command goes where")]
fn dispatch(cli: Cli) -> Result<Exit, Failure> {
    let mut stdout = Stdout::of_process();
    let server = cli.server;
    let Some(command) = cli.command else {
        let given = overrides(server, cli.roles, LimitArgs::default());
        let given = looking(given, cli.looks);
        let session = kept(settings(given.clone())?)?;
        return open(session, given, cli.task, false, &mut stdout);
    };
    let plain = |server| overrides(server, RoleArgs::default(), LimitArgs::default());
    match command {
        Command::Run(args) => {
            let mode_given = args.limits.mode.is_some();
            let config = settings(overrides(server, args.roles.clone(), args.limits.clone()))?;
            let new = run::NewRun {
                recipe: args.recipe(),
                task: args.task.unwrap_or_default(),
                mode_given,
                plan: args.plan,
                plan_only: args.plan_only,
                thread: args.thread,
            };
            let options = options(args.output);
            wait(async { run::run(&kept(config)?, new, options, &mut stdout).await })
        }
        Command::Resume(args) => {
            let asked_for = server.model.clone();
            let bounds = args.bounds.given();
            let config = settings(overrides(server, RoleArgs::default(), args.bounds.into()))?;
            let options = run::Options {
                bounds,
                ..options(args.output)
            };
            wait(async {
                let session = kept(config)?;
                run::resume(
                    &session,
                    args.run.as_deref(),
                    asked_for.as_deref(),
                    options,
                    &mut stdout,
                )
                .await
            })
        }
        Command::Runs(command) => {
            let asked_for = server.model.clone();
            let limits = command.bounds().into();
            let config = settings(overrides(server, RoleArgs::default(), limits))?;
            let session = Session::open(config)?;
            past(&session, command, asked_for.as_deref(), &mut stdout)
        }
        Command::Recipes(command) => recipes(settings(plain(server))?, command, &mut stdout),
        Command::Models(command) => {
            let session = Session::in_memory(settings(plain(server))?)?;
            wait(async {
                match command {
                    ModelsCommand::List { json } => models::list(&session, json, &mut stdout).await,
                    ModelsCommand::Show { name, json } => {
                        models::show(&session, &name, json, &mut stdout).await
                    }
                    ModelsCommand::Delete { name } => models::delete(&session, &name).await,
                    ModelsCommand::Unload { name } => models::unload(&session, &name).await,
                    ModelsCommand::Pull { name } => models::pull(&session, &name).await,
                }
            })
        }
        Command::Tools(command) => tools(settings(plain(server))?, command, &mut stdout),
        Command::Config(command) => {
            let sources = Sources::from_process(plain(server));
            match command {
                ConfigCommand::Path => settings::path(&sources, &mut stdout),
                ConfigCommand::Init => settings::init(&sources, &mut stdout),
                ConfigCommand::Show { json } => settings::show(&sources, json, &mut stdout),
            }
        }
        Command::Keys { json, debug } => {
            keys::keys(&settings(plain(server))?, json, debug, &mut stdout)
        }
        Command::Doctor { json, ascii } => {
            let given = doctor::Given::gather(&Sources::from_process(plain(server)))?;
            wait(doctor::doctor(
                given,
                doctor::Options { json, ascii },
                &mut stdout,
            ))
        }
        Command::Demo { task, keep, looks } => {
            let model = Some("demo".to_owned());
            let given = plain(ServerArgs { model, ..server });
            let given = looking(given, looks);
            let config = settings(given.clone())?;
            let session = if keep {
                kept(config)?
            } else {
                Session::in_memory(config)?
            };
            open(session, given, task, !keep, &mut stdout)
        }
        Command::Shot(args) => {
            let config = settings(plain(server))?;
            shot::shot(&Session::open(config)?, &args, &mut stdout)
        }
        Command::Completions { shell } => stdout.own(|to| generate::completions(shell, to)),
        Command::Man => stdout.own(|to| generate::man(&Keymap::default().text(), to)),
    }
}

/// A session whose runs are kept, and with them what the program does.
fn kept(config: Config) -> Result<Session, Failure> {
    let session = Session::open(config)?;
    if let Err(why) = session.keep_log() {
        out::warn(&why);
    }
    log::info!("planwright {} begins", env!("CARGO_PKG_VERSION"));
    Ok(session)
}

/// The settings in force; what is odd about them is said on standard error.
fn settings(overrides: Overrides) -> Result<Config, Failure> {
    let Loaded {
        config, warnings, ..
    } = Config::load(&Sources::from_process(overrides))?;
    for warning in &warnings {
        out::warn(warning);
    }
    Ok(config)
}

fn overrides(server: ServerArgs, roles: RoleArgs, limits: LimitArgs) -> Overrides {
    fallbacks(&roles)
        .with("model", server.model)
        .with("base_url", server.base_url)
        .with("planner_model", roles.planner_model)
        .with("executor_model", roles.executor_model)
        .with("replanner_model", roles.replanner_model)
        .with("finalizer_model", roles.finalizer_model)
        .with("summarizer_model", roles.summarizer_model)
        .with("verifier_model", roles.verifier_model)
        .with("max_iterations", limits.max_iterations)
        .with("max_steps", limits.max_steps)
        .with("max_attempts", limits.max_attempts)
        .with("max_parallel", limits.max_parallel)
        .with("max_depth", limits.max_depth)
        .with("max_model_calls", limits.max_model_calls)
        .with("max_tool_calls", limits.max_tool_calls)
        .with("max_tokens", limits.max_tokens)
        .with("timeout", limits.timeout)
        .with("mode", limits.mode)
        .with("replan_on", limits.replan_on)
        .with("verify", limits.verify)
        .with("result_preview", limits.result_preview)
        .with("recent_steps", limits.recent_steps)
        .with("estimate", limits.no_estimate.then_some(false))
        .with("subplans", limits.subplans.then_some(true))
        .with(
            "tools.enabled",
            limits.no_tools.then(String::new).or(limits.tools),
        )
        .with("tools.workspace", limits.workspace)
}

/// What `--fallback` says of a role takes the place of what the config file says of it.
fn fallbacks(roles: &RoleArgs) -> Overrides {
    const KEYS: [(Role, &str); 6] = [
        (Role::Planner, "fallbacks.planner"),
        (Role::Executor, "fallbacks.executor"),
        (Role::Replanner, "fallbacks.replanner"),
        (Role::Finalizer, "fallbacks.finalizer"),
        (Role::Summarizer, "fallbacks.summarizer"),
        (Role::Verifier, "fallbacks.verifier"),
    ];
    KEYS.into_iter()
        .fold(Overrides::default(), |overrides, (role, key)| {
            let models = roles.fallback.iter().filter(|(of, _)| *of == role);
            let models: Vec<&str> = models.map(|(_, model)| model.as_str()).collect();
            overrides.with(key, (!models.is_empty()).then(|| models.join(",")))
        })
}

fn options(args: OutputArgs) -> run::Options {
    run::Options {
        yes: args.yes,
        json: args.json,
        stream: args.stream,
        results: false,
        output: args.output,
        bounds: Vec::new(),
    }
}

/// The settings with the looks that are asked for.
fn looking(given: Overrides, looks: LooksArgs) -> Overrides {
    given
        .with("ui.screen_reader", looks.screen_reader.then_some(true))
        .with("ui.ascii", looks.ascii.then_some(true))
}

/// Opens the interface: a screen, or lines where the settings say so.
fn open(
    session: Session,
    given: Overrides,
    task: Option<String>,
    in_memory: bool,
    stdout: &mut Stdout,
) -> Result<Exit, Failure> {
    if session.config().ui.screen_reader {
        return wait(lines::lines(&session, task, stdout));
    }
    terminal(session, given, task, in_memory)
}

fn terminal(
    session: Session,
    overrides: Overrides,
    task: Option<String>,
    in_memory: bool,
) -> Result<Exit, Failure> {
    let config = session.config();
    let options = AppOptions {
        task,
        look: Look::of(&config.ui),
        keymap: keys::keymap(config)?,
        in_memory,
        approval: config.approval,
        overrides,
        time_zone: None,
    };
    wait(async move {
        let report = tui::run(session, options)
            .await
            .map_err(|error| no_terminal(&error))?;
        report.lines().iter().for_each(out::tell);
        Ok(if report.signal.is_some() {
            Exit::Interrupted
        } else {
            Exit::Done
        })
    })
}

/// The failure of a command that needs a terminal.
fn no_terminal(error: &TuiError) -> Failure {
    Failure::Told {
        exit: match error {
            TuiError::NoTerminal | TuiError::Dumb => Exit::Usage,
            TuiError::Io(_) => Exit::Failed,
        },
        error: error.to_string(),
        hint: error.hint().map(str::to_owned),
    }
}

/// Does work that waits for others. What still blocks when it is done, such as a read of the keyboard, is left behind.
fn wait(work: impl Future<Output = Result<Exit, Failure>>) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Exit::Failed, format!("cannot start: {error}")))?;
    let result = runtime.block_on(work);
    runtime.shutdown_background();
    result
}
