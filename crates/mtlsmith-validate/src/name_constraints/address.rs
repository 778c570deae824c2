//! Networks of IP addresses in constraints (Go constraints.go, `ipConstraints`).
//!
//! Go sorts the networks and looks only at the nearest one below an address. With networks that have bits behind their mask
//! (`10.0.0.5/8`) that misses some that contain the address; this model misses the same.

/// An address and a mask of the same length, 4 or 16 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Network<'a> {
    address: &'a [u8],
    mask: &'a [u8],
}

impl<'a> Network<'a> {
    /// From the content of an iPAddress constraint; the error says what Go dislikes.
    pub(super) fn read(content: &'a [u8]) -> Result<Self, &'static str> {
        if !matches!(content.len(), 8 | 32) {
            return Err("an IP constraint that is neither 8 nor 32 bytes long");
        }
        let (address, mask) = content.split_at(content.len() / 2);
        if !is_prefix_mask(mask) {
            return Err("an IP constraint whose mask has a one behind a zero");
        }
        Ok(Network { address, mask })
    }

    fn contains(&self, address: &[u8]) -> bool {
        let (number, mask) = match (as_version_4(self.address), self.mask.get(12..)) {
            (Some(number), Some(mask)) if self.address.len() == 16 => (number, mask),
            _ => (self.address, self.mask),
        };
        let address = as_version_4(address).unwrap_or(address);
        let bytes = number.iter().zip(mask).zip(address);
        number.len() == address.len()
            && bytes.into_iter().all(|((number, mask), byte)| number & mask == byte & mask)
    }

    fn includes(&self, other: &Network<'_>) -> bool {
        let last: Vec<u8> = other.address.iter().zip(other.mask).map(|(byte, mask)| byte | !mask).collect();
        self.contains(other.address) && self.contains(&last)
    }
}

/// Some ones, then zeros alone.
fn is_prefix_mask(mask: &[u8]) -> bool {
    let mut behind = mask.iter().skip_while(|&&byte| byte == 0xff);
    let partial = behind.next().is_none_or(|byte| byte.leading_ones() + byte.trailing_zeros() >= 8);
    partial && behind.all(|&byte| byte == 0)
}

/// The four bytes of an IPv4 address, be it written in 16 (`::ffff:10.0.0.1`) or in 4.
fn as_version_4(address: &[u8]) -> Option<&[u8]> {
    const MAPPED: [u8; 12] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
    match address.len() {
        4 => Some(address),
        16 => address.strip_prefix(&MAPPED),
        _ => None,
    }
}

/// Networks made ready for questions.
#[derive(Debug)]
pub(super) struct Networks<'a> {
    version_4: Vec<Network<'a>>,
    version_6: Vec<Network<'a>>,
}

impl<'a> Networks<'a> {
    pub(super) fn new(networks: &[Network<'a>]) -> Self {
        let (version_4, version_6) = networks.iter().partition(|network| network.address.len() == 4);
        Networks { version_4: sorted_and_pruned(version_4), version_6: sorted_and_pruned(version_6) }
    }

    /// Would Go find a network that contains the address?
    pub(super) fn contain(&self, address: &[u8]) -> bool {
        let networks = if address.len() == 4 { &self.version_4 } else { &self.version_6 };
        let behind = networks.partition_point(|network| network.address < address);
        if networks.get(behind).is_some_and(|network| network.address == address) {
            return true;
        }
        networks.get(behind.saturating_sub(1)).is_some_and(|nearest| nearest.contains(address))
    }
}

fn sorted_and_pruned(mut networks: Vec<Network<'_>>) -> Vec<Network<'_>> {
    networks.sort_unstable();
    let mut kept: Vec<Network<'_>> = Vec::with_capacity(networks.len());
    for network in networks {
        if kept.last().is_none_or(|last| !last.includes(&network)) {
            kept.push(network);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_are_ones_and_then_zeros() {
        for (mask, valid) in [
            ([255, 255, 255, 255], true),
            ([0, 0, 0, 0], true),
            ([255, 254, 0, 0], true),
            ([255, 253, 0, 0], false),
            ([255, 0, 255, 0], false),
            ([254, 0, 0, 1], false),
        ] {
            let content = [&[10, 0, 0, 0][..], &mask].concat();
            assert_eq!(Network::read(&content).is_ok(), valid, "{mask:?}");
        }
        assert!(
            Network::read(&[0; 5]).is_err() && Network::read(&[]).is_err() && Network::read(&[0; 32]).is_ok()
        );
    }

    #[test]
    fn an_address_is_found_in_the_network_that_contains_it() {
        let contents =
            [[10, 0, 0, 0, 255, 0, 0, 0], [10, 1, 0, 0, 255, 255, 0, 0], [192, 168, 1, 0, 255, 255, 255, 0]];
        let networks: Vec<Network<'_>> =
            contents.iter().map(|content| Network::read(content).unwrap()).collect();
        let networks = Networks::new(&networks);
        assert_eq!(networks.version_4.len(), 2, "10.1.0.0/16 lies within 10.0.0.0/8");
        for (address, found) in [
            ([10, 9, 8, 7], true),
            ([192, 168, 1, 255], true),
            ([192, 168, 2, 0], false),
            ([9, 0, 0, 0], false),
        ] {
            assert_eq!(networks.contain(&address), found, "{address:?}");
        }
        assert!(!networks.contain(&[0; 16]), "IPv6 is asked of IPv6 networks alone");
    }

    #[test]
    fn a_network_with_bits_behind_its_mask_is_missed_as_go_misses_it() {
        let contents = [[9, 0, 0, 0, 255, 0, 0, 0], [10, 0, 0, 5, 255, 0, 0, 0]];
        let networks: Vec<Network<'_>> =
            contents.iter().map(|content| Network::read(content).unwrap()).collect();
        let networks = Networks::new(&networks);
        assert!(networks.contain(&[10, 0, 0, 6]) && !networks.contain(&[10, 0, 0, 1]));
    }

    #[test]
    fn a_mapped_ipv4_address_is_not_within_all_of_ipv6() {
        let all = [0; 32];
        let networks = Networks::new(&[Network::read(&all).unwrap()]);
        let mut mapped = [0; 16];
        mapped[10..].copy_from_slice(&[0xff, 0xff, 10, 0, 0, 1]);
        assert!(networks.contain(&[1; 16]) && !networks.contain(&mapped));
    }

    #[test]
    fn a_network_of_mapped_ipv4_addresses_holds_the_plain_ones() {
        let mapped = |last: [u8; 4]| [&[0; 10][..], &[0xff, 0xff], &last].concat();
        let content = [mapped([10, 1, 0, 0]), [&[0xff; 14][..], &[0, 0]].concat()].concat();
        let network = Network::read(&content).unwrap();
        assert!(network.contains(&[10, 1, 2, 3]) && network.contains(&mapped([10, 1, 2, 3])));
        assert!(!network.contains(&[10, 2, 2, 3]) && !network.contains(&mapped([10, 2, 2, 3])));
    }

    #[test]
    fn a_network_includes_another_when_it_holds_its_first_and_its_last_address() {
        let network = |content: &'static [u8; 8]| Network::read(content).unwrap();
        let small = network(&[10, 1, 0, 0, 255, 255, 0, 0]);
        assert!(network(&[10, 0, 0, 0, 255, 0, 0, 0]).includes(&small));
        assert!(!small.includes(&network(&[10, 1, 0, 0, 255, 0, 0, 0])), "the first address alone");
        assert!(!small.includes(&network(&[10, 0, 255, 0, 255, 0, 0, 0])));
    }

    #[test]
    fn a_network_whose_last_address_is_a_mapped_one_is_kept_beside_the_one_that_holds_its_first() {
        let (mut outer, mut inner) = ([0; 32], [0; 32]);
        outer[16..24].fill(0xff);
        inner[10..12].copy_from_slice(&[0xff, 0xf8]);
        inner[16..27].fill(0xff);
        inner[27] = 0xf0;
        let [outer, inner] = [&outer, &inner].map(|content| Network::read(content).unwrap());
        assert!(outer.contains(inner.address) && !outer.includes(&inner));
        let networks = Networks::new(&[outer, inner]);
        let above = [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        assert!(outer.contains(&above) && !networks.contain(&above), "only the nearest below is asked");
    }
}
