//! Pictures of planwright at work, such as the one in the README:
//!
//! `cargo run --example screenshot > assets/screen.svg`, or with `-- home`, `-- review` or `-- answer` another moment.
//!
//! `run.jsonl` is what a run of the demo model wrote: `planwright run --yes --json --stream --model demo "Compare …"`.
#![allow(clippy::print_stdout, reason = "an example speaks")]

mod replay;

fn main() -> anyhow::Result<()> {
    let name = std::env::args().nth(1).unwrap_or_else(|| "live".to_owned());
    let Some(svg) = replay::screen(&name) else {
        anyhow::bail!("no such screen; there are {}", replay::SCREENS.join(", "));
    };
    print!("{svg}");
    Ok(())
}
