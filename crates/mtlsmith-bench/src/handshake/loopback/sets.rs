//! The chains and bundles that are made to cost time: all those for which other verifiers were seen to pay.

use mtlsmith_testkit as testkit;
use mtlsmith_testkit::Certificate;
use mtlsmith_testkit::CertificateBuilder;
use mtlsmith_testkit::GeneralName;
use mtlsmith_testkit::Key;
use mtlsmith_testkit::KeyKind;
use mtlsmith_testkit::NameConstraints;

use super::CONNECTIONS;
use super::hostile::ROUNDS;
use super::hostile::Set;
use super::valid_now;

/// The normal ones first: a leaf below the one CA of a bundle.
pub(super) fn sets(root: &Certificate) -> Vec<Set> {
    let mut made = Making { sets: Vec::new() };
    for (kind, name) in KINDS {
        let root = ca("normal", kind, 0).self_signed();
        let leaves = newcomers(&root, |leaf| leaf);
        made.add(kind, &format!("normal, {name}"), &[root], leaves, &[]);
    }
    made.presented(root);
    made.same_names();
    made.meshes();
    made.constraints();
    made.others(root);
    made.sets
}

struct Making {
    sets: Vec<Set>,
}

fn ca(name: &str, kind: KeyKind, number: usize) -> CertificateBuilder {
    valid_now(testkit::root_builder(name))
        .key(Key::new(kind, &format!("bench hostile {number}")))
        .no_ski()
        .no_aki()
}

fn cas(name: &str, kind: KeyKind, count: usize) -> Vec<Certificate> {
    (0..count).map(|number| ca(name, kind, number).self_signed()).collect()
}

fn below(issuer: &Certificate) -> Vec<Certificate> {
    vec![valid_now(testkit::leaf_builder("worker")).no_aki().signed_by(issuer)]
}

/// As many leaves as there are connections, with one key.
fn newcomers(
    issuer: &Certificate,
    like: impl Fn(CertificateBuilder) -> CertificateBuilder,
) -> Vec<Certificate> {
    let count = ROUNDS * usize::try_from(CONNECTIONS).unwrap_or(usize::MAX);
    let leaf = |number: usize| {
        let serial = u32::try_from(number).unwrap_or(u32::MAX).to_be_bytes();
        let builder = valid_now(testkit::leaf_builder("worker")).serial(&[&[1], &serial[..]].concat());
        like(builder.no_aki()).signed_by(issuer)
    };
    (0..count).map(leaf).collect()
}

/// Every one of four names, signed by every one of them.
fn mesh(kind: KeyKind) -> (Vec<Certificate>, Vec<Certificate>) {
    let names = ["mesh a", "mesh b", "mesh c", "mesh d"];
    let one = |number: usize, name: &str| ca(name, kind, number);
    let roots: Vec<Certificate> =
        names.iter().enumerate().map(|(number, name)| one(number, name).self_signed()).collect();
    let signed = |(number, name): (usize, &&str)| -> Vec<Certificate> {
        roots.iter().map(|issuer| one(number, name).signed_by(issuer)).collect()
    };
    let mesh = names.iter().enumerate().flat_map(signed).collect();
    (roots, mesh)
}

/// The kinds of keys that CAs have here.
pub(super) const KINDS: [(KeyKind, &str); 3] =
    [(KeyKind::P256, "P-256"), (KeyKind::P384, "P-384"), (KeyKind::Rsa4096, "RSA 4096")];

impl Making {
    fn add(
        &mut self,
        kind: KeyKind,
        name: &str,
        bundle: &[Certificate],
        leaves: Vec<Certificate>,
        above: &[Certificate],
    ) {
        let namespace = format!("set-{}.a1b2c", self.sets.len());
        let (name, bundle, above) = (name.to_owned(), bundle.to_vec(), above.to_vec());
        self.sets.push(Set { name, kind, namespace, bundle, leaves, above });
    }

    /// Intermediates that share a name, or a name and a key, and lead nowhere.
    fn presented(&mut self, root: &Certificate) {
        let anchor = std::slice::from_ref(root);
        for count in [2, 4, 5, 6, 7, 8, 9, 12, 32] {
            let same = cas("same", KeyKind::P256, count);
            let leaf = same.first().map(below).unwrap_or_default();
            self.add(KeyKind::P256, &format!("{count} intermediates of one name"), anchor, leaf, &same);
        }
        for (kind, name) in KINDS {
            let same = cas("same", kind, 16);
            let leaf = same.first().map(below).unwrap_or_default();
            self.add(kind, &format!("16 intermediates of one name, {name}"), anchor, leaf, &same);
        }
        for count in [1, 2, 4, 8, 16, 32, 64] {
            let same: Vec<Certificate> = (0..count)
                .map(|number| ca("same", KeyKind::P256, 0).serial(&[1, number]).self_signed())
                .collect();
            let leaf = same.first().map(below).unwrap_or_default();
            self.add(
                KeyKind::P256,
                &format!("{count} intermediates of one name and key"),
                anchor,
                leaf,
                &same,
            );
        }
    }

    /// A bundle of CAs that share a name; the leaf is below the last, or below none.
    fn same_names(&mut self) {
        let many = [1, 2, 4, 8, 32, 64, 128].map(|count| (KeyKind::P256, "P-256", count)).into_iter();
        for (kind, name, count) in many.chain(KINDS.map(|(kind, name)| (kind, name, 16))) {
            let roots = cas("same", kind, count);
            let stranger = ca("same", kind, 999).self_signed();
            self.add(
                kind,
                &format!("{count} CAs of one name, {name}, below none"),
                &roots,
                below(&stranger),
                &[],
            );
            if let Some(last) = roots.last().filter(|_| count == 16) {
                let leaves = newcomers(last, |leaf| leaf);
                self.add(
                    kind,
                    &format!("{count} CAs of one name, {name}, below the last"),
                    &roots,
                    leaves,
                    &[],
                );
            }
        }
    }

    fn meshes(&mut self) {
        for (kind, name) in KINDS {
            let (roots, mesh) = mesh(kind);
            let Some(first) = roots.first() else { continue };
            let elsewhere = [ca("elsewhere", kind, 77).self_signed()];
            let few: Vec<Certificate> = mesh.iter().step_by(5).cloned().collect();
            self.add(
                kind,
                &format!("mesh of 4 by 4, {name}, presented, no root"),
                &elsewhere,
                below(first),
                &mesh,
            );
            self.add(
                kind,
                &format!("mesh of 4 by 4, {name}, presented to its root"),
                &roots,
                below(first),
                &mesh,
            );
            self.add(
                kind,
                &format!("mesh of 4 by 4, {name}, few presented, no root"),
                &elsewhere,
                below(first),
                &few,
            );
            self.add(
                kind,
                &format!("mesh of 4 by 4, {name}, as the bundle"),
                &mesh,
                newcomers(first, |leaf| leaf),
                &[],
            );
        }
    }

    /// A CA with so many name constraints and a leaf with as many names, all of them under the last one.
    fn constraints(&mut self) {
        for count in [10, 100, 400, 800] {
            let zone = |number: usize| GeneralName::Dns(format!("zone-{number}.acme.internal"));
            let permitted = (0..count).map(zone).collect();
            let constraints = NameConstraints { permitted, excluded: Vec::new() };
            let root =
                ca("constrained", KeyKind::P256, count).name_constraints(constraints, true).self_signed();
            let named = |leaf: CertificateBuilder| {
                let leaf = leaf.no_subject_alternative_name();
                let name = |number: usize| format!("host-{number}.zone-{}.acme.internal", count - 1);
                (0..count).fold(leaf, |leaf, number| leaf.dns(&name(number)))
            };
            let leaves = newcomers(&root, named);
            self.add(
                KeyKind::P256,
                &format!("{count} names under {count} name constraints"),
                &[root],
                leaves,
                &[],
            );
        }
    }

    /// Borrowed names, large leaves, and what leads nowhere.
    fn others(&mut self, root: &Certificate) {
        let anchor = std::slice::from_ref(root);
        let imposter = ca("bench loopback", KeyKind::P256, 50).self_signed();
        self.add(KeyKind::P256, "another key under the CA's name", anchor, below(&imposter), &[]);
        let mut large = valid_now(testkit::leaf_builder("worker"));
        for number in 0..1_500 {
            large = large.dns(&format!("host-{number}.acme.internal"));
        }
        self.add(
            KeyKind::P256,
            "1,500 names under another key",
            anchor,
            vec![large.signed_by(&imposter)],
            &[],
        );
        let stranger = ca("somebody", KeyKind::P256, 51).self_signed();
        self.add(KeyKind::P256, "nothing that leads to the bundle", anchor, below(&stranger), &[]);
        for (kind, name) in KINDS {
            let numbered = |number: usize| format!("ca {number}");
            let bundle: Vec<Certificate> =
                (0..16).map(|number| ca(&numbered(number), kind, number).self_signed()).collect();
            // Each one bears the name of a trusted CA and says that it was issued by the next.
            let mut chain = vec![ca(&numbered(7), kind, 107).self_signed()];
            for number in (1..7).rev() {
                let Some(above) = chain.last() else { continue };
                chain.push(ca(&numbered(number), kind, 100 + number).signed_by(above));
            }
            let leaf = chain.last().map(below).unwrap_or_default();
            chain.reverse();
            self.add(
                kind,
                &format!("7 intermediates that borrow the CAs' names, {name}"),
                &bundle,
                leaf,
                &chain,
            );
        }
    }
}
