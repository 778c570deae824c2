//! Who may read a client's key besides its owner: the group of a worker that runs as another user.

use std::fs;

use clap::Args;
use mtlsmith_ca::keep::Sharing;

use crate::failure::Failure;
use crate::session::shown;

/// Who else reads.
#[derive(Debug, Clone, Args)]
pub(crate) struct SharingArguments {
    /// Let the members of GROUP, a name or a number, read the key and the certificate: 0640 in place of 0600
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
}

impl SharingArguments {
    /// The group as it was named.
    pub(crate) fn named(&self) -> Option<&str> {
        self.group.as_deref()
    }

    /// As the keeping takes it.
    pub(crate) fn sharing(&self) -> Result<Sharing, Failure> {
        let Some(group) = &self.group else { return Ok(Sharing::Owner) };
        if let Ok(number) = group.parse() {
            return Ok(Sharing::Group(number));
        }
        let groups = fs::read_to_string(GROUPS).unwrap_or_default();
        number_of(group, &groups).map(Sharing::Group).ok_or_else(|| {
            Failure::could_not_run(format!("there is no group {} in {GROUPS}", shown(group)))
                .hint("give its number, which `id` shows")
        })
    }
}

/// The number of a group by its name, from lines such as `temporal:x:981:`.
fn number_of(name: &str, groups: &str) -> Option<u32> {
    groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next()? == name).then(|| fields.nth(1)?.parse().ok()).flatten()
    })
}

const GROUPS: &str = "/etc/group";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_found_by_its_whole_name() {
        let groups = "root:x:0:\ntemporal:x:981:a,b\n";
        assert_eq!(number_of("temporal", groups), Some(981));
        assert_eq!(number_of("temp", groups), None);
    }
}
