//! `server-root-replaced`: a CA for the server is set, although Temporal Cloud has a certificate of a public one.

use super::SAMPLES_252;
use super::environment_reference;
use crate::client_configuration::ConfigurationContext;
use crate::client_configuration::ConfigurationFindings;
use crate::client_configuration::Item;
use crate::client_configuration::Origin;
use crate::client_configuration::files::holds_certificate;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;
use crate::well_known::WellKnown;

rule! {
    /// A CA for the server is set, although Temporal Cloud has a certificate of a public one.
    ///
    /// ## Why it matters
    /// In most SDKs this setting replaces the roots of the system. Temporal Cloud's certificate comes from a public CA and may
    /// come from another one after its renewal; a root that is written down here then shuts every client out.
    ///
    /// ## How to fix
    /// Leave the setting out for Temporal Cloud, and see that the image has the package with the public roots, mostly ca-
    /// certificates.
    pub(super) static RULE = {
        code: "CFG-104",
        name: "server-root-replaced",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[SAMPLES_252, environment_reference("TEMPORAL_TLS_SERVER_CA_CERT_PATH")],
        message: "{key} of {client} replaces the roots of the system, but Temporal Cloud has a certificate of a public CA",
        help: "drop {key}",
        check: Check::Configuration(check),
    }
}

fn check(context: &ConfigurationContext<'_>, findings: &mut ConfigurationFindings<'_>) {
    for (index, client) in context.configuration.clients.iter().enumerate() {
        let setting = client.first_of(&[Item::ServerCaData, Item::ServerCaPath]);
        let Some(setting) =
            setting.filter(|_| client.is_for_cloud() && client.origin != Origin::ProxyUpstream)
        else {
            continue;
        };
        let loaded = context.loaded.iter().find(|loaded| loaded.client == Some(index));
        let server_ca = loaded.and_then(|loaded| loaded.server_ca.as_ref());
        // The roots of a system, copied into a file, do no harm.
        let roots = WellKnown::mozilla();
        let are_public = server_ca.is_some_and(|bundle| {
            holds_certificate(bundle) && bundle.certificates().all(|ca| roots.with_key_of(ca).is_some())
        });
        if !are_public {
            findings.of_setting(client, setting, Draft::new());
        }
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::certificate::Certificate;
    use crate::client_configuration::rules::testing::ADDRESS;
    use crate::client_configuration::rules::testing::NAMESPACE;
    use crate::client_configuration::rules::testing::messages;
    use crate::client_configuration::rules::testing::messages_with;
    use crate::client_configuration::rules::testing::profile;

    const SERVER_CA: &str = "server_ca_cert_path = \"/tls/ca.crt\"";

    #[test]
    fn a_root_for_the_server_is_flagged_read_or_not() {
        let text = profile(ADDRESS, NAMESPACE, SERVER_CA);
        let ca = mtlsmith_testkit::root("some").pem();
        assert_eq!(messages(&RULE, &text).len(), 1);
        assert_eq!(messages_with(&RULE, &text, &[("/tls/ca.crt", &ca)]).len(), 1);
    }

    #[test]
    fn a_server_of_ones_own_may_have_one() {
        assert!(messages(&RULE, &profile("temporal.internal:7233", "default", SERVER_CA)).is_empty());
        assert!(messages(&RULE, &profile(ADDRESS, NAMESPACE, "")).is_empty());
    }

    #[test]
    fn roots_of_the_system_pass_and_count_for_the_client_that_names_them() {
        let root = Certificate::read(&webpki_root_certs::TLS_SERVER_ROOT_CERTS[0]).unwrap().0;
        let key = testkit::Key::from_spki(root.subject_public_key_info().to_vec());
        let public = testkit::root_builder("public").key(key).signed_by(&testkit::root("x")).pem();
        let own = testkit::root("own").pem();
        let text = profile(ADDRESS, NAMESPACE, SERVER_CA);
        let flagged = |ca: &str| messages_with(&RULE, &text, &[("/tls/ca.crt", ca)]).len();
        assert_eq!((flagged(&public), flagged(&own), flagged(&(public.clone() + &own))), (0, 1, 1));
    }
}
