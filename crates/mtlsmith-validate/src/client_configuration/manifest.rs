//! Manifests: Secrets, Connections of the worker controller, the environment of containers, ConfigMaps, Compose files, and the
//! configuration of temporal-proxy.

use std::collections::HashSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::environment::is_promql;
use super::environment::take;
use super::finding::shown_name;
use super::model::Client;
use super::model::Form;
use super::model::Item;
use super::model::KubernetesSecret;
use super::model::Origin;
use super::model::Secret;
use super::model::SecretEntry;
use super::model::SecretReference;
use super::model::SettingPlace;
use super::model::Value;
use super::reading::ClientConfiguration;
use super::reading::OddityKind;
use super::reading::setting;
use super::reading::value;
use super::toml;
use super::yaml::At;
use super::yaml::Fault;
use super::yaml::Tree;

/// Reads every document of a text.
pub(super) fn read(text: &str) -> ClientConfiguration {
    let mut configuration = ClientConfiguration::of(Form::Manifest);
    let tree = Tree::read(text);
    for document in tree.documents() {
        object(&mut configuration, document, 0);
    }
    for key in &tree.repeated {
        let kind = OddityKind::RepeatedKey { name: key.name.clone(), first: key.first };
        configuration.odd(Some(key.line), kind);
    }
    if let Some((fault, line)) = tree.fault {
        let kind = match fault {
            Fault::Syntax => OddityKind::Unreadable("it is no valid YAML or JSON"),
            Fault::TooDeep => OddityKind::TooLarge("it is nested more than 64 levels deep"),
            Fault::TooMany => OddityKind::TooLarge("it has more than 200,000 values"),
            Fault::Aliases => OddityKind::TooLarge("its aliases lead to more than 20,000 values"),
            Fault::Endless => OddityKind::Unreadable("an alias stands within what it names"),
        };
        configuration.odd(Some(line), kind);
    }
    configuration
}

fn object(configuration: &mut ClientConfiguration, object_at: At<'_>, depth: usize) {
    let kind = object_at.get("kind").and_then(At::text).unwrap_or_default();
    let version = object_at.get("apiVersion").and_then(At::text).unwrap_or_default();
    match kind {
        "Secret" => secret(configuration, object_at),
        "ConfigMap" => config_map(configuration, object_at),
        "Connection" | "TemporalConnection" if version.starts_with("temporal.io/") => {
            connection(configuration, object_at)
        }
        _ if kind.ends_with("List") && depth < LISTS => {
            for item in object_at.get("items").map(At::items).unwrap_or_default() {
                object(configuration, item, depth + 1);
            }
        }
        "" => {
            services(configuration, object_at);
            upstreams(configuration, object_at);
        }
        _ => workload(configuration, object_at, kind),
    }
}

fn name(object: At<'_>) -> String {
    object.path(&["metadata", "name"]).and_then(At::text).unwrap_or("without a name").to_owned()
}

fn secret(configuration: &mut ClientConfiguration, object: At<'_>) {
    let mut entries = Vec::new();
    let plain = object.get("stringData").map(At::entries).unwrap_or_default();
    let replaced: HashSet<&str> = plain.iter().filter_map(|(key, _)| key.text()).collect();
    for (key, held) in object.get("data").map(At::entries).unwrap_or_default() {
        let Some(text) = held.text() else { continue };
        let compact: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        let decoded = STANDARD.decode(compact).ok().map(Secret::new);
        // Kubernetes lays stringData over the values under data, once it could decode those.
        if decoded.is_none() || key.text().is_none_or(|key| !replaced.contains(key)) {
            entries.push(entry(key, decoded));
        }
    }
    for (key, held) in plain {
        entries.push(entry(key, held.text().map(Secret::new)));
    }
    configuration.secrets.push(KubernetesSecret {
        name: name(object),
        line: object.line(),
        kind: object.get("type").and_then(|kind| Some((kind.text()?.to_owned(), kind.line()))),
        entries,
    });
}

fn entry(key: At<'_>, value: Option<Secret>) -> SecretEntry {
    SecretEntry { key: key.text().unwrap_or_default().to_owned(), line: key.line(), value }
}

fn connection(configuration: &mut ClientConfiguration, object: At<'_>) {
    let mut client = Client::new(
        format!("Connection {}", shown_name(&name(object))),
        Origin::Connection,
        Some(object.line()),
    );
    let mut set = |item, key: &str, found: Option<At<'_>>| {
        if let Some((text, line)) = found.and_then(|at| Some((at.text()?, at.line()))) {
            client.settings.push(setting(item, key, SettingPlace::Line(line), value(item, text)));
        }
    };
    set(Item::Address, "hostPort", object.path(&["spec", "hostPort"]));
    set(Item::ServerName, "serverName", object.path(&["spec", "tls", "serverName"]));
    let reference = |keys: &[&str]| {
        let name = object.path(keys)?;
        Some(SecretReference { name: name.text()?.to_owned(), line: name.line() })
    };
    client.certificate_secret = reference(&["spec", "mutualTLSSecretRef", "name"])
        .or_else(|| reference(&["spec", "mutualTLSSecret"]));
    client.api_key_secret = reference(&["spec", "apiKeySecretRef", "name"]);
    configuration.clients.push(client);
}

fn config_map(configuration: &mut ClientConfiguration, object: At<'_>) {
    let mut client = Client::new(
        format!("ConfigMap {}", shown_name(&name(object))),
        Origin::Container,
        Some(object.line()),
    );
    client.is_partial = true;
    for (key, held) in object.get("data").map(At::entries).unwrap_or_default() {
        let (Some(key_text), Some(text)) = (key.text(), held.text()) else { continue };
        if key_text.ends_with(".toml") && text.contains("profile") {
            // The place of a block is its first line that is not blank.
            let blank =
                if held.is_block() { text.bytes().take_while(|&byte| byte == b'\n').count() } else { 0 };
            let mut inner = toml::read(text, held.line().saturating_sub(blank));
            for client in &mut inner.clients {
                // The paths in it are paths of a container.
                client.origin = Origin::Container;
            }
            configuration.clients.append(&mut inner.clients);
            configuration.oddities.append(&mut inner.oddities);
            configuration.profiles.append(&mut inner.profiles);
        } else {
            take(configuration, &mut client, key_text, text, SettingPlace::Line(key.line()));
        }
    }
    push_if_said(configuration, client);
}

/// Anything with containers.
fn workload(configuration: &mut ClientConfiguration, object: At<'_>, kind: &str) {
    let pods = [
        &["spec"][..],
        &["spec", "template", "spec"],
        &["spec", "jobTemplate", "spec", "template", "spec"],
        &["template", "spec"],
    ];
    let of = format!("of {} {}", shown_name(kind), shown_name(&name(object)));
    for pod in pods.iter().filter_map(|path| object.path(path)) {
        for list in ["initContainers", "containers"] {
            for container in pod.get(list).map(At::items).unwrap_or_default() {
                let own = container.get("name").and_then(At::text).unwrap_or("without a name");
                let title = format!("container {} {of}", shown_name(own));
                let mut client = Client::new(title, Origin::Container, Some(container.line()));
                client.is_partial = container.get("envFrom").is_some();
                for variable in container.get("env").map(At::items).unwrap_or_default() {
                    container_variable(configuration, &mut client, variable);
                }
                push_if_said(configuration, client);
            }
        }
    }
}

fn container_variable(configuration: &mut ClientConfiguration, client: &mut Client, variable: At<'_>) {
    let Some(name) = variable.get("name") else { return };
    let Some(name_text) = name.text() else { return };
    let place = SettingPlace::Line(variable.get("value").map_or(name.line(), At::line));
    match variable.get("value").and_then(At::text) {
        Some(text) => take(configuration, client, name_text, text, place),
        None if variable.get("valueFrom").is_some() => {
            take(configuration, client, name_text, "", SettingPlace::Line(name.line()));
            if let Some(last) = client.settings.last_mut().filter(|last| last.key == name_text) {
                last.value = Value::Elsewhere;
            }
        }
        None => {}
    }
}

/// The services of a Compose file.
fn services(configuration: &mut ClientConfiguration, object: At<'_>) {
    for (name, service) in object.get("services").map(At::entries).unwrap_or_default() {
        let title = format!("service {}", shown_name(name.text().unwrap_or("without a name")));
        let mut client = Client::new(title, Origin::Container, Some(name.line()));
        client.is_partial = service.get("env_file").is_some();
        let Some(environment) = service.get("environment") else { continue };
        for (key, held) in environment.entries() {
            // A variable without a value is passed on from the shell.
            let (Some(key_text), text) = (key.text(), held.text().unwrap_or("${shell}")) else { continue };
            take(configuration, &mut client, key_text, text, SettingPlace::Line(key.line()));
        }
        for item in environment.items() {
            let Some(text) = item.text() else { continue };
            let (key, text) = text.split_once('=').unwrap_or((text, "${shell}"));
            take(configuration, &mut client, key, text, SettingPlace::Line(item.line()));
        }
        push_if_said(configuration, client);
    }
}

/// The upstreams of temporal-proxy.
fn upstreams(configuration: &mut ClientConfiguration, object: At<'_>) {
    for upstream in object.get("upstreams").map(At::items).unwrap_or_default() {
        let own = upstream.get("name").and_then(At::text).unwrap_or("without a name");
        let mut client = Client::new(
            format!("upstream {}", shown_name(own)),
            Origin::ProxyUpstream,
            Some(upstream.line()),
        );
        for (item, key, path) in PROXY_KEYS {
            let Some(found) = upstream.path(path) else { continue };
            if let Some(text) = found.text() {
                client.settings.push(setting(
                    *item,
                    key,
                    SettingPlace::Line(found.line()),
                    value(*item, text),
                ));
            }
        }
        if upstream.path(&["tls", "secretName"]).is_some() {
            for (item, key) in [(Item::CertificatePath, "certKey"), (Item::KeyPath, "keyKey")] {
                let line = upstream.path(&["tls", "secretName"]).map_or(upstream.line(), At::line);
                client.settings.push(setting(item, key, SettingPlace::Line(line), Value::Elsewhere));
            }
        }
        configuration.clients.push(client);
    }
    let scrape = object.get("scrape_configs").map(At::items).unwrap_or_default();
    for held in scrape.iter().flat_map(|job| job.entries()).map(|(_, held)| held) {
        if held.text().is_some_and(is_promql) {
            configuration.promql.push(SettingPlace::Line(held.line()));
        }
    }
}

/// Containers that say nothing about Temporal are none of ours.
fn push_if_said(configuration: &mut ClientConfiguration, client: Client) {
    if !client.settings.is_empty() {
        configuration.clients.push(client);
    }
}

const PROXY_KEYS: &[(Item, &str, &[&str])] = &[
    (Item::Address, "hostPort", &["hostPort"]),
    (Item::CertificatePath, "cert", &["tls", "cert"]),
    (Item::KeyPath, "key", &["tls", "key"]),
    (Item::ServerCaPath, "ca", &["tls", "ca"]),
    (Item::ServerCaPath, "caKey", &["tls", "caKey"]),
    (Item::ServerName, "serverName", &["tls", "serverName"]),
    (Item::ApiKey, "apiKey", &["credentials", "static", "apiKey"]),
];

/// Lists of lists are read so deep.
const LISTS: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_followed_to_their_depth() {
        let map = r#"{"kind":"ConfigMap","metadata":{"name":"x"},"data":{"TEMPORAL_NAMESPACE":"a.b"}}"#;
        let within = |lists: usize| {
            let open = r#"{"kind":"List","items":["#.repeat(lists);
            read(&format!("{open}{map}{}", "]}".repeat(lists))).clients.len()
        };
        assert_eq!((within(0), within(1), within(LISTS), within(LISTS + 1)), (1, 1, 1, 0));
    }

    #[test]
    fn a_file_in_quotes_is_read_with_its_own_lines_and_a_variable_is_not_taken_for_one() {
        let lines = |data: &str| -> Vec<Option<usize>> {
            let text = format!("kind: ConfigMap\nmetadata: {{name: x}}\ndata:\n{data}");
            read(&text).clients.iter().map(|client| client.line).collect()
        };
        assert_eq!(lines("  a.toml: \"[profile.default]\\nnamespace = 'a.b'\"\n"), [Some(4)]);
        let variable =
            read("kind: ConfigMap\nmetadata: {name: x}\ndata:\n  TEMPORAL_NAMESPACE: profile.a1b2c\n");
        assert_eq!(variable.clients[0].text(Item::Namespace), Some("profile.a1b2c"));
    }

    #[test]
    fn a_variable_without_a_value_says_nothing() {
        let settings = |rest: &str| {
            let text = format!(
                "kind: Pod\nmetadata: {{name: x}}\nspec:\n  containers:\n  - name: c\n    env:\n    \
                 - {{name: TEMPORAL_ADDRESS, value: x}}\n    - {{name: TEMPORAL_NAMESPACE{rest}}}\n"
            );
            read(&text).clients.iter().map(|client| client.settings.len()).sum::<usize>()
        };
        assert_eq!(settings(", value: a.b"), 2);
        assert_eq!(settings(", valueFrom: {secretKeyRef: {name: a, key: b}}"), 2);
        assert_eq!(settings(""), 1);
    }

    #[test]
    fn a_file_in_a_block_is_read_with_the_lines_of_the_manifest() {
        let lines = |block: &str| -> Vec<Option<usize>> {
            let text = format!("kind: ConfigMap\nmetadata: {{name: x}}\ndata:\n  a.toml: {block}");
            read(&text).clients.iter().map(|client| client.line).collect()
        };
        assert_eq!(lines("|\n    [profile.default]\n    namespace = \"a.b\"\n"), [Some(5)]);
        assert_eq!(lines("|-\n    # mine\n\n    [profile.default]\n    namespace = \"a.b\"\n"), [Some(7)]);
        assert_eq!(lines("|\n\n    [profile.default]\n    namespace = \"a.b\"\n"), [Some(6)]);
        assert_eq!(lines("| # a comment\n    [profile.default]\n    namespace = \"a.b\"\n"), [Some(5)]);
    }

    #[test]
    fn string_data_lies_over_data() {
        let held = |text: &str| {
            let read = read(&format!("kind: Secret\nmetadata: {{name: x}}\n{text}"));
            let value = read.secrets[0].entry("k").and_then(|entry| entry.value.clone());
            (value.map(|value| String::from_utf8_lossy(value.expose()).into_owned()), read.oddities.len())
        };
        let of = |value: &str, oddities: usize| (Some(value.to_owned()), oddities);
        assert_eq!(held("data: {k: YQ==}\nstringData: {k: b, l: c}\n"), of("b", 0));
        assert_eq!(held("stringData: {k: b}\ndata: {k: YQ==}\n"), of("b", 0));
        assert_eq!(held("data: {k: YQ==}\nstringData: {l: c}\n"), of("a", 0));
        assert_eq!(held("data: {k: YQ==}\ndata: {k: Yg==}\n"), of("b", 1));
        let both = read("kind: Secret\ndata: {k: '!'}\nstringData: {k: b}\n").secrets.remove(0);
        assert!(both.entries.iter().any(|entry| entry.value.is_none()), "the server decodes data first");
    }

    #[test]
    fn titles_hide_what_may_be_a_secret() {
        let key = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgh/abcdefghijklmnopqrstuvwxyz0123456789AB";
        let read = read(&format!(
            "kind: Secret\nmetadata: {{name: {key}}}\n---\nkind: Pod\nmetadata: {{name: {key}}}\nspec:\n  \
             containers:\n  - name: {key}\n    env: [{{name: TEMPORAL_NAMESPACE, value: a.b}}]\n"
        ));
        assert!(read.secrets[0].shown_name().starts_with("… ("));
        assert!(!read.clients[0].name.contains("MIGH"), "{}", read.clients[0].name);
        assert!(
            read.clients[0].name.starts_with("container … (") && read.clients[0].name.contains(" of Pod … (")
        );
    }

    #[test]
    fn a_connection_of_another_maker_is_none() {
        let settings = |version: &str| {
            let text = format!("apiVersion: {version}\nkind: Connection\nspec: {{hostPort: \"a.b:7233\"}}\n");
            read(&text).clients.iter().map(|client| client.settings.len()).sum::<usize>()
        };
        assert_eq!((settings("temporal.io/v1alpha1"), settings("example.com/v1")), (1, 0));
    }

    #[test]
    fn a_variable_from_elsewhere_leaves_the_one_before_it_alone() {
        let values = |name: &str| -> Vec<bool> {
            let text = format!(
                "kind: Pod\nmetadata: {{name: x}}\nspec:\n  containers:\n  - name: c\n    env:\n    \
                 - {{name: TEMPORAL_ADDRESS, value: x}}\n    - {{name: {name}, valueFrom: {{}}}}\n"
            );
            let client = read(&text).clients.remove(0);
            client.settings.iter().map(|setting| setting.value == Value::Elsewhere).collect()
        };
        assert_eq!(values("TEMPORAL_NAMESPACE"), [false, true]);
        assert_eq!(values("OTHER"), [false]);
    }

    #[test]
    fn services_of_compose_state_variables_as_a_mapping_or_a_list() {
        let read_as = |environment: &str| {
            let client =
                read(&format!("services:\n  w:\n    environment: {environment}\n")).clients.remove(0);
            (client.name.clone(), client.text(Item::Namespace).map(str::to_owned))
        };
        let expected = ("service w".to_owned(), Some("a.b".to_owned()));
        assert_eq!(read_as("{TEMPORAL_NAMESPACE: a.b}"), expected);
        assert_eq!(read_as("[TEMPORAL_NAMESPACE=a.b]"), expected);
    }
}
