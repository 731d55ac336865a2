//! `liankong`: one tool that an office can run itself.
//!
//! The story is short: read the command line, settle the manners (language, threads, Ctrl-C), do what was asked, and leave
//! with 0 (done), 1 (failed or stopped) or 2 (bad input or usage). What is computed lives in the engine; here it is asked for, told
//! and written down. One file a command in `commands/`, what is written in `output/`, what is shown in `report/`.

mod commands;
mod manners;
mod output;
mod progress;
mod report;

use clap::{Args, Parser, Subcommand};
use manners::{Desk, Format};
use std::process::ExitCode;

/// Joint prevention and control of air and water pollution across jurisdictions (联控).
#[derive(Parser)]
#[command(
    version,
    about,
    after_help = "Example:\n  liankong run cases/yangtze-delta --out out/yangtze-delta\n  liankong serve out/yangtze-delta\n\n\
                  Exit codes: 0 done, 1 failed or stopped by Ctrl-C, 2 bad input or usage."
)]
struct Cli {
    #[command(flatten)]
    shared: Shared,
    #[command(subcommand)]
    command: Command,
}

/// What every command understands.
#[derive(Args)]
struct Shared {
    /// Threads to compute with [default: one per processor]; results are the same at any number
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// What stands on stdout: words, or one JSON document; progress and notes go to stderr
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Subcommand)]
enum Command {
    /// Read a case and list every problem in it, one a line
    Check(commands::check::Arguments),
    /// Run one turn of joint control over a case and write what it found
    Run(commands::run::Arguments),
    /// What files of weather hold
    Observe(commands::observe::Arguments),
    /// What the air and water are by the rules in force, from tables
    Assess(commands::assess::Arguments),
    /// Particles in the weather: footprints of receptors, plumes of releases
    Transport(commands::transport::Arguments),
    /// Who pollutes whom: fit the daily models on another season
    Attribute(commands::attribute::Arguments),
    /// Show a result in the browser, from this machine only unless told otherwise
    Serve(commands::serve::Arguments),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let desk = Desk::open(cli.shared.format, cli.shared.threads.map(usize::from));
    let outcome = match &cli.command {
        Command::Check(arguments) => commands::check::check(arguments, &desk),
        Command::Run(arguments) => commands::run::run(arguments, &desk),
        Command::Observe(arguments) => commands::observe::observe(arguments, &desk),
        Command::Assess(arguments) => commands::assess::assess(arguments, &desk),
        Command::Transport(arguments) => commands::transport::transport(arguments, &desk),
        Command::Attribute(arguments) => commands::attribute::attribute(arguments, &desk),
        Command::Serve(arguments) => commands::serve::serve(arguments, &desk),
    };
    desk.leave(outcome)
}
