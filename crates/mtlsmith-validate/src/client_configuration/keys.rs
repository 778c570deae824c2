//! The keys of settings: in TOML, as variables, and what a wrong one was meant to be.

use super::model::Item;

/// A key, as TOML and the environment spell it.
struct Names {
    item: Item,
    /// Below `[profile.NAME]`, those of `[profile.NAME.tls]` behind a dot.
    toml: &'static str,
    variable: &'static str,
    /// The CLI's old variable.
    legacy: &'static str,
}

/// What a variable sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Variable {
    pub(super) item: Item,
    pub(super) is_legacy: bool,
}

/// The tables that a key may stand in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    Profile,
    Tls,
    Codec,
}

/// The item of a key in a table.
pub(super) fn of_toml(table: Table, key: &str) -> Option<Item> {
    let of = |names: &Names| {
        let (expected, own) = match names.toml.strip_prefix("tls.") {
            Some(own) => (Table::Tls, own),
            None => (Table::Profile, names.toml),
        };
        (expected == table && own == key && !own.is_empty()).then_some(names.item)
    };
    let other = match table {
        Table::Profile => ["authority", "codec", "grpc_meta", "oauth"].contains(&key),
        Table::Codec => ["endpoint", "auth"].contains(&key),
        Table::Tls => false,
    };
    NAMES.iter().find_map(of).or(other.then_some(Item::Other))
}

/// The item of a variable.
pub(super) fn of_variable(name: &str) -> Option<Variable> {
    let own = NAMES.iter().find_map(|names| match name {
        "" => None,
        _ if name == names.variable => Some(Variable { item: names.item, is_legacy: false }),
        _ if name == names.legacy => Some(Variable { item: names.item, is_legacy: true }),
        _ => None,
    });
    let other = OTHER_VARIABLES.contains(&name) || name.starts_with("TEMPORAL_GRPC_META_");
    own.or(other.then_some(Variable { item: Item::Other, is_legacy: false }))
}

/// The variable of an item.
pub(crate) fn variable_of(item: Item) -> &'static str {
    NAMES.iter().find(|names| names.item == item).map_or("", |names| names.variable)
}

/// The key of TOML that was meant, with its table: `tls.client_cert_path`.
pub(super) fn meant_in_toml(key: &str) -> Option<&'static str> {
    let bare = reduced(key);
    // A key is reduced to the same letters as its variable.
    let own = NAMES.iter().filter(|names| !names.toml.is_empty()).find(|names| bare == reduced(names.toml));
    let alias = || ALIASES.iter().find(|(alias, _)| *alias == bare).map(|(_, item)| *item);
    let item = own.map(|names| names.item).or_else(alias).or_else(|| nearest(&bare))?;
    NAMES.iter().find(|names| names.item == item && !names.toml.is_empty()).map(|names| names.toml)
}

/// The variable that was meant. Only what looks like a setting of the connection is taken for one: programs have variables of their
/// own that start alike.
pub(super) fn meant_variable(name: &str) -> Option<&'static str> {
    let bare = reduced(name);
    if !name.to_ascii_uppercase().starts_with("TEMPORAL") || bare.len() > LONGEST_MISTAKE {
        return None;
    }
    let same = NAMES.iter().find(|names| bare == reduced(names.variable)).map(|names| names.item);
    let alias = || ALIASES.iter().find(|(alias, _)| *alias == bare).map(|(_, item)| *item);
    let item = same.or_else(alias).or_else(|| nearest(&bare))?;
    Some(variable_of(item)).filter(|variable| !variable.is_empty())
}

/// Lower-case letters without separators, and without what every variable starts with.
fn reduced(key: &str) -> String {
    let letters = key.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase());
    let letters: String = letters.collect();
    let letters = letters.strip_prefix("temporal").unwrap_or(&letters);
    letters.strip_prefix("tls").filter(|rest| !rest.is_empty()).unwrap_or(letters).to_owned()
}

/// The item whose key differs by one letter, or two that changed places.
fn nearest(bare: &str) -> Option<Item> {
    if bare.len() < SHORTEST_MISTAKE || bare.len() > LONGEST_MISTAKE {
        return None;
    }
    let keys = NAMES.iter().filter(|names| !names.variable.is_empty());
    keys.map(|names| (reduced(names.variable), names.item))
        .find(|(key, _)| is_one_slip(key.as_bytes(), bare.as_bytes()))
        .map(|(_, item)| item)
}

fn is_one_slip(left: &[u8], right: &[u8]) -> bool {
    let front = left.iter().zip(right).take_while(|(left, right)| left == right).count();
    let (left, right) = (left.get(front..).unwrap_or_default(), right.get(front..).unwrap_or_default());
    let back = left.iter().rev().zip(right.iter().rev()).take_while(|(left, right)| left == right).count();
    let left = left.get(..left.len().saturating_sub(back)).unwrap_or_default();
    let right = right.get(..right.len().saturating_sub(back)).unwrap_or_default();
    match (left, right) {
        ([_], [] | [_]) | ([], [_]) => true,
        ([a, b], [c, d]) => a == d && b == c,
        _ => false,
    }
}

const NAMES: &[Names] = &[
    Names { item: Item::Address, toml: "address", variable: "TEMPORAL_ADDRESS", legacy: "" },
    Names { item: Item::Namespace, toml: "namespace", variable: "TEMPORAL_NAMESPACE", legacy: "" },
    Names { item: Item::ApiKey, toml: "api_key", variable: "TEMPORAL_API_KEY", legacy: "" },
    Names { item: Item::Tls, toml: "", variable: "TEMPORAL_TLS", legacy: "" },
    Names { item: Item::TlsDisabled, toml: "tls.disabled", variable: "", legacy: "" },
    Names {
        item: Item::CertificatePath,
        toml: "tls.client_cert_path",
        variable: "TEMPORAL_TLS_CLIENT_CERT_PATH",
        legacy: "TEMPORAL_TLS_CERT",
    },
    Names {
        item: Item::CertificateData,
        toml: "tls.client_cert_data",
        variable: "TEMPORAL_TLS_CLIENT_CERT_DATA",
        legacy: "TEMPORAL_TLS_CERT_DATA",
    },
    Names {
        item: Item::KeyPath,
        toml: "tls.client_key_path",
        variable: "TEMPORAL_TLS_CLIENT_KEY_PATH",
        legacy: "TEMPORAL_TLS_KEY",
    },
    Names {
        item: Item::KeyData,
        toml: "tls.client_key_data",
        variable: "TEMPORAL_TLS_CLIENT_KEY_DATA",
        legacy: "TEMPORAL_TLS_KEY_DATA",
    },
    Names {
        item: Item::ServerCaPath,
        toml: "tls.server_ca_cert_path",
        variable: "TEMPORAL_TLS_SERVER_CA_CERT_PATH",
        legacy: "TEMPORAL_TLS_CA",
    },
    Names {
        item: Item::ServerCaData,
        toml: "tls.server_ca_cert_data",
        variable: "TEMPORAL_TLS_SERVER_CA_CERT_DATA",
        legacy: "TEMPORAL_TLS_CA_DATA",
    },
    Names {
        item: Item::ServerName,
        toml: "tls.server_name",
        variable: "TEMPORAL_TLS_SERVER_NAME",
        legacy: "",
    },
    Names {
        item: Item::DisableHostVerification,
        toml: "tls.disable_host_verification",
        variable: "TEMPORAL_TLS_DISABLE_HOST_VERIFICATION",
        legacy: "",
    },
];

/// Variables that clients, the CLI and tcld read, and that set nothing that is judged here.
const OTHER_VARIABLES: &[&str] = &[
    "TEMPORAL_CONFIG_FILE",
    "TEMPORAL_PROFILE",
    "TEMPORAL_CLIENT_AUTHORITY",
    "TEMPORAL_CODEC_ENDPOINT",
    "TEMPORAL_CODEC_AUTH",
    "TEMPORAL_ENV",
    "TEMPORAL_ENV_FILE",
    "TEMPORAL_CLOUD_API_KEY",
    "TEMPORAL_CLOUD_NAMESPACE",
    "TEMPORAL_CLOUD_API_SERVER",
    "TEMPORAL_CLOUD_TLS_SERVER_NAME",
    "TEMPORAL_CLOUD_IDEMPOTENT",
];

/// Other words for settings, reduced; what the variables of other programs end in is not among them.
const ALIASES: &[(&str, Item)] = &[
    ("host", Item::Address),
    ("hostport", Item::Address),
    ("hosturl", Item::Address),
    ("hostaddress", Item::Address),
    ("serveraddress", Item::Address),
    ("targethost", Item::Address),
    ("endpoint", Item::Address),
    ("grpcendpoint", Item::Address),
    ("ns", Item::Namespace),
    ("apikeydata", Item::ApiKey),
    ("clientcert", Item::CertificatePath),
    ("clientcertificate", Item::CertificatePath),
    ("clientcertificatepath", Item::CertificatePath),
    ("clientcertfile", Item::CertificatePath),
    ("cert", Item::CertificatePath),
    ("certpath", Item::CertificatePath),
    ("certfile", Item::CertificatePath),
    ("certdata", Item::CertificateData),
    ("clientcertificatedata", Item::CertificateData),
    ("mtlscert", Item::CertificatePath),
    ("mtlstlscert", Item::CertificatePath),
    ("clientkey", Item::KeyPath),
    ("clientkeyfile", Item::KeyPath),
    ("clientprivatekey", Item::KeyPath),
    ("clientprivatekeypath", Item::KeyPath),
    ("key", Item::KeyPath),
    ("keypath", Item::KeyPath),
    ("keyfile", Item::KeyPath),
    ("keydata", Item::KeyData),
    ("clientprivatekeydata", Item::KeyData),
    ("mtlskey", Item::KeyPath),
    ("mtlstlskey", Item::KeyPath),
    ("ca", Item::ServerCaPath),
    ("cacert", Item::ServerCaPath),
    ("capath", Item::ServerCaPath),
    ("serverca", Item::ServerCaPath),
    ("servercacert", Item::ServerCaPath),
    ("servercapath", Item::ServerCaPath),
    ("serverrootcacert", Item::ServerCaPath),
    ("serverrootcacertificate", Item::ServerCaPath),
    ("servercadata", Item::ServerCaData),
    ("domain", Item::ServerName),
    ("sni", Item::ServerName),
    ("servernameoverride", Item::ServerName),
    ("enabled", Item::Tls),
    ("tlsenabled", Item::Tls),
    ("disable", Item::TlsDisabled),
    ("insecureskipverify", Item::DisableHostVerification),
    ("skipverify", Item::DisableHostVerification),
];

/// Keys below this are too short to be recognised with a wrong letter.
const SHORTEST_MISTAKE: usize = 6;

/// The longest key that is compared with the usual mistakes.
const LONGEST_MISTAKE: usize = 60;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_known_in_their_table_alone() {
        assert_eq!(of_toml(Table::Profile, "address"), Some(Item::Address));
        assert_eq!(of_toml(Table::Tls, "client_cert_path"), Some(Item::CertificatePath));
        assert_eq!(of_toml(Table::Profile, "client_cert_path"), None);
        assert_eq!(of_toml(Table::Tls, "address"), None);
        assert_eq!(of_toml(Table::Profile, "oauth"), Some(Item::Other));
        assert_eq!(of_toml(Table::Profile, ""), None);
    }

    #[test]
    fn old_variables_are_told_apart() {
        let variable = |name| of_variable(name).map(|variable| (variable.item, variable.is_legacy));
        assert_eq!(variable("TEMPORAL_TLS_CERT"), Some((Item::CertificatePath, true)));
        assert_eq!(variable("TEMPORAL_TLS_CLIENT_CERT_PATH"), Some((Item::CertificatePath, false)));
        assert_eq!(variable("TEMPORAL_GRPC_META_X"), Some((Item::Other, false)));
        assert_eq!(variable("TEMPORAL_TASK_QUEUE"), None);
        assert_eq!(variable(""), None);
    }

    #[test]
    fn what_was_meant_is_found() {
        for (key, meant) in [
            ("tls_client_cert_data", "tls.client_cert_data"),
            ("client_cert_path", "tls.client_cert_path"),
            ("tls_client_key_path", "tls.client_key_path"),
            ("client_cert", "tls.client_cert_path"),
            ("clent_cert_path", "tls.client_cert_path"),
            ("adress", "address"),
            ("name_space", "namespace"),
            ("apiKey", "api_key"),
        ] {
            assert_eq!(meant_in_toml(key), Some(meant), "{key}");
        }
        assert_eq!(meant_in_toml("colour"), None);
        assert_eq!((meant_in_toml("temporal"), meant_in_toml("_")), (None, None), "nothing is left of them");
        assert_eq!(meant_in_toml(&"a".repeat(100)), None);
    }

    #[test]
    fn variables_of_other_programs_are_left_alone() {
        for (name, meant) in [
            ("TEMPORAL_TLS_CLIENT_CERT", Some("TEMPORAL_TLS_CLIENT_CERT_PATH")),
            ("TEMPORAL_CLIENT_KEY_PATH", Some("TEMPORAL_TLS_CLIENT_KEY_PATH")),
            ("TEMPORAL_HOST_PORT", Some("TEMPORAL_ADDRESS")),
            ("TEMPORAL_ADRESS", Some("TEMPORAL_ADDRESS")),
            ("TEMPORAL_NAMESAPCE", Some("TEMPORAL_NAMESPACE")),
            ("TEMPORAL_TASK_QUEUE", None),
            ("TEMPORAL_WORKER_COUNT", None),
            ("TLS_CLIENT_CERT_PATH", None),
        ] {
            assert_eq!(meant_variable(name), meant, "{name}");
        }
    }

    #[test]
    fn every_key_is_understood_by_each_of_its_names() {
        for names in NAMES.iter().filter(|names| !names.toml.is_empty()) {
            let wanted = NAMES.iter().find(|other| other.item == names.item && !other.toml.is_empty());
            let last = names.toml.strip_prefix("tls.").unwrap_or(names.toml);
            for written in
                [last, names.toml, names.variable].into_iter().filter(|written| !written.is_empty())
            {
                let meant = meant_in_toml(&written.to_ascii_uppercase());
                assert_eq!(meant, wanted.map(|names| names.toml), "{written}");
            }
        }
    }

    #[test]
    fn one_slip_is_a_letter_more_or_less_or_changed_or_two_exchanged() {
        for (one, other, is_slip) in [
            ("abcd", "abd", true),
            ("abd", "abcd", true),
            ("abcd", "axcd", true),
            ("abcd", "acbd", true),
            ("abcd", "axbd", false),
            ("abcd", "acxd", false),
            ("abcd", "ad", false),
            ("abcd", "abcd", false),
        ] {
            assert_eq!(is_one_slip(one.as_bytes(), other.as_bytes()), is_slip, "{one} {other}");
        }
    }

    #[test]
    fn a_short_word_is_no_slip_of_a_key() {
        assert_eq!(nearest("apikeyy"), Some(Item::ApiKey));
        assert_eq!(nearest("apike"), None);
    }
}
