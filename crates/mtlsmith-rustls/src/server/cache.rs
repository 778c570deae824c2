//! Clients that were admitted before. Workers reconnect every few minutes with the same chain; what was decided about it holds until
//! one of the certificates that it was decided with begins or ends, and for as long as the Namespace's bundle and filters are the
//! same: each generation of them has a cache of its own.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::hash::Hasher;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::time::Timestamp;
use rustls::pki_types::CertificateDer;
use sha2::Digest;
use sha2::Sha256;

use super::admitted::AdmittedClient;

/// SHA-256 of a leaf.
pub(super) type LeafId = [u8; 32];

/// A chain as it was presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ChainId {
    pub(super) leaf: LeafId,
    /// SHA-256 over the certificates behind the leaf, each with its length before it; zeros when there are none.
    rest: [u8; 32],
}

impl ChainId {
    pub(super) fn of(end_entity: &CertificateDer<'_>, intermediates: &[CertificateDer<'_>]) -> Self {
        let leaf = leaf_id(end_entity);
        if intermediates.is_empty() {
            return ChainId { leaf, rest: [0; 32] };
        }
        let mut hash = Sha256::new();
        for certificate in intermediates {
            let length = u64::try_from(certificate.len()).unwrap_or(u64::MAX);
            hash.update(length.to_be_bytes());
            hash.update(certificate);
        }
        ChainId { leaf, rest: hash.finalize().into() }
    }
}

pub(super) fn leaf_id(end_entity: &CertificateDer<'_>) -> LeafId {
    Sha256::digest(end_entity).into()
}

/// From when to when a decision holds: as long as none of the certificates begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    from: Timestamp,
    before: Timestamp,
}

impl Span {
    pub(super) fn around<'a>(
        now: Timestamp,
        until: Timestamp,
        certificates: impl Iterator<Item = &'a Certificate>,
    ) -> Self {
        let ends = certificates.flat_map(|certificate| [certificate.not_before(), certificate.not_after()]);
        let before = ends.filter(|end| *end > now).fold(until, Timestamp::min);
        Span { from: now, before }
    }

    fn holds(&self, now: Timestamp) -> bool {
        self.from <= now && now < self.before
    }
}

/// At most twice this many leaves are remembered per Namespace: the older half is dropped whenever the younger one is full.
const HALF: usize = 1_024;

/// At most so many chains of one leaf.
const CHAINS: usize = 4;

/// Admitted clients of one generation of one Namespace.
#[derive(Default)]
pub(super) struct Cache {
    halves: Mutex<Halves>,
}

#[derive(Default)]
struct Halves {
    younger: Entries,
    older: Entries,
}

type Entries = HashMap<LeafId, Chains, BuildHasherDefault<FirstBytes>>;

/// How one leaf was admitted. Most leaves come with one chain, which needs no memory of its own.
struct Chains {
    latest: Entry,
    /// The oldest first.
    earlier: Vec<Entry>,
}

/// Hashes a leaf's SHA-256 to its first bytes: those of admitted clients, whose certificates the Namespace's own CA has chosen.
#[derive(Default)]
struct FirstBytes(u64);

impl Hasher for FirstBytes {
    /// The length comes before the bytes, and is forgotten.
    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.first_chunk().copied().map(u64::from_ne_bytes).unwrap_or_default();
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

struct Entry {
    rest: [u8; 32],
    client: Arc<AdmittedClient>,
    span: Span,
}

impl Cache {
    /// The client, if it was admitted with this chain and nothing has begun or ended since.
    pub(super) fn get(&self, chain: ChainId, now: Timestamp) -> Option<Arc<AdmittedClient>> {
        let mut halves = self.halves();
        let Chains { latest, earlier } = halves.of(chain.leaf)?;
        let mut entries = std::iter::once(&*latest).chain(earlier.iter());
        let entry = entries.find(|entry| entry.rest == chain.rest && entry.span.holds(now))?;
        Some(Arc::clone(&entry.client))
    }

    /// The client as it was admitted last, whatever the chain behind its leaf and whatever the time.
    pub(super) fn latest(&self, leaf: LeafId) -> Option<Arc<AdmittedClient>> {
        self.halves().of(leaf).map(|chains| Arc::clone(&chains.latest.client))
    }

    /// Remembers an admitted client.
    pub(super) fn put(&self, chain: ChainId, client: Arc<AdmittedClient>, span: Span) {
        let mut halves = self.halves();
        let entry = Entry { rest: chain.rest, client, span };
        match halves.of(chain.leaf) {
            Some(chains) => {
                let before = std::mem::replace(&mut chains.latest, entry);
                chains.earlier.push(before);
                chains.earlier.retain(|known| known.rest != chain.rest);
                if chains.earlier.len() >= CHAINS {
                    chains.earlier.remove(0);
                }
            }
            None => halves.add(chain.leaf, Chains { latest: entry, earlier: Vec::new() }),
        }
    }

    fn halves(&self) -> MutexGuard<'_, Halves> {
        self.halves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Halves {
    /// What is remembered of a leaf, which counts as young from now on.
    fn of(&mut self, leaf: LeafId) -> Option<&mut Chains> {
        if let Some(chains) = self.older.remove(&leaf) {
            self.add(leaf, chains);
        }
        self.younger.get_mut(&leaf)
    }

    fn add(&mut self, leaf: LeafId, chains: Chains) {
        if self.younger.len() >= HALF {
            self.older = std::mem::take(&mut self.younger);
        }
        self.younger.insert(leaf, chains);
    }
}

#[cfg(test)]
mod tests {
    use std::hash::BuildHasher;

    use mtlsmith_testkit as testkit;

    use super::*;

    fn client() -> Arc<AdmittedClient> {
        Arc::new(AdmittedClient::for_tests("orders.a1b2c"))
    }

    fn chain(number: u64) -> ChainId {
        ChainId::of(&CertificateDer::from(number.to_be_bytes().to_vec()), &[])
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_unix(second)
    }

    fn span(from: i64, before: i64) -> Span {
        Span { from: at(from), before: at(before) }
    }

    #[test]
    fn leaves_are_spread_by_their_own_hash() {
        let hash = |leaf: LeafId| BuildHasherDefault::<FirstBytes>::default().hash_one(leaf);
        assert_eq!(hash([7; 32]), u64::from_ne_bytes([7; 8]));
        assert_ne!(hash([7; 32]), hash([8; 32]));
    }

    #[test]
    fn a_client_is_known_from_its_decision_until_its_expiry() {
        let cache = Cache::default();
        cache.put(chain(1), client(), span(100, 200));
        for (now, known) in [(99, false), (100, true), (199, true), (200, false)] {
            assert_eq!(cache.get(chain(1), at(now)).is_some(), known, "{now}");
        }
        assert!(cache.get(chain(2), at(150)).is_none());
    }

    #[test]
    fn a_decision_holds_until_any_of_its_certificates_begins_or_ends() {
        let certificate = |from: i64, until: i64| {
            let built = testkit::root_builder("one").not_before(from).not_after(until).self_signed();
            Certificate::read(built.der()).unwrap().0
        };
        let now = testkit::NOW;
        let holds = |until: i64, certificates: &[Certificate]| {
            Span::around(at(now), at(until), certificates.iter()).before.unix() - now
        };
        assert_eq!(holds(now + 90, &[certificate(now - 9, now + 500)]), 90);
        assert_eq!(holds(now + 90, &[certificate(now - 9, now + 50), certificate(now + 30, now + 70)]), 30);
        assert_eq!(
            holds(now + 90, &[certificate(now - 9, now - 5)]),
            90,
            "what is over changes nothing any more"
        );
    }

    #[test]
    fn the_cache_is_bounded_and_keeps_those_who_return() {
        let cache = Cache::default();
        cache.put(chain(0), client(), span(100, 200));
        for number in 1..10_000 {
            cache.put(chain(number), client(), span(100, 200));
            assert!(cache.get(chain(0), at(100)).is_some(), "{number}");
        }
        let halves = cache.halves();
        assert!(halves.younger.len() + halves.older.len() <= 2 * HALF);
    }

    #[test]
    fn a_leaf_is_remembered_with_a_few_chains_each_for_itself() {
        let leaf = CertificateDer::from(&b"leaf"[..]);
        let behind = |number: u8| ChainId::of(&leaf, &[CertificateDer::from(vec![number])]);
        let cache = Cache::default();
        for number in 0..10 {
            cache.put(behind(number), client(), span(100, 200));
            assert!(cache.get(behind(number), at(100)).is_some());
        }
        assert!(cache.get(behind(0), at(100)).is_none());
        assert!(cache.get(ChainId::of(&leaf, &[]), at(100)).is_none());
        assert!(cache.latest(leaf_id(&leaf)).is_some());
    }

    #[test]
    fn where_one_certificate_ends_and_the_next_begins_counts() {
        let der = |bytes: &'static [u8]| CertificateDer::from(bytes);
        assert_ne!(ChainId::of(&der(b"ab"), &[der(b"c")]), ChainId::of(&der(b"a"), &[der(b"bc")]));
        assert_ne!(ChainId::of(&der(b"a"), &[der(b"bc")]), ChainId::of(&der(b"a"), &[der(b"b"), der(b"c")]));
        assert_ne!(ChainId::of(&der(b"ab"), &[]), ChainId::of(&der(b"ab"), &[der(b"")]));
    }
}
