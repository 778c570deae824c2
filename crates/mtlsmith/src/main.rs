//! The command `mtlsmith`.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use mtlsmith::Environment;

fn main() -> ExitCode {
    mtlsmith::run(std::env::args_os(), &mut Environment::of_process()).into()
}
