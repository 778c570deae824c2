//! `temporal.toml`: a profile is set in the file that is there, and everything else in it stays as it is, comments too.

use toml_edit::DocumentMut;
use toml_edit::Item;
use toml_edit::Table;
use toml_edit::TableLike;
use toml_edit::value;

use super::ExportError;
use super::environment::Connection;

/// The text with the profile set. `existing` is empty when there is no file yet.
///
/// What would contradict the new values goes: certificate and key given as data, and a switch that turns TLS off. An API key stays; whether
/// both make sense is not decided here.
///
/// # Errors
/// When the text is not TOML, or something stands where a table belongs.
pub fn temporal_toml(
    existing: &str,
    profile: &str,
    connection: &Connection<'_>,
) -> Result<String, ExportError> {
    if profile.is_empty() {
        return Err(ExportError::value("profile's name", "is empty"));
    }
    if let Some((what, _)) = connection.values().find(|(_, value)| value.is_empty()) {
        return Err(ExportError::value(what, "is empty"));
    }
    let mut document: DocumentMut = existing.parse().map_err(|error: toml_edit::TomlError| {
        ExportError::Existing { problem: error.message().to_owned() }
    })?;
    let mut profiles = Table::new();
    profiles.set_implicit(true);
    let profiles = table_in(document.as_table_mut(), "profile", profiles)?;
    let found = table_in(profiles, profile, Table::new())?;
    set(found, "address", connection.address);
    set(found, "namespace", connection.namespace);
    let tls = table_in(found, "tls", Table::new())?;
    for contradiction in ["client_cert_data", "client_key_data", "disabled"] {
        tls.remove(contradiction);
    }
    set(tls, "client_cert_path", connection.certificate_path);
    set(tls, "client_key_path", connection.key_path);
    match connection.server_name {
        Some(name) => set(tls, "server_name", name),
        None => {
            tls.remove("server_name");
        }
    }
    Ok(document.to_string())
}

/// The table of this name, in whichever of TOML's ways it is written; a new one when there is none.
fn table_in<'t>(
    parent: &'t mut dyn TableLike,
    name: &str,
    new: Table,
) -> Result<&'t mut dyn TableLike, ExportError> {
    parent
        .entry(name)
        .or_insert(Item::Table(new))
        .as_table_like_mut()
        .ok_or_else(|| ExportError::Existing { problem: format!("`{}` is not a table", name.escape_debug()) })
}

/// Sets a value, and keeps the comment beside the one that was there.
fn set(table: &mut dyn TableLike, name: &str, text: &str) {
    let mut item = value(text);
    if let (Some(new), Some(old)) = (item.as_value_mut(), table.get(name).and_then(Item::as_value)) {
        *new.decor_mut() = old.decor().clone();
    }
    // In place, since inserting anew would lose the comment above the name.
    match table.get_mut(name) {
        Some(there) => *there = item,
        None => {
            table.insert(name, item);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::environment::tests::CONNECTION;
    use super::*;

    #[test]
    fn a_new_file_has_the_profile_and_nothing_else() {
        let text = temporal_toml("", "default", &CONNECTION).unwrap();
        let expected = "[profile.default]\naddress = \"orders.a1b2c.tmprl.cloud:7233\"\nnamespace = \"orders.a1b2c\"\n\n\
             [profile.default.tls]\nclient_cert_path = \"/etc/temporal/tls/tls.crt\"\n\
             client_key_path = \"/etc/temporal/tls/tls.key\"\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn comments_order_and_other_profiles_stay() {
        let existing = "# mine\n[profile.other]\naddress = \"x\" # keep\n\n# before\n[profile.prod]\n# above\naddress = \"old\" # beside\n\
             api_key = \"k\"\n[profile.prod.tls]\nclient_key_data = \"inline\"\ndisabled = true\n# end\n";
        let text = temporal_toml(existing, "prod", &CONNECTION).unwrap();
        for kept in [
            "# mine\n",
            "address = \"x\" # keep\n",
            "# before\n",
            "# above\naddress = \"orders.a1b2c.tmprl.cloud:7233\" # beside\n",
            "api_key = \"k\"\n",
            "# end\n",
        ] {
            assert!(text.contains(kept), "{kept:?} is lost in\n{text}");
        }
        for gone in ["inline", "disabled", "old"] {
            assert!(!text.contains(gone), "{gone} is still in\n{text}");
        }
        assert_eq!(temporal_toml(&text, "prod", &CONNECTION).unwrap(), text, "a second time changes nothing");
    }

    #[test]
    fn an_inline_table_is_edited_as_one() {
        let text = temporal_toml(
            "profile.p = { address = \"a\", tls = { server_name = \"s\" } }\n",
            "p",
            &CONNECTION,
        )
        .unwrap();
        let read: DocumentMut = text.parse().unwrap();
        assert_eq!(read["profile"]["p"]["namespace"].as_str(), Some("orders.a1b2c"));
        assert_eq!(read["profile"]["p"]["tls"]["client_key_path"].as_str(), Some(CONNECTION.key_path));
        assert!(!text.contains("server_name"));
    }

    #[test]
    fn a_name_that_needs_quotes_gets_them() {
        let text = temporal_toml("", "a.b \"c\"", &CONNECTION).unwrap();
        let read: DocumentMut = text.parse().unwrap();
        assert_eq!(read["profile"]["a.b \"c\""]["namespace"].as_str(), Some("orders.a1b2c"));
    }

    #[test]
    fn what_is_not_understood_is_not_touched() {
        assert!(matches!(temporal_toml("= x", "p", &CONNECTION), Err(ExportError::Existing { .. })));
        assert!(matches!(temporal_toml("profile = 1", "p", &CONNECTION), Err(ExportError::Existing { .. })));
        assert!(matches!(
            temporal_toml("[profile]\np = []", "p", &CONNECTION),
            Err(ExportError::Existing { .. })
        ));
    }
}
