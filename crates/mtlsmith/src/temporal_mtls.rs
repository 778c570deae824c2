//! The command `temporal-mtls`: the same program under the name by which the `temporal` CLI finds it as an extension.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use mtlsmith::Environment;

fn main() -> ExitCode {
    mtlsmith::run(std::env::args_os(), &mut Environment::of_process()).into()
}
