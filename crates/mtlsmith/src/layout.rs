//! What lies where the user points: the leaves and the trust of a state directory, and the files that may have been meant.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use mtlsmith_report::shell_word;

use crate::input::is_there;
use crate::minting::FILTERS_FILE;
use crate::state::LEAF_CERTIFICATE;

/// The certificates in force below a folder of a state directory, by name: the folder of one leaf, of the leaves of a Namespace, of a
/// Namespace, of all Namespaces, or the state directory itself. Empty for any other folder.
pub(crate) fn leaves_below(folder: &Path) -> Vec<PathBuf> {
    let in_force =
        |leaf: &Path| Some(leaf.join(CURRENT).join(LEAF_CERTIFICATE)).filter(|path| path.is_file());
    let below = |leaves: &Path| -> Vec<PathBuf> {
        folders_in(leaves).iter().filter_map(|leaf| in_force(leaf)).collect()
    };
    let mut found: Vec<PathBuf> = in_force(folder).into_iter().collect();
    found.extend(below(folder));
    found.extend(below(&folder.join(LEAVES)));
    for namespaces in [folder.to_owned(), folder.join(NAMESPACES)] {
        found.extend(folders_in(&namespaces).iter().flat_map(|namespace| below(&namespace.join(LEAVES))));
    }
    found.sort();
    found.dedup();
    found
}

/// The folder of the Namespaces, when this is the state directory that has one.
pub(crate) fn namespaces_of(folder: &Path) -> PathBuf {
    let inner = folder.join(NAMESPACES);
    if inner.is_dir() && folder.join(AUTHORITIES).is_dir() { inner } else { folder.to_owned() }
}

/// The bundle of a Namespace and its filters, where they lie in a folder under the names that mtlsmith gives or looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trust {
    pub(crate) bundle: PathBuf,
    pub(crate) filters: Option<PathBuf>,
}

impl Trust {
    /// The nearest one at or above a certificate in force, `NAMESPACE/leaves/NAME/current/tls.crt`.
    pub(crate) fn above(certificate: &Path) -> Option<Self> {
        let folder = certificate.ancestors().skip(1).take(LEVELS_BELOW_NAMESPACE);
        folder.into_iter().find_map(Trust::in_folder)
    }

    /// The one in a folder.
    pub(crate) fn in_folder(folder: &Path) -> Option<Self> {
        let bundle = BUNDLE_NAMES.iter().map(|name| folder.join(name)).find(|path| path.is_file())?;
        let filters = Some(folder.join(FILTERS_FILE)).filter(|path| path.is_file());
        Some(Trust { bundle, filters })
    }

    /// As options of a command; `None` when a name cannot be printed.
    pub(crate) fn options(&self) -> Option<String> {
        let word = |path: &Path| shell_word(&path.display().to_string());
        let filters = match &self.filters {
            Some(path) => format!(" --filters {}", word(path)?),
            None => String::new(),
        };
        Some(format!("--bundle {}{filters}", word(&self.bundle)?))
    }
}

/// What to name in the place of a folder: the few files in it, else those of the ending that comes first, else the certificates in
/// force below it.
pub(crate) fn instead_of(folder: &Path) -> String {
    let word = |path: PathBuf| shell_word(&path.display().to_string());
    let has_ending =
        |path: &PathBuf| path.extension().is_some_and(|ending| ENDINGS.iter().any(|own| ending == *own));
    let mut files = entries(folder);
    files.retain(|path| path.is_file() && has_ending(path));
    files.sort();
    if (1..=FILES_NAMED).contains(&files.len())
        && let Some(words) = files.iter().cloned().map(word).collect::<Option<Vec<String>>>()
    {
        return format!("name a file in it: {}", words.join(", "));
    }
    let ending = files.first().and_then(|file| file.extension()).map(|ending| ending.display().to_string());
    let pattern = match (ending, leaves_below(folder).first()) {
        (None, Some(leaf)) => {
            let depth = leaf.strip_prefix(folder).map_or(0, |rest| rest.components().count());
            let any = (2..depth).fold(folder.to_owned(), |path, _| path.join("*"));
            any.join(CURRENT).join(LEAF_CERTIFICATE)
        }
        (ending, _) => folder.join(format!("*.{}", ending.as_deref().unwrap_or("pem"))),
    };
    format!("name the files, or a pattern: {}", word(pattern).unwrap_or_else(|| "'FOLDER/*.pem'".to_owned()))
}

/// The file beside a missing one whose name is nearest, when one is near.
pub(crate) fn near(missing: &Path) -> Option<String> {
    let asked = missing.file_name()?.to_str()?;
    let parent = missing.parent().unwrap_or(Path::new(""));
    let folder = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    let near = entries(folder).into_iter().filter(|path| path.is_file()).filter_map(|path| {
        let name = path.file_name()?.to_str()?.to_owned();
        let slips = strsim::damerau_levenshtein(asked, &name);
        (slips <= SLIPS.min(asked.len() / 3)).then_some((slips, name))
    });
    let (_, name) = near.min()?;
    shell_word(&parent.join(name).display().to_string())
}

fn folders_in(folder: &Path) -> Vec<PathBuf> {
    entries(folder).into_iter().filter(|path| path.is_dir()).collect()
}

/// What is in a folder and not hidden; nothing of one that cannot be read.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let is_hidden =
        |path: &PathBuf| path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    paths.filter(|path| !is_hidden(path) && is_there(path)).collect()
}

/// How the bundle of a Namespace is called, the likeliest first.
pub(crate) const BUNDLE_NAMES: [&str; 3] = ["bundle.pem", "ca.pem", "ca-bundle.pem"];

const CURRENT: &str = "current";
const LEAVES: &str = "leaves";
const NAMESPACES: &str = "namespaces";
const AUTHORITIES: &str = "authorities";

/// The folder of the pair, of the leaf, of the leaves, of the Namespace.
const LEVELS_BELOW_NAMESPACE: usize = 4;

/// How files that commands read end.
const ENDINGS: [&str; 9] = ["pem", "crt", "cer", "der", "toml", "json", "yaml", "yml", "env"];

/// As many files of a folder are named one by one.
const FILES_NAMED: usize = 3;

/// Slips of the hand at most in the name of a file.
const SLIPS: usize = 2;

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        folder
    }

    const STATE: &[&str] = &[
        "authorities/a.b/current/ca.crt",
        "leaves/lost/current/tls.crt",
        "namespaces/a.b/ca-bundle.pem",
        "namespaces/a.b/filters.json",
        "namespaces/a.b/temporal.toml",
        "namespaces/a.b/leaves/one/current/tls.crt",
        "namespaces/a.b/leaves/two/current/tls.crt",
        "namespaces/c.d/leaves/one/current/tls.crt",
    ];

    #[test]
    fn leaves_are_found_from_every_level_of_a_state_directory() {
        let state = folder(STATE);
        for (from, number) in [
            ("", 4),
            ("namespaces", 3),
            ("namespaces/a.b", 2),
            ("namespaces/a.b/leaves", 2),
            ("namespaces/a.b/leaves/one", 1),
            ("authorities", 0),
            ("namespaces/a.b/leaves/one/current", 0),
        ] {
            assert_eq!(leaves_below(&state.path().join(from)).len(), number, "{from}");
        }
        assert_eq!(namespaces_of(state.path()), state.path().join("namespaces"));
        assert_eq!(namespaces_of(&state.path().join("namespaces")), state.path().join("namespaces"));
    }

    #[test]
    fn the_trust_lies_in_the_folder_of_the_namespace() {
        let state = folder(STATE);
        let of = |leaf: &str| Trust::above(&state.path().join(leaf));
        let trust = of("namespaces/a.b/leaves/one/current/tls.crt").unwrap();
        assert!(trust.bundle.ends_with("a.b/ca-bundle.pem") && trust.filters.is_some());
        let options = trust.options().unwrap();
        assert!(options.starts_with("--bundle ") && options.ends_with("/a.b/filters.json"), "{options}");
        assert_eq!(of("namespaces/c.d/leaves/one/current/tls.crt"), None);
        assert_eq!(of("leaves/lost/current/tls.crt"), None);
    }

    #[test]
    fn a_folder_is_replaced_by_what_is_in_it() {
        let state = folder(STATE);
        let said = |name: &str| instead_of(&state.path().join(name));
        assert!(
            said("namespaces/a.b/leaves").contains("leaves/*/current/tls.crt"),
            "{}",
            said("namespaces/a.b/leaves")
        );
        let plain = folder(&["x.toml", "y.json", ".z.pem"]);
        let both = instead_of(plain.path());
        assert!(
            both.starts_with("name a file in it: ")
                && both.ends_with("/y.json")
                && both.contains("/x.toml, "),
            "{both}"
        );
        let many = folder(&["1.crt", "2.crt", "3.crt", "4.crt"]);
        assert!(instead_of(many.path()).contains("/*.crt"), "{}", instead_of(many.path()));
        assert!(instead_of(folder(&[]).path()).contains("/*.pem"));
    }

    #[test]
    fn a_file_that_may_have_been_meant_is_near_by_name() {
        let folder = folder(&["tls.crt", "worker.pem"]);
        let near = |name: &str| near(&folder.path().join(name));
        assert!(near("tls.cert").unwrap().ends_with("/tls.crt"));
        assert!(near("wroker.pem").unwrap().ends_with("/worker.pem"));
        assert_eq!(near("other.pem"), None);
        assert_eq!(near("nowhere/tls.crt"), None);
    }
}
