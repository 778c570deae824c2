//! `paths-ignored-by-dotnet`: a .NET program gets its certificate by a path in a variable, which some versions of the SDK pass over.

use crate::client_configuration::Client;
use crate::client_configuration::ConfigurationFindings;
use crate::client_configuration::Item;
use crate::client_configuration::keys::variable_of;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;
use crate::rule::thread;

rule! {
    /// A .NET program gets its certificate by a path, which some versions of the SDK pass over.
    ///
    /// ## Why it matters
    /// A report of December 2025 shows that the .NET SDK passed over the variables with _PATH and connected without a
    /// certificate: received fatal alert: CertificateRequired.
    ///
    /// ## How to fix
    /// Use a newer version of the SDK, or hand the PEM over in the variables with _DATA.
    pub(super) static RULE = {
        code: "CFG-016",
        name: "paths-ignored-by-dotnet",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Observed,
        since: FIRST_RULES,
        until: None,
        cites: &[thread("temporalio/sdk-dotnet issue 584", "https://github.com/temporalio/sdk-dotnet/issues/584")],
        message: "{client} runs .NET, and some versions of its SDK pass over {key}",
        help: "use a newer Temporalio package, or {data}",
        check: Check::EachClient(check),
    }
}

fn check(client: &Client, findings: &mut ConfigurationFindings<'_>) {
    if !client.runs_dotnet {
        return;
    }
    if let Some(setting) =
        client.setting(Item::CertificatePath).filter(|setting| setting.key.ends_with("_PATH"))
    {
        findings.of_setting(client, setting, Draft::new().fact("data", variable_of(Item::CertificateData)));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::client_configuration::rules::testing::messages;

    #[test]
    fn a_path_beside_variables_of_dotnet_is_flagged() {
        let text = "ASPNETCORE_URLS=x\nTEMPORAL_TLS_CLIENT_CERT_PATH=/c\nTEMPORAL_TLS_CLIENT_KEY_PATH=/k\n";
        assert_eq!(
            messages(&RULE, text),
            [
                "2: the environment runs .NET, and some versions of its SDK pass over TEMPORAL_TLS_CLIENT_CERT_PATH"
            ]
        );
    }

    #[test]
    fn data_passes_and_so_do_other_languages() {
        assert!(messages(&RULE, "DOTNET_X=1\nTEMPORAL_TLS_CLIENT_CERT_DATA=c\n").is_empty());
        assert!(messages(&RULE, "TEMPORAL_TLS_CLIENT_CERT_PATH=/c\n").is_empty());
    }
}
