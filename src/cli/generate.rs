//! Completion scripts and the man page, made from the same definitions as the parser.

use std::io::{self, Write};

use clap::CommandFactory;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use super::{Cli, Shell, help};

/// Writes the completion script for a shell.
///
/// # Errors
/// Where `out` cannot be written.
pub fn completions(shell: Shell, out: &mut dyn Write) -> io::Result<()> {
    let shell = match shell {
        Shell::Bash => clap_complete::Shell::Bash,
        Shell::Zsh => clap_complete::Shell::Zsh,
        Shell::Fish => clap_complete::Shell::Fish,
        Shell::PowerShell => clap_complete::Shell::PowerShell,
        Shell::Elvish => clap_complete::Shell::Elvish,
    };
    // Made in memory first: the generator panics where it cannot write.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "planwright", &mut script);
    out.write_all(&script)
}

/// Writes the man page in roff: the program, then every command with its flags and examples, exit codes, environment,
/// the keys of the interface.
///
/// # Errors
/// Where `out` cannot be written.
pub fn man(keys: &str, out: &mut dyn Write) -> io::Result<()> {
    let mut top = Cli::command().after_long_help("").after_help("");
    top.build();
    let page = Man::new(top.clone());
    page.render_title(out)?;
    page.render_name_section(out)?;
    page.render_synopsis_section(out)?;
    page.render_description_section(out)?;
    page.render_options_section(out)?;
    for command in top.get_subcommands().filter(|c| c.get_name() != "help") {
        command_section(command, out)?;
    }
    for block in [help::EXIT_CODES, help::ENVIRONMENT, help::TOP_EXAMPLES] {
        let (title, body) = block.split_once('\n').unwrap_or((block, ""));
        let mut roff = Roff::default();
        roff.control("SH", [title.trim_end_matches(':').to_uppercase().as_str()]);
        roff.to_writer(out)?;
        preformatted(body, out)?;
    }
    let mut roff = Roff::default();
    roff.control("SH", ["KEYS"]);
    roff.to_writer(out)?;
    preformatted(keys, out)
}

fn command_section(command: &clap::Command, out: &mut dyn Write) -> io::Result<()> {
    let nested: Vec<_> = command
        .get_subcommands()
        .filter(|c| c.get_name() != "help")
        .collect();
    if !nested.is_empty() {
        return nested
            .into_iter()
            .try_for_each(|command| command_section(command, out));
    }
    let name = command.get_bin_name().unwrap_or(command.get_name());
    let mut roff = Roff::default();
    roff.control("SH", [name.to_uppercase().as_str()]);
    roff.text([roman(
        command
            .get_about()
            .map(ToString::to_string)
            .unwrap_or_default(),
    )]);
    roff.to_writer(out)?;
    let usage = command.clone().render_usage().to_string();
    preformatted(usage.trim_start_matches("Usage: "), out)?;
    for argument in command
        .get_arguments()
        .filter(|a| !a.is_global_set() && !matches!(a.get_id().as_str(), "help" | "version"))
    {
        let mut roff = Roff::default();
        roff.control("TP", []);
        let short = argument.get_short().map(|short| format!("-{short}, "));
        roff.text([roman(short.unwrap_or_default() + &argument.to_string())]);
        roff.text([roman(
            argument
                .get_help()
                .map(ToString::to_string)
                .unwrap_or_default(),
        )]);
        roff.to_writer(out)?;
    }
    if let Some(examples) = command.get_after_help() {
        preformatted(&examples.to_string(), out)?;
    }
    Ok(())
}

fn preformatted(text: &str, out: &mut dyn Write) -> io::Result<()> {
    let mut roff = Roff::default();
    roff.control("PP", []);
    roff.control("nf", []);
    for line in text.lines() {
        roff.text([roman(line)]);
    }
    roff.control("fi", []);
    roff.to_writer(out)
}
