//! Measures what a check costs beyond the signature checks that it needs, and against programs that others wrote.
//!
//! Every figure is a ratio within one run: the candidates of a row take turns, in a new random order each round, and the figure is
//! the median over the rounds. Absolute times are printed for orientation only; the machine is shared.
//!
//! `bench [bundle|admission|hostile|handshake|mint|agent|process]... [--peers DIR] [--mtlsmith PATH] [--hello PATH] [--bare PATH]`;
//! `scripts/bench.sh` builds the peers.

mod admission;
mod agent;
mod bundles;
mod handshake;
mod hostile;
mod measure;
mod mint;
mod peers;
mod process;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

/// Measures mtlsmith against the floor and against peers.
#[derive(Parser)]
struct Arguments {
    /// What to measure; everything when nothing is named.
    #[arg(value_parser = ["bundle", "admission", "hostile", "handshake", "mint", "agent", "process"])]
    groups: Vec<String>,
    /// The folder with the peers' programs: `oracle` and `tls-server` (Go), `openssl-peer` (C), perhaps `nginx`.
    #[arg(long)]
    peers: Option<PathBuf>,
    /// The mtlsmith binary, for whole-process times.
    #[arg(long)]
    mtlsmith: Option<PathBuf>,
    /// The hello-world binary with the same argument parser.
    #[arg(long)]
    hello: Option<PathBuf>,
    /// The program that makes a key, signs and does nothing else.
    #[arg(long)]
    bare: Option<PathBuf>,
    /// Rounds per row.
    #[arg(long, default_value_t = 31)]
    rounds: usize,
    /// Be the server that the loopback rows call, with the certificates in this folder.
    #[arg(long, hide = true)]
    serve: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(folder) = arguments.serve.as_deref() {
        return handshake::serve(folder).map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS);
    }
    let wanted =
        |group: &str| arguments.groups.is_empty() || arguments.groups.iter().any(|named| named == group);
    let mut met = true;
    if wanted("bundle") {
        met &= bundles::run(arguments.peers.as_deref(), arguments.rounds);
    }
    if wanted("admission") {
        met &= admission::run(arguments.peers.as_deref(), arguments.rounds);
    }
    if wanted("hostile") {
        met &= hostile::run();
    }
    if wanted("handshake") {
        met &= handshake::run(arguments.peers.as_deref(), arguments.rounds);
    }
    if wanted("mint") {
        met &= mint::run(&arguments);
    }
    if wanted("agent") {
        met &= agent::run(&arguments);
    }
    if wanted("process") {
        met &= process::run(&arguments);
    }
    if met { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
