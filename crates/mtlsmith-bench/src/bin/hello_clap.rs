//! The smallest program with the same argument parser: the floor for the start of the command line tool.

use clap::Parser;

/// Says hello.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Whom to greet.
    name: Option<String>,
}

fn main() {
    use std::io::Write;
    let name = Arguments::parse().name.unwrap_or_default();
    let _ = writeln!(std::io::stdout(), "hello {name}"); // nobody to tell when the reader has gone
}
