//! The commands `mtlsmith` and `temporal-mtls`: the same program, under its own name and as an extension of the `temporal` CLI.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use mtlsmith::Environment;

fn main() -> ExitCode {
    mtlsmith::run(std::env::args_os(), &mut Environment::of_process()).into()
}
