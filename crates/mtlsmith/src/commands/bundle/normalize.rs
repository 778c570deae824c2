//! `bundle normalize`: the bundle in the one form that every tool reads alike.

use std::ffi::OsString;

use clap::Args;
use mtlsmith_validate::bundle::Bundle;

use super::change;
use super::encode;
use super::encode::Encoding;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::Source;
use crate::input::StandardInput;
use crate::output::OutputArguments;
use crate::session::Session;
use crate::session::shown;

/// Rewrite a bundle in canonical form: its certificates in their order, 64 columns, LF, nothing between
///
/// The result is byte for byte what Go's PEM encoder and with it the Terraform provider writes. Byte-order marks, indentation, lost
/// newlines, comments, base64 and DER are seen to. Nothing but comments is ever dropped: a private key, another kind of block or a
/// damaged certificate is an error.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The bundle; - is standard input
    #[arg(value_name = "FILE")]
    file: OsString,
    #[command(flatten)]
    standard_input: StandardInput,
    #[command(flatten)]
    output: OutputArguments,
    /// Write nothing; end with 1 when the bundle is not in canonical form
    #[arg(long, conflicts_with_all = ["output", "encode"])]
    check: bool,
    /// The shape of the result
    #[arg(long, value_enum, default_value_t, value_name = "SHAPE")]
    encode: Encoding,
    /// The name of the ConfigMap, with --encode k8s
    #[arg(long, value_name = "NAME", value_parser = encode::object_name, default_value = "temporal-client-ca")]
    name: String,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    arguments.output.may_write()?;
    let source = Source::one(&arguments.file, &arguments.standard_input);
    let input = source.read(session)?;
    let bundle = Bundle::read(&input);
    let text = change::canonical(&bundle, &input, &source, session)?;
    if arguments.check {
        if text.as_bytes() == input {
            return Ok(Exit::Done);
        }
        let failure = Failure::no(format!("{} is not in canonical form", shown(&source.name)));
        if source.is_stdin() {
            return Err(failure);
        }
        return Err(
            failure.hint(format!("mtlsmith bundle normalize {0} --output {0} --force", source.word()))
        );
    }
    for repair in repairs(&bundle) {
        session.note(&repair);
    }
    let text = encode::encode(&text, arguments.encode, &arguments.name);
    arguments.output.write(text.as_bytes(), session)?;
    Ok(Exit::Done)
}

/// What is different in the result, in words; line ends and columns go without saying.
fn repairs(bundle: &Bundle) -> Vec<String> {
    let mut repairs = Vec::new();
    if bundle.base64_layers > 0 {
        repairs.push("took off the base64 around the text".to_owned());
    }
    let recovered = bundle.members.iter().filter(|member| !member.delivered).count();
    if recovered > 0 {
        let plural = if recovered == 1 { "" } else { "s" };
        repairs.push(format!("recovered {recovered} certificate{plural} that Temporal's tools pass over"));
    }
    let comments = bundle.scan.text_between.iter().chain(&bundle.scan.text_after);
    let bytes: usize = comments.map(|range| range.len()).sum();
    if bytes > 0 {
        repairs.push(format!("left out {bytes} bytes of text around the certificates"));
    }
    let headers: usize = bundle.scan.blocks.iter().map(|block| block.headers).sum();
    if headers > 0 {
        repairs.push(format!("left out {headers} header lines within blocks"));
    }
    repairs
}

const EXAMPLES: &str = "\
Nothing but comments is ever dropped: a private key, another kind of block or a damaged certificate
is an error. Byte-order marks, indentation, lost newlines, base64 and DER are seen to.

Shapes:
  pem     exactly what Go's PEM encoder and the Terraform provider write
  base64  base64 of that in one line, for tcld --ca-certificate
  hcl     accepted_client_ca = \"...\", a Terraform attribute or a line of .tfvars
  json    {\"acceptedClientCa\": \"...\"}, for mtlsAuth of the Cloud Ops API
  k8s     a ConfigMap with the text under ca.crt

Examples:
  mtlsmith bundle normalize ca.pem --check
  mtlsmith bundle normalize ca.pem --output ca.pem --force
  mtlsmith bundle normalize ca.pem --encode hcl >> terraform.tfvars
  mtlsmith bundle normalize ca.pem --encode k8s | kubectl apply -f -

Exit status: 0 done, 1 not canonical or something would be lost, 2 could not run, 3 FILE exists";
