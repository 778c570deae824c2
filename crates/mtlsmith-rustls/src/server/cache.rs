//! Clients that were admitted before. Workers reconnect every few minutes with the same chain; what was decided about it holds until
//! its effective expiry, and for as long as the Namespace's bundle and filters are the same: each generation of them has a cache of
//! its own.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use mtlsmith_validate::time::Timestamp;
use rustls::pki_types::CertificateDer;
use sha2::Digest;
use sha2::Sha256;

use super::admitted::AdmittedClient;

/// A chain as it was presented: SHA-256 over its certificates, each with its length before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct ChainId([u8; 32]);

impl ChainId {
    pub(super) fn of(end_entity: &CertificateDer<'_>, intermediates: &[CertificateDer<'_>]) -> Self {
        let mut hash = Sha256::new();
        for certificate in std::iter::once(end_entity).chain(intermediates) {
            let length = u64::try_from(certificate.len()).unwrap_or(u64::MAX);
            hash.update(length.to_be_bytes());
            hash.update(certificate);
        }
        ChainId(hash.finalize().into())
    }
}

/// At most twice this many clients are remembered per Namespace: the older half is dropped whenever the younger one is full.
const HALF: usize = 1_024;

/// Admitted clients of one generation of one Namespace.
#[derive(Default)]
pub(super) struct Cache {
    halves: Mutex<Halves>,
}

#[derive(Default)]
struct Halves {
    younger: HashMap<ChainId, Entry>,
    older: HashMap<ChainId, Entry>,
}

#[derive(Clone)]
struct Entry {
    client: Arc<AdmittedClient>,
    decided_at: Timestamp,
}

impl Cache {
    /// The client, if it was admitted and still is at this time. A clock that went back behind the decision asks again.
    pub(super) fn get(&self, chain: ChainId, now: Timestamp) -> Option<Arc<AdmittedClient>> {
        let mut halves = self.halves.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = match halves.younger.get(&chain) {
            Some(entry) => entry.clone(),
            None => {
                let entry = halves.older.remove(&chain)?;
                halves.add(chain, entry.clone());
                entry
            }
        };
        (entry.decided_at <= now && now < entry.client.until).then_some(entry.client)
    }

    /// Remembers an admitted client.
    pub(super) fn put(&self, chain: ChainId, client: Arc<AdmittedClient>, decided_at: Timestamp) {
        let mut halves = self.halves.lock().unwrap_or_else(PoisonError::into_inner);
        halves.add(chain, Entry { client, decided_at });
    }
}

impl Halves {
    fn add(&mut self, chain: ChainId, entry: Entry) {
        if self.younger.len() >= HALF {
            self.older = std::mem::take(&mut self.younger);
        }
        self.younger.insert(chain, entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(until: i64) -> Arc<AdmittedClient> {
        let until = Timestamp::from_unix(until);
        Arc::new(AdmittedClient { until, ..AdmittedClient::for_tests("orders.a1b2c") })
    }

    fn chain(number: u64) -> ChainId {
        ChainId::of(&CertificateDer::from(number.to_be_bytes().to_vec()), &[])
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_unix(second)
    }

    #[test]
    fn a_client_is_known_from_its_decision_until_its_expiry() {
        let cache = Cache::default();
        cache.put(chain(1), client(200), at(100));
        for (now, known) in [(99, false), (100, true), (199, true), (200, false)] {
            assert_eq!(cache.get(chain(1), at(now)).is_some(), known, "{now}");
        }
        assert!(cache.get(chain(2), at(150)).is_none());
    }

    #[test]
    fn the_cache_is_bounded_and_keeps_those_who_return() {
        let cache = Cache::default();
        cache.put(chain(0), client(200), at(100));
        for number in 1..10_000 {
            cache.put(chain(number), client(200), at(100));
            assert!(cache.get(chain(0), at(100)).is_some(), "{number}");
        }
        let halves = cache.halves.lock().unwrap();
        assert!(halves.younger.len() + halves.older.len() <= 2 * HALF);
    }

    #[test]
    fn where_one_certificate_ends_and_the_next_begins_counts() {
        let der = |bytes: &'static [u8]| CertificateDer::from(bytes);
        assert_ne!(ChainId::of(&der(b"ab"), &[der(b"c")]), ChainId::of(&der(b"a"), &[der(b"bc")]));
        assert_ne!(ChainId::of(&der(b"ab"), &[]), ChainId::of(&der(b"ab"), &[der(b"")]));
    }
}
