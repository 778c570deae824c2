//! The options that say how a bundle is judged.

use std::ffi::OsString;

use clap::Args;
use mtlsmith_validate::BundleCheck;
use mtlsmith_validate::CertificateFilters;
use mtlsmith_validate::Profile;
use mtlsmith_validate::Report;
use mtlsmith_validate::profile::ExpiryWindows;
use mtlsmith_validate::rule::Date;
use mtlsmith_validate::time::Timestamp;

use crate::arguments;
use crate::duration;
use crate::failure::Failure;
use crate::filter_file;
use crate::input::Source;
use crate::input::StandardInput;
use crate::session::Session;

/// How to judge.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "How to judge")]
pub(super) struct JudgeArguments {
    /// The certificate filters that go with the bundle, as JSON in a shape of the official tools; a bundle with a public CA needs them
    #[arg(long, value_name = "FILE")]
    filters: Option<OsString>,
    /// Judge for this time instead of now
    #[arg(long, value_name = "RFC3339", value_parser = arguments::time)]
    at: Option<Timestamp>,
    /// Judge by the rules of that day instead of the newest
    #[arg(long, value_name = "DATE", value_parser = arguments::ruleset)]
    ruleset: Option<Date>,
    /// Give notice of a CA that expires within this time [default: 60d]
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, allow_hyphen_values = true)]
    expiry_notice: Option<i64>,
    /// Warn of a CA that expires within this time [default: 15d]
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, allow_hyphen_values = true)]
    expiry_warning: Option<i64>,
    /// Warn urgently of a CA that expires within this time [default: 5d]
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, allow_hyphen_values = true)]
    expiry_urgent: Option<i64>,
}

/// Everything that a judgement depends on, besides the bundle.
#[derive(Debug)]
pub(super) struct Judge {
    profile: Profile,
    now: Timestamp,
    filters: CertificateFilters,
}

impl JudgeArguments {
    /// Reads the filters and puts the profile together.
    pub(super) fn judge(&self, session: &mut Session<'_, '_>) -> Result<Judge, Failure> {
        let mut profile = Profile::temporal_cloud();
        if let Some(day) = self.ruleset {
            profile.ruleset = day;
        }
        self.set_windows(&mut profile.expiry_windows)?;
        let filters = match &self.filters {
            None => CertificateFilters::NotStated,
            Some(file) => {
                let source = Source::one(file, &StandardInput { stdin_filename: "<stdin>".to_owned() });
                match filter_file::read(&source, profile.ruleset, session)?.filters.len() {
                    0 => CertificateFilters::None,
                    count => CertificateFilters::Present(count),
                }
            }
        };
        Ok(Judge { profile, now: session.now(self.at), filters })
    }

    /// Are the filters to be read from standard input?
    pub(super) fn takes_stdin(&self) -> bool {
        self.filters.as_ref().is_some_and(|file| file == "-")
    }

    /// A window that nobody named gives way to its neighbours; two that were named must be in order.
    fn set_windows(&self, windows: &mut ExpiryWindows) -> Result<(), Failure> {
        let warning = self.expiry_warning.unwrap_or_else(|| {
            let at_most = self.expiry_notice.unwrap_or(i64::MAX);
            windows.warning.min(at_most).max(self.expiry_urgent.unwrap_or(0))
        });
        let notice = self.expiry_notice.unwrap_or_else(|| windows.notice.max(warning));
        let urgent = self.expiry_urgent.unwrap_or_else(|| windows.urgent.min(warning));
        if notice < warning || warning < urgent {
            return Err(Failure::could_not_run(
                "--expiry-notice must not be shorter than --expiry-warning, nor that than --expiry-urgent",
            ));
        }
        (windows.notice, windows.warning, windows.urgent) = (notice, warning, urgent);
        Ok(())
    }
}

impl Judge {
    /// Judges a bundle.
    pub(super) fn check(&self, bytes: &[u8]) -> Report {
        BundleCheck { profile: &self.profile, now: self.now, filters: self.filters }.run(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn windows(days: [Option<i64>; 3]) -> Option<[i64; 3]> {
        let [expiry_notice, expiry_warning, expiry_urgent] = days.map(|days| days.map(|days| days * 86_400));
        let arguments = JudgeArguments {
            filters: None,
            at: None,
            ruleset: None,
            expiry_notice,
            expiry_warning,
            expiry_urgent,
        };
        let mut windows = Profile::temporal_cloud().expiry_windows;
        arguments.set_windows(&mut windows).ok()?;
        Some([windows.notice, windows.warning, windows.urgent].map(|seconds| seconds / 86_400))
    }

    #[test]
    fn windows_that_nobody_named_give_way() {
        assert_eq!(windows([None, None, None]), Some([60, 15, 5]));
        assert_eq!(windows([None, Some(90), None]), Some([90, 90, 5]));
        assert_eq!(windows([Some(3), None, None]), Some([3, 3, 3]));
        assert_eq!(windows([None, None, Some(20)]), Some([60, 20, 20]));
    }

    #[test]
    fn windows_out_of_order_are_refused() {
        assert_eq!(windows([Some(10), Some(20), None]), None);
        assert_eq!(windows([Some(10), None, Some(20)]), None);
        assert_eq!(windows([Some(20), Some(20), Some(20)]), Some([20, 20, 20]));
    }
}
